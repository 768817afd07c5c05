import Foundation
import Telemetry
import TelemetryCodecs
import Testing

/// A decoded text: the spans, and what was counted.
struct DecodedText {
    let table: SpanTable
    let counts: DecodedCounts

    /// Decodes with one of the decoders.
    static func make(
        _ text: String,
        with decode: (UnsafeRawBufferPointer, inout SpanBatch) throws -> DecodedCounts
    ) throws -> DecodedText {
        var batch = SpanBatch()
        let counts = try Array(text.utf8).withUnsafeBytes { try decode($0, &batch) }
        return DecodedText(table: batch.table, counts: counts)
    }

    /// A row's attributes by key.
    func attributes(_ row: Int) -> [String: AttributeValue] { byKey(table.attributes(row)) }

    /// The attributes of a row's resource by key.
    func resource(_ row: Int) -> [String: AttributeValue] { byKey(table.resource(row).attributes) }

    func byKey(_ list: AttributeList) -> [String: AttributeValue] {
        Dictionary(table.decoded(list).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// The rows as text, for comparing two ways to write one thing.
    var dump: [String] {
        (0..<table.count).map { row in
            let events = table.events(row).map { event in
                "\(event.time) \(table.values.text(event.name)) \(sorted(event.attributes))"
            }
            let links = table.links(row).map { link in
                "\(link.trace.hex) \(link.span.hex) \(table.values.text(link.traceState)) \(sorted(link.attributes))"
            }
            let resource = table.resource(row)
            let scope = table.scope(row)
            return """
                \(table.traceID(row).hex) \(table.spanID(row).hex) \(table.parentID(row).hex) \(table.starts[row]) \
                \(table.ends[row]) \(table.name(row).text) \(table.kind(row)) \(table.status(row)) \
                \(table.statusMessage(row)) \(table.traceState(row)) \(table.flags[row]) \
                \(resource.service.text) \(sorted(resource.attributes)) \(scope.name.text) \(scope.version.text) \
                \(sorted(scope.attributes)) \(sorted(table.attributes(row))) \(events) \(links)
                """
        }
    }

    private func sorted(_ list: AttributeList) -> [String] {
        table.decoded(list).map { "\($0.key)=\($0.value)" }.sorted()
    }
}

@Suite struct OTLPJSONTests {
    private static let trace = "5b8efff798038103d269b633813fc60c"
    private static let span = "eee19b7ec3c1b174"

    private func decode(_ text: String) throws -> DecodedText {
        try .make(text) { try OTLPJSON.decodeTraces($0, into: &$1) }
    }

    /// A document with one span of these members besides its ids.
    private func document(_ members: String, ids: Bool = true) -> String {
        let own = ids ? "\"traceId\":\"\(Self.trace)\",\"spanId\":\"\(Self.span)\"" : ""
        let all = [own, members].filter { !$0.isEmpty }.joined(separator: ",")
        return "{\"resourceSpans\":[{\"resource\":{},\"scopeSpans\":[{\"scope\":{},\"spans\":[{\(all)}]}]}]}"
    }

    private func value(_ json: String) throws -> AttributeValue? {
        try decode(document("\"attributes\":[{\"key\":\"k\",\"value\":\(json)}]")).attributes(0)["k"]
    }

    @Test func readsEveryField() throws {
        let text = """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},
            "scopeSpans":[{"scope":{"name":"lib","version":"2","attributes":[{"key":"s","value":{"boolValue":true}}]},
            "spans":[{"traceId":"\(Self.trace.uppercased())","spanId":"\(Self.span)","parentSpanId":"EEE19B7EC3C1B173",
            "traceState":"ot=th:8","name":"GET /","kind":3,"startTimeUnixNano":"1544712660000000000",
            "endTimeUnixNano":1544712661000000000,"flags":769,"status":{"code":2,"message":"no"},
            "attributes":[{"key":"a","value":{"intValue":"7"}}],"droppedAttributesCount":3,
            "events":[{"timeUnixNano":"5","name":"e","attributes":[{"key":"x","value":{"doubleValue":1.5}}]},{}],
            "links":[{"traceId":"\(Self.trace)","spanId":"00000000000000ff","traceState":"t","flags":1,
            "attributes":[{"key":"l","value":{}}]}]}],"schemaUrl":"u"}]}]}
            """
        let decoded = try decode(text)
        let table = decoded.table
        #expect(decoded.counts.spans == 1)
        #expect(table.traceID(0).hex == Self.trace)
        #expect(table.spanID(0).hex == Self.span)
        #expect(table.parentID(0).hex == "eee19b7ec3c1b173")
        #expect(table.traceState(0) == "ot=th:8")
        #expect(table.name(0).text == "GET /")
        #expect(table.kind(0) == .client)
        #expect(table.starts[0] == 1_544_712_660_000_000_000)
        #expect(table.ends[0] == 1_544_712_661_000_000_000)
        #expect(table.flags[0] == 769)
        #expect(table.status(0) == .error)
        #expect(table.statusMessage(0) == "no")
        #expect(table.service(0).text == "cart")
        #expect(table.scope(0).name.text == "lib")
        #expect(table.scope(0).version.text == "2")
        #expect(decoded.byKey(table.scope(0).attributes) == ["s": .bool(true)])
        #expect(decoded.attributes(0) == ["a": .int(7)])
        #expect(table.events(0).map(\.time) == [5, 0])
        #expect(table.values.text(table.events(0)[0].name) == "e")
        #expect(decoded.byKey(table.events(0)[0].attributes) == ["x": .double(1.5)])
        #expect(table.links(0).map(\.span.value) == [255])
        #expect(decoded.byKey(table.links(0)[0].attributes) == ["l": .empty])
    }

    @Test func takesAnyOrderAndRepeatedKeys() throws {
        let ids = "\"spanId\":\"\(Self.span)\",\"traceId\":\"\(Self.trace)\""
        let plain = """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},
            "scopeSpans":[{"scope":{"name":"n"},"spans":[{\(ids),"name":"x","attributes":[{"key":"k","value":
            {"intValue":1}}],"events":[{"name":"e"}],"links":[{\(ids)}]}]}]}]}
            """
        let odd = """
            {"resourceSpans":[{"scopeSpans":7,"scopeSpans":[{"spans":[{"events":[{"name":"old"},{}],"links":[{\(ids)}],
            "links":[{\(ids)}],"events":[{"name":"e"}],"name":"y","name":"x","attributes":[{"key":"z"}],
            "attributes":[{"value":{"intValue":1},"key":"k"}],\(ids)}],"scope":{"name":"n"}}],
            "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]}}]}
            """
        let again = """
            {"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"n"},"spans":[{\(ids)},{}]}],
            "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},
            "scopeSpans":[{"scope":{},"spans":[{},{\(ids)}],"scope":{"name":"n"},"spans":[{\(ids),"name":"x",
            "events":[{"name":"e"}],"attributes":[{"key":"j","value":{"intValue":1},"key":"k"}],"links":[{\(ids)}]}]}]}]}
            """
        let wanted = try decode(plain)
        #expect(wanted.table.count == 1)
        #expect(try decode(odd).dump == wanted.dump)
        #expect(try decode(again).dump == wanted.dump)
        #expect(try decode(again).counts == wanted.counts)
        #expect(try decode("{\"resourceSpans\":[{},{}]," + plain.dropFirst()).dump == wanted.dump)
    }

    @Test(
        arguments: [
            ("{\"stringValue\":\"a\\u0062\"}", AttributeValue.string("ab")), ("{\"boolValue\":false}", .bool(false)),
            ("{\"intValue\":\"-9223372036854775808\"}", .int(.min)), ("{\"intValue\":1e3}", .int(1000)),
            ("{\"doubleValue\":2}", .double(2)), ("{\"doubleValue\":\"-Infinity\"}", .double(-.infinity)),
            ("{\"bytesValue\":\"AAAwOQ==\"}", .bytes([0, 0, 0x30, 0x39])),
            ("{\"bytesValue\":\"-_8\"}", .bytes([0xFB, 0xFF])),
            ("{\"bytesValue\":\"\"}", .bytes([])), ("{}", .empty), ("null", .empty), ("{\"stringValue\":null}", .empty),
            ("{\"future\":{\"a\":[1]},\"intValue\":5}", .int(5)), ("{\"string_value\":\"a\"}", .empty),
            ("{\"intValue\":1,\"stringValue\":\"x\",\"stringValue\":null}", .string("x")),
            ("{\"arrayValue\":{}}", .array([])), ("{\"kvlistValue\":{\"values\":null}}", .map([])),
            (
                "{\"arrayValue\":{\"values\":[{\"intValue\":1},{},{\"arrayValue\":{\"values\":[{\"stringValue\":\"x\"}]}}]}}",
                .array([.int(1), .empty, .array([.string("x")])])
            ),
            (
                "{\"kvlistValue\":{\"o\":1,\"values\":[{\"value\":{\"boolValue\":true},\"key\":\"a\"},{\"key\":\"b\"}]}}",
                .map([Attribute("a", .bool(true)), Attribute("b", .empty)])
            ),
        ] as [(String, AttributeValue)])
    func readsValues(_ json: String, _ wanted: AttributeValue) throws {
        #expect(try value(json) == wanted)
    }

    @Test(arguments: [
        "{\"intValue\":1.5}", "{\"intValue\":\"a\"}", "{\"bytesValue\":\"A\"}", "{\"bytesValue\":\"AA=A\"}", "7", "[]",
        "{\"bytesValue\":\"a b \"}", "{\"boolValue\":\"true\"}", "{\"stringValue\":1}", "{\"arrayValue\":[]}",
        "{\"arrayValue\":{\"values\":[null]}}", "{\"kvlistValue\":{\"values\":{}}}", "{\"doubleValue\":\"\"}",
    ])
    func refusesOtherValues(_ json: String) {
        #expect(throws: DecodingError.self) { try value(json) }
    }

    @Test(arguments: ["arrayValue", "kvlistValue"]) func nestsAHundredDeep(_ name: String) throws {
        let open = name == "arrayValue" ? "{\"arrayValue\":{\"values\":[" : "{\"kvlistValue\":{\"values\":[{\"value\":"
        let close = name == "arrayValue" ? "]}}" : "}]}}"
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth - 1) + "{\"intValue\":1}" + String(repeating: close, count: depth - 1)
        }
        #expect(try value(nested(100)) != nil)
        #expect(throws: DecodingError.self) { try value(nested(101)) }
        #expect(throws: DecodingError.self) { try value(String(repeating: open, count: 200_000)) }
    }

