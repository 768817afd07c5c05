/// What is remembered of one journey's onsets.
struct OnsetMemory: Sendable {
    /// A change that stands.
    private struct Standing {
        var onset: Onset
        var watches: [OnsetWatch]
        var active: [Bool]
    }

    /// When it was last asked about.
    private(set) var asked: UInt64 = 0
    private var answer: Onset?
    /// What stands, oldest first: it can get worse again.
    private var standing: [Standing] = []
    /// Times of trouble that are over; they are no level to compare with.
    private var episodes: [TimeWindow] = []
    private var glance: OnsetGlance?
    private let limits = OnsetLimits()

    private static let second: UInt64 = 1_000_000_000
    /// How old an answer may be to be given again.
    private static let freshness = 5 * second
    /// How far back the first question looks, and in which steps.
    private static let past = 3 * 3_600 * second
    private static let step = 30 * second
    /// How long a change stands before a further one is looked for.
    private static let patience = 3_600 * second
    /// How long a change stands at most: then it is what is usual.
    private static let longest = 86_400 * second
    /// How many changes stand at most, and how many that are over are remembered.
    private static let most = 4
    /// Trouble shorter than this is part of what the level before is like.
    private static let brief = 180 * second
    /// How long the level must be back.
    private static let recovery = 12

    /// The onset that stands at a moment.
    mutating func onset(_ history: OnsetHistory, now: UInt64) -> Onset? {
        if asked > 0, now >= asked, now - asked < OnsetMemory.freshness { return answer }
        if asked == 0 { catchUp(history, now: now) }
        asked = now
        answer = look(history, now: now)
        return answer
    }

    /// Goes through the time before the first question.
    private mutating func catchUp(_ history: OnsetHistory, now: UInt64) {
        guard var time = history.first(after: now > OnsetMemory.past ? now - OnsetMemory.past : 0) else { return }
        time = time / OnsetTable.slot * OnsetTable.slot
        while time < now {
            _ = look(history, now: time)
            let (next, isPastTheEnd) = time.addingReportingOverflow(OnsetMemory.step)
            guard !isPastTheEnd else { return }
            time = next
        }
    }

    private mutating func look(_ history: OnsetHistory, now: UInt64) -> Onset? {
        standing.removeAll { $0.onset.time > now || now - $0.onset.time > OnsetMemory.longest }
        endStanding(history, now: now)
        let newest = standing.last?.onset.time
        let isSettled = newest.map { now - $0 >= OnsetMemory.patience } ?? true
        if isSettled, let found = find(history, now: now, since: newest) {
            standing.append(found)
            if standing.count > OnsetMemory.most { standing.removeFirst() }
        } else if !standing.isEmpty {
            refresh(history, now: now)
        }
        return standing.last?.onset
    }

    /// Looks for a change that does not stand yet.
    private mutating func find(_ history: OnsetHistory, now: UInt64, since: UInt64?) -> Standing? {
        let isBrief = glance.map { !$0.isOld(now) } ?? false
        if isBrief, let glance, !glance.isSuspicious(history, now: now) { return nil }
        var leaves = episodes.filter { $0.length >= OnsetMemory.brief }
        if let since { leaves.append(TimeWindow(from: 0, to: since)) }
        var table = OnsetTable(history, now: now, slots: OnsetLimits.slots, without: leaves)
        if table.failed.count(where: { $0.runs > 0 }) < OnsetLimits.slots / 3 {
            table = OnsetTable(history, now: now, slots: OnsetLimits.allSlots, without: leaves)
        }
        let scan = OnsetScan(history: history, table: table, limits: limits)
        guard let found = scan.run(upTo: isBrief ? OnsetGlance.slots : table.count) else {
            if !isBrief { glance = OnsetGlance(table, history, limits, now: now) }
            return nil
        }
        let habit = OnsetHabit(history: history)
        let shown = zip(found.watches, found.active).filter { $0.1 }.map { $0.0 }
        if shown.allSatisfy({ habit.covers($0, since: table.time(found.slot), now: now) }) { return nil }
        glance = nil
        return Standing(onset: onset(found, table, history), watches: found.watches, active: found.active)
    }

