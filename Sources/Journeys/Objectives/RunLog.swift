import Telemetry

/// One run of a journey, as lists and heat maps need it; everything else is in its trace.
package struct JourneyRun: Sendable, Hashable {
    /// The run's trace.
    package let trace: TraceID
    /// Its entry span.
    package let span: SpanID
    /// The instant it counts at: the end of its entry span, or its arrival when its clock cannot be right.
    package let time: UInt64
    /// When its entry span began, as sent.
    package let start: UInt64
    /// Its duration in nanoseconds; nil when it ended before it began, or one of both times cannot be right.
    package let duration: UInt64?
    /// Whether it failed.
    package let failed: Bool
    /// Whether it counts at its arrival.
    package let isSuspect: Bool
    /// For how many runs it stands.
    package let weight: RunWeight
    /// The version of the service of its entry span; empty for none.
    package let version: Symbol
    /// Where its entry span lies in the store, if it was ever kept there.
    package let reference: SpanReference?

    /// Orders runs that are otherwise equal, so that every list has one order.
    static func tieBreak(_ one: JourneyRun, _ other: JourneyRun) -> Bool {
        if one.trace != other.trace { return one.trace < other.trace }
        if one.span != other.span { return one.span < other.span }
        return one.time < other.time
    }
}

/// What decides whether a run is kept in a ``RunLog``.
struct RunSight {
    let time: UInt64
    let duration: UInt64?
    let failed: Bool
    /// A number that is spread evenly over all runs and does not depend on anything but the run.
    let lot: UInt64

    @inline(__always)
    init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, time: UInt64, duration: UInt64?, failed: Bool) {
        self.time = time
        self.duration = duration
        self.failed = failed
        var value = traceHigh ^ traceLow &* 0x9E37_79B9_7F4A_7C15 ^ span
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        lot = value ^ (value >> 31)
    }
}

/// In which order a list shows runs.
package enum RunOrder: Sendable, Hashable {
    /// The longest first.
    case slowest
    /// The latest first.
    case newest

    func comesFirst(_ one: JourneyRun, _ other: JourneyRun) -> Bool {
        switch self {
        case .slowest:
            let mine = one.duration ?? 0
            let theirs = other.duration ?? 0
            return mine == theirs ? JourneyRun.tieBreak(one, other) : mine > theirs
        case .newest:
            return one.time == other.time ? JourneyRun.tieBreak(one, other) : one.time > other.time
        }
    }
}

/// The best few of many runs, whatever order they come in: those of the highest rank, and of equal ones the first by
/// ``JourneyRun/tieBreak(_:_:)``.
///
/// Runs are gathered until there are enough to be worth choosing from; from then on what cannot be among the best any
/// more is turned away by one comparison.
struct BestRuns: Sendable {
    private var gathered: [JourneyRun] = []
    private var ranks: [UInt64] = []
    /// The lowest rank that can still be among the best.
    private var least: UInt64 = 0
    private let limit: Int
    private let spare: Int

    /// - Parameters:
    ///   - limit: How many runs are kept.
    ///   - spare: How many more are gathered before the best are chosen.
    init(limit: Int, spare: Int) {
        self.limit = limit
        self.spare = max(1, spare)
    }

    /// Whether a run of this rank may be among the best.
    @inline(__always) func wants(_ rank: UInt64) -> Bool { rank >= least }

    @inline(__always) mutating func offer(_ run: @autoclosure () -> JourneyRun, rank: UInt64) {
        guard rank >= least else { return }
        gathered.append(run())
        ranks.append(rank)
        if gathered.count >= limit + spare { choose() }
    }

    /// The best runs, in no particular order.
    var runs: [JourneyRun] {
        var copy = self
        copy.choose()
        return copy.gathered
    }

    /// Gives back memory that is not needed while few runs come.
    mutating func settle() {
        choose()
        gathered = gathered.map(\.self)
        ranks = ranks.map(\.self)
    }

    /// Keeps the best.
    private mutating func choose() {
        guard gathered.count > limit, limit > 0 else {
            if limit == 0 { self = BestRuns(limit: 0, spare: spare) }
            return
        }
        least = BestRuns.rank(of: limit, in: ranks)
        var equal: [JourneyRun] = []
        var kept = 0
        for place in gathered.indices {
            if ranks[place] > least {
                gathered[kept] = gathered[place]
                ranks[kept] = ranks[place]
                kept += 1
            } else if ranks[place] == least {
                equal.append(gathered[place])
            }
        }
        gathered.removeLast(gathered.count - kept)
        ranks.removeLast(ranks.count - kept)
        if equal.count > limit - kept { equal.sort(by: JourneyRun.tieBreak) }
        for run in equal.prefix(limit - kept) {
            gathered.append(run)
            ranks.append(least)
        }
    }

