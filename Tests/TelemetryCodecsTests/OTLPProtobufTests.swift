import Telemetry
import TelemetryCodecs
import Testing

@Suite("OTLP protobuf")
struct OTLPProtobufTests {
    /// Decodes into an empty batch.
    static func decoded(_ bytes: [UInt8]) throws(DecodingError) -> (SpanTable, DecodedCounts) {
        var batch = SpanBatch()
        let result: Result<DecodedCounts, DecodingError> = bytes.withUnsafeBytes { bytes in
            do throws(DecodingError) {
                return .success(try OTLPProtobuf.decodeTraces(bytes, into: &batch))
            } catch {
                return .failure(error)
            }
        }
        return (batch.table, try result.get())
    }

    private func reason(_ bytes: [UInt8]) -> String? {
        do {
            _ = try Self.decoded(bytes)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("nothing is a request without spans")
    func empty() throws {
        let (table, counts) = try Self.decoded([])
        #expect(table.count == 0)
        #expect(counts == DecodedCounts())
        #expect(try Self.decoded(Wire.counted(1, []).bytes).1 == DecodedCounts())
        #expect(try Self.decoded(Wire.counted(1, Wire.counted(2, [])).bytes).1 == DecodedCounts())
    }

    @Test("a resource and a scope after their spans still count for them")
    func anyOrder() throws {
        let scopeSpans: Wire = [
            .counted(2, .span(1)), .counted(1, .text(1, "late")), .counted(2, .span(2)), .counted(1, .text(2, "9")),
        ]
        let resource = Wire.counted(1, Wire.pair(1, "service.name", .text(1, "cart")))
        let (table, counts) = try Self.decoded(Wire.counted(1, [.counted(2, scopeSpans), resource]).bytes)
        #expect(counts.spans == 2)
        for row in 0..<2 {
            #expect(table.service(row).text == "cart")
            #expect(table.scope(row).name.text == "late")
            #expect(table.scope(row).version.text == "9")
        }
    }

    @Test("attributes around events and links all belong to the span, in their order")
    func attributesAroundEvents() throws {
        let more: Wire = [
            .pair(9, "a", .number(3, 1)),
            .counted(11, [.text(2, "boom"), .pair(3, "inner", .number(3, 5))]),
            .pair(9, "b", .number(3, 2)),
            .counted(
                13,
                [
                    .counted(1, Wire([UInt8](repeating: 9, count: 16))),
                    .counted(2, Wire([UInt8](repeating: 9, count: 8))),
                    .pair(4, "why", .text(1, "x")),
                ]),
            .pair(9, "c", .number(3, 3)),
        ]
        let (table, _) = try Self.decoded(Wire.request(.span(1, more), .span(2)))
        let wanted = [Attribute("a", .int(1)), Attribute("b", .int(2)), Attribute("c", .int(3))]
        #expect(table.decoded(table.attributes(0)) == wanted)
        #expect(table.events(0).map { table.decoded($0.attributes) } == [[Attribute("inner", .int(5))]])
        #expect(table.links(0).map { table.decoded($0.attributes) } == [[Attribute("why", .string("x"))]])
        #expect(table.events(1).isEmpty)
        #expect(table.count(table.attributes(1)) == 0)
    }

    @Test("a value may come before its key, or not at all, or in pieces")
    func valuesAndKeys() throws {
        let list = Wire.counted(5, Wire.counted(1, .number(3, 1)))
        let more: Wire = [
            .counted(9, [.counted(2, .number(3, 4)), .text(1, "early")]),
            .counted(9, .text(1, "none")),
            .counted(9, [.text(1, "list"), .counted(2, list), .counted(2, list)]),
            .counted(9, [.text(1, "last"), .counted(2, [.number(3, 1), .text(1, "wins")])]),
        ]
        let (table, _) = try Self.decoded(Wire.request(.span(1, more)))
        let wanted = [
            Attribute("early", .int(4)), Attribute("none", .empty), Attribute("list", .array([.int(1), .int(1)])),
            Attribute("last", .string("wins")),
        ]
        #expect(table.decoded(table.attributes(0)) == wanted)
    }

    @Test(
        "a span with unusable ids is dropped, counted and explained",
        arguments: [
            (Wire.counted(1, Wire([UInt8](repeating: 0, count: 16))), "trace_id"),
            (Wire.counted(1, Wire([UInt8](repeating: 1, count: 15))), "trace_id"),
            (Wire.counted(1, Wire([UInt8](repeating: 1, count: 32))), "trace_id"),
            (Wire.counted(1, []), "trace_id"),
            (Wire.counted(2, Wire([UInt8](repeating: 0, count: 8))), "span_id"),
            (Wire.counted(2, Wire([UInt8](repeating: 1, count: 9))), "span_id"),
            (Wire.counted(4, Wire([UInt8](repeating: 1, count: 7))), "parent_span_id"),
        ] as [(Wire, String)])
    func rejects(field: Wire, name: String) throws {
        let event = Wire.counted(11, .text(2, "gone"))
        let bad: Wire = [.pair(9, "gone", .number(3, 1)), event, field]
        let (table, counts) = try Self.decoded(Wire.request(.span(1), .span(2, bad), .span(3)))
        #expect(counts.spans == 2)
        #expect(counts.rejectedSpans == 1)
        #expect(counts.message?.contains("its \(name) ") == true)
        #expect((0..<2).map { table.spanID($0).value } == [1, 3])
        #expect((0..<2).allSatisfy { table.events($0).isEmpty && table.count(table.attributes($0)) == 0 })
    }

    @Test("a parent id of eight zero bytes is none, and a later good id replaces a bad one")
    func replacedIDs() throws {
        let zero = Wire.counted(4, Wire([UInt8](repeating: 0, count: 8)))
        let replaced: Wire = [.counted(4, .raw(1)), .counted(4, .raw(0, 0, 0, 0, 0, 0, 1, 2))]
        let (table, counts) = try Self.decoded(Wire.request(.span(1, zero), .span(2, replaced)))
        #expect(counts.rejectedSpans == 0)
        #expect((0..<2).map { table.parentID($0).value } == [0, 0x102])
    }

    @Test("invalid UTF-8 is mended and counted, the batch survives")
    func invalidUTF8() throws {
        var batch = SpanBatch()
        let more: Wire = [
            .counted(5, .raw(0x61, 0xFF)), .counted(9, [.text(1, "k"), .counted(2, .counted(1, .raw(0xC0)))]),
        ]
        _ = try Wire.request(.span(1, more)).withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
        #expect(batch.table.name(0).text == "a\u{FFFD}")
        #expect(batch.table.decoded(batch.table.attributes(0)) == [Attribute("k", .string("\u{FFFD}"))])
        #expect(batch.repairs.invalidUTF8 == 1)
    }

    @Test("attributes past the limit are dropped and counted, and their keys do not fill the table of words")
    func manyAttributes() throws {
        let pairs = (0..<100_000).map { Wire.pair(9, "hundred-thousand-\($0)", .number(3, 1)).bytes }
        var batch = SpanBatch()
        _ = try Wire.request(.span(1, Wire(pairs.flatMap { $0 })))
            .withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
        #expect(batch.table.count(batch.table.attributes(0)) == SpanBatch.maximumAttributes)
        #expect(batch.repairs.droppedAttributes == 100_000 - SpanBatch.maximumAttributes)
        #expect(Words.existing("hundred-thousand-1023") != nil)
        #expect(Words.existing("hundred-thousand-1024") == nil)
    }

    @Test("numbers of other versions become unspecified and unset")
    func unknownEnums() throws {
        let more: Wire = [.number(6, 6), .counted(15, .number(3, 3))]
        let negative: Wire = [.number(6, UInt64.max), .counted(15, .number(3, UInt64.max))]
        let (table, _) = try Self.decoded(Wire.request(.span(1, more), .span(2, negative)))
        #expect((0..<2).allSatisfy { table.kind($0) == .unspecified && table.status($0) == .unset })
    }

    @Test("a known field with another wire type is an error that says so")
    func wrongWireType() {
        #expect(reason(Wire.number(1, 5).bytes)?.contains("wire type") == true)
        #expect(reason(Wire.request(.span(1, .number(5, 1))))?.contains("wire type") == true)
        #expect(reason(Wire.request(.span(1, .counted(6, []))))?.contains("wire type") == true)
        #expect(reason(Wire.request(.span(1, Wire.pair(9, "k", .counted(3, [])))))?.contains("wire type") == true)
    }

    @Test("the largest integers and varints of ten bytes")
    func largestNumbers() throws {
        let more: Wire = [
            .pair(9, "min", .number(3, 1 << 63)), .pair(9, "max", .number(3, UInt64(Int64.max))),
            .pair(9, "minus", .number(3, UInt64.max)),
        ]
        let (table, _) = try Self.decoded(Wire.request(.span(1, more)))
        let values = table.decoded(table.attributes(0)).map(\.value)
        #expect(values == [.int(.min), .int(.max), .int(-1)])
    }

    @Test("a list of a hundred thousand elements ends as the same text as if all were kept")
    func hugeList() throws {
        let element = Wire.counted(1, .number(3, 5)).bytes
        let all = [[UInt8]](repeating: element, count: 100_000).flatMap { $0 }
        var batch = SpanBatch()
        _ = try Wire.request(.span(1, .pair(9, "list", .counted(5, Wire(all)))))
            .withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
        let value = batch.table.decoded(batch.table.attributes(0)).first?.value
        let whole = AttributeValue.array([AttributeValue](repeating: .int(5), count: 100_000)).json
        #expect(value == .string(String(whole.prefix(64 << 10))))
        #expect(batch.repairs.truncatedValues > 0)
    }
}
