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
        /// The duration at the right; empty where it stands at the bar.
        let duration: Rect
        /// The self time at the right, on wide screens.
        let own: Rect

        init(_ area: Rect, isNarrow: Bool) {
            let durationWidth = isNarrow || area.width >= 110 ? 7 : 0
            let ownWidth = area.width >= 110 ? 7 : 0
            let treeWidth = max(20, min(60, area.width * 2 / 5))
            tree = Rect(x: area.x, y: area.y, width: treeWidth, height: area.height)
            marks = Rect(x: tree.maxX, y: area.y, width: 4, height: area.height)
            let width = max(0, area.width - treeWidth - 4 - durationWidth - ownWidth - 1)
            bars = Rect(x: marks.maxX, y: area.y, width: width, height: area.height)
            duration = Rect(x: bars.maxX, y: area.y, width: durationWidth, height: area.height)
            own = Rect(x: duration.maxX, y: area.y, width: ownWidth, height: area.height)
        }
    }

    static func draw(_ layout: TraceLayout, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let isBoxed = TraceScreen.isBoxed(state)
        let count = state.shownTraceRowCount
        let room = TraceScreen.waterfallRows(of: state)
        let offset = max(0, min(state.trace.offset, count - room))
        var inside = area
        if isBoxed {
            let shown = min(room, count - offset)
            let position = count > room ? "\(offset + 1)–\(offset + shown) of \(count) rows" : "\(count) rows"
            inside = canvas.panel(
                area,
                title: [
                    StyledText("Waterfall", .title),
                    StyledText(state.trace.errorsOnly ? "  errors only · e all" : "", .logError),
                ],
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
        for place in offset..<min(count, offset + room) {
            drawRow(state.traceRow(shownAt: place), layout, state, columns, y: y, width: inside, on: &canvas)
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
        if !columns.own.isEmpty { put("self", in: columns.own, y: y, style: .label, on: &canvas) }
        if !columns.duration.isEmpty { put("dur", in: columns.duration, y: y, style: .label, on: &canvas) }
        guard bars.width > 20 else { return }
        let length = state.trace.axis.length
        var taken = 0..<0
        if let under = promise(state, layout), let allowed = state.trace.run?.under, under < length {
            let text = "\(NumberFormat.duration(allowed)) SLO"
            let width = DisplayText.width(of: text)
            let x = min(axisColumn(under, state, bars), max(bars.x, bars.maxX - width))
            canvas.put(text, x: x, y: y, style: Style(.sloLine), width: bars.maxX - x)
            taken = x - 1..<x + width + 1
        }
        let ticks = max(1, min(6, bars.width / 14))
        for tick in 0..<ticks {
            let x = bars.x + bars.width * tick / ticks
            let text = tick == 0 ? "0" : NumberFormat.duration(UInt64(Double(length) / Double(ticks) * Double(tick)))
            guard !taken.overlaps(x..<x + text.count) else { continue }
            canvas.put(text, x: x, y: y, style: .label)
        }
    }

    private static func axisColumn(_ time: UInt64, _ state: AppState, _ bars: Rect) -> Int {
        bars.x + state.trace.axis.column(of: time, columns: bars.width)
    }

    private static func put(_ text: String, in column: Rect, y: Int, style: Style, on canvas: inout Canvas) {
        canvas.put(text, x: column.x, y: y, style: style, width: column.width, align: .right)
    }

    /// Where the promise ends on the axis, in nanoseconds after the first span's start.
    private static func promise(_ state: AppState, _ layout: TraceLayout) -> UInt64? {
        guard let run = state.trace.run, let under = run.under else { return nil }
        return layout.picture.extent(of: run.entry).lowerBound + under
    }

    private static func drawRow(
        _ number: Int, _ layout: TraceLayout, _ state: AppState, _ columns: Columns, y: Int, width: Rect,
        on canvas: inout Canvas
    ) {
        let marks = layout.marks(of: number)
        let label = layout.label(of: number)
        drawTree(number, layout, state, label, columns.tree, y: y, on: &canvas)
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
        _ area: Rect, y: Int, on canvas: inout Canvas
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
            let isHit = isHit(row.content, layout.picture, state)
            let isDim = state.trace.selected != nil && !isHit
            let nameStyle =
                isHit
                ? Style(.match, .bold)
                : isDim ? .dim : layout.marks(of: number).contains(.critical) ? Style(.text, .bold) : .text
            pieces = [StyledText(label.service + " ", .service(label.service)), StyledText(label.name, nameStyle)]
        }
        var count = ""
        if let group = layout.group(of: number) {
            count = " ×\(group.members.count)"
        } else if row.hidden > 0 {
            count = " +\(row.hidden)"
        }
        if !count.isEmpty {
            pieces = shortened(pieces, to: room - 1 - count.count) + [StyledText(count, .label)]
        }
        canvas.put(shortened(pieces, to: room - 1), x: x, y: y, width: room - 1)
    }

    /// Whether the search or the filter has found what a row stands for.
    private static func isHit(_ content: TraceRow.Content, _ picture: TracePicture, _ state: AppState) -> Bool {
        let trace = state.trace
        if trace.isMatched.isEmpty, trace.selected == nil { return false }
        return picture.spans(of: content).contains {
            (trace.isMatched.indices.contains($0) && trace.isMatched[$0]) || trace.selected?.contains($0) == true
        }
    }

    /// The pieces, the last that does not fit cut with an ellipsis.
    private static func shortened(_ pieces: [StyledText], to width: Int) -> [StyledText] {
        var left = max(0, width)
        return pieces.map { piece in
            let own = DisplayText.width(of: piece.text)
            defer { left = max(0, left - own) }
            return own <= left ? piece : StyledText(Shorten.end(piece.text, to: left), piece.style)
        }
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
        y: Int, on canvas: inout Canvas
    ) {
        let length = NumberFormat.duration(extent.upperBound - extent.lowerBound)
        let group = layout.group(of: number)
        var text = columns.duration.isEmpty ? length : ""
        if let group {
            let values = [group.minimum, group.median, group.maximum].map { NumberFormat.duration($0) }
            text = values.joined(separator: "/")
        }
        if !columns.duration.isEmpty { put(length, in: columns.duration, y: y, style: .text, on: &canvas) }
        if !columns.own.isEmpty, group == nil, let span = layout.span(of: number) {
            put(
                NumberFormat.duration(layout.picture.path.selfTime(of: span)), in: columns.own, y: y, style: .dim,
                on: &canvas)
        }
        guard !text.isEmpty else { return }
        let bars = columns.bars
        let width = DisplayText.width(of: text)
        if bars.x + last + 2 + width <= bars.maxX {
            canvas.put(text, x: bars.x + last + 2, y: y, style: .dim)
        } else if first > width {
            canvas.put(text, x: bars.x + first - width - 1, y: y, style: .dim)
        }
    }
}
