/// Lines of braille dots, 2x4 per cell, with labels at the left and the promise as a dotted line.
///
/// A line breaks where data is missing; nothing is interpolated. At most two lines, since a cell holds
/// one colour; where they meet, the first one's colour wins.
package struct LineChart: Sendable {
    /// One line.
    package struct Series: Sendable {
        /// Values at equal distances over the whole width, oldest first; nil is a gap.
        package var values: [Double?]
        package var style: Style

        package init(_ values: [Double?], style: Style) {
            self.values = values
            self.style = style
        }
    }

    package var series: [Series]
    package var axis: ValueAxis
    /// The promise; drawn as `┄` across the chart.
    package var threshold: Double?
    /// Set into the right end of the threshold line.
    package var thresholdLabel: String
    /// Columns for labels left of the axis; 0 draws neither labels nor axis.
    package var labelWidth: Int
    /// Turns a value into its label.
    package var label: @Sendable (Double) -> String

    package init(
        series: [Series], axis: ValueAxis, threshold: Double? = nil, thresholdLabel: String = "SLO",
        labelWidth: Int = 6,
        label: @escaping @Sendable (Double) -> String = { NumberFormat.count(Int(max(-9e18, min($0, 9e18)))) }
    ) {
        self.series = series
        self.axis = axis
        self.threshold = threshold
        self.thresholdLabel = thresholdLabel
        self.labelWidth = labelWidth
        self.label = label
    }

    /// Draws into the rectangle and returns the part that holds the lines, for marks and time labels.
    @discardableResult
    package func draw(in rect: Rect, on canvas: inout Canvas) -> Rect {
        guard !rect.isEmpty else { return rect }
        let margin = labelWidth > 0 ? min(labelWidth + 1, rect.width) : 0
        let plot = rect.inset(left: margin)
        if margin > 0 { drawAxis(in: rect, plot: plot, on: &canvas) }
        drawThreshold(in: plot, on: &canvas)
        for line in series.prefix(2).reversed() {
            draw(line, in: plot, on: &canvas)
        }
        return plot
    }

    private func row(of value: Double, in plot: Rect) -> Int {
        plot.maxY - 1 - min(plot.height - 1, Int(axis.position(of: value) * Double(plot.height * 4 - 1)) / 4)
    }

    private func drawAxis(in rect: Rect, plot: Rect, on canvas: inout Canvas) {
        for y in rect.y..<rect.maxY {
            canvas.set("│", x: plot.x - 1, y: y, style: .border)
        }
        func mark(_ value: Double, _ y: Int, _ tick: Unicode.Scalar, _ style: Style) {
            canvas.put(label(value), x: rect.x, y: y, style: style, width: min(labelWidth, rect.width), align: .right)
            canvas.set(tick, x: plot.x - 1, y: y, style: .border)
        }
        let promise = threshold.map { row(of: $0, in: plot) }
        if promise != rect.y { mark(axis.high, rect.y, "┤", .label) }
        if promise != rect.maxY - 1, rect.height > 2 { mark(axis.low, rect.maxY - 1, "┤", .label) }
        if let threshold, let promise { mark(threshold, promise, "┼", Style(.sloLine)) }
    }

    private func drawThreshold(in plot: Rect, on canvas: inout Canvas) {
        guard let threshold, !plot.isEmpty else { return }
        let y = row(of: threshold, in: plot)
        canvas.fill(plot.row(y - plot.y), with: "┄", style: Style(.sloLine))
        let label = thresholdLabel.isEmpty ? "" : " \(thresholdLabel) "
        let width = DisplayText.width(of: label)
        if width > 0, width + 4 <= plot.width {
            canvas.put(label, x: plot.maxX - width - 1, y: y, style: Style(.sloLine))
        }
    }

    /// Dots of one line, each column joined to the one before it.
    private func draw(_ line: Series, in plot: Rect, on canvas: inout Canvas) {
        guard !plot.isEmpty, !line.values.isEmpty else { return }
        let columns = plot.width * 2
        let lastDot = plot.height * 4 - 1
        var dots = BrailleGrid(plot.size)
        var previous: Int?
        for column in 0..<columns {
            guard let value = LineChart.value(at: column, of: columns, in: line.values) else {
                previous = nil
                continue
            }
            let dot = lastDot - Int((axis.position(of: value) * Double(lastDot)).rounded())
            for y in LineChart.joint(from: previous, to: dot) {
                dots.set(x: column, y: y)
            }
            previous = dot
        }
        dots.draw(in: plot, style: line.style, on: &canvas)
    }

    /// The dots of one column: its own, and those that close the gap to the column before.
    private static func joint(from previous: Int?, to dot: Int) -> ClosedRange<Int> {
        guard let previous, previous != dot else { return dot...dot }
        return previous < dot ? (previous + 1)...dot : dot...(previous - 1)
    }

    /// The value a dot column shows: the highest of those that fall into it, so that peaks survive.
    static func value(at column: Int, of columns: Int, in values: [Double?]) -> Double? {
        let from = column * values.count / columns
        let to = max(from + 1, (column + 1) * values.count / columns)
        return values[from..<min(to, values.count)].compactMap { $0 }.filter(\.isFinite).max()
    }
}

/// Braille dots, collected before they become cells.
struct BrailleGrid {
    private let size: Size
    private var patterns: [UInt8]

    init(_ size: Size) {
        self.size = size
        patterns = Array(repeating: 0, count: size.width * size.height)
    }

    /// Sets a dot; two per cell across, four down. Dots outside are ignored.
    mutating func set(x: Int, y: Int) {
        guard x >= 0, y >= 0, x < size.width * 2, y < size.height * 4 else { return }
        patterns[y / 4 * size.width + x / 2] |= BrailleGrid.bit(x: x % 2, y: y % 4)
    }

    /// Draws the cells that have dots; a cell that already has dots keeps them and takes the new style.
    func draw(in rect: Rect, style: Style, on canvas: inout Canvas) {
        for y in 0..<size.height {
            for x in 0..<size.width {
                var pattern = UInt32(patterns[y * size.width + x])
                guard pattern != 0 else { continue }
                let old = canvas[rect.x + x, rect.y + y].base.value
                if (0x2800...0x28FF).contains(old) { pattern |= old & 0xFF }
                let look = style.on(canvas[rect.x + x, rect.y + y].style.background)
                canvas.set(Unicode.Scalar(0x2800 + pattern) ?? " ", x: rect.x + x, y: rect.y + y, style: look)
            }
        }
    }

    /// Unicode numbers the upper six dots by columns and the last row after them.
    private static func bit(x: Int, y: Int) -> UInt8 {
        y == 3 ? (x == 0 ? 0x40 : 0x80) : UInt8(1 << (y + x * 3))
    }
}
