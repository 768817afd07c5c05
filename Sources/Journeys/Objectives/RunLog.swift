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

    /// A number that is spread evenly over all runs and does not depend on anything but the run.
    var lot: UInt64 {
        var value = trace.high ^ trace.low &* 0x9E37_79B9_7F4A_7C15 ^ span.value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// Orders runs that are otherwise equal, so that every list has one order.
    static func tieBreak(_ one: JourneyRun, _ other: JourneyRun) -> Bool {
        if one.trace != other.trace { return one.trace < other.trace }
        if one.span != other.span { return one.span < other.span }
        return one.time < other.time
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

/// The best few of many runs by a total order, whatever order they come in.
struct BestRuns: Sendable {
    private(set) var runs: [JourneyRun] = []
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func offer(_ run: JourneyRun, _ comesFirst: (JourneyRun, JourneyRun) -> Bool) {
        if runs.count >= limit, let last = runs.last, !comesFirst(run, last) { return }
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if comesFirst(run, runs[middle]) { high = middle } else { low = middle + 1 }
        }
        runs.insert(run, at: low)
        if runs.count > limit { runs.removeLast() }
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

        var all: [JourneyRun] {
            var seen: Set<JourneyRun> = []
            return (slowest.runs + failed.runs + sample.runs).filter { seen.insert($0).inserted }
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
        newest = BestRuns(limit: limits.newest)
    }

    mutating func add(_ run: JourneyRun, watermark: UInt64) {
        let oldest = SlotPlan.oldest(retention, before: watermark)
        guard run.time >= oldest else { return }
        newest.offer(run, RunOrder.newest.comesFirst)
        let place = pageIndex(of: run.time / RunLog.minute, oldest: oldest / RunLog.minute)
        if run.duration != nil { pages[place].slowest.offer(run, RunOrder.slowest.comesFirst) }
        if run.failed { pages[place].failed.offer(run, RunLog.byLot) }
        pages[place].sample.offer(run, RunLog.byLot)
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

    private static func byLot(_ one: JourneyRun, _ other: JourneyRun) -> Bool {
        one.lot == other.lot ? JourneyRun.tieBreak(one, other) : one.lot < other.lot
    }

    private mutating func pageIndex(of minute: UInt64, oldest: UInt64) -> Int {
        let place = firstPage(from: minute)
        if place < pages.count, pages[place].minute == minute { return place }
        pages.insert(
            Page(
                minute: minute, slowest: BestRuns(limit: limits.slowest), failed: BestRuns(limit: limits.failed),
                sample: BestRuns(limit: limits.sample)), at: place)
        let dropped = min(firstPage(from: oldest), place)
        pages.removeFirst(dropped)
        return place - dropped
    }

    private func firstPage(from minute: UInt64) -> Int {
        var low = 0
        var high = pages.count
        while low < high {
            let middle = (low + high) / 2
            if pages[middle].minute < minute { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
