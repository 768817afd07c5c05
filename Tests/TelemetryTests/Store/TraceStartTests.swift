import Telemetry
import Testing

@Suite struct TraceStartTests {
    private static func trace(_ rows: [(id: UInt64, parent: UInt64, start: UInt64, end: UInt64)]) throws -> Trace {
        var batch = SpanBatch()
        for row in rows {
            var fields = SpanFields()
            fields.trace = TraceID(high: 0, low: 7)
            fields.span = SpanID(row.id)
            fields.parent = SpanID(row.parent)
            fields.start = row.start
            fields.end = row.end
            fields.resource = batch.appendResource(.none)
            fields.scope = batch.appendScope(name: .empty, version: .empty, attributes: .none)
            batch.appendSpan(fields)
        }
        var store = SpanStore()
        _ = store.append(batch, arrival: 1)
        return try #require(store.snapshot().trace(TraceID(high: 0, low: 7)))
    }

    @Test func aSpanWithoutStart_StandsAtItsNearestAncestor() throws {
        let second: UInt64 = 1_000_000_000
        let base = 1_700_000_000 * second
        let trace = try Self.trace([
            (1, 0, base, base + 10 * second), (2, 1, base + 3 * second, base + 9 * second), (3, 2, 0, 0), (4, 3, 0, 0),
            (5, 99, 0, 0),
        ])
        let byID = Dictionary(uniqueKeysWithValues: trace.spans.map { ($0.id.value, $0) })
        #expect(byID[3]?.start == base + 3 * second)
        #expect(byID[4]?.start == base + 3 * second)
        #expect(byID[5]?.start == base)
        #expect(byID[3]?.hasNoStart == true)
        #expect(byID[2]?.hasNoStart == false)
        #expect(trace.start == base)
        #expect(trace.end == base + 10 * second)
    }

    @Test func aTraceThatCountsFromZero_IsTakenAsItIs() throws {
        let trace = try Self.trace([(1, 0, 0, 1000), (2, 1, 500, 900)])
        #expect(trace.spans.map(\.start) == [0, 500])
        #expect(trace.spans.allSatisfy { !$0.hasNoStart })
    }
}
