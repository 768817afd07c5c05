extension Judge {
    /// Takes over a new definition: alerts of rules that are gone are over.
    mutating func adopt(_ view: JourneyView, _ record: inout Record, _ subject: Subject, at second: UInt64) {
        guard let definition = view.definition, record.definition != definition else { return }
        record.definition = definition
        record.slices = [:]
        var rules: Set<ActiveAlert.Key> = []
        for objective in definition.objectives {
            for alert in definition.alerts(for: objective) { rules.insert(key(view, objective, alert)) }
        }
        for key in record.firing.keys {
            let isGone =
                key.kind == .burn && !rules.contains(key) || key.kind == .tooManyBad && definition.maxBad == nil
            guard isGone else { continue }
            resolve(key, &record, at: second, because: "the rule is gone")
        }
    }

    /// Judges a journey whose source is not late.
    mutating func fresh(
        _ view: JourneyView,
        _ record: inout Record,
        _ context: JudgeContext,
        at second: UInt64,
        watchedSince: UInt64,
        _ onsets: (JourneyView, UInt64) -> Onset?
    ) -> JourneyVerdict {
        guard let definition = view.definition else { return JourneyVerdict(id: view.id, state: .ok) }
        var verdict = JourneyVerdict(id: view.id, state: .ok)
        let sources = tallies(view, &record)
        for (number, objective) in definition.objectives.enumerated() {
            verdict.objectives.append(
                assess(objective, sources[number], definition, at: second).verdict(
                    context, alerts: definition.alerts ?? JourneyDefinition.defaultAlerts,
                    hasRuns: view.seen != nil))
        }
        followBurns(view, definition, sources, &verdict, &record, context, at: second)
        followMaxBad(view, definition, sources, &record, context, at: second)
        followSilence(view, &verdict, &record, context, at: second, watchedSince: watchedSince)
        verdict.onset = onsets(view, second)
        followOnset(view, verdict.onset, &record, at: second)
        verdict.alerts = alerts(record)
        verdict.worst = worst(verdict)
        verdict.state = state(verdict, view, at: second)
        return verdict
    }

    /// A journey whose source is late stands as it was judged last.
    mutating func stale(
        _ view: JourneyView,
        _ record: inout Record,
        _ context: JudgeContext,
        at second: UInt64,
        since: UInt64
    ) -> JourneyVerdict {
        var verdict: JourneyVerdict
        if let last = record.verdict {
            verdict = last
        } else {
            // Nothing was judged before: the numbers are those from when the source was not late yet.
            verdict = JourneyVerdict(id: view.id, state: .few)
            if let definition = view.definition {
                let sources = tallies(view, &record)
                let then = min(JudgedTime.second(of: since), second)
                for (number, objective) in definition.objectives.enumerated() {
                    verdict.objectives.append(
                        assess(objective, sources[number], definition, at: then).verdict(
                            context, alerts: definition.alerts ?? JourneyDefinition.defaultAlerts,
                            hasRuns: view.seen != nil))
                }
                verdict.alerts = alerts(record)
                verdict.worst = worst(verdict)
                verdict.state = state(verdict, view, at: then)
                record.verdict = verdict
            }
        }
        verdict.beneath = verdict.state
        verdict.state = .stale
        verdict.staleSince = since
        let late = second - min(second, since)
        if late >= JudgeLimit.staleness {
            let key = ActiveAlert.Key(journey: view.id.name, environment: view.environment, kind: .stale)
            verdict.alerts.append(
                ActiveAlert(key: key, severity: .warn, since: since, summary: JudgeWords.stale(late)))
        }
        return verdict
    }

    /// What reads the windows of each objective.
    private func tallies(_ view: JourneyView, _ record: inout Record) -> [PromiseTallies] {
        let objectives = view.definition?.objectives ?? []
        let oldest = view.ledger.counts.oldest(before: view.bounds.watermark)
        let first = max(view.seen?.lowerBound ?? 0, oldest) / JudgedTime.second * JudgedTime.second
        return objectives.enumerated().map { number, objective in
            guard let length = objective.slices, let target = objective.sliceTarget else {
                return PromiseTallies(view, objective: number, slices: nil, since: first)
            }
            let column = CountColumn.objective(number, CountColumn.objectiveTotalWeight)
            var slices =
                record.slices[number] ?? BadSlices(length: length, target: target, columns: column..<column + 2)
            slices.update(view.ledger.counts, watermark: view.bounds.watermark)
            record.slices[number] = slices
            return PromiseTallies(view, objective: number, slices: slices, since: first)
        }
    }

    private mutating func assess(
        _ objective: JourneyDefinition.Objective,
        _ tallies: PromiseTallies,
        _ definition: JourneyDefinition,
        at second: UInt64
    ) -> ObjectiveAssessor {
        ObjectiveAssessor(
            objective, tallies, definition.window, period(definition.window, at: second), at: second)
    }

    /// The period of a calendar window; nil for a rolling one.
    mutating func period(_ window: JourneyDefinition.Window, at second: UInt64) -> CalendarPeriod? {
        guard case .calendar(let unit, let timeZone) = window else { return nil }
        return periods.period(unit: unit, timeZone: timeZone, containing: second)
    }

    /// What fires, the most severe first, then the oldest.
    private func alerts(_ record: Record) -> [ActiveAlert] {
        record.firing.map { key, firing in
            ActiveAlert(key: key, severity: firing.severity, since: firing.since, summary: firing.summary)
        }.sorted { one, other in
            let ranks = (Judge.rank(one.severity), Judge.rank(other.severity))
            if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
            if one.since != other.since { return one.since < other.since }
            if one.key.kind != other.key.kind { return one.key.kind.rawValue < other.key.kind.rawValue }
            if one.key.objective != other.key.objective {
                return one.key.objective ?? "" < other.key.objective ?? ""
            }
            return one.key.rule ?? "" < other.key.rule ?? ""
        }
    }

    private static func rank(_ severity: JourneyDefinition.Alert.Severity?) -> Int {
        switch severity {
        case .page: 0
        case .warn: 1
        case nil: 2
        }
    }

    /// The promise with the most severe alert, then with the least budget left.
    private func worst(_ verdict: JourneyVerdict) -> Int? {
        func rank(_ number: Int) -> (Int, Double) {
            let name = verdict.objectives[number].objective.name
            let burning = verdict.alerts.filter { $0.key.objective == name }.map { Judge.rank($0.severity) }.min()
            return (burning ?? 3, verdict.objectives[number].budgetLeft ?? .infinity)
        }
        return verdict.objectives.indices.min { rank($0) < rank($1) }
    }

    private func state(_ verdict: JourneyVerdict, _ view: JourneyView, at second: UInt64) -> JourneyState {
        let kinds = Set(verdict.alerts.map(\.key.kind))
        if verdict.alerts.contains(where: { $0.severity == .page }) { return .page }
        if verdict.objectives.contains(where: \.isOut) { return .out }
        if kinds.contains(.burn) { return .warn }
        if kinds.contains(.shift) { return .shift }
        if kinds.contains(.silence) { return .noData }
        let isFew =
            verdict.objectives.isEmpty
            ? runs(view, JudgedTime.hour, at: second) < JudgeLimit.runs : verdict.objectives.allSatisfy(\.isFew)
        return isFew ? .few : .ok
    }

    private func runs(_ view: JourneyView, _ length: UInt64, at second: UInt64) -> UInt64 {
        let column = CountColumn.total
        return view.ledger.counts.sums(
            of: column..<column + 1, in: JudgedTime.window(length, at: second), watermark: view.bounds.watermark)[0]
    }
}
