import Journeys
import TerminalKit

/// The numbers of one journey as a row of the table.
struct JourneyRow {
    private let view: JourneyView
    private let verdict: JourneyVerdict?
    /// The end of the time shown, in Unix nanoseconds.
    private let end: UInt64
    /// Runs a second over the window, or over the time there is data for; a tilde marks an estimate.
    private let rate: String
    private let isTiny: Bool
    /// The end of the numbers: now, or when the source went late.
    private let now: UInt64
    private let window: TimeWindow
    private let counts: RunCounts
    private let latency: LatencySummary?
    private let newest: NewestVersion?
    /// Whether the last five minutes had no run, so that the numbers are those of the whole time shown.
    private let isQuiet: Bool

    init(_ view: JourneyView, _ verdict: JourneyVerdict?, _ state: AppState, isTiny: Bool) {
        self.view = view
        self.verdict = verdict
        self.isTiny = isTiny
        end = state.now
        now = verdict?.state == .stale ? min(verdict?.staleSince ?? state.now, state.now) : state.now
        let recent = TimeWindow(last: AppState.recent, until: now)
        let recentCounts = view.counts(in: recent)
        let whole = TimeWindow(from: state.from, to: now &+ 1)
        // Silence is told as silence, not by the numbers of before.
        let isSilent = verdict?.state == .noData
        isQuiet =
            recentCounts.total == 0 && state.range > AppState.recent && !isSilent && view.counts(in: whole).total > 0
        window = isQuiet ? whole : recent
        counts = isQuiet ? view.counts(in: whole) : recentCounts
        latency = view.latency([.p50, .p95, .p99], in: window)
        newest = view.newestVersion(in: isSilent ? whole : window)
        rate =
            isSilent && counts.total == 0
            ? NumberFormat.rate(perSecond: 0) : JourneyRow.rate(counts, view, in: window, until: now, state)
    }

    private static func rate(
        _ counts: RunCounts, _ view: JourneyView, in window: TimeWindow, until now: UInt64, _ state: AppState
    ) -> String {
        guard let rate = JourneyRows.rate(counts, view, in: window, of: state, until: now) else {
            return NumberFormat.missing
        }
        let text = NumberFormat.rate(perSecond: rate)
        return counts.isSampled ? "~" + text : text
    }

    private var promise: ObjectiveVerdict? { verdict?.worstObjective }

    /// Glyph and word; what a found journey promises is nothing.
    var state: [StyledText] { verdict?.stateText ?? (view.isFound ? [StyledText("  found", .textDim)] : []) }

    func text(_ column: JourneyColumn) -> StyledText {
        switch column {
        case .state, .trend, .bar: StyledText("", .text)
        case .name: StyledText(view.name, .text)
        case .environment: StyledText(view.environment == "" ? "(none)" : view.environment ?? "", .textDim)
        case .rate: StyledText(rate, isQuiet ? .textDim : .text)
        case .errors: share(SampledShare.failed(counts), isNone: counts.failed == 0, .logError)
        case .bad: share(SampledShare.bad(counts), isNone: counts.bad == 0, badRole)
        case .p50: percentile(0, .p50, canBeOver: false)
        case .p95: percentile(1, .p95, canBeOver: true)
        case .p99: percentile(2, .p99, canBeOver: true)
        case .newest: StyledText(newest.map { $0.version + ($0.isMixed ? "*" : "") } ?? "", .text)
        case .age: StyledText(newest.map { age(since: $0.firstSeen) } ?? "", .textDim)
        case .slo: attainment
        case .budget, .burn, .empty: budgetText(column)
        case .requests, .slow, .owner, .acknowledged: extra(column)
        }
    }

    // MARK: Promises

    private var attainment: StyledText {
        guard let promise else { return StyledText(view.isFound ? "" : NumberFormat.missing, .textDim) }
        let isBroken = promise.attainment.map { $0 < promise.objective.target.fraction } ?? false
        return StyledText(PromiseText.attainment(promise), isBroken ? .statusOut : .text)
    }

    private func budgetText(_ column: JourneyColumn) -> StyledText {
        guard let promise else { return StyledText(view.isFound ? "" : NumberFormat.missing, .textDim) }
        switch column {
        case .budget:
            return StyledText(
                PromiseText.left(promise.budgetLeft), (promise.budgetLeft ?? 1) <= 0 ? .statusOut : .text)
        case .burn:
            if isTiny, let note = shortNote { return note }
            return StyledText(spanningNote == nil ? PromiseText.burn(promise) : "", burnRole(promise))
        default:
            if isTiny, shortNote != nil { return StyledText(NumberFormat.missing, .textDim) }
            return StyledText(spanningNote == nil ? PromiseText.empty(promise) : "", .text)
        }
    }

    private func burnRole(_ promise: ObjectiveVerdict) -> Role {
        guard let burn = promise.burn, burn > 1 else { return .text }
        return promise.alerts.contains { $0.isFiring && $0.alert.severity == .page } ? .statusPage : .text
    }

    /// What stands in place of burn and time to empty: how long it is silent, or what one more failure costs.
    var spanningNote: StyledText? {
        guard !isTiny, let verdict else { return nil }
        switch verdict.shown {
        case .noData:
            let length = verdict.silence.map { " " + NumberFormat.age($0.length) } ?? ""
            return StyledText("silent\(length)", .statusNoData)
        case .few:
            guard let cost = promise?.nextBadCost else { return nil }
            return StyledText("next bad \(PromiseText.cost(cost))", .statusFew)
        default: return nil
        }
    }

