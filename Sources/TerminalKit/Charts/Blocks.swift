/// Eighth-block glyphs, upright and lying.
package enum Blocks {
    /// The upright glyph for a cell: nil no data `╌`, 0 a true zero `_`, 1 to 8 `▁` to `█`.
    package static func column(_ eighths: Int?) -> Unicode.Scalar {
        guard let eighths else { return "╌" }
        guard eighths > 0 else { return "_" }
        return Unicode.Scalar(0x2580 + UInt32(min(eighths, 8))) ?? " "
    }

    /// The lying glyph for a cell: 1 to 8 are `▏` to `█`.
    package static func row(_ eighths: Int) -> Unicode.Scalar {
        Unicode.Scalar(0x2590 - UInt32(min(max(eighths, 1), 8))) ?? " "
    }

    /// Eighths of `cells` cells that a value fills; at least 1 for a value above zero.
    package static func eighths(_ value: Double, of full: Double, cells: Int) -> Int {
        guard value > 0, full > 0 else { return 0 }
        let share = min(value / full, 1)
        return max(1, Int((share * Double(cells) * 8).rounded()))
    }
}
