/// A row of eighth blocks scaled by a threshold, not by its own values (SCREENS section 2).
///
/// `▅` is the threshold and each step is a factor of √2, so calm looks calm and only `▆▇█` are over.
package struct Sparkline: Sendable {
    /// One value per cell, oldest first; nil is no data (`╌`).
    package var values: [Double?]
    /// What `▅` stands for; without one the highest value is `█` and nothing counts as over.
    package var threshold: Double?
    package var style: Style
    package var overStyle: Style

    package init(
        values: [Double?], threshold: Double?, style: Style = Style(.chartP95), overStyle: Style = Style(.sloOver)
    ) {
        self.values = values
        self.threshold = threshold
        self.style = style
        self.overStyle = overStyle
    }

    /// Draws the newest values that fit into the first row of `rect`, the newest at its right end.
    package func draw(in rect: Rect, on canvas: inout Canvas) {
        guard rect.height > 0, rect.width > 0 else { return }
        let shown = values.suffix(rect.width)
        let peak = shown.compactMap { $0 }.filter(\.isFinite).max() ?? 0
        for (index, value) in shown.enumerated() {
            let level = Sparkline.level(of: value, threshold: threshold, peak: peak)
            canvas.set(
                Blocks.column(level), x: rect.maxX - shown.count + index, y: rect.y,
                style: threshold != nil && (level ?? 0) > 5 ? overStyle : style, meaning: .level)
        }
    }

    /// Eighths for a value: 1 to 8, 0 for a true zero, nil for no data.
    static func level(of value: Double?, threshold: Double?, peak: Double) -> Int? {
        guard let value, value.isFinite, value >= 0 else { return nil }
        if value == 0 { return 0 }
        guard let threshold, threshold > 0 else { return Blocks.eighths(value, of: peak, cells: 1) }
        // Steps are compared, not computed by logarithm, so that the threshold itself is exactly ▅.
        return 1 + (-4...2).count { step in value > threshold * Sparkline.factors[step + 4] }
    }

    /// √2 to the powers −4 to 2; exact where the power is even.
    private static let factors: [Double] = [
        0.25, 0.5 / 2.0.squareRoot(), 0.5, 1 / 2.0.squareRoot(), 1, 2.0.squareRoot(), 2,
    ]
}
