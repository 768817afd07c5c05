import Journeys
import TerminalKit

/// Screen 2: one journey.
enum JourneyScreen {
    /// Where the parts of the screen lie; empty where there is no room for a part.
    struct Areas {
        var title: Rect
        var heat: Rect
        var errors: Rect
        var throughput: Rect
        /// The burn-down of the budget; empty where nothing is judged.
        var budget: Rect
        /// Steps, contribution and versions.
        var panels: Rect
        var list: Rect

        init(title: Rect) {
            let nothing = Rect(x: title.x, y: title.y, width: 0, height: 0)
            self.title = title
            (heat, errors, throughput, budget, panels, list) = (nothing, nothing, nothing, nothing, nothing, nothing)
        }
    }

    /// The parts for the terminal's size.
    static func areas(of state: AppState) -> Areas {
        let body = state.body
        var areas = Areas(title: body.row(0))
        let rest = body.inset(top: 1)
        let sizeClass = SizeClass(state.size)
        let isJudged = state.selectedVerdict != nil
        if state.isZoomed {
            if state.focus == .traceList || sizeClass <= .tiny { areas.list = rest } else { areas.heat = rest }
            return areas
        }
        switch sizeClass {
        case .floor: break
        case .tiny: areas.list = rest.inset(top: 1)
        case .narrow:
            let list = max(4, rest.height / 4)
            areas.heat = rest.inset(bottom: list + 5)
            let middle = Rect(x: rest.x, y: areas.heat.maxY, width: rest.width, height: 5)
            areas.errors = middle.inset(right: rest.width - rest.width / 3)
            areas.panels = middle.inset(left: areas.errors.width)
            areas.list = rest.inset(top: rest.height - list)
        case .normal:
            // A third for the list on tall screens, the small panels as high as they need.
            let list = max(6, (rest.height - 8) * 3 / (isJudged ? 12 : 10))
            let upper = rest.inset(bottom: list + 8)
            areas.heat = upper.inset(right: upper.width - upper.width * 3 / 5)
            let side = upper.inset(left: areas.heat.width)
            if isJudged {
                areas.errors = side.inset(bottom: side.height - max(5, side.height / 3))
                let rest = side.inset(top: areas.errors.height)
                areas.throughput = rest.inset(bottom: rest.height - max(3, side.height * 5 / 18))
                areas.budget = rest.inset(top: areas.throughput.height)
            } else {
                areas.errors = side.inset(bottom: side.height - side.height / 2)
                areas.throughput = side.inset(top: areas.errors.height)
            }
            areas.panels = Rect(x: rest.x, y: upper.maxY, width: rest.width, height: 8)
            areas.list = rest.inset(top: rest.height - list)
        case .wide:
            let list = max(12, rest.height / 3)
            let upper = rest.inset(bottom: list)
            let width = upper.width * 13 / 20
            let column = upper.inset(right: upper.width - width)
            let strip = max(5, column.height / (isJudged ? 7 : 5))
            areas.heat = column.inset(bottom: strip * (isJudged ? 3 : 2))
            areas.errors = Rect(x: column.x, y: areas.heat.maxY, width: width, height: strip)
            areas.throughput = Rect(x: column.x, y: areas.errors.maxY, width: width, height: strip)
            if isJudged {
                areas.budget = Rect(x: column.x, y: areas.throughput.maxY, width: width, height: strip)
            }
            areas.panels = upper.inset(left: width)
            areas.list = rest.inset(top: rest.height - list)
        }
        return areas
    }

    /// How many rows of the list are on screen.
    static func runRows(of state: AppState) -> Int {
        RunListPanel.rows(in: areas(of: state).list, isBoxed: SizeClass(state.size) >= .normal).height
    }

    static func draw(_ state: AppState, on canvas: inout Canvas) {
        let areas = areas(of: state)
        guard let view = JourneyRows.selected(of: state) else {
            canvas.put("no journey yet   1 Journeys", x: areas.title.x + 2, y: areas.title.y + 1, style: .dim)
            return
        }
        drawTitle(view, state, in: areas.title, on: &canvas)
        let sizeClass = SizeClass(state.size)
        if sizeClass <= .tiny, !state.isZoomed { drawNumbers(view, state, below: areas.title, on: &canvas) }
        if !areas.heat.isEmpty { HeatPanel.draw(view, state, in: areas.heat, on: &canvas) }
        if !areas.errors.isEmpty {
            ErrorsPanel.draw(ErrorsPanel.Input(view, state), in: areas.errors, on: &canvas)
        }
        if !areas.throughput.isEmpty {
            ThroughputPanel.draw(ThroughputPanel.Input(view, state), in: areas.throughput, on: &canvas)
        }
        if !areas.budget.isEmpty {
            BudgetPanel.draw(BudgetPanel.Input(view, state), in: areas.budget, on: &canvas)
        }
        if !areas.panels.isEmpty {
            if sizeClass == .wide {
                stackPanels(view, state, in: areas.panels, on: &canvas)
            } else {
                drawSmallPanels(view, state, in: areas.panels, on: &canvas)
            }
        }
        if !areas.list.isEmpty { RunListPanel.draw(view, state, in: areas.list, on: &canvas) }
    }

