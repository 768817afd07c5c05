/// A span of a trace that was looked up, with its place in the tree.
///
/// What walks over a trace need of every span is read from its columns once and kept here, as plain numbers: hundreds of
/// thousands of spans are read, sorted and linked without a single allocation for one of them.
package struct TraceSpan: Sendable, BitwiseCopyable {
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
    /// Which of ``Trace/chunks`` holds the span.
    @usableFromInline let chunkCode: UInt32
    /// The row there.
    @usableFromInline let rowCode: UInt32
    /// The number of the parent; -1 for none.
    package internal(set) var parentCode: Int32 = -1
    @usableFromInline var depthCode: Int32 = 0
    @usableFromInline let eventCode: UInt32
    /// The kind.
    package let kind: SpanKind
    /// The status.
    package let status: StatusCode
    @usableFromInline var flags: UInt8

    @usableFromInline static let open: UInt8 = 1
    @usableFromInline static let noStart: UInt8 = 2
    @usableFromInline static let missing: UInt8 = 4
    @usableFromInline static let cycle: UInt8 = 8
    @usableFromInline static let linked: UInt8 = 16

    /// Reads a span from its columns; chunks have far fewer than 2^32 rows.
    ///
    /// - Parameter table: Borrowed: a copy would count each of its columns, for every span.
    init(_ table: borrowing SpanTable, row: Int, chunk: Int) {
        id = table.spanID(row)
        parentID = table.parentID(row)
        start = table.starts[row]
        let end = table.ends[row]
        self.end = max(end, start)
        nameSymbol = table.name(row)
        resource = table.resourceOf[row]
        serviceSymbol = table.resources[Int(resource)].service
        kind = table.kind(row)
        status = table.status(row)
        chunkCode = UInt32(truncatingIfNeeded: chunk)
        rowCode = UInt32(truncatingIfNeeded: row)
        eventCode = table.events.isEmpty ? 0 : UInt32(truncatingIfNeeded: table.eventCount(row))
        let hasLinks = !table.links.isEmpty && table.linkCount(row) > 0
        flags = (end == 0 ? Self.open : 0) | (hasLinks ? Self.linked : 0)
    }

    /// Which of ``Trace/chunks`` holds the span.
    @inlinable @inline(__always) package var chunk: Int { Int(chunkCode) }
    /// The span's row in its chunk.
    @inlinable @inline(__always) package var row: Int { Int(rowCode) }
    /// How many events the span has.
    @inlinable @inline(__always) package var eventCount: Int { Int(eventCode) }
    /// Whether the span links to others.
    @inlinable @inline(__always) package var hasLinks: Bool { flags & Self.linked != 0 }
    /// Whether the span has not ended yet.
    @inlinable @inline(__always) package var isOpen: Bool { flags & Self.open != 0 }
    /// Whether the telemetry does not say when the span began, as Zipkin's late halves do not.
    package internal(set) var hasNoStart: Bool {
        @inlinable @inline(__always) get { flags & Self.noStart != 0 }
        set { set(Self.noStart, newValue) }
    }
    /// Whether the span's parents formed a cycle, which was cut here.
    package internal(set) var isCycleCut: Bool {
        @inlinable @inline(__always) get { flags & Self.cycle != 0 }
        set { set(Self.cycle, newValue) }
    }
    /// Whether no span of the trace has the parent's id.
    package internal(set) var isOrphan: Bool {
        @inlinable @inline(__always) get { flags & Self.missing != 0 }
        set { set(Self.missing, newValue) }
    }
    /// The parent id that no span of the trace has.
    @inlinable @inline(__always) package var missingParent: SpanID? { isOrphan ? parentID : nil }
    /// The number of the parent within ``Trace/spans``; `nil` for a root and where the parent is missing.
    package internal(set) var parent: Int? {
        @inlinable @inline(__always) get { parentCode < 0 ? nil : Int(parentCode) }
        set { parentCode = newValue.map { Int32(truncatingIfNeeded: $0) } ?? -1 }
    }
    /// How many ancestors there are.
    package internal(set) var depth: Int {
        @inlinable @inline(__always) get { Int(depthCode) }
        set { depthCode = Int32(truncatingIfNeeded: newValue) }
    }

    private mutating func set(_ flag: UInt8, _ isSet: Bool) {
        flags = isSet ? flags | flag : flags & ~flag
    }

    /// Nanoseconds.
    @inlinable @inline(__always) package var duration: UInt64 { end - start }
    /// The span's name.
    package var name: String { nameSymbol.text }
    /// The service's name.
    package var service: String { serviceSymbol.text }
}

