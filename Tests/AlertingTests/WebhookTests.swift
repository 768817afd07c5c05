import Alerting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Journeys
import Logging
import NIOCore
import Synchronization
import Testing

/// A real HTTP server on a free port of this machine that answers from a list.
final class LocalServer: Sendable {
    struct Answer: Sendable {
        var status: HTTPResponse.Status = .ok
        var headers: [String: String] = [:]
        var body = ""
        /// Whether it never answers.
        var isSilent = false
        /// Whether the body never ends.
        var isEndless = false
    }

    struct Seen: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: String
    }

    let port: Int
    private let state: Mutex<(answers: [Answer], seen: [Seen])>
    private let task: Task<Void, any Error>

    private init(
        _ port: Int, _ state: consuming Mutex<(answers: [Answer], seen: [Seen])>, _ task: Task<Void, any Error>
    ) {
        self.port = port
        self.state = state
        self.task = task
    }

    /// Starts a server that gives these answers, then 200 for ever.
    static func start(_ answers: [Answer]) async throws -> LocalServer {
        let box = Box()
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            let headers = Dictionary(
                request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { one, _ in one })
            let seen = Seen(
                method: request.method.rawValue, path: request.uri.string, headers: headers,
                body: String(buffer: body))
            guard let server = box.server else { return Response(status: .serviceUnavailable) }
            return try await server.answer(seen)
        }
        let application = Application(
            responder: responder, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let task = Task { try await application.run() }
        for await port in ports {
            let server = LocalServer(port, Mutex((answers, [])), task)
            box.server = server
            return server
        }
        throw CancellationError()
    }

    private final class Box: Sendable {
        private let value = Mutex<LocalServer?>(nil)
        var server: LocalServer? {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    private func answer(_ request: Seen) async throws -> Response {
        let answer = state.withLock { state in
            state.seen.append(request)
            return state.answers.isEmpty ? Answer() : state.answers.removeFirst()
        }
        if answer.isSilent { try await Task.sleep(for: .seconds(600)) }
        var headers: HTTPFields = [:]
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        let body =
            answer.isEndless
            ? ResponseBody { writer in
                while !Task.isCancelled { try await writer.write(ByteBuffer(string: "and so on ")) }
            } : ResponseBody(byteBuffer: ByteBuffer(string: answer.body))
        return Response(status: answer.status, headers: headers, body: body)
    }

    var seen: [Seen] { state.withLock { $0.seen } }
    var address: String { "http://127.0.0.1:\(port)" }

    func stop() { task.cancel() }
}

/// The real transport against real servers.
@Suite struct WebhookTests {
    static func send(
        _ address: String, headers: [AlertReceiver.Header] = [], token: Secret? = nil, limit: Duration = .seconds(30)
    ) async throws -> SendOutcome {
        let transport = HTTPTransport()
        let sender = WebhookSender(
            address: try AlertAddress(address), headers: headers, token: token, limit: limit, transport: transport,
            wallNow: { start })
        let outcome = await sender.send(Array("{}".utf8))
        await transport.stop()
        return outcome
    }

    @Test func jsonIsPostedWithHeadersAndToken() async throws {
        let server = try await LocalServer.start([])
        let outcome = try await Self.send(
            server.address + "/hook?a=b", headers: [AlertReceiver.Header(name: "X-Source", value: Secret("waymark"))],
            token: Secret("s3cret-token"))
        server.stop()
        #expect(outcome == .delivered("HTTP 200"))
        let seen = try #require(server.seen.first)
        #expect(seen.method == "POST" && seen.path == "/hook?a=b" && seen.body == "{}")
        #expect(seen.headers["content-type"] == "application/json" && seen.headers["x-source"] == "waymark")
        #expect(seen.headers["authorization"] == "Bearer s3cret-token")
    }

    @Test func statusesMeanWhatTheySay() async throws {
        let answers: [(LocalServer.Answer, (String) -> SendOutcome)] = [
            (.init(status: .noContent), { _ in .delivered("HTTP 204") }),
            (
                .init(status: .internalServerError, body: "oops\nmore"),
                { .failed("\($0): HTTP 500: oops", retryAfter: nil) }
            ),
            (
                .init(status: .tooManyRequests, headers: ["Retry-After": "17"]),
                { .failed("\($0): HTTP 429", retryAfter: .seconds(17)) }
            ),
            (
                // 30 seconds after the test's now.
                .init(status: .serviceUnavailable, headers: ["Retry-After": "Mon, 23 Nov 2026 03:00:30 GMT"]),
                { .failed("\($0): HTTP 503", retryAfter: .seconds(30)) }
            ),
            (
                .init(status: .serviceUnavailable, headers: ["Retry-After": "soon"]),
                { .failed("\($0): HTTP 503", retryAfter: nil) }
            ),
            (.init(status: .notFound), { .refused("\($0): HTTP 404") }),
            (
                .init(status: .unauthorized, body: "not with s3cret-token"),
                { .refused("\($0): HTTP 401: not with (secret)") }
            ),
        ]
        let server = try await LocalServer.start(answers.map(\.0))
        for (_, expected) in answers {
            let outcome = try await Self.send(server.address + "/hook", token: Secret("s3cret-token"))
            #expect(outcome == expected(server.address))
        }
        server.stop()
    }

    @Test func redirectsStayOnTheirHost() async throws {
        let other = try await LocalServer.start([])
        let server = try await LocalServer.start([
            .init(status: .temporaryRedirect, headers: ["Location": "/second"]),
            .init(status: .permanentRedirect, headers: ["Location": "/third"]),
        ])
        #expect(try await Self.send(server.address + "/first") == .delivered("HTTP 200"))
        #expect(server.seen.map(\.path) == ["/first", "/second", "/third"])
        #expect(server.seen.map(\.body) == ["{}", "{}", "{}"])

        let refusals: [(LocalServer.Answer, String)] = [
            (
                .init(status: .temporaryRedirect, headers: ["Location": other.address + "/stolen"]),
                "HTTP 307 to \(other.address), another host: write that one if it is meant"
            ),
            (
                .init(status: .temporaryRedirect, headers: ["Location": "http://localhost:\(server.port)/x"]),
                "HTTP 307 to http://localhost:\(server.port), another host: write that one if it is meant"
            ),
            (
                .init(status: .found, headers: ["Location": "/x"]),
                "HTTP 302, a redirect that would not keep the message"
            ),
            (
                .init(status: .temporaryRedirect, headers: ["Location": "file:///etc/passwd"]),
                "HTTP 307 to something that is no http address"
            ),
        ]
        for (answer, words) in refusals {
            let redirecting = try await LocalServer.start([answer])
            let outcome = try await Self.send(redirecting.address, token: Secret("s3cret-token"))
            redirecting.stop()
            if words.contains("localhost") {
                guard case .refused(let text) = outcome else { Issue.record("\(outcome)"); continue }
                #expect(text.contains("another host"))
            } else {
                #expect(outcome == .refused("\(redirecting.address): \(words)"))
            }
        }
        let loop = [LocalServer.Answer](
            repeating: .init(status: .temporaryRedirect, headers: ["Location": "/"]), count: 9)
        let circling = try await LocalServer.start(loop)
        #expect(try await Self.send(circling.address) == .refused("\(circling.address): more than 3 redirects"))
        #expect(circling.seen.count == 4)
        circling.stop()
        server.stop()
        other.stop()
        #expect(other.seen.isEmpty)
    }

    @Test func silenceIsAFailureAndEndlessAnswersAreCut() async throws {
        let server = try await LocalServer.start([.init(isSilent: true), .init(isEndless: true)])
        let silent = try await Self.send(server.address, limit: .milliseconds(300))
        #expect(silent == .failed("\(server.address): no answer in time", retryAfter: nil))
        #expect(try await Self.send(server.address) == .delivered("HTTP 200"))
        server.stop()
    }

    @Test func nobodyThereIsAFailureThatTellsNoSecret() async throws {
        let server = try await LocalServer.start([])
        let address = server.address
        server.stop()
        let outcome = try await Self.send(
            "http://127.0.0.1:1/T012345678901234567890", token: Secret("s3cret-token"), limit: .seconds(5))
        guard case .failed(let text, nil) = outcome else { Issue.record("\(outcome)"); return }
        #expect(text.hasPrefix("http://127.0.0.1:1: ") && !text.contains("T0123") && !text.contains("s3cret"))
        #expect(!address.isEmpty)
    }

    @Test func plainTextWhereTLSIsExpectedIsAFailure() async throws {
        let server = try await LocalServer.start([])
        let outcome = try await Self.send("https://127.0.0.1:\(server.port)/", limit: .seconds(10))
        server.stop()
        guard case .failed = outcome else { Issue.record("\(outcome)"); return }
        #expect(server.seen.isEmpty)
    }

    @Test func aFiringAlertArrivesAfterAnOutage() async throws {
        let server = try await LocalServer.start([
            .init(status: .internalServerError), .init(status: .badGateway),
        ])
        let transport = HTTPTransport()
        let clock = InstantClock()
        let environment = AlertingEnvironment(
            clock: clock, wallNow: { start }, random: { 0 }, transport: transport)
        let receiver = AlertReceiver(
            name: "hook", kind: .webhook(try AlertAddress(server.address), headers: [], token: nil),
            // However busy the machine is, an attempt is waited for: giving one up would make another.
            timeout: 3_600 * second)
        let dispatcher = AlertDispatcher(receivers: [receiver], environment: environment, instance: "here")
        for number in 0...10 as ClosedRange<UInt64> {
            let now = start + number * second
            await dispatcher.update(.make([.make(alerts: [.make()])], now: now), context: AlertContext(), now: now)
        }
        await dispatcher.drain()
        await transport.stop()
        server.stop()
        #expect(server.seen.count == 3 && Set(server.seen.map(\.body)).count == 1)
        #expect(clock.pauses == [.milliseconds(500), .seconds(1)])
    }
}
