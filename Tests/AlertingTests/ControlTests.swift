import Alerting
import AsyncHTTPClient
import Foundation
import Journeys
import NIOCore
import Synchronization
import Testing

/// Does nothing but remember.
final class FakeHandler: ControlHandler {
    private let requests = Mutex<[String]>([])
    var heard: [String] { requests.withLock { $0 } }

    private func hear(_ request: some Any) -> ControlAnswer {
        requests.withLock { $0.append("\(request)") }
        return ControlAnswer(message: "done", journeys: ["checkout in production"])
    }

    func acknowledge(_ request: AcknowledgeRequest) async throws(ControlProblem) -> ControlAnswer {
        guard request.journey == "checkout" else {
            throw ControlProblem.unknown("journey", request.journey, field: "journey", suggestion: "checkout")
        }
        return hear(request)
    }

    func mute(_ request: MuteRequest) async throws(ControlProblem) -> ControlAnswer { hear(request) }
    func unmute(_ request: UnmuteRequest) async throws(ControlProblem) -> ControlAnswer { hear(request) }
    func mark(_ request: MarkRequest) async throws(ControlProblem) -> ControlAnswer { hear(request) }
    func note(_ request: NoteRequest) async throws(ControlProblem) -> ControlAnswer { hear(request) }

    func testAlerts(_ request: AlertTestRequest) async throws(ControlProblem) -> [AlertTestAnswer] {
        _ = hear(request)
        return [AlertTestAnswer(.make(), .refused("exit code 1"))]
    }

    func status() async throws(ControlProblem) -> ControlStatus {
        let verdict = JourneyVerdict.make(alerts: [.make()], acknowledged: start)
        return ControlStatus(
            pid: 7, started: start, verdicts: .make([verdict], now: start + second),
            receivers: [AlertDeliveryStatus(.make())])
    }
}

@Suite struct ControlTests {
    /// A server in a folder of its own.
    final class Bench: Sendable {
        let folder: String
        let handler = FakeHandler()
        let server: ControlServer
        var path: String { folder + "/control.sock" }

        init(_ listening: ControlListening? = nil) async throws {
            folder = NSTemporaryDirectory() + "wmc-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            server = try await ControlServer.start(
                socketPath: folder + "/control.sock", listening: listening, handler: handler)
        }

        func stop() async {
            await server.stop()
            try? FileManager.default.removeItem(atPath: folder)
        }

