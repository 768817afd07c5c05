import CNcurses
import TerminalKit

/// Colours as ncurses numbers them, and the pairs in use; each pair is made once.
struct ColorPairs {
    private struct Pair: Hashable {
        let foreground: TerminalColor
        let background: TerminalColor
    }

    private var pairs: [Pair: Int32] = [:]
    private let maximumPairs: Int32
    private let maximumColors: Int32
    /// Exact colours that stand behind palette indices; the writer puts them back (see `TrueColorWriter`).
    private(set) var exactColors = ExactColors()

    init() {
        maximumPairs = max(1, wm_color_pairs())
        maximumColors = wm_colors()
    }

    /// The number of a pair, made now if needed; 0, the terminal's own colours, when there is no room.
    mutating func number(foreground: TerminalColor, background: TerminalColor) -> Int32 {
        if foreground == .standard, background == .standard { return 0 }
        let pair = Pair(foreground: foreground, background: background)
        if let number = pairs[pair] { return number }
        let number = Int32(pairs.count + 1)
        guard number < min(maximumPairs, 32_000) else { return 0 }
        guard init_extended_pair(number, index(of: foreground), index(of: background)) != ERR else { return 0 }
        pairs[pair] = number
        return number
    }

    private mutating func index(of color: TerminalColor) -> Int32 {
        switch color {
        case .standard: return -1
        case .indexed(let index): return Int32(index) < maximumColors ? Int32(index) : -1
        case .rgb(let color): return Int32(exactColors.index(of: color))
        }
    }
}

/// Gives every exact colour a palette index, 16 to 255; when all are taken, the nearest palette entry.
struct ExactColors {
    private var indices: [Color: UInt8] = [:]
    private(set) var colors: [UInt8: Color] = [:]

    mutating func index(of color: Color) -> UInt8 {
        if let index = indices[color] { return index }
        guard indices.count < 240 else { return IndexedPalette.nearest(to: color) }
        let index = UInt8(16 + indices.count)
        indices[color] = index
        colors[index] = color
        return index
    }
}

/// Turns palette indices in ncurses' output into exact colours.
///
/// ncurses knows true colour only for terminals whose terminfo says so, or by redefining the user's
/// palette, which would not be undone. So it is told about indices, and the sequence `38;5;N` it writes
/// becomes `38;2;R;G;B` on the way out.
enum TrueColorWriter {
    /// True if the terminal writes indices the way we rewrite them.
    static var isPossible: Bool {
        guard let sequence = wm_foreground(200) else { return false }
        return String(cString: sequence) == "\u{1B}[38;5;200m"
    }

    static func rewrite(_ bytes: [UInt8], colors: [UInt8: Color]) -> [UInt8] {
        guard !colors.isEmpty else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 2)
        var place = 0
        while place < bytes.count {
            guard bytes[place] == 0x1B, place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "["),
                let end = bytes[(place + 2)...].firstIndex(where: { !isParameter($0) }),
                bytes[end] == UInt8(ascii: "m")
            else {
                result.append(bytes[place])
                place += 1
                continue
            }
            result += [0x1B, UInt8(ascii: "[")]
            result += parameters(bytes[(place + 2)..<end], colors: colors)
            result.append(UInt8(ascii: "m"))
            place = end + 1
        }
        return result
    }

    private static func isParameter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ";") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func parameters(_ bytes: ArraySlice<UInt8>, colors: [UInt8: Color]) -> [UInt8] {
        var fields = String(decoding: bytes, as: UTF8.self).split(separator: ";", omittingEmptySubsequences: false)
            .map(String.init)
        var place = 0
        while place + 2 < fields.count {
            let isColor = (fields[place] == "38" || fields[place] == "48") && fields[place + 1] == "5"
            guard isColor else {
                place += 1
                continue
            }
            if let index = UInt8(fields[place + 2]), let color = colors[index] {
                fields.replaceSubrange(
                    (place + 1)...(place + 2), with: ["2", "\(color.red)", "\(color.green)", "\(color.blue)"])
                place += 5
            } else {
                place += 3
            }
        }
        return Array(fields.joined(separator: ";").utf8)
    }
}
