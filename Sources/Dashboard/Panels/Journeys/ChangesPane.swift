import Journeys
import TerminalKit

/// What happened in the time shown, the newest at the bottom.
struct ChangesPane: Panel {
    /// What the pane shows.
    struct Input {
        var events: [TimelineEvent]
        var range: String
        var now: UInt64
        var paths: JourneyPaths
        var selected: String?
        var marked: UInt64?

        init(_ state: AppState) {
            let (from, to) = (state.from, max(state.now, state.pausedAt == nil ? state.judgedAt : 0))
            events = (state.verdicts?.timeline ?? []).filter { event in
                event.time >= from && event.time <= to
                    && (state.environment == nil || event.environment == nil || event.environment == state.environment)
            }
            range = Header.rangeText(state.range)
            now = state.judgedAt
            paths = state.paths
            selected = state.table.selected?.name
            marked = state.markedTime
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let legend: [StyledText] = [
            StyledText("◆", .markDeploy), StyledText(" deploy ", .textDim), StyledText("▲", .markOnset),
            StyledText(" onset ", .textDim), StyledText("✗", .markAlert), StyledText(" page", .textDim),
        ]
        let inside = Frame.draw(
            area, title: [StyledText("What changed · \(input.range)", .title)], right: area.width >= 48 ? legend : [],
            isBoxed: true, on: &canvas)
        guard !input.events.isEmpty else {
            canvas.put("nothing seen in this time", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            return
        }
        for (index, event) in input.events.suffix(inside.height).enumerated() {
            draw(event, input, in: inside.row(index), on: &canvas)
        }
    }

    /// Time, glyph, journey, words and tag; the words give way first.
    static func draw(_ event: TimelineEvent, _ input: Input, in row: Rect, on canvas: inout Canvas) {
        let words = EventText(event)
        let short = EventText.short(event, spaced: false)
        let parts = Layout.split(
            max(0, row.width - 2),
            into: [.fixed(5), .fixed(1), .fixed(10, dropRank: 1), LayoutItem(minimum: 12, grow: 1)], spacing: 1)
        func place(_ number: Int) -> Rect? {
            parts[number].map { Rect(x: row.x + 1 + $0.lowerBound, y: row.y, width: $0.count, height: 1) }
        }
        let style = input.marked == event.time ? Style(.link, on: .bg, .bold) : .text
        if let time = place(0) {
            let text = EventText.time(event.time, now: input.now)
            // A date of six cells gives up its space.
            canvas.put(
                text.count > time.width ? text.filter { $0 != " " } : text, x: time.x, y: row.y, style: style,
                width: time.width)
        }
        if let glyph = place(1) { canvas.put(words.glyph, x: glyph.x, y: row.y, style: Style(words.role), width: 1) }
        if let name = place(2) {
            canvas.put(
                Shorten.middle(journey(event, input), to: name.width), x: name.x, y: row.y, style: style,
                width: name.width)
        }
        guard let rest = place(3) else { return }
        let tag = Shorten.end(words.tag, to: max(0, rest.width / 3))
        let tagWidth = DisplayText.width(of: tag)
        let room = rest.width - tagWidth - 2
        let text = DisplayText.width(of: words.text) <= room ? words.text : short
        canvas.put(Shorten.end(text, to: room), x: rest.x, y: row.y, style: style, width: room)
        canvas.put(tag, x: rest.maxX - tagWidth, y: row.y, style: .dim, width: tagWidth)
    }

    /// The journey an event is about; for a service, that of the selected journey first.
    private static func journey(_ event: TimelineEvent, _ input: Input) -> String {
        if let name = event.journey { return name }
        guard let service = event.service else { return "" }
        let names = input.paths.journeys(with: service)
        guard let name = names.first(where: { $0 == input.selected }) ?? names.first else { return "" }
        guard names.count > 1 else { return name }
        return Shorten.end(name, to: 7) + " +\(names.count - 1)"
    }
}

/// The last alerts and notes, the newest at the top: the right column of wide screens.
struct AlertsColumn: Panel {
    /// What the column shows.
    struct Input {
        var events: [TimelineEvent]
        var now: UInt64

        /// How many there are at most.
        static let limit = 20

        init(_ state: AppState) {
            let kinds: Set<TimelineEvent.Kind> = [
                .fired, .resolved, .silent, .heard, .stale, .fresh, .acknowledged, .muted, .unmuted, .note, .onset,
                .gap,
            ]
            let all = (state.verdicts?.timeline ?? []).filter { event in
                kinds.contains(event.kind)
                    && (state.environment == nil || event.environment == nil || event.environment == state.environment)
            }
            events = Array(all.suffix(Input.limit).reversed())
            now = state.judgedAt
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let inside = Frame.draw(
            area, title: [StyledText("Alerts and notes", .title)],
            right: [StyledText("last \(Input.limit)", .textDim)], isBoxed: true, on: &canvas)
        guard !input.events.isEmpty else {
            canvas.put("none yet", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            return
        }
        var y = inside.y
        for event in input.events where y < inside.maxY {
            let words = EventText(event)
            let time = EventText.time(event.time, now: input.now)
            let tagWidth = DisplayText.width(of: words.tag)
            canvas.put(
                [
                    StyledText(time + " ", .text), StyledText(words.glyph + " ", words.role),
                    StyledText(
                        Shorten.middle(event.journey ?? "", to: max(0, inside.width - 12 - min(14, tagWidth))), .text),
                ], x: inside.x + 1, y: y, width: inside.width - 2)
            canvas.put(
                Shorten.end(words.tag, to: 14), x: inside.x, y: y, style: .dim, width: inside.width - 1, align: .right)
            if y + 1 < inside.maxY {
                canvas.put(
                    Shorten.end(words.text, to: inside.width - 8), x: inside.x + 7, y: y + 1, style: .dim,
                    width: inside.width - 8)
            }
            y += 2
        }
    }
}
