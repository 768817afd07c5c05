/// ASCII stand-ins, each as wide as what it stands for.
enum AsciiGlyphs {
    /// The stand-in for a cell; `previous` is the character left of it.
    static func cell(_ cell: Cell, after previous: UInt32) -> Cell {
        let value = cell.base.value
        if value < 0x80, !cell.hasMarks, cell.width == 1 { return cell }
        let stand = cell.width == 1 ? standIn(for: value, meaning: cell.meaning, after: previous) : "?"
        return Cell(safe: UInt32(stand.value), width: 1, style: cell.style, meaning: cell.meaning)
    }

    private static func standIn(for value: UInt32, meaning: Cell.Meaning, after previous: UInt32) -> Unicode.Scalar {
        switch value {
        case 0x00..<0x80: return Unicode.Scalar(UInt8(value))
        case 0x2581...0x2588: return block(value, meaning)
        case 0x2589...0x258F: return meaning == .text && value == 0x258C ? ">" : "#"
        case 0x2800...0x28FF: return braille(value)
        // The arrow after a burn rate says "steady"; everywhere else it points.
        case 0x2192: return previous == 0xD7 ? "=" : ">"
        default: return table[value] ?? boxDrawing(value)
        }
    }

    private static func block(_ value: UInt32, _ meaning: Cell.Meaning) -> Unicode.Scalar {
        if value == 0x2588, meaning != .level { return "#" }
        return Unicode.Scalar(UInt8(0x30 + value - 0x2580))
    }

    private static func braille(_ value: UInt32) -> Unicode.Scalar {
        guard let row = Braille.topRow(value), let row else { return " " }
        if Braille.rowCount(value) > 2 { return "|" }
        return ["'", "-", "-", "."][row]
    }

    /// Frames: corners and crossings are `+`, the rest is a line.
    private static func boxDrawing(_ value: UInt32) -> Unicode.Scalar {
        (0x250C...0x257F).contains(value) ? "+" : "?"
    }

    private static let table: [UInt32: Unicode.Scalar] = {
        let pairs: [(Unicode.Scalar, Unicode.Scalar)] = [
            // Lines.
            ("─", "-"), ("━", "="), ("═", "="), ("╌", "-"), ("┄", "-"), ("┈", "-"), ("╍", "="), ("┅", "="),
            ("│", "|"), ("┃", "|"), ("║", "|"), ("┆", ":"), ("┊", ":"), ("╎", ":"), ("╏", ":"), ("▏", "|"), ("▕", "|"),
            ("▐", "|"), ("╱", "/"), ("╲", "\\"),
            // Shades, as heat.
            ("·", "."), ("░", ":"), ("▒", "o"), ("▓", "@"),
            // States.
            ("✗", "x"), ("▲", "!"), ("■", "#"), ("∅", "0"), ("◌", "~"), ("✓", "+"), ("≈", "^"), ("●", "o"),
            ("○", "o"), ("◆", "*"), ("◇", "*"), ("‖", "="), ("▤", "#"),
            // Arrows and pointers.
            ("↑", "^"), ("↓", "v"), ("←", "<"), ("↵", "<"), ("⇢", ">"), ("◂", "<"), ("▸", ">"), ("▾", "v"), ("▴", "^"),
            ("▶", ">"), ("◀", "<"), ("▼", "v"), ("»", ">"), ("«", "<"),
            // Signs.
            ("×", "x"), ("…", "~"), ("—", "-"), ("–", "-"), ("−", "-"), ("±", "~"), ("≥", ">"), ("≤", "<"), ("≠", "!"),
            ("µ", "u"), ("μ", "u"), ("Δ", "d"), ("δ", "d"), ("\u{A0}", " "), ("°", "o"), ("‘", "'"), ("’", "'"),
            ("“", "\""), ("”", "\""), ("▀", "^"), ("√", "v"), ("∞", "8"),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0.0.value, $0.1) })
    }()
}
