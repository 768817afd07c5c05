import DataSources
import NIOHTTP1
import Testing

/// What only HTTP has: paths, methods, types, headers, keep-alive, timeouts.
@Suite struct ReceiverHTTPTests {
    private static let json = [("Content-Type", "application/json")]
    private static let protobuf = [("Content-Type", "application/x-protobuf")]

    @Test(
        "C14 paths and methods", .timeLimit(.minutes(1)),
        arguments: [
            ("GET", "/v1/traces", 405, 12), ("PUT", "/v1/logs", 405, 12), ("OPTIONS", "/v1/traces", 405, 12),
            ("POST", "/", 404, 5), ("POST", "/v1/profiles", 404, 5), ("POST", "/v1/traces/", 404, 5),
            ("GET", "/nothing", 404, 5), ("POST", "/V1/traces", 404, 5),
        ])
    func paths(method: String, path: String, status: Int, code: Int) async throws {
        try await TestReceiver.with { test in
            let json = try await post(
                test.httpPort, path, method: HTTPMethod(rawValue: method), headers: Self.json,
                body: Array("take 1".utf8))
            #expect(json.status == status)
            #expect(json.text.hasPrefix("{\"code\":\(code),\"message\":\""))
            #expect(json.headers["allow"] == (status == 405 ? "POST" : nil))
            #expect(json.headers["access-control-allow-origin"] == nil, "C31")
            let binary = try await post(
                test.httpPort, path, method: HTTPMethod(rawValue: method), headers: Self.protobuf, body: [])
            #expect(binary.status == status)
            #expect(binary.headers["content-type"] == "application/x-protobuf")
            #expect(binary.body.prefix(3) == [8, UInt8(code), 0x12])
            #expect(test.sink.deliveries.isEmpty)
        }
    }

    @Test(
        "C12 C13 content types", .timeLimit(.minutes(1)),
        arguments: [
            ("application/json", 200), ("application/json; charset=utf-8", 200),
            ("Application/JSON ;charset=UTF-8", 200),
            ("application/x-protobuf", 200), ("application/x-protobuf;x=y", 200), ("text/plain", 415), ("", 415),
            ("application/jsonx", 415), (nil, 415), ("application/grpc", 415),
        ] as [(String?, Int)])
    func contentTypes(type: String?, status: Int) async throws {
        try await TestReceiver.with { test in
            let reply = try await post(
                test.httpPort, "/v1/traces", headers: type.map { [("Content-Type", $0)] } ?? [],
                body: Array("take 1".utf8))
            #expect(reply.status == status)
            if status == 415 {
                #expect(reply.headers["content-type"] == "application/json")
                #expect(reply.text.hasPrefix("{\"code\":3,\"message\":\"Content-Type"))
            }
        }
    }

    @Test(
        "C30 content encodings", .timeLimit(.minutes(1)),
        arguments: [("identity", 200), ("deflate", 415), ("zstd", 415), ("gzip, gzip", 415), ("br", 415)])
    func encodings(name: String, status: Int) async throws {
        try await TestReceiver.with { test in
            let reply = try await post(
                test.httpPort, "/v1/logs", headers: Self.json + [("Content-Encoding", name)], body: Array("take 1".utf8)
            )
            #expect(reply.status == status)
            #expect(reply.headers["accept-encoding"] == (status == 415 ? "gzip" : nil))
        }
    }

