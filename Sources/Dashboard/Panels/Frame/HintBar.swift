import TerminalKit

/// The last row: what can be done here, from the command table, or a note.
enum HintBar {
    /// One hint: the commands it names, as keys, and what they do here in a word.
    struct Hint {
        let commands: [CommandID]
        let text: String

        init(_ commands: CommandID..., text: String) {
            self.commands = commands
            self.text = text
        }

        /// The first keys of the commands: letters side by side, others with spaces.
        var keys: String {
            let keys = commands.compactMap { CommandTable.command($0)?.keys.first }.map { $0 == "Enter" ? "↵" : $0 }
            let areLetters = keys.allSatisfy { $0.count == 1 && $0.first?.isLetter == true }
            return keys.joined(separator: areLetters ? "" : " ")
        }

        var pieces: [StyledText] { [StyledText(keys, .key), StyledText(" " + text, .textDim)] }
    }

    /// A hint on screen: where it stands, and what a click on it runs.
    struct Placed {
        let x: Int
        let pieces: [StyledText]
        let command: CommandID?
    }

    static func draw(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
        if let note = state.note {
            let text = Shorten.end(note.text, to: row.width - 4)
            canvas.put([StyledText(" · ", .dim), StyledText(text, .text)], x: row.x, y: row.y, width: row.width)
            return
        }
        if state.showsFrameFigures, let figures = state.frameFigures {
            canvas.put(
                Line.fitting(figures.pieces(state.latest), width: row.width), x: row.x, y: row.y, width: row.width)
            return
        }
        for hint in placed(state, width: row.width) { canvas.put(hint.pieces, x: row.x + hint.x, y: row.y) }
        let position = position(state)
        canvas.put(position, x: row.x, y: row.y, style: .dim, width: max(0, row.width - 1), align: .right)
    }

    /// Which rows are seen, where no frame has room to say so.
    private static func position(_ state: AppState) -> String {
        SizeClass(state.size) == .tiny && state.pendingKeys.isEmpty ? JourneysScreen.shortPosition(state) : ""
    }

    /// The command of the hint at a column; `nil` between hints and while a note is shown.
    static func command(at x: Int, _ state: AppState) -> CommandID? {
        guard state.note == nil else { return nil }
        return placed(state, width: state.size.width).first { x >= $0.x && x < $0.x + $0.pieces.displayWidth }?.command
    }

    /// As many hints as fit, shortened from the right; palette and help always.
    private static func placed(_ state: AppState, width: Int) -> [Placed] {
        let all: [(pieces: [StyledText], command: CommandID?)] =
            if !state.pendingKeys.isEmpty {
                continuations(of: state.pendingKeys)
            } else if state.isFirstRun {
                firstRun
            } else {
                hints(state).map { ($0.pieces, $0.commands.first) }
            }
        let always = state.pendingKeys.isEmpty ? 2 : 0
        let place = DisplayText.width(of: position(state))
        var left =
            width - 1 - (place > 0 ? place + 1 : 0) - all.suffix(always).reduce(0) { $0 + $1.pieces.displayWidth + 2 }
        var shown: [(pieces: [StyledText], command: CommandID?)] = []
        for hint in all.dropLast(always) {
            let own = hint.pieces.displayWidth + 2
            guard own <= left else { break }
            left -= own
            shown.append(hint)
        }
        var x = 1
        return (shown + all.suffix(always)).map { hint in
            defer { x += hint.pieces.displayWidth + 2 }
            return Placed(x: x, pieces: hint.pieces, command: hint.command)
        }
    }

