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
        result.reserveCapacity(bytes.count * 2)
        var place = 0
        while place < bytes.count {
            guard let final = OutputRewriter.finalByte(in: bytes, at: place) else {
                result.append(bytes[place])
                place += 1
                continue
            }
            switch bytes[final] {
            case UInt8(ascii: "m") where !colors.isEmpty:
                result += [0x1B, UInt8(ascii: "[")]
                appendExactColors(bytes[(place + 2)..<final], to: &result)
                result.append(UInt8(ascii: "m"))
            case UInt8(ascii: "b"):
                let count = Int(String(decoding: bytes[(place + 2)..<final], as: UTF8.self)) ?? 1
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

    /// Appends the parameters of a colour sequence, each `38;5;N` and `48;5;N` with a colour behind it made exact.
    ///
    /// A picture in which everything changes has thousands of them, so that they are read byte by byte.
    private func appendExactColors(_ parameters: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var place = parameters.startIndex
        while place < parameters.endIndex {
            let (index, end) = OutputRewriter.colorField(in: parameters, at: place)
            if let color = index.flatMap({ colors[$0] }) {
                result.append(parameters[place])
                result += [UInt8(ascii: "8"), UInt8(ascii: ";"), UInt8(ascii: "2")]
                for part in [color.red, color.green, color.blue] { OutputRewriter.append(part, to: &result) }
            } else {
                result += parameters[place..<end]
            }
            place = end
            guard place < parameters.endIndex else { return }
            result.append(UInt8(ascii: ";"))
            place += 1
        }
    }

    /// Where the field that begins here ends; for a `38;5;N` or `48;5;N` the end of all three, and the N if it is one.
    private static func colorField(in parameters: ArraySlice<UInt8>, at place: Int) -> (index: UInt8?, end: Int) {
        let isColor =
            parameters.endIndex - place >= 5
            && (parameters[place] == UInt8(ascii: "3") || parameters[place] == UInt8(ascii: "4"))
            && parameters[(place + 1)..<(place + 5)].elementsEqual(paletteField)
        let start = isColor ? place + 5 : place
        let end = parameters[start...].firstIndex(of: UInt8(ascii: ";")) ?? parameters.endIndex
        guard isColor, end > start else { return (nil, end) }
        let value = parameters[start..<end].reduce(0) { min(256, $0 * 10 + Int($1) - Int(UInt8(ascii: "0"))) }
        return (UInt8(exactly: value), end)
    }

    private static let paletteField = Array("8;5;".utf8)

    /// Appends a semicolon and a number.
    private static func append(_ number: UInt8, to result: inout [UInt8]) {
        result.append(UInt8(ascii: ";"))
        if number >= 100 { result.append(UInt8(ascii: "0") + number / 100) }
        if number >= 10 { result.append(UInt8(ascii: "0") + number / 10 % 10) }
        result.append(UInt8(ascii: "0") + number % 10)
    }
}
