import Telemetry
import TelemetryCodecs
import Testing

@Suite("Outlines of spans")
struct OutlineTests {
    /// What an outline keeps of each row, as text.
    private func outline(_ table: SpanTable) -> [String] {
        (0..<table.count).map { row in
            """
            \(table.traceID(row).hex) \(table.spanID(row).hex) \(table.parentID(row).hex) \(table.starts[row]) \
            \(table.ends[row]) \(table.name(row).text) \(table.kind(row)) \(table.status(row)) \(table.flags[row]) \
            \(table.traceState(row)) \(table.service(row).text) \(table.resource(row).version.text) \
            \(table.scope(row).name.text)
            """
        }
    }

    private func decoded(
        _ bytes: [UInt8], _ detail: SpanDetail,
        _ decode: (UnsafeRawBufferPointer, inout SpanBatch) throws -> DecodedCounts
    ) throws -> (SpanTable, DecodedCounts) {
        var batch = SpanBatch(detail)
        let counts = try bytes.withUnsafeBytes { try decode($0, &batch) }
        return (batch.table, counts)
    }

    private static let json = """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},
        "scopeSpans":[{"scope":{"name":"s"},"spans":[
        {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"GET /","kind":2,
         "startTimeUnixNano":"5","endTimeUnixNano":"9","attributes":[{"key":"a[{\\"}","value":{"stringValue":"\\\\"}},
         {"key":"b","value":{"kvlistValue":{"values":[{"key":"c","value":{"intValue":"1"}}]}}}],
         "events":[{"timeUnixNano":"6","name":"x"}],"links":[],"status":{"code":2},"flags":257,"traceState":"ot=th:8"},
        {"status":{},"attributes":null,"events":[],"kind":3,"endTimeUnixNano":11,"startTimeUnixNano":7,"name":"B",
         "parentSpanId":"0102030405060708","spanId":"0102030405060709","traceId":"0102030405060708090a0b0c0d0e0f10"}
        ]}]}]}
        """

    @Test("an outline has the same spans as the whole, without what hangs on them")
    func sameSpans() throws {
        let bytes = Array(Self.json.utf8)
        let whole = try decoded(bytes, .whole, OTLPJSON.decodeTraces)
        let part = try decoded(bytes, .outline, OTLPJSON.decodeTraces)
        #expect(whole.1 == part.1)
        #expect(whole.0.count == 2)
        #expect(outline(whole.0) == outline(part.0))
        #expect(whole.0.attributes(0) != .none)
        #expect(part.0.attributes(0) == .none)
        #expect(part.0.events(0).isEmpty)

        let wire = OTLPEncoder.protobuf(whole.0, rows: 0..<2)
        let wholeWire = try decoded(wire, .whole, OTLPProtobuf.decodeTraces)
        let partWire = try decoded(wire, .outline, OTLPProtobuf.decodeTraces)
        #expect(wholeWire.1 == partWire.1)
        #expect(outline(wholeWire.0) == outline(whole.0))
        #expect(outline(partWire.0) == outline(whole.0))
        #expect(partWire.0.attributes(0) == .none)
    }

    @Test("an outline of a cut text is refused like the whole", arguments: [0.2, 0.5, 0.8, 0.95])
    func cut(share: Double) {
        let bytes = Array(Self.json.utf8)
        let part = Array(bytes.prefix(Int(Double(bytes.count) * share)))
        #expect(throws: DecodingError.self) { try decoded(part, .outline, OTLPJSON.decodeTraces) }
    }

    /// Where skipping a list ends; nil when it is refused.
    private func end(_ text: [UInt8], quickly: Bool) -> Int? {
        text.withUnsafeBytes { raw in
            var reader = JSONReader(raw, format: "JSON")
            do {
                if quickly { try reader.skipQuickly() } else { try reader.skip() }
                return reader.position
            } catch {
                return nil
            }
        }
    }

    @Test("stepping over a list quickly ends where it ends")
    func quickSkip() {
        var maker = JSONTextMaker(seed: 11)
        for number in 0..<20_000 {
            let text = Array(("[" + maker.document(depth: 4) + "," + maker.document(depth: 3) + "]").utf8)
            #expect(end(text + Array(#","x":"]"}"#.utf8), quickly: true) == text.count, "\(number)")
        }
    }

    @Test("a list without an end, or too deep, is refused, and no text is read past its end")
    func badSkip() {
        var maker = JSONTextMaker(seed: 12)
        for _ in 0..<2_000 {
            let text = Array(("[" + maker.document(depth: 4) + "]").utf8)
            for length in 0..<min(text.count, 60) {
                #expect(end(Array(text.prefix(length)), quickly: true) == nil)
            }
        }
        let deep = JSONReader.maximumDepth
        #expect(
            end(Array((String(repeating: "[", count: deep) + String(repeating: "]", count: deep)).utf8), quickly: true)
                != nil)
        #expect(end(Array(String(repeating: "[", count: 5_000).utf8), quickly: true) == nil)
        #expect(end(Array(#"["\"#.utf8), quickly: true) == nil)
    }
}
