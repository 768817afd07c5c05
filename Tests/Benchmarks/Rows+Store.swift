import Journeys
import Pipeline
import Telemetry

/// Questions to the store.
enum StoreRows {
    static var group: RowGroup {
        RowGroup(rows: [
            Row(
                name: "memory", title: "memory per retained span, all attributes queryable", unit: "bytes/span",
                goal: .atMost(100, beyond: 65), goalSpans: 500_000...Int.max, measure: memory),
            filter("filter-duration", "duration filter over all retained spans", "duration>100ms", .atMost(0.5)),
            filter(
                "filter-equality", "attribute equality over all retained spans", "db.system.name=postgresql", .atMost(3)
            ),
            filter(
                "filter-regex", "attribute regex over all retained spans", "db.query.text~\"FROM (orders|shipments)\"",
                .atMost(20)),
            Row(
                name: "search", title: "the answer to a filter as the dashboard asks for it: traces and counts",
                unit: "ms", goal: .none, measure: search),
            Row(
                name: "trace-by-id", title: "a trace by its id", unit: "ms", goal: .atMost(1), measure: traceByID),
        ])
    }

    private static let million = 900_000...1_100_000

    private static func memory(_ data: BenchmarkData) async throws -> Sample {
        let spans = try await data.spans()
        let columns = Double(spans.snapshot.byteCount) / Double(max(1, spans.snapshot.spanCount))
        var facts = ["column bytes/span": columns]
        for chunk in spans.snapshot.chunks {
            for part in chunk.table.bytesByColumn where part.bytes > 0 {
                facts["\(part.name) bytes/span", default: 0] +=
                    Double(part.bytes) / Double(max(1, spans.snapshot.spanCount))
            }
        }
        return Sample(
            value: spans.residentBytes, seconds: spans.residentBytes * Double(spans.snapshot.spanCount), facts: facts)
    }

    private static func filter(_ name: String, _ title: String, _ text: String, _ goal: Goal) -> Row {
        Row(name: name, title: title, unit: "ms", goal: goal, goalSpans: million) { data in
            let snapshot = try await data.spans().snapshot
            let expression = try FilterExpression(parsing: text, mode: .bar)
            let (stretch, count) = Stretch.of { select(expression, snapshot) }
            var sample = stretch.milliseconds
            sample.facts["spans selected"] = Double(count)
            return sample
        }
    }

    private static func select(_ expression: FilterExpression, _ snapshot: StoreSnapshot) -> Int {
        SpanPredicate(expression).select(in: snapshot.chunks.map(\.table)).reduce(0) { $0 + $1.count }
    }

    private static func search(_ data: BenchmarkData) async throws -> Sample {
        let snapshot = try await data.spans().snapshot
        let expression = try FilterExpression(parsing: "db.system.name=postgresql", mode: .bar)
        let (stretch, found) = Stretch.of {
            TraceQueries.search(expression, in: snapshot, window: TimeWindow(from: 0, to: .max))
        }
        var sample = stretch.milliseconds
        sample.facts["traces"] = Double(found.traces.count)
        return sample
    }

    private static func traceByID(_ data: BenchmarkData) async throws -> Sample {
        let spans = try await data.spans()
        let snapshot = spans.snapshot
        let times = spans.traces.map { id in
            let (stretch, count) = Stretch.of { snapshot.trace(id)?.spans.count ?? 0 }
            Sink.take(count)
            return stretch.seconds
        }
        let middle = Statistics.median(times)
        return Sample(
            value: middle * 1e3, seconds: middle,
            facts: ["p99 ms": Statistics.quantile(0.99, of: times) * 1e3, "very first ms": spans.firstLookup * 1e3])
    }
}
