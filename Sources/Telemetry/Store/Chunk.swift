import Synchronization

/// A run of rows in the store: sealed and never changing, or the visible part of the one still open.
package final class Chunk: Sendable {
    /// The chunk's number; grows with time and is never reused.
    package let sequence: UInt64
    /// The rows.
    package let table: SpanTable
    /// Whether no row will be added any more.
    package let isSealed: Bool
    /// The memory held, in bytes.
    package let byteCount: Int

    private let checksumCache = Mutex<UInt64?>(nil)

    init(sequence: UInt64, table: SpanTable, isSealed: Bool) {
        self.sequence = sequence
        self.table = table
        self.isSealed = isSealed
        byteCount = table.byteCount
    }

    /// The rows of a trace, in the order they were added.
    ///
    /// A packed chunk knows its traces; an open one is small enough to be looked through.
    package func rows(of trace: TraceID) -> [Int] {
        table.packedTraceRows(of: trace) ?? scan(for: trace)
    }

    private func scan(for trace: TraceID) -> [Int] {
        var rows: [Int] = []
        table.traceLow.withUnsafeBuffer { lows in
            for row in 0..<table.count where lows[row] == trace.low && table.traceHigh[row] == trace.high {
                rows.append(row)
            }
        }
        return rows
    }

    /// A number that depends on every byte of the columns, for noticing damage when a chunk is kept elsewhere.
    package var checksum: UInt64 {
        checksumCache.withLock { cached in
            if let cached { return cached }
            let sum = table.checksum
            if isSealed { cached = sum }
            return sum
        }
    }
}

extension SpanTable {
    /// The same rows with the columns that traces and fingerprints are made of written out, for reading most rows.
    var plainRows: SpanTable {
        var table = self
        table.traceHigh = traceHigh.plain
        table.traceLow = traceLow.plain
        table.spanIDs = spanIDs.plain
        table.parentIDs = parentIDs.plain
        table.starts = starts.plain
        table.ends = ends.plain
        table.names = names.plain
        table.resourceOf = resourceOf.plain
        table.kindAndStatus = kindAndStatus.plain
        table.eventOffsets = eventOffsets.plain
        table.linkOffsets = linkOffsets.plain
        return table
    }

    /// The same rows with the columns written out that a trace is put together from.
    var traceRows: SpanTable {
        var table = self
        table.spanIDs = spanIDs.plain
        table.parentIDs = parentIDs.plain
        table.starts = starts.plain
        table.ends = ends.plain
        table.names = names.plain
        table.resourceOf = resourceOf.plain
        table.kindAndStatus = kindAndStatus.plain
        if !events.isEmpty { table.eventOffsets = eventOffsets.plain }
        if !links.isEmpty { table.linkOffsets = linkOffsets.plain }
        return table
    }

    /// The rows of a trace in the order they were added; nil for a table that is not packed.
    package func packedTraceRows(of trace: TraceID) -> [Int]? {
        packed.map { $0.layout.traces.rows(of: trace, in: $0.numbers, rowCount: count) }
    }

    /// A number that depends on every byte of every column.
    var checksum: UInt64 {
        var sum = UInt64(count)
        func add<T>(_ column: Column<T>) {
            sum = column.withUnsafeBuffer { hashed(UnsafeRawBufferPointer($0), seed: sum) }
        }
        add(traceHigh)
        add(traceLow)
        add(spanIDs)
        add(parentIDs)
        add(starts)
        add(ends)
        add(names)
        add(resourceOf)
        add(scopeOf)
        add(kindAndStatus)
        add(flags)
        add(statusMessages)
        add(traceStates)
        add(attributeShapes)
        add(attributeOffsets)
        add(eventOffsets)
        add(linkOffsets)
        add(attributeValues)
        add(shapeKeys)
        add(shapes)
        add(resources)
        add(scopes)
        // Rows with padding between or after their fields go field by field: padding has no defined bytes.
        func add(_ number: UInt64) { sum = mixed(sum &+ 0x9E37_79B9_7F4A_7C15 ^ number) }
        func add(_ list: AttributeList) { add(UInt64(list.shape) << 32 | UInt64(list.offset)) }
        for i in 0..<events.count {
            add(events[i].time)
            add(UInt64(events[i].name.bits))
            add(events[i].attributes)
        }
        for i in 0..<links.count {
            add(links[i].trace.high)
            add(links[i].trace.low)
            add(links[i].span.value)
            add(UInt64(links[i].traceState.bits))
            add(links[i].attributes)
        }
        for i in 0..<arrivals.count {
            add(UInt64(arrivals[i].firstRow))
            add(arrivals[i].time)
        }
        add(values.kinds)
        add(values.payloads)
        add(values.bytes)
        if let packed { add(packed.numbers.checksum) }
        return sum
    }
}
