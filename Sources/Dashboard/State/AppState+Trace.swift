import Analysis
import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// Shows a trace that was put together, with the cursor where it was.
    mutating func show(_ picture: TracePicture) {
        let isFirst = trace.layout == nil
        let kept = trace.layout.flatMap { $0.rows.indices.contains(trace.row) ? $0.id(of: trace.row) : nil }
        if isFirst {
            trace.axis = Analysis.TimeAxis(holding: picture.length)
        } else {
            trace.axis.grow(toHold: picture.length)
        }
        trace.run = TraceRun(picture.trace, definitions: self.picture?.journeys.journeys.compactMap(\.definition) ?? [])
        trace.selected = selectedSpans(of: picture)
        layOut(picture, keeping: kept)
        if isFirst, let worst = worstRow() { trace.row = worst }
        if !trace.search.isEmpty { search(trace.search) }
        settleTrace()
    }

    /// The row of the span that the trace waited for longest.
    private func worstRow() -> Int? {
        guard let layout = trace.layout else { return nil }
        return layout.picture.path.longest.map(layout.row(showing:))
    }

    private func selectedSpans(of picture: TracePicture) -> Set<Int>? {
        guard let filter else { return nil }
        let predicate = SpanPredicate(filter.expression)
        let bound = picture.trace.chunks.map { predicate.bind(to: $0.table) }
        var selected: Set<Int> = []
        for (number, span) in picture.trace.spans.enumerated() where bound[span.chunk].matches(span.row) {
            selected.insert(number)
        }
        return selected
    }

    private mutating func layOut(_ picture: TracePicture, keeping id: TraceRowID?) {
        let layout = TraceLayout(picture, folds: trace.folds)
        take(layout)
        if let id, let row = layout.row(keeping: id) { trace.row = row }
        trace.row = min(max(0, trace.row), max(0, layout.rows.count - 1))
    }

    private mutating func take(_ layout: TraceLayout) {
        trace.layout = layout
        trace.shownRows = trace.errorsOnly ? AppState.failedRows(of: layout) : nil
    }

    /// Lays the trace out again, after a change of folds or of what is shown.
    mutating func relayout() {
        guard let before = trace.layout else { return }
        let layout = TraceLayout(before.picture, folds: trace.folds)
        take(layout)
        if before.rows.indices.contains(trace.row) { trace.row = layout.row(keeping: trace.row, of: before) }
        trace.row = min(max(0, trace.row), max(0, layout.rows.count - 1))
        settleTrace()
    }

    /// The rows with an error, and those they lie in.
    static func failedRows(of layout: TraceLayout) -> [Int] {
        var rows: [Int] = []
        // What lies less deep than this leads to a row that is shown.
        var wanted: Int32 = 0
        for row in layout.rows.indices.reversed() {
            let depth = layout.rows[row].depth
            if depth < wanted || layout.errorCount(of: row) > 0 {
                rows.append(row)
                wanted = depth
            }
        }
        return rows.reversed()
    }

    /// How many rows are shown.
    var shownTraceRowCount: Int { trace.shownRows?.count ?? trace.layout?.rows.count ?? 0 }

    /// The number in the layout of a row that is shown.
    func traceRow(shownAt place: Int) -> Int { trace.shownRows?[place] ?? place }

    /// Keeps the cursor on a row that is shown, and in view.
    mutating func settleTrace() {
        guard let layout = trace.layout else { return }
        if let shown = trace.shownRows, !shown.isEmpty, !shown.contains(trace.row) {
            trace.row = shown.last { $0 < trace.row } ?? shown[0]
        }
        let place = trace.shownRows?.firstIndex(of: trace.row) ?? trace.row
        let count = trace.shownRows?.count ?? layout.rows.count
        trace.offset = Scroll.offset(trace.offset, keeping: place, of: count, in: TraceScreen.waterfallRows(of: self))
    }

    /// Moves the cursor of the waterfall.
    mutating func moveSpan(by rows: Int) {
        guard let layout = trace.layout else { return }
        trace.detailsOffset = 0
        if let shown = trace.shownRows {
            guard !shown.isEmpty else { return }
            let place = shown.firstIndex(of: trace.row) ?? 0
            trace.row = shown[min(max(0, place + rows), shown.count - 1)]
        } else {
            trace.row = min(max(0, trace.row + rows), max(0, layout.rows.count - 1))
        }
        settleTrace()
    }

    // MARK: Folds

    /// Folds or unfolds the row under the cursor; folding a leaf goes to its parent.
    mutating func fold(_ folded: Bool) {
        guard let layout = trace.layout, layout.rows.indices.contains(trace.row) else { return }
        let row = layout.rows[trace.row]
        if row.isFoldable, row.isFolded != folded {
            trace.folds.set(layout.id(of: trace.row), folded: folded)
            relayout()
        } else if folded {
            if let above = layout.row(above: trace.row) { moveSpan(by: above - trace.row) }
        }
    }

    /// Turns the fold under the cursor round.
    mutating func toggleFold() {
        guard let layout = trace.layout, layout.rows.indices.contains(trace.row) else { return }
        if layout.rows[trace.row].isFoldable { fold(!layout.rows[trace.row].isFolded) }
    }

    /// Folds all, unfolds all, follows the critical path, or shows and hides the details.
    mutating func changeTrace(_ id: CommandID) {
        switch id {
        case .foldAll:
            trace.folds.foldAll()
            relayout()
        case .unfoldAll:
            trace.folds.unfoldAll()
            relayout()
        case .pathNext:
            if let next = trace.layout?.nextCritical(after: trace.row) {
                trace.row = next
                trace.detailsOffset = 0
                settleTrace()
            }
        case .detailsToggle:
            trace.showsDetails.toggle()
            focus = .waterfall
            settleTrace()
        default: break
        }
    }

    // MARK: Find

    /// Searches the trace and goes to the first match at or below the cursor.
    mutating func search(_ text: String) {
        trace.search = text
        guard let layout = trace.layout, !text.isEmpty else {
            trace.matches = []
            trace.isMatched = []
            return
        }
        trace.matches = TraceSearch(text).matches(in: layout.picture)
        trace.isMatched = Array(repeating: false, count: layout.picture.trace.spans.count)
        for span in trace.matches { trace.isMatched[span] = true }
        let first = trace.matches.first { layout.row(showing: $0) >= trace.row } ?? trace.matches.first
        if let first { reveal(first) }
    }

    /// Goes to the next match, or without a search to the next failed span.
    mutating func nextMatch(_ step: Int) {
        guard let layout = trace.layout else { return }
        let spans =
            trace.search.isEmpty ? layout.picture.spans(marked: .error) : trace.matches
        guard !spans.isEmpty else {
            tell(trace.search.isEmpty ? "no failed span" : "no match for \(trace.search)")
            return
        }
        let current = layout.spans(of: trace.row).first
        let place = current.flatMap { spans.firstIndex(of: $0) }
        let rows = spans.map(layout.row(showing:))
        let next: Int
        if let place {
            next = (place + step + spans.count) % spans.count
        } else if step > 0 {
            next = rows.firstIndex { $0 > trace.row } ?? 0
        } else {
            next = rows.lastIndex { $0 < trace.row } ?? spans.count - 1
        }
        reveal(spans[next])
    }

    /// Unfolds what hides a span and puts the cursor on it.
    private mutating func reveal(_ span: Int) {
        guard let layout = trace.layout else { return }
        let folds = layout.picture.unfolding(trace.folds, toShow: span)
        if folds != trace.folds {
            trace.folds = folds
            relayout()
        }
        trace.row = trace.layout?.row(showing: span) ?? trace.row
        trace.detailsOffset = 0
        settleTrace()
    }
}

