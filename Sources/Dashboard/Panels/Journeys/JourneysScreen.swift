import Journeys
import TerminalKit

/// Screen 1: all journeys, worst first, and the selected one in panes below.
enum JourneysScreen {
    /// Where the parts of the screen lie.
    struct Areas {
        /// The table with its frame.
        var table: Rect
        /// The line of column titles.
        var titles: Rect
        /// The rows.
        var list: Rect
        /// The panes of the selected journey; empty where there is no room for them.
        var panes: Rect
        /// The line of sources.
        var sources: Rect
    }

    /// The parts for so many journeys: the table takes what it needs, the panes all the rest.
    static func areas(of state: AppState, journeys: Int) -> Areas {
        let body = state.body
        let sizeClass = SizeClass(state.size)
        let nothing = Rect(x: body.x, y: body.y, width: 0, height: 0)
        guard sizeClass >= .narrow else {
            return Areas(
                table: body, titles: body.row(0), list: body.inset(top: 1), panes: nothing, sources: nothing)
        }
        let rest = max(0, body.height - 1)
        var wanted = max(1, journeys) + 3
        if sizeClass >= .normal { wanted = min(wanted, max(10, rest * 3 / 5)) }
        let panes = rest - wanted >= (sizeClass == .narrow ? 6 : 7) ? rest - wanted : 0
        let table = Rect(x: body.x, y: body.y, width: body.width, height: rest - panes)
        let inside = sizeClass == .narrow ? table.inset(top: 1, bottom: 1) : table.inset(by: 1)
        return Areas(
            table: table, titles: inside.row(0), list: inside.inset(top: 1),
            panes: Rect(x: body.x, y: table.maxY, width: body.width, height: panes), sources: body.row(rest))
    }

    static func draw(_ state: AppState, on canvas: inout Canvas) {
        let views = JourneyRows.views(of: state)
        let areas = areas(of: state, journeys: views.count)
        drawTable(state, views, areas, on: &canvas)
        if !areas.panes.isEmpty, let view = JourneyRows.selected(of: state) {
            drawPanes(view, state, in: areas.panes, on: &canvas)
        }
        if !areas.sources.isEmpty { SourcesLine.draw(state, in: areas.sources, on: &canvas) }
    }

    private static func drawTable(
        _ state: AppState, _ views: [JourneyView], _ areas: Areas, on canvas: inout Canvas
    ) {
        let room = areas.list.height
        let offset = min(state.table.offset, max(0, views.count - room))
        let shown = views.dropFirst(offset).prefix(room)
        let position = views.count > room ? "\(offset + 1)–\(offset + shown.count) of \(views.count)" : ""
        drawFrame(state, views, position, in: areas.table, on: &canvas)
        let table = JourneysTable(width: areas.titles.width, views, state)
        table.drawTitles(state, in: areas.titles, on: &canvas)
        for (index, view) in shown.enumerated() {
            table.draw(view, state, in: areas.list.row(index), on: &canvas)
        }
        if views.isEmpty { drawEmpty(state, in: areas.list, on: &canvas) }
    }

    private static func drawFrame(
        _ state: AppState, _ views: [JourneyView], _ position: String, in area: Rect, on canvas: inout Canvas
    ) {
        let title = "Journeys \(views.count)"
        let right = "sort: \(state.table.sort.title) \(state.table.isReversed ? "▴" : "▾")"
        switch SizeClass(state.size) {
        case .floor, .tiny: break
        case .narrow:
            canvas.rule(
                x: area.x, y: area.y, width: area.width, title: [StyledText(title, .title)],
                right: [StyledText(right, .textDim)])
            canvas.rule(
                x: area.x, y: area.maxY - 1, width: area.width, title: [StyledText(footer(state, views), .textDim)],
                right: [StyledText(position, .textDim)])
        case .normal, .wide:
            canvas.panel(
                area, title: title, right: right, footer: footer(state, views), footerRight: position,
                border: Style(.borderFocus))
        }
    }

    /// Why there is nothing in the table.
    private static func drawEmpty(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let text =
            if let filter = state.filter {
                filter.result == nil ? "filtering …" : "no journey has a span that \(filter.text) selects   Esc clears"
            } else if state.environment != nil {
                "no journey in this environment   g e next environment"
            } else if state.picture?.progress != nil {
                "reading …"
            } else {
                "no journeys: no span without a parent, and none that a journey file selects"
            }
        canvas.put(text, x: area.x + 2, y: area.y, style: .dim, width: area.width - 3)
    }

    /// What is wrong with journey files, else how many journeys are promised and how many found.
    private static func footer(_ state: AppState, _ views: [JourneyView]) -> String {
        if let notice = state.picture?.notices.first { return "✗ \(notice)" }
        let found = views.count { $0.isFound }
        return "\(views.count - found) with promises · \(found) found"
    }

    // MARK: Panes

    private static func drawPanes(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        guard SizeClass(state.size) >= .normal else {
            LatencyPane.draw(LatencyPane.Input(view, state), in: area, on: &canvas)
            return
        }
        let upper = Rect(
            x: area.x, y: area.y, width: area.width, height: area.height >= 24 ? area.height * 9 / 20 : area.height)
        let parts = upper.columns([.weighted(3, minimum: 40), .weighted(2, minimum: 30, dropRank: 1)])
        if let pane = parts[0] { LatencyPane.draw(LatencyPane.Input(view, state), in: pane, on: &canvas) }
        if let pane = parts[1] { drawCounts(view, state, in: pane, on: &canvas) }
        let lower = area.inset(top: upper.height)
        guard !lower.isEmpty else { return }
        let below = lower.columns([.weighted(3, minimum: 40), .weighted(2, minimum: 30, dropRank: 1)])
        if let pane = below[0] { HeatPanel.draw(view, state, in: pane, on: &canvas) }
        if let pane = below[1] { drawParts(view, state, in: pane, on: &canvas) }
    }

    private static func drawCounts(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let half = area.height / 2
        ErrorsPanel.draw(ErrorsPanel.Input(view, state), in: area.inset(bottom: area.height - half), on: &canvas)
        ThroughputPanel.draw(ThroughputPanel.Input(view, state), in: area.inset(top: half), on: &canvas)
    }

    /// Steps, if there are any, above versions.
    private static func drawParts(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let steps = view.definition?.steps.count ?? 0
        let height = steps == 0 ? 0 : min(steps + 3, area.height / 2)
        if height > 0 {
            FunnelPanel.draw(FunnelPanel.Input(view, state), in: area.inset(bottom: area.height - height), on: &canvas)
        }
        VersionsPanel.draw(VersionsPanel.Input(view, state), in: area.inset(top: height), on: &canvas)
    }
}

/// Keeps a cursor in view.
enum Scroll {
    /// The first row to show so that `row` is among `room` rows, moving as little as possible.
    static func offset(_ offset: Int, keeping row: Int, of count: Int, in room: Int) -> Int {
        guard room > 0 else { return 0 }
        var offset = min(offset, max(0, count - room))
        if row < offset { offset = row }
        if row >= offset + room { offset = row - room + 1 }
        return max(0, offset)
    }
}
