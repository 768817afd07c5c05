/// A list of attributes within a table: which keys in which order, and where their values begin.
package struct AttributeList: Hashable, Sendable, BitwiseCopyable {
    /// The number of the ordered key list in ``SpanTable/shapes``; zero is the empty list.
    package let shape: UInt32
    /// The place of the first value's code in ``SpanTable/attributeValues``; in a packed table the number of the list
    /// among those of its shape.
    package let offset: UInt32

    /// Makes a list from its shape and the place of its values.
    @inlinable @inline(__always) package init(shape: UInt32, offset: UInt32) {
        self.shape = shape
        self.offset = offset
    }

    /// No attributes.
    @inlinable package static var none: AttributeList { AttributeList(shape: 0, offset: 0) }
}

/// Where a shape's keys stand in ``SpanTable/shapeKeys``.
package struct Shape: Sendable, BitwiseCopyable {
    /// The place of the first key.
    package let offset: UInt32
    /// How many keys the shape has.
    package let count: UInt32
}

/// The emitter of spans: a process with its attributes.
package struct ResourceRow: Sendable, BitwiseCopyable {
    /// `service.name`, or `unknown_service` where it is missing.
    package let service: Symbol
    /// `service.version`; empty where it is missing.
    package let version: Symbol
    /// `deployment.environment.name`, else `deployment.environment`, else empty.
    package let environment: Symbol
    /// `service.instance.id`; the empty code where it is missing.
    package let instance: ValueCode
    /// All attributes of the resource.
    package let attributes: AttributeList
}

/// The library that made spans.
package struct ScopeRow: Sendable, BitwiseCopyable {
    /// The scope's name; empty where it is missing.
    package let name: Symbol
    /// The scope's version; empty where it is missing.
    package let version: Symbol
    /// The scope's own attributes.
    package let attributes: AttributeList
}

/// Something that happened during a span.
package struct EventRow: Sendable, BitwiseCopyable {
    /// When, in Unix nanoseconds.
    package let time: UInt64
    /// What, such as `exception`.
    package let name: ValueCode
    /// More about it.
    package let attributes: AttributeList
}

/// A pointer from a span to another span, often in another trace.
package struct LinkRow: Sendable, BitwiseCopyable {
    /// The trace pointed to.
    package let trace: TraceID
    /// The span pointed to.
    package let span: SpanID
    /// The link's own trace state.
    package let traceState: ValueCode
    /// More about it.
    package let attributes: AttributeList
}

/// Rows that arrived together: everything from `firstRow` on, up to the next mark.
package struct ArrivalMark: Sendable, BitwiseCopyable {
    /// The first row that arrived then.
    package let firstRow: UInt32
    /// When it arrived, in Unix nanoseconds.
    package let time: UInt64
}