extension TraceScreenState {
    /// What copying takes: the span under the cursor, or the trace.
    var copyText: String? {
        guard let id else { return nil }
        guard let layout, layout.rows.indices.contains(row), let span = layout.span(of: row) else { return id.hex }
        let picked = layout.picture.trace.spans[span]
        return "trace_id=\(id.hex) span_id=\(picked.id.hex) service=\(picked.service) name=\"\(picked.name)\""
    }
}

extension TraceRun {
    /// Finds the journey whose entry a trace has; `nil` when there is none.
    init?(_ trace: Trace, definitions: [JourneyDefinition]) {
        // A trace of very many spans is a run all the same if one of its first spans is an entry.
        let spans = trace.spans.prefix(10_000)
        for definition in definitions {
            guard let entry = definition.entry else { continue }
            let predicate = SpanPredicate(entry.expression)
            let bound = trace.chunks.map { predicate.bind(to: $0.table) }
            let hit = spans.firstIndex { bound[$0.chunk].matches($0.row) }
            guard let hit else { continue }
            var steps: [Int: String] = [:]
            for step in definition.steps {
                let predicate = SpanPredicate(step.filter.expression)
                let reached = trace.chunks.map { predicate.bind(to: $0.table) }
                for (number, span) in spans.enumerated() where reached[span.chunk].matches(span.row) {
                    steps[number] = step.name
                }
            }
            self.init(journey: definition.name, under: definition.tightestUnder, entry: hit, steps: steps)
            return
        }
        return nil
    }
}
