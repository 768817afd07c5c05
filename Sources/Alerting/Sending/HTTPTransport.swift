import AsyncHTTPClient
import Foundation
import NIOCore

/// POST over AsyncHTTPClient: certificates are checked, redirects are not followed, answers are read in part only.
package struct HTTPTransport: AlertTransport {
    private static let longestBody = 1_024
    private let client: HTTPClient

    /// Makes a transport; ``stop()`` must be called before it goes.
    package init() {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.idleTimeout = .seconds(30)
        // Trying again is the queue's business, and a refused connection should be said at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections.
    package func stop() async {
        try? await client.shutdown()
    }

    /// Sends a request and waits for its answer.
    package func post(_ request: AlertRequest, limit: Duration) async throws(TransportProblem) -> AlertReply {
        var outgoing = HTTPClientRequest(url: request.address.reveal())
        outgoing.method = .POST
        outgoing.headers.add(name: "Content-Type", value: "application/json")
        outgoing.headers.add(name: "User-Agent", value: "waymark")
        for header in request.headers { outgoing.headers.replaceOrAdd(name: header.name, value: header.value.reveal()) }
        outgoing.body = .bytes(ByteBuffer(bytes: request.body))
        let nanoseconds = limit.components.seconds * 1_000_000_000 + limit.components.attoseconds / 1_000_000_000
        do {
            let response = try await client.execute(outgoing, deadline: .now() + .nanoseconds(nanoseconds))
            var body: [UInt8] = []
            for try await part in response.body {
                body += part.readableBytesView.prefix(Self.longestBody - body.count)
                // Leaving the loop closes the connection: an endless answer costs nothing.
                if body.count >= Self.longestBody { break }
            }
            return AlertReply(
                status: Int(response.status.code), location: response.headers.first(name: "location"),
                retryAfter: response.headers.first(name: "retry-after"), body: String(decoding: body, as: UTF8.self))
        } catch {
            throw TransportProblem(text: Self.words(for: error))
        }
    }

    private static func words(for error: any Error) -> String {
        if error is CancellationError || error as? HTTPClientError == .cancelled {
            return Task.isCancelled ? "stopped" : "no answer in time"
        }
        if let error = error as? HTTPClientError {
            switch error {
            case .deadlineExceeded, .readTimeout, .connectTimeout, .writeTimeout, .getConnectionFromPoolTimeout,
                .tlsHandshakeTimeout:
                return "no answer in time"
            default: return error.shortDescription.cut(to: 200)
            }
        }
        return "\(error)".cut(to: 300)
    }
}
