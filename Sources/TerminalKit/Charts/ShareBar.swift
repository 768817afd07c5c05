/// A lying bar that shows a share of its width: `█▊·`.
package struct ShareBar: Sendable {
    /// 0 to 1; nil draws no bar.
    package var share: Double?
    package var style: Style
    package var restStyle: Style
    /// What fills the rest.
    package var rest: Unicode.Scalar

    package init(
        share: Double?, style: Style = Style(.budgetLeft), restStyle: Style = .dim, rest: Unicode.Scalar = "·"
    ) {
        self.share = share
        self.style = style
        self.restStyle = restStyle
        self.rest = rest
    }

    /// Draws over the first row of `rect`; rounded down, so only a whole share fills the bar.
    package func draw(in rect: Rect, on canvas: inout Canvas) {
        guard rect.height > 0, let share, share.isFinite else { return }
        let part = min(max(share, 0), 1) * Double(rect.width) * 8
        let eighths = part > 0 ? max(1, Int(part)) : 0
        for column in 0..<rect.width {
            let left = eighths - column * 8
            let glyph = left > 0 ? Blocks.row(left) : rest
            canvas.set(
                glyph, x: rect.x + column, y: rect.y, style: left > 0 ? style : restStyle,
                meaning: left > 0 ? .bar : .text)
        }
    }
}
