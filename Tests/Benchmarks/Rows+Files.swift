import DataSources
import Pipeline

/// Files to answers, as the program reads them. The goals are what the ratios to peers that `peers.py` measures come to
/// on two cores.
enum FileRows {
    static var group: RowGroup {
        RowGroup(rows: [
            Row(
                name: "summary-json", title: "JSON lines to the complete summary", unit: "M spans/s", goal: .atLeast(3),
                measure: { try await summary($0.jsonLines) }),
            Row(
                name: "summary-protobuf", title: "protobuf to the complete summary", unit: "M spans/s",
                goal: .atLeast(7, beyond: 10), measure: { try await summary($0.protobuf) }),
            Row(
                name: "store-json", title: "JSON lines to a store with every attribute queryable", unit: "M spans/s",
                goal: .none, measure: { try await store($0.jsonLines) }),
            Row(
                name: "store-protobuf", title: "protobuf to a store with every attribute queryable", unit: "M spans/s",
                goal: .atLeast(4), measure: { try await store($0.protobuf) }),
        ])
    }

    /// What `waymark summary` does with one file.
    private static func summary(_ path: String) async throws -> Sample {
        let (stretch, report) = try await Stretch.of(waiting: { try await summarise(path) })
        return stretch.rate(of: report.spans, bytes: BenchmarkData.bytes(of: path))
    }

    private static func summarise(_ path: String) async throws -> SummaryReport {
        let sink = SummarySink(journeys: [], expectedSpans: SummaryReading.expectedSpans(in: [path]))
        let options = SummaryReading.options(for: [])
        try await FileSource(paths: [path], now: { 0 }, options: options).run(SourceRequest(), into: sink)
        return sink.report()
    }

    /// What opening a file in the dashboard does.
    private static func store(_ path: String) async throws -> Sample {
        let (stretch, spans) = try await Stretch.of(waiting: { try await keep(path) })
        return stretch.rate(of: spans, bytes: BenchmarkData.bytes(of: path))
    }

    private static func keep(_ path: String) async throws -> Int {
        let pipeline = Pipeline(journeys: [], base: .file, memoryBudget: nil, clock: { 0 })
        try await FileSource(paths: [path], now: { 0 }).run(SourceRequest(), into: pipeline)
        pipeline.finish()
        return pipeline.picture().store.spanCount
    }
}
