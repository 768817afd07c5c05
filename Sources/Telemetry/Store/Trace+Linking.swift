extension StoreSnapshot {
    /// Puts a trace together; `nil` when none of its spans is held.
    package func trace(_ id: TraceID) -> Trace? {
        var held: [(chunk: Chunk, rows: [Int])] = []
        var count = 0
        for chunk in chunks {
            let rows = chunk.rows(of: id)
            guard !rows.isEmpty else { continue }
            held.append((chunk, rows))
            count += rows.count
        }
        // Numbers of spans have 31 bits; the memory budget ends long before.
        guard count > 0, count < Int(Int32.max) else { return nil }
        var spans = [TraceSpan](unsafeUninitializedCapacity: count) { spans, filled in
            // As many as the chunks have rows of the trace, which were counted.
            for (number, (chunk, rows)) in held.enumerated() {
                // Most of a packed chunk's rows are read faster once they are written out.
                let table = rows.count > chunk.table.count / 4 ? chunk.table.traceRows : chunk.table
                for row in rows {
                    spans.initializeElement(at: filled, to: TraceSpan(table, row: row, chunk: number))
                    filled &+= 1
                }
            }
        }
        fillMissingStarts(&spans)
        // Rows come by chunk and row, so that their order decides between equal starts and ids.
        if let order = SpanOrder.byStart(spans) { spans = SpanOrder.spans(spans, in: order) }
        return Trace(id: id, linking: consume spans, of: held.map(\.chunk))
    }
}

/// Gives spans without a start that of their nearest ancestor that has one, else the first of the trace.
///
/// Only where other spans of the trace say when they began: a trace that counts from zero is taken as it is.
private func fillMissingStarts(_ spans: inout [TraceSpan]) {
    let isMissing = spans.withUnsafeBufferPointer { spans in spans.indices.contains { spans[$0].start == 0 } }
    guard isMissing else { return }
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
    init(id: TraceID, linking spans: consuming [TraceSpan], of chunks: [Chunk]) {
        // Where every parent stands before its child, parents cannot form a cycle.
        if !spans.withUnsafeMutableBufferPointer({ Self.findParents($0) }) { cutCycles(&spans) }
        let (roots, children, offsets) = spans.withUnsafeBufferPointer { Self.children($0) }
        let order = spans.withUnsafeMutableBufferPointer { Self.walk($0, from: roots, children, offsets) }
        self.init(
            id: id, spans: spans, roots: roots, chunks: chunks, childNumbers: children, childOffsets: offsets,
            order: order)
    }

    /// Sets the parents; returns whether all of them stand before their children.
    private static func findParents(_ spans: UnsafeMutableBufferPointer<TraceSpan>) -> Bool {
        let known = UnsafeBufferPointer(spans)
        let index = ParentIndex(known)
        var isDescending = true
        for number in spans.indices {
            let parent = index.parent(of: number, in: known)
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

    /// The roots, the children of all spans, one parent's after the other's, and where each parent's begin.
    private static func children(
        _ spans: UnsafeBufferPointer<TraceSpan>
    ) -> (roots: [Int], numbers: [Int32], offsets: [Int32]) {
        var offsets = [Int32](repeating: 0, count: spans.count + 1)
        var roots: [Int] = []
        offsets.withUnsafeMutableBufferPointer { offsets in
            // Parents are numbers of spans, of which there is one less than there are offsets.
            for number in spans.indices {
                let parent = Int(spans[number].parentCode)
                if parent >= 0 { offsets[parent &+ 1] &+= 1 } else { roots.append(number) }
            }
            for number in spans.indices { offsets[number &+ 1] &+= offsets[number] }
        }
        var next = offsets
        let count = spans.count - roots.count
        let numbers = [Int32](unsafeUninitializedCapacity: count) { numbers, filled in
            next.withUnsafeMutableBufferPointer { next in
                // Every place is written once: each parent has as many as spans name it. Spans are in order, so that each
                // parent's children come in order too.
                for number in spans.indices {
                    let parent = Int(spans[number].parentCode)
                    guard parent >= 0 else { continue }
                    numbers.initializeElement(at: Int(next[parent]), to: Int32(truncatingIfNeeded: number))
                    next[parent] &+= 1
                }
            }
            filled = count
        }
        return (roots, numbers, offsets)
    }

    /// Sets the depths of the spans, and returns the order in which a walk meets them.
    private static func walk(
        _ spans: UnsafeMutableBufferPointer<TraceSpan>, from roots: [Int], _ children: [Int32], _ offsets: [Int32]
    ) -> [Int32] {
        [Int32](unsafeUninitializedCapacity: spans.count) { order, met in
            children.withUnsafeBufferPointer { children in
                offsets.withUnsafeBufferPointer { offsets in
                    withUnsafeTemporaryAllocation(of: Int32.self, capacity: spans.count) { stack in
                        // Every span has one parent or is a root, and there are no cycles: it is put on the stack once, and
                        // met once, so that both have room for it.
                        var height = 0
                        for root in roots.reversed() {
                            stack.initializeElement(at: height, to: Int32(truncatingIfNeeded: root))
                            height &+= 1
                        }
                        while height > 0 {
                            height &-= 1
                            let number = stack[height]
                            order.initializeElement(at: met, to: number)
                            met &+= 1
                            let below = spans[Int(number)].depthCode &+ 1
                            let first = Int(offsets[Int(number)])
                            var place = Int(offsets[Int(number) &+ 1])
                            while place > first {
                                place &-= 1
                                spans[Int(children[place])].depthCode = below
                                stack.initializeElement(at: height, to: children[place])
                                height &+= 1
                            }
                        }
                    }
                }
            }
        }
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
