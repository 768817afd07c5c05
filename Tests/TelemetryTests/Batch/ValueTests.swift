import Telemetry
import Testing

@Suite struct ValueTests {
    /// Writes values as attributes of one span and gives their codes and the table.
    private func codes(_ values: [AttributeValue]) -> (codes: [ValueCode], batch: SpanBatch) {
        var batch = SpanBatch()
        for value in values { batch.addAttribute(Symbol("k"), value: value) }
        let list = batch.takeAttributes()
        let table = batch.table
        return ((0..<values.count).map { table.valueCode(list, $0) }, batch)
    }

    @Test func everyKindIsReadAgain() {
        let values: [AttributeValue] = [
            .empty, .string(""), .string("a"), .string("é"), .bool(true), .bool(false), .int(0), .int(-1),
            .int(0x3FFF_FFFF), .int(0x4000_0000), .int(-0x4000_0000), .int(-0x4000_0001), .int(.min), .int(.max),
            .double(0), .double(1.5), .double(.infinity), .bytes([]), .bytes([0, 255]), .array([]), .map([]),
            .array([.int(1), .string("x"), .array([.empty])]),
            .map([Attribute("k", .map([Attribute("", .bool(true))]))]),
        ]
        let (codes, batch) = codes(values)
        #expect(codes.map { batch.table.values.value($0) } == values)
        #expect(Set(codes).count == values.count)
    }

    @Test func notANumberIsKept() {
        let (codes, batch) = codes([.double(.nan), .double(-0.0), .double(0)])
        #expect(batch.table.values.number(codes[0])?.isNaN == true)
        #expect(batch.table.values.number(codes[1])?.sign == .minus)
        #expect(Set(codes).count == 3)
    }

    @Test func codesAreEqualWhereValuesAre() {
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededRandom(seed)
            let values = (0..<120).map { _ in AttributeValue.random(&random, depth: 3) }
            let (codes, batch) = codes(values)
            for a in values.indices {
                #expect(batch.table.values.value(codes[a]) == values[a])
                for b in values.indices { #expect((codes[a] == codes[b]) == (values[a] == values[b])) }
            }
        }
    }

    @Test func manyValuesKeepTheirCodes() {
        let values = (0..<20_000).map { AttributeValue.string("value \($0)") }
        var batch = SpanBatch()
        let first = values.map { value in batch.text(value.text) }
        let second = values.map { value in batch.text(value.text) }
        #expect(first == second)
        #expect(Set(first).count == values.count)
        #expect(batch.table.values.string(first[12_345]) == "value 12345")
        #expect(batch.table.values.code(ofString: "value 777") == first[777])
        #expect(batch.table.values.code(ofString: "never") == nil)
    }

    @Test func kindsAreToldApart() {
        let (codes, batch) = codes([.string("7"), .int(7), .double(7), .bytes([55]), .bool(true)])
        let table = batch.table.values
        #expect(codes.map(table.kind(of:)) == [.string, .int, .double, .bytes, .true])
        #expect(codes.map { table.int($0) } == [nil, 7, nil, nil, nil])
        #expect(codes.map { table.number($0) } == [nil, 7, 7, nil, nil])
        #expect(codes.map { table.string($0) } == ["7", nil, nil, nil, nil])
    }

    @Test func longValuesAreCutAtACharacter() {
        let limit = 64 << 10
        for before in limit - 4...limit + 1 {
            let text = String(repeating: "a", count: before) + "😀" + "tail"
            let (codes, batch) = codes([.string(text)])
            let kept = batch.table.values.string(codes[0]) ?? ""
            let whole = before + 4 <= limit
            let rest = whole ? String("tail".prefix(limit - before - 4)) : ""
            let wanted = String(repeating: "a", count: min(before, limit)) + (whole ? "😀" + rest : "")
            #expect(kept == wanted, "before \(before)")
            #expect(batch.repairs.truncatedValues == 1)
            #expect(batch.repairs.invalidUTF8 == 0)
        }
    }

    @Test func longBytesAndListsAreCutAndCountedOnce() {
        let (codes, batch) = codes([
            .bytes(Array(repeating: 7, count: 70_000)), .array(Array(repeating: .int(1), count: 8000)),
            .array(Array(repeating: .string("0123456789"), count: 8000)),
        ])
        let table = batch.table.values
        #expect(codes.map(table.kind(of:)) == [.bytes, .string, .string])
        #expect(table.withBytes(of: codes[0]) { $0.count } == 64 << 10)
        #expect(table.string(codes[1])?.utf8.count == 16_001)
        #expect(table.string(codes[2])?.utf8.count == 64 << 10)
        #expect(batch.repairs.truncatedValues == 3)
    }

    @Test(arguments: [
        ([0x61, 0xFF, 0x62] as [UInt8], "a\u{FFFD}b"), ([0xC3], "\u{FFFD}"),
        ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
    ])
    func invalidTextIsMended(bytes: [UInt8], text: String) {
        var batch = SpanBatch()
        let code = bytes.withUnsafeBytes { batch.value(string: $0) }
        #expect(batch.table.values.string(code) == text)
        #expect(batch.repairs.invalidUTF8 == 1)
        #expect(batch.text(text) == code)
    }

    @Test func bytesAreNotMended() {
        let (codes, batch) = codes([.bytes([0xFF, 0xFE])])
        #expect(batch.table.values.value(codes[0]) == .bytes([0xFF, 0xFE]))
        #expect(batch.repairs == BatchRepairs())
    }

    @Test func randomNestedValuesSurvivePacking() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed)
            let value = AttributeValue.array([.random(&random, depth: 6), .random(&random, depth: 6)])
            let (codes, batch) = codes([value])
            #expect(batch.table.values.value(codes[0]) == value, "seed \(seed)")
        }
    }
}