    /// The rank of the `place`-th of ranks from the highest, counted from one; there are at least so many.
    private static func rank(of place: Int, in ranks: [UInt64]) -> UInt64 {
        var left = ranks
        return left.withUnsafeMutableBufferPointer { ranks in
            // Quickselect: everything before `low` is higher than what is sought, everything from `high` on lower.
            var low = 0
            var high = ranks.count
            let wanted = place - 1
            while high - low > 1 {
                let pivot = middle(ranks[low], ranks[low + (high - low) / 2], ranks[high - 1])
                var higher = low
                var lower = high
                var next = low
                while next < lower {
                    if ranks[next] > pivot {
                        ranks.swapAt(next, higher)
                        higher += 1
                        next += 1
                    } else if ranks[next] < pivot {
                        lower -= 1
                        ranks.swapAt(next, lower)
                    } else {
                        next += 1
                    }
                }
                if wanted < higher {
                    high = higher
                } else if wanted >= lower {
                    low = lower
                } else {
                    return pivot
                }
            }
            return ranks[low]
        }
    }

    private static func middle(_ one: UInt64, _ two: UInt64, _ three: UInt64) -> UInt64 {
        max(min(one, two), min(max(one, two), three))
    }
}

/// A bounded memory of single runs.
///
/// Of every minute it keeps the slowest runs, the failed ones and an even sample, each up to a limit, and besides the
/// newest runs of all. What is kept follows from the runs alone, never from the order in which they came.
struct RunLog: Sendable {
    /// How many runs of each sort are kept.
    struct Limits: Sendable, Hashable {
        let slowest: Int
        let failed: Int
        let sample: Int
        let newest: Int

        static let file = Limits(slowest: 48, failed: 48, sample: 128, newest: 400)
        static let found = Limits(slowest: 16, failed: 16, sample: 32, newest: 64)
    }

    private struct Page: Sendable {
        let minute: UInt64
        var slowest: BestRuns
        var failed: BestRuns
        var sample: BestRuns

        init(minute: UInt64, _ limits: Limits) {
            self.minute = minute
            slowest = BestRuns(limit: limits.slowest, spare: limits.slowest)
            failed = BestRuns(limit: limits.failed, spare: limits.failed)
            sample = BestRuns(limit: limits.sample, spare: limits.sample)
        }

        var all: [JourneyRun] {
            var seen: Set<JourneyRun> = []
            return (slowest.runs + failed.runs + sample.runs).filter { seen.insert($0).inserted }
        }

        mutating func settle() {
            slowest.settle()
            failed.settle()
            sample.settle()
        }
    }

    private static let minute: UInt64 = 60_000_000_000
    private let limits: Limits
    private let retention: UInt64
    private var pages: [Page] = []
    private var newest: BestRuns

    init(limits: Limits, retention: UInt64) {
        self.limits = limits
        self.retention = retention
        newest = BestRuns(limit: limits.newest, spare: limits.newest * 3 / 2)
    }

    mutating func add(_ run: @autoclosure () -> JourneyRun, _ sight: RunSight, watermark: UInt64) {
        let oldest = SlotPlan.oldest(retention, before: watermark)
        guard sight.time >= oldest else { return }
        newest.offer(run(), rank: sight.time)
        let place = pageIndex(of: sight.time / RunLog.minute, oldest: oldest / RunLog.minute)
        if let duration = sight.duration { pages[place].slowest.offer(run(), rank: duration) }
        if sight.failed { pages[place].failed.offer(run(), rank: ~sight.lot) }
        pages[place].sample.offer(run(), rank: ~sight.lot)
    }

    /// The runs kept of a window, in no particular order, each once.
    func runs(in window: TimeWindow, watermark: UInt64) -> [JourneyRun] {
        let oldest = SlotPlan.oldest(retention, before: watermark)
        let part = window.intersection(TimeWindow(from: oldest, to: .max))
        var seen: Set<JourneyRun> = []
        var result: [JourneyRun] = []
        for run in newest.runs where part.contains(run.time) && seen.insert(run).inserted { result.append(run) }
        var place = firstPage(from: part.from / RunLog.minute)
        while place < pages.count, pages[place].minute * RunLog.minute < part.to {
            for run in pages[place].all where part.contains(run.time) && seen.insert(run).inserted {
                result.append(run)
            }
            place += 1
        }
        return result
    }

    private mutating func pageIndex(of minute: UInt64, oldest: UInt64) -> Int {
        let place = firstPage(from: minute)
        if place < pages.count, pages[place].minute == minute { return place }
        // The minute before is over but for stragglers.
        if place > 0 { pages[place - 1].settle() }
        pages.insert(Page(minute: minute, limits), at: place)
        let dropped = min(firstPage(from: oldest), place)
        pages.removeFirst(dropped)
        return place - dropped
    }

    private func firstPage(from minute: UInt64) -> Int {
        if let last = pages.last {
            if last.minute < minute { return pages.count }
            if last.minute == minute { return pages.count - 1 }
        }
        var low = 0
        var high = pages.count
        while low < high {
            let middle = (low + high) / 2
            if pages[middle].minute < minute { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