    private func onset(_ found: OnsetScan.Finding, _ table: OnsetTable, _ history: OnsetHistory) -> Onset {
        let slot = found.slot
        let gap = table.failed[..<slot].reversed().prefix { $0.runs == 0 }.count
        let off = max(slot - found.range.lowerBound, found.range.upperBound - slot, gap, 1)
        let before = table.histogram(0..<slot)
        let after = table.histogram(slot..<table.count)
        return Onset(
            time: table.time(slot), uncertainty: UInt64(off) * OnsetTable.slot, signals: found.signals,
            p95Before: OnsetMemory.p95(before, history), p95After: OnsetMemory.p95(after, history),
            errorsBefore: OnsetMemory.share(table.failures(0..<slot)),
            errorsAfter: OnsetMemory.share(table.failures(slot..<table.count)))
    }

    private static func p95(_ histogram: OnsetHistogram, _ history: OnsetHistory) -> UInt64? {
        guard histogram.total >= 20 else { return nil }
        return histogram.key(at: 0.95).map { history.scale.representative(Int($0)) }
    }

    private static func share(_ failed: OnsetShare) -> Double? { failed.runs >= 1 ? failed.share : nil }

    /// Reads the levels since the newest change again, and what else has changed with it.
    private mutating func refresh(_ history: OnsetHistory, now: UInt64) {
        guard var newest = standing.popLast() else { return }
        let age = Int((now - newest.onset.time) / OnsetTable.slot) + 1
        let slots = min(age, OnsetLimits.slots)
        let table = OnsetTable(history, now: now, slots: slots, without: [])
        let after = table.histogram(0..<table.count)
        let failed = table.failures(0..<table.count)
        if failed.runs >= 1 {
            newest.onset.p95After = OnsetMemory.p95(after, history) ?? newest.onset.p95After
            newest.onset.errorsAfter = failed.share
        }
        for number in newest.watches.indices {
            var watch = newest.watches[number]
            if case .over(let key) = watch.measure { watch.after = after.over(key) } else { watch.after = failed }
            newest.watches[number] = watch
            let evidence = watch.after.evidence(over: watch.limit)
            if evidence >= limits.changeEvidence, watch.isLarge(limits) { newest.active[number] = true }
        }
        let signals = Set(zip(newest.watches, newest.active).filter(\.1).map(\.0.measure.signal))
        newest.onset.signals = [.latency, .errors].filter(signals.contains)
        standing.append(newest)
    }

    /// Lets go of the changes whose level is back.
    private mutating func endStanding(_ history: OnsetHistory, now: UInt64) {
        guard !standing.isEmpty else { return }
        let table = OnsetTable(history, now: now, slots: OnsetLimits.ages.last ?? 180, without: [])
        while let newest = standing.last, isBack(newest, table, now: now) {
            standing.removeLast()
            let end = now - min(now, UInt64(OnsetMemory.recovery) * OnsetTable.slot)
            episodes.append(TimeWindow(from: newest.onset.time, to: end))
            if episodes.count > OnsetMemory.most { episodes.removeFirst() }
        }
    }

    private func isBack(_ change: Standing, _ table: OnsetTable, now: UInt64) -> Bool {
        let isOld = now - change.onset.time >= OnsetMemory.patience
        var seen = false
        for (watch, isActive) in zip(change.watches, change.active) where isActive {
            guard let recent = recent(table.series(watch.measure), since: change.onset.time, table) else {
                return false
            }
            seen = true
            if recent.share > (isOld ? max(watch.back, 0.9 * watch.limit) : watch.back) { return false }
        }
        return seen
    }

    /// The latest two minutes, or as many more as 20 runs need; nil when there are not that many since the change.
    private func recent(_ series: [OnsetShare], since: UInt64, _ table: OnsetTable) -> OnsetShare? {
        var sum = OnsetShare()
        for number in series.indices.reversed() {
            if table.time(number) < since { return nil }
            sum = sum + series[number]
            if series.count - number > OnsetMemory.recovery, sum.runs >= limits.runsAfter { return sum }
        }
        return nil
    }
}
