import Journeys
import TerminalKit

/// The heat map of a journey's durations, with percentiles over it and the promise as a line.
enum HeatPanel {
    /// The width of the labels and the axis.
    static let margin = 8

    /// How many columns and rows the map has inside a frame of this size.
    static func room(in area: Rect, isBoxed: Bool, hasMarks: Bool = false) -> (columns: Int, rows: Int) {
        let width = area.width - (isBoxed ? 2 : 0) - margin - 1
        let height = area.height - (isBoxed ? 2 : 1) - (hasMarks ? 2 : 1)
        return (max(1, width), max(1, height))
    }

    /// Whether marks have a row of their own below the times.
    static func hasMarks(_ state: AppState) -> Bool {
        state.selectedVerdict != nil && SizeClass(state.size) >= .normal
    }

    static func draw(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let isBoxed = SizeClass(canvas.size) >= .normal
        let hasMarks = hasMarks(state)
        let window = TimeWindow(from: state.from, to: state.now &+ 1)
        let room = room(in: area, isBoxed: isBoxed, hasMarks: hasMarks)
        let latency = view.latency([.p50, .p95, .p99], in: JourneysTable.recent(state))
        let whole = view.counts(in: window)
        let grid = HeatGrid(view, state, columns: room.columns, rows: room.rows)
        let title = [
            StyledText("Latency ", .title), StyledText("n=\(NumberFormat.count(Int(clamping: whole.total)))", .text),
        ]
        let inside = Frame.draw(
            area, title: title, right: legend(latency), footer: footer(grid, window, room.columns),
            footerRight: selectionText(state, view), isBoxed: isBoxed, hasFocus: state.focus == .heatMap, on: &canvas)
        guard let grid else {
            canvas.put("no runs in this time", x: inside.x + margin, y: inside.y + inside.height / 2, style: .dim)
            return
        }
        let chart = chart(view, grid, window, state)
        // The map hangs from the top of its room, so that its rows do not jump when one appears below.
        let height = min(inside.height - (hasMarks ? 2 : 1), chart.height)
        let plot = chart.draw(in: Rect(x: inside.x, y: inside.y, width: inside.width, height: height), on: &canvas)
        let axis = TerminalKit.TimeAxis(start: window.from, end: window.to, columns: room.columns)
        axis.draw(x: plot.x, y: inside.y + height, on: &canvas)
        if state.selectedVerdict != nil {
            let marks = TimeMark.marks(state, view.id, in: window)
            let y = inside.y + height + (hasMarks ? 1 : 0)
            if hasMarks { canvas.put(" marks", x: inside.x, y: y, style: .label) }
            TimeMark.draw(
                marks, axis, x: plot.x, y: y, hasLabels: hasMarks, marked: state.markedTime, on: &canvas)
        }
        drawCursor(state, grid, plot, on: &canvas)
    }

    private static func chart(
        _ view: JourneyView, _ grid: HeatGrid, _ window: TimeWindow, _ state: AppState
    ) -> TerminalKit.HeatMap {
        var overlays: [TerminalKit.HeatMap.Overlay] = []
        if state.journey.showsPercentiles {
            let series = grid.slots.spread(
                view.latencySeries([.p50, .p95, .p99], in: window, columns: grid.slots.count))
            func values(_ index: Int) -> [Double?] { series.map { $0.map { Double($0.quantiles[index]) } } }
            overlays = [.p50(values(0)), .p95(values(1)), .p99(values(2))]
        }
        let selection = selected(state, grid)
        return TerminalKit.HeatMap(
            edges: grid.edges.map { Double(min($0, 1 << 62)) },
            counts: grid.counts.map { $0.map { Int(clamping: $0) } },
            thresholdBand: grid.promiseRow.flatMap { $0 < grid.rows ? $0 : nil }, overlays: overlays,
            selection: selection,
            labelWidth: margin - 1,
            label: { $0 <= 0 ? "<" : NumberFormat.duration(UInt64($0)) })
    }

