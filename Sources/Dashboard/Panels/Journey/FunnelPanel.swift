import Journeys
import TerminalKit

/// How many runs reach each step, and how slow the step is.
struct FunnelPanel: Panel {
    /// What the panel shows.
    struct Input {
        var steps: [StepView]
        var runs: UInt64
        /// What became of joined runs; nil for journeys whose steps lie in one trace.
        var joined: JoinedCounts?
        var windowText: String
        var isBoxed: Bool

        init(_ view: JourneyView, _ state: AppState) {
            let window = TimeWindow(last: state.insightWindow, until: state.now)
            steps = view.funnel(in: window)
            joined = view.joinedCounts(in: window)
            runs = joined?.judged ?? view.counts(in: window).total
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
        let lines = footer(input, width: inside.width - 1, lines: inside.height - input.steps.count)
        for (index, line) in lines.enumerated() {
            canvas.put(
                line, x: inside.x + 1, y: inside.maxY - lines.count + index, style: .dim, width: inside.width - 1)
        }
    }

    /// What joins the steps, and the runs that the steps do not show: in one line where they fit, else in two where there
    /// is room, else what fits.
    private static func footer(_ input: Input, width: Int, lines: Int) -> [String] {
        guard lines > 0 else { return [] }
        func count(_ number: UInt64) -> String { NumberFormat.count(Int(clamping: number)) }
        guard let joined = input.joined else { return ["one trace · n=\(count(input.runs))"] }
        var rest =
            "\(NumberFormat.count(joined.open)) open, \(count(joined.abandoned)) abandoned, "
            + "\(count(joined.unjoinable)) unjoinable"
        if joined.unjudged > 0 { rest += ", \(count(joined.unjudged)) unjudged" }
        let how = "joined by \(DisplayText.visible(joined.attribute)) · n=\(count(input.runs))"
        if DisplayText.width(of: how + " · " + rest) <= width { return [how + " · " + rest] }
        if lines > 1 { return [how, rest] }
        return [DisplayText.width(of: "joined · " + rest) <= width ? "joined · " + rest : rest]
    }

    private static func draw(_ step: StepView, _ input: Input, in row: Rect, on canvas: inout Canvas) {
        let parts = Layout.split(
            row.width - 1,
            into: [
                LayoutItem(minimum: 8, preferred: 20), LayoutItem(minimum: 5, preferred: 5, grow: 1, dropRank: 0),
                .fixed(6), .fixed(5, dropRank: 1), .fixed(6, dropRank: 2),
            ], spacing: 1)
        func put(_ text: String, _ part: Int, _ style: Style = .text, _ align: Canvas.Alignment = .right) {
            guard let range = parts[part] else { return }
            canvas.put(
                text, x: row.x + 1 + range.lowerBound, y: row.y, style: style, width: range.count, align: align)
        }
        put(Shorten.middle(step.name, to: parts[0]?.count ?? 0), 0, .text, .left)
        if let range = parts[1] {
            let bar = Rect(x: row.x + 1 + range.lowerBound, y: row.y, width: min(10, range.count), height: 1)
            ShareBar(share: step.share, style: Style(.chartCount)).draw(in: bar, on: &canvas)
        }
        put(NumberFormat.share(Int(clamping: step.reached), of: Int(clamping: input.runs)), 2)
        put(step.dropped == 0 ? "" : NumberFormat.change(count: Int(clamping: -step.dropped)), 3, .dim)
        put(NumberFormat.duration(step.p95), 4)
    }
}
