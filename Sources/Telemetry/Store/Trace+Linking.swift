extension StoreSnapshot {
    /// Puts a trace together; `nil` when none of its spans is held.
    package func trace(_ id: TraceID) -> Trace? {
        var spans: [TraceSpan] = []
        var held: [Chunk] = []
        for chunk in chunks {
            let rows = chunk.rows(of: id)
            guard !rows.isEmpty else { continue }
            // Most of a packed chunk's rows are read faster once they are written out.
            let table = rows.count > chunk.table.count / 4 ? chunk.table.plainRows : chunk.table
            spans.reserveCapacity(spans.count + rows.count)
            for row in rows { spans.append(TraceSpan(table, row: row, chunk: held.count)) }
            held.append(chunk)
        }
        // Numbers of spans have 31 bits; the memory budget ends long before.
        guard !spans.isEmpty, spans.count < Int(Int32.max) else { return nil }
        fillMissingStarts(&spans)
        // Rows come by chunk and row, so that their order decides between equal starts and ids.
        if let order = SpanOrder.byStart(spans) { spans = order.map { spans[Int($0)] } }
        return Trace(id: id, linking: spans, of: held)
    }
}

/// Gives spans without a start that of their nearest ancestor that has one, else the first of the trace.
///
/// Only where other spans of the trace say when they began: a trace that counts from zero is taken as it is.
private func fillMissingStarts(_ spans: inout [TraceSpan]) {
    guard spans.contains(where: { $0.start == 0 }) else { return }
    let earliestCredible: UInt64 = 946_684_800_000_000_000
    let first = spans.lazy.map(\.start).filter { $0 >= earliestCredible }.min()
    guard let first else { return }
    var byID: [SpanID: Int] = [:]
    for (number, span) in spans.enumerated() where byID[span.id] == nil || spans[byID[span.id] ?? number].start == 0 {
        byID[span.id] = number
    }
    for number in spans.indices where spans[number].start == 0 {
        var known = byID[spans[number].id].map { spans[$0].start } ?? 0
        var ancestor = spans[number].parentID
        var steps = 0
        while known == 0, !ancestor.isZero, let next = byID[ancestor], steps < 1_000 {
            known = spans[next].start
            ancestor = spans[next].parentID
            steps += 1
        }
        spans[number].start = known == 0 ? first : known
        spans[number].end = max(spans[number].end, spans[number].start)
        spans[number].hasNoStart = true
    }
}

extension Trace {
    /// Links spans, which must be in order.
    init(id: TraceID, linking spans: [TraceSpan], of chunks: [Chunk]) {
        var spans = spans
        // Where every parent stands before its child, parents cannot form a cycle.
        if !Self.findParents(&spans) { cutCycles(&spans) }
        var offsets = [Int32](repeating: 0, count: spans.count + 1)
        var roots: [Int] = []
        for number in spans.indices {
            if let parent = spans[number].parent { offsets[parent + 1] += 1 } else { roots.append(number) }
        }
        for number in spans.indices { offsets[number + 1] += offsets[number] }
        // Spans are in order, so that each parent's children come in order too.
        var next = offsets
        var children = [Int32](repeating: 0, count: spans.count - roots.count)
        for number in spans.indices {
            guard let parent = spans[number].parent else { continue }
            children[Int(next[parent])] = Int32(truncatingIfNeeded: number)
            next[parent] += 1
        }
        let order = Self.walk(&spans, from: roots, children, offsets)
        self.init(
            id: id, spans: spans, roots: roots, chunks: chunks, childNumbers: children, childOffsets: offsets,
            order: order)
    }

    /// Sets the parents; returns whether all of them stand before their children.
    private static func findParents(_ spans: inout [TraceSpan]) -> Bool {
        let index = ParentIndex(spans)
        var isDescending = true
        for number in spans.indices {
            let parent = index.parent(of: number, in: spans)
            spans[number].parent = parent
            if let parent {
                if parent >= number { isDescending = false }
            } else if !spans[number].parentID.isZero {
                spans[number].isCycleCut = spans[number].parentID == spans[number].id
                spans[number].isOrphan = !spans[number].isCycleCut
            }
        }
        return isDescending
    }

    /// Sets the depths of the spans, and returns the order in which a walk meets them.
    private static func walk(
        _ spans: inout [TraceSpan], from roots: [Int], _ children: [Int32], _ offsets: [Int32]
    ) -> [Int32] {
        var order: [Int32] = []
        order.reserveCapacity(spans.count)
        var stack = roots.reversed().map { Int32(truncatingIfNeeded: $0) }
        while let number = stack.popLast() {
            order.append(number)
            let below = spans[Int(number)].depth + 1
            for place in (Int(offsets[Int(number)])..<Int(offsets[Int(number) + 1])).reversed() {
                spans[Int(children[place])].depth = below
                stack.append(children[place])
            }
        }
        return order
    }
}

/// Cuts every cycle of parents at its first span by start.
private func cutCycles(_ spans: inout [TraceSpan]) {
    var state = [UInt8](repeating: 0, count: spans.count)
    var path: [Int] = []
    for first in spans.indices where state[first] == 0 {
        path.removeAll(keepingCapacity: true)
        var current: Int? = first
        while let number = current, state[number] == 0 {
            state[number] = 1
            path.append(number)
            current = spans[number].parent
        }
        if let number = current, state[number] == 1, let begin = path.firstIndex(of: number) {
            let cut = path[begin...].min() ?? number
            spans[cut].parent = nil
            spans[cut].isCycleCut = true
        }
        for number in path { state[number] = 2 }
    }
}
