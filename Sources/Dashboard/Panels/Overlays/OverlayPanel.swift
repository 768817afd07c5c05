import Telemetry
import TerminalKit

/// Draws what lies over the screen.
enum OverlayPanel {
    static func draw(_ state: AppState, on canvas: inout Canvas) {
        switch state.overlay {
        case nil: break
        case .help(let scroll): HelpOverlay.draw(state, scroll: scroll, on: &canvas)
        case .palette(let editor, let row): drawPalette(state, editor, row, on: &canvas)
        case .filter(let editor, let error): drawFilter(state, editor, error, on: &canvas)
        case .find(let editor): drawInput("f ", editor, note: findNote(state), on: &canvas)
        case .file(let editor): drawInput("open ", editor, note: "a file or folder   ↵ read   Esc cancel", on: &canvas)
        case .time(let editor, let error): drawTime(state, editor, error, on: &canvas)
        case .theme: drawThemes(state, on: &canvas)
        case .text(let title, let lines, let scroll): drawText(title, lines, scroll: scroll, on: &canvas)
        case .acknowledge(let row, let editor):
            let name = Shorten.middle(row.name, to: 32)
            drawInput(
                "ack \(name) ", editor, note: "a note, if there is something to say   ↵ acknowledge   Esc cancel",
                on: &canvas)
        case .note(let row, let time, let editor):
            let about = row.map { " " + Shorten.middle($0.name, to: 32) } ?? ""
            drawInput(
                "note \(NumberFormat.time(time))\(about) ", editor,
                note: "#tags mitigation, cause, impact, question   ↵ save   Esc cancel", on: &canvas)
        case .mute(let row, let editor, let error):
            drawInput(
                "mute \(Shorten.middle(row.name, to: 32)) until ", editor,
                note: error ?? "2h   08:00   2026-04-13T08:00 (UTC), then a reason   ↵ go on   Esc cancel", on: &canvas)
        case .muteAsk(let row, let until, _):
            let time = MuteUntil(instant: until).text(now: state.clock)
            drawText(
                "Mute?",
                [
                    "Tell nobody about \(Shorten.middle(row.name, to: 32)) until \(time)?",
                    "y or ↵ mutes, any other key does not.",
                ], on: &canvas)
        case .quit: drawText("Quit?", ["Leave waymark? q or ↵ leaves, any other key stays."], on: &canvas)
        }
    }

    /// A box in the middle, cleared, and the area inside.
    static func box(
        width: Int, height: Int, title: String, right: String = "", footer: String = "", on canvas: inout Canvas
    ) -> Rect {
        let width = min(width, canvas.size.width)
        let height = min(height, canvas.size.height)
        let rect = Rect(
            x: (canvas.size.width - width) / 2, y: max(0, (canvas.size.height - height) / 2), width: width,
            height: height)
        canvas.fill(rect)
        return canvas.panel(rect, title: title, right: right, footer: footer, border: Style(.borderFocus))
    }

    private static func drawText(_ title: String, _ lines: [String], scroll: Int = 0, on canvas: inout Canvas) {
        let width = max(30, (lines.map { DisplayText.width(of: $0) }.max() ?? 0) + 4)
        let room = canvas.size.height - 2
        let footer = lines.count + 2 > room ? "j k scroll   Esc close" : ""
        let inside = box(
            width: width, height: min(room, lines.count + 2), title: title, footer: footer, on: &canvas)
        let first = min(scroll, max(0, lines.count - inside.height))
        for (index, line) in lines.dropFirst(first).prefix(inside.height).enumerated() {
            canvas.put(line, x: inside.x + 1, y: inside.y + index, width: inside.width - 1)
        }
    }

    // MARK: Palette

    private static func drawPalette(_ state: AppState, _ editor: LineEditor, _ row: Int, on canvas: inout Canvas) {
        let entries = PaletteEntry.matching(editor.text, in: state)
        let count = "\(min(row + 1, entries.count)) of \(entries.count)"
        let inside = box(
            width: 100, height: min(18, canvas.size.height - 4), title: "Command palette",
            right: ": commands  @ journeys  # traces",
            footer: "↵ run   Tab complete   C-n C-p move   Esc close  \(count)",
            on: &canvas)
        canvas.put(": ", x: inside.x + 1, y: inside.y, style: .key)
        editor.draw(in: Rect(x: inside.x + 3, y: inside.y, width: inside.width - 4, height: 1), on: &canvas)
        let list = inside.inset(top: 2)
        canvas.fill(inside.row(1), with: "─", style: .border)
        let first = max(0, row - list.height + 1)
        for (index, entry) in entries.dropFirst(first).prefix(list.height).enumerated() {
            let line = list.row(index)
            let nameWidth = min(34, line.width / 3)
            canvas.put(entry.name, x: line.x + 1, y: line.y, width: nameWidth)
            canvas.put(
                entry.title, x: line.x + 2 + nameWidth, y: line.y, style: .dim, width: line.width - nameWidth - 16)
            canvas.put(entry.keys, x: line.x, y: line.y, style: .key, width: line.width - 1, align: .right)
            if first + index == row {
                canvas.select(line)
                canvas.put("▌", x: line.x, y: line.y, style: Style(.borderFocus, on: .sel))
            }
        }
    }

