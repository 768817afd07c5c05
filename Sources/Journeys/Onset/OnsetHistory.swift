/// What an onset is looked for in: the counts and latencies of one journey, and what it promises.
///
/// It shares its memory with the journey it is taken from.
package struct OnsetHistory: Sendable {
    let scale: LatencyScale
    /// Whether bucket zero of the scale is a promise rather than a default.
    let hasPromise: Bool
    /// The share of runs that may be over the tightest promised duration.
    let slowBudget: Double
    /// The share of runs that may fail, by the strictest promise.
    let failBudget: Double
    private(set) var counts: CountSeries
    private(set) var latency: SparseSeries
    private(set) var watermark: UInt64
    private var deltas: [UInt64] = []

    /// What may be bad where nothing is promised: 1 %.
    private static let defaultBudget = 0.01

    /// The history of a journey.
    package init(_ view: JourneyView) {
        let objectives = view.definition?.objectives ?? []
        scale = view.scale
        counts = view.ledger.counts
        latency = view.ledger.latency
        watermark = view.bounds.watermark
        hasPromise = view.tightestUnder != nil
        slowBudget = OnsetHistory.budget(objectives.filter { $0.under == view.tightestUnder && $0.under != nil })
        failBudget = OnsetHistory.budget(objectives)
    }

    /// An empty history of a journey, to be filled by ``add(at:duration:failed:)``: for replays of counts that
    /// no spans stand behind.
    package init(of definition: JourneyDefinition) {
        let ledger = JourneyLedger(definition: definition)
        scale = ledger.scale
        counts = ledger.counts
        latency = ledger.latency
        watermark = 0
        hasPromise = ledger.tightestUnder != nil
        slowBudget = OnsetHistory.budget(
            definition.objectives.filter { $0.under == ledger.tightestUnder && $0.under != nil })
        failBudget = OnsetHistory.budget(definition.objectives)
        deltas = [UInt64](repeating: 0, count: CountColumn.width(definition))
    }

    /// Counts one run, as a journey's own counting would.
    ///
    /// - Parameters:
    ///   - time: When it counts, in Unix nanoseconds.
    ///   - duration: How long it took, in nanoseconds.
    ///   - failed: Whether it failed.
    package mutating func add(at time: UInt64, duration: UInt64, failed: Bool) {
        watermark = max(watermark, time)
        deltas[CountColumn.total] = 1
        deltas[CountColumn.totalWeight] = RunWeight.one.units
        deltas[CountColumn.failed] = failed ? 1 : 0
        deltas[CountColumn.failedWeight] = failed ? RunWeight.one.units : 0
        counts.add(deltas, at: time, watermark: watermark)
        latency.add(scale.bucket(of: duration), weight: .one, at: time, watermark: watermark)
    }

    /// The first slot with runs that begins at or after an instant; nil without any.
    func first(after time: UInt64) -> UInt64? {
        var first: UInt64?
        counts.forEachSlot(atLeast: OnsetTable.slot, in: TimeWindow(from: time, to: .max), watermark: watermark) {
            begin, _ in first = min(first ?? begin, begin)
        }
        return first
    }

    private static func budget(_ objectives: [JourneyDefinition.Objective]) -> Double {
        objectives.map { $0.target.rest.fraction }.min() ?? defaultBudget
    }
}