        /// Sends a request as it stands.
        func send(
            _ method: String, _ path: String, _ body: String? = nil, headers: [(String, String)] = [], tcp: Bool = false
        ) async throws -> (status: UInt, body: String, headers: [String: String]) {
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            let address =
                tcp
                ? "http://127.0.0.1:\(server.port ?? 0)\(path)"
                : URL(httpURLWithSocketPath: self.path, uri: path)?.absoluteString ?? ""
            var request = HTTPClientRequest(url: address)
            request.method = .init(rawValue: method)
            for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
            if let body { request.body = .bytes(ByteBuffer(string: body)) }
            do {
                let response = try await client.execute(request, timeout: .seconds(120))
                let bytes = try await response.body.collect(upTo: 1 << 20)
                try await client.shutdown()
                let fields = Dictionary(
                    response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { one, _ in one })
                return (UInt(response.status.code), String(buffer: bytes), fields)
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }

    @Test func theClientSaysWhatTheHandlerHears() async throws {
        let bench = try await Bench()
        let client = ControlClient(socketPath: bench.path)
        let ack = AcknowledgeRequest(journey: "checkout", environment: "production", note: "on \"it\"\n", by: "ana")
        let mutes = [
            MuteRequest(journey: "a", end: .after(90 * minute), note: "n", by: "b"),
            MuteRequest(journey: "a", environment: "e", end: .until(start)),
        ]
        let unmute = UnmuteRequest(journey: "a", environment: "e", by: "b")
        let mark = MarkRequest(
            service: "payments", version: "2.14.0", before: "2.13.4", environment: "e", text: "t", time: start, by: "ci"
        )
        let note = NoteRequest(text: "é\u{1b}[31m", journey: "a", environment: "e", by: "b")
        #expect(
            try await client.acknowledge(ack) == ControlAnswer(message: "done", journeys: ["checkout in production"]))
        for mute in mutes { _ = try await client.mute(mute) }
        _ = try await client.unmute(unmute)
        _ = try await client.mark(mark)
        _ = try await client.note(note)
        let answers = try await client.testAlerts(AlertTestRequest(receiver: "pager"))
        #expect(answers == [AlertTestAnswer(.make(), .refused("exit code 1"))])
        let expected = ["\(ack)"] + mutes.map { "\($0)" } + ["\(unmute)", "\(mark)", "\(note)"]
        #expect(bench.handler.heard == expected + ["\(AlertTestRequest(receiver: "pager"))"])
        let status = try await client.status()
        #expect(status.pid == 7 && status.state == "PAGE" && status.now == "2026-11-23T03:00:01Z")
        #expect(status.journeys.first?.acknowledged == "2026-11-23T03:00:00Z")
        #expect(status.receivers.map(\.receiver) == ["pager"])
        await #expect(throws: ControlProblem.unknown("journey", "chekout", field: "journey", suggestion: "checkout")) {
            try await client.acknowledge(AcknowledgeRequest(journey: "chekout"))
        }
        await bench.stop()
    }

    @Test func theSocketIsItsOwnersOnlyAndGoesWithTheServer() async throws {
        let bench = try await Bench()
        let mode = try FileManager.default.attributesOfItem(atPath: bench.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder) == ["control.sock"])
        await #expect(throws: ControlServer.Failure.self) {
            try await ControlServer.start(socketPath: bench.path, handler: bench.handler)
        }
        // The first still answers.
        #expect(try await ControlClient(socketPath: bench.path).status().pid == 7)
        await bench.server.stop()
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder).isEmpty)
        await #expect(throws: ControlProblem.self) { try await ControlClient(socketPath: bench.path).status() }
        await bench.stop()
    }

    @Test func aSocketThatADeadProcessLeftIsReplaced() async throws {
        let folder = NSTemporaryDirectory() + "wmc-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        #expect(FileManager.default.createFile(atPath: folder + "/control.sock", contents: Data()))
        let server = try await ControlServer.start(socketPath: folder + "/control.sock", handler: FakeHandler())
        #expect(try await ControlClient(socketPath: folder + "/control.sock").status().pid == 7)
        await server.stop()
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func whereNoSocketCanBeItIsSaid() async throws {
        let long = NSTemporaryDirectory() + String(repeating: "x", count: 100) + "/control.sock"
        for path in [long, "/nowhere/control.sock"] {
            do {
                let server = try await ControlServer.start(socketPath: path, handler: FakeHandler())
                await server.stop()
                Issue.record("it listens at \(path)")
            } catch {
                #expect(error.text.contains(path))
            }
        }
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let path: String
        let body: String
        let status: UInt
        let said: String
        var method = "POST"
        var testDescription: String { "\(path) \(body.prefix(60))" }
    }

    static let wrong: [Wrong] = [
        Wrong(
            path: "/v1/ack", body: "", status: 400,
            said: "journey: \"journey\" is missing; expected the name of a journey"),
        Wrong(
            path: "/v1/ack", body: "[]", status: 400,
            said: "the body is not a JSON object; expected a JSON object with journey, environment, note, by"),
        Wrong(
            path: "/v1/ack", body: "{\"journey\":", status: 400,
            said: "the body is not a JSON object; expected a JSON object with journey, environment, note, by"),
        Wrong(
            path: "/v1/ack", body: "{\"jorney\":\"a\"}", status: 400,
            said:
                "jorney: unknown field \"jorney\"; expected a JSON object with journey, environment, note, by; did you "
                + "mean \"journey\"?"),
        Wrong(path: "/v1/ack", body: "{\"journey\":7}", status: 400, said: "journey: 7; expected a text"),
        Wrong(
            path: "/v1/ack", body: "{\"journey\":true}", status: 400,
            said: "journey: neither a text nor a whole number; expected a text"),
        Wrong(
            path: "/v1/ack", body: "{\"journey\":\"checkout\",\"note\":{\"a\":[1]}}", status: 400,
            said: "note: neither a text nor a whole number; expected a text"),
        Wrong(
            path: "/v1/ack", body: "{\"journey\":\"\(String(repeating: "x", count: 201))\"}", status: 400,
            said: "journey: a text of over 200 characters; expected a shorter one"),
        Wrong(
            path: "/v1/ack", body: "{\"journey\":\"nope\"}", status: 404,
            said:
                "journey: no journey \"nope\"; expected the name of a journey that is there; did you mean \"checkout\"?"
        ),
        Wrong(
            path: "/v1/mute", body: "{\"journey\":\"a\"}", status: 400,
            said: "until: neither \"until\" nor \"for\"; expected one of them"),
        Wrong(
            path: "/v1/mute", body: "{\"journey\":\"a\",\"for\":\"1h\",\"until\":1}", status: 400,
            said: "until: both \"until\" and \"for\"; expected one of them"),
        Wrong(
            path: "/v1/mute", body: "{\"journey\":\"a\",\"for\":\"-1h\"}", status: 400,
            said: "for: \"-1h\" is no duration; expected a duration such as 500ms, 1.2s, 5m, 1h30m or 28d"),
        Wrong(
            path: "/v1/mute", body: "{\"journey\":\"a\",\"for\":\"0s\"}", status: 400,
            said: "for: \"0s\" is no duration; expected a duration such as 500ms, 1.2s, 5m, 1h30m or 28d"),
        Wrong(
            path: "/v1/mute", body: "{\"journey\":\"a\",\"until\":\"08:00\"}", status: 400,
            said: "until: \"08:00\" is no time; expected RFC 3339 with a zone such as 2026-11-23T08:00:00Z, or Unix "
                + "nanoseconds"),
        Wrong(
            path: "/v1/mark", body: "{\"kind\":\"rollback\",\"service\":\"a\",\"version\":\"1\"}", status: 400,
            said: "kind: \"rollback\" is no kind of mark; expected deploy"),
        Wrong(
            path: "/v1/mark", body: "{\"service\":\"a\"}", status: 400,
            said: "version: \"version\" is missing; expected the version from now on"),
        Wrong(
            path: "/v1/note", body: "{\"journey\":\"a\"}", status: 400,
            said: "text: \"text\" is missing; expected the words to write down"),
        Wrong(
            path: "/v1/nack", body: "{}", status: 404,
            said:
                "nothing is at /v1/nack; expected /v1/ack, /v1/mute, /v1/unmute, /v1/mark, /v1/note, /v1/alerts/test, "
                + "/v1/status"),
        Wrong(path: "/v1/status", body: "{}", status: 405, said: "POST /v1/status; expected GET /v1/status"),
        Wrong(path: "/v1/ack", body: "{}", status: 405, said: "PUT /v1/ack; expected POST /v1/ack", method: "PUT"),
        Wrong(
            path: "/v1/ack", body: "{\"journey\":\"\(String(repeating: "x", count: 70_000))\"}", status: 413,
            said: "a body over 64 KiB; expected a smaller one"),
        Wrong(
            path: "/v1/ack", body: String(repeating: "[", count: 60_000), status: 400,
            said: "the body is not a JSON object; expected a JSON object with journey, environment, note, by"),
    ]

    @Test func eachErrorSaysWhereAndWhat() async throws {
        let bench = try await Bench()
        for wrong in Self.wrong {
            let answer = try await bench.send(wrong.method, wrong.path, wrong.body)
            #expect(answer.status == wrong.status)
            let problem = try JSONDecoder().decode(ControlProblem.self, from: Data(answer.body.utf8))
            #expect(problem.text == wrong.said)
            if wrong.status == 405 {
                #expect(answer.headers["allow"] == problem.expected?.prefix { $0 != " " }.description)
            }
        }
        #expect(bench.handler.heard.isEmpty)
        await bench.stop()
    }

    @Test func overTCPATokenIsAskedFor() async throws {
        let bench = try await Bench(ControlListening(host: "127.0.0.1", port: 0, token: Secret("s3cret-token")))
        let json = [("Content-Type", "application/json")]
        let body = "{\"journey\":\"checkout\"}"
        for given in [nil, "s3cret-token", "Bearer", "Bearer s3cret", "Bearer s3cret-tokens", "Basic s3cret-token"] {
            let headers = json + (given.map { [("Authorization", $0)] } ?? [])
            let answer = try await bench.send("POST", "/v1/ack", body, headers: headers, tcp: true)
            #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer")
            #expect(!answer.body.contains("s3cret"))
        }
        #expect(bench.handler.heard.isEmpty)
        let right = json + [("Authorization", "bearer s3cret-token")]
        #expect(try await bench.send("POST", "/v1/ack", body, headers: right, tcp: true).status == 200)
        #expect(
            try await bench.send("GET", "/v1/status", headers: [("Authorization", "Bearer s3cret-token")], tcp: true)
                .status == 200)
        await bench.stop()
    }

    @Test func webPagesOnThisMachineGiveNoOrders() async throws {
        let bench = try await Bench(ControlListening(host: "127.0.0.1", port: 0, token: nil))
        let body = "{\"journey\":\"checkout\"}"
        let form = try await bench.send("POST", "/v1/ack", body, headers: [("Content-Type", "text/plain")], tcp: true)
        #expect(form.status == 415)
        #expect(try await bench.send("POST", "/v1/ack", body, tcp: true).status == 415)
        let rebound = [("Content-Type", "application/json"), ("Host", "evil.example")]
        #expect(try await bench.send("POST", "/v1/ack", body, headers: rebound, tcp: true).status == 403)
        #expect(
            try await bench.send("GET", "/v1/status", headers: [("Host", "evil.example:80")], tcp: true).status == 403)
        #expect(bench.handler.heard.isEmpty)
        for host in ["localhost", "127.0.0.1:99", "[::1]:7788"] {
            let headers = [("Content-Type", "application/json; charset=utf-8"), ("Host", host)]
            #expect(try await bench.send("POST", "/v1/ack", body, headers: headers, tcp: true).status == 200)
        }
        await bench.stop()
    }

    @Test func aPortInUseIsSaid() async throws {
        let bench = try await Bench(ControlListening(host: "127.0.0.1", port: 0, token: nil))
        let taken = ControlListening(host: "127.0.0.1", port: try #require(bench.server.port), token: nil)
        await #expect(throws: ControlServer.Failure.self) {
            try await ControlServer.start(
                socketPath: bench.folder + "/other.sock", listening: taken, handler: bench.handler)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder) == ["control.sock"])
        await bench.stop()
    }
}
