import Foundation

/// What a terminal can show.
package struct TerminalCapabilities: Hashable, Sendable {
    package var colorDepth: ColorDepth
    /// The glyphs to map a canvas to before it is shown.
    package var glyphs: GlyphSet
    /// The terminal's type, such as `xterm-256color`.
    package var name: String

    package init(colorDepth: ColorDepth = .indexed256, glyphs: GlyphSet = .full, name: String = "") {
        self.colorDepth = colorDepth
        self.glyphs = glyphs
        self.name = name
    }
}

/// A place where canvases are shown and from which input comes.
///
/// Rules every driver keeps:
/// * No call but `run` blocks, however slow the terminal is. `present` keeps at most one picture waiting;
///   a newer one replaces it.
/// * Events come in order, on one thread; the last one is `.ended`, and there is exactly one.
/// * After `.ended` the terminal is as it was before, and every call does nothing.
/// * Only cells, titles and clipboards reach the terminal; nothing drawn can hold a control sequence.
package protocol TerminalDriver: AnyObject, Sendable {
    /// The size of the terminal now.
    var size: Size { get }
    var capabilities: TerminalCapabilities { get }
    /// How many bytes the terminal has been sent so far.
    var bytesWritten: UInt64 { get }
    /// Sends events to the handler until the terminal ends, and returns then why it did.
    @discardableResult
    func run(_ handler: @escaping @Sendable (InputEvent) -> Void) -> TerminalEnd
    /// Shows a picture, as soon as the terminal takes it.
    func present(_ canvas: Canvas, theme: Theme)
    /// Rings, or flashes.
    func bell()
    /// Names the window; what is not plain text in the title is drawn visibly.
    func setTitle(_ title: String)
    /// Asks the terminal to take a text into the clipboard; returns false if it is too long or unsupported.
    @discardableResult
    func writeClipboard(_ text: String) -> Bool
    /// Ends `run`; may be called from any thread, any number of times.
    func stop()
}

extension TerminalDriver {
    /// Drivers that do not count their bytes say none.
    package var bytesWritten: UInt64 { 0 }

    /// Runs the terminal on a thread of its own, made for it, and suspends until the terminal ends.
    ///
    /// The terminal waits in system calls, so it must not sit on a thread of the concurrency pool.
    @discardableResult
    package func runOnOwnThread(_ handler: @escaping @Sendable (InputEvent) -> Void) async -> TerminalEnd {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: self.run(handler)) }
            thread.name = "terminal"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }
}
