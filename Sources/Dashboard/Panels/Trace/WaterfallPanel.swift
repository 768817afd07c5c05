import Analysis
import Telemetry
import TerminalKit

/// The tree of spans with a bar for each.
enum WaterfallPanel {
    /// Where names, marks, bars and numbers stand in a row.
    private struct Columns {
        let tree: Rect
        let marks: Rect
        let bars: Rect
        /// The width of the duration at the right; zero where it stands at the bar.
        let numbers: Int

        init(_ area: Rect, isNarrow: Bool) {
            numbers = isNarrow || area.width >= 118 ? 7 : 0
            let treeWidth = max(20, min(60, area.width * 2 / 5))
            tree = Rect(x: area.x, y: area.y, width: treeWidth, height: area.height)
            marks = Rect(x: tree.maxX, y: area.y, width: 4, height: area.height)
            bars = Rect(
                x: marks.maxX, y: area.y, width: max(0, area.width - treeWidth - 4 - numbers - 1), height: area.height)
        }
    }

    static func draw(_ layout: TraceLayout, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let isBoxed = TraceScreen.isBoxed(state)
        let rows = state.shownTraceRows
        let room = TraceScreen.waterfallRows(of: state)
        let offset = min(state.trace.offset, max(0, rows.count - room))
        var inside = area
        if isBoxed {
            let shown = min(room, rows.count - offset)
            let position =
                rows.count > room ? "\(offset + 1)–\(offset + shown) of \(rows.count) rows" : "\(rows.count) rows"
            inside = canvas.panel(
                area, title: [StyledText("Waterfall", .title)],
                right: [StyledText("0 – \(NumberFormat.duration(state.trace.axis.length))", .textDim)],
                footer: [StyledText("█ critical  ▒ other  ░ open  ⇢ async link", .textDim)],
                footerRight: [StyledText(position, .textDim)],
                border: Style(state.focus == .waterfall ? .borderFocus : .border))
        }
        let isTiny = SizeClass(state.size) == .tiny
        let columns = Columns(inside, isNarrow: !isBoxed)
        var y = inside.y
        if !isTiny {
            drawMap(layout.picture, state, columns, y: y, on: &canvas)
            y += 1
        }
        let matched = Set(state.trace.matches)
        for row in rows.dropFirst(offset).prefix(room) {
            drawRow(row, layout, state, columns, matched, y: y, width: inside, on: &canvas)
            y += 1
        }
        drawAxis(state, layout, columns, y: inside.maxY - 1, on: &canvas)
    }

    /// How many spans run when, and where matches are.
    private static func drawMap(
        _ picture: TracePicture, _ state: AppState, _ columns: Columns, y: Int, on canvas: inout Canvas
    ) {
        let bars = columns.bars
        guard bars.width > 2 else { return }
        canvas.put("map", x: columns.tree.x + 1, y: y, style: .label)
        let density = picture.density(columns: bars.width, axis: state.trace.axis)
        let greatest = Double(max(1, density.max() ?? 1))
        let found = picture.columns(of: state.trace.matches, columns: bars.width, axis: state.trace.axis)
        for (column, count) in density.enumerated() where count > 0 {
            let level = max(1, Int((Double(count) / greatest * 8).rounded()))
            let style = Style(found.contains(column) ? .match : .textDim)
            canvas.set(Blocks.column(level), x: bars.x + column, y: y, style: style, meaning: .level)
        }
    }

    private static func drawAxis(
        _ state: AppState, _ layout: TraceLayout, _ columns: Columns, y: Int, on canvas: inout Canvas
    ) {
        let bars = columns.bars
        guard bars.width > 20 else { return }
        let length = state.trace.axis.length
        let ticks = max(1, min(6, bars.width / 14))
        for tick in 0..<ticks {
            let x = bars.x + bars.width * tick / ticks
            let text = tick == 0 ? "0" : NumberFormat.duration(UInt64(Double(length) / Double(ticks) * Double(tick)))
            canvas.put(text, x: x, y: y, style: .label)
        }
        guard let under = promise(state, layout), under < length else { return }
        let x = bars.x + state.trace.axis.column(of: under, columns: bars.width)
        canvas.put("┆SLO", x: x, y: y, style: Style(.sloLine), width: max(0, bars.maxX - x))
    }

    /// Where the promise ends on the axis, in nanoseconds after the first span's start.
    private static func promise(_ state: AppState, _ layout: TraceLayout) -> UInt64? {
        guard let run = state.trace.run, let under = run.under else { return nil }
        return layout.picture.extent(of: run.entry).lowerBound + under
    }

    private static func drawRow(
        _ number: Int, _ layout: TraceLayout, _ state: AppState, _ columns: Columns, _ matched: Set<Int>, y: Int,
        width: Rect,
        on canvas: inout Canvas
    ) {
        let marks = layout.marks(of: number)
        let label = layout.label(of: number)
        drawTree(number, layout, state, label, matched, columns.tree, y: y, on: &canvas)
        drawMarks(number, layout, marks, columns.marks, y: y, on: &canvas)
        drawBar(number, layout, state, marks, label.service, columns, y: y, on: &canvas)
        if number == state.trace.row {
            let row = Rect(x: width.x, y: y, width: width.width, height: 1)
            canvas.select(row)
            canvas.put("▌", x: row.x, y: y, style: Style(.borderFocus, on: .sel))
        }
    }

