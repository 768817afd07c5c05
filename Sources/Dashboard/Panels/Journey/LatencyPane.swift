import Journeys
import TerminalKit

/// p95 and p99 of a journey over the time shown, against its promise.
struct LatencyPane: Panel {
    /// What the pane shows.
    struct Input {
        var title: String
        var rangeText: String
        var window: TimeWindow
        var threshold: UInt64?
        /// p95 and p99 in nanoseconds for so many columns.
        var series: @Sendable (Int) -> [LatencySummary?]
        var latest: LatencySummary?
        var isBoxed: Bool
        /// Changes, onsets and alerts.
        var marks: [TimeMark]
        /// The mark that time was moved to.
        var marked: UInt64?

        init(_ view: JourneyView, _ state: AppState) {
            let window = TimeWindow(from: state.from, to: state.now &+ 1)
            title = view.name
            rangeText = Header.rangeText(state.range)
            self.window = window
            threshold = view.tightestUnder
            series = { view.latencySeries([.p95, .p99], in: window, columns: $0) }
            latest = view.latency([.p95, .p99], in: JourneysTable.recent(state))
            isBoxed = SizeClass(state.size) >= .normal
            marks = TimeMark.marks(state, view.id, in: window)
            marked = state.markedTime
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let right: [StyledText] = [
            StyledText("p95 ─ ", .chartP95), StyledText(NumberFormat.duration(input.latest?.quantiles[0]), .text),
            StyledText("  p99 ┄ ", .chartP99), StyledText(NumberFormat.duration(input.latest?.quantiles[1]), .text),
        ]
        let title = [StyledText("\(Shorten.middle(input.title, to: 32)) · latency \(input.rangeText)", .title)]
        let inside = Frame.draw(area, title: title, right: right, isBoxed: input.isBoxed, on: &canvas)
        guard inside.height >= 4, inside.width >= 20 else { return }
        let plot = inside.inset(bottom: 1)
        let columns = inside.width - 8
        // Two dots a cell; columns never narrower than the slots that are kept.
        let series = input.series(columns)
        let p95 = series.map { $0.map { Double($0.quantiles[0]) } }
        let p99 = series.map { $0.map { Double($0.quantiles[1]) } }
        let chart = LineChart(
            series: [
                LineChart.Series(p95, style: Style(.chartP95)), LineChart.Series(p99, style: Style(.chartP99)),
            ], axis: .logarithmic(fitting: p95 + p99, threshold: input.threshold.map { Double($0) }),
            threshold: input.threshold.map { Double($0) }, thresholdLabel: "SLO", labelWidth: 7,
            label: { NumberFormat.duration(UInt64(max(0, $0))) })
        let drawn = chart.draw(in: plot, on: &canvas)
        if p95.allSatisfy({ $0 == nil }) {
            canvas.put("no runs in this time", x: drawn.x + 2, y: drawn.y + drawn.height / 2, style: .dim)
        }
        let axis = TerminalKit.TimeAxis(start: input.window.from, end: input.window.to, columns: drawn.width)
        axis.draw(x: drawn.x, y: plot.maxY, on: &canvas)
        TimeMark.draw(input.marks, axis, x: drawn.x, y: plot.maxY, marked: input.marked, on: &canvas)
    }
}

/// A box on large screens, a rule on small ones.
enum Frame {
    /// Draws the frame and gives the area inside.
    static func draw(
        _ area: Rect, title: [StyledText], right: [StyledText] = [], footer: [StyledText] = [],
        footerRight: [StyledText] = [], isBoxed: Bool, hasFocus: Bool = false, on canvas: inout Canvas
    ) -> Rect {
        let border = Style(hasFocus ? .borderFocus : .border)
        guard isBoxed else {
            canvas.rule(x: area.x, y: area.y, width: area.width, title: title, right: right, border: border)
            return area.inset(top: 1)
        }
        return canvas.panel(
            area, title: title, right: right, footer: footer, footerRight: footerRight, border: border)
    }
}
