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

    private let index = Mutex<TraceIndex?>(nil)
    private let checksumCache = Mutex<UInt64?>(nil)

    init(sequence: UInt64, table: SpanTable, isSealed: Bool) {
        self.sequence = sequence
        self.table = table
        self.isSealed = isSealed
        byteCount = table.byteCount
    }

    /// The rows of a trace, in the order they were added.
    ///
    /// A sealed chunk builds its index when it is first asked; an open one is small enough to be looked through.
    package func rows(of trace: TraceID) -> [Int] {
        guard isSealed else { return scan(for: trace) }
        return index.withLock { index in
            let built = index ?? TraceIndex(table)
            index = built
            return built.rows(of: trace, in: table)
        }
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

/// Trace → rows of one chunk: rows chained by the hash of their trace.
private struct TraceIndex: Sendable {
    /// The newest row of each bucket plus one; zero for none.
    private var heads: [UInt32]
    /// The row before in the same bucket, plus one.
    private var next: [UInt32]

    init(_ table: SpanTable) {
        var size = 16
        while size < table.count { size *= 2 }
        var heads = [UInt32](repeating: 0, count: size)
        var next = [UInt32](repeating: 0, count: table.count)
        table.traceLow.withUnsafeBuffer { lows in
            for row in 0..<table.count {
                let bucket = Int(truncatingIfNeeded: mixed(lows[row])) & (size - 1)
                next[row] = heads[bucket]
                heads[bucket] = UInt32(row + 1)
            }
        }
        self.heads = heads
        self.next = next
    }

    func rows(of trace: TraceID, in table: SpanTable) -> [Int] {
        var rows: [Int] = []
        var link = heads[Int(truncatingIfNeeded: mixed(trace.low)) & (heads.count - 1)]
        while link != 0 {
            let row = Int(link) - 1
            if table.traceLow[row] == trace.low, table.traceHigh[row] == trace.high { rows.append(row) }
            link = next[row]
        }
        return rows.reversed()
    }
}

extension SpanTable {
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
        return sum
    }
}
