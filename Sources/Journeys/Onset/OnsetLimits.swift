/// How sure and how large a change must be to be an onset.
///
/// The numbers were chosen by measurement on weeks of quiet synthetic traffic and on incidents; the tests of replays say
/// what comes of them.
struct OnsetLimits: Sendable {
    /// How many buckets p95 must move: 25 of 64 an octave are a factor of 1.31.
    var p95Buckets: Int32 = 25
    /// How many buckets the median must move: 32 of 64 an octave are a factor of 1.41.
    var medianBuckets: Int32 = 32
    /// How sure it must be that the practical size is exceeded, in nats.
    var sizeEvidence = 2.5
    /// How sure it must be that there is a change at all, in nats: `exp(−12)` is about six in a million.
    var changeEvidence = 12.0
    /// The same for one of latency and errors when both change at once, and for both together.
    var partEvidence = 4.0
    var jointEvidence = 12.0
    /// The share of failed runs must exceed the one before times this, plus the budget.
    var failedFactor = 1.4
    /// The same for the share of runs over the promised duration.
    var slowFactor = 1.6
    /// The least and the most that the budget adds, as a share of all runs.
    var failedStep = 0.003...0.02
    /// The same for the share of runs over the promised duration.
    var slowStep = 0.003...0.05
    /// The least number of runs since the change.
    var runsAfter = 20.0
    /// The least number of failed runs since the change.
    var failuresAfter = 5.0
    /// How many full slots a change must last: 40 s, so that it can be shown within 60 s, asked every ten.
    var slotsAfter = 4
    /// The least number of runs before the change.
    var runsBefore = 50.0
    /// The least number of slots with runs before the change.
    var slotsBefore = 5
    /// By how much the level of a share is thought to wander before that is measured: this part of `p(1−p)`.
    var wander = 0.25
    /// With how many blocks of measurement that thought is weighed.
    var wanderBlocks = 6.0
    /// By how much the excess must be greater than the greatest one of the time before.
    var overGreatest = 1.25

    /// How far back the level before is read, in slots of ten seconds: an hour, and the half hour of a slow change.
    static let slots = 540
    /// How far back it is read when those hold little: as long as slots of ten seconds are kept.
    static let allSlots = 1_080
    /// How many slots, the running one among them, a change may be old when it is first seen.
    static let ages = [5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 30, 36, 48, 60, 80, 100, 120, 150, 180]
    /// The slots of ten minutes: how near the level before is looked at to tell a step from a slope.
    static let near = 60
}

/// A measure that shows the trouble, with its level before and since.
struct OnsetWatch: Sendable, Hashable {
    /// What is measured.
    let measure: OnsetMeasure
    /// The level before.
    let before: OnsetShare
    /// The level that must be exceeded for a change of practical size.
    let limit: Double
    /// The level since.
    var after: OnsetShare

    /// Whether the change is of practical size, for sure.
    func isLarge(_ limits: OnsetLimits) -> Bool {
        if measure == .failed {
            guard after.hits >= limits.failuresAfter, after.runs >= limits.runsAfter / 2 else { return false }
        } else {
            guard after.runs >= limits.runsAfter else { return false }
        }
        return after.evidence(over: limit) >= limits.sizeEvidence
    }

    /// The level at which the trouble is over: between the one before and the limit.
    var back: Double {
        let level = before.smoothed
        return level + 0.6 * max(0, limit - level)
    }
}

extension OnsetHistory {
    /// The measures of practical size, given the levels before.
    func watches(before histogram: OnsetHistogram, _ failed: OnsetShare, _ limits: OnsetLimits) -> [OnsetWatch] {
        var watches: [OnsetWatch] = []
        let keys = histogram.keys(at: [0.5, 0.95])
        if keys.count == 2 {
            let slow = keys[1] + limits.p95Buckets
            watches.append(OnsetWatch(measure: .over(slow), before: histogram.over(slow), limit: 0.05, after: .init()))
            let middle = keys[0] + limits.medianBuckets
            watches.append(
                OnsetWatch(measure: .over(middle), before: histogram.over(middle), limit: 0.5, after: .init()))
            if hasPromise {
                let late = histogram.over(0)
                let limit = limits.slowFactor * late.smoothed + slowBudget.clamped(to: limits.slowStep)
                watches.append(OnsetWatch(measure: .over(0), before: late, limit: min(1, limit), after: .init()))
            }
        }
        let limit = limits.failedFactor * failed.smoothed + failBudget.clamped(to: limits.failedStep)
        watches.append(OnsetWatch(measure: .failed, before: failed, limit: min(1, limit), after: .init()))
        return watches
    }
}

extension Double {
    func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
