import Analysis
import Journeys
import Telemetry

/// Questions to one picture that take more than a frame; pure functions, asked on any thread.
package enum TraceQueries {
    /// Where the time of a journey's slowest runs goes.
    package struct Findings: Sendable {
        /// Who adds time, now against the baseline.
        package var contribution: Contribution
        /// A line for each run that a list shows first.
        package var summaries: [TraceID: TraceSummary]
        /// How many runs there were in the window.
        package var runs: Int
        /// How many of their traces were looked at.
        package var traces: Int
    }

    /// How many traces of a window are looked at, at most.
    static let sampleSize = 200
    /// How many runs of each list get a line.
    static let listSize = 40
    /// Larger traces are left out of samples, so that one giant cannot hold up an answer.
    static let maximumSpans = 20_000

    /// Looks at the traces of the slowest 5 % of the runs in a window, and of the same share before it.
    package static func lookInto(
        _ view: JourneyView, in store: StoreSnapshot, window: TimeWindow, baseline: TimeWindow
    ) -> Findings {
        let now = slowest(view, in: store, window: window)
        let before = slowest(view, in: store, window: baseline)
        let all = TimeWindow(from: baseline.from, to: window.to)
        var summaries: [TraceID: TraceSummary] = [:]
        let lists = [
            view.runs(RunSelection(window: all), order: .slowest, limit: listSize),
            view.runs(RunSelection(window: all, failedOnly: true), order: .newest, limit: listSize),
            view.runs(RunSelection(window: all), order: .newest, limit: listSize),
        ]
        for run in lists.joined() where summaries[run.trace] == nil {
            if let trace = store.trace(run.trace), trace.spans.count <= maximumSpans {
                summaries[run.trace] = TraceSummary(trace)
            }
        }
        return Findings(
            contribution: Contribution(of: now, baseline: before), summaries: summaries,
            runs: Int(clamping: view.counts(in: window).total), traces: now.count)
    }

    private static func slowest(_ view: JourneyView, in store: StoreSnapshot, window: TimeWindow) -> [Trace] {
        let kept = view.keptRuns(in: window)
        guard kept > 0 else { return [] }
        let wanted = min(sampleSize, max(min(kept, 5), kept / 20))
        return view.runs(RunSelection(window: window), order: .slowest, limit: wanted).compactMap { run in
            store.trace(run.trace).flatMap { $0.spans.count <= maximumSpans ? $0 : nil }
        }
    }

    /// What a filter selects.
    package struct Selection: Sendable {
        /// The traces with a span that the filter selects, at most a million.
        package var traces: Set<TraceID> = []
        /// How many spans it selects.
        package var matched = 0
        /// How many spans were looked at.
        package var total = 0
        /// Clauses that cannot be answered here.
        package var unsupported: [String] = []
    }

    /// Finds the spans that ended in a window and that a filter selects.
    package static func search(_ filter: FilterExpression, in store: StoreSnapshot, window: TimeWindow) -> Selection {
        let predicate = SpanPredicate(filter)
        var selection = Selection()
        selection.unsupported = predicate.unsupportedClauses(hasContext: false)
        let tables = store.chunks.map(\.table)
        let parts = predicate.map(tables) { part(tables[$0], $1, window) }
        selection.traces.reserveCapacity(min(maximumTraces, parts.reduce(0) { $0 + $1.traces.count }))
        for part in parts {
            selection.matched += part.matched
            selection.total += part.total
            for trace in part.traces where selection.traces.count < maximumTraces { selection.traces.insert(trace) }
        }
        return selection
    }

    /// How many traces a selection names at most.
    private static let maximumTraces = 1_000_000

    /// What a filter selects of one table: of the rows that match, and of all, those that ended in a window.
    private static func part(
        _ table: SpanTable, _ matching: [UInt32], _ window: TimeWindow
    ) -> (traces: [TraceID], matched: Int, total: Int) {
        table.ends.withUnsafeBuffer { ends in
            var total = 0
            for end in ends where window.contains(end) { total += 1 }
            let rows = total == ends.count ? matching : matching.filter { window.contains(ends[Int($0)]) }
            return (table.traces(of: rows), rows.count, total)
        }
    }
}