/// Spans as columns: the read side of a batch or a chunk.
///
/// One row is one span. Every column has one element a row unless said otherwise. Strings are symbols of the process
/// (``Words``) or codes of this table's own ``values``. Rows keep ids, never the rows they point to; links between
/// spans are resolved when a trace is looked at (``Trace``).
package struct SpanTable: Sendable {
    /// How many rows there are.
    package internal(set) var count = 0
    /// The first half of the trace ids.
    package internal(set) var traceHigh = Column<UInt64>()
    /// The second half of the trace ids.
    package internal(set) var traceLow = Column<UInt64>()
    /// The spans' ids.
    package internal(set) var spanIDs = Column<UInt64>()
    /// The ids of the spans' parents; zero for none.
    package internal(set) var parentIDs = Column<UInt64>()
    /// When the spans began, in Unix nanoseconds.
    package internal(set) var starts = Column<UInt64>()
    /// When the spans ended, in Unix nanoseconds; below the start for a broken clock, zero for a span still open.
    package internal(set) var ends = Column<UInt64>()
    /// Symbols of the spans' names.
    package internal(set) var names = Column<UInt32>()
    /// Numbers of the spans' resources in ``resources``.
    package internal(set) var resourceOf = Column<UInt32>()
    /// Numbers of the spans' scopes in ``scopes``.
    package internal(set) var scopeOf = Column<UInt32>()
    /// Kind in the low four bits, status in the high four.
    package internal(set) var kindAndStatus = Column<UInt8>()
    /// OTLP's span flags, kept as they came.
    package internal(set) var flags = Column<UInt32>()
    /// Codes of the status messages; the empty code for none.
    package internal(set) var statusMessages = Column<UInt32>()
    /// Codes of the trace states; the empty code for none.
    package internal(set) var traceStates = Column<UInt32>()
    /// Shapes of the spans' attributes.
    package internal(set) var attributeShapes = Column<UInt32>()
    /// Places of the spans' first attribute values; read values with ``valueCode(_:_:)``.
    package internal(set) var attributeOffsets = Column<UInt32>()
    /// Places of the spans' first events; a span's events end where the next span's begin.
    package internal(set) var eventOffsets = Column<UInt32>()
    /// Places of the spans' first links; a span's links end where the next span's begin.
    package internal(set) var linkOffsets = Column<UInt32>()

    /// Codes of attribute values, one after another by list.
    package internal(set) var attributeValues = Column<UInt32>()
    /// Symbols of attribute keys, one after another by shape.
    package internal(set) var shapeKeys = Column<UInt32>()
    /// The ordered key lists; the first is the empty list.
    package internal(set) var shapes = Column<Shape>()
    /// The resources.
    package internal(set) var resources = Column<ResourceRow>()
    /// The scopes.
    package internal(set) var scopes = Column<ScopeRow>()
    /// The events of all spans.
    package internal(set) var events = Column<EventRow>()
    /// The links of all spans.
    package internal(set) var links = Column<LinkRow>()
    /// When the rows arrived, by run of rows.
    package internal(set) var arrivals = Column<ArrivalMark>()
    /// The distinct values.
    package internal(set) var values = ValueTable()
    /// Set when the table was packed: what its columns are worked out from. The places of attribute values are then the
    /// numbers of the lists within their shapes.
    var packed: PackedTable?

    init() {
        shapes.append(Shape(offset: 0, count: 0))
    }

    /// The trace of a row.
    package func traceID(_ row: Int) -> TraceID { TraceID(high: traceHigh[row], low: traceLow[row]) }

    /// The id of a row.
    package func spanID(_ row: Int) -> SpanID { SpanID(spanIDs[row]) }

    /// The id of a row's parent; zero for none.
    package func parentID(_ row: Int) -> SpanID { SpanID(parentIDs[row]) }

    /// How long a row's span took, in nanoseconds; zero when it ended before it began or is still open.
    package func duration(_ row: Int) -> UInt64 {
        let start = starts[row]
        let end = ends[row]
        return end > start ? end - start : 0
    }

    /// The name of a row's span.
    package func name(_ row: Int) -> Symbol { Symbol(code: names[row]) }

    /// The kind of a row's span.
    package func kind(_ row: Int) -> SpanKind { SpanKind(rawValue: kindAndStatus[row] & 0x0F) ?? .unspecified }

    /// The status of a row's span.
    package func status(_ row: Int) -> StatusCode { StatusCode(rawValue: kindAndStatus[row] >> 4) ?? .unset }

    /// The status message of a row's span; empty for none.
    package func statusMessage(_ row: Int) -> String { values.text(ValueCode(bits: statusMessages[row])) }

    /// The trace state of a row's span; empty for none.
    package func traceState(_ row: Int) -> String { values.text(ValueCode(bits: traceStates[row])) }

    /// The emitter of a row.
    package func resource(_ row: Int) -> ResourceRow { resources[Int(resourceOf[row])] }

    /// The library of a row.
    package func scope(_ row: Int) -> ScopeRow { scopes[Int(scopeOf[row])] }

    /// The service of a row.
    package func service(_ row: Int) -> Symbol { resources[Int(resourceOf[row])].service }

    /// The attributes of a row.
    package func attributes(_ row: Int) -> AttributeList {
        AttributeList(shape: attributeShapes[row], offset: attributeOffsets[row])
    }

    /// The events of a row.
    package func events(_ row: Int) -> [EventRow] {
        let end = row + 1 < count ? Int(eventOffsets[row + 1]) : events.count
        return (Int(eventOffsets[row])..<max(end, Int(eventOffsets[row]))).map { events[$0] }
    }

    /// The links of a row.
    package func links(_ row: Int) -> [LinkRow] {
        let end = row + 1 < count ? Int(linkOffsets[row + 1]) : links.count
        return (Int(linkOffsets[row])..<max(end, Int(linkOffsets[row]))).map { links[$0] }
    }

    /// When a row arrived, in Unix nanoseconds.
    package func arrival(_ row: Int) -> UInt64 {
        var low = 0
        var high = arrivals.count
        while low < high {
            let middle = (low + high) / 2
            if Int(arrivals[middle].firstRow) <= row { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : arrivals[low - 1].time
    }

    /// How many attributes a list has.
    package func count(_ list: AttributeList) -> Int { Int(shapes[Int(list.shape)].count) }

    /// The key at a position of a list.
    package func key(_ list: AttributeList, _ position: Int) -> Symbol {
        Symbol(code: shapeKeys[Int(shapes[Int(list.shape)].offset) + position])
    }

    /// The code of the value at a position of a list.
    package func valueCode(_ list: AttributeList, _ position: Int) -> ValueCode {
        if let packed { return packed.code(list, position) }
        return ValueCode(bits: attributeValues[Int(list.offset) + position])
    }

    /// The position of a key in a shape; `nil` where the shape does not have it. The last of equal keys counts.
    package func position(of key: Symbol, inShape shape: UInt32) -> Int? {
        let shape = shapes[Int(shape)]
        var position = Int(shape.count) - 1
        while position >= 0 {
            if shapeKeys[Int(shape.offset) + position] == key.code { return position }
            position -= 1
        }
        return nil
    }

    /// The code of the value that a list has for a key.
    package func valueCode(_ list: AttributeList, key: Symbol) -> ValueCode? {
        position(of: key, inShape: list.shape).map { valueCode(list, $0) }
    }

    /// A list as keys and values, in the order they came.
    package func decoded(_ list: AttributeList) -> [Attribute] {
        (0..<count(list)).map { Attribute(key(list, $0).text, values.value(valueCode(list, $0))) }
    }
}
