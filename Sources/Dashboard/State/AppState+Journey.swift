import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// The heat map as it lies on the screen now.
    var heatGrid: HeatGrid? {
        guard let view = JourneyRows.selected(of: self) else { return nil }
        let area = JourneyScreen.areas(of: self).heat
        guard !area.isEmpty else { return nil }
        let room = HeatPanel.room(
            in: area, isBoxed: SizeClass(size) >= .normal, hasMarks: HeatPanel.hasMarks(self))
        return HeatGrid(view, self, columns: room.columns, rows: room.rows)
    }

    /// Moves the cursor of the heat map.
    mutating func moveCell(dx: Int, dy: Int) {
        guard let grid = heatGrid else { return }
        let start = journey.cell ?? Point(x: grid.columns - 1, y: grid.promiseRow ?? grid.rows / 2)
        let moved = journey.cell == nil ? start : Point(x: start.x + dx, y: start.y + dy)
        journey.cell = Point(
            x: min(max(0, moved.x), grid.columns - 1), y: min(max(0, moved.y), grid.rows - 1))
    }

    /// Starts a box, or ends it.
    mutating func toggleSelection() {
        guard focus == .heatMap else { return }
        if journey.anchor != nil {
            _ = selectBox()
            focus = .traceList
        } else {
            if journey.cell == nil { moveCell(dx: 0, dy: 0) }
            journey.anchor = journey.cell
            journey.box = nil
        }
    }

    /// Selects the cell under the cursor, or the box that was begun; `false` when there is neither.
    mutating func selectBox() -> Bool {
        guard let grid = heatGrid, let cell = journey.cell else { return false }
        journey.box = grid.box(journey.anchor ?? cell, cell)
        journey.anchor = nil
        journey.trace = nil
        return true
    }

    /// Moves the cursor of the list of traces.
    mutating func moveRun(by rows: Int) {
        let runs = JourneyRuns(self)
        guard !runs.rows.isEmpty else { return }
        let next = min(max(0, RunListPanel.selectedRow(self, runs) + rows), runs.rows.count - 1)
        journey.trace = runs.rows[next].trace
    }

    /// Shows the list before or after.
    mutating func changeList(by step: Int) {
        let all = JourneyScreenState.List.allCases
        journey.list = all[(journey.list.rawValue + step + all.count) % all.count]
        journey.trace = nil
        journey.offset = 0
    }
}
