import CNcurses
import Glibc
import TerminalKit

/// The loop of the terminal's thread.
final class TerminalLoop {
    private let line: TerminalLine
    private let session: NcursesSession
    private let mailbox: Mailbox
    private let wake: Int32
    private let glyphs: GlyphSet
    private var painter: ScreenPainter
    private var keys = KeyReader()
    /// Bytes the terminal has not taken yet: at most one picture, and commands.
    private var pending: ArraySlice<UInt8> = []
    private var end: TerminalEnd?
    /// The SIGCONT after our own stop is still to be read; the terminal was taken again already.
    private var awaitsContinue = false

    init(
        line: TerminalLine, session: NcursesSession, mailbox: Mailbox, wake: Int32, painter: ScreenPainter,
        glyphs: GlyphSet
    ) {
        self.line = line
        self.session = session
        self.mailbox = mailbox
        self.wake = wake
        self.painter = painter
        self.glyphs = glyphs
    }

    func run(_ handler: (InputEvent) -> Void) -> TerminalEnd {
        wm_signals_use_second_stack()
        pending = (painter.begin() + session.strings.extras)[...]
        handler(.resize(mailbox.size))
        while end == nil {
            if mailbox.mustStop { end = .stopped }
            fillPending()
            flush()
            guard end == nil else { break }
            wait(handler)
        }
        wm_terminal_restore()
        wm_signals_remove()
        let end = end ?? .stopped
        handler(.ended(end))
        return end
    }

    // MARK: Output

    /// Draws the waiting picture once the last one is sent, never before: so at most one is buffered.
    private func fillPending() {
        guard pending.isEmpty else { return }
        var bytes = mailbox.takeCommands()
        if let frame = mailbox.takeFrame() {
            bytes += painter.paint(frame.canvas.mapped(to: glyphs), theme: frame.theme)
        } else {
            bytes += painter.takeOutput()
        }
        pending = bytes[...]
    }

    /// Sends what the terminal takes now.
    private func flush() {
        while !pending.isEmpty {
            switch line.write(pending) {
            case .written(let count):
                pending = pending.dropFirst(count)
                mailbox.count(written: count)
            case .full: return
            case .lost:
                end = end ?? .lost
                return
            }
        }
    }

    // MARK: Waiting

    private func wait(_ handler: (InputEvent) -> Void) {
        var waiting = [
            pollfd(fd: line.input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: session.signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            pollfd(fd: pending.isEmpty ? -1 : line.output, events: Int16(POLLOUT), revents: 0),
        ]
        // Only an unfinished paste needs a clock.
        let ready = poll(&waiting, nfds_t(waiting.count), keys.isPasting ? 2000 : -1)
        if ready == 0, let event = keys.endPaste() { handler(event) }
        guard ready > 0 else { return }
        if waiting[2].revents != 0 { wm_wake_drain(wake) }
        if waiting[1].revents != 0 { readSignals(handler) }
        guard end == nil else { return }
        if Int32(waiting[0].revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 {
            end = .lost
        } else if waiting[0].revents != 0 {
            readKeys(handler)
        }
    }

    private func readKeys(_ handler: (InputEvent) -> Void) {
        var count = 0
        while end == nil, let event = keys.next() {
            count += 1
            if event == .key(KeyChord(.character("z"), .control)) {
                suspend(wholeGroup: true, handler)
            } else {
                handler(event)
            }
            // A flood of keys must not keep pictures waiting.
            if count >= 256 { wm_wake(wake) }
            if count >= 256 { return }
        }
        if count == 0, !keys.isPasting, isAtEnd() { end = .lost }
    }

    /// True if the terminal said "readable" and has nothing: its other side is gone.
    private func isAtEnd() -> Bool {
        var waiting = pollfd(fd: line.input, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 0) > 0, waiting.revents != 0 else { return false }
        var available: Int32 = 0
        return ioctl(line.input, UInt(FIONREAD), &available) != 0 || available == 0
    }

    // MARK: Signals

    private func readSignals(_ handler: (InputEvent) -> Void) {
        var bytes = [UInt8](repeating: 0, count: 256)
        var resized = false
        var continued = false
        while true {
            let count = read(session.signals, &bytes, bytes.count)
            guard count > 0 else { break }
            for byte in bytes.prefix(count) {
                switch Int32(byte) {
                case SIGWINCH: resized = true
                case SIGCONT where awaitsContinue: awaitsContinue = false
                case SIGCONT: continued = true
                case SIGTSTP: suspend(wholeGroup: false, handler)
                case SIGHUP: end = end ?? (line.size == nil ? .lost : .signal(SIGHUP))
                case let number: end = end ?? .signal(number)
                }
            }
        }
        guard end == nil else { return }
        if continued { enter() }
        if resized || continued { resize(handler) }
    }

    /// However many signals came, the size is asked once, and the screen is drawn anew in full.
    private func resize(_ handler: (InputEvent) -> Void) {
        guard let size = line.size else { return }
        resize_term(Int32(size.height), Int32(size.width))
        painter.invalidate()
        mailbox.size = size
        handler(.resize(size))
    }

    /// Gives the terminal back, stops, and takes it again when continued.
    private func suspend(wholeGroup: Bool, _ handler: (InputEvent) -> Void) {
        wm_terminal_restore()
        wm_signals_suspend(wholeGroup)
        // A process whose group nobody watches is not stopped; then no SIGCONT comes.
        var waiting = pollfd(fd: session.signals, events: Int16(POLLIN), revents: 0)
        awaitsContinue = poll(&waiting, 1, 200) > 0
        wm_signals_resumed()
        enter()
        resize(handler)
    }

    /// Takes the terminal again: modes, screen, mouse; and draws in full.
    private func enter() {
        line.set(session.modes)
        withUnsafePointer(to: line.originalModes) {
            wm_terminal_arm(line.output, session.strings.restore, session.strings.restore.count, $0)
        }
        pending = session.strings.enter[...]
        painter.invalidate()
    }
}