    @Test(arguments: [
        ("\"traceId\":\"\(trace)\"", "spanId"), ("\"spanId\":\"\(span)\"", "traceId"),
        ("\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"\(span)\"", "traceId"),
        ("\"traceId\":\"\(trace)\",\"spanId\":\"0000000000000000\"", "spanId"),
        ("\"traceId\":\"\(trace)0\",\"spanId\":\"\(span)\"", "traceId"),
        ("\"traceId\":\"W47/95gDgQPSabYzgT/GDA==\",\"spanId\":\"\(span)\"", "traceId"),
        ("\"traceId\":\"5b8efff798038103d269b633813fc6zz\",\"spanId\":\"\(span)\"", "traceId"),
        ("\"traceId\":\"5b8efff798038103d269b633813fc\u{E4}\",\"spanId\":\"\(span)\"", "traceId"),
        ("\"traceId\":\"\(trace)\",\"spanId\":\"\(span)\",\"parentSpanId\":\"1\"", "parentSpanId"),
    ])
    func dropsSpansWithBadIds(_ members: String, _ field: String) throws {
        let events =
            ",\"events\":[{\"name\":\"lost\"}],\"links\":[{\"traceId\":\"\(Self.trace)\",\"spanId\":\"\(Self.span)\"}]"
        let decoded = try decode(document(members + events, ids: false))
        #expect(decoded.table.count == 0)
        #expect(decoded.table.events.count == 0)
        #expect(decoded.table.links.count == 0)
        #expect(decoded.counts.spans == 0)
        #expect(decoded.counts.rejectedSpans == 1)
        #expect(decoded.counts.message?.contains(field) == true)
    }

