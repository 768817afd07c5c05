import Analysis
import Journeys
import Telemetry
import TerminalKit

/// Screen 3: one trace as a waterfall.
enum TraceScreen {
    /// Where the parts of the screen lie.
    struct Areas {
        var title: Rect
        var waterfall: Rect
        var details: Rect
    }

    static func areas(of state: AppState) -> Areas {
        let sizeClass = SizeClass(state.size)
        let body = state.body
        let titleRows = sizeClass == .tiny ? 1 : 2
        let title = Rect(x: 0, y: body.y, width: body.width, height: titleRows)
        let rest = body.inset(top: titleRows)
        let nothing = Rect(x: 0, y: 0, width: 0, height: 0)
        if state.isZoomed {
            return state.focus == .spanDetails
                ? Areas(title: title, waterfall: nothing, details: rest)
                : Areas(title: title, waterfall: rest, details: nothing)
        }
        if sizeClass == .tiny, state.focus == .spanDetails {
            return Areas(title: title, waterfall: nothing, details: rest)
        }
        guard state.trace.showsDetails, sizeClass != .tiny else {
            return Areas(title: title, waterfall: rest, details: nothing)
        }
        if sizeClass == .narrow {
            let height = max(6, rest.height / 3)
            return Areas(
                title: title, waterfall: rest.inset(bottom: height),
                details: Rect(x: 0, y: rest.maxY - height, width: rest.width, height: height))
        }
        let width = sizeClass == .wide ? 80 : max(42, rest.width / 3)
        return Areas(
            title: title, waterfall: rest.inset(right: width),
            details: Rect(x: rest.maxX - width, y: rest.y, width: width, height: rest.height))
    }

    /// Whether the waterfall has a frame.
    static func isBoxed(_ state: AppState) -> Bool { SizeClass(state.size) >= .normal }

    /// How many rows of spans the waterfall shows.
    static func waterfallRows(of state: AppState) -> Int {
        let height = areas(of: state).waterfall.height
        // The frame, the map row and the axis.
        return max(0, height - (isBoxed(state) ? 4 : SizeClass(state.size) == .tiny ? 1 : 2))
    }

    /// The screen row of the first span.
    static func firstRow(of state: AppState) -> Int {
        let area = areas(of: state).waterfall
        return area.y + (isBoxed(state) ? 2 : SizeClass(state.size) == .tiny ? 0 : 1)
    }

    static func draw(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let areas = areas(of: state)
        guard let layout = state.trace.layout else {
            canvas.put(emptyText(state), x: area.x + 2, y: area.y + 1, style: .dim, width: area.width - 3)
            return
        }
        drawTitle(layout.picture, state, in: areas.title, on: &canvas)
        if !areas.waterfall.isEmpty { WaterfallPanel.draw(layout, state, in: areas.waterfall, on: &canvas) }
        if !areas.details.isEmpty { SpanDetailsPanel.draw(layout, state, in: areas.details, on: &canvas) }
    }

    private static func emptyText(_ state: AppState) -> String {
        guard let id = state.trace.id else { return "no trace chosen   2 Journey, ↵ on a run" }
        if state.trace.isMissing {
            return "trace \(id.hex): none of its spans is held (never received, or evicted from memory)"
        }
        return "putting trace \(Shorten.id(id.hex)) together …"
    }

    private static func drawTitle(
        _ picture: TracePicture, _ state: AppState, in area: Rect, on canvas: inout Canvas
    ) {
        let trace = picture.trace
        let hex = trace.id.hex
        let isShort = area.width < 100
        let id = isShort ? Shorten.id(hex) : "\(hex.prefix(8))…\(hex.suffix(8))"
        let entry = state.trace.run?.entry ?? picture.path.root
        let duration = entry.map { trace.spans[$0].duration }
        let start = entry.map { trace.spans[$0].start } ?? trace.start
        let journey = state.trace.run?.journey ?? trace.spans.first?.name ?? ""
        var pieces: [[StyledText]] = [
            [
                StyledText(" \(id)", .link),
                StyledText(" \(Shorten.middle(journey, to: max(12, area.width / 3)))", .title),
            ],
            [StyledText("  \(NumberFormat.duration(duration))", .text)],
        ]
        if let under = state.trace.run?.under, let duration {
            let isOver = duration >= under
            let verdict = isOver ? "✗ over by \(NumberFormat.duration(duration - under))" : "✓"
            pieces.append([
                StyledText("   SLO \(NumberFormat.duration(under)) \(verdict)", isOver ? .sloOver : .statusOK)
            ])
        }
        pieces.append([StyledText("   \(NumberFormat.timeWithMilliseconds(start))Z", .text)])
        pieces.append([StyledText("  \(NumberFormat.count(trace.spans.count)) spans", .text)])
        let services = picture.totals.services
        pieces.append([StyledText("  \(services) service\(services == 1 ? "" : "s")", .text)])
        canvas.put(Line.fitting(pieces, width: area.width), x: area.x, y: area.y, width: area.width)
        if area.height > 1 {
            canvas.put(remarks(picture, state, width: area.width), x: area.x, y: area.y + 1, width: area.width)
        }
    }

    /// What is odd about the trace, then what it waited for.
    private static func remarks(_ picture: TracePicture, _ state: AppState, width: Int) -> [StyledText] {
        let totals = picture.totals
        var pieces: [[StyledText]] = [[StyledText(" ", .text)]]
        func add(_ text: String, _ role: Role) { pieces.append([StyledText(text + "   ", role)]) }
        if !state.trace.search.isEmpty {
            add("find \(Shorten.end(state.trace.search, to: 24)): \(state.trace.matches.count)", .match)
        }
        if let selected = state.trace.selected { add("filter: \(selected.count) spans", .match) }
        let errors = totals.count(.error)
        if errors > 0 { add("!\(errors) failed", .logError) }
        let open = totals.count(.open)
        let spans = open == 1 ? "span" : "spans"
        if open > 0, state.picture?.origin == .live {
            add("+ growing: \(open) open \(spans)", .stateLive)
        } else if open > 0 {
            add("░ \(open) \(spans) without an end", .dataSuspect)
        }
        for offset in picture.skew.offsets.prefix(2) {
            let shift = NumberFormat.change(nanoseconds: offset.shift)
            add("~ skew: \(Shorten.middle(offset.service, to: 20)) \(shift)", .dataSuspect)
        }
        let orphans = totals.count(.orphan)
        if orphans > 0 { add("┆ \(orphans) without parent", .dataSuspect) }
        if totals.count(.cycle) > 0 { add("cycle of parents cut", .dataSuspect) }
        let line = Line.fitting(pieces, width: width)
        return line + Line.leading(path(picture), width: width - line.displayWidth)
    }

    /// Which services the trace waited for, the longest wait first.
    private static func path(_ picture: TracePicture) -> [[StyledText]] {
        let waits = picture.totals.waits.filter { $0.time > 0 }
        let total = waits.reduce(0) { $0 &+ $1.time }
        guard total > 0 else { return [] }
        let worst = waits.map { (service: $0.service.text, time: $0.time) }
            .sorted { $0.time == $1.time ? $0.service < $1.service : $0.time > $1.time }.prefix(4)
        let pieces = worst.compactMap { service, time -> [StyledText]? in
            let share = Int((Double(time) / Double(total) * 100).rounded())
            guard share > 0 else { return nil }
            return [
                StyledText(" \(Shorten.middle(service, to: 24))", .service(service)), StyledText(" \(share)%", .text),
            ]
        }
        guard let first = pieces.first else { return [] }
        return [[StyledText("critical path", .label)] + first] + pieces.dropFirst()
    }
}
