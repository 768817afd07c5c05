/// Counts by time and value as shades, with percentiles drawn over them.
///
/// Rows are bands between ascending edges. One edge is the promise: the `┼┄┄` line is drawn between the
/// band that ends there and the band that begins there, so no cell is half good and half bad.
package struct HeatMap: Sendable {
    /// A percentile per column, drawn on every second column so that density shows through.
    package struct Overlay: Sendable {
        package var glyph: Unicode.Scalar
        package var style: Style
        package var values: [Double?]

        package init(_ glyph: Unicode.Scalar, _ style: Style, _ values: [Double?]) {
            self.glyph = glyph
            self.style = style
            self.values = values
        }

        package static func p50(_ values: [Double?]) -> Overlay { Overlay("╌", Style(.chartP50), values) }
        package static func p95(_ values: [Double?]) -> Overlay { Overlay("─", Style(.chartP95), values) }
        package static func p99(_ values: [Double?]) -> Overlay { Overlay("━", Style(.chartP99), values) }
    }

    /// Edges of the bands, ascending: one more than there are bands.
    package var edges: [Double]
    /// `counts[band][column]`, band 0 the lowest; missing cells count as none.
    package var counts: [[Int]]
    /// The first band above the promise; nil draws no line.
    package var thresholdBand: Int?
    /// Later ones are drawn over earlier ones.
    package var overlays: [Overlay]
    /// Columns and bands of a selection.
    package var selection: Selection?
    package var labelWidth: Int
    package var label: @Sendable (Double) -> String

    /// A box of cells.
    package struct Selection: Hashable, Sendable {
        package var columns: Range<Int>
        package var bands: Range<Int>

        package init(columns: Range<Int>, bands: Range<Int>) {
            self.columns = columns
            self.bands = bands
        }
    }

    package init(
        edges: [Double], counts: [[Int]], thresholdBand: Int? = nil, overlays: [Overlay] = [],
        selection: Selection? = nil, labelWidth: Int = 7,
        label: @escaping @Sendable (Double) -> String = { NumberFormat.duration(UInt64(max(0, min($0, 1.8e19)))) }
    ) {
        self.edges = edges
        self.counts = counts
        self.thresholdBand = thresholdBand
        self.overlays = overlays
        self.selection = selection
        self.labelWidth = labelWidth
        self.label = label
    }

    /// Rows the whole map needs: its bands and the line of the promise.
    package var height: Int { counts.count + (thresholdBand == nil ? 0 : 1) }

    /// The scale of these counts, also for the legend.
    package var scale: HeatScale { HeatScale(maximum: counts.lazy.flatMap { $0 }.max() ?? 0) }

    /// Draws the map at the bottom of the rectangle and returns the part that holds the cells.
    @discardableResult
    package func draw(in rect: Rect, on canvas: inout Canvas) -> Rect {
        guard !rect.isEmpty else { return rect }
        let margin = labelWidth > 0 ? min(labelWidth + 1, rect.width) : 0
        let plot = rect.inset(left: margin)
        let scale = scale
        var y = rect.maxY - 1
        canvas.clipped(to: rect) { canvas in
            for band in counts.indices {
                if band == thresholdBand {
                    drawThreshold(y: y, rect: rect, plot: plot, on: &canvas)
                    y -= 1
                }
                drawBand(band, y: y, scale: scale, rect: rect, plot: plot, on: &canvas)
                y -= 1
            }
        }
        return plot
    }

    private func drawThreshold(y: Int, rect: Rect, plot: Rect, on canvas: inout Canvas) {
        let style = Style(.sloLine)
        canvas.fill(Rect(x: plot.x, y: y, width: plot.width, height: 1), with: "┄", style: style)
        guard plot.x > rect.x else { return }
        canvas.put("SLO ", x: rect.x, y: y, style: style, width: plot.x - rect.x - 1, align: .right)
        canvas.set("┼", x: plot.x - 1, y: y, style: style)
    }

    private func drawBand(
        _ band: Int, y: Int, scale: HeatScale, rect: Rect, plot: Rect, on canvas: inout Canvas
    ) {
        if plot.x > rect.x, band < edges.count {
            canvas.put(label(edges[band]), x: rect.x, y: y, style: .label, width: plot.x - rect.x - 1, align: .right)
            canvas.set("┤", x: plot.x - 1, y: y, style: .border)
        }
        for column in 0..<min(counts[band].count, plot.width) {
            let level = scale.level(of: counts[band][column])
            var style = HeatScale.style(level)
            var glyph = HeatScale.glyph(level)
            if column % 2 == 0, let overlay = overlay(column: column, band: band) {
                glyph = overlay.glyph
                style = overlay.style.on(style.background)
            }
            if isSelected(column: column, band: band) { style = style.on(.selRange) }
            canvas.set(glyph, x: plot.x + column, y: y, style: style)
        }
        drawSelectionEdge(band: band, y: y, plot: plot, on: &canvas)
    }

    private func overlay(column: Int, band: Int) -> Overlay? {
        guard band + 1 < edges.count else { return nil }
        return overlays.last { overlay in
            guard column < overlay.values.count, let value = overlay.values[column] else { return false }
            // Values outside of all bands are drawn in the outermost one.
            let aboveLow = band == 0 || value >= edges[band]
            let belowHigh = band == counts.count - 1 || value < edges[band + 1]
            return aboveLow && belowHigh
        }
    }

    private func isSelected(column: Int, band: Int) -> Bool {
        guard let selection else { return false }
        return selection.columns.contains(column) && selection.bands.contains(band)
    }

    /// Marks the selected bands right of the map, so that the box is visible without colour.
    private func drawSelectionEdge(band: Int, y: Int, plot: Rect, on canvas: inout Canvas) {
        guard let selection, selection.bands.contains(band) else { return }
        canvas.set("▐", x: plot.x + counts[band].count, y: y, style: Style(.selRange))
    }
}
