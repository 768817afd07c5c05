import Journeys
import TerminalKit

/// Screen 2: one journey.
enum JourneyScreen {
    static func draw(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        guard let view = JourneyRows.selected(of: state) else {
            canvas.put("no journey yet   1 Journeys", x: area.x + 2, y: area.y + 1, style: .dim)
            return
        }
        drawTitle(view, state, in: area.row(0), on: &canvas)
        let body = area.inset(top: 1)
        if state.isZoomed {
            drawFocused(view, state, in: body, on: &canvas)
            return
        }
        switch SizeClass(canvas.size) {
        case .floor, .tiny: drawTiny(view, state, in: body, on: &canvas)
        case .narrow: drawNarrow(view, state, in: body, on: &canvas)
        case .normal, .wide: drawNormal(view, state, in: body, on: &canvas)
        }
    }

    /// Where the heat map lies, for the cursor's bounds and the mouse.
    static func heatArea(size: Size, isZoomed: Bool) -> Rect {
        let body = Rect(x: 0, y: 3, width: size.width, height: max(0, size.height - 4))
        if isZoomed { return body }
        switch SizeClass(size) {
        case .floor, .tiny: return Rect(x: 0, y: 0, width: 0, height: 0)
        case .narrow: return Rect(x: body.x, y: body.y, width: body.width, height: narrowHeights(body.height).heat)
        case .normal, .wide:
            let heights = heights(body.height)
            return Rect(x: body.x, y: body.y, width: heatWidth(body.width), height: heights.heat)
        }
    }

    private static func heatWidth(_ width: Int) -> Int { width * 3 / 5 }

    /// A third for the list and the small panels on tall screens, never less than they need.
    private static func heights(_ height: Int) -> (heat: Int, panels: Int, list: Int) {
        let panels = 8
        let list = max(6, (height - panels) * 3 / 10)
        return (height - panels - list, panels, list)
    }

    private static func narrowHeights(_ height: Int) -> (heat: Int, panels: Int, list: Int) {
        let panels = 5
        let list = max(4, height / 4)
        return (height - panels - list, panels, list)
    }

    private static func drawTitle(_ view: JourneyView, _ state: AppState, in row: Rect, on canvas: inout Canvas) {
        var line = [StyledText(" \(Shorten.middle(view.name, to: 40))", .title)]
        if let environment = view.environment, !environment.isEmpty {
            line.append(StyledText("  \(environment)", .textDim))
        }
        if let definition = view.definition {
            if let title = definition.title { line.append(StyledText("  \(title)", .text)) }
            let promises = definition.objectives.map { objective in
                let under = objective.under.map { " <\(NumberFormat.duration($0))" } ?? ""
                return "\(objective.name) \(objective.target)\(under)"
            }
            if !promises.isEmpty {
                line.append(
                    StyledText("   SLO \(promises.joined(separator: " · ")) · \(definition.window.text)", .label))
            }
            if let owner = definition.owner { line.append(StyledText("   owner \(owner)", .textDim)) }
            if definition.runbook != nil { line.append(StyledText("   runbook r »", .link)) }
            if view.isUnjudged {
                line.append(
                    StyledText("   runs of joined and metric journeys are judged in a later version", .dataSuspect))
            }
        } else {
            line.append(StyledText("   found, no promises   J writes a file", .textDim))
        }
        canvas.put(line, x: row.x, y: row.y, width: row.width)
    }

    private static func drawFocused(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        if state.focus == .traceList {
            RunListPanel.draw(state, in: area, on: &canvas)
        } else {
            HeatPanel.draw(view, state, in: area, on: &canvas)
        }
    }

    private static func drawNormal(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let heights = heights(area.height)
        let heat = Rect(x: area.x, y: area.y, width: heatWidth(area.width), height: heights.heat)
        HeatPanel.draw(view, state, in: heat, on: &canvas)
        let side = Rect(x: heat.maxX, y: area.y, width: area.width - heat.width, height: heights.heat)
        let errors = Rect(x: side.x, y: side.y, width: side.width, height: side.height / 2)
        ErrorsPanel.draw(ErrorsPanel.Input(view, state), in: errors, on: &canvas)
        let throughput = Rect(x: side.x, y: errors.maxY, width: side.width, height: side.height - errors.height)
        ThroughputPanel.draw(ThroughputPanel.Input(view, state), in: throughput, on: &canvas)
        drawSmallPanels(
            view, state, in: Rect(x: area.x, y: heat.maxY, width: area.width, height: heights.panels), on: &canvas)
        RunListPanel.draw(
            state, in: Rect(x: area.x, y: heat.maxY + heights.panels, width: area.width, height: heights.list),
            on: &canvas)
    }

    /// Steps, contribution and versions side by side; a journey without steps gives its room to the others.
    private static func drawSmallPanels(
        _ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas
    ) {
        let hasSteps = !(view.definition?.steps.isEmpty ?? true)
        let items: [LayoutItem] = [
            hasSteps ? .weighted(1, minimum: 26) : LayoutItem(minimum: 0),
            .weighted(1, minimum: 26), .weighted(1, minimum: 24, dropRank: 0),
        ]
        let parts = Layout.split(area.width, into: items)
        func part(_ index: Int) -> Rect? {
            parts[index].map { Rect(x: area.x + $0.lowerBound, y: area.y, width: $0.count, height: area.height) }
        }
        if hasSteps, let rect = part(0) { FunnelPanel.draw(FunnelPanel.Input(view, state), in: rect, on: &canvas) }
        if let rect = part(1) { ContributionPanel.draw(ContributionPanel.Input(state), in: rect, on: &canvas) }
        if let rect = part(2) { VersionsPanel.draw(VersionsPanel.Input(view, state), in: rect, on: &canvas) }
    }

    private static func drawNarrow(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let heights = narrowHeights(area.height)
        let heat = Rect(x: area.x, y: area.y, width: area.width, height: heights.heat)
        HeatPanel.draw(view, state, in: heat, on: &canvas)
        let middle = Rect(x: area.x, y: heat.maxY, width: area.width, height: heights.panels)
        let errors = Rect(x: middle.x, y: middle.y, width: middle.width / 3, height: middle.height)
        ErrorsPanel.draw(ErrorsPanel.Input(view, state), in: errors, on: &canvas)
        let rest = Rect(x: errors.maxX, y: middle.y, width: middle.width - errors.width, height: middle.height)
        drawSmallPanels(view, state, in: rest, on: &canvas)
        RunListPanel.draw(
            state, in: Rect(x: area.x, y: middle.maxY, width: area.width, height: heights.list), on: &canvas)
    }

    private static func drawTiny(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let window = JourneysTable.recent(state)
        let counts = view.counts(in: window)
        let latency = view.latency([.p50, .p95], in: window)
        let share = NumberFormat.share(Int(clamping: counts.failed), of: Int(clamping: counts.total))
        let line = [
            StyledText(" err ", .label), StyledText(share, counts.failed > 0 ? .logError : .text),
            StyledText("  p50 ", .label), StyledText(NumberFormat.duration(latency?.quantiles[0]), .text),
            StyledText("  p95 ", .label), StyledText(NumberFormat.duration(latency?.quantiles[1]), .text),
            StyledText("  n ", .label), StyledText(NumberFormat.count(Int(clamping: counts.total)), .text),
        ]
        canvas.put(line, x: area.x, y: area.y, width: area.width)
        RunListPanel.draw(state, in: area.inset(top: 1), on: &canvas)
    }
}
