import Telemetry
import TelemetryCodecs
import Testing

@Suite struct ZipkinTests {
    private func decode(_ text: String) throws -> DecodedText {
        try .make(text) { try ZipkinJSON.decodeTraces($0, into: &$1) }
    }

    private func span(_ members: String) throws -> DecodedText {
        try decode("[{\"traceId\":\"00000000000000ab\",\"id\":\"00000000000000cd\",\(members)}]")
    }

    @Test func readsEveryField() throws {
        let decoded = try span(
            """
            "parentId":"00000000000000ef","kind":"CLIENT","name":"get","timestamp":1531282088548312,"duration":20333,
            "remoteEndpoint":{"serviceName":"db","ipv4":"10.0.0.2","port":5432},"tags":{"http.method":"GET","e":""},
            "localEndpoint":{"ipv4":"10.0.0.1","port":80,"serviceName":"cart"},
            "annotations":[{"timestamp":5,"value":"ws"},{"value":"x"}],"debug":true
            """)
        let table = decoded.table
        #expect(decoded.counts.spans == 1)
        #expect(table.traceID(0) == TraceID(high: 0, low: 0xAB))
        #expect(table.spanID(0) == SpanID(0xCD))
        #expect(table.parentID(0) == SpanID(0xEF))
        #expect(table.kind(0) == .client)
        #expect(table.name(0).text == "get")
        #expect(table.starts[0] == 1_531_282_088_548_312_000)
        #expect(table.duration(0) == 20_333_000)
        #expect(
            decoded.resource(0) == [
                "service.name": .string("cart"), "host.ip": .string("10.0.0.1"), "network.local.port": .int(80),
            ])
        #expect(
            decoded.attributes(0) == [
                "http.method": .string("GET"), "e": .string(""), "peer.service": .string("db"),
                "server.address": .string("10.0.0.2"), "server.port": .int(5432),
            ])
        #expect(table.events(0).map(\.time) == [5000, 0])
        #expect(table.events(0).map { table.values.text($0.name) } == ["ws", "x"])
    }

    @Test func keepsBothHalvesOfASharedId() throws {
        let decoded = try decode(
            """
            [{"traceId":"1","id":"2","kind":"CLIENT"},{"traceId":"1","id":"2","kind":"SERVER","shared":true},
            {"traceId":"1","id":"3","shared":true,"remoteEndpoint":{"ipv6":"::1","port":9}}]
            """)
        #expect((0..<3).map { decoded.table.kind($0) } == [.client, .server, .server])
        #expect(decoded.attributes(0).isEmpty)
        #expect(decoded.attributes(1) == ["zipkin.shared": .bool(true)])
        #expect(
            decoded.attributes(2) == [
                "zipkin.shared": .bool(true), "client.address": .string("::1"), "client.port": .int(9),
            ])
        #expect(decoded.table.service(0).text == "unknown_service")
    }

    @Test func leavesUnknownTimesZero() throws {
        let table = try decode(
            "[{\"traceId\":\"1\",\"id\":\"2\"},{\"traceId\":\"1\",\"id\":\"3\",\"timestamp\":7},{\"traceId\":\"1\",\"id\":\"4\",\"duration\":7}]"
        ).table
        #expect((0..<3).map { table.starts[$0] } == [0, 7000, 0])
        #expect((0..<3).map { table.ends[$0] } == [0, 0, 7000])
        #expect(table.name(0).text.isEmpty)
    }

    @Test func takesTheErrorTagAsAnError() throws {
        for (value, message) in [("\"timeout\"", "timeout"), ("\"true\"", ""), ("\"\"", ""), ("\"false\"", "false")] {
            let decoded = try span("\"tags\":{\"a\":\"b\",\"error\":\(value)}")
            #expect(decoded.table.status(0) == .error)
            #expect(decoded.table.statusMessage(0) == message)
        }
    }

    @Test func takesListsOfListsAndSingleSpans() throws {
        let one = "{\"traceId\":\"1\",\"id\":\"2\",\"name\":null}"
        #expect(try decode("[[\(one)],[],[\(one),\(one)]]").counts.spans == 3)
        #expect(try decode(one).counts.spans == 1)
        #expect(try decode("[]").counts == DecodedCounts())
    }

    @Test(arguments: [
        "\"id\":\"xyz\"", "\"id\":\"0\"", "\"id\":\"12345678901234567\"", "\"traceId\":\"\"", "\"parentId\":\"-1\"",
        "\"timestamp\":-1", "\"timestamp\":18446744073709551", "\"timestamp\":18446744073709551615",
        "\"duration\":18446744073709552", "\"duration\":-1",
    ])
    func dropsSpansThatCannotBe(_ members: String) throws {
        let text =
            "[{\"traceId\":\"1\",\"id\":\"2\",\"timestamp\":1000,\"duration\":9,\(members),\"annotations\":[{}]}]"
        let decoded = try decode(text)
        #expect(decoded.counts.rejectedSpans == 1)
        #expect(decoded.counts.message != nil)
        #expect(decoded.table.events.count == 0)
    }

    @Test func neverFailsBadlyOnBrokenDocuments() {
        let text = """
            [{"traceId":"ab","id":"cd","kind":"SERVER","timestamp":12,"duration":3,"localEndpoint":{"serviceName":"s",
            "ipv4":"1"},"remoteEndpoint":{"port":1},"tags":{"error":"\\u0041"},"annotations":[{"timestamp":1,"value":"v"}]}]
            """
        Broken.everyWay(Array(text.utf8), seed: 7) { try ZipkinJSON.decodeTraces($0, into: &$1) }
    }
}
