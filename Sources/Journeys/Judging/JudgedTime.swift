/// Which runs a window of a certain length holds at a certain moment: the one definition that all judging follows.
///
/// Judging happens at whole seconds; at the second `t` everything counts that happened before it. A window of the
/// length N is `[t − N, t)`, and its beginning is rounded up to the resolution that counts are kept with that far back:
/// to 1 s for windows up to an hour, 10 s up to six hours, 1 min up to 28 days and 15 min for longer ones. So a window
/// is never longer than N, and what it holds depends on `t` and the runs alone: not on when judging takes place, as long
/// as the slots of that resolution are still kept (see ``SlotPlan/file``).
enum JudgedTime {
    static let second: UInt64 = 1_000_000_000
    static let minute = 60 * second
    static let hour = 60 * minute
    static let day = 24 * hour

    /// The second that is judged at a moment: the last one that is over.
    static func second(of now: UInt64) -> UInt64 {
        min(now, RunClock.latest) / second * second
    }

    /// To which multiple the beginning of a window is rounded up.
    static func resolution(of length: UInt64) -> UInt64 {
        if length <= hour { return second }
        if length <= 6 * hour { return 10 * second }
        return length <= 28 * day ? minute : 15 * minute
    }

    /// The window of a length at a second.
    static func window(_ length: UInt64, at second: UInt64) -> TimeWindow {
        let length = max(length, JudgedTime.second)
        guard second > length else { return TimeWindow(from: 0, to: second) }
        let step = resolution(of: length)
        return TimeWindow(from: min((second - length + step - 1) / step * step, second), to: second)
    }
}
