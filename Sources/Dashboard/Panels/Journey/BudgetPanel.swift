import Journeys
import TerminalKit

/// How the error budget of a journey's worst promise burned down over its window, and how fast it burns now.
struct BudgetPanel: Panel {
    /// What the panel shows.
    struct Input {
        var promise: ObjectiveVerdict?
        var window: String
        var curve: BudgetCurve?
        var now: UInt64
        var hasSeveral: Bool
        var isBoxed: Bool

        init(_ view: JourneyView, _ state: AppState) {
            let verdict = state.verdict(on: view.id)
            promise = verdict?.worstObjective
            window = view.definition.map { PromiseText.window($0.window) } ?? ""
            let name = promise?.objective.name
            curve = state.budget.flatMap { $0.row == view.id && $0.objective == name ? $0 : nil }
            now = state.judgedAt
            hasSeveral = (verdict?.objectives.count ?? 0) > 1
            isBoxed = SizeClass(state.size) >= .normal
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let name = input.hasSeveral ? input.promise.map { " · \(Shorten.end($0.objective.name, to: 12))" } ?? "" : ""
        let inside = Frame.draw(
            area, title: [StyledText("Budget · \(input.window)\(area.width >= 60 ? name : "")", .title)],
            right: input.promise.map { right($0, now: input.now) } ?? [], isBoxed: input.isBoxed, on: &canvas)
        guard let promise = input.promise else {
            canvas.put("no promise is judged", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            return
        }
        guard inside.height >= 1, inside.width >= 20 else { return }
        let burn = Line.leading(BurnPane.line(promise), width: inside.width - 2)
        canvas.put(burn, x: inside.x + 1, y: inside.maxY - 1, width: inside.width - 2)
        let plot = inside.inset(bottom: 1)
        guard plot.height >= 2, let values = input.curve?.values, values.contains(where: { $0 != nil }) else {
            if plot.height >= 1 {
                canvas.put(
                    "no runs in the window yet", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            }
            return
        }
        let chart = LineChart(
            series: [LineChart.Series(values.map { $0.map { min($0, 1) * 100 } }, style: Style(.budgetLeft))],
            axis: ValueAxis(.linear, low: floor(values), high: 100), labelWidth: 4,
            label: { "\(Int($0.rounded()))" })
        let drawn = chart.draw(in: plot, on: &canvas)
        if let curve = input.curve, curve.share(of: promise) < 0.95 {
            canvas.put(
                "last \(NumberFormat.age(curve.window.length))", x: drawn.x + 1, y: drawn.maxY - 1, style: .dim,
                width: drawn.width - 1)
        }
    }

    /// `60.5% → empty 12:45Z`, or what is left without an end in sight.
    private static func right(_ promise: ObjectiveVerdict, now: UInt64) -> [StyledText] {
        guard let left = promise.budgetLeft else { return [StyledText(NumberFormat.missing, .textDim)] }
        var pieces = [StyledText(PromiseText.left(left), left <= 0 ? .statusOut : .text)]
        guard left > 0 else { return pieces + [StyledText(" used up", .statusOut)] }
        guard let time = promise.emptyIn else { return pieces + [StyledText(" left", .textDim)] }
        let (end, overflow) = now.addingReportingOverflow(time)
        let mark = PromiseText.isFilling(promise) ? "~" : ""
        // Farther than a day the hour says nothing.
        let isNear = time < 86_400_000_000_000 && !overflow
        let text = isNear ? "\(NumberFormat.timeOfDay(end))Z" : "in \(NumberFormat.elapsed(time))"
        pieces.append(StyledText(" → empty \(mark)\(text)", .text))
        return pieces
    }

    /// The bottom of the axis: a round value below all others.
    private static func floor(_ values: [Double?]) -> Double {
        let least = (values.compactMap { $0 }.filter(\.isFinite).min() ?? 0) * 100
        let steps: [Double] = [90, 80, 70, 60, 50, 40, 30, 20, 10, 0, -50, -100, -200, -500, -1000, -10_000]
        return steps.first { $0 < least } ?? -100_000
    }
}
