/// How the durations of runs lie in a window.
package struct LatencySummary: Sendable, Hashable {
    /// How many runs have a duration.
    package let count: UInt64
    /// The durations asked for, in nanoseconds, in the order asked.
    package let quantiles: [UInt64]
}

/// How many runs fall into which interval of time and duration.
package struct HeatMap: Sendable, Hashable {
    /// The window that is drawn.
    package let window: TimeWindow
    /// How many columns it is cut into.
    package let columns: Int
    /// The lower edges of the rows in nanoseconds, the fastest row first.
    package let rowEdges: [UInt64]
    /// The upper edge of the last row in nanoseconds.
    package let top: UInt64
    /// How many buckets of ``LatencyScale`` a row covers: 32 for a factor of √2, 16 for one of 1.19.
    package let bucketsPerRow: Int
    /// The first row that is not faster than the tightest promise; nil when no edge of a row lies on it.
    package let promiseRow: Int?
    /// The runs by row, then by column.
    package let counts: [[UInt64]]
    /// The runs faster than the first row, by column.
    package let below: [UInt64]
    /// The runs slower than the last row, by column.
    package let above: [UInt64]

    /// The most runs in one cell.
    package var greatest: UInt64 { counts.reduce(0) { max($0, $1.max() ?? 0) } }
}

extension JourneyView {
    /// The durations at some quantiles in a window, by nearest rank from a histogram, at most 0.55 % off; nil when no run
    /// has a duration. Where runs were sampled away they count with their weights.
    package func latency(_ quantiles: [Quantile], in window: TimeWindow) -> LatencySummary? {
        let known = ledger.windows.summary(
            of: ledger.latency, quantiles, in: window, watermark: bounds.watermark, scale: ledger.scale)
        if let known { return known }
        return summary(of: ledger.latency.merged(in: window, watermark: bounds.watermark), quantiles)
    }

    /// The duration at a quantile in a window, in nanoseconds; nil when no run has a duration.
    package func percentile(_ quantile: Quantile, in window: TimeWindow) -> UInt64? {
        latency([quantile], in: window)?.quantiles.first
    }

    /// The durations at some quantiles in a window, which is cut into equal columns; nil for columns without runs.
    package func latencySeries(_ quantiles: [Quantile], in window: TimeWindow, columns: Int) -> [LatencySummary?] {
        guard columns > 0 else { return [] }
        var merged = [Distribution](repeating: Distribution(), count: columns)
        ledger.latency.forEachSlot(in: window, watermark: bounds.watermark) { begin, entries in
            merged[window.column(of: begin, of: columns)].add(entries)
        }
        return merged.map { summary(of: $0, quantiles) }
    }

    /// The length of the slots in which durations are kept at an instant, in nanoseconds: the narrowest column that
    /// shows no gaps.
    package func latencySlot(at time: UInt64) -> UInt64 {
        ledger.latency.slotLength(at: time, watermark: bounds.watermark)
    }

    func summary(of distribution: Distribution, _ quantiles: [Quantile]) -> LatencySummary? {
        let least = Int32(JourneyLedger.noDuration) + 1
        let timed = distribution.entries.drop { $0.key < least }
        let count = timed.reduce(UInt64(0)) { $0 + UInt64($1.count) }
        guard count > 0 else { return nil }
        let isWeighted = timed.contains { $0.weight != UInt64($0.count) &* RunWeight.one.units }
        return LatencySummary(
            count: count,
            quantiles: quantiles.compactMap { quantile in
                distribution.key(at: quantile, isWeighted: isWeighted, from: least).map(ledger.scale.representative)
            })
    }

    /// The runs of a window by time and duration.
    ///
    /// Rows are anchored at the tightest promise, so no cell is half good and half bad. They cover a factor of √2 (or
    /// 2^(1/4) when `fine`) each; when the data needs more rows than there are, the rarest runs at both ends, up to 1 % of
    /// all, are put together in `below` and `above`, and then rows are merged in pairs, counted from the promise.
    ///
    /// - Parameters:
    ///   - window: What is drawn; columns narrower than ``latencySlot(at:)`` show gaps.
    ///   - columns: How many columns there are.
    ///   - rows: How many rows there may be, at least two.
    ///   - fine: Whether rows are half as high.
    /// - Returns: The map, or nil when no run of the window has a duration.
    package func heatMap(in window: TimeWindow, columns: Int, rows: Int, fine: Bool = false) -> HeatMap? {
        // Runs on both sides of the promise need two rows.
        guard columns > 0, rows > 1 else { return nil }
        var slots: [(column: Int, entries: [SparseEntry])] = []
        var all = Distribution()
        ledger.latency.forEachSlot(in: window, watermark: bounds.watermark) { begin, entries in
            slots.append((window.column(of: begin, of: columns), entries))
            all.add(entries)
        }
        guard !all.isEmpty else { return nil }
        let layout = HeatMapLayout(all, rows: rows, bucketsPerRow: fine ? 16 : 32)
        var counts = [[UInt64]](repeating: [UInt64](repeating: 0, count: columns), count: layout.rows)
        var below = [UInt64](repeating: 0, count: columns)
        var above = below
        for slot in slots {
            for entry in slot.entries {
                let row = LatencyScale.floorDivide(Int(entry.key), layout.bucketsPerRow) - layout.firstRow
                if row < 0 {
                    below[slot.column] += UInt64(entry.count)
                } else if row >= layout.rows {
                    above[slot.column] += UInt64(entry.count)
                } else {
                    counts[row][slot.column] += UInt64(entry.count)
                }
            }
        }
        let edges = (0...layout.rows).map { ledger.scale.edge((layout.firstRow + $0) * layout.bucketsPerRow) }
        let promiseRow = -layout.firstRow
        return HeatMap(
            window: window, columns: columns, rowEdges: Array(edges.dropLast()), top: edges.last ?? .max,
            bucketsPerRow: layout.bucketsPerRow,
            promiseRow: tightestUnder != nil && (0...layout.rows).contains(promiseRow) ? promiseRow : nil,
            counts: counts, below: below, above: above)
    }
}

/// Which rows a heat map has.
private struct HeatMapLayout {
    var bucketsPerRow: Int
    var firstRow = 0
    var rows = 0

    /// Finds the rows of a distribution that is not empty.
    init(_ all: Distribution, rows limit: Int, bucketsPerRow: Int) {
        self.bucketsPerRow = bucketsPerRow
        while true {
            var counts: [Int: UInt64] = [:]
            for entry in all.entries {
                counts[LatencyScale.floorDivide(Int(entry.key), self.bucketsPerRow), default: 0] += UInt64(entry.count)
            }
            var used = counts.keys.sorted()
            var spare = all.count / 100
            // Give up the rarer end first, as long as what is given up stays rare.
            while let first = used.first, let last = used.last, last - first >= limit {
                let low = counts[first] ?? 0
                let high = counts[last] ?? 0
                guard min(low, high) <= spare else { break }
                spare -= min(low, high)
                if low <= high { used.removeFirst() } else { used.removeLast() }
            }
            if let first = used.first, let last = used.last, last - first < limit {
                firstRow = first
                rows = last - first + 1
                return
            }
            self.bucketsPerRow *= 2
        }
    }
}
