extension Judge {
    /// How far back the beginning of an alert is looked for while runs come: an hour, or to the second judged last.
    private static let lookBack = JudgedTime.hour
    /// Up to how many missed nanoseconds each window is read by itself: half a minute.
    private static let shortGap = JudgedTime.minute / 2
    /// How far back seconds are judged at most that were missed: eight hours.
    private static let catchUp = 8 * JudgedTime.hour

    /// The key of a burn alert.
    func key(
        _ view: JourneyView,
        _ objective: JourneyDefinition.Objective,
        _ alert: JourneyDefinition.Alert
    ) -> ActiveAlert.Key {
        ActiveAlert.Key(
            journey: view.id.name, environment: view.environment, kind: .burn, objective: objective.name,
            rule: JudgeWords.rule(alert))
    }

    /// Follows the burn alerts of a journey.
    mutating func followBurns(
        _ view: JourneyView,
        _ definition: JourneyDefinition,
        _ sources: [PromiseTallies],
        _ verdict: inout JourneyVerdict,
        _ record: inout Record,
        _ context: JudgeContext,
        at second: UInt64
    ) {
        for number in verdict.objectives.indices {
            let objective = definition.objectives[number]
            let budget = objective.target.rest
            for place in verdict.objectives[number].alerts.indices {
                let read = verdict.objectives[number].alerts[place]
                let alert = read.alert
                let follow = AlertFollow(
                    key: key(view, objective, alert), severity: alert.severity,
                    summary: JudgeWords.burning(objective.name, alert, long: read.long.burn, short: read.short.burn),
                    source: sources[number], lengths: [alert.long, alert.short], reach: max(alert.long, alert.short),
                    first: view.seen?.lowerBound)
                let since = self.follow(follow, &record, context, at: second) { tally, moment, before in
                    AlertRule.fires(
                        alert, budget, long: tally(sources[number].window(alert.long, at: moment)),
                        short: tally(sources[number].window(alert.short, at: moment)), before: before)
                }
                verdict.objectives[number].alerts[place].isFiring = since != nil
                verdict.objectives[number].alerts[place].firedAt = since
            }
        }
    }

    /// Follows `max-bad`: for every promise, or for failed runs where there is none.
    mutating func followMaxBad(
        _ view: JourneyView,
        _ definition: JourneyDefinition,
        _ sources: [PromiseTallies],
        _ record: inout Record,
        _ context: JudgeContext,
        at second: UInt64
    ) {
        guard let limit = definition.maxBad else { return }
        var promises = zip(definition.objectives, sources).map { ($0.name as String?, $1.countingRuns) }
        if promises.isEmpty { promises = [(nil, PromiseTallies(failedRunsOf: view))] }
        for (name, source) in promises {
            let key = ActiveAlert.Key(
                journey: view.id.name, environment: view.environment, kind: .tooManyBad, objective: name,
                rule: "max-bad \(limit)")
            let period = period(definition.window, at: second)
            func periodAt(_ moment: UInt64) -> CalendarPeriod? {
                guard case .calendar(let unit, let timeZone) = definition.window else { return nil }
                if let period, moment >= period.start { return period }
                return CalendarPeriod(unit: unit, timeZone: timeZone, containing: moment)
            }
            func window(_ moment: UInt64) -> TimeWindow {
                if case .rolling(let length) = definition.window { return JudgedTime.window(length, at: moment) }
                return TimeWindow(from: min(periodAt(moment)?.start ?? 0, moment), to: moment)
            }
            var lengths: [UInt64] = []
            if case .rolling(let length) = definition.window { lengths = [length] }
            let now = window(second)
            let bad = source.tally(now).badRuns
            let follow = AlertFollow(
                key: key, severity: .page,
                summary: JudgeWords.tooMany(name, bad: bad, limit: limit, window: definition.window.text),
                source: source, lengths: lengths, reach: now.length + JudgedTime.hour, first: view.seen?.lowerBound,
                period: periodAt)
            _ = self.follow(follow, &record, context, at: second) { tally, moment, _ in
                tally(window(moment)).badRuns > limit
            }
        }
        // Another limit is another rule.
        for key in record.firing.keys where key.kind == .tooManyBad && key.rule != "max-bad \(limit)" {
            resolve(key, &record, at: second, because: "the rule is gone")
        }
    }

    /// What is followed: one alert.
    private struct AlertFollow {
        let key: ActiveAlert.Key
        let severity: JourneyDefinition.Alert.Severity
        let summary: String
        let source: PromiseTallies
        /// The lengths of its windows; none for a calendar's.
        let lengths: [UInt64]
        /// How far back its windows reach.
        let reach: UInt64
        /// The first run.
        let first: UInt64?
        /// The week, month or quarter that is its window.
        var period: (UInt64) -> CalendarPeriod? = { _ in nil }
    }

