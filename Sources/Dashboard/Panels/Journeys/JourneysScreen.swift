import Journeys
import TerminalKit

/// Screen 1: what hurts now, all journeys, worst first, and the selected one in panes below.
enum JourneysScreen {
    /// Where the parts of the screen lie.
    struct Areas {
        /// The NOW strip; empty where nothing is judged.
        var strip: Rect
        /// The table with its frame.
        var table: Rect
        /// The line of column titles; empty on tiny screens with a strip.
        var titles: Rect
        /// The rows.
        var list: Rect
        /// The line that explains a row; empty where nothing is judged or there is no room.
        var explanation: Rect
        /// The panes of the selected journey; empty where there is no room for them.
        var panes: Rect
        /// The column of alerts and notes at the right of wide screens.
        var events: Rect
        /// The line of sources.
        var sources: Rect
    }

    /// How wide the column of alerts and notes is.
    private static let eventsWidth = 44

    /// The parts for so many lines: the table takes what it needs, the panes all the rest.
    static func areas(of state: AppState, lines: Int) -> Areas {
        let sizeClass = SizeClass(state.size)
        let isJudged = state.verdicts != nil
        let strip = state.body.inset(bottom: max(0, state.body.height - NowStrip.height(of: state)))
        let nothing = Rect(x: 0, y: strip.maxY, width: 0, height: 0)
        var areas = Areas(
            strip: isJudged ? strip : nothing, table: nothing, titles: nothing, list: nothing, explanation: nothing,
            panes: nothing, events: nothing, sources: nothing)
        var body = isJudged ? state.body.inset(top: strip.height) : state.body
        guard sizeClass >= .narrow else {
            areas.table = body
            areas.titles = isJudged ? body.inset(bottom: body.height) : body.row(0)
            areas.list = isJudged ? body : body.inset(top: 1)
            return areas
        }
        areas.sources = body.row(max(0, body.height - 1))
        body = body.inset(bottom: 1)
        if isJudged, sizeClass == .wide {
            areas.events = body.inset(left: max(0, body.width - eventsWidth))
            body = body.inset(right: areas.events.width)
        }
        let hasExplanation = isJudged && sizeClass >= .normal
        var wanted = max(1, lines) + 3 + (hasExplanation ? 1 : 0)
        let leastPanes = sizeClass == .narrow ? 6 : sizeClass == .wide && isJudged ? 14 : isJudged ? 9 : 7
        if sizeClass >= .normal {
            let most = isJudged ? max(body.height * 3 / 5, body.height - leastPanes) : body.height * 3 / 5
            wanted = min(wanted, max(10, most))
        }
        let panes = body.height - wanted >= min(leastPanes, 7) ? body.height - wanted : 0
        areas.table = body.inset(bottom: panes)
        areas.panes = Rect(x: body.x, y: areas.table.maxY, width: body.width, height: panes)
        let inside = sizeClass == .narrow ? areas.table.inset(top: 1, bottom: 1) : areas.table.inset(by: 1)
        areas.titles = inside.row(0)
        areas.list = inside.inset(top: 1, bottom: hasExplanation ? 1 : 0)
        if hasExplanation { areas.explanation = inside.row(inside.height - 1) }
        return areas
    }

    static func draw(_ state: AppState, on canvas: inout Canvas) {
        let lines = JourneyLine.lines(of: state)
        let areas = areas(of: state, lines: lines.count)
        NowStrip.draw(state, in: areas.strip, on: &canvas)
        drawTable(state, lines, areas, on: &canvas)
        if !areas.panes.isEmpty, let view = JourneyRows.selected(of: state) {
            drawPanes(view, state, in: areas.panes, on: &canvas)
        }
        if !areas.events.isEmpty { AlertsColumn.draw(AlertsColumn.Input(state), in: areas.events, on: &canvas) }
        if !areas.sources.isEmpty { SourcesLine.draw(state, in: areas.sources, on: &canvas) }
    }