    private static func selected(_ state: AppState, _ grid: HeatGrid) -> TerminalKit.HeatMap.Selection? {
        if let anchor = state.journey.anchor, let cell = state.journey.cell {
            return grid.cells(of: grid.box(anchor, cell))
        }
        return state.journey.box.flatMap { grid.cells(of: $0) }
    }

    private static func legend(_ latency: LatencySummary?) -> [StyledText] {
        func value(_ index: Int, _ floor: SampleFloor) -> String {
            guard let latency, floor.allows(Int(clamping: latency.count)) else { return NumberFormat.missing }
            return NumberFormat.duration(latency.quantiles[index])
        }
        return [
            StyledText("p50 ╌ ", .chartP50), StyledText(value(0, .p50), .text),
            StyledText("  p95 ─ ", .chartP95), StyledText(value(1, .p95), .text),
            StyledText("  p99 ━ ", .chartP99), StyledText(value(2, .p99), .text),
        ]
    }

    private static func footer(_ grid: HeatGrid?, _ window: TimeWindow, _ columns: Int) -> [StyledText] {
        guard let grid else { return [] }
        let width = NumberFormat.duration(window.length / UInt64(max(1, grid.slots.count)))
        let factor =
            grid.map.bucketsPerRow == 16
            ? "×1.19" : grid.map.bucketsPerRow == 32 ? "×1.41" : "×\(1 << (grid.map.bucketsPerRow / 64))"
        let scale = HeatScale(maximum: grid.counts.lazy.flatMap { $0 }.max().map { Int(clamping: $0) } ?? 0)
        return [StyledText("cell \(width), rows \(factor)  count ", .textDim)] + scale.legend
    }

    private static func selectionText(_ state: AppState, _ view: JourneyView) -> [StyledText] {
        guard let box = state.journey.box else { return [] }
        let time = "\(NumberFormat.timeOfDay(box.from))–\(NumberFormat.timeOfDay(box.to))"
        let shortest = box.shortest > 0 ? " ≥\(NumberFormat.duration(box.shortest))" : ""
        return [StyledText("sel \(time)\(shortest)", .link)]
    }

    private static func drawCursor(_ state: AppState, _ grid: HeatGrid, _ plot: Rect, on canvas: inout Canvas) {
        guard state.focus == .heatMap, let cell = state.journey.cell else { return }
        let row = min(max(0, cell.y), grid.rows - 1)
        let x = plot.x + min(max(0, cell.x), grid.columns - 1)
        let y = plot.maxY - 1 - row - line(of: grid, below: row)
        guard plot.contains(Point(x: x, y: y)) else { return }
        canvas.restyle(Rect(x: x, y: y, width: 1, height: 1)) { $0.with(.reverse) }
    }

    /// One for the line of the promise, if it lies below a row.
    private static func line(of grid: HeatGrid, below row: Int) -> Int {
        grid.promiseRow.map { row >= $0 && $0 < grid.rows ? 1 : 0 } ?? 0
    }

    /// The cell of the map at a place on the screen.
    static func cell(
        at point: Point, _ grid: HeatGrid, in area: Rect, isBoxed: Bool, hasMarks: Bool = false
    ) -> Point? {
        let inside = isBoxed ? area.inset(by: 1) : area.inset(top: 1)
        let hasLine = grid.promiseRow.map { $0 < grid.rows } ?? false
        let height = min(inside.height - (hasMarks ? 2 : 1), grid.rows + (hasLine ? 1 : 0))
        let x = point.x - inside.x - margin
        let fromBottom = inside.y + height - 1 - point.y
        guard (0..<grid.columns).contains(x), fromBottom >= 0 else { return nil }
        let row = (0..<grid.rows).first { $0 + line(of: grid, below: $0) == fromBottom }
        return row.map { Point(x: x, y: $0) }
    }
}
