import TerminalKit

extension AppState {
    /// The part of the screen between the header and the hints.
    var body: Rect {
        let top = SizeClass(size) == .tiny ? 1 : 2
        return Rect(x: 0, y: top, width: size.width, height: max(0, size.height - top - 1))
    }

    /// Brings cursors into view and offsets into range, after anything that may have moved them.
    ///
    /// Lists scroll like a pager: the offset is kept and moves no further than the cursor asks.
    mutating func settle() {
        settleVerdicts()
        switch screen {
        case .journeys: settleTable()
        case .journey: settleRuns()
        case .trace: settleDetails()
        }
        if case .help(let scroll) = overlay {
            overlay = .help(scroll: min(scroll, HelpOverlay.greatestScroll(of: self)))
        }
    }

    /// Reads again what verdicts are shown with, when it is old or about another journey.
    private mutating func settleVerdicts() {
        guard let picture, let verdicts else { return }
        paths.update(picture)
        if let shown = strip.shown, verdicts[shown]?.isHurting != true { strip.shown = nil }
        guard screen == .journey, SizeClass(size) >= .normal, let view = JourneyRows.selected(of: self),
            let promise = selectedVerdict?.worstObjective
        else { return }
        if let budget, budget.row == view.id, budget.objective == promise.objective.name,
            judgedAt >= budget.at, judgedAt - budget.at < 60_000_000_000
        {
            return
        }
        budget = BudgetCurve(view, promise, at: judgedAt)
    }

    private mutating func settleTable() {
        let lines = JourneyLine.lines(of: self)
        let selected = table.selected.flatMap { id in lines.firstIndex { $0.view.id == id } } ?? 0
        let room = JourneysScreen.areas(of: self, lines: lines.count).list.height
        table.offset = Scroll.offset(table.offset, keeping: selected, of: lines.count, in: room)
    }

    private mutating func settleRuns() {
        // A screen too small for the heat map has only the list.
        if focus == .heatMap, JourneyScreen.areas(of: self).heat.isEmpty { focus = .traceList }
        let runs = JourneyRuns(self)
        journey.listed = runs
        let selected = RunListPanel.selectedRow(self, runs)
        let room = JourneyScreen.runRows(of: self)
        journey.offset = Scroll.offset(journey.offset, keeping: selected, of: runs.rows.count, in: room)
    }

    private mutating func settleDetails() {
        if focus == .spanDetails, TraceScreen.areas(of: self).details.isEmpty { focus = .waterfall }
        settleTrace()
        guard trace.detailsOffset > 0, let layout = trace.layout else { return }
        trace.detailsOffset = min(trace.detailsOffset, SpanDetailsPanel.greatestOffset(layout, self))
    }

    /// How many rows a page is for the list with the focus.
    var pageRows: Int {
        switch focus {
        case .journeyTable:
            max(1, JourneysScreen.areas(of: self, lines: JourneyLine.lines(of: self).count).list.height)
        case .heatMap, .traceList: max(1, JourneyScreen.runRows(of: self))
        case .waterfall: max(1, TraceScreen.waterfallRows(of: self))
        case .spanDetails: max(1, TraceScreen.areas(of: self).details.height - 2)
        }
    }
}
