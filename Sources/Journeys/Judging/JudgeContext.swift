/// What a judge has to be told besides the counts.
package struct JudgeContext: Sendable {
    /// The moment of judging, in Unix nanoseconds; for files the end of what they hold.
    package var now: UInt64
    /// Whether runs come as they happen, or from a file that is judged at its end.
    package var base: RunClock.Base
    /// Since when the source is late, in Unix nanoseconds; nil while it is not.
    package var staleSince: UInt64?
    /// How far the data reaches while the source delivers what lay in a queue, in Unix nanoseconds; nil when that is now.
    package var behindSince: UInt64?
    /// The share of spans that came late lately, from 0 to 1.
    package var lateShare: Double
    /// How many spans were dropped before they could be counted.
    package var dropped: UInt64
    /// Changes seen or reported since the last time; they become part of the timeline.
    package var changes: [TimelineEvent]

    /// Makes a context.
    package init(
        now: UInt64, base: RunClock.Base = .stream, staleSince: UInt64? = nil, behindSince: UInt64? = nil,
        lateShare: Double = 0, dropped: UInt64 = 0, changes: [TimelineEvent] = []
    ) {
        self.now = now
        self.base = base
        self.staleSince = staleSince
        self.behindSince = behindSince
        self.lateShare = lateShare
        self.dropped = dropped
        self.changes = changes
    }
}

/// The constants of judging.
package enum JudgeLimit {
    /// How many runs a window needs before its burn may call somebody, or its budget may count as used up.
    package static let runs: UInt64 = 30
    /// How many runs must have been expected before their absence is a state.
    package static let expected: UInt64 = 10
    /// The same where only the last hour says how many are usual: by chance alone a journey of few runs pauses for ten
    /// once in 22,000 pauses, which is once in the first days.
    package static let expectedByRate: UInt64 = 16
    /// For how long no run may come before that can be a state, in nanoseconds: a minute.
    package static let silence: UInt64 = 60_000_000_000
    /// For how long a source may be late before that is an alert of its own, in nanoseconds: five minutes.
    package static let staleness: UInt64 = 300_000_000_000
    /// For how long a change-point without a burn alert is a state, in nanoseconds: an hour.
    package static let shift: UInt64 = 3_600_000_000_000
    /// The share of late spans from which on attainment is a range.
    package static let lateShare = 0.01
    /// How many events the timeline holds.
    package static let timeline = 1_000
    /// How many characters of a note, or of a name of a person, are kept.
    package static let noteCharacters = 2_000
}
