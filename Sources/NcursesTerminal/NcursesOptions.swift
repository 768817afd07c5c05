import TerminalKit

/// What a caller may decide about the terminal; the rest is found out.
package struct NcursesOptions: Sendable {
    /// Colours to use; nil finds out from terminfo, `COLORTERM` and `NO_COLOR`.
    package var colorDepth: ColorDepth?
    /// Glyphs to use; nil finds out from the locale and the terminal.
    package var glyphs: GlyphSet?
    /// Whether mouse reports are asked for; without them the terminal's own selection works everywhere.
    package var mouse: Bool
    /// Wrap clipboard texts so that tmux passes them on; needs `allow-passthrough` in tmux.
    package var tmuxPassthrough: Bool
    /// `TERM`, `COLORTERM`, `NO_COLOR`, `LC_ALL` and so on.
    package var environment: [String: String]

    package init(
        environment: [String: String], colorDepth: ColorDepth? = nil, glyphs: GlyphSet? = nil, mouse: Bool = true,
        tmuxPassthrough: Bool = false
    ) {
        self.environment = environment
        self.colorDepth = colorDepth
        self.glyphs = glyphs
        self.mouse = mouse
        self.tmuxPassthrough = tmuxPassthrough
    }
}

/// Why a terminal could not be opened, and what to do about it.
package enum TerminalOpenError: Error, Hashable, CustomStringConvertible {
    case notATerminal
    case termUnset
    case termUnknown(String)
    case termTooWeak(String)
    case alreadyOpen
    case system(operation: String, code: Int32)

    package var description: String {
        switch self {
        case .notATerminal:
            "standard output is not a terminal: run waymark in a terminal, or use \"waymark render\" to write a screen"
        case .termUnset:
            "TERM is not set, so it is not known how to draw: set it to your terminal's type, "
                + "such as TERM=xterm-256color"
        case .termUnknown(let name):
            "TERM is \(DisplayText.visible(name)), which is not in this machine's terminal database: "
                + "set TERM=xterm-256color, or install the package ncurses-term"
        case .termTooWeak(let name):
            "TERM is \(DisplayText.visible(name)), a terminal that cannot place its cursor: "
                + "set TERM to your terminal's real type, such as xterm-256color"
        case .alreadyOpen: "the terminal is already in use by this process"
        case .system(let operation, let code): "\(operation) failed with error \(code)"
        }
    }
}
