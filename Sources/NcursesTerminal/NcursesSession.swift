import CNcurses
import Glibc
import TerminalKit

/// ncurses, started on a terminal and then turned towards a file in memory.
///
/// ncurses is started on the real terminal, so that it reads its size and modes. Then the descriptor it
/// writes to is replaced by a file in memory: what it draws is collected there and sent by us, as fast as
/// the terminal takes it. From then on we set the terminal's modes ourselves.
struct NcursesSession {
    let strings: ControlStrings
    /// The file ncurses writes to.
    let memory: Int32
    /// Reading end of the pipe that signal handlers write to.
    let signals: Int32
    /// The modes ncurses chose, to be set again after a stop.
    let modes: termios
    let size: Size

    init(name: String, line: TerminalLine, mouse: Bool) throws(TerminalOpenError) {
        let descriptor = fcntl(line.input, F_DUPFD_CLOEXEC, 3)
        let pipe = try NcursesSession.signalPipe()
        memory = wm_memory_file()
        guard descriptor >= 0, memory >= 0, let output = fdopen(descriptor, "w"),
            let input = fdopen(fcntl(line.input, F_DUPFD_CLOEXEC, 3), "r")
        else { throw .system(operation: "preparing the terminal", code: errno) }
        // Until ncurses has told us more, putting back means the modes.
        withUnsafePointer(to: line.originalModes) { wm_terminal_arm(line.output, "", 0, $0) }
        // Before ncurses: it takes signals only where nobody has.
        wm_signals_install(pipe.write)
        signals = pipe.read
        let isKnown = newterm(name, output, input) != nil
        guard isKnown, wm_capability("cup") != nil else {
            // Here, while the descriptors are still open.
            wm_terminal_restore()
            wm_signals_remove()
            throw isKnown ? .termTooWeak(name) : .termUnknown(name)
        }
        raw()
        noecho()
        nonl()
        modes = line.modes
        // What newterm wrote is on its way to the terminal; from here on it is collected.
        dup2(memory, descriptor)
        strings = ControlStrings(termName: name, mouse: mouse)
        let restore = strings.restore
        withUnsafePointer(to: line.originalModes) { wm_terminal_arm(line.output, restore, restore.count, $0) }
        NcursesSession.configure()
        size = line.size ?? Size(width: Int(getmaxx(wm_screen())), height: Int(getmaxy(wm_screen())))
    }

    private static func configure() {
        set_escdelay(25)
        keypad(wm_screen(), true)
        nodelay(wm_screen(), true)
        idlok(wm_screen(), false)
        // Moving characters sideways would move what terminals see as wider than we do.
        idcok(wm_screen(), false)
        typeahead(-1)
        curs_set(0)
        if has_colors() {
            start_color()
            use_default_colors()
        }
    }

    /// A pipe that never makes a signal handler wait.
    private static func signalPipe() throws(TerminalOpenError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard wm_pipe(&ends) else { throw .system(operation: "making a pipe", code: errno) }
        return (ends[0], ends[1])
    }
}