    private static func drawTree(
        _ number: Int, _ layout: TraceLayout, _ state: AppState, _ label: (service: String, name: String),
        _ matched: Set<Int>, _ area: Rect, y: Int, on canvas: inout Canvas
    ) {
        let row = layout.rows[number]
        // Very deep trees keep their names: the indent stops at half of the column.
        let indent = min(Int(row.depth) * 2, area.width / 2)
        var x = area.x + 1 + indent
        let arrow = row.isFoldable ? (row.isFolded ? "▸" : "▾") : " "
        canvas.put(arrow, x: x, y: y, style: .dim)
        x += 1
        let room = area.maxX - x
        guard room > 0 else { return }
        var pieces: [StyledText]
        if case .missing = row.content {
            pieces = [StyledText("┆ (missing \(label.name))", .dataSuspect)]
        } else {
            let isHit = layout.spans(of: number).contains {
                matched.contains($0) || state.trace.selected?.contains($0) == true
            }
            let isDim = state.trace.selected != nil && !isHit
            let nameStyle =
                isHit
                ? Style(.match, .bold)
                : isDim ? .dim : layout.marks(of: number).contains(.critical) ? Style(.text, .bold) : .text
            pieces = [StyledText(label.service + " ", .service(label.service)), StyledText(label.name, nameStyle)]
            if let group = layout.group(of: number) { pieces.append(StyledText(" ×\(group.members.count)", .label)) }
        }
        if row.hidden > 0, layout.group(of: number) == nil { pieces.append(StyledText(" +\(row.hidden)", .label)) }
        canvas.put(pieces, x: x, y: y, width: room - 1)
    }

    private static func drawMarks(
        _ number: Int, _ layout: TraceLayout, _ marks: TraceRowMarks, _ area: Rect, y: Int, on canvas: inout Canvas
    ) {
        var text = StyledText("", .text)
        let errors = layout.errorCount(of: number)
        let events = layout.eventCount(of: number)
        if errors > 0 {
            text = StyledText("!\(errors)", .logError)
        } else if events > 0 {
            text = StyledText("▲\(events)", .markEvent)
        } else if marks.contains(.orphan) {
            text = StyledText("┆", .dataSuspect)
        } else if marks.contains(.cycle) {
            text = StyledText("↺", .dataSuspect)
        } else if marks.contains(.skewed) {
            text = StyledText("~", .dataSuspect)
        } else if marks.contains(.async) {
            text = StyledText("⇢", .textDim)
        }
        canvas.put([text], x: area.x, y: y, width: area.width - 1)
    }

    private static func drawBar(
        _ number: Int, _ layout: TraceLayout, _ state: AppState, _ marks: TraceRowMarks, _ service: String,
        _ columns: Columns,
        y: Int, on canvas: inout Canvas
    ) {
        let bars = columns.bars
        guard bars.width > 0 else { return }
        let axis = state.trace.axis
        if let under = promise(state, layout), under < axis.length {
            canvas.set("┆", x: bars.x + axis.column(of: under, columns: bars.width), y: y, style: Style(.sloLine))
        }
        if case .missing = layout.rows[number].content { return }
        let extent = layout.extent(of: number)
        let first = axis.column(of: extent.lowerBound, columns: bars.width)
        let last = axis.column(of: max(extent.upperBound, extent.lowerBound + 1) - 1, columns: bars.width)
        let glyph: Unicode.Scalar = marks.contains(.open) ? "░" : marks.contains(.critical) ? "█" : "▒"
        let role: Role = marks.contains(.open) ? .textDim : .service(service)
        for column in first...max(first, last) { canvas.set(glyph, x: bars.x + column, y: y, style: Style(role)) }
        if marks.contains(.open), last + 1 < bars.width {
            canvas.set("▸", x: bars.x + last + 1, y: y, style: .dim)
        }
        drawDuration(number, layout, extent, first, last, columns, y: y, on: &canvas)
    }

    private static func drawDuration(
        _ number: Int, _ layout: TraceLayout, _ extent: Range<UInt64>, _ first: Int, _ last: Int, _ columns: Columns,
        y: Int,
        on canvas: inout Canvas
    ) {
        var text = NumberFormat.duration(extent.upperBound - extent.lowerBound)
        if let group = layout.group(of: number) {
            text =
                "\(NumberFormat.duration(group.minimum))…\(NumberFormat.duration(group.median))…\(NumberFormat.duration(group.maximum))"
        }
        let bars = columns.bars
        if columns.numbers > 0 {
            canvas.put(text, x: bars.maxX, y: y, width: columns.numbers + 1, align: .right)
            return
        }
        let width = DisplayText.width(of: text)
        if bars.x + last + 2 + width <= bars.maxX {
            canvas.put(text, x: bars.x + last + 2, y: y, style: .dim)
        } else if first > width {
            canvas.put(text, x: bars.x + first - width - 1, y: y, style: .dim)
        }
    }
}
