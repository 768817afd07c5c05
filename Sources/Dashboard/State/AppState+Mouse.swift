import Journeys
import TerminalKit

extension AppState {
    /// A click focuses and selects, a click on what is selected opens it, the wheel scrolls what lies under it.
    mutating func handle(_ event: MouseEvent) -> [Effect] {
        lastKey = wallClock
        guard overlay == nil else { return [] }
        switch event.action {
        case .wheelUp, .wheelDown:
            if let panel = panel(at: event.position) { focus = panel }
            return move(by: event.action == .wheelUp ? -3 : 3)
        case .press: return event.button == .left ? press(at: event.position) : []
        case .drag:
            dragBox(to: event.position)
            return []
        case .release:
            if screen == .journey, journey.anchor != nil, selectBox() { focus = .traceList }
            return []
        }
    }

    /// Draws a box in the heat map, from where the button went down.
    private mutating func dragBox(to point: Point) {
        guard screen == .journey else { return }
        let area = JourneyScreen.areas(of: self).heat
        guard area.contains(point), let start = journey.cell else { return }
        pressHeat(at: point, in: area)
        guard journey.anchor == nil, journey.cell != start else { return }
        journey.anchor = start
        journey.box = nil
    }

    /// The panel that can have the focus at a cell.
    private func panel(at point: Point) -> Focus? {
        switch screen {
        case .journeys: return .journeyTable
        case .journey:
            let areas = JourneyScreen.areas(of: self)
            return areas.heat.contains(point) ? .heatMap : areas.list.contains(point) ? .traceList : nil
        case .trace:
            let areas = TraceScreen.areas(of: self)
            return areas.waterfall.contains(point) ? .waterfall : areas.details.contains(point) ? .spanDetails : nil
        }
    }

    private mutating func press(at point: Point) -> [Effect] {
        guard SizeClass(size) != .floor else { return [] }
        if point.y == size.height - 1 {
            guard let command = HintBar.command(at: point.x, self) else { return [] }
            return perform(command)
        }
        if point.y == 0 {
            guard let tab = Header.tab(at: point.x, self) else { return [] }
            return tab == .trace ? perform(.screenTrace) : show(tab)
        }
        guard !isFirstRun else { return [] }
        if let panel = panel(at: point) { focus = panel }
        switch screen {
        case .journeys: return pressTable(at: point)
        case .journey: return pressJourney(at: point)
        case .trace: pressTrace(at: point)
        }
        return []
    }

    private mutating func pressTable(at point: Point) -> [Effect] {
        let lines = JourneyLine.lines(of: self)
        let areas = JourneysScreen.areas(of: self, lines: lines.count)
        if areas.titles.contains(point) {
            let views = JourneyRows.views(of: self)
            let column = JourneysTable(width: areas.titles.width, views, self).column(at: point.x - areas.titles.x)
            guard let sort = column?.sort else { return [] }
            table.isReversed = sort == table.sort ? !table.isReversed : false
            table.sort = sort
            reorder()
            return []
        }
        let row = point.y - areas.list.y + table.offset
        guard areas.list.contains(point), lines.indices.contains(row) else { return [] }
        if table.selected == lines[row].view.id { return perform(.open) }
        select(lines[row].view.id)
        return []
    }

    private mutating func pressJourney(at point: Point) -> [Effect] {
        let areas = JourneyScreen.areas(of: self)
        if areas.heat.contains(point) {
            pressHeat(at: point, in: areas.heat)
            return []
        }
        let rows = RunListPanel.rows(in: areas.list, isBoxed: SizeClass(size) >= .normal)
        let runs = JourneyRuns(self).rows
        let row = point.y - rows.y + journey.offset
        guard rows.contains(point), runs.indices.contains(row) else { return [] }
        if journey.trace == runs[row].trace { return openTrace(runs[row].trace) }
        journey.trace = runs[row].trace
        return []
    }

    private mutating func pressHeat(at point: Point, in area: Rect) {
        guard let grid = heatGrid else { return }
        let cell = HeatPanel.cell(
            at: point, grid, in: area, isBoxed: SizeClass(size) >= .normal, hasMarks: HeatPanel.hasMarks(self))
        if let cell { journey.cell = cell }
    }

    /// A click on a row of the waterfall; on the row under the cursor it folds.
    private mutating func pressTrace(at point: Point) {
        guard TraceScreen.areas(of: self).waterfall.contains(point) else { return }
        let first = TraceScreen.firstRow(of: self)
        let place = trace.offset + point.y - first
        guard point.y >= first, point.y < first + TraceScreen.waterfallRows(of: self),
            (0..<shownTraceRowCount).contains(place)
        else { return }
        if trace.row == traceRow(shownAt: place) {
            toggleFold()
        } else {
            moveSpan(by: place - (trace.shownRows?.firstIndex(of: trace.row) ?? trace.row))
        }
    }
}
