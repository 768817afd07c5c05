/// A span of a trace that was looked up, with its place in the tree.
///
/// What walks over a trace need of every span is read from its columns once and kept here.
package struct TraceSpan: Sendable {
    /// The chunk that holds the span.
    package let chunk: Chunk
    /// Its row there.
    package let row: Int
    /// The span's id.
    package let id: SpanID
    /// The id of the span's parent; zero for none.
    package let parentID: SpanID
    /// Unix nanoseconds; that of the nearest ancestor with a start where ``hasNoStart``.
    package internal(set) var start: UInt64
    /// Unix nanoseconds; never below the start.
    package internal(set) var end: UInt64
    /// The symbol of the span's name.
    package let nameSymbol: Symbol
    /// The symbol of the service's name.
    package let serviceSymbol: Symbol
    /// The number of the span's resource in its chunk.
    package let resource: UInt32
    /// The kind.
    package let kind: SpanKind
    /// The status.
    package let status: StatusCode
    /// Whether the span has not ended yet.
    package let isOpen: Bool
    /// Whether the telemetry does not say when the span began, as Zipkin's late halves do not.
    package internal(set) var hasNoStart = false
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

    init(chunk: Chunk, row: Int) {
        self.chunk = chunk
        self.row = row
        id = chunk.table.spanID(row)
        parentID = chunk.table.parentID(row)
        start = chunk.table.starts[row]
        end = max(chunk.table.ends[row], chunk.table.starts[row])
        isOpen = chunk.table.ends[row] == 0
        nameSymbol = chunk.table.name(row)
        serviceSymbol = chunk.table.service(row)
        resource = chunk.table.resourceOf[row]
        kind = chunk.table.kind(row)
        status = chunk.table.status(row)
    }

    /// The span's columns; a copy of them all, so not for use in loops over spans.
    package var table: SpanTable { chunk.table }
    /// Nanoseconds.
    package var duration: UInt64 { end - start }
    /// The span's name.
    package var name: String { nameSymbol.text }
    /// The service's name.
    package var service: String { serviceSymbol.text }
    /// How many events the span has.
    package var eventCount: Int { chunk.table.eventCount(row) }
    /// How many links the span has.
    package var linkCount: Int { chunk.table.linkCount(row) }
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
        fillMissingStarts(&spans)
        // Rows come by chunk and row, so that their order decides between equal starts and ids.
        let order = spans.indices.sorted { a, b in
            if spans[a].start != spans[b].start { return spans[a].start < spans[b].start }
            return spans[a].id != spans[b].id ? spans[a].id < spans[b].id : a < b
        }
        return Trace(id: id, linking: order.map { spans[$0] })
    }
}

/// Gives spans without a start that of their nearest ancestor that has one, else the first of the trace.
///
/// Only where other spans of the trace say when they began: a trace that counts from zero is taken as it is.
private func fillMissingStarts(_ spans: inout [TraceSpan]) {
    let earliestCredible: UInt64 = 946_684_800_000_000_000
    let first = spans.lazy.map(\.start).filter { $0 >= earliestCredible }.min()
    guard let first, spans.contains(where: { $0.start == 0 }) else { return }
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
    init(id: TraceID, linking spans: [TraceSpan]) {
        var spans = spans
        let index = ParentIndex(spans)
        for number in spans.indices {
            let span = spans[number]
            spans[number].parent = index.parent(of: number, in: spans)
            guard spans[number].parent == nil, !span.parentID.isZero else { continue }
            if span.parentID == span.id {
                spans[number].isCycleCut = true
            } else {
                spans[number].missingParent = span.parentID
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

/// Finds the spans of a trace that have an id, also where hostile data gives one id to all of them.
private struct ParentIndex {
    /// The first two spans of some kind, so that one is left when a span looks for another than itself.
    private struct FirstTwo {
        private var first: Int?
        private var second: Int?

        mutating func add(_ number: Int) {
            if first == nil { first = number } else if second == nil { second = number }
        }

        func other(than number: Int) -> Int? { first == number ? second : first }
    }

    /// The spans that share one id.
    private struct Sharing {
        var all = FirstTwo()
        var byKind: [SpanKind: FirstTwo] = [:]
        var byService: [Symbol: FirstTwo] = [:]

        mutating func add(_ number: Int, _ span: TraceSpan) {
            all.add(number)
            byKind[span.kind, default: FirstTwo()].add(number)
            byService[span.serviceSymbol, default: FirstTwo()].add(number)
        }
    }

    /// The first span with each id.
    private var first: [SpanID: Int] = [:]
    /// The spans of each id that more than one has.
    private var shared: [SpanID: Sharing] = [:]

    init(_ spans: [TraceSpan]) {
        first.reserveCapacity(spans.count)
        for (number, span) in spans.enumerated() {
            guard let earlier = first[span.id] else {
                first[span.id] = number
                continue
            }
            if shared[span.id] == nil {
                var sharing = Sharing()
                sharing.add(earlier, spans[earlier])
                shared[span.id] = sharing
            }
            shared[span.id]?.add(number, span)
        }
    }

    /// Chooses a span's parent.
    ///
    /// Zipkin's client and server halves share an id: the server half hangs under the client half, and children hang
    /// under the half of their own service, else under the server half.
    func parent(of number: Int, in spans: [TraceSpan]) -> Int? {
        let span = spans[number]
        if !shared.isEmpty, span.kind == .server || span.kind == .consumer {
            let calling: SpanKind = span.kind == .server ? .client : .producer
            if let half = shared[span.id]?.byKind[calling]?.other(than: number) { return half }
        }
        guard !span.parentID.isZero else { return nil }
        guard !shared.isEmpty, let sharing = shared[span.parentID] else {
            return first[span.parentID].flatMap { $0 == number ? nil : $0 }
        }
        return sharing.byService[span.serviceSymbol]?.other(than: number)
            ?? sharing.byKind[.server]?.other(than: number) ?? sharing.all.other(than: number)
    }
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
