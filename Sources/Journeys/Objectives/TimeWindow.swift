/// A span of event time from `from` up to but not including `to`, in Unix nanoseconds.
///
/// A slot belongs to a window when its beginning does, so neighbouring windows never share a run.
package struct TimeWindow: Sendable, Hashable {
    /// The first nanosecond.
    package let from: UInt64
    /// The nanosecond after the last.
    package let to: UInt64

    /// Makes a window; one that ends before it begins is empty.
    package init(from: UInt64, to: UInt64) {
        self.from = from
        self.to = max(from, to)
    }

    /// The last so many nanoseconds up to and including `now`.
    package init(last nanoseconds: UInt64, until now: UInt64) {
        let to = now == .max ? now : now + 1
        self.init(from: to > nanoseconds ? to - nanoseconds : 0, to: to)
    }

    /// The length in nanoseconds.
    package var length: UInt64 { to - from }

    /// The length in seconds.
    package var seconds: Double { Double(length) / 1e9 }

    /// Whether an instant lies in the window.
    package func contains(_ time: UInt64) -> Bool { time >= from && time < to }

    /// The part that both windows have; empty where there is none.
    package func intersection(_ other: TimeWindow) -> TimeWindow {
        let from = max(from, other.from)
        return TimeWindow(from: from, to: max(from, min(to, other.to)))
    }

    /// The number of the column that an instant in the window falls into, when the window is cut into equal columns.
    package func column(of time: UInt64, of columns: Int) -> Int {
        guard columns > 0, length > 0, contains(time) else { return 0 }
        let (high, low) = (time - from).multipliedFullWidth(by: UInt64(columns))
        return Int(length.dividingFullWidth((high, low)).quotient)
    }

    /// The window of one column, when this one is cut into equal columns.
    package func column(_ number: Int, of columns: Int) -> TimeWindow {
        TimeWindow(from: edge(number, of: columns), to: edge(number + 1, of: columns))
    }

    /// The least instant whose column is `number`.
    private func edge(_ number: Int, of columns: Int) -> UInt64 {
        guard columns > 0, number > 0 else { return from }
        guard number < columns else { return to }
        let (high, low) = length.multipliedFullWidth(by: UInt64(number))
        let (quotient, remainder) = UInt64(columns).dividingFullWidth((high, low))
        return from + quotient + (remainder == 0 ? 0 : 1)
    }
}

/// How long slots of which length are kept.
package struct SlotPlan: Sendable, Hashable {
    /// One resolution: the length of its slots and for how long they are kept, in nanoseconds.
    package struct Level: Sendable, Hashable {
        /// The length of a slot.
        package let slot: UInt64
        /// For how long slots are kept, counted back from the watermark.
        package let retention: UInt64

        /// Makes a level from seconds.
        package init(slotSeconds: UInt64, retentionSeconds: UInt64) {
            slot = slotSeconds * 1_000_000_000
            retention = retentionSeconds * 1_000_000_000
        }
    }

    /// The levels of counts, finest first.
    package var counts: [Level]
    /// The levels of histograms, finest first.
    package var histograms: [Level]
    /// For how long single runs are kept for lists, in nanoseconds.
    package var runs: UInt64

    private static let hour: UInt64 = 3_600
    private static let day: UInt64 = 86_400

    /// Counts in 1 s slots for two hours, 10 s for eight hours, 1 min for 29 days and 15 min for 100 days; latency in
    /// 10 s slots for three hours, then in 1 min slots for a week.
    ///
    /// Each level of counts reaches further back than the longest window that is judged at its resolution (an hour, six
    /// hours, 28 days, a quarter), so that an alert's exact second is still found when judging is late. With two
    /// objectives a slot has 136 bytes: for one busy journey 1 MB, 0.4 MB, 5.7 MB and 1.3 MB for the four levels.
    package static let file = SlotPlan(
        counts: [
            Level(slotSeconds: 1, retentionSeconds: 2 * hour),
            Level(slotSeconds: 10, retentionSeconds: 8 * hour),
            Level(slotSeconds: 60, retentionSeconds: 29 * day),
            Level(slotSeconds: 900, retentionSeconds: 100 * day),
        ],
        histograms: [
            Level(slotSeconds: 10, retentionSeconds: 3 * hour),
            Level(slotSeconds: 60, retentionSeconds: 7 * day),
        ],
        runs: 3 * hour * 1_000_000_000)

    /// The same for finite input, which is judged once, at its end: counts in 1 s slots for eight hours and 10 s for
    /// two days, so that alerts in the middle of it have their exact second too.
    package static let recording = SlotPlan(
        counts: [
            Level(slotSeconds: 1, retentionSeconds: 8 * hour),
            Level(slotSeconds: 10, retentionSeconds: 2 * day),
            Level(slotSeconds: 60, retentionSeconds: 29 * day),
            Level(slotSeconds: 900, retentionSeconds: 100 * day),
        ],
        histograms: file.histograms,
        runs: file.runs)

    /// The same but shorter for found journeys, of which there may be many and which promise nothing.
    package static let found = SlotPlan(
        counts: [
            Level(slotSeconds: 1, retentionSeconds: hour),
            Level(slotSeconds: 10, retentionSeconds: 6 * hour),
            Level(slotSeconds: 60, retentionSeconds: 3 * day),
        ],
        histograms: [
            Level(slotSeconds: 10, retentionSeconds: 3 * hour),
            Level(slotSeconds: 60, retentionSeconds: day),
        ],
        runs: hour * 1_000_000_000)

    /// The first instant that a retention reaches back to, on a full minute.
    static func oldest(_ retention: UInt64, before watermark: UInt64) -> UInt64 {
        guard watermark > retention else { return 0 }
        let minute: UInt64 = 60_000_000_000
        return (watermark - retention + minute - 1) / minute * minute
    }
}

extension [SlotPlan.Level] {
    /// The first instant that a level reaches back to: a beginning of slots of all levels, so that no slot of a coarser
    /// level lies on both sides of it.
    package func oldest(_ level: Int, before watermark: UInt64) -> UInt64 {
        let retention = self[level].retention
        guard watermark > retention else { return 0 }
        // Slots of every level divide those of the next.
        let coarsest = last?.slot ?? 1
        return (watermark - retention + coarsest - 1) / coarsest * coarsest
    }
}

/// Which part of a window is read at which level: the finest that reaches back that far.
struct LevelParts {
    /// The level's number and its part of the window, oldest last.
    let parts: [(level: Int, window: TimeWindow)]

    init(_ window: TimeWindow, levels: [SlotPlan.Level], watermark: UInt64) {
        var parts: [(level: Int, window: TimeWindow)] = []
        var end = UInt64.max
        for number in levels.indices {
            let oldest = levels.oldest(number, before: watermark)
            if oldest < end {
                let part = window.intersection(TimeWindow(from: oldest, to: end))
                if part.length > 0 { parts.append((number, part)) }
                end = oldest
            }
        }
        self.parts = parts
    }
}
