import Analysis
import Journeys
import Telemetry
import TerminalKit

/// The traces of a journey: slowest, failed or newest.
enum RunListPanel {
    /// The rows of runs in a panel of this area: without its frame and, where there is room for them, its titles.
    static func rows(in area: Rect, isBoxed: Bool) -> Rect {
        let inside = isBoxed ? area.inset(by: 1) : area.inset(top: 1)
        return inside.inset(top: inside.height >= 4 ? 1 : 0)
    }

    static func draw(_ view: JourneyView, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let isBoxed = SizeClass(canvas.size) >= .normal
        let runs = JourneyRuns(state)
        let title = JourneyScreenState.List.allCases.flatMap { list -> [StyledText] in
            let isShown = list == state.journey.list
            return [
                StyledText(isShown ? "[\(list.title)]" : " \(list.title) ", isShown ? Style(.borderFocus, .bold) : .dim)
            ]
        }
        let inside = Frame.draw(
            area, title: title,
            right: [
                StyledText(state.journey.errorsOnly ? "errors only · e all   " : "", .logError),
                StyledText("h l list", .textDim),
            ], footer: footer(state, runs),
            footerRight: [StyledText(position(state, runs, area), .textDim)], isBoxed: isBoxed,
            hasFocus: state.focus == .traceList, on: &canvas)
        guard inside.height > 0 else { return }
        let list = rows(in: area, isBoxed: isBoxed)
        let columns = columns(width: list.width)
        if list.y > inside.y { drawHeader(columns, in: inside.row(0), on: &canvas) }
        let selected = selectedRow(state, runs)
        let offset = min(state.journey.offset, max(0, runs.rows.count - list.height))
        for (index, run) in runs.rows.dropFirst(offset).prefix(list.height).enumerated() {
            let row = list.row(index)
            draw(run, view, state, columns, in: row, on: &canvas)
            if offset + index == selected {
                canvas.select(row)
                canvas.put("▌", x: row.x, y: row.y, style: Style(.borderFocus, on: .sel))
            }
        }
        if runs.rows.isEmpty {
            canvas.put(emptyText(state), x: list.x + 1, y: list.y, style: .dim, width: list.width - 1)
        }
    }

    /// The row of the list under the cursor.
    static func selectedRow(_ state: AppState, _ runs: JourneyRuns) -> Int {
        state.journey.trace.flatMap { id in runs.rows.firstIndex { $0.trace == id } } ?? 0
    }

    private static func emptyText(_ state: AppState) -> String {
        if state.filter != nil { return "no run here has a span that the filter selects" }
        if state.journey.list == .failed || state.journey.errorsOnly { return "no failed run in this time" }
        return "no runs in this time"
    }

    private static func footer(_ state: AppState, _ runs: JourneyRuns) -> [StyledText] {
        let total = NumberFormat.count(Int(clamping: runs.total))
        let kept = NumberFormat.count(runs.kept)
        return [StyledText("\(total) runs, \(kept) kept for lists", .textDim)]
    }

    private static func position(_ state: AppState, _ runs: JourneyRuns, _ area: Rect) -> String {
        runs.rows.isEmpty ? "" : "\(selectedRow(state, runs) + 1) of \(runs.rows.count)"
    }

    private enum Column: CaseIterable {
        case time, trace, total, worst, own, share, spans, version, flags

        var title: String {
            switch self {
            case .time: "Time"
            case .trace: "Trace"
            case .total: "Total"
            case .worst: "Worst span"
            case .own: "Self"
            case .share: "Crit"
            case .spans: "Spans"
            case .version: "Version"
            case .flags: "Flags"
            }
        }

        var item: LayoutItem {
            switch self {
            case .time: .fixed(12)
            case .trace: .fixed(8)
            case .total: .fixed(6)
            case .worst: LayoutItem(minimum: 18, preferred: 32, grow: 1)
            case .own: .fixed(6, dropRank: 4)
            case .share: .fixed(4, dropRank: 3)
            case .spans: .fixed(5, dropRank: 1)
            case .version: LayoutItem(minimum: 8, preferred: 10, dropRank: 2)
            case .flags: LayoutItem(minimum: 12, preferred: 40, dropRank: 0)
            }
        }

