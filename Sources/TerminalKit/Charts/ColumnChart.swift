/// Counts per interval as upright bars, in eighths of a cell; a bar's area can be counted.
package struct ColumnChart: Sendable {
    /// One value per column, oldest first; nil is no data (`╌` on the base line), 0 is `_`.
    package var values: [Double?]
    /// The value of a full bar; the largest value if nil.
    package var maximum: Double?
    package var style: Style
    /// The newest interval is still filling and drawn dim.
    package var newestIsFilling: Bool

    package init(
        values: [Double?], maximum: Double? = nil, style: Style = Style(.chartCount), newestIsFilling: Bool = false
    ) {
        self.values = values
        self.maximum = maximum
        self.style = style
        self.newestIsFilling = newestIsFilling
    }

    /// Draws the newest values that fit, the newest at the right end of `rect`.
    package func draw(in rect: Rect, on canvas: inout Canvas) {
        guard !rect.isEmpty else { return }
        let shown = values.suffix(rect.width)
        let full = maximum ?? shown.compactMap { $0 }.filter(\.isFinite).max() ?? 0
        for (index, value) in shown.enumerated() {
            let isNewest = index == shown.count - 1
            let look = isNewest && newestIsFilling ? style.with(.dim) : style
            drawColumn(value, full: full, x: rect.maxX - shown.count + index, rect: rect, style: look, on: &canvas)
        }
    }

    private func drawColumn(
        _ value: Double?, full: Double, x: Int, rect: Rect, style: Style, on canvas: inout Canvas
    ) {
        guard let value, value.isFinite, value > 0 else {
            let isZero = value.map { $0 == 0 } ?? false
            canvas.set(Blocks.column(isZero ? 0 : nil), x: x, y: rect.maxY - 1, style: style, meaning: .level)
            return
        }
        var left = Blocks.eighths(value, of: full, cells: rect.height)
        var y = rect.maxY - 1
        while left > 0, y >= rect.y {
            canvas.set(Blocks.column(min(left, 8)), x: x, y: y, style: style, meaning: .level)
            left -= 8
            y -= 1
        }
    }
}