    /// Follows one alert up to a second, telling when it began and ceased.
    ///
    /// - Parameter fires: Whether it fires at a second, given what reads windows and whether it fired before.
    /// - Returns: Since when it fires; nil while it does not.
    private mutating func follow(
        _ alert: AlertFollow,
        _ record: inout Record,
        _ context: JudgeContext,
        at second: UInt64,
        fires: ((TimeWindow) -> PromiseTally, UInt64, Bool) -> Bool
    ) -> UInt64? {
        let key = alert.key
        let before = record.firing[key]
        let isFiring = fires(alert.source.tally, second, before != nil)
        let missed = record.judgedTo.map { second > $0 ? second - $0 : 0 } ?? 0
        if missed <= JudgedTime.second, before != nil || record.judgedTo != nil {
            if let before, isFiring {
                // A clock that was set back shows a time before the alert.
                let since = min(before.since, second)
                record.firing[key] = Firing(since: since, severity: alert.severity, summary: alert.summary)
                return since
            }
            if before != nil {
                resolve(key, &record, at: second, because: alert.summary)
                return nil
            }
            if !isFiring { return nil }
        }
        // What was over before the first judging is history.
        if context.base == .stream, record.judgedTo == nil, before == nil, !isFiring { return nil }
        if let judgedTo = record.judgedTo, missed <= Judge.shortGap, before != nil || !isFiring {
            let episodes = AlertEpisode.all(
                after: judgedTo, through: second, firingSince: before?.since, next: { alert.source.next(after: $0) }
            ) { moment, before in fires(alert.source.tally, moment, before) }
            return tell(episodes, of: alert, &record, context)
        }
        let from = start(alert, record, context, before: before, at: second)
        let reach = alert.reach + 16 * JudgedTime.minute
        let track = TallyTrack(alert.source, in: TimeWindow(from: from - min(from, reach), to: second))
        let episodes = AlertEpisode.all(
            after: from, through: second, firingSince: before?.since,
            next: { track.next(after: $0, lengths: alert.lengths, period: alert.period($0)) }
        ) { moment, before in fires(track.tally, moment, before) }
        return tell(episodes, of: alert, &record, context)
    }

    /// The second after which an alert is looked for.
    private func start(
        _ alert: AlertFollow,
        _ record: Record,
        _ context: JudgeContext,
        before: Firing?,
        at second: UInt64
    ) -> UInt64 {
        let kept = max(alert.first ?? second, alert.source.counts.oldest(before: alert.source.watermark))
        let earliest = min(kept / JudgedTime.second * JudgedTime.second, second)
        guard context.base == .stream else { return earliest }
        let limit = max(earliest, second - min(second, Judge.catchUp))
        guard let judgedTo = record.judgedTo else { return limit }
        if before != nil { return max(limit, min(judgedTo, second)) }
        // Late runs may have made it begin before the second judged last, but not before it ceased.
        let back = min(judgedTo, second - min(second, Judge.lookBack))
        return min(max(limit, back, record.resolved[alert.key] ?? 0), second)
    }

    /// Tells what was found of an alert, and remembers whether it fires.
    private mutating func tell(
        _ episodes: [AlertEpisode],
        of alert: AlertFollow,
        _ record: inout Record,
        _ context: JudgeContext
    ) -> UInt64? {
        for episode in episodes {
            let isKnown = record.firing[alert.key]?.since == episode.start
            if let end = episode.end {
                // What was over before the second judged last is history, or was never seen.
                let isPast = context.base == .stream && end <= record.judgedTo ?? .max
                if isPast, !isKnown { continue }
            }
            if !isKnown { fire(alert, &record, at: episode.start) }
            if let end = episode.end { resolve(alert.key, &record, at: end, because: nil) }
        }
        record.firing[alert.key]?.summary = alert.summary
        return record.firing[alert.key]?.since
    }

    private mutating func fire(_ alert: AlertFollow, _ record: inout Record, at second: UInt64) {
        record.firing[alert.key] = Firing(since: second, severity: alert.severity, summary: alert.summary)
        var event = event(.fired, alert.key, at: second)
        event.severity = alert.severity.rawValue
        event.text = "\(alert.key.objective.map { $0 + ": " } ?? "")\(alert.key.rule ?? "") reached"
        tell(event)
    }

    /// Ends an alert.
    mutating func resolve(
        _ key: ActiveAlert.Key,
        _ record: inout Record,
        at second: UInt64,
        because reason: String?
    ) {
        guard let firing = record.firing.removeValue(forKey: key) else { return }
        let end = max(second, firing.since)
        record.resolved[key] = end
        let kind: TimelineEvent.Kind
        switch key.kind {
        case .burn, .tooManyBad: kind = .resolved
        case .silence: kind = .heard
        case .stale, .shift: return
        }
        var event = event(kind, key, at: end)
        event.severity = firing.severity?.rawValue
        event.text = reason
        event.until = nil
        tell(event)
    }

    /// An event about an alert.
    func event(_ kind: TimelineEvent.Kind, _ key: ActiveAlert.Key, at time: UInt64) -> TimelineEvent {
        var event = TimelineEvent(time: time, kind: kind, journey: key.journey, environment: key.environment)
        event.objective = key.objective
        event.subject = key.rule
        return event
    }
}
