import DataSources
import Journeys
import Pipeline
import Telemetry
import Testing

@Suite struct SummarySinkTests {
    /// What a summary must say, counted in the plainest way.
    private struct Plain {
        var runs: [String: [UInt64]] = [:]
        var errors: [String: UInt64] = [:]
        var traces: Set<TraceID> = []
        var spans = 0

        init(_ batches: [SpanBatch]) {
            let tables = batches.map(\.table)
            var held: Set<[UInt64]> = []
            for table in tables {
                for row in 0..<table.count {
                    held.insert([table.traceHigh[row], table.traceLow[row], table.spanIDs[row]])
                    traces.insert(table.traceID(row))
                    spans += 1
                }
            }
            for table in tables {
                for row in 0..<table.count {
                    let parent = table.parentIDs[row]
                    let kind = table.kind(row)
                    let isOrphan = !held.contains([table.traceHigh[row], table.traceLow[row], parent])
                    guard parent == 0 || isOrphan && (kind == .server || kind == .consumer) else { continue }
                    let resource = table.resource(row)
                    let name = "\(resource.service.text) \(table.name(row).text)|\(resource.environment.text)"
                    runs[name, default: []].append(table.duration(row))
                    if table.status(row) == .error { errors[name, default: 0] += 1 }
                }
            }
        }

        func percentile(_ name: String, _ q: Double) -> UInt64? {
            guard let sorted = runs[name]?.sorted(), !sorted.isEmpty else { return nil }
            return sorted[max(1, Int((q * Double(sorted.count)).rounded(.up))) - 1]
        }
    }

    private func report(_ batches: [SpanBatch], yaml: String = "") async throws -> SummaryReport {
        let sink = SummarySink(journeys: journeys(yaml))
        for batch in batches { try await sink.accept(Delivery(spans: batch)) }
        return sink.report()
    }

    private func check(_ report: SummaryReport, _ plain: Plain) {
        #expect(report.spans == plain.spans)
        #expect(report.traces == plain.traces.count)
        #expect(Set(report.journeys.map { "\($0.name)|\($0.environment)" }) == Set(plain.runs.keys))
        #expect(report.journeys.count == plain.runs.count)
        for row in report.journeys {
            let name = "\(row.name)|\(row.environment)"
            #expect(row.count == UInt64(plain.runs[name]?.count ?? 0))
            #expect(row.errors == plain.errors[name] ?? 0)
            #expect(row.p50 == plain.percentile(name, 0.5))
            #expect(row.p95 == plain.percentile(name, 0.95))
            #expect(row.p99 == plain.percentile(name, 0.99))
            #expect(row.min == plain.runs[name]?.min())
            #expect(row.max == plain.runs[name]?.max())
            #expect(row.slowest.map(\.duration) == plain.runs[name]?.sorted(by: >).prefix(10).map { $0 })
        }
    }

    @Test(arguments: [7, 500, 20_000])
    func aSummary_EqualsPlainCounting(rows: Int) async throws {
        let batches = shop(seconds: 60, rows: rows)
        check(try await report(batches), Plain(batches))
    }

    /// Spans cut at a moment leave children without parents behind.
    @Test(arguments: [11, 400])
    func orphans_EqualPlainCounting(rows: Int) async throws {
        let batches = Array(shop(seconds: 60, seed: 9, rows: rows).dropFirst(60_000 / 12 / rows))
        let plain = Plain(batches)
        let whole = Plain(batches).runs.values.reduce(0) { $0 + $1.count }
        let roots = batches.reduce(0) { sum, batch in
            sum + (0..<batch.count).count { batch.table.parentIDs[$0] == 0 }
        }
        #expect(whole > roots)
        check(try await report(batches), plain)
    }

    @Test func theOrderOfBatches_DoesNotMatter() async throws {
        let batches = shop(seconds: 40, seed: 3, rows: 130)
        let forward = try await report(batches)
        let backward = try await report(batches.reversed())
        #expect(forward.journeys == backward.journeys)
        #expect(forward.traces == backward.traces)
    }

    @Test func duplicates_CountOnce() async throws {
        let batches = shop(seconds: 20, rows: 100)
        let once = try await report(batches)
        let twice = try await report(batches + batches.reversed())
        #expect(twice.journeys == once.journeys)
        #expect(twice.spans == once.spans)
        #expect(twice.duplicates == once.spans)
    }

    /// Children that wait through several compactions are still decided rightly.
    @Test(arguments: [true, false])
    func waitingRows_OutliveCompaction(parentComes: Bool) async throws {
        let sink = SummarySink(journeys: [], rowsPerCompaction: 8)
        let waiting = (1...50 as ClosedRange<UInt64>).map {
            TestSpan.make($0 + 1000, trace: $0, parent: $0, name: "in")
        }
        try await sink.accept(waiting)
        for number in 0..<40 as Range<UInt64> {
            try await sink.accept([.make(1, trace: 10_000 + number, duration: number, kind: .client)])
        }
        if parentComes { try await sink.accept((1...50).map { .make($0, trace: $0, name: "out") }) }
        let rows = sink.report().journeys
        #expect(rows.first { $0.name == "web in" }?.count == (parentComes ? nil : 50))
        #expect(rows.first { $0.name == "web out" }?.count == (parentComes ? 50 : nil))
        #expect(rows.first { $0.name == "web GET /" }?.count == 40)
    }

    @Test func journeysFromFiles_ComeFirst_AndTakeTheirRuns() async throws {
        let report = try await report(
            [
                .make([.make(1), .make(2, trace: 2, failed: true), .make(3, trace: 3, name: "zoo")]),
                .make([.make(4, trace: 4, parent: 8, duration: 7)]),
            ], yaml: homeYAML)
        #expect(report.journeys.map(\.name) == ["home", "web zoo"])
        #expect(report.journeys.map(\.isFound) == [false, true])
        #expect(report.journeys.map(\.count) == [3, 1])
        #expect(report.journeys.map(\.errors) == [1, 0])
        #expect(report.journeys[0].min == 7)
    }

    @Test func otherSignalsAndRejectedItems_AreCounted() async throws {
        let sink = SummarySink(journeys: [])
        try await sink.accept(Delivery(logRecords: 2, metricPoints: 3, rejectedSpans: 4, rejectedDataPoints: 5))
        try await sink.accept(Delivery(logRecords: 10))
        let report = sink.report()
        #expect(report.logRecords == 12)
        #expect(report.metricPoints == 3)
        #expect(report.rejected == 9)
        #expect(report.spans == 0)
        #expect(report.journeys.isEmpty)
    }
}
