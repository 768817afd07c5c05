import Journeys
import TerminalKit

/// Shares of runs as text: of the estimates, where some were sampled away; received counts decide whether there are enough.
enum SampledShare {
    private static func text(_ part: UInt64, of total: UInt64, _ estimate: Double, of all: Double) -> String {
        let (part, total) = (Int(clamping: part), Int(clamping: total))
        guard SampleFloor.errorRate.allows(total), all > 0 else { return NumberFormat.share(part, of: total) }
        return NumberFormat.percent(estimate / all)
    }

    /// The share of failed runs.
    static func failed(_ counts: RunCounts) -> String {
        text(counts.failed, of: counts.total, counts.estimatedFailed, of: counts.estimatedTotal)
    }

    /// The share of runs that failed or were not faster than the tightest promise.
    static func bad(_ counts: RunCounts) -> String {
        text(counts.bad, of: counts.total, counts.estimatedBad, of: counts.estimatedTotal)
    }

    /// The share of runs that did not fail and were not faster than the tightest promise.
    static func slow(_ counts: RunCounts) -> String {
        text(
            counts.bad - min(counts.failed, counts.bad), of: counts.total,
            max(0, counts.estimatedBad - counts.estimatedFailed), of: counts.estimatedTotal)
    }

    /// The share of runs that broke a promise.
    static func bad(_ promise: RunCounts.Promise) -> String {
        text(
            promise.total - min(promise.good, promise.total), of: promise.total,
            max(0, promise.estimatedTotal - promise.estimatedGood), of: promise.estimatedTotal)
    }
}
