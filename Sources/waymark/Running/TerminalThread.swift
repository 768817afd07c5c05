import Foundation
import TerminalKit

/// The one thread that talks to the terminal.
enum TerminalThread {
    /// Runs the terminal's loop on a thread of its own until it ends.
    static func run(
        _ terminal: any TerminalDriver, _ handler: @escaping @Sendable (InputEvent) -> Void
    ) async -> TerminalEnd {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                continuation.resume(returning: terminal.run(handler))
            }
            thread.name = "terminal"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }
}
