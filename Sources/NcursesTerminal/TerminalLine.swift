import CNcurses
import Glibc
import TerminalKit

/// The terminal's device: two descriptors, the modes it had, and writing that never waits.
final class TerminalLine {
    /// Waits for input; opened apart from `output`, so that not waiting there does not change it here.
    let input: Int32
    /// Never waits.
    let output: Int32
    /// As they were before anything was changed.
    let originalModes: termios

    /// Opens the terminal of standard output anew: flags on it are ours alone, not shared with the shell.
    init() throws(TerminalOpenError) {
        guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal }
        let path = TerminalLine.path()
        input = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        output = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var modes = termios()
        guard input >= 0, output >= 0, tcgetattr(output, &modes) == 0 else {
            let code = errno
            if input >= 0 { close(input) }
            if output >= 0 { close(output) }
            throw .system(operation: "opening the terminal \(path)", code: code)
        }
        originalModes = modes
    }

    deinit {
        close(input)
        close(output)
    }

    private static func path() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard ttyname_r(STDOUT_FILENO, &name, name.count) == 0 else { return "/dev/tty" }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let path = String(decoding: bytes, as: UTF8.self)
        return access(path, R_OK | W_OK) == 0 ? path : "/dev/tty"
    }

    /// The size the device has now; nil if it does not know.
    var size: Size? {
        var window = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else { return nil }
        return Size(width: Int(window.ws_col), height: Int(window.ws_row))
    }

    /// The modes now.
    var modes: termios {
        var modes = originalModes
        tcgetattr(output, &modes)
        return modes
    }

    func set(_ modes: termios) {
        withUnsafePointer(to: modes) { _ = tcsetattr(output, TCSANOW, $0) }
    }

    /// What became of an attempt to write.
    enum WriteResult {
        case written(Int)
        case full
        case lost
    }

    /// Writes what the terminal takes now.
    func write(_ bytes: ArraySlice<UInt8>) -> WriteResult {
        let count = bytes.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
        if count >= 0 { return .written(count) }
        return errno == EAGAIN || errno == EINTR ? .full : .lost
    }
}
