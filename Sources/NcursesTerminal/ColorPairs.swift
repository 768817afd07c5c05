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
    /// Exact colours that stand behind palette indices; the writer puts them back (see `OutputRewriter`).
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
