import Telemetry
import Testing

/// A packed table reads as the table it was made of.
@Suite struct PackedTableTests {
    private func check(_ spans: [FullSpan], _ comment: Comment? = nil) {
        let plain = SpanBatch.make(spans).table
        let packed = plain.packedRows()
        #expect(packed.count == spans.count, comment)
        let read = packed.spans
        if read != spans, let row = read.indices.first(where: { read[$0] != spans[$0] }) {
            Issue.record("row \(row): \(read[row]) is not \(spans[row])")
        }
        for trace in Set(spans.map(\.trace)) {
            #expect(rows(of: trace, packed) == spans.indices.filter { spans[$0].trace == trace }, comment)
        }
        #expect(rows(of: TraceID(high: 77, low: 12_345), packed) == [])
    }

    /// The rows of a trace as a chunk finds them.
    private func rows(of trace: TraceID, _ table: SpanTable) -> [Int] {
        table.packedTraceRows(of: trace) ?? []
    }

    @Test(arguments: [1, 2, 63, 1_023, 1_024, 1_025, 3_000])
    func randomSpansReadTheSame(count: Int) {
        var random = SeededRandom(UInt64(count))
        let spans = (0..<count).map { number in
            FullSpan.random(
                &random, trace: TraceID(high: UInt64(number % 3), low: UInt64.random(in: 1...50, using: &random)),
                id: UInt64(number + 1))
        }
        check(spans)
    }

    @Test(arguments: 0...64)
    func numbersOfEveryWidthReadTheSame(bits: Int) {
        var random = SeededRandom(UInt64(bits) + 100)
        let mask = bits == 64 ? UInt64.max : 1 << UInt64(bits) - 1
        let base = random.next() & ~mask
        let spans = (0..<1_100).map { number in
            FullSpan.make(UInt64(number) + 1, trace: 1 + random.next() & mask) { span in
                span.start = base | random.next() & mask
                span.end = base | random.next() & mask
                span.parent = random.next() & mask
                span.flags = UInt32(truncatingIfNeeded: random.next() & mask)
                span.attributes = [Attribute("n", .int(Int64(truncatingIfNeeded: random.next() & mask)))]
            }
        }
        check(spans, "\(bits) bits")
    }

    @Test func timesThatCannotBeReadTheSame() {
        let times: [(UInt64, UInt64)] = [
            (0, 0), (5, 0), (5, 4), (0, .max), (.max, 0), (1 << 63, 0), (0, 1 << 63), (1, 1 << 63), (.max, .max),
            (1_760_000_000_000_000_000, 0), (1_760_000_000_000_000_000, 1_760_000_000_100_000_000),
        ]
        for count in 1...times.count {
            let spans = times.prefix(count).enumerated().map { number, time in
                FullSpan.make(UInt64(number) + 1) { span in
                    span.start = time.0
                    span.end = time.1
                }
            }
            check(spans)
            check(Array(spans.reversed()))
        }
    }

    @Test func parentsThatAreNotThereReadTheSame() {
        var random = SeededRandom(3)
        let spans = (0..<2_500).map { number in
            // Ids that stand twice, spans that are their own parents, and parents from elsewhere.
            let id = UInt64(number / 2) + 1
            return FullSpan.make(id, parent: [0, id, id + 1, random.next() | 1 << 40, 9_999][number % 5])
        }
        check(spans)
    }

    @Test func valuesThatAreFewManyAndMixedReadTheSame() {
        var random = SeededRandom(4)
        let spans = (0..<5_000).map { number in
            FullSpan.make(UInt64(number) + 1) { span in
                span.attributes = [
                    Attribute("same", .string("x")), Attribute("few", .string("v\(random.next() % 7)")),
                    Attribute("many", .string("u\(random.next() % 100_000)")),
                    Attribute("numbers", .int(Int64(random.next() % 100_000))),
                    Attribute("mixed", number % 2 == 0 ? .int(Int64(number)) : .string("m\(number % 1_500)")),
                ]
                if number % 3 == 0 { span.attributes.removeLast(2) }
            }
        }
        check(spans)
    }

    @Test func aCopyOfAPackedTablesRowsIsTheSame() {
        var random = SeededRandom(5)
        let spans = (0..<1_500).map { FullSpan.random(&random, trace: TraceID(high: 1, low: 2), id: UInt64($0) + 1) }
        let packed = SpanBatch.make(spans).table.packedRows()
        var copy = SpanBatch()
        var map = SpanBatch.CodeMap()
        copy.append(0..<packed.count, of: packed, using: &map)
        #expect(copy.table.spans == spans)
        #expect(packed.packedRows().spans == spans)
    }

    @Test func aPackedColumnCanBeWrittenTo() {
        let spans = (0..<40).map { FullSpan.make($0 + 1) }
        let packed = SpanBatch.make(spans).table.packedRows()
        var column = packed.starts
        column.append(7)
        column.truncate(to: 40)
        column.append(8)
        #expect((0..<column.count).map { column[$0] } == spans.map(\.start) + [8])
        var shorter = packed.starts
        shorter.truncate(to: 3)
        #expect(shorter.withUnsafeBuffer { Array($0) } == spans.prefix(3).map(\.start))
        #expect(packed.starts.withUnsafeBuffer { Array($0) } == spans.map(\.start))
        #expect(packed.starts.count == 40 && !packed.starts.isEmpty)
    }

    @Test func aPackedTableIsSmallAndCountsWhatItHolds() {
        let spans = (0..<20_000).map { number in
            FullSpan.make(UInt64(number) + 1, parent: UInt64(number), trace: UInt64(number / 8) + 1) { span in
                span.attributes = (0..<10).map { Attribute("key\($0)", .string("value\(number % (1 << $0))")) }
            }
        }
        var store = SpanStore()
        _ = store.append(.make(spans), arrival: 1)
        let snapshot = store.snapshot()
        #expect(snapshot.byteCount < 60 * spans.count)
        #expect(snapshot.byteCount > 8 * spans.count)
        #expect(snapshot.chunks.first?.table.spans == spans)
        #expect(snapshot.trace(TraceID(high: 0, low: 9))?.spans.map(\.row) == Array(64..<72))
    }
}
