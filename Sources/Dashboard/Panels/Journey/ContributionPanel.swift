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
            right: [
                StyledText(
                    area.width >= 46 ? "crit. path of slowest 5%" : area.width >= 34 ? "slowest 5%" : "", .textDim)
            ], isBoxed: input.isBoxed,
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
            let width = inside.width - 1
            let ways = footers(contribution)
            let text = ways.first { DisplayText.width(of: $0) <= width } ?? ways[ways.count - 1]
            canvas.put(text, x: inside.x + 1, y: inside.maxY - 1, style: .dim, width: width)
        }
    }

    /// What is compared with what: the first that there is room for is shown.
    private static func footers(_ contribution: Contribution) -> [String] {
        let now = "now \(NumberFormat.duration(contribution.mean))"
        let counted = "\(now) (n=\(contribution.traces))"
        guard contribution.baselineTraces > 0 else { return ["\(counted)  no baseline yet", "\(now)  no baseline"] }
        let before = "before: \(NumberFormat.duration(contribution.baselineMean))"
        return ["\(counted)  \(before) (n=\(contribution.baselineTraces))", "\(now)  \(before)", now]
    }

    /// Name, language, time, bar, share and change; the least needed are left out on narrow panels.
    private static func draw(_ row: Contribution.Row, in line: Rect, on canvas: inout Canvas) {
        let parts = Layout.split(
            line.width - 1,
            into: [
                LayoutItem(minimum: 8, preferred: 24), .fixed(2, dropRank: 0), .fixed(6, dropRank: 2),
                LayoutItem(minimum: 4, preferred: 6, grow: 1, dropRank: 1), .fixed(4), .fixed(7, dropRank: 3),
            ], spacing: 1)
        func put(_ text: String, _ part: Int, _ style: Style = .text, _ align: Canvas.Alignment = .right) {
            guard let range = parts[part] else { return }
            canvas.put(
                text, x: line.x + 1 + range.lowerBound, y: line.y, style: style, width: range.count, align: align)
        }
        let nameStyle = Style(row.isGap ? .textDim : .service(row.service))
        put(Shorten.middle(row.service, to: parts[0]?.count ?? 0), 0, nameStyle, .left)
        put(row.language, 1, .dim, .left)
        put(NumberFormat.duration(row.mean), 2)
        if let range = parts[3] {
            ShareBar(share: row.share, style: Style(.chartP95)).draw(
                in: Rect(x: line.x + 1 + range.lowerBound, y: line.y, width: range.count, height: 1), on: &canvas)
        }
        put("\(row.percent)%", 4)
        guard let delta = row.delta else { return }
        let role: Role = delta > 1_000_000 ? .deltaWorse : delta < -1_000_000 ? .deltaBetter : .textDim
        put(NumberFormat.change(nanoseconds: delta), 5, Style(role))
    }
}