/// A trace put together from the rows that the store holds: the one place where links between spans are resolved.
///
/// Parents may be absent, ids may collide and parents may form cycles; every span of the trace is in the tree once,
/// whatever its ids say. The tree is two arrays: the numbers of all children, one parent's after the other's, and where
/// each parent's begin.
package struct Trace: Sendable {
    /// The trace.
    package let id: TraceID
    /// The spans by start, then by id.
    package let spans: [TraceSpan]
    /// The numbers of the spans that hang under no other, by start.
    package let roots: [Int]
    /// What holds the spans' columns.
    package let chunks: [Chunk]
    /// The numbers of all children, each parent's together and by start, then by id.
    package let childNumbers: [Int32]
    /// The numbers of all spans, parents before children, children by start.
    package let order: [Int32]
    /// Where each span's children begin in ``childNumbers``; one more than there are spans.
    @usableFromInline let childOffsets: [Int32]

    init(
        id: TraceID, spans: [TraceSpan], roots: [Int], chunks: [Chunk], childNumbers: [Int32], childOffsets: [Int32],
        order: [Int32]
    ) {
        self.id = id
        self.spans = spans
        self.roots = roots
        self.chunks = chunks
        self.childNumbers = childNumbers
        self.childOffsets = childOffsets
        self.order = order
    }

    /// Unix nanoseconds of the first start.
    package var start: UInt64 { spans.first?.start ?? 0 }
    /// Unix nanoseconds of the last end.
    package var end: UInt64 { spans.reduce(0) { max($0, $1.end) } }
    /// The numbers of all spans, parents before children, children by start.
    package var preorder: [Int] { order.map { Int($0) } }

    /// Where the children of a span stand in ``childNumbers``; for loops over all spans.
    @inlinable @inline(__always) package func childPlaces(of span: Int) -> Range<Int> {
        Int(childOffsets[span])..<Int(childOffsets[span + 1])
    }

    /// Gives the tree as plain memory, valid during the call; for loops over all spans.
    @inlinable package func withTree<R>(_ body: (TraceTree) -> R) -> R {
        spans.withUnsafeBufferPointer { spans in
            childNumbers.withUnsafeBufferPointer { numbers in
                childOffsets.withUnsafeBufferPointer { offsets in
                    body(TraceTree(spans: spans, childNumbers: numbers, childOffsets: offsets))
                }
            }
        }
    }

    /// The numbers of the children of a span, by start, then by id.
    package func children(of span: Int) -> [Int] { childNumbers[childPlaces(of: span)].map { Int($0) } }

    /// The columns that hold a span; a copy of them all, so not for use in loops over spans.
    package func table(of span: TraceSpan) -> SpanTable { chunks[span.chunk].table }

    /// Where a span lies in the store.
    package func reference(of span: TraceSpan) -> SpanReference {
        SpanReference(chunk: chunks[span.chunk].sequence, row: span.row)
    }
}

/// The spans of a trace and the tree they form, during a call of ``Trace/withTree(_:)``.
///
/// What is read through it is not compared with any count: numbers of spans come from loops over `spans`, from `parentCode`
/// and from `childNumbers`, which all lie below the count of the spans; offsets have one more, the last of which is the
/// count of the child numbers.
package struct TraceTree {
    /// The spans by start, then by id.
    package let spans: UnsafeBufferPointer<TraceSpan>
    /// The numbers of all children, each parent's together.
    package let childNumbers: UnsafeBufferPointer<Int32>
    /// Where each span's children begin in `childNumbers`; one more than there are spans.
    package let childOffsets: UnsafeBufferPointer<Int32>

    @inlinable init(
        spans: UnsafeBufferPointer<TraceSpan>, childNumbers: UnsafeBufferPointer<Int32>,
        childOffsets: UnsafeBufferPointer<Int32>
    ) {
        self.spans = spans
        self.childNumbers = childNumbers
        self.childOffsets = childOffsets
    }
}
