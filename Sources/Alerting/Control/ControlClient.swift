import AsyncHTTPClient
import Foundation
import Journeys
import NIOCore
import NIOHTTP1

/// Speaks to a running waymark over its Unix socket: what `waymark ack`, `mute`, `mark` and `alerts test` do.
package struct ControlClient: Sendable {
    private let socketPath: String
    private let limit: TimeAmount

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - socketPath: The socket of the running waymark.
    ///   - limit: How long to wait for an answer; a test of alerts waits for the slowest receiver.
    package init(socketPath: String, limit: Duration = .seconds(310)) {
        self.socketPath = socketPath
        self.limit = .seconds(limit.components.seconds)
    }

    /// Says that somebody has seen it.
    ///
    /// - Throws: ``ControlProblem`` as the server says it; status 0 when nobody answers at the socket.
    package func acknowledge(_ request: AcknowledgeRequest) async throws(ControlProblem) -> ControlAnswer {
        try await post(
            "/v1/ack",
            [
                "journey": request.journey, "environment": request.environment, "note": request.note, "by": request.by,
            ])
    }

    /// Asks for silence.
    package func mute(_ request: MuteRequest) async throws(ControlProblem) -> ControlAnswer {
        var fields: [String: String?] = [
            "journey": request.journey, "environment": request.environment, "note": request.note, "by": request.by,
        ]
        switch request.end {
        case .until(let time): fields["until"] = Timestamp.text(time)
        case .after(let length): fields["for"] = DurationText.text(length)
        }
        return try await post("/v1/mute", fields)
    }

    /// Ends a silence.
    package func unmute(_ request: UnmuteRequest) async throws(ControlProblem) -> ControlAnswer {
        try await post(
            "/v1/unmute", ["journey": request.journey, "environment": request.environment, "by": request.by])
    }

    /// Reports a deployment.
    package func mark(_ request: MarkRequest) async throws(ControlProblem) -> ControlAnswer {
        try await post(
            "/v1/mark",
            [
                "kind": request.kind, "service": request.service, "version": request.version, "before": request.before,
                "environment": request.environment, "text": request.text, "time": request.time.map(Timestamp.text),
                "by": request.by,
            ])
    }

    /// Writes something down.
    package func note(_ request: NoteRequest) async throws(ControlProblem) -> ControlAnswer {
        try await post(
            "/v1/note",
            ["text": request.text, "journey": request.journey, "environment": request.environment, "by": request.by])
    }

    /// Sends test messages.
    package func testAlerts(_ request: AlertTestRequest) async throws(ControlProblem) -> [AlertTestAnswer] {
        try await post("/v1/alerts/test", ["receiver": request.receiver])
    }

    /// Asks how things stand.
    package func status() async throws(ControlProblem) -> ControlStatus {
        try await send(.GET, "/v1/status", nil)
    }

    private func post<Answer: Decodable>(
        _ path: String, _ fields: [String: String?]
    ) async throws(ControlProblem) -> Answer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let body = (try? encoder.encode(fields.compactMapValues { $0 })) ?? Data()
        return try await send(.POST, path, ByteBuffer(bytes: body))
    }

    private func send<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, _ body: ByteBuffer?
    ) async throws(ControlProblem) -> Answer {
        guard let address = URL(httpURLWithSocketPath: socketPath, uri: path) else {
            throw ControlProblem(0, "\(socketPath) is no path of a socket")
        }
        var request = HTTPClientRequest(url: address.absoluteString)
        request.method = method
        request.headers.add(name: "Content-Type", value: "application/json")
        if let body { request.body = .bytes(body) }
        let reply: (status: Int, body: ByteBuffer)
        do {
            reply = try await execute(request)
        } catch {
            throw ControlProblem(
                0, "no waymark answers at \(socketPath)",
                expected: "a running waymark with the same state folder: start waymark serve")
        }
        let bytes = Data(reply.body.readableBytesView)
        if reply.status == 200, let answer = try? JSONDecoder().decode(Answer.self, from: bytes) { return answer }
        if let problem = try? JSONDecoder().decode(ControlProblem.self, from: bytes) { throw problem }
        throw ControlProblem(reply.status, "an answer that is not waymark's: HTTP \(reply.status)")
    }

    private func execute(_ request: HTTPClientRequest) async throws -> (status: Int, body: ByteBuffer) {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let response = try await client.execute(request, timeout: limit)
            let body = try await response.body.collect(upTo: 16 << 20)
            try await client.shutdown()
            return (Int(response.status.code), body)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