    private static func drawTable(
        _ state: AppState, _ lines: [JourneyLine], _ areas: Areas, on canvas: inout Canvas
    ) {
        let views = lines.filter { $0.promise == nil }.map(\.view)
        let room = areas.list.height
        let offset = min(state.table.offset, max(0, lines.count - room))
        let shown = lines.dropFirst(offset).prefix(room)
        let table = JourneysTable(width: areas.list.width, views, state)
        let place = position(lines, offset, shown.count)
        let hasLegend = state.verdicts != nil && place.isEmpty && table.hasMixedVersions
        let right = hasLegend && SizeClass(state.size) >= .normal ? "* = several versions live" : place
        drawFrame(state, views, right, in: areas.table, on: &canvas)
        if !areas.titles.isEmpty { table.drawTitles(state, in: areas.titles, on: &canvas) }
        for (index, line) in shown.enumerated() {
            table.draw(line, state, in: areas.list.row(index), on: &canvas)
        }
        if views.isEmpty { drawEmpty(state, in: areas.list, on: &canvas) }
        guard !areas.explanation.isEmpty else { return }
        let row = areas.explanation.inset(left: 1)
        let sentences = explanation(state, views).map { [StyledText($0, .textDim)] }
        canvas.put(
            Line.fitting(sentences, width: row.width), x: row.x, y: row.y, width: row.width)
    }

    /// Which rows are on screen, when not all are.
    private static func position(_ lines: [JourneyLine], _ offset: Int, _ shown: Int) -> String {
        guard shown < lines.count else { return "" }
        let rows = lines.prefix(offset + shown).count { $0.promise == nil }
        let first = lines.prefix(offset).count { $0.promise == nil } + 1
        let all = lines.count { $0.promise == nil }
        return rows < all ? "row \(first)–\(rows) ↓\(all - rows) more" : "row \(first)–\(rows) of \(all)"
    }

    /// How many rows of tiny screens are seen: `10 of 13 ↓`.
    static func shortPosition(_ state: AppState) -> String {
        guard state.verdicts != nil, state.screen == .journeys else { return "" }
        let count = JourneyRows.views(of: state).count
        let seen = min(count, state.table.offset + areas(of: state, lines: count).list.height)
        return seen < count ? "\(seen) of \(count) ↓" : count == 0 ? "" : "\(count) of \(count)"
    }

    /// The selected journey in words, or the worst of few runs when the cursor stands on none.
    private static func explanation(_ state: AppState, _ views: [JourneyView]) -> [String] {
        guard let verdicts = state.verdicts else { return [] }
        let few = verdicts.journeys.filter { $0.shown == .few && state.isInScope($0.id) }
            .min(by: JourneyVerdict.comesBefore)
        let selected = state.table.isCursorMoved ? state.selectedVerdict : few ?? state.selectedVerdict
        let choices = [selected, few, verdicts.journeys.min(by: JourneyVerdict.comesBefore)].compactMap { $0 }
        for verdict in choices {
            guard let view = JourneyRows.view(verdict.id, of: state) else { continue }
            let sentences = JourneyRow(view, verdict, state, isTiny: false).explanation
            if !sentences.isEmpty { return sentences }
        }
        return []
    }

