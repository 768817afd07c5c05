import Synchronization

extension TracePicture {
    /// How many spans ran in each column of the map row; a span that took no time counts in its column.
    package func density(columns: Int, axis: TimeAxis) -> [Int] {
        density.counts(columns: columns, axis: axis) { countDensity(columns: columns, axis: axis) }
    }

    private func countDensity(columns: Int, axis: TimeAxis) -> [Int] {
        guard columns > 0 else { return [] }
        let split = AxisColumns(axis, columns: columns)
        var changes = [Int](repeating: 0, count: columns + 1)
        path.timing.starts.withUnsafeBufferPointer { starts in
            path.timing.ends.withUnsafeBufferPointer { ends in
                path.timing.isOpen.withUnsafeBufferPointer { isOpen in
                    // All have an element for every span.
                    for number in starts.indices {
                        let range = extent(from: starts[number], to: isOpen[number] ? nil : ends[number])
                        changes[split.column(of: range.lowerBound)] += 1
                        changes[split.column(of: max(range.upperBound, range.lowerBound + 1) - 1) + 1] -= 1
                    }
                }
            }
        }
        var running = 0
        return changes.dropLast().map { change in
            running += change
            return running
        }
    }

    /// When the bar of a span begins and ends, in nanoseconds after ``begin``; an open span lasts until the trace's end.
    package func extent(of span: Int) -> Range<UInt64> {
        extent(from: path.timing.starts[span], to: path.timing.isOpen[span] ? nil : path.timing.ends[span])
    }

    func extent(from: Int64, to: Int64?) -> Range<UInt64> {
        let last = max(from, to ?? end)
        return UInt64(max(0, from - begin))..<UInt64(max(0, last - begin))
    }

    /// The columns of the map row in which spans begin, such as those that were searched for.
    package func columns(of spans: some Sequence<Int>, columns: Int, axis: TimeAxis) -> Set<Int> {
        let split = AxisColumns(axis, columns: columns)
        var isTaken = [Bool](repeating: false, count: max(1, columns))
        for span in spans { isTaken[split.column(of: extent(of: span).lowerBound)] = true }
        return Set(isTaken.indices.filter { isTaken[$0] })
    }
}

/// A time axis split into columns, for loops over very many times: the same columns as ``TimeAxis/column(of:columns:)``
/// without its divisions.
struct AxisColumns {
    /// The first time of each column.
    private let begins: [UInt64]
    private let scale: Double

    init(_ axis: TimeAxis, columns: Int) {
        let count = max(1, columns)
        let length = axis.length
        begins = (0..<count).map { column in
            // The least time whose product with the columns reaches the column's share; the high half is below `count`.
            let product = length.multipliedFullWidth(by: UInt64(column))
            let (quotient, remainder) = UInt64(count).dividingFullWidth(product)
            return quotient + (remainder > 0 ? 1 : 0)
        }
        scale = Double(count) / Double(length)
    }

    /// The column of a time; times beyond the axis belong to its edges.
    func column(of time: UInt64) -> Int {
        // A guess that rounding may have moved, put right by what is exact.
        var column = min(begins.count - 1, Int(min(Double(time) * scale, Double(begins.count))))
        while column > 0, begins[column] > time { column -= 1 }
        while column + 1 < begins.count, begins[column + 1] <= time { column += 1 }
        return column
    }
}

/// Keeps the map row that was asked for last: every frame asks for the same one.
final class TraceDensityCache: Sendable {
    private struct Kept {
        let columns: Int
        let axis: TimeAxis
        let counts: [Int]
    }

    private let kept = Mutex<Kept?>(nil)

    func counts(columns: Int, axis: TimeAxis, _ count: () -> [Int]) -> [Int] {
        if let kept = kept.withLock({ $0 }), kept.columns == columns, kept.axis == axis { return kept.counts }
        let counts = count()
        kept.withLock { $0 = Kept(columns: columns, axis: axis, counts: counts) }
        return counts
    }
}
