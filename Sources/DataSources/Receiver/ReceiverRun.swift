import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOHTTP1
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
    /// The servers run in tasks that do not inherit the cancellation: a stop first closes the gate, lets requests
    /// under way end and be answered, and only then cuts what is left.
    func serve() async throws {
        let listener = try await http.asyncMap { try await startHTTP(on: $0) }
        let server = grpc.map { GRPCExport.makeServer(on: $0, desk: desk, ledger: grpcLedger) }
        let serving = server.map { server in Task { try await server.serve() } }
        // A server that is stopped before it listens would never close its socket.
        _ = try? await server?.transport.listeningAddress
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        listener?.closeFuture.whenComplete { _ in end.finish() }
        let watch = serving.map { serving in
            Task {
                _ = await serving.result
                end.finish()
            }
        }
        // Ends on cancellation, too.
        for await _ in ended {}
        await stop(listener: listener, server: server, serving: serving)
        await watch?.value
        // A server that ended by itself did so because of an error; one that was stopped did not.
        if !Task.isCancelled, let serving { try await serving.value }
    }

    private func stop(
        listener: (any Channel)?, server: GRPCServer<HTTP2ServerTransport.Posix>?, serving: Task<Void, any Error>?
    ) async {
        listener?.close(promise: nil)
        server?.beginGracefulShutdown()
        let (desk, grpcLedger, httpLedger) = (desk, grpcLedger, httpLedger)
        let cut = Task.detached {
            try? await Task.sleep(for: desk.limits.shutdownGrace)
            guard !Task.isCancelled else { return }
            serving?.cancel()
            grpcLedger.cutAll()
            httpLedger.cutAll()
        }
        await desk.gate.closeAndDrain()
        httpLedger.beginStop()
        await httpLedger.allClosed()
        _ = await serving?.result
        cut.cancel()
    }

    private func startHTTP(on socket: ListeningSocket) async throws -> any Channel {
        let (desk, ledger) = (desk, httpLedger)
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
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

extension Optional {
    fileprivate func asyncMap<Value>(_ change: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await change(self)
    }
}
