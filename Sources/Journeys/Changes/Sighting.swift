/// What was seen of something since it was last looked at.
struct Tally: Sendable {
    private(set) var count: UInt64 = 0
    /// In how many different seconds, about.
    private(set) var episodes: UInt64 = 0
    /// The first event time since then.
    private(set) var first: UInt64 = 0
    /// The last event time since then.
    private(set) var last: UInt64 = 0
    /// How many spans of the service there were up to the first, itself included.
    private(set) var firstClock: UInt64 = 0
    /// The same for the last.
    private(set) var lastClock: UInt64 = 0
    private var nextEpisode: UInt64 = 0

    @inline(__always) mutating func see(_ time: UInt64, clock: UInt64) {
        if count == 0 {
            first = time
            last = time
            firstClock = clock
        } else {
            if time < first { first = time }
            if time > last { last = time }
        }
        if time >= nextEpisode {
            episodes &+= 1
            nextEpisode = time &+ ChangeRules.second
        }
        count &+= 1
        lastClock = clock
    }

    /// Begins anew, but for the second that is under way.
    mutating func clear() {
        count = 0
        episodes = 0
    }
}

/// How something came, over all its life.
struct Sighting: Sendable {
    private(set) var episodes: UInt64 = 0
    private(set) var count: UInt64 = 0
    private(set) var first: UInt64 = 0
    private(set) var last: UInt64 = 0
    /// How many spans of the service came before the first.
    private(set) var clockBefore: UInt64 = 0
    /// How many spans of the service there were at the last.
    private(set) var lastClock: UInt64 = 0
    private(set) var longestGap: UInt64 = 0

    var isEmpty: Bool { count == 0 }

    init() {}

    /// Begins again after an absence, which counts as a gap.
    init(after absence: UInt64, longestGap: UInt64) { self.longestGap = max(absence, longestGap) }

    mutating func add(_ tally: Tally) {
        guard tally.count > 0 else { return }
        if count == 0 {
            first = tally.first
            last = tally.last
            clockBefore = tally.firstClock &- min(1, tally.firstClock)
        } else {
            if tally.first > last { longestGap = max(longestGap, tally.first - last) }
            first = min(first, tally.first)
            last = max(last, tally.last)
        }
        count &+= tally.count
        episodes &+= tally.episodes
        lastClock = max(lastClock, tally.lastClock)
    }

    /// The mean time between two episodes, in nanoseconds; nil before there are two.
    var meanGap: Double? { episodes > 1 && last > first ? Double(last - first) / Double(episodes - 1) : nil }

    /// Whether it would have come this often before it was first seen, had it been coming then as it does since.
    ///
    /// - Parameters:
    ///   - origin: When the first span of the owner came.
    ///   - clock: How many spans of the owner there are.
    ///   - watermark: The owner's latest time.
    func isUnlikelyBefore(_ expected: Double, origin: UInt64, clock: UInt64, watermark: UInt64) -> Bool {
        guard episodes > 1, first > origin, clock > clockBefore else { return false }
        let further = Double(episodes - 1)
        let since = Double(max(ChangeRules.second, watermark > first ? watermark - first : 0))
        let byTime = further * Double(first - origin) / since
        let bySpans = further * Double(clockBefore) / Double(clock - clockBefore)
        return byTime >= expected && bySpans >= expected
    }

    /// Whether it stopped coming while its owner went on.
    func isAbsent(_ rules: ChangeRules, clock: UInt64, watermark: UInt64, leastEpisodes: UInt64) -> Bool {
        guard episodes >= leastEpisodes, let meanGap, watermark > last, clock > lastClock else { return false }
        let absence = watermark - last
        guard absence >= rules.leastAbsence, Double(absence) >= rules.absentGaps * meanGap,
            Double(absence) >= rules.absentLongestGaps * Double(longestGap)
        else { return false }
        let share = Double(episodes) / Double(max(1, lastClock - min(lastClock, clockBefore)))
        return share * Double(clock - lastClock) >= rules.expectedMeanwhile
    }

    /// Whether it is still coming.
    func isLive(_ rules: ChangeRules, watermark: UInt64) -> Bool {
        guard watermark > last else { return true }
        return Double(watermark - last)
            <= max(Double(rules.liveAtLeast), rules.liveGaps * (meanGap ?? rules.unknownGap))
    }
}

/// Something that is watched: what was seen of it, and what has been decided about it.
struct Watch: Sendable {
    enum State: Sendable {
        /// Seen, and not yet known whether it is new.
        case open
        /// There, from the beginning or announced.
        case known
        /// Stopped coming.
        case gone
        /// Comes and goes.
        case unsteady
    }

    private(set) var sighting = Sighting()
    private(set) var state = State.open
    /// Whether it had been gone.
    private(set) var isReturn = false
    private var decidedAt: UInt64 = 0
    private var returns = 0

    /// Takes what was seen; late spans of something that is gone do not bring it back.
    mutating func take(_ tally: Tally) {
        guard tally.count > 0 else { return }
        if state == .gone {
            guard tally.last > decidedAt else { return }
            let absence = tally.first > sighting.last ? tally.first - sighting.last : 0
            sighting = Sighting(after: absence, longestGap: sighting.longestGap)
            state = .open
            isReturn = true
        }
        sighting.add(tally)
    }

    /// Decides about something open; true once, when it is certain that it is new.
    mutating func isCertain(
        _ rules: ChangeRules, origin: UInt64, clock: UInt64, watermark: UInt64, episodes: UInt64, expected: Double
    ) -> Bool {
        guard state == .open, !sighting.isEmpty else { return false }
        if !isReturn {
            let learned = sighting.first < origin &+ rules.learning || sighting.clockBefore < rules.leastSpansBefore
            let hasWaited = watermark > sighting.first && watermark - sighting.first > rules.patience
            if learned || hasWaited {
                state = .known
                return false
            }
        }
        guard sighting.episodes >= episodes else { return false }
        guard
            isReturn
                || sighting.isUnlikelyBefore(expected, origin: origin, clock: clock, watermark: watermark)
        else { return false }
        state = .known
        return true
    }

    /// Decides about something known; true once, when it is certain that it stopped coming.
    mutating func isLost(_ rules: ChangeRules, clock: UInt64, watermark: UInt64, episodes: UInt64, life: UInt64) -> Bool
    {
        guard state == .known, sighting.last >= sighting.first, sighting.last - sighting.first >= life,
            sighting.isAbsent(rules, clock: clock, watermark: watermark, leastEpisodes: episodes)
        else { return false }
        decidedAt = watermark
        returns += 1
        state = returns > rules.mostReturns ? .unsteady : .gone
        return state == .gone
    }
}
