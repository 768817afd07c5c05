/// Decides when a run counts and what its duration is worth.
package struct RunClock: Sendable, Hashable {
    /// What stands for the time of arrival.
    package enum Base: Sendable, Hashable {
        /// Spans arrive as they happen; a clock can be wrong.
        case stream
        /// Spans come from a file: arrival is event time, and nothing is ever suspect.
        case file
    }

    /// When a run counts.
    package struct Reading: Sendable, Hashable {
        /// The instant whose slot the run belongs to.
        package let time: UInt64
        /// The run's duration in nanoseconds; nil when its end lies before its start or one of both cannot be right.
        package let duration: UInt64?
        /// Whether the run ended before it began.
        package let isBackwards: Bool
        /// Whether the run counts at its arrival because its own times cannot be right.
        package let isSuspect: Bool
    }

    /// What stands for the time of arrival.
    package let base: Base

    /// Before this instant, the first of the year 2000, no span was ever recorded.
    package static let earliest: UInt64 = 946_684_800_000_000_000
    /// How far a clock may be ahead of the arrival: an hour.
    package static let tolerance: UInt64 = 3_600_000_000_000
    /// The last instant that slots are kept for: the end of the year 2261.
    package static let latest: UInt64 = UInt64(Int64.max)

    /// Makes a clock.
    package init(_ base: Base) {
        self.base = base
    }

    /// Reads the times of a run.
    @inline(__always)
    package func read(start: UInt64, end: UInt64, arrival: UInt64) -> Reading {
        let length = end >= start ? end - start : nil
        guard base == .stream else {
            return Reading(
                time: min(end, RunClock.latest), duration: length, isBackwards: length == nil, isSuspect: false)
        }
        let startIsSuspect = isSuspect(start, arrival)
        let endIsSuspect = isSuspect(end, arrival)
        let suspect = startIsSuspect || endIsSuspect
        return Reading(
            time: min(suspect ? arrival : end, RunClock.latest),
            duration: startIsSuspect == endIsSuspect ? length : nil,
            isBackwards: length == nil, isSuspect: suspect)
    }

    @inline(__always)
    private func isSuspect(_ time: UInt64, _ arrival: UInt64) -> Bool {
        time < RunClock.earliest || (time > arrival && time - arrival > RunClock.tolerance)
    }

    /// How far the rows of a batch move the watermark.
    ///
    /// For files that is the latest end, but for ends that no clock shows: they would make everything else look old.
    func watermark(end: UInt64, arrival: UInt64) -> UInt64 {
        guard base == .file else { return min(arrival, RunClock.latest) }
        let year2200: UInt64 = 7_258_118_400_000_000_000
        return end < year2200 ? end : 0
    }
}
