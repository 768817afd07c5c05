import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix

/// One run of a receiver, from serving to the orderly stop.
struct ReceiverRun: Sendable {
    private let desk: ExportDesk
    private let grpc: ListeningSocket?
    private let http: ListeningSocket?
    private let grpcLedger: ConnectionLedger
    private let httpLedger: ConnectionLedger

    init(desk: ExportDesk, grpc: ListeningSocket?, http: ListeningSocket?) {
        self.desk = desk
        self.grpc = grpc
        self.http = http
        grpcLedger = ConnectionLedger(limits: desk.limits)
        httpLedger = ConnectionLedger(limits: desk.limits)
    }

    /// Serves until the task is cancelled or a server ends by itself, then stops in order.
    ///
    /// The servers do not know of the cancellation: a stop first closes the gate, lets requests under way end and be
    /// answered, and only then cuts what is left.
    func serve() async throws {
        var listeners: [any Channel] = []
        do {
            if let http { listeners.append(try await startHTTP(on: http)) }
            if let grpc { listeners.append(try await startGRPC(on: grpc)) }
        } catch {
            await stop(listeners)
            throw error
        }
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        for listener in listeners { listener.closeFuture.whenComplete { _ in end.finish() } }
        // Ends on cancellation, too.
        for await _ in ended {}
        await stop(listeners)
    }

    private func stop(_ listeners: [any Channel]) async {
        for listener in listeners { try? await listener.close() }
        let (desk, ledgers) = (desk, [grpcLedger, httpLedger])
        let cut = Task.detached {
            try? await Task.sleep(for: desk.limits.shutdownGrace)
            guard !Task.isCancelled else { return }
            for ledger in ledgers { ledger.cutAll() }
        }
        await desk.gate.closeAndDrain()
        for ledger in ledgers { ledger.beginStop() }
        for ledger in ledgers { await ledger.allClosed() }
        cut.cancel()
    }

    private func startHTTP(on socket: ListeningSocket) async throws -> any Channel {
        let (desk, ledger) = (desk, httpLedger)
        return try await start(on: socket) { channel in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ConnectionGuard(ledger: ledger, desk: desk, helloBytes: 0))
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldCount = desk.limits.headerFields
            limits.maxHeaderFieldSize = desk.limits.headerBytes
            limits.maxHeaderListSize = desk.limits.headerBytes
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: true, withServerUpgrade: nil, withErrorHandling: false,
                withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: limits)
            try pipeline.addHandler(HTTPExportHandler(desk: desk))
        }
    }

    private func startGRPC(on socket: ListeningSocket) async throws -> any Channel {
        let (desk, ledger) = (desk, grpcLedger)
        return try await start(on: socket) { channel in
            let pipeline = channel.pipeline.syncOperations
            // The client's preface (24 bytes) and the header of its SETTINGS frame (9).
            try pipeline.addHandler(ConnectionGuard(ledger: ledger, desk: desk, helloBytes: 33))
            var connection = NIOHTTP2Handler.ConnectionConfiguration()
            connection.initialSettings = [
                HTTP2Setting(parameter: .maxConcurrentStreams, value: desk.limits.streamsPerConnection),
                HTTP2Setting(parameter: .maxHeaderListSize, value: desk.limits.headerBytes),
                HTTP2Setting(parameter: .initialWindowSize, value: GRPCExportHandler.streamWindow),
                // Every frame costs something. Of frames other than DATA so much is gathered in memory.
                HTTP2Setting(parameter: .maxFrameSize, value: 256 << 10),
            ]
            try pipeline.addHandler(
                NIOHTTP2Handler(mode: .server, connectionConfiguration: connection, streamConfiguration: .init()))
            let life = NIOHTTP2ServerConnectionManagementHandler.Configuration(
                maxIdleTime: TimeAmount(desk.limits.idleTimeout), maxAge: nil,
                maxGraceTime: TimeAmount(desk.limits.bodyTimeout), keepalive: nil)
            try pipeline.addHandler(
                NIOHTTP2ServerConnectionManagementHandler(eventLoop: channel.eventLoop, configuration: life))
            try pipeline.addHandler(GRPCExportHandler(desk: desk))
        }
    }

    private func start(
        on socket: ListeningSocket, _ addHandlers: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try addHandlers(channel) } }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator.forExports)
            .withBoundSocket(socket.descriptor)
            .get()
    }
}

extension AdaptiveRecvByteBufferAllocator {
    /// Buffers that grow with what comes: a usual export request is read in few pieces.
    static var forExports: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 4 << 10, maximum: 256 << 10)
    }
}
