import Journeys
import Telemetry
import TerminalKit

/// Which journeys are rows of the table, and in which order.
enum JourneyRows {
    /// The rows in the order that the sort asks for.
    static func order(of state: AppState) -> [JourneyView.ID] {
        guard let picture = state.picture else { return [] }
        let window = TimeWindow(last: AppState.recent, until: state.now)
        var views = picture.journeys.bySeverity(now: state.now, in: state.environment)
        if let result = state.filter?.result { views = views.filter { hasRun(in: result.traces, $0, state) } }
        switch state.table.sort {
        case .badness: views = worstFirst(views, state)
        case .name: views.sort { ($0.name, $0.environment ?? "") < ($1.name, $1.environment ?? "") }
        case .rate: views = sorted(views) { $0.counts(in: window).rate ?? -1 }
        case .errors: views = sorted(views) { $0.counts(in: window).errorShare ?? -1 }
        case .p95: views = sorted(views) { Double($0.percentile(.p95, in: window) ?? 0) }
        }
        let ids = views.map(\.id)
        return state.table.isReversed ? ids.reversed() : ids
    }

    /// By severity and time to empty; what is not judged comes last, in the order it has.
    private static func worstFirst(_ views: [JourneyView], _ state: AppState) -> [JourneyView] {
        guard let verdicts = state.verdicts else { return views }
        let byID = Dictionary(verdicts.journeys.map { ($0.id, $0) }) { first, _ in first }
        return views.enumerated().sorted { one, other in
            switch (byID[one.element.id], byID[other.element.id]) {
            case (let first?, let second?): return JourneyVerdict.comesBefore(first, second)
            case (_?, nil): return true
            case (nil, _?): return false
            case (nil, nil): return one.offset < other.offset
            }
        }.map(\.element)
    }

    /// The greatest first; equal ones stay in order.
    private static func sorted(_ views: [JourneyView], by value: (JourneyView) -> Double) -> [JourneyView] {
        views.enumerated().map { ($0.offset, $0.element, value($0.element)) }
            .sorted { $0.2 == $1.2 ? $0.0 < $1.0 : $0.2 > $1.2 }.map(\.1)
    }

    private static func hasRun(in traces: Set<TraceID>, _ view: JourneyView, _ state: AppState) -> Bool {
        let window = TimeWindow(from: state.from, to: state.now &+ 1)
        return view.runs(RunSelection(window: window), order: .newest, limit: .max).contains {
            traces.contains($0.trace)
        }
    }

    /// The rows on screen, in their steady order.
    static func views(of state: AppState) -> [JourneyView] {
        guard let picture = state.picture else { return [] }
        let byID = Dictionary(picture.journeys.journeys.map { ($0.id, $0) }) { first, _ in first }
        return state.table.order.compactMap { byID[$0] }
    }

    /// A row's journey, also when its first run has only now named its environment.
    static func view(_ id: JourneyView.ID, of state: AppState) -> JourneyView? {
        guard let journeys = state.picture?.journeys else { return nil }
        return journeys[id] ?? journeys.journeys.first { $0.id.name == id.name && $0.id.isFound == id.isFound }
    }

    /// The journey that screens 2 and 3 are about.
    static func selected(of state: AppState) -> JourneyView? {
        (state.table.selected ?? state.table.order.first).flatMap { view($0, of: state) }
    }

    /// Runs a second over a window, or over the part of it that there is data for; `nil` where there is none.
    static func rate(
        _ counts: RunCounts, _ view: JourneyView, in window: TimeWindow, of state: AppState, until end: UInt64? = nil
    ) -> Double? {
        let now = end ?? state.now
        guard let first = state.picture?.journeys.firstSeen, counts.seconds > 0, view.seen != nil else { return nil }
        let begin = max(first, window.from)
        guard now >= begin else { return nil }
        let seconds = max(1, Double(now - begin) / 1e9)
        return counts.estimatedTotal / min(seconds, counts.seconds)
    }

    /// The environments there are to choose from, by name.
    static func environments(of state: AppState) -> [String] { state.picture?.journeys.environments ?? [] }

    /// The worst journey in a few words, such as `checkout 21.3% bad p95 1.68s`; `nil` when there is none.
    static func worstSentence(of state: AppState) -> String? {
        guard let picture = state.picture else { return nil }
        if let verdict = state.hurting.first { return sentence(of: verdict, state) }
        let window = TimeWindow(last: AppState.recent, until: state.now)
        let worst = picture.journeys.bySeverity(now: state.now, in: state.environment).first
        guard let worst, let share = worst.counts(in: window).badShare else { return nil }
        let p95 = NumberFormat.duration(worst.percentile(.p95, in: window))
        return "\(worst.name) \(NumberFormat.percent(share)) bad p95 \(p95)"
    }

    /// The worst alert in one line, such as `✗ PAGE checkout fast 42.6×/5m 60.5% → 9h32m`.
    private static func sentence(of verdict: JourneyVerdict, _ state: AppState) -> String {
        let facts = NowFacts(verdict, state)
        let name = "\(verdict.shown.glyph) \(verdict.shown.word) \(Shorten.middle(verdict.id.name, to: 16))"
        if let silence = verdict.silence { return "\(name) silent \(NumberFormat.age(silence.length))" }
        let burn = facts.burns.first.map { " \($0)" } ?? ""
        return name + burn + (facts.budget(empty: "", left: " left").map { " \($0)" } ?? "")
    }
}

/// The runs that the list of the Journey screen shows.
struct JourneyRuns {
    /// What the list depends on: the same again gives the same list.
    private struct Source: Equatable {
        let picture: Int
        let row: JourneyView.ID
        let selection: TimeWindow
        let box: JourneyScreenState.Box?
        let list: JourneyScreenState.List
        let failedOnly: Bool
        let filter: SearchRequest?
        let matched: Int?
    }

    /// The runs, in the order of the list.
    let rows: [JourneyRun]
    /// How many runs are kept in the time shown.
    let kept: Int
    /// How many runs there were in it.
    let total: UInt64
    private let source: Source?

    /// How many runs a list has at most.
    static let limit = 400

    /// The list of a state; read anew only where the state's own no longer fits.
    init(_ state: AppState) {
        guard let view = JourneyRows.selected(of: state) else {
            rows = []
            kept = 0
            total = 0
            source = nil
            return
        }
        let whole = TimeWindow(from: state.from, to: state.now &+ 1)
        let source = Source(
            picture: state.pictureNumber, row: view.id, selection: whole, box: state.journey.box,
            list: state.journey.list, failedOnly: state.journey.errorsOnly, filter: state.filter?.result?.request,
            matched: state.filter?.result?.traces.count)
        if let listed = state.journey.listed, listed.source == source {
            self = listed
            return
        }
        var selection = RunSelection(window: whole)
        if let box = state.journey.box {
            selection = RunSelection(
                window: TimeWindow(from: box.from, to: box.to), atLeast: box.shortest,
                below: box.longest == .max ? nil : box.longest)
        }
        selection.failedOnly = state.journey.list == .failed || state.journey.errorsOnly
        let order: RunOrder = state.journey.list == .slowest ? .slowest : .newest
        let traces = state.filter?.result?.traces
        let runs = view.runs(selection, order: order, limit: traces == nil ? JourneyRuns.limit : .max)
        rows = Array(runs.filter { traces?.contains($0.trace) ?? true }.prefix(JourneyRuns.limit))
        kept = view.keptRuns(in: selection.window)
        total = view.counts(in: selection.window).total
        self.source = source
    }
}