    @Test func keepsASpanWhoseParentIsEmptyOrZero() throws {
        for parent in ["\"\"", "null", "\"0000000000000000\""] {
            let decoded = try decode(document("\"parentSpanId\":\(parent)"))
            #expect(decoded.counts.spans == 1)
            #expect(decoded.table.parentID(0).isZero)
        }
    }

    @Test func dropsALinkWithBadIdsAndKeepsItsSpan() throws {
        let decoded = try decode(document("\"links\":[{\"traceId\":\"1\",\"spanId\":\"\(Self.span)\"},{}]"))
        #expect(
            decoded.counts
                == {
                    var counts = DecodedCounts(); counts.spans = 1; return counts
                }())
        #expect(decoded.table.links(0).isEmpty)
    }

    @Test(arguments: [
        "\"kind\":\"SPAN_KIND_SERVER\"", "\"kind\":\"2\"", "\"status\":{\"code\":\"STATUS_CODE_ERROR\"}",
        "\"kind\":1.5",
        "\"kind\":99999999999", "\"traceId\":7", "\"name\":7", "\"startTimeUnixNano\":-1", "\"flags\":4294967296",
        "\"attributes\":{}", "\"events\":[1]", "\"status\":[]",
    ])
    func refusesFieldsOfAnotherType(_ members: String) {
        #expect(throws: DecodingError.self) { try decode(document(members)) }
    }

    @Test func takesUnknownEnumNumbersAsNotSet() throws {
        let decoded = try decode(document("\"kind\":9,\"status\":{\"code\":-1}"))
        #expect(decoded.table.kind(0) == .unspecified)
        #expect(decoded.table.status(0) == .unset)
    }

    @Test func ignoresUnknownFieldsAndSnakeCase() throws {
        let decoded = try decode(document("\"trace_state\":\"x\",\"parent_span_id\":\"zz\",\"new\":{\"a\":[{}]}"))
        #expect(decoded.counts.spans == 1)
        #expect(decoded.table.traceState(0).isEmpty)
        #expect(try decode("{\"resource_spans\":[7]}").counts == DecodedCounts())
        #expect(try decode("{\"resourceLogs\":7}").counts == DecodedCounts())
        #expect(try decode("{}").counts == DecodedCounts())
        #expect(try decode("{\"resourceSpans\":null}").counts == DecodedCounts())
    }

    @Test func mendsInvalidUTF8() throws {
        var batch = SpanBatch()
        var bytes = Array(document("\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"a?b\"}}]").utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "?") { bytes[index] = 0xFF }
        _ = try bytes.withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
        #expect(batch.table.decoded(batch.table.attributes(0)) == [Attribute("k", .string("a\u{FFFD}b"))])
        #expect(batch.repairs.invalidUTF8 == 1)
    }

    @Test func countsLogsAndMetrics() throws {
        let logs = """
            {"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"scope":{},"logRecords":[{"body":{"stringValue":
            "x"},"severityNumber":9,"traceId":"zz"},{}]},{"logRecords":[{}]}]}]}
            """
        let metrics = """
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"asInt":"1"},{}]}},
            {"sum":{"aggregationTemporality":1,"dataPoints":[{}]}},{"histogram":{"dataPoints":[{}]}},
            {"exponentialHistogram":{"dataPoints":[{}]}},{"summary":{"dataPoints":[{"timeUnixNano":"1"}]}},{"new":{}}]}]}]}
            """
        let mixed = "{\"x\":1," + logs.dropFirst().dropLast() + "," + metrics.dropFirst()
        #expect(try Array(logs.utf8).withUnsafeBytes { try OTLPJSON.countLogs($0) }.logRecords == 3)
        #expect(try Array(metrics.utf8).withUnsafeBytes { try OTLPJSON.countMetrics($0) }.metricPoints == 6)
        let counts = try DecodedText.make(mixed) { try OTLPJSON.decodeAny($0, into: &$1) }.counts
        #expect(counts.logRecords == 3)
        #expect(counts.metricPoints == 6)
        for bad in ["\"severityNumber\":\"INFO\"", "\"body\":1", "\"attributes\":[{\"value\":{\"intValue\":\"x\"}}]"] {
            let text = "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\(bad)}]}]}]}"
            #expect(throws: DecodingError.self) { try Array(text.utf8).withUnsafeBytes { try OTLPJSON.countLogs($0) } }
        }
    }

    @Test func neverFailsBadlyOnBrokenDocuments() throws {
        let text = document(
            """
            "name":"\\u00e4","kind":2,"startTimeUnixNano":"12","attributes":[{"key":"k","value":{"arrayValue":{"values":
            [{"doubleValue":-1.5e3},{"kvlistValue":{"values":[{"key":"a","value":{"bytesValue":"AA=="}}]}}]}}}],
            "events":[{"name":"e"}],"links":[{"traceId":"\(Self.trace)","spanId":"\(Self.span)"}],"status":{"code":1}
            """)
        let bytes = Array(text.utf8)
        var batch = SpanBatch()
        for count in 0..<bytes.count {
            #expect(throws: DecodingError.self) {
                try bytes[..<count].withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
            }
            batch.truncate(to: 0)
        }
        var random = SeededGenerator(seed: 5)
        for index in bytes.indices {
            for _ in 0..<12 {
                var broken = bytes
                broken[index] = UInt8.random(in: 0...255, using: &random)
                let counts = broken.withUnsafeBytes { try? OTLPJSON.decodeTraces($0, into: &batch) }
                #expect(batch.count == counts?.spans ?? batch.count)
                batch.truncate(to: 0)
            }
        }
    }
}