    private static func drawFrame(
        _ state: AppState, _ views: [JourneyView], _ position: String, in area: Rect, on canvas: inout Canvas
    ) {
        let isJudged = state.verdicts != nil
        let title = "Journeys \(views.count)"
        let right = "sort: \(sortTitle(state)) \(state.table.isReversed ? "▴" : "▾")"
        let footer = footer(state, views)
        switch SizeClass(state.size) {
        case .floor, .tiny: break
        case .narrow where isJudged:
            // Under the strip the rule needs no title, and below the rows there is room for one.
            canvas.rule(x: area.x, y: area.y, width: area.width)
            let text = state.picture?.notices.isEmpty == false ? footer : "\(views.count) journeys"
            let place = position.isEmpty ? "" : " · \(position)"
            canvas.rule(
                x: area.x, y: area.maxY - 1, width: area.width, title: [StyledText(text + place, .textDim)])
        case .narrow:
            canvas.rule(
                x: area.x, y: area.y, width: area.width, title: [StyledText(title, .title)],
                right: [StyledText(right, .textDim)])
            canvas.rule(
                x: area.x, y: area.maxY - 1, width: area.width, title: [StyledText(footer, .textDim)],
                right: [StyledText(position, .textDim)])
        case .normal, .wide:
            canvas.panel(
                area, title: title, right: right, footer: footer, footerRight: position,
                border: Style(.borderFocus))
        }
    }

    private static func sortTitle(_ state: AppState) -> String {
        let isJudged = state.verdicts != nil
        return isJudged && state.table.sort == .badness ? "severity, then empty-in" : state.table.sort.title
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

    /// What is wrong with files, history or alerts, else how many journeys stand how.
    private static func footer(_ state: AppState, _ views: [JourneyView]) -> String {
        if let notice = state.picture?.notices.first { return "✗ \(notice)" }
        if let history = state.picture?.history { return "✗ history: \(history)" }
        if let delivery = state.picture?.delivery { return "✗ alerts: \(delivery)" }
        let found = views.count { $0.isFound }
        guard let verdicts = state.verdicts else { return "\(views.count - found) with promises · \(found) found" }
        let shown = Set(views.map(\.id))
        let states = verdicts.journeys.filter { shown.contains($0.id) }.map(\.shown)
        let counts = JourneyState.allCases.compactMap { one -> String? in
            let count = states.count { $0 == one }
            return count > 0 ? "\(count) \(one.word.lowercased())" : nil
        }
        return (counts + (found > 0 ? ["\(found) found"] : [])).joined(separator: " · ")
    }

    // MARK: Panes

    private static func drawPanes(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        guard SizeClass(state.size) >= .normal else {
            LatencyPane.draw(LatencyPane.Input(view, state), in: area, on: &canvas)
            return
        }
        let upper = Rect(
            x: area.x, y: area.y, width: area.width, height: area.height >= 24 ? area.height * 9 / 20 : area.height)
        if state.verdicts != nil {
            drawJudgedPanes(view, state, in: upper, on: &canvas)
        } else {
            let parts = upper.columns([.weighted(3, minimum: 40), .weighted(2, minimum: 30, dropRank: 1)])
            if let pane = parts[0] { LatencyPane.draw(LatencyPane.Input(view, state), in: pane, on: &canvas) }
            if let pane = parts[1] { drawCounts(view, state, in: pane, on: &canvas) }
        }
        let lower = area.inset(top: upper.height)
        guard !lower.isEmpty else { return }
        let below = lower.columns([.weighted(3, minimum: 40), .weighted(2, minimum: 30, dropRank: 1)])
        if let pane = below[0] { HeatPanel.draw(view, state, in: pane, on: &canvas) }
        if let pane = below[1] { drawParts(view, state, in: pane, on: &canvas) }
    }

    /// Latency, on wide screens the burn, and what changed.
    private static func drawJudgedPanes(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas)
    {
        let isWide = SizeClass(state.size) == .wide
        let parts = area.columns(
            [.weighted(1, minimum: 40)] + (isWide ? [.weighted(1, minimum: 36)] : [])
                + [.weighted(1, minimum: 40, dropRank: 1)])
        if let pane = parts[0] { LatencyPane.draw(LatencyPane.Input(view, state), in: pane, on: &canvas) }
        if isWide, let pane = parts[1] { BurnPane.draw(BurnPane.Input(view, state), in: pane, on: &canvas) }
        if let pane = parts[parts.count - 1] { ChangesPane.draw(ChangesPane.Input(state), in: pane, on: &canvas) }
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
