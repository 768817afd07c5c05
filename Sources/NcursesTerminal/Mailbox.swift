import CNcurses
import Synchronization
import TerminalKit

/// What other threads ask of the terminal's thread. Nothing here waits.
final class Mailbox: Sendable {
    /// A picture to show.
    struct Frame {
        let canvas: Canvas
        let theme: Theme
    }

    private struct Letters {
        var frame: Frame?
        var commands: [UInt8] = []
        var mustStop = false
        var size: Size
    }

    /// More bytes than this of bells, titles and clipboards are not kept waiting.
    private static let maximumCommandBytes = 262_144

    private let letters: Mutex<Letters>
    private let written = Atomic<UInt64>(0)
    private let wakeDescriptor: Int32

    init(size: Size, wakeDescriptor: Int32) {
        letters = Mutex(Letters(size: size))
        self.wakeDescriptor = wakeDescriptor
    }

    var size: Size {
        get { letters.withLock(\.size) }
        set { letters.withLock { $0.size = newValue } }
    }

    /// How many bytes the terminal has taken.
    var bytesWritten: UInt64 { written.load(ordering: .relaxed) }

    /// Counts bytes that the terminal has taken.
    func count(written bytes: Int) { written.add(UInt64(bytes), ordering: .relaxed) }

    /// Leaves a picture; one that was not shown yet is replaced.
    func post(_ frame: Frame) {
        letters.withLock { $0.frame = frame }
        wm_wake(wakeDescriptor)
    }

    /// Leaves bytes to be written between two pictures; false if too many are waiting.
    func post(_ bytes: [UInt8]) -> Bool {
        let taken = letters.withLock { letters in
            guard letters.commands.count + bytes.count <= Mailbox.maximumCommandBytes else { return false }
            letters.commands += bytes
            return true
        }
        wm_wake(wakeDescriptor)
        return taken
    }

    func postStop() {
        letters.withLock { $0.mustStop = true }
        wm_wake(wakeDescriptor)
    }

    var mustStop: Bool { letters.withLock(\.mustStop) }

    func takeFrame() -> Frame? { letters.withLock { letters in letters.frame.take() } }

    func takeCommands() -> [UInt8] {
        letters.withLock { letters in
            let commands = letters.commands
            letters.commands = []
            return commands
        }
    }
}
