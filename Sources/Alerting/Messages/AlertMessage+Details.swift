import Journeys

extension AlertMessage.Alert {
    private static let longestName = 200
    private static let longestText = 1_000

    /// Everything that is known of an alert, in the words of a message; texts from outside are cut to a length.
    init(
        _ alert: ActiveAlert, of verdict: JourneyVerdict, definition: JourneyDefinition?, changes: [TimelineEvent]
    ) {
        let key = alert.key
        let objective = verdict.objectives.first { $0.objective.name == key.objective } ?? verdict.worstObjective
        var burns: [String: Double]?
        if key.kind == .burn || key.kind == .tooManyBad, let objective {
            burns = [:]
            for reading in objective.burns { burns?[DurationText.text(reading.window)] = reading.burn?.rounded(to: 3) }
        }
        let judged = key.kind == .burn || key.kind == .tooManyBad || key.kind == .shift ? objective : nil
        let onset = key.kind == .stale || key.kind == .silence ? nil : verdict.onset
        self.init(
            status: verdict.acknowledgement == nil ? .firing : .acknowledged, kind: key.kind, journey: key.journey,
            title: definition?.title?.cut(to: Self.longestName), owner: definition?.owner?.cut(to: Self.longestName),
            runbook: definition?.runbook?.text.cut(to: Self.longestText),
            environment: key.environment.flatMap { $0.isEmpty ? nil : $0.cut(to: Self.longestName) },
            objective: key.objective, rule: key.rule, severity: alert.severity?.rawValue ?? "info",
            since: Timestamp.text(alert.since), ended: nil, onset: onset.map { Timestamp.text($0.time) },
            onsetUncertaintySeconds: onset.map { Double($0.uncertainty) / 1_000_000_000 }, burns: burns,
            budgetLeft: judged?.budgetLeft?.rounded(to: 6),
            emptyInSeconds: judged?.emptyIn.map { Double($0 / 1_000_000_000) },
            summary: alert.summary.cut(to: Self.longestText),
            acknowledged: verdict.acknowledgement.map(AlertMessage.Acknowledged.init),
            changes: key.kind == .stale ? [] : changes.prefix(8).map(AlertMessage.Change.init))
    }
}

extension AlertMessage.Acknowledged {
    init(_ acknowledgement: Acknowledgement) {
        self.init(
            time: Timestamp.text(acknowledgement.time), by: acknowledgement.by?.cut(to: 200),
            note: acknowledgement.note?.cut(to: 1_000))
    }
}

extension AlertMessage.Change {
    init(_ event: TimelineEvent) {
        self.init(
            time: Timestamp.text(event.time), kind: event.kind, service: event.service?.cut(to: 200),
            subject: event.subject?.cut(to: 200), before: event.before?.cut(to: 200), after: event.after?.cut(to: 200),
            count: event.count, total: event.total, text: event.text?.cut(to: 1_000))
    }
}

extension Double {
    /// The number with so many decimals, for people; what is not finite stays as it is.
    func rounded(to decimals: Int) -> Double {
        let scale = (0..<decimals).reduce(1.0) { value, _ in value * 10 }
        let scaled = (self * scale).rounded()
        return scaled.isFinite ? scaled / scale : self
    }
}
