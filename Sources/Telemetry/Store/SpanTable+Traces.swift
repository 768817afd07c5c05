extension SpanTable {
    /// The traces of some rows, in the order in which rows have them first; few are named more than once.
    ///
    /// - Parameter rows: Rows of the table.
    package func traces(of rows: [UInt32]) -> [TraceID] {
        guard let packed else { return tracesInRuns(rows) }
        let known = packed.layout.traces
        let numbers = packed.numbers
        var isNamed = [Bool](repeating: false, count: known.count)
        var traces: [TraceID] = []
        for row in rows {
            precondition(Int(row) < count, "row out of range of a table")
            let number = Int(numbers.number(known.first, Int(row)))
            if isNamed[number] { continue }
            isNamed[number] = true
            traces.append(TraceID(high: numbers.number(known.high, number), low: numbers.number(known.low, number)))
        }
        return traces
    }

    /// The same for a table that is not packed: rows of a trace that follow one another name it once.
    private func tracesInRuns(_ rows: [UInt32]) -> [TraceID] {
        var traces: [TraceID] = []
        for row in rows {
            let trace = traceID(Int(row))
            if traces.last != trace { traces.append(trace) }
        }
        return traces
    }
}
