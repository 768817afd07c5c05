import Telemetry

/// What both ways of running the shop have in common: an hour that is past, then telemetry as time goes on.
struct SimulatorFeed {
    /// Rows of one batch of the past; a batch of this size is kept by the store as it is.
    static let historyRows = 16_384
    private static let historyStep: UInt64 = 30_000_000_000

    private let environment: String
    private var timeline: SimulatorTimeline
    private var writer: ShopWriter
    private var reached: UInt64

    /// Begins at a time, Unix nanoseconds, with runs that start then, so that no trace is cut in two.
    init(_ simulator: Simulator, from time: UInt64) {
        environment = simulator.configuration.environment
        timeline = SimulatorTimeline(simulator, from: time, isOpening: true)
        writer = ShopWriter(environment: environment)
        reached = time
    }

    /// Whether everything that was sent up to, not including, this time was handed out.
    func hasReached(_ time: UInt64) -> Bool { reached >= time && writer.count == 0 }

    /// The next batch of what was sent before this time, all services together as from a collector; nil at the end.
    mutating func nextHistory(to end: UInt64) -> SpanBatch? {
        while reached < end {
            reached = min(end, reached &+ Self.historyStep)
            for span in timeline.advance(to: reached) { writer.write(span) }
            if writer.count >= Self.historyRows { return writer.take() }
        }
        return writer.count > 0 ? writer.take() : nil
    }

    /// What was sent up to this time since the last call, one batch a process.
    mutating func nextLive(to end: UInt64) -> [SpanBatch] {
        guard end > reached else { return [] }
        reached = end
        var writers: [Int: ShopWriter] = [:]
        var order: [Int] = []
        for span in timeline.advance(to: end) {
            if writers[span.instance.index] == nil { order.append(span.instance.index) }
            writers[span.instance.index, default: ShopWriter(environment: environment)].write(span)
        }
        return order.compactMap { writers[$0]?.take() }
    }
}
