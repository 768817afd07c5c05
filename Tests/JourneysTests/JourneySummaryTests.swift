import Journeys
import Telemetry
import Testing

@Suite("The summary: exact")
struct JourneySummaryTests {
    private func summary(_ batches: [[TestSpan]], yaml: String? = nil) -> [JourneySummaryRow] {
        var summary = JourneySummary(journeys: yaml.map { JourneySet(text: $0, file: "t").journeys } ?? [])
        for batch in batches {
            let table = SpanTable.make(batch)
            _ = summary.add(table, rows: 0..<table.count)
        }
        return summary.rows()
    }

    @Test func everyNumber_EqualsASortedList() throws {
        var numbers = SeededNumbers(seed: 71)
        var spans: [TestSpan] = []
        for number in 1...UInt64(4_000) {
            var span = TestSpan.make(
                trace: number, took: Double(numbers.next() % 2_000), name: "op\(numbers.next() % 3)",
                failed: numbers.next() % 8 == 0)
            span.environment = ["prod", "staging", nil][Int(numbers.next() % 3)]
            if numbers.next() % 2 == 0 { span.traceState = "ot=th:fd70a3d7" }
            spans.append(span)
        }
        let rows = summary([Array(spans.prefix(1_234)), Array(spans.dropFirst(1_234))])
        #expect(rows.count == 9)
        #expect(summary([spans.shuffled(using: &numbers)]) == rows)
        for row in rows {
            let mine = spans.filter { "web-bff \($0.name)" == row.name && ($0.environment ?? "") == row.environment }
            let sorted = mine.map { $0.end - $0.start }.sorted()
            #expect(row.isFound && row.count == UInt64(mine.count))
            #expect(row.errors == UInt64(mine.count { $0.status == .error }))
            func rank(_ percent: Int) -> UInt64 { sorted[(sorted.count * percent + 99) / 100 - 1] }
            #expect([row.p50, row.p95, row.p99] == [rank(50), rank(95), rank(99)])
            #expect([row.min, row.max] == [sorted.first, sorted.last])
            let whole = Double(UInt64(1) << 56)
            let weight = whole / (whole - Double(UInt64(0xFD_70A3_D700_0000)))
            let estimate = mine.reduce(0.0) { $0 + ($1.traceState.isEmpty ? 1 : weight) }
            #expect(abs(row.estimatedCount / estimate - 1) < 1e-7)
            let slowest = TestSpan.slowestFirst(mine).prefix(10)
            #expect(row.slowest.map(\.trace.low) == slowest.map(\.trace))
        }
    }

    @Test func unsampledRuns_AreEstimatedAsThemselves() throws {
        let row = try #require(summary([[.make(), .make(trace: 2, failed: true)]]).first)
        #expect(row.estimatedCount == 2 && row.estimatedErrors == 1)
    }

    @Test func filesJourneys_ComeFirst_AndOrphansAreAdded() {
        var summary = JourneySummary(journeys: JourneySet(text: checkoutYAML, file: "t").journeys)
        let table = SpanTable.make([
            .make(trace: 1), .make(trace: 2, parent: 5, name: "a"), .make(trace: 3, parent: 5, name: "b"),
        ])
        #expect(summary.add(table, rows: 0..<3) == [1, 2])
        summary.addOrphan(1, of: table)
        #expect(summary.rows().map(\.name) == ["checkout", "web-bff a"])
        #expect(summary.rows().map(\.isFound) == [false, true])
    }

    @Test func aRunWithoutADuration_CountsButIsNotRanked() throws {
        var broken = TestSpan.make()
        broken.start = broken.end + 1
        let row = try #require(summary([[broken]]).first)
        #expect(row.count == 1 && row.p50 == nil && row.max == nil && row.slowest.isEmpty)
    }

    @Test func noSpans_GiveNoRows() {
        #expect(summary([]).isEmpty)
    }
}
