import NIOCore
import Synchronization

/// Knows the connections of one port: caps how many there are, and reaches them all on stop.
final class ConnectionLedger: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var perAddress: [String: Int] = [:]
        var isStopping = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let total: Int
    private let perAddress: Int

    /// Makes a ledger with the caps of these limits.
    init(limits: ReceiverLimits) {
        total = limits.connections
        perAddress = limits.connectionsPerAddress
    }

    /// How many connections are open.
    var count: Int { state.withLock { $0.channels.count } }

    /// Enters a connection; false when it has to be closed instead.
    ///
    /// - Parameter address: Where it comes from; nil is loopback, which has no cap of its own.
    func enter(_ channel: any Channel, address: String?) -> Bool {
        state.withLock {
            guard !$0.isStopping, $0.channels.count < total else { return false }
            if let address {
                let count = $0.perAddress[address, default: 0]
                guard count < perAddress else { return false }
                $0.perAddress[address] = count + 1
            }
            $0.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    /// Strikes out a connection that was entered.
    func leave(_ channel: any Channel, address: String?) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.channels[ObjectIdentifier(channel)] = nil
            if let address {
                let count = state.perAddress[address, default: 1] - 1
                state.perAddress[address] = count > 0 ? count : nil
            }
            guard state.channels.isEmpty, state.isStopping else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Lets nobody in any more and asks every connection to close once it has answered what it owes.
    func beginStop() {
        for channel in stop() {
            channel.pipeline.fireUserInboundEventTriggered(ReceiverIsStopping())
        }
    }

    /// Cuts every connection.
    func cutAll() {
        for channel in stop() { channel.close(promise: nil) }
    }

    /// Returns once no connection is left; `beginStop` or `cutAll` has to come before.
    func allClosed() async {
        await withCheckedContinuation { continuation in
            let empty = state.withLock { state in
                if !state.channels.isEmpty { state.waiting.append(continuation) }
                return state.channels.isEmpty
            }
            if empty { continuation.resume() }
        }
    }

    private func stop() -> [any Channel] {
        state.withLock {
            $0.isStopping = true
            return Array($0.channels.values)
        }
    }
}

/// Tells a connection to close once it has answered what it owes.
struct ReceiverIsStopping: Sendable {}

/// First in every connection's pipeline: enters it into the ledger, closes it when there is no place or when nothing
/// comes, before any protocol sees it.
final class ConnectionGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let ledger: ConnectionLedger
    private let desk: ExportDesk
    private let helloBytes: Int
    private var entered = false
    private var isRefused = false
    private var address: String?
    private var received = 0
    private var helloTimer: Scheduled<Void>?

    /// - Parameter helloBytes: How many bytes have to come within the header timeout; 0 when the protocol's own
    ///   handler watches that.
    init(ledger: ConnectionLedger, desk: ExportDesk, helloBytes: Int) {
        self.ledger = ledger
        self.desk = desk
        self.helloBytes = helloBytes
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { enter(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        enter(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        if helloTimer != nil {
            received += unwrapInboundIn(data).readableBytes
            if received >= helloBytes { cancelTimer() }
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave(context) }

    private func enter(_ context: ChannelHandlerContext) {
        guard !entered, !isRefused else { return }
        address = Self.countedAddress(context.channel.remoteAddress)
        guard ledger.enter(context.channel, address: address) else {
            desk.closedConnection("a connection was closed: there are too many")
            isRefused = true
            // Later, so that the other handlers see an orderly beginning and end.
            let bound = context.loopBound
            context.eventLoop.execute { bound.value.close(promise: nil) }
            return
        }
        entered = true
        guard helloBytes > 0 else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        helloTimer = context.eventLoop.scheduleTask(in: TimeAmount(desk.limits.headerTimeout)) {
            let (guardian, context) = bound.value
            guardian.desk.closedConnection("a connection was closed: nothing came in time")
            context.close(promise: nil)
        }
    }

    private func leave(_ context: ChannelHandlerContext) {
        cancelTimer()
        guard entered else { return }
        entered = false
        ledger.leave(context.channel, address: address)
    }

    private func cancelTimer() {
        helloTimer?.cancel()
        helloTimer = nil
    }

    /// The address that connections are counted by; nil for loopback.
    private static func countedAddress(_ address: SocketAddress?) -> String? {
        guard let ip = address?.ipAddress, LoopbackAddress(ip) == nil else { return nil }
        return ip
    }
}
