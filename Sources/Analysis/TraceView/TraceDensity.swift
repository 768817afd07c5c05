extension TracePicture {
    /// How many spans ran in each column of the map row; a span that took no time counts in its column.
    package func density(columns: Int, axis: TimeAxis) -> [Int] {
        guard columns > 0 else { return [] }
        var changes = [Int](repeating: 0, count: columns + 1)
        for number in trace.spans.indices {
            let range = extent(of: number)
            let first = axis.column(of: range.lowerBound, columns: columns)
            let last = axis.column(of: max(range.upperBound, range.lowerBound + 1) - 1, columns: columns)
            changes[first] += 1
            changes[last + 1] -= 1
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
        Set(spans.map { axis.column(of: extent(of: $0).lowerBound, columns: columns) })
    }
}
