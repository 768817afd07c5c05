/// A span of a trace that was looked up, with its place in the tree.
package struct TraceSpan: Sendable {
    /// The chunk that holds the span.
    package let chunk: Chunk
    /// Its row there.
    package let row: Int
    /// The number of the parent within ``Trace/spans``; `nil` for a root and where the parent is missing.
    package internal(set) var parent: Int?
    /// The numbers of the children, by start, then by id.
    package internal(set) var children: [Int] = []
    /// How many ancestors there are.
    package internal(set) var depth = 0
    /// The parent id that no span of the trace has.
    package internal(set) var missingParent: SpanID?
    /// Whether the span's parents formed a cycle, which was cut here.
    package internal(set) var isCycleCut = false

    /// The span's columns.
    package var table: SpanTable { chunk.table }
    /// The span's id.
    package var id: SpanID { chunk.table.spanID(row) }
    /// Unix nanoseconds.
    package var start: UInt64 { chunk.table.starts[row] }
    /// Unix nanoseconds; never below the start.
    package var end: UInt64 { max(chunk.table.ends[row], chunk.table.starts[row]) }
    /// Nanoseconds.
    package var duration: UInt64 { end - start }
    /// The span's name.
    package var name: String { chunk.table.name(row).text }
    /// The service's name.
    package var service: String { chunk.table.service(row).text }
    /// Where the span lies in the store.
    package var reference: SpanReference { SpanReference(chunk: chunk.sequence, row: row) }
}

/// A trace put together from the rows that the store holds: the one place where links between spans are resolved.
///
/// Parents may be absent, ids may collide and parents may form cycles; every span of the trace is in the tree once,
/// whatever its ids say.
package struct Trace: Sendable {
    /// The trace.
    package let id: TraceID
    /// The spans by start, then by id.
    package let spans: [TraceSpan]
    /// The numbers of the spans that hang under no other, by start.
    package let roots: [Int]

    /// Unix nanoseconds of the first start.
    package var start: UInt64 { spans.first?.start ?? 0 }
    /// Unix nanoseconds of the last end.
    package var end: UInt64 { spans.reduce(0) { max($0, $1.end) } }

    /// The numbers of all spans, parents before children, children by start.
    package var preorder: [Int] {
        var order: [Int] = []
        order.reserveCapacity(spans.count)
        var stack = Array(roots.reversed())
        while let span = stack.popLast() {
            order.append(span)
            stack.append(contentsOf: spans[span].children.reversed())
        }
        return order
    }
}

extension StoreSnapshot {
    /// Puts a trace together; `nil` when none of its spans is held.
    package func trace(_ id: TraceID) -> Trace? {
        var spans: [TraceSpan] = []
        for chunk in chunks {
            for row in chunk.rows(of: id) { spans.append(TraceSpan(chunk: chunk, row: row)) }
        }
        guard !spans.isEmpty else { return nil }
        spans.sort {
            ($0.start, $0.id.value, $0.chunk.sequence, $0.row) < ($1.start, $1.id.value, $1.chunk.sequence, $1.row)
        }
        return Trace(id: id, linking: spans)
    }
}

extension Trace {
    /// Links spans, which must be in order.
    init(id: TraceID, linking spans: [TraceSpan]) {
        var spans = spans
        var byID: [UInt64: [Int]] = [:]
        for (number, span) in spans.enumerated() { byID[span.id.value, default: []].append(number) }
        for number in spans.indices {
            let span = spans[number]
            let candidates = byID[span.table.parentIDs[span.row]] ?? []
            spans[number].parent = parent(of: number, among: candidates, in: spans, halves: byID[span.id.value] ?? [])
            if spans[number].parent == nil, span.table.parentIDs[span.row] != 0 {
                spans[number].missingParent = span.table.parentID(span.row)
            }
        }
        cutCycles(&spans)
        var roots: [Int] = []
        for number in spans.indices {
            if let parent = spans[number].parent {
                spans[parent].children.append(number)
            } else {
                roots.append(number)
            }
        }
        var stack = roots
        while let number = stack.popLast() {
            for child in spans[number].children {
                spans[child].depth = spans[number].depth + 1
                stack.append(child)
            }
        }
        self.id = id
        self.spans = spans
        self.roots = roots
    }
}

/// Chooses a span's parent.
///
/// Zipkin's client and server halves share an id: the server half hangs under the client half, and children hang under
/// the half of their own service, else under the server half.
private func parent(of number: Int, among candidates: [Int], in spans: [TraceSpan], halves: [Int]) -> Int? {
    let span = spans[number]
    let kind = span.table.kind(span.row)
    if kind == .server || kind == .consumer {
        let other: SpanKind = kind == .server ? .client : .producer
        if let half = halves.first(where: { $0 != number && spans[$0].table.kind(spans[$0].row) == other }) {
            return half
        }
    }
    guard span.table.parentIDs[span.row] != 0 else { return nil }
    let others = candidates.filter { $0 != number }
    if others.count <= 1 { return others.first }
    let service = span.table.service(span.row)
    return others.first { spans[$0].table.service(spans[$0].row) == service }
        ?? others.first { spans[$0].table.kind(spans[$0].row) == .server } ?? others.first
}

/// Cuts every cycle of parents at its first span by start.
private func cutCycles(_ spans: inout [TraceSpan]) {
    var state = [UInt8](repeating: 0, count: spans.count)
    for first in spans.indices where state[first] == 0 {
        var path: [Int] = []
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
