/// Judges one objective at one second.
struct ObjectiveAssessor {
    let objective: JourneyDefinition.Objective
    let tallies: PromiseTallies
    let second: UInt64
    /// The window of the objective, its full length, and how much of it there is data for.
    let window: TimeWindow
    let full: UInt64
    private let watched: UInt64

    private static let readWindows: [UInt64] = [
        5 * JudgedTime.minute, JudgedTime.hour, 6 * JudgedTime.hour, 3 * JudgedTime.day,
    ]
    private static let fast = readWindows[0]
    private static let slow = readWindows[1]

    init(
        _ objective: JourneyDefinition.Objective,
        _ tallies: PromiseTallies,
        _ kind: JourneyDefinition.Window,
        _ period: CalendarPeriod?,
        at second: UInt64
    ) {
        self.objective = objective
        self.tallies = tallies
        self.second = second
        let slice = tallies.slices?.length
        switch kind {
        case .rolling(let length):
            window = tallies.window(length, at: second)
            full = slice.map { max(length, $0) / $0 * $0 } ?? max(length, JudgedTime.second)
        case .calendar:
            let start = min(period?.start ?? 0, second)
            let end = slice.map { second / $0 * $0 } ?? second
            window = TimeWindow(from: start, to: max(start, end))
            full = max(period.map { $0.end - $0.start } ?? 0, JudgedTime.second)
        }
        let since = slice.map { tallies.since / $0 * $0 } ?? tallies.since
        watched = window.to - min(window.to, max(window.from, since))
    }

    /// The verdict, without which alerts fire.
    func verdict(_ context: JudgeContext, alerts: [JourneyDefinition.Alert], hasRuns: Bool) -> ObjectiveVerdict {
        var verdict = ObjectiveVerdict(objective: objective, window: window, fullLength: full)
        verdict.covered = hasRuns ? watched : 0
        let budget = objective.target.rest
        let tally = tallies.tally(window)
        fill(&verdict, tally, budget)
        var readings: [UInt64: (reading: BurnReading, tally: PromiseTally)] = [:]
        func reading(_ length: UInt64) -> BurnReading {
            if let known = readings[length] { return known.reading }
            let tally = tallies.tally(length, at: second)
            let reading = burnReading(length, tally, budget)
            readings[length] = (reading, tally)
            return reading
        }
        let named = Set(alerts.flatMap { [$0.long, $0.short] }).subtracting(Self.readWindows)
        verdict.burns = Self.readWindows.map(reading) + named.sorted().map(reading)
        verdict.alerts = alerts.filter { $0.factor.isReachable(for: objective.target) }.map {
            AlertVerdict(
                alert: $0, long: reading($0.long), short: reading($0.short), isFiring: false, firedAt: nil)
        }
        verdict.unreachable = alerts.filter { !$0.factor.isReachable(for: objective.target) }
        let hour = readings[Self.slow]?.tally ?? PromiseTally()
        verdict.isFew = !hour.isEnough
        setPace(&verdict, fast: reading(Self.fast).burn, slow: reading(Self.slow).burn)
        verdict.attainmentRange = range(tally, hour, context)
        return verdict
    }

    private func burnReading(_ length: UInt64, _ tally: PromiseTally, _ budget: ExactShare) -> BurnReading {
        let counts = tallies.slices == nil ? (tally.runs, tally.badRuns) : (tally.total, tally.bad)
        return BurnReading(window: length, total: counts.0, bad: counts.1, burn: tally.burn(budget))
    }

    private func fill(_ verdict: inout ObjectiveVerdict, _ tally: PromiseTally, _ budget: ExactShare) {
        let isSliced = tallies.slices != nil
        verdict.total = isSliced ? tally.total : tally.runs
        verdict.good = isSliced ? tally.total - min(tally.total, tally.bad) : tally.runs - tally.badRuns
        guard tally.total > 0 else { return }
        let scale = BudgetScale(covered: watched, full: full)
        let total = isSliced ? Double(tally.total) : RunWeight.runs(tally.total)
        verdict.estimatedBad = isSliced ? Double(tally.bad) : RunWeight.runs(tally.bad)
        verdict.attainment = Double(tally.total - tally.bad) / Double(tally.total)
        verdict.allowedBad = scale.allowed(of: total, budget: budget)
        // One more bad run stands for as many as the others do.
        verdict.nextBadCost = 1 / scale.allowed(of: Double(verdict.total), budget: budget)
        let isUsedUp = scale.isUsedUp(tally, budget: budget)
        let left = 1 - verdict.estimatedBad / verdict.allowedBad
        // Rounding never says more or less than the exact comparison.
        verdict.budgetLeft = isUsedUp ? min(left, 0) : max(left, .ulpOfOne)
        verdict.isOut = isUsedUp && tally.isEnough
    }

    private func setPace(_ verdict: inout ObjectiveVerdict, fast: Double?, slow: Double?) {
        verdict.burn = [fast, slow].compactMap { $0 }.max()
        if let fast, let slow {
            if fast > slow * 1.25, fast - slow >= 0.25 { verdict.trend = .rising }
            if slow > fast * 1.25, slow - fast >= 0.25 { verdict.trend = .easing }
        }
        guard let burn = verdict.burn, burn > 1, let left = verdict.budgetLeft, left > 0 else { return }
        verdict.emptyIn = UInt64(min(left * Double(full) / burn, 9e18))
    }

    /// Between what the attainment lies: what is late or was dropped may be all good or all bad, and of what was sampled
    /// away only as much is known as the rest tells.
    private func range(_ tally: PromiseTally, _ hour: PromiseTally, _ context: JudgeContext) -> ClosedRange<Double>? {
        guard tally.total > 0 else { return nil }
        let isSliced = tallies.slices != nil
        let total = isSliced ? Double(tally.total) : RunWeight.runs(tally.total)
        let bad = isSliced ? Double(tally.bad) : RunWeight.runs(tally.bad)
        let good = total - bad
        var lower = good / total
        var upper = lower
        // Spans come late by minutes, so what is missing now is a share of the last hour.
        let isLate = context.lateShare > JudgeLimit.lateShare
        if isLate || context.dropped > 0 {
            if isSliced {
                let open = min(Double(hour.total), total)
                lower = max(0, good - open) / total
                upper = (good + min(open, bad)) / total
            } else {
                let late = isLate ? RunWeight.runs(hour.total) * min(context.lateShare, 1) : 0
                let missing = late + Double(context.dropped)
                lower = good / (total + missing)
                upper = (good + missing) / (total + missing)
            }
        }
        let isSampled = !isSliced && tally.total != tally.runs.multipliedReportingOverflow(by: RunWeight.one.units).0
        if isSampled {
            let runs = Double(tally.runs)
            let interval = ExactInterval.of(good / total * runs, in: runs)
            lower = min(lower, interval.lowerBound)
            upper = max(upper, interval.upperBound)
        }
        return isLate || context.dropped > 0 || isSampled ? lower...upper : nil
    }
}
