import CNcurses
import TerminalKit

/// Puts two things right in what ncurses writes.
///
/// * Exact colours. ncurses knows true colour only for terminals whose terminfo says so, or by redefining
///   the user's palette, which nobody would undo. So it is told about palette indices, and the `38;5;N`
///   it writes becomes `38;2;R;G;B`.
/// * Repetition. ncurses shortens a run of one character to `ESC [ n b`, because xterm's terminfo says so;
///   not every terminal that is called xterm knows it. The run is written out.
package struct OutputRewriter {
    /// The colours behind palette indices; empty leaves colours alone.
    package var colors: [UInt8: Color]

    package init(colors: [UInt8: Color]) {
        self.colors = colors
    }

    /// True if the terminal takes indices in the form that is rewritten here.
    static var canRewriteColors: Bool {
        guard let sequence = wm_foreground(200) else { return false }
        return String(cString: sequence) == "\u{1B}[38;5;200m"
    }

    package func rewrite(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 2)
        var place = 0
        while place < bytes.count {
            guard let final = OutputRewriter.finalByte(in: bytes, at: place) else {
                result.append(bytes[place])
                place += 1
                continue
            }
            let parameters = bytes[(place + 2)..<final]
            switch bytes[final] {
            case UInt8(ascii: "m") where !colors.isEmpty:
                result += [0x1B, UInt8(ascii: "[")] + withExactColors(parameters) + [UInt8(ascii: "m")]
            case UInt8(ascii: "b"):
                let count = Int(String(decoding: parameters, as: UTF8.self)) ?? 1
                let character = OutputRewriter.lastCharacter(of: result)
                for _ in 0..<min(count, Canvas.maximumSide) { result += character }
            default:
                result += bytes[place...final]
            }
            place = final + 1
        }
        return result
    }

    /// Where the control sequence that begins here ends, if its parameters are only digits and semicolons.
    private static func finalByte(in bytes: [UInt8], at place: Int) -> Int? {
        guard bytes[place] == 0x1B, place + 2 < bytes.count, bytes[place + 1] == UInt8(ascii: "[") else { return nil }
        guard let final = bytes[(place + 2)...].firstIndex(where: { !isParameter($0) }) else { return nil }
        return final
    }

    private static func isParameter(_ byte: UInt8) -> Bool { byte == 0x3B || (0x30...0x39).contains(byte) }

    /// The bytes of the last UTF-8 character.
    private static func lastCharacter(of bytes: [UInt8]) -> [UInt8] {
        guard let start = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return [] }
        return Array(bytes[start...])
    }

    private func withExactColors(_ parameters: ArraySlice<UInt8>) -> [UInt8] {
        var fields = String(decoding: parameters, as: UTF8.self)
            .split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        var place = 0
        while place + 2 < fields.count {
            guard fields[place] == "38" || fields[place] == "48", fields[place + 1] == "5" else {
                place += 1
                continue
            }
            guard let index = UInt8(fields[place + 2]), let color = colors[index] else {
                place += 3
                continue
            }
            let exact = ["2", "\(color.red)", "\(color.green)", "\(color.blue)"]
            fields.replaceSubrange((place + 1)...(place + 2), with: exact)
            place += 5
        }
        return Array(fields.joined(separator: ";").utf8)
    }
}
