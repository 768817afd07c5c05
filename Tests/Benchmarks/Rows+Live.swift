import Dashboard
import DataSources
import Foundation
import Pipeline
import Synchronization
import Telemetry
import TelemetryCodecs
import TerminalKit

/// Requests to the index, and frames drawn from it meanwhile; no network and no terminal.
enum LiveRows {
    static func group(_ options: BenchmarkOptions) -> RowGroup {
        let seconds = options.seconds / 5
        return RowGroup(rows: [
            Row(
                name: "index", title: "export requests of protobuf to the live index, without the network",
                unit: "ns/span", goal: .none, measure: { try await index($0, seconds: seconds) }),
            Row(
                name: "frame-journeys", title: "frame of all journeys, 200x60, everything changing, during ingest",
                unit: "ms p99", goal: .atMost(8, beyond: 4),
                measure: { try await frames($0, screen: .journeys, seconds: seconds) }),
            Row(
                name: "frame-journey", title: "frame of one journey, 200x60, everything changing, during ingest",
                unit: "ms p99", goal: .atMost(8, beyond: 4),
                measure: { try await frames($0, screen: .journey, seconds: seconds) }),
        ])
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func pipeline(_ counted: CountedJourneys) -> Pipeline {
        Pipeline(journeys: counted.usual, base: .live, memoryBudget: 1 << 30, clock: { now() })
    }

    /// Decodes a request and hands it over, as the receiver does.
    private static func take(_ bytes: [UInt8], _ pipeline: Pipeline) async throws {
        guard let open = pipeline.lend() else { throw BenchmarkError(reason: "the pipeline lends nothing") }
        try bytes.withUnsafeBytes { buffer in
            _ = try OTLPProtobuf.decodeTraces(buffer, into: &open.batch)
        }
        var delivery = Delivery()
        delivery.lent = open
        try await pipeline.accept(delivery)
    }

    private static func index(_ data: BenchmarkData, seconds: Double) async throws -> Sample {
        var feed = try MessageFeed(protobuf: data.protobuf, seed: 1)
        let pipeline = pipeline(try await data.counted())
        let limit = Stopwatch()
        var work = 0.0
        var processor = 0.0
        var spans = 0
        while limit.stretch.seconds < seconds {
            let message = feed.next(now: now())
            let watch = Stopwatch()
            try await take(message.bytes, pipeline)
            let stretch = watch.stretch
            work += stretch.seconds
            processor += stretch.processorSeconds
            spans += message.spans
        }
        return Sample(
            value: work * 1e9 / Double(max(1, spans)), seconds: work / Double(max(1, spans)),
            facts: [
                "M spans/s": Double(spans) / work / 1e6, "cpu ns/span": processor * 1e9 / Double(max(1, spans)),
            ])
    }

    private static func frames(_ data: BenchmarkData, screen: Screen, seconds: Double) async throws -> Sample {
        let feed = try MessageFeed(protobuf: data.protobuf, seed: 2)
        let pipeline = pipeline(try await data.counted())
        let taken = Counter()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var feed = feed
                while !Task.isCancelled {
                    let message = feed.next(now: now())
                    try await take(message.bytes, pipeline)
                    taken.add(message.spans)
                }
            }
            defer { group.cancelAll() }
            return try await draw(pipeline, screen, seconds) { taken.value }
        }
    }

    private static func draw(
        _ pipeline: Pipeline, _ screen: Screen, _ seconds: Double, taken: () -> Int
    ) async throws -> Sample {
        let watch = JourneyWatch(pipeline)
        var state = AppState(size: Size(width: 200, height: 60))
        var looks: [Double] = []
        var draws: [Double] = []
        var writes: [Double] = []
        let whole = Stopwatch()
        while whole.stretch.seconds < seconds || looks.count < 20 {
            try await Task.sleep(for: .milliseconds(5))
            let looking = Stopwatch()
            let watched = watch.look()
            looks.append(looking.stretch.seconds)
            let picture = DashboardPicture(
                now: watched.pipeline.now, origin: .live, store: watched.pipeline.store,
                journeys: watched.pipeline.journeys, verdicts: watched.verdicts)
            let drawing = Stopwatch()
            _ = state.handle(.tick(picture.now))
            _ = state.handle(.picture(picture))
            if looks.count == 1 { _ = state.open(screen) }
            let canvas = state.draw()
            draws.append(drawing.stretch.seconds)
            let writing = Stopwatch()
            Sink.take(canvas.ansi(theme: .dark, depth: .trueColor).utf8.count)
            writes.append(writing.stretch.seconds)
        }
        let spans = Double(taken())
        let frames = looks.indices.dropFirst().map { looks[$0] + draws[$0] + writes[$0] }
        func p99(_ values: [Double]) -> Double { Statistics.quantile(0.99, of: Array(values.dropFirst())) * 1e3 }
        return Sample(
            value: p99([0] + frames), seconds: Statistics.median(frames),
            facts: [
                "frames": Double(frames.count), "median ms": Statistics.median(frames) * 1e3,
                "snapshot and verdict p99": p99(looks), "draw p99": p99(draws), "as text p99": p99(writes),
                "M spans/s meanwhile": spans / whole.stretch.seconds / 1e6,
            ])
    }
}

/// A number that several tasks add to.
private final class Counter: Sendable {
    private let total = Atomic(0)

    var value: Int { total.load(ordering: .relaxed) }

    func add(_ count: Int) { total.add(count, ordering: .relaxed) }
}
