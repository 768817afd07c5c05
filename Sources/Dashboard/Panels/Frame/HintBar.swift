import TerminalKit

/// The last row: what can be done here, from the command table, or a note.
enum HintBar {
    static func draw(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
        if let note = state.note {
            canvas.put([StyledText(" · ", .dim), StyledText(note.text, .text)], x: row.x, y: row.y)
            return
        }
        if state.showsFrameFigures, let figures = state.frameFigures {
            canvas.put(" " + figures, x: row.x, y: row.y, style: .dim)
            return
        }
        canvas.put(pieces(state, fitting: row.width), x: row.x, y: row.y)
    }

    /// As many hints as fit, the general ones always.
    private static func pieces(_ state: AppState, fitting width: Int) -> [StyledText] {
        let hints: [[StyledText]] = state.isFirstRun ? firstRun : table(state)
        let always = hints.suffix(2).map { $0 }
        var line: [StyledText] = [StyledText(" ", .text)]
        var left = width - 1 - always.reduce(0) { $0 + $1.displayWidth + 2 }
        for hint in hints.dropLast(2) {
            guard hint.displayWidth + 2 <= left else { continue }
            left -= hint.displayWidth + 2
            line += hint + [StyledText("  ", .text)]
        }
        for hint in always { line += hint + [StyledText("  ", .text)] }
        return line
    }

    private static func table(_ state: AppState) -> [[StyledText]] {
        let shown = CommandTable.all.filter { $0.hint != nil && $0.screens.contains(state.screen) }
        let own = shown.filter { $0.screens != Command.everywhere } + shown.filter { $0.screens == Command.everywhere }
        let order =
            own.filter { $0.id != .palette && $0.id != .help } + own.filter { $0.id == .palette || $0.id == .help }
        return order.map { hint($0.keys.first ?? "", $0.hint ?? "") }
    }

    private static let firstRun: [[StyledText]] = [
        hint("y", "copy snippet"), hint("Tab", "Go / Rust / Collector / file"), hint("o", "open a file"),
        hint("D", "demo data"), hint("q", "quit"), hint(":", "command"), hint("?", "help"),
    ]

    private static func hint(_ key: String, _ text: String) -> [StyledText] {
        let shown = ["Enter": "↵"][key] ?? key
        return [StyledText(shown, .key), StyledText(" " + text, .textDim)]
    }
}
