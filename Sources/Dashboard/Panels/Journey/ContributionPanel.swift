import Analysis
import Journeys
import TerminalKit

/// Who adds time: self time on the critical path of the slowest runs, now against before.
struct ContributionPanel: Panel {
    /// What the panel shows.
    struct Input {
        var insight: JourneyInsight?
        var isBoxed: Bool

        init(_ state: AppState) {
            insight = state.journey.insight.flatMap { $0.request.row == state.table.selected ? $0 : nil }
            isBoxed = SizeClass(state.size) >= .normal
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let inside = Frame.draw(
            area, title: [StyledText("Who adds time", .title)],
            right: area.width >= 38 ? [StyledText("crit. path of slowest 5%", .textDim)] : [], isBoxed: input.isBoxed,
            on: &canvas)
        guard let insight = input.insight else {
            canvas.put("looking …", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            return
        }
        let contribution = insight.contribution
        guard contribution.traces > 0 else {
            canvas.put(
                "no traces of slow runs are held", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            return
        }
        let hasFooter = inside.height > 2
        let room = inside.height - (hasFooter ? 1 : 0)
        for (index, row) in contribution.services.prefix(room).enumerated() {
            draw(row, in: inside.row(index), on: &canvas)
        }
        if hasFooter {
            let before =
                contribution.baselineTraces > 0
                ? "before: \(NumberFormat.duration(contribution.baselineMean)) (n=\(contribution.baselineTraces))"
                : "no baseline yet"
            canvas.put(
                "now \(NumberFormat.duration(contribution.mean)) (n=\(contribution.traces))  \(before)",
                x: inside.x + 1,
                y: inside.maxY - 1, style: .dim, width: inside.width - 1)
        }
    }

    private static func draw(_ row: Contribution.Row, in line: Rect, on canvas: inout Canvas) {
        let wide = line.width >= 38
        let nameWidth = wide ? max(10, line.width - 30) : max(8, line.width - 22)
        canvas.put(
            Shorten.middle(row.service, to: nameWidth), x: line.x + 1, y: line.y,
            style: Style(row.isGap ? .textDim : .service(row.service)), width: nameWidth)
        var x = line.x + nameWidth + 2
        if wide {
            canvas.put(row.language, x: x, y: line.y, style: .dim, width: 2)
            x += 3
        }
        canvas.put(NumberFormat.duration(row.mean), x: x, y: line.y, width: 6, align: .right)
        x += 7
        if wide {
            ShareBar(share: row.share, style: Style(.chartP95)).draw(
                in: Rect(x: x, y: line.y, width: 6, height: 1), on: &canvas)
            x += 7
        }
        canvas.put("\(row.percent)%", x: x, y: line.y, width: 4, align: .right)
        x += 5
        if let delta = row.delta {
            let role: Role = delta > 1_000_000 ? .deltaWorse : delta < -1_000_000 ? .deltaBetter : .textDim
            canvas.put(
                NumberFormat.change(nanoseconds: delta), x: x, y: line.y, style: Style(role), width: line.maxX - x,
                align: .left)
        }
    }
}
