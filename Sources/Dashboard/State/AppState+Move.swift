import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// Moves the cursor of the panel with the focus.
    mutating func move(by rows: Int) -> [Effect] {
        switch focus {
        case .journeyTable: return moveTable(by: rows)
        case .heatMap: moveCell(dx: 0, dy: -rows)
        case .traceList: moveRun(by: rows)
        case .waterfall: moveSpan(by: rows)
        case .spanDetails: trace.detailsOffset = max(0, trace.detailsOffset + min(max(rows, -1000), 1000))
        }
        return []
    }

    private mutating func moveTable(by rows: Int) -> [Effect] {
        let views = JourneyRows.views(of: self)
        guard !views.isEmpty else { return [] }
        let current = table.selected.flatMap { id in views.firstIndex { $0.id == id } } ?? 0
        let next = min(max(0, current + rows), views.count - 1)
        select(views[next].id)
        return []
    }

    /// Puts the cursor on a journey; what was selected on its screen is forgotten with another one.
    mutating func select(_ id: JourneyView.ID) {
        table.isCursorMoved = true
        guard table.selected != id else { return }
        table.selected = id
        journey = JourneyScreenState()
    }

    /// Left or right in the panel with the focus.
    mutating func sideways(_ step: Int) -> [Effect] {
        if isFirstRun {
            let all = Snippet.allCases
            snippet = all[(snippet.rawValue + step + all.count) % all.count]
            return []
        }
        switch focus {
        case .journeyTable, .spanDetails: break
        case .heatMap: moveCell(dx: step, dy: 0)
        case .traceList: changeList(by: step)
        case .waterfall: fold(step < 0)
        }
        return []
    }

    // MARK: Find

    /// Finds a text in this view.
    mutating func find(_ text: String) {
        guard screen != .trace else {
            search(text)
            return
        }
        table.search = text
        guard !text.isEmpty else { return }
        let views = JourneyRows.views(of: self)
        if let hit = matching(views).first { select(views[hit].id) }
    }

    /// The rows whose names have what is searched for.
    private func matching(_ views: [JourneyView]) -> [Int] {
        let wanted = table.search.lowercased()
        return views.indices.filter { views[$0].name.lowercased().contains(wanted) }
    }

    /// The next match; without a search the next failed span, or the next journey with bad runs.
    mutating func findNext(_ step: Int) {
        if screen == .trace {
            nextMatch(step)
            return
        }
        if table.search.isEmpty, showNextAlert(step) {
            // Another journey needs another look.
            journey.asked = nil
            return
        }
        let views = JourneyRows.views(of: self)
        let window = TimeWindow(last: AppState.recent, until: now)
        let hits =
            table.search.isEmpty
            ? views.indices.filter { views[$0].counts(in: window).bad > 0 } : matching(views)
        guard !hits.isEmpty else {
            tell(table.search.isEmpty ? "no journey with bad runs in the last 5m" : "no journey named \(table.search)")
            return
        }
        let current = table.selected.flatMap { id in views.firstIndex { $0.id == id } } ?? -1
        let next = step > 0 ? hits.first { $0 > current } ?? hits.first : hits.last { $0 < current } ?? hits.last
        if let next { select(views[next].id) }
    }
}
