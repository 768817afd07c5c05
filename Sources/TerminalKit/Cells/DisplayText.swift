/// The one place where text becomes cells (TRUST section 2).
///
/// Every text, ours or from telemetry, passes here on its way to a cell. Whatever the input:
/// controls are drawn visibly (`^[` for ESC, `^J`, `<9B>` for C1), as are bidi, zero-width, tag and other
/// invisible characters (`<U+202E>`); a cell has at most four combining marks; widths come from our own
/// table. So no cell holds anything that could move a cursor or hide text.
package enum DisplayText {
    /// The cells of a text, at most `limit` columns of them.
    ///
    /// A wide character that does not fit into the last column is left out.
    package static func cells(of text: String, style: Style = .text, limit: Int = .max) -> [Cell] {
        var cells: [Cell] = []
        append(text, style: style, limit: limit, to: &cells)
        return cells
    }

    /// Columns a text needs when it is not cut.
    package static func width(of text: String) -> Int {
        if let count = plainCount(text) { return count }
        var cells: [Cell] = []
        append(text, style: .text, limit: .max, to: &cells)
        return cells.count
    }

    /// The text as it will be seen: what a cell grid shows, as plain text without controls.
    package static func visible(_ text: String) -> String {
        if printableASCIICount(text) != nil { return text }
        return cells(of: text).map(\.text).joined()
    }

    /// The cells of bytes that should be UTF-8; what is invalid becomes U+FFFD.
    package static func cells(ofUTF8 bytes: some Sequence<UInt8>, style: Style = .text, limit: Int = .max) -> [Cell] {
        cells(of: String(decoding: Array(bytes), as: UTF8.self), style: style, limit: limit)
    }

    /// The number of columns if every scalar takes just one, which needs no cells to find out; else nil.
    private static func plainCount(_ text: String) -> Int? {
        var count = 0
        for scalar in text.unicodeScalars {
            guard ScalarWidth.kind(scalar.value) == .narrow else { return nil }
            count += 1
        }
        return count
    }

    /// The number of columns if the text is printable ASCII only, else nil.
    static func printableASCIICount(_ text: String) -> Int? {
        var count = 0
        for byte in text.utf8 {
            guard byte >= 0x20, byte < 0x7F else { return nil }
            count += 1
        }
        return count
    }

    /// Appends the cells of a text to a line that may take `limit` columns in all.
    static func append(_ text: String, style: Style, limit: Int, to cells: inout [Cell]) {
        let start = cells.count
        for scalar in text.unicodeScalars {
            if cells.count >= limit, !continues(scalar.value) { return }
            append(scalar.value, style: style, limit: limit, start: start, to: &cells)
        }
    }

    private static func continues(_ value: UInt32) -> Bool {
        value >= 0x300 && (ScalarWidth.kind(value) == .mark || ScalarWidth.kind(value) == .variation)
    }

    private static func append(_ value: UInt32, style: Style, limit: Int, start: Int, to cells: inout [Cell]) {
        switch ScalarWidth.kind(value) {
        case .narrow:
            cells.append(Cell(safe: value, width: 1, style: style))
        case .wide:
            guard cells.count < limit - 1 else { return fill(style: style, limit: limit, to: &cells) }
            cells.append(Cell(safe: value, width: 2, style: style))
            cells.append(.continuation(style: style))
        case .mark:
            guard let base = baseIndex(in: cells, from: start) else {
                return appendPicture(of: value, style: style, limit: limit, to: &cells)
            }
            cells[base].add(safeMark: value)
        case .variation:
            guard let base = baseIndex(in: cells, from: start),
                ScalarWidth.takesVariation(cells[base].base.value)
            else { return appendPicture(of: value, style: style, limit: limit, to: &cells) }
        case .hidden:
            appendPicture(of: value, style: style, limit: limit, to: &cells)
        }
    }

    /// A space where half of a wide character would have been.
    private static func fill(style: Style, limit: Int, to cells: inout [Cell]) {
        if cells.count < limit { cells.append(Cell(style: style)) }
    }

    private static func baseIndex(in cells: [Cell], from start: Int) -> Int? {
        guard cells.count > start else { return nil }
        let last = cells.count - 1
        return cells[last].isContinuation && last > start ? last - 1 : last
    }

    /// Draws an invisible scalar so that it can be seen.
    private static func appendPicture(of value: UInt32, style: Style, limit: Int, to cells: inout [Cell]) {
        for byte in picture(of: value).utf8 where cells.count < limit {
            cells.append(Cell(safe: UInt32(byte), width: 1, style: style))
        }
    }

    /// The visible spelling of a scalar that has no look: `^[`, `^?`, `<9B>`, `<U+202E>`.
    private static func picture(of value: UInt32) -> String {
        switch value {
        case 0..<0x20: return "^" + String(Character(Unicode.Scalar(UInt8(value + 0x40))))
        case 0x7F: return "^?"
        case 0x80..<0xA0: return "<" + String(value, radix: 16, uppercase: true) + ">"
        default:
            let digits = String(value, radix: 16, uppercase: true)
            return "<U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ">"
        }
    }
}
