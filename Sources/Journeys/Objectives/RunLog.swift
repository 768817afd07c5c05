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
        lot = RunSight.lot(traceHigh: traceHigh, traceLow: traceLow, span: span)
    }

    /// The lot of a run.
    @inline(__always)
    static func lot(traceHigh: UInt64, traceLow: UInt64, span: UInt64) -> UInt64 {
        var value = traceHigh ^ traceLow &* 0x9E37_79B9_7F4A_7C15 ^ span
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
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
    private(set) var least: UInt64 = 0
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

    /// Offers the runs of a block, whose ranks are their instants.
    ///
    /// - Parameter oldest: earlier runs are left out.
    mutating func offer(
        _ block: RunBlock, _ processes: UnsafeBufferPointer<RunProcess?>, from oldest: UInt64
    ) {
        guard limit > 0 else { return }
        expect(block, from: oldest)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: block.count) { picked in
            var next = 0
            while next < block.count {
                let bound = max(least, oldest)
                let room = limit + spare - gathered.count
                var count = 0
                while next < block.count, count < room {
                    // Of the runs before this one no more were picked than there are: there is room for one more.
                    picked[count] = UInt32(truncatingIfNeeded: next)
                    count &+= block.times[next] >= bound ? 1 : 0
                    next &+= 1
                }
                append(UnsafeBufferPointer(rebasing: picked[..<count]), of: block, processes)
            }
        }
    }

    /// Gathers runs of a block, which there is room for.
    private mutating func append(
        _ picked: UnsafeBufferPointer<UInt32>, of block: RunBlock, _ processes: UnsafeBufferPointer<RunProcess?>
    ) {
        gathered.append(addingCapacity: picked.count) { target in
            for index in picked { target.append(block.run(Int(index), processes)) }
        }
        ranks.append(addingCapacity: picked.count) { target in
            for index in picked { target.append(block.times[Int(index)]) }
        }
        if gathered.count >= limit + spare { choose() }
    }

    /// Makes ready for the runs of a block: where they alone are more than are kept, most of what comes before their end
    /// is turned away, so that little is gathered and nothing has to be chosen from.
    private mutating func expect(_ block: RunBlock, from oldest: UInt64) {
        // Runs come nearly in order, so a few more from the end on hold the newest.
        var tail = limit + limit / 16
        while tail < block.count {
            let time = block.times[block.count - tail]
            if time >= oldest, block.count(from: time) >= limit {
                gathered.reserveCapacity(limit + spare)
                ranks.reserveCapacity(limit + spare)
                return raise(to: time)
            }
            tail += limit / 8 + 1
        }
    }

    /// Forgets runs of lower rank: at least as many of this rank or a higher one as are kept are about to be offered.
    private mutating func raise(to rank: UInt64) {
        guard rank > least else { return }
        least = rank
        var kept = 0
        for place in ranks.indices where ranks[place] >= rank {
            gathered[kept] = gathered[place]
            ranks[kept] = ranks[place]
            kept += 1
        }
        gathered.removeLast(gathered.count - kept)
        ranks.removeLast(ranks.count - kept)
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

        private mutating func offer(
            _ index: Int, of block: RunBlock, _ processes: UnsafeBufferPointer<RunProcess?>
        ) {
            let run = block.run(index, processes)
            slowest.offer(run, rank: block.durations[index])
            if run.failed { failed.offer(run, rank: ~block.lots[index]) }
            sample.offer(run, rank: ~block.lots[index])
        }

        /// Takes in runs of a block from one on, as long as they belong to the page's minute.
        ///
        /// - Returns: the first that does not, or the block's end.
        mutating func add(_ block: RunBlock, from first: Int, _ processes: UnsafeBufferPointer<RunProcess?>) -> Int {
            let begin = minute &* RunLog.minute
            var index = first
            while index < block.count {
                // Most runs are neither slow nor failed nor drawn.
                let least = (duration: slowest.least, rank: sample.least)
                // Instants lie before the year 2262, so that the minute's end is a number too.
                while index < block.count, block.times[index] &- begin < RunLog.minute,
                    block.durations[index] < least.duration, ~block.lots[index] < least.rank, block.failed(index) == 0
                {
                    index &+= 1
                }
                guard index < block.count, block.times[index] &- begin < RunLog.minute else { return index }
                offer(index, of: block, processes)
                index &+= 1
            }
            return index
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

    /// Takes in the runs of a block.
    mutating func add(_ block: RunBlock, _ processes: UnsafeBufferPointer<RunProcess?>, watermark: UInt64) {
        let oldest = SlotPlan.oldest(retention, before: watermark)
        newest.offer(block, processes, from: oldest)
        var index = 0
        while index < block.count {
            let time = block.times[index]
            guard time >= oldest else {
                index += 1
                continue
            }
            // A page begins with a minute, as what is too old ends with one: the rest of its runs are not too old.
            let place = pageIndex(of: time / RunLog.minute, oldest: oldest / RunLog.minute)
            index = pages[place].add(block, from: index, processes)
        }
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
