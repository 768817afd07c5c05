import Journeys

/// Spans to journeys.
enum JourneyRows {
    static var group: RowGroup {
        RowGroup(rows: [
            Row(
                name: "journey-aggregates", title: "counting runs of 64 journeys, beyond finding them", unit: "ns/span",
                goal: .atMost(5), measure: aggregates),
            Row(
                name: "journey-matching", title: "matching 64 journeys, 1 filter with a regex each", unit: "ns/span",
                goal: .atMost(60), measure: matching),
            Row(
                name: "journey-percentiles", title: "3 percentiles of each of 64 journeys over an hour", unit: "ms",
                goal: .atMost(0.2), measure: percentiles),
        ])
    }

    private static func aggregates(_ data: BenchmarkData) async throws -> Sample {
        let counted = try await data.counted()
        let (matching, runs) = Stretch.of { CountedJourneys.match(counted.exact, counted.tables) }
        let (all, pending) = Stretch.of { CountedJourneys.ingest(counted.exact, counted.tables) }
        Sink.take(pending)
        let spans = Double(max(1, counted.spans))
        let seconds = max(0, all.seconds - matching.seconds)
        return Sample(
            value: seconds * 1e9 / spans, seconds: seconds,
            facts: [
                "finding ns/span": matching.seconds * 1e9 / spans, "runs/span": Double(runs) / spans,
                "ns/run": seconds * 1e9 / Double(max(1, runs)),
            ])
    }

    private static func matching(_ data: BenchmarkData) async throws -> Sample {
        let counted = try await data.counted()
        let (stretch, runs) = Stretch.of { CountedJourneys.match(counted.regexes, counted.tables) }
        var sample = stretch.nanoseconds(a: counted.spans)
        sample.facts["runs"] = Double(runs)
        return sample
    }

    private static func percentiles(_ data: BenchmarkData) async throws -> Sample {
        let counted = try await data.counted()
        let views = counted.picture.journeys.filter { !$0.isFound }
        let (stretch, sum) = Stretch.of {
            views.reduce(UInt64(0)) { sum, view in
                let summary = view.latency([.p50, .p95, .p99], in: counted.window)
                return sum &+ (summary?.quantiles.reduce(0, &+) ?? 0)
            }
        }
        Sink.take(Int(truncatingIfNeeded: sum))
        var sample = stretch.milliseconds
        sample.facts["journeys"] = Double(views.count)
        return sample
    }
}