    // MARK: Filter, find, files

    private static func drawFilter(
        _ state: AppState, _ editor: LineEditor, _ error: FilterError?, on canvas: inout Canvas
    ) {
        let entries = FilterCompletion.entries(for: editor.textBeforeCursor)
        let rows = min(6, entries.count)
        let height = 3 + rows
        let area = Rect(
            x: 0, y: canvas.size.height - 1 - height, width: canvas.size.width, height: height)
        canvas.fill(area)
        canvas.fill(area.row(0), with: "─", style: Style(.borderFocus))
        for (index, entry) in entries.prefix(rows).enumerated() {
            let line = area.row(1 + index)
            canvas.put(
                [
                    StyledText((index == 0 ? " >" : "  ") + entry.word, .text),
                    StyledText("  " + entry.detail, .textDim),
                ],
                x: line.x + 1, y: line.y, width: line.width - 2)
        }
        let bar = area.row(1 + rows)
        canvas.put("/", x: bar.x, y: bar.y, style: .key)
        editor.draw(in: bar.inset(left: 1), on: &canvas)
        let help = area.row(2 + rows)
        if let error {
            canvas.put(" " + error.description, x: help.x, y: help.y, style: Style(.statusPage), width: help.width)
            let caret = bar.x + 1 + min(error.columns.lowerBound, max(0, bar.width - 3))
            if help.y - 1 >= 0, editor.text.count < bar.width - 2 {
                canvas.restyle(Rect(x: caret, y: bar.y, width: max(1, error.columns.count), height: 1)) {
                    $0.with(.underline)
                }
            }
        } else if let unseen = FilterCompletion.unseen(in: editor.text) {
            canvas.put(" · " + unseen, x: help.x, y: help.y, style: Style(.dataSuspect), width: help.width)
        } else {
            canvas.put(
                " = exact  ~ matches anywhere  =~ whole value  : is =, * allowed  in (a, b)  a..b   Tab complete  ↵ apply",
                x: help.x, y: help.y, style: .dim, width: help.width)
        }
    }

    private static func drawInput(_ prompt: String, _ editor: LineEditor, note: String, on canvas: inout Canvas) {
        let area = Rect(x: 0, y: canvas.size.height - 3, width: canvas.size.width, height: 2)
        canvas.fill(area)
        canvas.put(prompt, x: 1, y: area.y, style: .key)
        editor.draw(in: area.row(0).inset(left: 1 + DisplayText.width(of: prompt)), on: &canvas)
        canvas.put(note, x: 1, y: area.y + 1, style: .dim, width: area.width - 1)
    }

    private static func findNote(_ state: AppState) -> String {
        guard state.screen == .trace else { return "finds a journey by name   ↵ go   Esc cancel" }
        let found = state.trace.matches.count
        return state.trace.search.isEmpty
            ? "searches names, attributes, events and ids   ↵ go   n next   Esc cancel"
            : "\(found) match\(found == 1 ? "" : "es")   ↵ stay   then n next   N previous"
    }

    // MARK: Time and theme

    private static func drawTime(_ state: AppState, _ editor: LineEditor, _ error: String?, on canvas: inout Canvas) {
        let inside = box(
            width: 100, height: 7, title: "Time", right: "UTC", footer: "↵ apply   . live   [ ] scrub   Esc",
            on: &canvas)
        editor.draw(in: Rect(x: inside.x + 1, y: inside.y, width: 40, height: 1), on: &canvas)
        canvas.put(
            "now-1h..now   02:40..03:12   15m", x: inside.x + 44, y: inside.y, style: .dim, width: inside.width - 45)
        let ranges = AppState.ranges.map { range -> StyledText in
            let text = Header.rangeText(range)
            return range == state.range ? StyledText(" [\(text)] ", .title) : StyledText("  \(text)  ", .textDim)
        }
        canvas.put(ranges, x: inside.x, y: inside.y + 2, width: inside.width)
        canvas.put("( longer   ) shorter", x: inside.x + 1, y: inside.y + 3, style: .dim, width: inside.width - 2)
        if let error {
            canvas.put(error, x: inside.x + 1, y: inside.y + 4, style: Style(.statusPage), width: inside.width - 2)
        }
    }

    private static func drawThemes(_ state: AppState, on canvas: inout Canvas) {
        let inside = box(
            width: 76, height: state.themes.count + 2, title: "Theme",
            footer: "moves preview at once   ↵ keep   Esc restore",
            on: &canvas)
        for (index, theme) in state.themes.prefix(inside.height).enumerated() {
            let line = inside.row(index)
            let chosen = index == state.themeIndex
            canvas.put(
                [
                    StyledText(chosen ? "▌" : " ", .borderFocus), StyledText(theme.name, .text),
                ], x: line.x, y: line.y, width: 20)
            canvas.put(theme.title, x: line.x + 22, y: line.y, style: .dim, width: line.width - 23)
            if chosen { canvas.select(line) }
        }
    }
}