    @Test(
        "C27 both encodings on one connection, kept alive and pipelined", .timeLimit(.minutes(1)),
        arguments: [false, true])
    func oneConnection(acceptsNow: Bool) async throws {
        try await TestReceiver.with(sink: ReceivingSink(acceptsNow: acceptsNow)) { test in
            let reply = try await exchange(
                test.httpPort,
                Array(
                    (raw("take 1", "application/json") + raw("take 1", "application/x-protobuf")
                        + raw("junk", "application/json") + raw("take 2", "application/json", "Connection: close\r\n"))
                        .utf8))
            let statuses = reply.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["200", "200", "400", "200"])
            #expect(test.sink.deliveries.count == 3)
        }
    }

    @Test(
        "a false Content-Length: the good request is answered, the rest is not taken for one", .timeLimit(.minutes(1)))
    func falseLength() async throws {
        try await TestReceiver.with { test in
            let bytes = Array(raw("take 1", "application/json").utf8) + [UInt8](repeating: 0xfe, count: 300_000)
            let reply = try await exchange(test.httpPort, bytes)
            #expect(reply.hasPrefix("HTTP/1.1 200"))
            #expect(test.sink.deliveries.count == 1)
        }
    }

    @Test("chunked bodies", .timeLimit(.minutes(1)))
    func chunked() async throws {
        try await TestReceiver.with { test in
            let request =
                "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n3\r\ntak\r\n3\r\ne 5\r\n0\r\n\r\n"
            let reply = try await exchange(test.httpPort, Array(request.utf8))
            #expect(reply.hasPrefix("HTTP/1.1 200"))
            #expect(test.sink.deliveries.first?.logRecords == 5)
        }
    }

    @Test("C3 a declared length over the limit is refused before the body comes", .timeLimit(.minutes(1)))
    func declaredLength() async throws {
        try await TestReceiver.with(limits: { $0.messageBytes = 1000 }) { test in
            let head =
                "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n"
            let reply = try await exchange(test.httpPort, Array(head.utf8))
            #expect(reply.hasPrefix("HTTP/1.1 413"))
            #expect(reply.contains("Connection: close"))
        }
    }

    @Test("Expect: 100-continue", .timeLimit(.minutes(1)))
    func expectContinue() async throws {
        try await TestReceiver.with { test in
            let reply = try await exchange(
                test.httpPort,
                Array(raw("take 1", "application/json", "Expect: 100-continue\r\nConnection: close\r\n").utf8))
            #expect(reply.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"))
        }
    }

    @Test("a chunked body over the limit is answered although the client goes on sending", .timeLimit(.minutes(1)))
    func endlessBody() async throws {
        try await TestReceiver.with(limits: { $0.messageBytes = 10_000 }) { test in
            var request = Array(
                ("POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n").utf8)
            for _ in 0..<2000 { request += Array("400\r\n".utf8) + [UInt8](repeating: 0x41, count: 1024) + [13, 10] }
            request += Array("0\r\n\r\n".utf8)
            let reply = try await exchange(test.httpPort, request)
            #expect(reply.hasPrefix("HTTP/1.1 413"))
            #expect(test.receiver.budget.bytesInUse == 0)
        }
    }

    @Test("not HTTP, too many and too large headers", .timeLimit(.minutes(1)))
    func badHeaders() async throws {
        try await TestReceiver.with { test in
            let start = "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            let many = (0..<150).map { "X-\($0): y\r\n" }.joined()
            let large = "X: " + String(repeating: "y", count: 20_000) + "\r\n"
            let spread = (0..<50).map { "X-\($0): " + String(repeating: "y", count: 400) + "\r\n" }.joined()
            #expect(try await exchange(test.httpPort, Array("\u{1}\u{2}junk\r\n\r\n".utf8)).hasPrefix("HTTP/1.1 400"))
            for fields in [many, large, spread] {
                let reply = try await exchange(test.httpPort, Array((start + fields + "\r\n").utf8))
                #expect(reply.hasPrefix("HTTP/1.1 431"))
            }
            #expect(test.sink.deliveries.isEmpty)
        }
    }

    // Each test shortens one limit only, the one that has to strike; the others keep their defaults.

    @Test(
        "no header, or half a header, in time", .timeLimit(.minutes(1)), arguments: ["", "POST /v1/logs HTTP/1.1\r\n"])
    func slowHeader(start: String) async throws {
        try await TestReceiver.with(limits: { $0.headerTimeout = .milliseconds(50) }) { test in
            let reply = try await exchange(test.httpPort, Array(start.utf8))
            #expect(reply.isEmpty)
            #expect(test.counters.closedConnections == 1)
        }
    }

    @Test("half a body in time", .timeLimit(.minutes(1)))
    func slowBody() async throws {
        try await TestReceiver.with(limits: { $0.bodyTimeout = .milliseconds(50) }) { test in
            let head = "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            let reply = try await exchange(test.httpPort, Array((head + "Content-Length: 100\r\n\r\ntake").utf8))
            #expect(reply.hasPrefix("HTTP/1.1 408"))
            #expect(test.counters.closedConnections == 1)
            #expect(test.receiver.budget.bytesInUse == 0)
        }
    }

    @Test("an idle connection is closed", .timeLimit(.minutes(1)))
    func idle() async throws {
        try await TestReceiver.with(limits: { $0.idleTimeout = .milliseconds(50) }) { test in
            let reply = try await exchange(test.httpPort, Array(raw("take 1", "application/json").utf8))
            #expect(reply.hasPrefix("HTTP/1.1 200"))
            #expect(test.counters.closedConnections == 1)
        }
    }

    @Test("more connections than allowed are closed, others are served", .timeLimit(.minutes(1)))
    func tooManyConnections() async throws {
        let sink = ReceivingSink(.holding)
        try await TestReceiver.with(sink: sink, limits: { $0.connections = 1 }) { test in
            let port = test.httpPort
            async let first = exchange(port, Array(raw("take 1", "application/json", "Connection: close\r\n").utf8))
            await sink.holds(1)
            #expect(try await exchange(port, Array(raw("take 1", "application/json").utf8)).isEmpty)
            sink.letGo()
            let answer = try await first
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(test.counters.closedConnections == 1)
        }
    }

    @Test("C5 the response is shortened to its limit", .timeLimit(.minutes(1)))
    func shortResponse() async throws {
        try await TestReceiver.with(limits: { $0.responseBytes = 300 }) { test in
            let body = Array(("reject 5 " + String(repeating: "\u{1}é", count: 4000)).utf8)
            for headers in [Self.json, Self.protobuf] {
                let reply = try await post(test.httpPort, "/v1/traces", headers: headers, body: body)
                #expect(reply.status == 200)
                #expect(reply.body.count <= 300)
                #expect(reply.body.count > 100)
            }
        }
    }

    private func raw(_ line: String, _ type: String, _ more: String = "") -> String {
        "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: \(type)\r\n\(more)Content-Length: \(line.utf8.count)\r\n\r\n"
            + line
    }
}
