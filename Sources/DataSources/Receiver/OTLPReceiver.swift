import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Receives OTLP over gRPC and over HTTP, all three signals, and delivers them into a sink.
///
/// A success means that the sink took the delivery. One receiver runs once: `listen` (optional, to learn the ports or
/// that one is in use before anything starts), then `run`, which returns after it was cancelled and everything that
/// was acknowledged is in the sink.
package final class OTLPReceiver: DataSource {
    private enum State {
        case idle
        case listening(Sockets)
        case taken
    }

    private struct Sockets {
        var grpc: ListeningSocket?
        var http: ListeningSocket?
    }

    /// How the receiver is doing.
    package let status: SourceStatusHolder

    /// The request bytes that are held now, over all requests.
    package let budget: ByteBudget

    private let configuration: ReceiverConfiguration
    private let decoder: any OTLPDecoding
    private let now: @Sendable () -> UInt64
    private let state = Mutex(State.idle)

    /// Makes a receiver that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: Ports and limits.
    ///   - decoder: Turns bytes into deliveries.
    ///   - now: The clock, Unix nanoseconds.
    package init(
        configuration: ReceiverConfiguration, decoder: any OTLPDecoding, now: @escaping @Sendable () -> UInt64
    ) {
        self.configuration = configuration
        self.decoder = decoder
        self.now = now
        budget = ByteBudget(capacity: configuration.limits.bytesInFlight)
        status = SourceStatusHolder(SourceStatus(name: "otlp"))
    }

    deinit {
        if case .listening(let sockets) = state.withLock({ $0 }) { Self.close(sockets) }
    }

    /// Takes the ports; calls after the first return the same.
    ///
    /// From here on the system queues connections; they are served by `run`.
    @discardableResult
    package func listen() throws(ReceiverError) -> ReceiverEndpoints {
        let result = state.withLock { state -> Result<ReceiverEndpoints, ReceiverError> in
            Result { () throws(ReceiverError) -> ReceiverEndpoints in
                switch state {
                case .idle:
                    let sockets = try openSockets()
                    state = .listening(sockets)
                    return endpoints(sockets)
                case .listening(let sockets):
                    return endpoints(sockets)
                case .taken:
                    return endpoints(Sockets())
                }
            }
        }
        switch result {
        case .success(let endpoints):
            status.update {
                guard $0.state == .idle else { return }
                $0.state = .listening
                $0.places = [endpoints.grpcPort, endpoints.httpPort].compactMap { $0.map { "\(endpoints.host):\($0)" } }
            }
            return endpoints
        case .failure(let error):
            status.update {
                $0.state = .failed
                $0.message = error.description
            }
            throw error
        }
    }

    /// Live: it ends only when it is cancelled.
    package func capabilities() async throws -> SourceCapabilities { .live }

    /// Serves both ports until cancelled.
    ///
    /// - Throws: `ReceiverError` when a port cannot be had; otherwise what makes a server stop by itself.
    package func run(_ request: SourceRequest, into sink: any BatchSink) async throws {
        try listen()
        let taken = state.withLock { state -> Sockets? in
            guard case .listening(let sockets) = state else { return nil }
            state = .taken
            return sockets
        }
        guard let sockets = taken else { return }
        let desk = ExportDesk(
            limits: configuration.limits, budget: budget, status: status, decoder: decoder, sink: sink, now: now)
        do {
            try await ReceiverRun(desk: desk, grpc: sockets.grpc, http: sockets.http).serve()
            status.update { $0.state = .done }
        } catch {
            status.update {
                $0.state = .failed
                $0.message = "\(error)"
            }
            throw error
        }
    }

    private func openSockets() throws(ReceiverError) -> Sockets {
        var sockets = Sockets()
        if let port = configuration.grpcPort {
            sockets.grpc = try ListeningSocket.open(.grpc, host: configuration.host, port: port)
        }
        guard let port = configuration.httpPort else { return sockets }
        do {
            sockets.http = try ListeningSocket.open(.http, host: configuration.host, port: port)
        } catch {
            Self.close(sockets)
            throw error
        }
        return sockets
    }

    private func endpoints(_ sockets: Sockets) -> ReceiverEndpoints {
        ReceiverEndpoints(host: configuration.host, grpcPort: sockets.grpc?.port, httpPort: sockets.http?.port)
    }

    private static func close(_ sockets: Sockets) {
        sockets.grpc?.close()
        sockets.http?.close()
    }
}
