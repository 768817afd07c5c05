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
        guard !text.isEmpty else { return }
        let wanted = text.lowercased()
        if let hit = JourneyRows.views(of: self).first(where: { $0.name.lowercased().contains(wanted) }) {
            select(hit.id)
        }
    }

    /// The next match; without a search the next failed span, or the next journey with bad runs.
    mutating func findNext(_ step: Int) {
        if screen == .trace {
            nextMatch(step)
            return
        }
        let views = JourneyRows.views(of: self)
        let window = TimeWindow(last: AppState.recent, until: now)
        let bad = views.indices.filter { views[$0].counts(in: window).bad > 0 }
        guard !bad.isEmpty else { return }
        let current = table.selected.flatMap { id in views.firstIndex { $0.id == id } } ?? -1
        let next = step > 0 ? bad.first { $0 > current } ?? bad.first : bad.last { $0 < current } ?? bad.last
        if let next { select(views[next].id) }
    }

    // MARK: Mouse

    /// A click focuses and selects, the wheel scrolls.
    mutating func handle(_ event: MouseEvent) -> [Effect] {
        lastKey = wallClock
        guard overlay == nil else { return [] }
        switch event.action {
        case .wheelUp: return move(by: -3)
        case .wheelDown: return move(by: 3)
        case .press: return press(at: event.position)
        case .drag, .release: return []
        }
    }

    private mutating func press(at point: Point) -> [Effect] {
        if point.y == 0, SizeClass(size) >= .normal {
            var x = 10
            for screen in Screen.allCases {
                let width = "\(screen.rawValue) \(screen.title)".count + 2
                if point.x >= x, point.x < x + width { return screen == .trace ? perform(.screenTrace) : show(screen) }
                x += width
            }
            return []
        }
        switch screen {
        case .journeys:
            let top = SizeClass(size) == .tiny ? 2 : 4
            let views = JourneyRows.views(of: self)
            let row = point.y - top + table.offset
            guard views.indices.contains(row) else { return [] }
            if table.selected == views[row].id { return perform(.open) }
            select(views[row].id)
        case .journey:
            focus = JourneyScreen.heatArea(size: size, isZoomed: isZoomed).contains(point) ? .heatMap : .traceList
        case .trace: pressTrace(at: point)
        }
        return []
    }
}
