import Analysis
import Dashboard
import Journeys
import Telemetry
import TerminalKit

/// Fixtures that several tests share; built once, never changed.
enum Fixture {
    /// The shop's hour, as read from a file.
    static let file = Shop.make().picture()
    /// The shop's hour, as it came over the wire.
    static let live = Shop.make().picture(live: true)
    /// Four minutes of the shop, live: small enough for sweeps.
    static let small = Shop.make(minutes: 4).picture(live: true)
    /// The night of the design's mockups.
    static let night = Night.picture()
}

extension AppState {
    /// A dashboard that has a picture, and whose effects have been answered.
    static func make(
        _ picture: DashboardPicture = Fixture.live, width: Int = 120, height: Int = 36, screen: Screen = .journeys,
        journey: String? = "checkout", environment: String? = nil
    ) -> AppState {
        var state = AppState(size: Size(width: width, height: height), environment: environment)
        state.feed(.tick(picture.now))
        state.feed(.picture(picture))
        if let journey { _ = state.select(journey: journey) }
        state.answer(state.open(screen))
        return state
    }

    /// Handles an event and answers what it asks for; gives all effects.
    @discardableResult
    mutating func feed(_ event: Event) -> [Effect] {
        let effects = handle(event)
        answer(effects)
        return effects
    }

    /// Presses keys, as spelled in the command table, one after the other; gives all effects.
    @discardableResult
    mutating func press(_ keys: String...) -> [Effect] {
        keys.flatMap { key -> [Effect] in
            guard let chord = KeyChord(spelling: key) else { return [] }
            return feed(.input(.key(chord)))
        }
    }

    /// Types a text, letter by letter.
    mutating func type(_ text: String) {
        for letter in text { feed(.input(.key(KeyChord(letter)))) }
    }

    /// Does what the program would do for these effects.
    mutating func answer(_ effects: [Effect]) {
        guard let picture = latest else { return }
        for effect in effects {
            switch effect {
            case .loadTrace(let id):
                _ = handle(.traceLoaded(id, picture.store.trace(id).map { TracePicture($0) }))
            case .lookInto(let request):
                if let insight = picture.insight(request) { _ = handle(.insight(insight)) }
            case .search(let request): _ = handle(.searched(picture.search(request)))
            default: break
            }
        }
    }

    /// The screen as text, in a glyph set.
    func lines(_ glyphs: GlyphSet = .full) -> [String] { draw().mapped(to: glyphs).lines }
}

extension DashboardPicture {
    /// The look into a journey, as the pipeline takes it.
    func insight(_ request: InsightRequest) -> JourneyInsight? {
        guard let view = journeys[request.row] else { return nil }
        func traces(_ from: UInt64, _ to: UInt64) -> [Trace] {
            let selection = RunSelection(window: TimeWindow(from: from, to: to))
            return view.runs(selection, order: .slowest, limit: 10).compactMap { store.trace($0.trace) }
        }
        var summaries: [TraceID: TraceSummary] = [:]
        let window = TimeWindow(from: request.baselineFrom, to: request.to)
        for run in view.runs(RunSelection(window: window), order: .slowest, limit: 30) {
            if let trace = store.trace(run.trace) { summaries[run.trace] = TraceSummary(trace) }
        }
        let now = traces(request.from, request.to)
        return JourneyInsight(
            request: request,
            contribution: Contribution(of: now, baseline: traces(request.baselineFrom, request.from)),
            summaries: summaries, runs: Int(view.counts(in: window).total), traces: now.count)
    }

    /// What a filter selects, span by span.
    func search(_ request: SearchRequest) -> SearchResult {
        let predicate = SpanPredicate(request.filter)
        var traces: Set<TraceID> = []
        var matched = 0
        var total = 0
        for chunk in store.chunks {
            let bound = predicate.bind(to: chunk.table)
            for row in 0..<chunk.table.count
            where chunk.table.ends[row] >= request.from && chunk.table.ends[row] < request.to {
                total += 1
                if bound.matches(row) {
                    matched += 1
                    traces.insert(chunk.table.traceID(row))
                }
            }
        }
        return SearchResult(request: request, traces: traces, matched: matched, total: total)
    }
}

extension DashboardPicture {
    /// A receiver that nothing has come to.
    static let waiting = DashboardPicture(
        now: Shop.end, origin: .live, store: .empty, journeys: .empty,
        sources: [SourceLine(name: "otlp", places: ["127.0.0.1:4317", "127.0.0.1:4318"])])
}
