import Telemetry
import TelemetryCodecs
import Testing

@Suite struct JaegerTests {
    private func decode(_ text: String) throws -> DecodedText {
        try .make(text) { try JaegerJSON.decodeTraces($0, into: &$1) }
    }

    /// A document with one span of these members besides its ids.
    private func document(_ members: String) -> String {
        """
        {"data":[{"traceID":"ab","spans":[{"traceID":"ab","spanID":"1","operationName":"op","startTime":1000,
        "duration":500,"processID":"p1",\(members)}],"processes":{"p1":{"serviceName":"cart","tags":[
        {"key":"hostname","type":"string","value":"h"},{"key":"ip","type":"string","value":"10.0.0.1"}]}}}],"total":0}
        """
    }

    private func tags(_ tags: String) throws -> DecodedText { try decode(document("\"tags\":[\(tags)]")) }

    @Test func readsASpanWithItsProcess() throws {
        let decoded = try decode(document("\"flags\":3,\"warnings\":null"))
        let table = decoded.table
        #expect(decoded.counts.spans == 1)
        #expect(table.traceID(0) == TraceID(high: 0, low: 0xAB))
        #expect(table.spanID(0) == SpanID(1))
        #expect(table.parentID(0).isZero)
        #expect(table.name(0).text == "op")
        #expect(table.starts[0] == 1_000_000)
        #expect(table.ends[0] == 1_500_000)
        #expect(table.flags[0] == 1)
        #expect(
            decoded.resource(0) == [
                "service.name": .string("cart"), "hostname": .string("h"), "ip": .string("10.0.0.1"),
            ])
    }

    @Test func takesATraceAloneAndAListOfTraces() throws {
        let wanted = try decode(document("\"logs\":[]")).dump
        let text = document("\"logs\":[]")
        let list = text.dropFirst("{\"data\":".count).dropLast(",\"total\":0}".count)
        #expect(try decode(String(list)).dump == wanted)
        #expect(try decode(String(list.dropFirst().dropLast())).dump == wanted)
        #expect(try decode("{\"data\":null,\"errors\":[{\"code\":404}]}").counts == DecodedCounts())
    }

    @Test func readsProcessesBeforeAndWithinSpans() throws {
        let wanted = try decode(
            "{\"spans\":[{\"spanID\":\"1\",\"processID\":\"p\"}],\"traceID\":\"1\",\"processes\":{\"p\":{\"serviceName\":\"s\"}}}"
        )
        let inline = try decode(
            "{\"spans\":[{\"spanID\":\"1\",\"process\":{\"tags\":null,\"serviceName\":\"s\"}}],\"traceID\":\"1\"}")
        #expect(wanted.table.service(0).text == "s")
        #expect(inline.dump == wanted.dump)
    }

    @Test func makesTheFirstChildOfTheParentAndOthersLinks() throws {
        let references = """
            "references":[{"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"7"},
            {"refType":"CHILD_OF","traceID":"cd","spanID":"8"},
            {"refType":"CHILD_OF","traceID":"ab","spanID":"9","span":{"traceID":"ab","spanID":"9","references":[{}]}},
            {"refType":"CHILD_OF","traceID":"ab","spanID":"a"}],"tags":[{"key":"t","value":1}]
            """
        let decoded = try decode(document(references))
        #expect(decoded.table.parentID(0) == SpanID(9))
        #expect(decoded.table.links(0).map(\.span.value) == [7, 8, 10])
        #expect(decoded.table.links(0).map(\.trace.low) == [0xAB, 0xCD, 0xAB])
        let types = decoded.table.links(0).map { decoded.byKey($0.attributes)["opentracing.ref_type"] }
        #expect(types == [.string("follows_from"), .string("child_of"), .string("child_of")])
        #expect(decoded.attributes(0) == ["t": .int(1)])
    }

    @Test func findsAParentWithoutChildOf() throws {
        let follows = "\"references\":[{\"refType\":\"FOLLOWS_FROM\",\"traceID\":\"ab\",\"spanID\":\"7\"}]"
        #expect(try decode(document(follows)).table.parentID(0) == SpanID(7))
        #expect(try decode(document("\"parentSpanID\":\"6\"")).table.parentID(0) == SpanID(6))
        #expect(try decode(document("\"parentSpanID\":\"6\",\(follows)")).table.parentID(0) == SpanID(7))
    }

    @Test func typesTags() throws {
        let decoded = try tags(
            """
            {"key":"s","type":"string","value":"1"},{"key":"b","type":"bool","value":true},
            {"key":"i","type":"int64","value":12},{"key":"f","type":"float64","value":3},
            {"value":"true","type":"bool","key":"bs"},{"key":"is","type":"int64","value":"12"},
            {"key":"fs","type":"float64","value":"1.5"},{"key":"y","type":"binary","value":"AAE="},
            {"key":"x","type":"int64","value":"many"},{"key":"n","value":null},{"key":"u","value":2.5},
            {"key":"o","value":{"a": [1]}}
            """)
        #expect(
            decoded.attributes(0) == [
                "s": .string("1"), "b": .bool(true), "i": .int(12), "f": .double(3), "bs": .bool(true), "is": .int(12),
                "fs": .double(1.5), "y": .bytes([0, 1]), "x": .string("many"), "n": .empty, "u": .double(2.5),
                "o": .string("{\"a\": [1]}"),
            ])
    }

    @Test func makesFieldsOfKnownTags() throws {
        let decoded = try tags(
            """
            {"key":"span.kind","value":"server"},{"key":"otel.status_code","value":"ERROR"},
            {"key":"otel.status_description","value":"no"},{"key":"otel.library.name","value":"lib"},
            {"key":"otel.scope.version","value":"1"},{"key":"w3c.tracestate","value":"a=b"},{"key":"error","value":false}
            """)
        #expect(decoded.table.kind(0) == .server)
        #expect(decoded.table.status(0) == .error)
        #expect(decoded.table.statusMessage(0) == "no")
        #expect(decoded.table.scope(0).name.text == "lib")
        #expect(decoded.table.scope(0).version.text == "1")
        #expect(decoded.table.traceState(0) == "a=b")
        #expect(decoded.attributes(0) == ["error": .bool(false)])
        #expect(try tags("{\"key\":\"span.kind\",\"value\":\"odd\"}").attributes(0) == ["span.kind": .string("odd")])
    }

    @Test(arguments: [
        ("true", StatusCode.error, ""), ("\"true\"", .error, ""), ("\"timeout\"", .error, "timeout"), ("1", .error, ""),
        ("false", .unset, ""), ("\"false\"", .unset, ""), ("\"\"", .unset, ""), ("0", .unset, ""), ("null", .unset, ""),
    ])
    func judgesTheErrorTag(_ value: String, _ status: StatusCode, _ message: String) throws {
        let decoded = try tags("{\"key\":\"error\",\"value\":\(value)}")
        #expect(decoded.table.status(0) == status)
        #expect(decoded.table.statusMessage(0) == message)
        #expect(decoded.attributes(0).keys.contains("error"))
        let ok = try tags("{\"key\":\"error\",\"value\":\(value)},{\"key\":\"otel.status_code\",\"value\":\"OK\"}")
        #expect(ok.table.status(0) == .ok)
    }

    @Test func makesEventsOfLogs() throws {
        let decoded = try decode(
            document(
                """
                "logs":[{"timestamp":7,"fields":[{"key":"message","value":"m"},{"key":"level","value":"info"},
                {"key":"event","value":"e"}]},{"fields":[{"key":"log","value":"l"}],"timestamp":8},{"timestamp":-1}]
                """))
        let events = decoded.table.events(0)
        #expect(events.map(\.time) == [7000, 8000, 0])
        #expect(events.map { decoded.table.values.text($0.name) } == ["e", "l", ""])
        #expect(decoded.byKey(events[0].attributes) == ["level": .string("info"), "message": .string("m")])
        #expect(decoded.byKey(events[1].attributes).isEmpty)
    }

    @Test func hashesIdsThatAreNoNumbers() throws {
        let text = """
            [{"spans":[{"traceID":"T1","spanID":"S1"},{"traceID":"T1","spanID":"S2","references":[{"refType":"CHILD_OF",
            "traceID":"T1","spanID":"S1"}]},{"traceID":"T2","spanID":"S1"}]}]
            """
        let table = try decode(text).table
        #expect(table.traceID(0) == table.traceID(1))
        #expect(table.traceID(0) != table.traceID(2))
        #expect(table.spanID(0) != table.spanID(1))
        #expect(table.parentID(1) == table.spanID(0))
        #expect(try decode(text).dump == DecodedText.make(text) { try JaegerJSON.decodeTraces($0, into: &$1) }.dump)
    }

    @Test(arguments: [
        "\"startTime\":-5", "\"startTime\":18446744073709551615", "\"duration\":18446744073709551", "\"spanID\":\"0\"",
        "\"spanID\":\"\"", "\"traceID\":\"000\"", "\"startTime\":18446744073709550,\"duration\":10",
    ])
    func dropsSpansThatCannotBe(_ members: String) throws {
        let decoded = try decode(document(members + ",\"logs\":[{\"timestamp\":1}]"))
        #expect(decoded.counts.rejectedSpans == 1)
        #expect(decoded.counts.message != nil)
        #expect(decoded.table.count == 0)
        #expect(decoded.table.events.count == 0)
    }

    @Test func neverFailsBadlyOnBrokenDocuments() {
        let text = document(
            """
            "references":[{"refType":"CHILD_OF","traceID":"ab","spanID":"G"}],"tags":[{"key":"error","type":"bool",
            "value":true},{"value":"QQ==","type":"binary"}],"logs":[{"timestamp":1,"fields":[{"key":"event","value":"e"}]}]
            """)
        Broken.everyWay(Array(text.utf8), seed: 6) { try JaegerJSON.decodeTraces($0, into: &$1) }
    }
}

/// Documents cut short and with single bytes changed, which must lead to an error or to spans but never to a crash.
enum Broken {
    static func everyWay(
        _ bytes: [UInt8],
        seed: UInt64,
        _ decode: (UnsafeRawBufferPointer, inout SpanBatch) throws -> DecodedCounts
    ) {
        var batch = SpanBatch()
        for count in 0..<bytes.count {
            #expect(throws: DecodingError.self) { try bytes[..<count].withUnsafeBytes { try decode($0, &batch) } }
            batch.truncate(to: 0)
        }
        var random = SeededGenerator(seed: seed)
        for index in bytes.indices {
            for _ in 0..<12 {
                var broken = bytes
                broken[index] = UInt8.random(in: 0...255, using: &random)
                let counts = broken.withUnsafeBytes { try? decode($0, &batch) }
                if let counts { #expect(batch.count == counts.spans) }
                batch.truncate(to: 0)
            }
        }
    }
}
