import Journeys
import TerminalKit

/// How many runs reach each step, and how slow the step is.
struct FunnelPanel: Panel {
    /// What the panel shows.
    struct Input {
        var steps: [StepView]
        var runs: UInt64
        var windowText: String
        var isBoxed: Bool

        init(_ view: JourneyView, _ state: AppState) {
            let window = TimeWindow(last: state.insightWindow, until: state.now)
            steps = view.funnel(in: window)
            runs = view.counts(in: window).total
            windowText = Header.rangeText(state.insightWindow)
            isBoxed = SizeClass(state.size) >= .normal
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let title = [StyledText("Steps funnel \(input.windowText)", .title)]
        let inside = Frame.draw(
            area, title: title, right: area.width >= 36 ? [StyledText("drop   p95", .textDim)] : [],
            isBoxed: input.isBoxed,
            on: &canvas)
        guard !input.steps.isEmpty else {
            canvas.put(
                "this journey names no steps", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            return
        }
        for (index, step) in input.steps.prefix(inside.height).enumerated() {
            draw(step, input, in: inside.row(index), on: &canvas)
        }
        guard inside.height > input.steps.count else { return }
        canvas.put(
            "one trace · n=\(NumberFormat.count(Int(clamping: input.runs)))", x: inside.x + 1,
            y: inside.maxY - 1, style: .dim, width: inside.width - 1)
    }

    private static func draw(_ step: StepView, _ input: Input, in row: Rect, on canvas: inout Canvas) {
        let nameWidth = max(8, min(16, row.width - 26))
        canvas.put(Shorten.middle(step.name, to: nameWidth), x: row.x + 1, y: row.y, width: nameWidth)
        let bar = Rect(x: row.x + nameWidth + 2, y: row.y, width: 5, height: 1)
        var x = bar.x
        if row.width >= 34 {
            ShareBar(share: step.share, style: Style(.chartCount)).draw(in: bar, on: &canvas)
            x = bar.maxX + 1
        }
        let share = NumberFormat.share(Int(clamping: step.reached), of: Int(clamping: input.runs))
        canvas.put(share, x: x, y: row.y, width: 6, align: .right)
        x += 7
        if row.maxX - x >= 13 {
            let drop = step.dropped == 0 ? "" : NumberFormat.change(count: Int(clamping: -step.dropped))
            canvas.put(drop, x: x, y: row.y, style: .dim, width: 5, align: .right)
            x += 6
        }
        canvas.put(NumberFormat.duration(step.p95), x: x, y: row.y, width: min(6, row.maxX - x), align: .right)
    }
}
