/// A cheap look at the last two minutes that tells whether the whole hour is worth looking at.
///
/// Its levels are those of the last full look, its limits a little lower than those of the full look, so that it lets
/// through whatever that could find; slower changes wait for the next full look, which comes every minute.
struct OnsetGlance: Sendable {
    private let made: UInt64
    private let watches: [OnsetWatch]

    private static let lifetime: UInt64 = 60_000_000_000
    static let slots = 13
    private static let looseness = 0.9
    private static let looseBuckets: Int32 = 4
    private static let sizeEvidence = 2.0
    private static let changeEvidence = 5.0

    /// Takes the levels from a table; nil when it holds too little.
    init?(_ table: OnsetTable, _ history: OnsetHistory, _ limits: OnsetLimits, now: UInt64) {
        guard table.count > 2 * OnsetGlance.slots else { return nil }
        let before = 0..<table.count - OnsetGlance.slots
        let failed = table.failures(before)
        guard failed.runs >= limits.runsBefore else { return nil }
        made = now
        watches = history.watches(before: table.histogram(before), failed, limits).map { watch in
            var measure = watch.measure
            // The promise stays where it is; levels that were measured may move.
            if case .over(let key) = measure, key != 0 || !history.hasPromise {
                measure = .over(key - OnsetGlance.looseBuckets)
            }
            return OnsetWatch(
                measure: measure, before: watch.before, limit: OnsetGlance.looseness * watch.limit, after: .init())
        }
    }

    /// Whether it is time for a full look anyway.
    func isOld(_ now: UInt64) -> Bool { now < made || now - made >= OnsetGlance.lifetime }

    /// Whether something could be found.
    func isSuspicious(_ history: OnsetHistory, now: UInt64) -> Bool {
        let table = OnsetTable(history, now: now, slots: OnsetGlance.slots, without: [])
        for watch in watches {
            var after = OnsetShare()
            let series = table.series(watch.measure)
            for number in series.indices.reversed() {
                after = after + series[number]
                guard series.count - number >= OnsetLimits.ages[0], after.hits >= 3, after.runs >= 10 else { continue }
                if after.evidence(over: watch.limit) >= OnsetGlance.sizeEvidence,
                    after.evidence(over: watch.before.smoothed) >= OnsetGlance.changeEvidence
                {
                    return true
                }
            }
        }
        return false
    }
}
