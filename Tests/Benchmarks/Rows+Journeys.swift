import Journeys

/// Spans to journeys, in processor time: all of it is work of one thread that waits for nothing.
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
                name: "journey-percentiles", title: "3 percentiles of each of 64 journeys over an hour, a frame",
                unit: "ms",
                goal: .atMost(0.2), measure: percentiles),
        ])
    }

    private static func aggregates(_ data: BenchmarkData) async throws -> Sample {
        let counted = try await data.counted()
        let (matching, runs) = Stretch.of { CountedJourneys.match(counted.exact, counted.tables) }
        let (all, pending) = Stretch.of { CountedJourneys.ingest(counted.exact, counted.tables) }
        Sink.take(pending)
        let spans = Double(max(1, counted.spans))
        let seconds = max(0, all.processorSeconds - matching.processorSeconds)
        return Sample(
            value: seconds * 1e9 / spans, seconds: seconds,
            facts: [
                "finding ns/span": matching.processorSeconds * 1e9 / spans, "runs/span": Double(runs) / spans,
                "ns/run": seconds * 1e9 / Double(max(1, runs)),
            ])
    }

    private static func matching(_ data: BenchmarkData) async throws -> Sample {
        let counted = try await data.counted()
        let (stretch, runs) = Stretch.of { CountedJourneys.match(counted.regexes, counted.tables) }
        var sample = stretch.processorNanoseconds(a: counted.spans)
        sample.facts["runs"] = Double(runs)
        return sample
    }

    /// Asks frame after frame, each with more runs and with a window that has moved on; the first is left out.
    private static func percentiles(_ data: BenchmarkData) async throws -> Sample {
        let counted = try await data.counted()
        var times: [Double] = []
        var journeys = 0
        for (number, picture) in counted.pictures.enumerated() {
            let views = picture.journeys.filter { !$0.isFound }
            let frame: UInt64 = 100_000_000
            let now = counted.end + UInt64(number) * frame
            let window = TimeWindow(last: 3_600_000_000_000, until: now)
            let (stretch, sum) = Stretch.of {
                // By index: a view is large, and copying it is not what is measured.
                views.indices.reduce(UInt64(0)) { sum, index in
                    let summary = views[index].latency([.p50, .p95, .p99], in: window)
                    return sum &+ (summary?.quantiles.reduce(0, &+) ?? 0)
                }
            }
            Sink.take(Int(truncatingIfNeeded: sum))
            journeys = views.count
            if number > 0 || counted.pictures.count == 1 { times.append(stretch.processorSeconds) }
        }
        let median = Statistics.median(times)
        return Sample(
            value: median * 1e3, seconds: median,
            facts: ["journeys": Double(journeys), "frames": Double(times.count), "worst ms": (times.max() ?? 0) * 1e3])
    }
}
