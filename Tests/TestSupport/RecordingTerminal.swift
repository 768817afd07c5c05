import Foundation
import TerminalKit

/// A terminal that keeps every picture shown on it and is fed events by a test.
package final class RecordingTerminal: TerminalDriver, @unchecked Sendable {
    /// What a program did to the terminal, in order.
    package enum Action: Hashable, Sendable {
        case present(Canvas)
        case bell
        case title(String)
        case clipboard(String)
    }

    package let capabilities: TerminalCapabilities
    private let condition = NSCondition()
    private var currentSize: Size
    private var waiting: [InputEvent] = []
    private var done: [Action] = []
    private var isStopped = false

    package init(size: Size = Size(width: 120, height: 36), capabilities: TerminalCapabilities = TerminalCapabilities())
    {
        currentSize = size
        self.capabilities = capabilities
    }

    // MARK: What a test does and sees

    /// Everything that happened so far.
    package var actions: [Action] { locked { done } }

    /// The picture shown last.
    package var canvas: Canvas? {
        locked {
            done.lazy.reversed().compactMap { action in
                if case .present(let canvas) = action { canvas } else { nil }
            }.first
        }
    }

    /// The rows of the picture shown last.
    package var lines: [String] { canvas?.lines ?? [] }

    /// Sends an event to the program, as if the user had caused it.
    package func send(_ event: InputEvent) {
        locked {
            if case .resize(let size) = event { currentSize = size }
            waiting.append(event)
        }
    }

    /// Presses keys by their spelling, such as `"j j Enter"`; a spelling that is none is left out.
    package func press(_ keys: String) {
        for chord in KeyChord.sequence(keys) ?? [] {
            send(.key(chord))
        }
    }

    // MARK: TerminalDriver

    package var size: Size { locked { currentSize } }

    @discardableResult
    package func run(_ handler: @escaping @Sendable (InputEvent) -> Void) -> TerminalEnd {
        handler(.resize(size))
        while let event = nextEvent() {
            handler(event)
            if case .ended(let end) = event {
                locked { isStopped = true }
                return end
            }
        }
        handler(.ended(.stopped))
        return .stopped
    }

    package func present(_ canvas: Canvas, theme: Theme) { record(.present(canvas)) }
    package func bell() { record(.bell) }
    package func setTitle(_ title: String) { record(.title(title)) }

    @discardableResult
    package func writeClipboard(_ text: String) -> Bool {
        record(.clipboard(text))
        return true
    }

    package func stop() { locked { isStopped = true } }

    private func record(_ action: Action) {
        locked { if !isStopped { done.append(action) } }
    }

    /// The next event; nil when stopped and nothing is left to handle.
    private func nextEvent() -> InputEvent? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isStopped { condition.wait() }
        return isStopped ? nil : waiting.removeFirst()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return body()
    }
}