    private static func hints(_ state: AppState) -> [Hint] {
        let pause = Hint(.pause, text: state.pausedAt == nil ? "pause" : "resume")
        let live = state.pausedAt == nil ? [] : [Hint(.live, text: "live")]
        let ends = [
            Hint(.palette, text: SizeClass(state.size) >= .normal ? "command" : "cmd"), Hint(.help, text: "help"),
        ]
        switch state.screen {
        case .journeys where state.verdicts != nil:
            let isNarrow = SizeClass(state.size) < .normal
            return [Hint(.open, text: "open"), Hint(.acknowledge, text: "ack")]
                + (isNarrow ? [] : [Hint(.runbook, text: "runbook")]) + [Hint(.filterEdit, text: "filter")]
                + (isNarrow ? [] : [Hint(.sortNext, text: "sort")]) + [Hint(.timePick, text: "time"), pause] + live
                + [
                    Hint(.findNext, text: "next alert"), Hint(.markPrevious, .markNext, text: "marks"),
                    Hint(.noteAdd, text: "note"), Hint(.timeBack, .timeForward, text: "scrub"),
                    Hint(.exemplar, text: "slowest trace"),
                ] + ends
        case .journeys:
            return [
                Hint(.open, text: "open"), Hint(.filterEdit, text: "filter"), Hint(.sortNext, text: "sort"),
                Hint(.find, text: "find"), Hint(.findNext, text: "next bad"), Hint(.timePick, text: "time"), pause,
            ] + live + [
                Hint(.timeBack, .timeForward, text: "scrub"), Hint(.exemplar, text: "slowest trace"),
                Hint(.copyValue, text: "copy"),
            ] + ends
        case .journey where state.focus == .traceList:
            return [
                Hint(.cursorDown, .cursorUp, text: "run"), Hint(.open, text: "open trace"),
                Hint(.cursorLeft, .cursorRight, text: "list"), Hint(.errorsOnly, text: "errors"),
                Hint(.focusNext, text: "panel"), Hint(.panelZoom, text: "zoom"), Hint(.filterEdit, text: "filter"),
                Hint(.timeBack, .timeForward, text: "scrub"), pause,
            ] + live + ends
        case .journey:
            return [
                Hint(.cursorLeft, .cursorDown, .cursorUp, .cursorRight, text: "move"), Hint(.select, text: "select"),
                Hint(.open, text: "traces"), Hint(.focusNext, text: "panel"), Hint(.panelZoom, text: "zoom"),
                Hint(.timeBack, .timeForward, text: "scrub"), Hint(.zoomOut, .zoomIn, text: "range"), pause,
            ] + live + [Hint(.filterEdit, text: "filter")]
                + (state.verdicts == nil
                    ? [] : [Hint(.acknowledge, text: "ack"), Hint(.markPrevious, .markNext, text: "marks")]) + ends
        case .trace:
            return [
                Hint(.cursorDown, .cursorUp, text: "span"), Hint(.cursorLeft, .cursorRight, text: "fold"),
                Hint(.pathNext, text: "critical path"), Hint(.find, text: "find"),
                Hint(.findNext, text: state.trace.search.isEmpty ? "next error" : "next"),
                Hint(.errorsOnly, text: "errors"), Hint(.copyValue, text: "copy"),
                Hint(.detailsToggle, text: "details"),
                Hint(.back, text: "back"),
            ] + live + ends
        }
    }

    /// What may follow the keys pressed so far.
    private static func continuations(of pending: [KeyChord]) -> [(pieces: [StyledText], command: CommandID?)] {
        CommandTable.all.flatMap { command -> [(pieces: [StyledText], command: CommandID?)] in
            command.keys.compactMap { spelling in
                guard let sequence = KeyChord.sequence(spelling), sequence.count > pending.count,
                    Array(sequence.prefix(pending.count)) == pending
                else { return nil }
                let rest = sequence.map(\.description).joined(separator: " ")
                return ([StyledText(rest, .key), StyledText(" " + command.title, .textDim)], command.id)
            }
        }
    }

    private static let firstRun: [(pieces: [StyledText], command: CommandID?)] = {
        func hint(_ key: String, _ text: String, _ command: CommandID?) -> (pieces: [StyledText], command: CommandID?) {
            ([StyledText(key, .key), StyledText(" " + text, .textDim)], command)
        }
        return [
            hint("y", "copy snippet", .copyValue), hint("Tab", "Go / Rust / Collector / file", .focusNext),
            hint("o", "open a file", .fileOpen), hint("D", "demo data", .demoStart), hint("q", "quit", .quit),
            hint(":", "command", .palette), hint("?", "help", .help),
        ]
    }()
}
