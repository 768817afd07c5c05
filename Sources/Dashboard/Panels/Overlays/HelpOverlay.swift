import TerminalKit

/// Keys and glyphs, generated from the command table.
enum HelpOverlay {
    /// How far the help can be scrolled.
    static func greatestScroll(of state: AppState) -> Int {
        let lines = keyLines(state).count + (state.size.width >= 110 ? 0 : glyphs.count + 1)
        return max(0, lines - max(0, state.size.height - 5))
    }

    static func draw(_ state: AppState, scroll: Int, on canvas: inout Canvas) {
        let isWide = canvas.size.width >= 110
        let inside = OverlayPanel.box(
            width: isWide ? 112 : canvas.size.width, height: canvas.size.height - 3,
            title: "Help · \(state.screen.title)",
            right: "keys valid here are bright · others dim",
            footer: "from the same table as the bindings   j k scroll   Esc close",
            on: &canvas)
        let keys = keyLines(state)
        let left = isWide ? Rect(x: inside.x, y: inside.y, width: 58, height: inside.height) : inside
        let lines = isWide ? keys : keys + [[]] + glyphs
        let first = min(scroll, max(0, lines.count - left.height))
        for (index, line) in lines.dropFirst(first).prefix(left.height).enumerated() {
            canvas.put(line, x: left.x + 1, y: left.y + index, width: left.width - 2)
        }
        guard isWide else { return }
        let right = Rect(x: left.maxX, y: inside.y, width: inside.maxX - left.maxX, height: inside.height)
        for (index, line) in glyphs.prefix(right.height).enumerated() {
            canvas.put(line, x: right.x + 2, y: right.y + index, width: right.width - 3)
            canvas.set("│", x: right.x, y: right.y + index, style: .border)
        }
    }

    private static func keyLines(_ state: AppState) -> [[StyledText]] {
        var lines: [[StyledText]] = []
        for group in Command.Group.allCases {
            lines.append([StyledText(group.rawValue, .title)])
            for command in CommandTable.all where command.group == group && !command.keys.isEmpty {
                let isValid = command.screens.contains(state.screen)
                let keys = command.keys.joined(separator: " ")
                let padding = String(repeating: " ", count: max(1, 20 - DisplayText.width(of: keys)))
                lines.append([
                    StyledText("  " + keys + padding, isValid ? .key : .textDim),
                    StyledText(command.title, isValid ? .text : .textDim),
                ])
            }
        }
        return lines
    }

    private static let glyphs: [[StyledText]] = [
        [StyledText("GLYPHS", .title)],
        [StyledText("╌ no data   ▁ small   _ exactly zero", .text)],
        [StyledText("▅ in a sparkline is the promise; ▆▇█ are over it", .text)],
        [StyledText("* several versions live", .text)],
        [StyledText("~ clock suspect, or estimated from a sample", .text)],
        [StyledText("┆ parent missing      ⇢ async link", .text)],
        [StyledText("░ span still open     █ critical path  ▒ other", .text)],
        [StyledText("▲1 events   !1 error status", .text)],
        [],
        [StyledText("DATA", .title)],
        [StyledText("late   arrived more than 30s after its end", .text)],
        [StyledText("skew   services whose clock disagrees", .text)],
        [StyledText("drop   refused by our own queue", .text)],
        [StyledText("evict  raw spans aged out of memory", .text)],
        [],
        [StyledText("NUMBERS", .title)],
        [StyledText("3 digits and a unit. Below 30 runs a cell shows", .text)],
        [StyledText("counts (2/17), not a percentage. p95 needs 20", .text)],
        [StyledText("runs, p99 needs 100. Missing is —, never 0.", .text)],
        [],
        [StyledText("FILTER", .title)],
        [StyledText("service=cart status=error duration>300ms", .code)],
        [StyledText("name~\"^GET\" http.response.status_code>=500", .code)],
        [StyledText("{ resource.service.name = \"cart\" }", .code)],
    ]
}