        var isLeft: Bool { self == .time || self == .trace || self == .worst || self == .flags || self == .version }
    }

    private static func columns(width: Int) -> [Column: Range<Int>] {
        var placed: [Column: Range<Int>] = [:]
        let ranges = Layout.split(max(0, width - 1), into: Column.allCases.map(\.item), spacing: 1)
        for (column, range) in zip(Column.allCases, ranges) {
            if let range { placed[column] = range.lowerBound + 1..<range.upperBound + 1 }
        }
        return placed
    }

    private static func drawHeader(_ columns: [Column: Range<Int>], in row: Rect, on canvas: inout Canvas) {
        for (column, range) in columns {
            canvas.put(
                column.title, x: row.x + range.lowerBound, y: row.y, style: .label, width: range.count,
                align: column.isLeft ? .left : .right)
        }
    }

    private static func draw(
        _ run: JourneyRun, _ view: JourneyView, _ state: AppState, _ columns: [Column: Range<Int>], in row: Rect,
        on canvas: inout Canvas
    ) {
        let summary = state.journey.insight?.summaries[run.trace]
        for (column, range) in columns {
            let text = text(column, run, summary, view, width: range.count)
            canvas.put(
                text.displayWidth > range.count && column == .worst
                    ? [StyledText(Shorten.end(text.map(\.text).joined(), to: range.count), text[0].style)] : text,
                x: row.x + range.lowerBound, y: row.y, width: range.count, align: column.isLeft ? .left : .right)
        }
    }

    private static func text(
        _ column: Column, _ run: JourneyRun, _ summary: TraceSummary?, _ view: JourneyView, width: Int
    ) -> [StyledText] {
        switch column {
        case .time: return [StyledText(NumberFormat.timeWithMilliseconds(run.start), .text)]
        case .trace: return [StyledText(Shorten.id(run.trace.hex), .link)]
        case .total:
            let isOver = run.duration.map { $0 >= view.tightestUnder ?? .max } ?? false
            return [StyledText(NumberFormat.duration(run.duration), isOver ? .sloOver : .text)]
        case .worst:
            guard let worst = summary?.worst else {
                // Not looked into yet: what the run itself says.
                return [StyledText(run.failed ? "failed" : "·", .textDim)]
            }
            return [StyledText(worst.service + " ", .service(worst.service)), StyledText(worst.name, .text)]
        case .own: return [StyledText(summary?.worst.map { NumberFormat.duration($0.selfTime) } ?? "", .text)]
        case .share: return [StyledText(summary?.worst.map { "\(Int(($0.share * 100).rounded()))%" } ?? "", .text)]
        case .spans: return [StyledText(summary.map { NumberFormat.count($0.spans) } ?? "", .text)]
        case .version: return [StyledText(summary?.worst?.version ?? run.version.text, .textDim)]
        case .flags:
            let full = flags(run, summary, isShort: false)
            return full.displayWidth <= width ? full : flags(run, summary, isShort: true)
        }
    }

    /// What is odd about a run, the worst first; short ones are glyphs and numbers.
    private static func flags(_ run: JourneyRun, _ summary: TraceSummary?, isShort: Bool) -> [StyledText] {
        var flags: [StyledText] = []
        func add(_ text: String, _ word: String, _ role: Role) {
            let gap = flags.isEmpty ? "" : isShort ? " " : "  "
            flags.append(StyledText(gap + text + (isShort ? "" : " " + word), role))
        }
        if run.failed {
            let reason = summary.map { $0.errorReason.isEmpty ? "error" : $0.errorReason } ?? "error"
            add("✗ \(Shorten.end(reason, to: isShort ? 10 : 20))", "", .logError)
        }
        if let summary {
            if summary.events > 0 { add("▲\(summary.events)", summary.events == 1 ? "event" : "events", .markEvent) }
            if !summary.skew.isEmpty { add("~", "skew", .dataSuspect) }
            if summary.missingParents > 0 { add("┆\(summary.missingParents)", "no parent", .dataSuspect) }
            if summary.open > 0 { add("░\(summary.open)", "open", .textDim) }
        }
        return flags.isEmpty ? [StyledText("", .text)] : flags
    }
}