    /// The same where there is room for a few cells.
    private var shortNote: StyledText? {
        switch verdict?.shown {
        case .noData: StyledText(NumberFormat.age(verdict?.silence?.length), .statusNoData)
        case .few: StyledText("n=\(NumberFormat.count(Int(clamping: counts.total)))", .statusFew)
        default: nil
        }
    }

    private func extra(_ column: JourneyColumn) -> StyledText {
        switch column {
        case .requests:
            let runs = verdict?.objectives.filter { $0.objective.slices == nil }.map(\.total).max()
            return StyledText(runs.map { NumberFormat.count(Int(clamping: $0)) } ?? "", .text)
        case .slow:
            guard view.tightestUnder != nil else { return StyledText("", .textDim) }
            let slow = counts.bad - min(counts.failed, counts.bad)
            return share(
                SampledShare.slow(counts), isNone: slow == 0, (promise?.burn ?? 0) > 1 ? .sloOver : .text)
        case .owner: return StyledText(view.definition?.owner ?? "", .textDim)
        default:
            guard let verdict else { return StyledText("", .textDim) }
            if let seen = verdict.acknowledgement { return StyledText(age(since: seen.time), .markAck) }
            guard verdict.isHurting, verdict.firedAt != nil else { return StyledText("", .textDim) }
            return StyledText("no", Style(verdict.shown.role, on: .bg, .bold))
        }
    }

    /// What explains a journey of few runs, or what the selected one has left: sentences, the first the most important.
    var explanation: [String] {
        guard let verdict, let promise, let definition = view.definition else { return [] }
        let window = PromiseText.window(definition.window)
        let units = promise.objective.slices == nil ? "" : " slices"
        let allowed = NumberFormat.count(Int(min(max(0, promise.allowedBad), 1e15)))
        let used = NumberFormat.count(Int(clamping: promise.bad))
        let cost = promise.nextBadCost.map { ": one more burns \(PromiseText.cost($0).dropFirst())" } ?? ""
        let few = verdict.shown == .few
        let about = few ? "n=\(rate)" : "\"\(promise.objective.name)\" \(PromiseText.terms(promise.objective))"
        var sentences = [
            "\(Shorten.middle(view.name, to: 24)): \(about), \(window) budget allows \(allowed) bad\(units), \(used) used"
                + "\(cost)."
        ]
        if few { sentences.append("  p95 needs n≥20, p99 n≥100, burn n≥30 per window.") }
        if PromiseText.isFilling(promise) {
            sentences.append("  \(NumberFormat.age(promise.covered)) of \(window) seen so far.")
        }
        if let range = promise.attainmentRange, range.lowerBound < range.upperBound {
            sentences.append("  A range: some of the data is late, lost or sampled.")
        }
        return sentences
    }

    // MARK: Numbers

    private func age(since instant: UInt64) -> String {
        let age = end > instant ? end - instant : 0
        let days = age / 86_400_000_000_000
        guard verdict != nil, days >= 100 else { return NumberFormat.age(age) }
        return days < 700 ? "\(days / 7)w" : "\(days / 365)y"
    }

    private func share(_ text: String, isNone: Bool, _ role: Role) -> StyledText {
        StyledText(text, isNone ? isQuiet ? .textDim : .text : role)
    }

    private func percentile(_ index: Int, _ floor: SampleFloor, canBeOver: Bool) -> StyledText {
        guard let latency, latency.quantiles.indices.contains(index), floor.allows(Int(clamping: latency.count))
        else { return StyledText(NumberFormat.missing, .textDim) }
        let value = latency.quantiles[index]
        let isOver = canBeOver && view.tightestUnder.map { value >= $0 } ?? false
        return StyledText(NumberFormat.duration(value), isOver ? .sloOver : isQuiet ? .textDim : .text)
    }

    /// Red when more runs are bad than the journey's strictest promise allows for good.
    private var badRole: Role {
        let isBroken = counts.promises.contains { promise in
            guard let objective = view.definition?.objectives.first(where: { $0.name == promise.name }),
                promise.total >= UInt64(SampleFloor.errorRate.rawValue), let attainment = promise.attainment
            else { return false }
            return attainment < objective.target.fraction
        }
        return isBroken ? .statusPage : .text
    }
}

/// The numbers of one promise, below the row of its journey.
struct PromiseRow {
    let promise: ObjectiveVerdict
    private let runs: RunCounts.Promise?

    /// The threshold; the target stands in a column of its own.
    private var under: String { promise.objective.under.map { " <\(DurationText.text($0))" } ?? "" }

    init(_ view: JourneyView, _ promise: ObjectiveVerdict, _ state: AppState) {
        self.promise = promise
        runs = view.counts(in: JourneysTable.recent(state)).promises.first { $0.name == promise.objective.name }
    }

    func text(_ column: JourneyColumn) -> StyledText {
        switch column {
        case .name:
            return StyledText("└ \(promise.objective.name)\(under)", .textDim)
        case .errors:
            guard let runs else { return StyledText("", .textDim) }
            return StyledText(SampledShare.bad(runs), .textDim)
        case .slo: return StyledText(PromiseText.attainment(promise), .textDim)
        case .budget:
            return StyledText(
                PromiseText.left(promise.budgetLeft), (promise.budgetLeft ?? 1) <= 0 ? .statusOut : .textDim)
        case .burn: return StyledText(PromiseText.burn(promise), .textDim)
        case .empty: return StyledText(PromiseText.empty(promise), .textDim)
        case .requests: return StyledText(NumberFormat.count(Int(clamping: promise.total)), .textDim)
        default: return StyledText("", .textDim)
        }
    }
}