    private static func drawTitle(_ view: JourneyView, _ state: AppState, in row: Rect, on canvas: inout Canvas) {
        if let verdict = state.verdict(on: view.id) {
            JourneyTitle.draw(view, verdict, state, in: row, on: &canvas)
            return
        }
        var line = [StyledText(" \(Shorten.middle(view.name, to: max(20, row.width / 3)))", .title)]
        if let environment = view.environment, !environment.isEmpty {
            line.append(StyledText("  \(environment)", .textDim))
        }
        line += Line.fitting(titlePieces(view), width: row.width - line.displayWidth - 1)
        canvas.put(line, x: row.x, y: row.y, width: row.width)
    }

    private static func titlePieces(_ view: JourneyView) -> [[StyledText]] {
        guard let definition = view.definition else {
            return [
                [
                    StyledText("   found, no promises   ", .textDim), StyledText("J", .key),
                    StyledText(" writes a file", .textDim),
                ]
            ]
        }
        var pieces: [[StyledText]] = []
        let promises = definition.objectives.map { objective in
            let under = objective.under.map { " <\(NumberFormat.duration($0))" } ?? ""
            return "\(objective.name) \(objective.target)\(under)"
        }
        if view.isUnjudged {
            pieces.append([StyledText("   journeys from metrics are judged in a later version", .dataSuspect)])
        }
        if !promises.isEmpty {
            let text = "   SLO \(promises.joined(separator: " · ")) · \(definition.window.text)"
            pieces.append([StyledText(text, .label)])
        }
        if definition.runbook != nil { pieces.append([StyledText("   runbook ", .textDim), StyledText("r »", .key)]) }
        if let owner = definition.owner { pieces.append([StyledText("   owner \(owner)", .textDim)]) }
        if let title = definition.title { pieces.append([StyledText("   \(title)", .text)]) }
        return pieces
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

    /// The same panels one above the other, each as high as it has something to say.
    private static func stackPanels(
        _ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas
    ) {
        let steps = view.definition?.steps.count ?? 0
        let funnel = steps == 0 ? 0 : min(steps + 4, area.height / 3)
        let rest = area.inset(top: funnel)
        let contribution = rest.inset(bottom: rest.height - rest.height / 2)
        if funnel > 0 {
            FunnelPanel.draw(
                FunnelPanel.Input(view, state), in: area.inset(bottom: area.height - funnel), on: &canvas)
        }
        ContributionPanel.draw(ContributionPanel.Input(state), in: contribution, on: &canvas)
        VersionsPanel.draw(
            VersionsPanel.Input(view, state), in: rest.inset(top: contribution.height), on: &canvas)
    }

    /// What is left of the budget, after the numbers.
    private static func budget(_ view: JourneyView, _ state: AppState) -> [StyledText] {
        guard let promise = state.verdict(on: view.id)?.worstObjective else { return [] }
        return [
            StyledText("  budget ", .label), StyledText(PromiseText.left(promise.budgetLeft), .text),
        ]
    }

    /// The numbers in one line, where there is no room for charts.
    private static func drawNumbers(
        _ view: JourneyView, _ state: AppState, below title: Rect, on canvas: inout Canvas
    ) {
        let window = JourneysTable.recent(state)
        let counts = view.counts(in: window)
        let latency = view.latency([.p50, .p95], in: window)
        func value(_ index: Int, _ floor: SampleFloor) -> String {
            guard let latency, floor.allows(Int(clamping: latency.count)) else { return NumberFormat.missing }
            return NumberFormat.duration(latency.quantiles[index])
        }
        let share = SampledShare.failed(counts)
        let isOver = latency.map { $0.quantiles[1] >= view.tightestUnder ?? .max } ?? false
        let line =
            [
                StyledText(" err ", .label), StyledText(share, counts.failed > 0 ? .logError : .text),
                StyledText("  p50 ", .label), StyledText(value(0, .p50), .text),
                StyledText("  p95 ", .label), StyledText(value(1, .p95), isOver ? .sloOver : .text),
                StyledText("  n ", .label), StyledText(NumberFormat.count(Int(clamping: counts.total)), .text),
            ]
        let budget = budget(view, state)
        let unit = [StyledText(" in 5m", .textDim)]
        let ends = [unit + budget, budget, unit].filter { line.displayWidth + $0.displayWidth <= title.width }
        canvas.put(line + (ends.first ?? []), x: title.x, y: title.y + 1, width: title.width)
    }
}
