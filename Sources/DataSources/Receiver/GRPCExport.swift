import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore

/// The gRPC half of the receiver: three methods, bytes in and bytes out.
enum GRPCExport {
    /// A server on a listening socket, whose every stream stands behind a `GRPCStreamGuard`.
    static func makeServer(
        on socket: ListeningSocket, desk: ExportDesk, ledger: ConnectionLedger
    ) -> GRPCServer<HTTP2ServerTransport.Posix> {
        let covers = MessageCovers()
        let transport = HTTP2ServerTransport.Posix(
            listeningSocketDescriptor: Int(socket.descriptor),
            transportSecurity: .plaintext,
            config: configuration(desk: desk, ledger: ledger, covers: covers))
        var router = RPCRouter<HTTP2ServerTransport.Posix>()
        for signal in OTLPReceiver.Signal.allCases { register(signal, in: &router, desk: desk, covers: covers) }
        return GRPCServer(transport: transport, router: router)
    }

    private static func configuration(
        desk: ExportDesk, ledger: ConnectionLedger, covers: MessageCovers
    ) -> HTTP2ServerTransport.Posix.Config {
        .defaults {
            // The library compresses answers; requests never reach it compressed.
            $0.compression.enabledAlgorithms = [.gzip]
            $0.rpc.maxRequestPayloadSize = desk.limits.messageBytes + MessageCover.length
            $0.http2.maxConcurrentStreams = desk.limits.streamsPerConnection
            $0.http2.targetWindowSize = 1 << 20
            // Every frame goes through a dozen of handlers. Of frames other than DATA so much is gathered in memory.
            $0.http2.maxFrameSize = 128 << 10
            $0.connection.maxIdleTime = desk.limits.idleTimeout
            // Collectors commonly ping every 10 to 30 seconds, also without calls; floods are stopped by NIO.
            $0.connection.keepalive.clientBehavior.allowWithoutCalls = true
            $0.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(5)
            $0.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
                channel.eventLoop.makeCompletedFuture {
                    // The client's preface (24 bytes) and the header of its SETTINGS frame (9).
                    let guardian = ConnectionGuard(ledger: ledger, desk: desk, helloBytes: 33)
                    try channel.pipeline.syncOperations.addHandler(guardian, position: .first)
                    try channel.syncOptions?.setOption(
                        .recvAllocator, value: AdaptiveRecvByteBufferAllocator.forExports)
                }
            }
            $0.channelDebuggingCallbacks.onAcceptHTTP2Stream = { channel in
                channel.eventLoop.makeCompletedFuture {
                    let guardian = GRPCStreamGuard(desk: desk, covers: covers)
                    try channel.pipeline.syncOperations.addHandler(guardian, position: .first)
                }
            }
        }
    }

    private static func register(
        _ signal: OTLPReceiver.Signal, in router: inout RPCRouter<HTTP2ServerTransport.Posix>, desk: ExportDesk,
        covers: MessageCovers
    ) {
        let method = MethodDescriptor(fullyQualifiedService: signal.grpcService, method: "Export", type: .unary)
        router.registerHandler(
            forMethod: method, deserializer: BodyDeserializer(covers: covers), serializer: BytesSerializer()
        ) { request, _ in
            var body: GRPCBody?
            for try await message in request.messages { body = message }
            guard let body, let share = body.share else { throw RPCError(desk.refused(.notOneMessage)) }
            let result = await desk.export(body, signal: signal, encoding: .protobuf, share: share)
            let partial: PartialSuccess?
            switch result {
            case .success(let value): partial = value
            case .failure(let refusal): throw RPCError(refusal)
            }
            let answer = ResponseBody.success(
                partial, signal: signal, encoding: .protobuf, limit: desk.limits.responseBytes)
            return StreamingServerResponse { writer in
                try await writer.write(answer)
                return [:]
            }
        }
    }
}

/// The message of a call, still as it was on the wire, inside the guard's cover.
private struct GRPCBody: WireBody {
    private let covered: GRPCNIOTransportBytes
    let isCompressed: Bool
    let share: ByteShare?
    var wireBytes: Int { max(0, covered.count - MessageCover.length) }

    init(_ covered: GRPCNIOTransportBytes, covers: MessageCovers) {
        self.covered = covered
        (isCompressed, share) = covered.withUnsafeBytes { bytes in
            guard bytes.count >= MessageCover.length else { return (false, nil) }
            let token = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
            return (bytes[0] == 1, covers.share(for: token))
        }
    }

    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try covered.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0.dropFirst(MessageCover.length))) }
    }
}

private struct BodyDeserializer: MessageDeserializer {
    let covers: MessageCovers

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> GRPCBody {
        // The transport's own bytes are shared, not copied.
        if let own = bytes as? GRPCNIOTransportBytes { return GRPCBody(own, covers: covers) }
        return GRPCBody(GRPCNIOTransportBytes(bytes.withUnsafeBytes { Array($0) }), covers: covers)
    }
}

private struct BytesSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}

extension RPCError {
    /// The gRPC face of a refusal, with a RetryInfo when it may be retried.
    fileprivate init(_ refusal: Refusal) {
        var metadata = Metadata()
        if let details = ResponseBody.statusDetails(refusal) {
            metadata.addBinary(details, forKey: "grpc-status-details-bin")
        }
        let code = Status.Code(rawValue: refusal.grpcCode).flatMap { RPCError.Code($0) } ?? .unknown
        self.init(code: code, message: refusal.message, metadata: metadata)
    }
}
