import CNcurses
import Glibc
import Synchronization
import TerminalKit

/// The terminal this process was started in, drawn with ncurses.
///
/// One thread, the one that calls `run`, does everything that touches ncurses or the terminal. It waits
/// in one place for keys, signals, pictures and for the terminal to take more bytes; it never waits
/// anywhere else, so it answers a signal or a lost terminal at once, even while output is blocked.
package final class NcursesTerminal: TerminalDriver, @unchecked Sendable {
    package let capabilities: TerminalCapabilities
    private let mailbox: Mailbox
    private let loop: TerminalLoop
    private let strings: ControlStrings
    private let tmuxPassthrough: Bool

    /// ncurses and signals belong to the whole process.
    private static let isOpen = Atomic(false)

    /// Takes the terminal over. Put it back by letting `run` end, or by `stop()` before it.
    ///
    /// - Throws: `TerminalOpenError`, with what to do, when there is no terminal that can be drawn on.
    package static func open(_ options: NcursesOptions) throws(TerminalOpenError) -> NcursesTerminal {
        guard !isOpen.exchange(true, ordering: .acquiringAndReleasing) else { throw .alreadyOpen }
        do throws(TerminalOpenError) {
            return try NcursesTerminal(options)
        } catch {
            isOpen.store(false, ordering: .releasing)
            throw error
        }
    }

    private init(_ options: NcursesOptions) throws(TerminalOpenError) {
        let name = options.environment["TERM"] ?? ""
        guard !name.isEmpty else { throw .termUnset }
        let line = try TerminalLine()
        let isUTF8 = TerminalLocale.prepare(options.environment)
        let session = try NcursesSession(name: name, line: line, mouse: options.mouse)
        let depth = options.colorDepth ?? TerminalColors.depth(environment: options.environment)
        capabilities = TerminalCapabilities(
            colorDepth: depth, glyphs: options.glyphs ?? TerminalLocale.glyphs(isUTF8: isUTF8, terminal: name),
            name: name)
        strings = session.strings
        tmuxPassthrough = options.tmuxPassthrough
        let wake = wm_wake_open()
        mailbox = Mailbox(size: session.size, wakeDescriptor: wake)
        loop = TerminalLoop(
            line: line, session: session, mailbox: mailbox, wake: wake,
            painter: ScreenPainter(memory: session.memory, depth: depth), glyphs: capabilities.glyphs)
    }

    package var size: Size { mailbox.size }
    package var bytesWritten: UInt64 { mailbox.bytesWritten }

    @discardableResult
    package func run(_ handler: @escaping @Sendable (InputEvent) -> Void) -> TerminalEnd {
        let end = loop.run(handler)
        Self.isOpen.store(false, ordering: .releasing)
        return end
    }

    package func present(_ canvas: Canvas, theme: Theme) {
        mailbox.post(Mailbox.Frame(canvas: canvas, theme: theme))
    }

    package func bell() {
        _ = mailbox.post([0x07])
    }

    package func setTitle(_ title: String) {
        _ = mailbox.post(strings.title(title))
    }

    @discardableResult
    package func writeClipboard(_ text: String) -> Bool {
        guard let bytes = ControlStrings.clipboard(text, tmuxPassthrough: tmuxPassthrough) else { return false }
        return mailbox.post(bytes)
    }

    package func stop() {
        mailbox.postStop()
    }
}
