import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// The verdicts on screen; `nil` where nothing is judged.
    var verdicts: JourneyVerdicts? {
        guard let verdicts = picture?.verdicts, !verdicts.journeys.isEmpty else { return nil }
        return verdicts
    }

    /// The verdict on a row.
    func verdict(on id: JourneyView.ID?) -> JourneyVerdict? {
        guard let id, let verdicts else { return nil }
        return verdicts[id]
            ?? verdicts.journeys.first { $0.id.name == id.name && $0.id.environment == nil && !id.isFound }
    }

    /// The verdict on the journey that screens 2 and 3 are about.
    var selectedVerdict: JourneyVerdict? { verdict(on: JourneyRows.selected(of: self)?.id) }

    /// The instant that the verdicts are about, in Unix nanoseconds.
    var judgedAt: UInt64 {
        guard let at = verdicts?.now, at > 0 else { return now }
        return at
    }

    /// The journeys that belong on the NOW strip, the worst first.
    var hurting: [JourneyVerdict] {
        guard let verdicts else { return [] }
        return verdicts.journeys.filter { $0.isHurting && isInScope($0.id) }.sorted(by: JourneyVerdict.comesBefore)
    }

    /// The number of the journey that the NOW strip shows, among those that hurt.
    func shownAlert(among hurting: [JourneyVerdict]) -> Int {
        hurting.firstIndex { $0.id == strip.shown } ?? 0
    }

    /// Whether a journey belongs to the environment on screen.
    func isInScope(_ id: JourneyView.ID) -> Bool {
        environment == nil || id.environment == nil || id.environment == environment
    }

    /// Whether so much of the data is late or missing that numbers need a mark (SCREENS section 18).
    var isDataSuspect: Bool {
        guard let health = picture?.health else { return false }
        return health.dropped > 0 || health.lateSpans * 100 > health.spans
    }

    /// How many alerts fire now that did not when time was stopped.
    var newAlerts: Int {
        guard let frozen, let latest else { return 0 }
        return AppState.alertKeys(latest.verdicts).subtracting(AppState.alertKeys(frozen.verdicts)).count
    }

    /// What people should hear of.
    private static func alertKeys(_ verdicts: JourneyVerdicts) -> Set<ActiveAlert.Key> {
        Set(verdicts.journeys.filter { $0.state != .muted }.flatMap(\.alerts).filter { $0.severity != nil }.map(\.key))
    }

    // MARK: Bell and title

    /// Rings for pages that are new, and lets the title follow the worst state.
    mutating func announce() -> [Effect] {
        guard let latest, latest.origin == .live, !latest.verdicts.journeys.isEmpty else { return [] }
        let isFirst = knownPages == nil
        let pages = latest.verdicts.journeys.filter { $0.state != .muted && $0.acknowledgement == nil }
            .flatMap(\.alerts).filter { $0.severity == .page }
        let fresh = pages.filter { !(knownPages?.contains($0.key) ?? false) }
        knownPages = Set(pages.map(\.key))
        var effects: [Effect] = []
        // Whoever opens a dashboard in the middle of trouble is looking already.
        if !isFirst, let first = fresh.first {
            if isBellOn { effects.append(.bell) }
            if pausedAt != nil {
                tell("✗ PAGE \(first.key.journey): \(first.summary)   . goes live", for: 30)
            }
        }
        return effects + titleEffects()
    }

    /// The window's title when it is another than before.
    mutating func titleEffects() -> [Effect] {
        let title = isBellOn ? windowTitle : "waymark"
        guard title != shownTitle else { return [] }
        shownTitle = title
        return [.title(title)]
    }

    /// The worst state in a few words, without anything that a terminal could take for a command.
    private var windowTitle: String {
        let journeys = (latest?.verdicts.journeys ?? []).filter { isInScope($0.id) }
        guard let worst = journeys.min(by: JourneyVerdict.comesBefore) else { return "waymark" }
        guard worst.isHurting else { return "✓ waymark" }
        let others = journeys.count { $0.isHurting } - 1
        let more = others > 0 ? " +\(others)" : ""
        return Shorten.end("\(worst.shown.glyph) \(worst.shown.word) \(worst.id.name)\(more) · waymark", to: 80)
    }

    // MARK: The NOW strip

    /// Shows the next alert on the NOW strip and puts the cursor on its journey; `false` when nothing hurts.
    mutating func showNextAlert(_ step: Int) -> Bool {
        let all = hurting
        guard !all.isEmpty else { return false }
        let isShown = strip.shown != nil || table.selected == all[0].id
        let current = shownAlert(among: all)
        let next = isShown ? (current + step + all.count) % all.count : current
        strip.shown = all[next].id
        if let row = JourneyRows.view(all[next].id, of: self) { select(row.id) }
        return true
    }

    /// The look into a journey on the NOW strip that is due: the first one that is thirty seconds old.
    func nextStripRequest() -> InsightRequest? {
        guard screen == .journeys, picture?.hasTelemetry == true else { return nil }
        let all = hurting
        guard !all.isEmpty else { return nil }
        let first = shownAlert(among: all)
        let count = SizeClass(size) == .wide ? min(all.count, NowStrip.mostStacked) : 1
        for place in 0..<count {
            let verdict = all[(first + place) % all.count]
            guard verdict.state != .noData, let row = JourneyRows.view(verdict.id, of: self)?.id else { continue }
            guard let asked = strip.asked[row] else { return request(about: verdict, row) }
            let moved = asked.to > now ? asked.to - now : now - asked.to
            if moved >= 30_000_000_000 { return request(about: verdict, row) }
        }
        return nil
    }

    /// The runs since the trouble began, at most half an hour of them, against those of before.
    private func request(about verdict: JourneyVerdict, _ row: JourneyView.ID) -> InsightRequest {
        let begin = verdict.onset?.time ?? now - min(now, AppState.recent)
        let from = max(begin, now - min(now, 6 * AppState.recent))
        // The first half of the time before is the baseline: it ends before the trouble begins.
        let before = max(6 * AppState.recent, from - min(from, begin))
        return InsightRequest(row: row, from: min(from, now), to: now, baselineFrom: begin - min(begin, before))
    }
}

/// What the NOW strip shows of those journeys that hurt.
struct StripState: Sendable {
    /// The journey that was asked for; the worst when it does not hurt any more.
    var shown: JourneyView.ID?
    /// The last look into each journey.
    private(set) var insights: [JourneyView.ID: JourneyInsight] = [:]
    /// The look into each journey that was asked for last.
    var asked: [JourneyView.ID: InsightRequest] = [:]

    /// How many journeys are remembered at most.
    private static let limit = 16

    /// Keeps a look that was asked for.
    mutating func take(_ insight: JourneyInsight) {
        let row = insight.request.row
        guard asked[row] == insight.request else { return }
        if insights.count >= StripState.limit, insights[row] == nil {
            insights.removeAll()
            asked = [row: insight.request]
        }
        insights[row] = insight
    }
}
