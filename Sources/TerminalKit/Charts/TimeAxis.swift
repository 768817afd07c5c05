/// Maps instants to the columns of a chart and labels them at round times.
package struct TimeAxis: Hashable, Sendable {
    /// Unix nanoseconds at the left edge.
    package let start: UInt64
    /// Unix nanoseconds at the right edge; always after `start`.
    package let end: UInt64
    package let columns: Int

    package init(start: UInt64, end: UInt64, columns: Int) {
        self.start = min(start, UInt64.max - 1)
        self.end = max(end, self.start + 1)
        self.columns = max(1, columns)
    }

    /// The column an instant falls into; nil outside.
    package func column(of time: UInt64) -> Int? {
        guard time >= start, time < end else { return nil }
        return min(columns - 1, Int(Double(time - start) / Double(end - start) * Double(columns)))
    }

    /// The instant at the left edge of a column.
    package func time(ofColumn column: Int) -> UInt64 {
        let place = UInt64(min(max(column, 0), columns))
        // The product needs up to 128 bits; the quotient is at most the length of the axis.
        let product = (end - start).multipliedFullWidth(by: place)
        return start + UInt64(columns).dividingFullWidth(product).quotient
    }

    /// Round instants, at least `spacing` columns apart.
    package func ticks(spacing: Int = 10) -> [UInt64] {
        let perColumn = (end - start) / UInt64(columns)
        let least = perColumn.multipliedReportingOverflow(by: UInt64(max(1, spacing)))
        guard !least.overflow, let step = TimeAxis.steps.first(where: { $0 >= least.partialValue }) else { return [] }
        var ticks: [UInt64] = []
        var tick = start / step * step
        while tick < end, ticks.count < columns {
            if tick >= start { ticks.append(tick) }
            let next = tick.addingReportingOverflow(step)
            guard !next.overflow else { break }
            tick = next.partialValue
        }
        return ticks
    }

    /// Draws `HH:MM` under the columns of round times; with seconds when they are closer than a minute.
    package func draw(x: Int, y: Int, style: Style = .label, on canvas: inout Canvas) {
        let ticks = ticks()
        let withSeconds = ticks.count > 1 && ticks[1] - ticks[0] < 60_000_000_000
        for tick in ticks {
            guard let column = column(of: tick) else { continue }
            let text = withSeconds ? NumberFormat.time(tick) : NumberFormat.timeOfDay(tick)
            guard column + text.utf8.count <= columns else { continue }
            canvas.put(text, x: x + column, y: y, style: style)
        }
    }

    /// Steps that read well on a clock, in nanoseconds.
    private static let steps: [UInt64] = {
        let seconds: [UInt64] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
            604_800, 2_419_200, 31_536_000,
        ]
        return seconds.map { $0 * 1_000_000_000 }
    }()
}
