/// Something the user or the system did to the terminal.
package enum InputEvent: Hashable, Sendable {
    case key(KeyChord)
    case mouse(MouseEvent)
    /// The terminal has a new size; also sent once at the start.
    case resize(Size)
    /// Pasted text, as it was; control characters included.
    case paste(String)
    /// The terminal is gone or the program was asked to end; no event follows.
    case ended(TerminalEnd)
}

/// Why a terminal stopped.
package enum TerminalEnd: Hashable, Sendable {
    /// The program called `stop()`.
    case stopped
    /// A signal asked the program to end, such as SIGTERM (15).
    case signal(Int32)
    /// The terminal went away: closed window, lost line.
    case lost
}

/// A mouse action on a cell.
package struct MouseEvent: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case press, release, drag, wheelUp, wheelDown
    }

    package enum Button: Hashable, Sendable {
        case left, middle, right, none
    }

    package var action: Action
    package var button: Button
    package var position: Point

    package init(_ action: Action, _ button: Button = .left, x: Int, y: Int) {
        self.action = action
        self.button = button
        position = Point(x: x, y: y)
    }
}
