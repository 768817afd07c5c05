import Journeys
import TerminalKit

/// Screen 1: all journeys, worst first, and the selected one's latency and errors below.
enum JourneysScreen {
    static func draw(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let sizeClass = SizeClass(canvas.size)
        let views = JourneyRows.views(of: state)
        let parts = rows(sizeClass, height: area.height, views.count)
        let table = Rect(x: area.x, y: area.y, width: area.width, height: parts.table)
        drawTable(state, views, in: table, sizeClass, on: &canvas)
        if parts.panes > 0 {
            let panes = Rect(x: area.x, y: table.maxY, width: area.width, height: parts.panes)
            drawPanes(state, in: panes, sizeClass, on: &canvas)
        }
        if parts.sources > 0 {
            SourcesLine.draw(state, in: area.row(area.height - 1), on: &canvas)
        }
    }

    /// How many rows each part gets: the table never less than it needs while the panes can shrink.
    private static func rows(_ sizeClass: SizeClass, height: Int, _ journeys: Int) -> (
        table: Int, panes: Int, sources: Int
    ) {
        switch sizeClass {
        case .floor, .tiny: return (height, 0, 0)
        case .narrow:
            let wanted = journeys + 3
            let panes = height - 1 - wanted
            return panes >= 7 ? (height - 1 - min(10, panes), min(10, panes), 1) : (height - 1, 0, 1)
        case .normal, .wide:
            let wanted = min(journeys + 3, max(10, height * 3 / 5))
            let panes = min(sizeClass == .wide ? 20 : 14, height - 1 - wanted)
            return panes >= 7 ? (height - 1 - panes, panes, 1) : (height - 1, 0, 1)
        }
    }

    private static func drawTable(
        _ state: AppState, _ views: [JourneyView], in area: Rect, _ sizeClass: SizeClass, on canvas: inout Canvas
    ) {
        let title = "Journeys \(views.count)"
        let arrow = state.table.isReversed ? "▴" : "▾"
        let right = "sort: \(state.table.sort.title) \(arrow)"
        let inside: Rect
        if sizeClass >= .normal {
            inside = area.inset(by: 1)
        } else if sizeClass == .narrow {
            inside = area.inset(top: 1, bottom: 1)
        } else {
            inside = area
        }
        let room = max(0, inside.height - 1)
        let selected = state.table.selected.flatMap { id in views.firstIndex { $0.id == id } } ?? 0
        let offset = Scroll.offset(state.table.offset, keeping: selected, of: views.count, in: room)
        let shown = views.dropFirst(offset).prefix(room)
        let position = views.count > room ? "\(offset + 1)–\(offset + shown.count) of \(views.count)" : ""
        if sizeClass >= .normal {
            canvas.panel(
                area, title: title, right: right, footer: footer(state, views), footerRight: position,
                border: Style(.borderFocus))
        } else if sizeClass == .narrow {
            canvas.rule(
                x: area.x, y: area.y, width: area.width, title: [StyledText(title, .title)],
                right: [StyledText(right, .textDim)])
            canvas.rule(
                x: area.x, y: area.maxY - 1, width: area.width, title: [StyledText(footer(state, views), .textDim)],
                right: [StyledText(position, .textDim)])
        }
        let columns = JourneysTable.columns(width: inside.width, views, state)
        let trendWidth = columns[.trend]?.count ?? 1
        let input = JourneysTable.Input(
            titles: Dictionary(uniqueKeysWithValues: JourneyColumn.allCases.map { ($0, $0.title(state)) }),
            columns: columns, lines: shown.map { JourneysTable.line($0, state, trendWidth: trendWidth) })
        JourneysTable.draw(input, in: inside, on: &canvas)
        if views.isEmpty { drawEmpty(state, in: inside, on: &canvas) }
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
        canvas.put(text, x: area.x + 2, y: area.y + 2, style: .dim, width: area.width - 3)
    }

    /// What is wrong with journey files, else how many journeys are promised and how many found.
    private static func footer(_ state: AppState, _ views: [JourneyView]) -> String {
        if let notice = state.picture?.notices.first { return "✗ \(notice)" }
        let found = views.count { $0.isFound }
        return "\(views.count - found) with promises · \(found) found"
    }

    private static func drawPanes(_ state: AppState, in area: Rect, _ sizeClass: SizeClass, on canvas: inout Canvas) {
        guard let view = JourneyRows.selected(of: state) else { return }
        if sizeClass == .narrow {
            LatencyPane.draw(LatencyPane.Input(view, state), in: area, on: &canvas)
            return
        }
        let parts = Layout.split(area.width, into: [.weighted(3, minimum: 40), .weighted(2, minimum: 30, dropRank: 1)])
        if let range = parts[0] {
            let pane = Rect(x: area.x + range.lowerBound, y: area.y, width: range.count, height: area.height)
            LatencyPane.draw(LatencyPane.Input(view, state), in: pane, on: &canvas)
        }
        if let range = parts[1] {
            let half = area.height / 2
            let top = Rect(x: area.x + range.lowerBound, y: area.y, width: range.count, height: half)
            let bottom = Rect(x: top.x, y: top.maxY, width: top.width, height: area.height - half)
            ErrorsPanel.draw(ErrorsPanel.Input(view, state), in: top, on: &canvas)
            ThroughputPanel.draw(ThroughputPanel.Input(view, state), in: bottom, on: &canvas)
        }
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
