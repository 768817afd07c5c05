/// What a journey does now and then by itself: brief episodes of the past week.
///
/// A burst that comes and goes within minutes cannot be told from the beginning of an incident while it lasts, unless it
/// has happened before. So a change is certain only when it is more than any brief episode of the last week was: in its
/// mass, the excess share times its length.
struct OnsetHabit {
    let history: OnsetHistory

    private static let minute: UInt64 = 60_000_000_000
    private static let week = 7 * 24 * 60 * minute
    /// Episodes longer than this are incidents of their own, not a habit.
    private static let longest = 6
    /// How sure it must be that an episode was no chance, in nats.
    private static let evidence = 10.0
    /// Which part of an episode's mass is as much as the episode.
    private static let alike = 0.8

    /// Whether a change since an instant is no more than what has come and gone by itself before.
    func covers(_ watch: OnsetWatch, since onset: UInt64, now: UInt64) -> Bool {
        let excess = watch.after.share - watch.before.smoothed
        guard excess > 0, onset > 10 * OnsetHabit.minute, now > onset else { return false }
        let mass = excess * Double(now - onset) / 1e9
        let end = onset - 10 * OnsetHabit.minute
        let first = (end > OnsetHabit.week ? end - OnsetHabit.week : 0) / OnsetHabit.minute
        let minutes = read(watch.measure, from: first, to: end)
        let level = watch.before.smoothed
        var episode = Episode()
        for share in minutes {
            if share.runs > 0, share.share >= level + 0.2 * excess {
                episode.add(share, level: level)
            } else if episode.gap(share) {
                if episode.isHabit, episode.mass >= OnsetHabit.alike * mass { return true }
                episode = Episode()
            }
        }
        return episode.isHabit && episode.mass >= OnsetHabit.alike * mass
    }

    /// Minutes in a row in which the level was exceeded, with at most one between them in which it was not.
    private struct Episode {
        private var length = 0
        private var gaps = 0
        private var evidence = 0.0
        private(set) var mass = 0.0

        var isHabit: Bool { length > 0 && length <= OnsetHabit.longest && evidence >= OnsetHabit.evidence }

        mutating func add(_ share: OnsetShare, level: Double) {
            length += 1 + gaps
            gaps = 0
            mass += (share.share - level) * 60
            evidence += share.evidence(over: level)
        }

        /// Notes a minute that is as usual; gives whether the episode is over.
        mutating func gap(_ share: OnsetShare) -> Bool {
            gaps += 1
            return length == 0 || gaps > 1
        }
    }

    /// A measure minute by minute.
    private func read(_ measure: OnsetMeasure, from first: UInt64, to end: UInt64) -> [OnsetShare] {
        let window = TimeWindow(from: first * OnsetHabit.minute, to: end)
        let count = Int((window.to - window.from) / OnsetHabit.minute) + 1
        var minutes = [OnsetShare](repeating: OnsetShare(), count: count)
        func place(_ time: UInt64) -> Int { min(count - 1, Int((time - window.from) / OnsetHabit.minute)) }
        switch measure {
        case .failed:
            history.counts.forEachSlot(atLeast: OnsetHabit.minute, in: window, watermark: history.watermark) {
                time, numbers in
                let base = numbers.startIndex
                minutes[place(time)].runs += Double(numbers[base + CountColumn.total])
                minutes[place(time)].hits += Double(numbers[base + CountColumn.failed])
            }
        case .over(let key):
            history.latency.forEachSlot(atLeast: OnsetHabit.minute, in: window, watermark: history.watermark) {
                time, entries in
                var share = OnsetShare()
                for entry in entries where entry.key > Int32(JourneyLedger.noDuration) {
                    share.runs += Double(entry.count)
                    if entry.key >= key { share.hits += Double(entry.count) }
                }
                minutes[place(time)] = minutes[place(time)] + share
            }
        }
        return minutes
    }
}
