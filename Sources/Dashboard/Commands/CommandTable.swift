/// All commands, in the order of the help screen.
package enum CommandTable {
    /// The table.
    package static let all: [Command] = move + think + time + act

    /// The command with an id.
    package static func command(_ id: CommandID) -> Command? { byID[id] }

    private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })

    private static let charts: Set<Screen> = [.journey]

    private static let move: [Command] = [
        Command(.cursorDown, "next row", keys: ["j", "Down", "C-n"], in: .move),
        Command(.cursorUp, "previous row", keys: ["k", "Up", "C-p"], in: .move),
        Command(
            .cursorLeft, "left, fold, previous list", keys: ["h", "Left"], in: .move,
            help: "Left in a chart, fold in a trace, the list before in a list of traces."),
        Command(
            .cursorRight, "right, unfold, next list", keys: ["l", "Right"], in: .move,
            help: "Right in a chart, unfold in a trace, the next list in a list of traces."),
        Command(.cursorFirst, "first row", keys: ["g g", "Home"], in: .move),
        Command(.cursorLast, "last row", keys: ["G", "End"], in: .move),
        Command(.halfPageDown, "half a page down", keys: ["C-d"], in: .move),
        Command(.halfPageUp, "half a page up", keys: ["C-u"], in: .move),
        Command(.pageDown, "a page down", keys: ["PgDn", "C-v"], in: .move),
        Command(.pageUp, "a page up", keys: ["PgUp", "Alt-v"], in: .move),
        Command(.focusNext, "next panel", keys: ["Tab"], in: .move, on: [.journey, .trace], hint: "panel"),
        Command(.focusPrevious, "previous panel", keys: ["S-Tab"], in: .move, on: [.journey, .trace]),
        Command(.open, "open, drill in", keys: ["Enter"], in: .move, hint: "open"),
        Command(.back, "close, one step back", keys: ["Esc", "C-g", "Backspace"], in: .move),
        Command(.viewLast, "the screen before", keys: ["`"], in: .move),
        Command(.screenJourneys, "Journeys", keys: ["1"], in: .move, help: "All journeys, worst first."),
        Command(
            .screenJourney, "Journey", keys: ["2"], in: .move, help: "The selected journey: latency, errors, steps."),
        Command(.screenTrace, "Trace", keys: ["3"], in: .move, help: "The selected trace as a waterfall."),
        Command(.panelZoom, "zoom the panel", keys: ["z"], in: .move, on: [.journey, .trace], hint: "zoom"),
    ]

    private static let think: [Command] = [
        Command(
            .filterEdit, "filter", keys: ["/"], in: .think, hint: "filter",
            help: "Keep what a filter selects, such as service=cart status=error duration>300ms."),
        Command(.find, "find in this view", keys: ["f"], in: .think, hint: "find"),
        Command(
            .findNext, "next match, alert or failed span", keys: ["n"], in: .think,
            help:
                "The next match of what was searched for; without a search the next alert, in a trace the next failed span."
        ),
        Command(.findPrevious, "previous match, alert or failed span", keys: ["N"], in: .think),
        Command(
            .select, "start or end a selection", keys: ["v"], in: .think, on: charts, hint: "select",
            help: "Start a box in the heat map; Enter then lists its traces."),
        Command(.exemplar, "best exemplar trace", keys: ["x"], in: .think, on: [.journeys, .journey]),
        Command(.goJourney, "go to the journey", keys: ["g j"], in: .think),
        Command(.goTrace, "go to the slowest trace", keys: ["g t"], in: .think),
        Command(
            .nextEnvironment, "next environment", keys: ["g e"], in: .think,
            help: "Show all environments, or one after the other."),
        Command(
            .sortNext, "sort by the next column", keys: ["s"], in: .think, on: [.journeys, .journey], hint: "sort"),
        Command(.sortReverse, "reverse the order", keys: ["S"], in: .think, on: [.journeys, .journey]),
        Command(.errorsOnly, "only failing rows", keys: ["e"], in: .think, on: [.journey, .trace]),
        Command(.foldAll, "fold all", keys: ["H"], in: .think, on: [.trace]),
        Command(.unfoldAll, "unfold all", keys: ["L"], in: .think, on: [.trace]),
        Command(.pathNext, "next on the critical path", keys: ["p"], in: .think, on: [.trace], hint: "critical path"),
        Command(.overlayToggle, "percentile lines on or off", keys: ["o"], in: .think, on: charts),
        Command(.detailsToggle, "span details on or off", keys: ["d"], in: .think, on: [.trace], hint: "details"),
    ]

    private static let time: [Command] = [
        Command(.pause, "pause, resume", keys: ["Space"], in: .time, hint: "pause"),
        Command(.live, "jump to live", keys: [".", "0"], in: .time),
        Command(.timePick, "time range", keys: ["t"], in: .time, hint: "time"),
        Command(.timeBack, "scrub one column back", keys: ["["], in: .time, hint: "scrub"),
        Command(.timeForward, "scrub one column forward", keys: ["]"], in: .time),
        Command(.zoomOut, "longer range", keys: ["("], in: .time),
        Command(.zoomIn, "shorter range", keys: [")"], in: .time),
        Command(
            .markPrevious, "previous deploy, onset or alert", keys: ["{"], in: .time, on: [.journeys, .journey],
            hint: "marks", help: "Moves time to the mark before: a deployment, a change-point or an alert."),
        Command(.markNext, "next deploy, onset or alert", keys: ["}"], in: .time, on: [.journeys, .journey]),
    ]

    private static let act: [Command] = [
        Command(
            .acknowledge, "acknowledge", keys: ["a"], in: .act, hint: "ack",
            help: "Says that somebody has seen it; a note may follow, Enter alone is enough."),
        Command(
            .noteAdd, "note at the time cursor", keys: ["M"], in: .act, hint: "note",
            help: "Writes something down at the instant the screen stands at."),
        Command(
            .mute, "mute the journey until a time", keys: [], in: .act,
            help: "alert.mute JOURNEY UNTIL: tells nobody about a journey until then, such as 2h or 08:00."),
        Command(.unmute, "end the mute of the journey", keys: [], in: .act),
        Command(.bellOff, "no bell, and a plain window title", keys: [], in: .act),
        Command(.bellOn, "bell and window title follow the worst state", keys: [], in: .act),
        Command(.runbook, "runbook", keys: ["r"], in: .act, on: [.journeys, .journey]),
        Command(.copyValue, "copy what is selected", keys: ["y"], in: .act, hint: "copy"),
        Command(.copyView, "copy this screen as text", keys: ["Y"], in: .act),
        Command(
            .journeyWrite, "write a journey file", keys: ["J"], in: .act, on: [.journeys, .journey],
            help: "Turn the selected found journey into a file in the journeys folder."),
        Command(.journeyReload, "read the journey files again", keys: [], in: .act),
        Command(.fileOpen, "open a trace file", keys: [], in: .act),
        Command(.demoStart, "start the built-in demo", keys: [], in: .act),
        Command(.themePick, "theme", keys: ["T"], in: .act),
        Command(.debugFrame, "frame times and sizes", keys: [], in: .act),
        Command(.redraw, "draw everything anew", keys: ["C-l"], in: .act),
        Command(.palette, "command palette", keys: [":"], in: .act, hint: "command"),
        Command(.help, "keys and glyphs", keys: ["?"], in: .act, hint: "help"),
        Command(.suspend, "suspend", keys: ["C-z"], in: .act),
        Command(.quit, "quit", keys: ["q", "C-c"], in: .act),
    ]

    /// The table as Markdown: what the README shows.
    package static var markdown: String {
        var lines = ["| Key | Command | Does | Screens |", "|---|---|---|---|"]
        for command in all where !command.keys.isEmpty {
            let keys = command.keys.map { $0 == "`" ? "`` ` ``" : "`\($0)`" }.joined(separator: " ")
            let screens =
                command.screens == Command.everywhere
                ? "all" : command.screens.map(\.rawValue).sorted().map(String.init).joined(separator: " ")
            lines.append("| \(keys) | `\(command.id.rawValue)` | \(command.title) | \(screens) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
