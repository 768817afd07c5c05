import Analysis
import Journeys
import Telemetry
import TerminalKit

/// What the five answers about one journey are put together from.
struct NowFacts {
    let verdict: JourneyVerdict
    let view: JourneyView?
    /// The instant that is judged, in Unix nanoseconds.
    let now: UInt64
    /// The promise that is broken fastest: that of the firing alert, else the worst.
    let promise: ObjectiveVerdict?
    /// The alert that fires on it.
    let alert: AlertVerdict?
    /// The runs of the last five minutes.
    let counts: RunCounts?
    /// When the trouble began.
    let began: UInt64?
    /// What changed around then.
    let changes: NearbyChanges
    /// What adds the most time, if that is known.
    let blame: Blame?

    /// The operation that adds the most time.
    struct Blame {
        let service: String
        let operation: String
        /// Nanoseconds more than before.
        let added: Int64
        /// Its share of all added time.
        let share: Double
    }

    init(_ verdict: JourneyVerdict, _ state: AppState) {
        self.verdict = verdict
        now = state.judgedAt
        view = JourneyRows.view(verdict.id, of: state)
        (promise, alert) = NowFacts.firing(verdict)
        let at = verdict.staleSince ?? state.now
        counts = view?.counts(in: TimeWindow(last: AppState.recent, until: at))
        began = verdict.began(now: now)
        changes = NearbyChanges(
            state.verdicts?.timeline ?? [], around: began ?? now, of: verdict.id, state.paths)
        let insight = [state.strip.insights[view?.id ?? verdict.id], state.journey.insight].compactMap { $0 }
            .first { $0.request.row == verdict.id }
        blame = insight.flatMap(NowFacts.blame)
    }

    private static func firing(_ verdict: JourneyVerdict) -> (ObjectiveVerdict?, AlertVerdict?) {
        for severity in [JourneyDefinition.Alert.Severity.page, .warn] {
            for objective in verdict.objectives {
                let alert = objective.alerts.first { $0.isFiring && $0.alert.severity == severity }
                if let alert { return (objective, alert) }
            }
        }
        return (verdict.worstObjective, nil)
    }

    private static func blame(_ insight: JourneyInsight) -> Blame? {
        let rows = insight.contribution.operations
        let added = rows.compactMap(\.delta).filter { $0 > 0 }.reduce(0.0) { $0 + Double($1) }
        let most = rows.filter { !$0.isGap }.max { $0.delta ?? 0 < $1.delta ?? 0 }
        guard let most, let delta = most.delta, delta > 1_000_000, added > 0 else { return nil }
        return Blame(
            service: most.service, operation: most.operation, added: delta, share: Double(delta) / added)
    }

    // MARK: Words

    /// The burn over the windows of the alert, or over 5m and 1h: `42.6×/5m`, `17.1×/1h`.
    var burns: [String] {
        let readings =
            alert.map { [$0.short, $0.long] }
            ?? [300_000_000_000, 3_600_000_000_000].compactMap { promise?.burn(over: $0) }
        return readings.filter { $0.burn != nil }.map { reading in
            "\(NumberFormat.burn(reading.burn))/\(DurationText.text(reading.window))"
        }
    }

    /// How much of the budget is left and for how long: `60.5% → empty in 9h32m`.
    func budget(empty: String = "empty in ", left: String = " left") -> String? {
        guard let promise, let share = promise.budgetLeft else { return nil }
        if share <= 0 { return "used up (\(PromiseText.left(share)))" }
        guard let time = promise.emptyIn else { return PromiseText.left(share) + left }
        let mark = PromiseText.isFilling(promise) ? "~" : ""
        return "\(PromiseText.left(share)) → \(empty)\(mark)\(NumberFormat.elapsed(time))"
    }

    /// Who has seen it, or for how long nobody has; `nil` when nobody was called.
    var acknowledged: StyledText? {
        if let seen = verdict.acknowledgement {
            let by = seen.by.map { " by \(Shorten.end($0, to: 16))" } ?? ""
            return StyledText("acked \(age(seen.time))\(by)", .markAck)
        }
        guard let fired = verdict.firedAt else { return nil }
        return StyledText("NOT ACKED \(age(fired))", Style(.statusPage, on: .bg, .bold))
    }

    func age(_ time: UInt64) -> String { NumberFormat.age(now - min(now, time)) }

    /// How long it has lasted: `23m40s`.
    var lasted: String? { began.map { NumberFormat.elapsed(now - min(now, $0)) } }

    /// What the runs look like: `21.3% of 42.6/s over threshold`.
    func badRuns(_ rate: Double?) -> String? {
        guard let promise, let runs = counts?.promises.first(where: { $0.name == promise.objective.name }),
            runs.total > 0
        else { return nil }
        let share = SampledShare.bad(runs)
        let what = promise.objective.under == nil ? "failed" : "over threshold"
        return "\(share) of \(NumberFormat.rate(perSecond: rate)) \(what)"
    }

    /// How p95 moved: `p95 371ms → 1.68s`.
    var latencyMove: String? {
        guard let before = verdict.onset?.p95Before, let after = verdict.onset?.p95After else { return nil }
        return "p95 \(NumberFormat.duration(before)) → \(NumberFormat.duration(after))"
    }

    /// How the errors moved: `err 0.21% → 1.90%`.
    var errorMove: String? {
        guard let before = verdict.onset?.errorsBefore, let after = verdict.onset?.errorsAfter else { return nil }
        return "err \(NumberFormat.percent(before)) → \(NumberFormat.percent(after))"
    }

    /// How many runs were missed: `369 runs expected since, none came`.
    var missed: String? {
        guard let silence = verdict.silence else { return nil }
        let count = NumberFormat.count(Int(min(max(0, silence.expected), 1e15).rounded()))
        return "\(count) runs expected in that time, none came"
    }

    /// How the new version of the blamed service does against the old one: `2.14.0 p95 1.92s, 2.13.4 371ms`.
    func versionsText(in window: TimeWindow) -> String? {
        guard let blame, let view else { return nil }
        let live = view.versions(in: window).filter {
            $0.service == blame.service && $0.count >= UInt64(SampleFloor.p95.rawValue) && !$0.version.isEmpty
        }
        guard live.count > 1, let newest = live.first, let older = live.dropFirst().first else { return nil }
        return "\(newest.version) p95 \(NumberFormat.duration(newest.p95)), "
            + "\(older.version) \(NumberFormat.duration(older.p95))"
    }
}
