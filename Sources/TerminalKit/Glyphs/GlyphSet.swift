/// Which glyphs a terminal can show; applied once, when a canvas is finished (SCREENS section 13).
package enum GlyphSet: String, Sendable, CaseIterable {
    /// Braille, blocks and arrows.
    case full
    /// No braille: lines become eighth blocks.
    case block
    /// ASCII only.
    case ascii
}

extension Canvas {
    /// The same picture in a poorer glyph set; every cell keeps its width.
    package func mapped(to glyphs: GlyphSet) -> Canvas {
        guard glyphs != .full else { return self }
        var result = self
        var previous: UInt32 = 0
        result.mapCells { cell in
            let mapped = glyphs == .ascii ? AsciiGlyphs.cell(cell, after: previous) : BlockGlyphs.cell(cell)
            previous = cell.base.value
            return mapped
        }
        return result
    }
}

/// Braille as eighth blocks: the highest dot of a cell becomes a height.
enum BlockGlyphs {
    static func cell(_ cell: Cell) -> Cell {
        guard let top = Braille.topRow(cell.base.value) else { return cell }
        guard let top else { return Cell(style: cell.style) }
        let heights: [UInt32] = [0x2587, 0x2585, 0x2583, 0x2581]
        return Cell(safe: heights[top], width: 1, style: cell.style, meaning: .level)
    }
}

/// Reading braille patterns.
enum Braille {
    private static let rows: [UInt32] = [0x09, 0x12, 0x24, 0xC0]

    /// Nil if the scalar is not braille; else the highest row with a dot, or nil for none.
    static func topRow(_ value: UInt32) -> Int?? {
        guard (0x2800...0x28FF).contains(value) else { return nil }
        return .some(rows.firstIndex { value & $0 != 0 })
    }

    /// How many of the four rows have a dot.
    static func rowCount(_ value: UInt32) -> Int { rows.count { value & $0 != 0 } }
}
