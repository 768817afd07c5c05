import Telemetry

/// Tags as they stand on the wire, `number << 3 | wire type`, of the messages on the way to a span.
private enum Tag {
    /// An embedded message, string or byte string with this field number.
    @inline(__always) static func bytes(_ number: UInt32) -> UInt32 { number << 3 | 2 }
}

/// One pass over an `ExportTraceServiceRequest`, straight into the columns of a batch.
struct OTLPProtobufTraces {
    private(set) var counts = DecodedCounts()
    private var words = ProtobufWordCache()

    /// TracesData: `resource_spans = 1`.
    mutating func decode(_ request: ProtobufReader, into batch: inout SpanBatch) throws(ProtobufFault) {
        var reader = request
        while !reader.isAtEnd {
            let tag = try reader.tag()
            if tag == Tag.bytes(1) {
                try decodeResourceSpans(try reader.message(), into: &batch)
            } else {
                try reader.skipUnknown(tag, known: 0b10)
            }
        }
    }

    /// ResourceSpans: `resource = 1`, `scope_spans = 2`, `schema_url = 3`.
    ///
    /// The resource may follow its spans, so it is looked for first; that steps from scope to scope.
    private mutating func decodeResourceSpans(
        _ message: ProtobufReader,
        into batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        batch.dropAttributes()
        var resource = MessageParts()
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case Tag.bytes(1):
                if let part = resource.next(try reader.message(), .resource, &batch) {
                    try addResource(part.first, &resource.attributes, to: &batch)
                    if let second = part.second { try addResource(second, &resource.attributes, to: &batch) }
                }
            case Tag.bytes(2), Tag.bytes(3): _ = try reader.lengthDelimited()
            default: try reader.skipUnknown(tag, known: 0b1110)
            }
        }
        let number = resource.number ?? batch.appendResource(batch.takeAttributes())
        resource.remember(number, .resource, &batch)
        reader = message
        while !reader.isAtEnd {
            let tag = try reader.tag()
            if tag == Tag.bytes(2) {
                try decodeScopeSpans(try reader.message(), resource: number, into: &batch)
            } else {
                try reader.skip(tag)
            }
        }
    }

    /// What the bytes of a resource or a scope are remembered as.
    private enum MessageKind: UInt32 {
        case resource = 1
        case scope = 2
    }

    /// The parts in which a resource or scope comes: one, as a rule, whose bytes may be known already.
    private struct MessageParts {
        /// The number that the only part is known by.
        private(set) var number: UInt32?
        var attributes = 0
        private var only: ProtobufReader?
        private var count = 0

        /// Takes the next part; gives what is to be read now: nothing, it, or the one before and it.
        @inline(__always) mutating func next(
            _ part: ProtobufReader,
            _ kind: MessageKind,
            _ batch: inout SpanBatch
        ) -> (first: ProtobufReader, second: ProtobufReader?)? {
            count += 1
            guard count == 1 else {
                defer { number = nil }
                if number != nil, let only { return (only, part) }
                return (part, nil)
            }
            only = part
            number = batch.number(ofMessage: part.whole, kind: kind.rawValue)
            return number == nil ? (part, nil) : nil
        }

        /// Has the batch remember the number if one part was read for it.
        @inline(__always) func remember(_ number: UInt32, _ kind: MessageKind, _ batch: inout SpanBatch) {
            guard count == 1, self.number == nil, let only else { return }
            batch.remember(message: only.whole, kind: kind.rawValue, number: number)
        }
    }

    /// Resource: `attributes = 1`, `dropped_attributes_count = 2`, `entity_refs = 3`.
    private mutating func addResource(
        _ message: ProtobufReader,
        _ attributes: inout Int,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case Tag.bytes(1): try OTLPProtobufValues.add(try reader.message(), &attributes, to: &batch)
            case Tag.bytes(3): _ = try reader.lengthDelimited()
            case 2 << 3: _ = try reader.varint()
            default: try reader.skipUnknown(tag, known: 0b1110)
            }
        }
    }

    /// ScopeSpans: `scope = 1`, `spans = 2`, `schema_url = 3`, in one pass when the scope comes first.
    private mutating func decodeScopeSpans(
        _ message: ProtobufReader,
        resource: UInt32,
        into batch: inout SpanBatch
    ) throws(ProtobufFault) {
        let (firstRow, countsBefore) = (batch.count, counts)
        var reader = message
        var scope = Scope()
        var parts = MessageParts()
        var number: UInt32?
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case Tag.bytes(2):
                let span = try reader.message()
                let known = number ?? self.number(of: scope, parts, &batch)
                number = known
                try decodeSpan(span, resource: resource, scope: known, into: &batch)
            case Tag.bytes(1):
                let part = try reader.message()
                guard number == nil else {
                    batch.truncate(to: firstRow)
                    counts = countsBefore
                    return try decodeLateScope(message, resource: resource, into: &batch)
                }
                if let part = parts.next(part, .scope, &batch) {
                    try scope.merge(part.first, &batch)
                    if let second = part.second { try scope.merge(second, &batch) }
                }
            case Tag.bytes(3): _ = try reader.lengthDelimited()
            default: try reader.skipUnknown(tag, known: 0b1110)
            }
        }
        // A scope without spans leaves attributes that belong to nobody.
        if number == nil { batch.dropAttributes() }
    }

    /// The number of a scope that is whole, known by its bytes or read.
    private func number(of scope: Scope, _ parts: MessageParts, _ batch: inout SpanBatch) -> UInt32 {
        if let known = parts.number { return known }
        let number = append(scope, to: &batch)
        parts.remember(number, .scope, &batch)
        return number
    }

    /// ScopeSpans in which a part of the scope comes after spans: the scope is looked for first.
    private mutating func decodeLateScope(
        _ message: ProtobufReader,
        resource: UInt32,
        into batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        var scope = Scope()
        while !reader.isAtEnd {
            let tag = try reader.tag()
            if tag == Tag.bytes(1) { try scope.merge(try reader.message(), &batch) } else { try reader.skip(tag) }
        }
        let number = append(scope, to: &batch)
        reader = message
        while !reader.isAtEnd {
            let tag = try reader.tag()
            if tag == Tag.bytes(2) {
                try decodeSpan(try reader.message(), resource: resource, scope: number, into: &batch)
            } else {
                try reader.skip(tag)
            }
        }
    }

    private func append(_ scope: Scope, to batch: inout SpanBatch) -> UInt32 {
        let attributes = batch.takeAttributes()
        return batch.appendScope(name: scope.name, version: scope.version, attributes: attributes)
    }

    /// InstrumentationScope: `name = 1`, `version = 2`, `attributes = 3`, `dropped_attributes_count = 4`.
    private struct Scope {
        var name = Symbol.empty
        var version = Symbol.empty
        var attributes = 0

        mutating func merge(
            _ message: ProtobufReader,
            _ batch: inout SpanBatch
        ) throws(ProtobufFault) {
            var reader = message
            while !reader.isAtEnd {
                let tag = try reader.tag()
                switch tag {
                case Tag.bytes(1): name = batch.word(try reader.buffer())
                case Tag.bytes(2): version = batch.word(try reader.buffer())
                case Tag.bytes(3): try OTLPProtobufValues.add(try reader.message(), &attributes, to: &batch)
                case 4 << 3: _ = try reader.varint()
                default: try reader.skipUnknown(tag, known: 0b11110)
                }
            }
        }
    }

    // MARK: Spans

    /// What is read of a span before it is known to be usable.
    private struct SpanParts {
        var fields = SpanFields()
        var rejection = Rejection.none
        var attributes = 0
        /// Whether ``SpanFields/attributes`` have been taken, since events and links need the place they pend in.
        var areAttributesTaken = false
        /// Whether attributes came after events or links and are to be read again.
        var areAttributesSplit = false
    }

    /// Which id of a span makes it unusable.
    private enum Rejection {
        case none, trace, span, parent

        var message: String {
            switch self {
            case .none: ""
            case .trace: "span dropped: its trace_id is not 16 bytes or is all zero"
            case .span: "span dropped: its span_id is not 8 bytes or is all zero"
            case .parent: "span dropped: its parent_span_id is neither empty nor 8 bytes"
            }
        }
    }

    private mutating func decodeSpan(
        _ message: ProtobufReader,
        resource: UInt32,
        scope: UInt32,
        into batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var parts = SpanParts()
        parts.fields.resource = resource
        parts.fields.scope = scope
        try readSpan(message, &parts, into: &batch)
        if parts.areAttributesSplit {
            batch.dropAttributes()
            parts.attributes = 0
            try readAttributesAgain(message, &parts, into: &batch)
            parts.fields.attributes = batch.takeAttributes()
        } else if !parts.areAttributesTaken {
            parts.fields.attributes = batch.takeAttributes()
        }
        if parts.fields.trace.isZero {
            parts.rejection = .trace
        } else if parts.fields.span.isZero {
            parts.rejection = .span
        }
        guard parts.rejection == .none else {
            batch.dropSpan()
            counts.rejectedSpans += 1
            if counts.message == nil { counts.message = parts.rejection.message }
            return
        }
        batch.appendSpan(parts.fields)
        counts.spans += 1
    }

    /// Span: `trace_id = 1` … `flags = 16`, in one pass for attributes that come before events and links.
    @inline(__always) private mutating func readSpan(
        _ message: ProtobufReader,
        _ parts: inout SpanParts,
        into batch: inout SpanBatch
    ) throws(ProtobufFault) {
        let isOutline = batch.detail.isOutline
        var reader = message
        readUsualBeginning(&reader, &parts, isOutline, into: &batch)
        while true {
            if isOutline {
                reader.skipMessages(UInt8(Tag.bytes(9)))
            } else if !parts.areAttributesTaken {
                let tags = OTLPProtobufValues.tags(ofField: 9)
                try OTLPProtobufValues.addUsual(&reader, tags, &parts.attributes, to: &batch)
            }
            if let flags = reader.usualFixed32(0x0185) { parts.fields.flags = flags }
            if reader.isAtEnd { return }
            let tag = try reader.tag()
            switch tag {
            case Tag.bytes(9):
                let pair = try reader.message()
                if isOutline {
                    continue
                } else if parts.areAttributesTaken {
                    parts.areAttributesSplit = true
                } else {
                    try OTLPProtobufValues.add(pair, &parts.attributes, to: &batch)
                }
            case Tag.bytes(1): parts.fields.trace = traceID(try reader.buffer())
            case Tag.bytes(2): parts.fields.span = SpanID(eightBytes(try reader.buffer()))
            case Tag.bytes(3): parts.fields.traceState = batch.value(string: try reader.buffer())
            case Tag.bytes(4):
                let id = try reader.buffer()
                parts.fields.parent = SpanID(eightBytes(id))
                parts.rejection = id.isEmpty || id.count == 8 ? .none : .parent
            case Tag.bytes(5):
                parts.fields.name = words.symbol(try reader.lengthDelimited(), in: reader.bytes, &batch)
                if !isOutline { batch.expectAttributes(of: parts.fields.name, parts.fields.kind) }
            case 6 << 3:
                parts.fields.kind = SpanKind(enumValue: try reader.varint())
                if !isOutline { batch.expectAttributes(of: parts.fields.name, parts.fields.kind) }
            case 7 << 3 | 1: parts.fields.start = try reader.fixed64()
            case 8 << 3 | 1: parts.fields.end = try reader.fixed64()
            case Tag.bytes(11):
                let event = try reader.message()
                if isOutline { continue }
                takeAttributes(&parts, from: &batch)
                try addEvent(event, to: &batch)
            case Tag.bytes(13):
                let link = try reader.message()
                if isOutline { continue }
                takeAttributes(&parts, from: &batch)
                try addLink(link, to: &batch)
            case Tag.bytes(15): try readStatus(try reader.message(), &parts.fields, &batch)
            case 16 << 3 | 5: parts.fields.flags = try reader.fixed32()
            case 10 << 3, 12 << 3, 14 << 3: _ = try reader.varint()
            default: try reader.skipUnknown(tag, known: 0b1_1111_1111_1111_1110)
            }
        }
    }

    /// The fields that encoders write first, in the order of their numbers: ids, name, kind and times.
    ///
    /// Each step does what the general way would do in the same place, and stops where anything else stands.
    @inline(__always) private mutating func readUsualBeginning(
        _ reader: inout ProtobufReader,
        _ parts: inout SpanParts,
        _ isOutline: Bool,
        into batch: inout SpanBatch
    ) {
        let bytes = reader.bytes
        var at = reader.position
        // Tag and length: 18 bytes of a trace id, 10 of a span id and 10 of a parent's, and two of a name.
        guard reader.end &- at >= 40, twoBytes(bytes, at) == 0x100A else { return }
        parts.fields.trace = traceID(bytes, at &+ 2)
        at &+= 18
        if twoBytes(bytes, at) == 0x0812 {
            parts.fields.span = SpanID(eightBytes(bytes, at &+ 2))
            at &+= 10
        }
        if twoBytes(bytes, at) == 0x0822 {
            parts.fields.parent = SpanID(eightBytes(bytes, at &+ 2))
            parts.rejection = .none
            at &+= 10
        }
        // A name of less than 128 bytes, and 20 bytes more: a kind and two times, if they are there.
        let count = Int(bytes[at &+ 1])
        if bytes[at] == UInt8(Tag.bytes(5)), count < 0x80, reader.end &- at >= count &+ 22 {
            let begin = at &+ 2
            at = begin &+ count
            parts.fields.name = words.symbol(Range(uncheckedBounds: (begin, at)), in: bytes, &batch)
            if bytes[at] == 6 << 3, bytes[at &+ 1] < 0x80 {
                parts.fields.kind = SpanKind(enumValue: UInt64(bytes[at &+ 1]))
                at &+= 2
            }
            if !isOutline { batch.expectAttributes(of: parts.fields.name, parts.fields.kind) }
            if bytes[at] == 7 << 3 | 1 {
                parts.fields.start = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at &+ 1, as: UInt64.self))
                at &+= 9
            }
            if bytes[at] == 8 << 3 | 1 {
                parts.fields.end = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at &+ 1, as: UInt64.self))
                at &+= 9
            }
        }
        reader.move(to: at)
    }

    /// Takes the span's attributes before an event or a link collects its own.
    @inline(__always) private func takeAttributes(_ parts: inout SpanParts, from batch: inout SpanBatch) {
        guard !parts.areAttributesTaken else { return }
        parts.fields.attributes = batch.takeAttributes()
        parts.areAttributesTaken = true
    }

    /// Reads all attributes of a span in which they stand before and after events or links.
    private mutating func readAttributesAgain(
        _ message: ProtobufReader,
        _ parts: inout SpanParts,
        into batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        while !reader.isAtEnd {
            let tag = try reader.tag()
            if tag == Tag.bytes(9) {
                try OTLPProtobufValues.add(try reader.message(), &parts.attributes, to: &batch)
            } else {
                try reader.skip(tag)
            }
        }
    }

    /// Status: `message = 2`, `code = 3`; field 1 was another code once and is stepped over.
    private func readStatus(
        _ message: ProtobufReader,
        _ fields: inout SpanFields,
        _ batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case 3 << 3: fields.status = StatusCode(enumValue: try reader.varint())
            case Tag.bytes(2): fields.statusMessage = batch.value(string: try reader.buffer())
            default: try reader.skipUnknown(tag, known: 0b1100)
            }
        }
    }

    /// Event: `time_unix_nano = 1`, `name = 2`, `attributes = 3`, `dropped_attributes_count = 4`.
    private mutating func addEvent(_ message: ProtobufReader, to batch: inout SpanBatch) throws(ProtobufFault) {
        var reader = message
        var time: UInt64 = 0
        var name = ValueCode.empty
        var attributes = 0
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 1: time = try reader.fixed64()
            case Tag.bytes(2): name = batch.value(string: try reader.buffer())
            case Tag.bytes(3): try OTLPProtobufValues.add(try reader.message(), &attributes, to: &batch)
            case 4 << 3: _ = try reader.varint()
            default: try reader.skipUnknown(tag, known: 0b11110)
            }
        }
        batch.addEvent(time: time, name: name, attributes: batch.takeAttributes())
    }

    /// Link: `trace_id = 1`, `span_id = 2`, `trace_state = 3`, `attributes = 4`, a dropped count and flags.
    private mutating func addLink(_ message: ProtobufReader, to batch: inout SpanBatch) throws(ProtobufFault) {
        var reader = message
        var trace = TraceID(high: 0, low: 0)
        var span = SpanID(0)
        var state = ValueCode.empty
        var attributes = 0
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case Tag.bytes(1): trace = traceID(try reader.buffer())
            case Tag.bytes(2): span = SpanID(eightBytes(try reader.buffer()))
            case Tag.bytes(3): state = batch.value(string: try reader.buffer())
            case Tag.bytes(4): try OTLPProtobufValues.add(try reader.message(), &attributes, to: &batch)
            case 5 << 3: _ = try reader.varint()
            case 6 << 3 | 5: _ = try reader.fixed32()
            default: try reader.skipUnknown(tag, known: 0b111_1110)
            }
        }
        guard !trace.isZero, !span.isZero else { return batch.dropAttributes() }
        batch.addLink(trace: trace, span: span, traceState: state, attributes: batch.takeAttributes())
    }

    // MARK: Ids

    /// The id in 16 bytes; zero for any other length.
    @inline(__always) private func traceID(_ id: UnsafeRawBufferPointer) -> TraceID {
        guard id.count == 16 else { return TraceID(high: 0, low: 0) }
        return traceID(id, 0)
    }

    /// The id in the 16 bytes that stand at a place.
    @inline(__always) private func traceID(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> TraceID {
        TraceID(high: eightBytes(bytes, place), low: eightBytes(bytes, place &+ 8))
    }

    /// The number in 8 bytes, most significant first; zero for any other length.
    @inline(__always) private func eightBytes(_ id: UnsafeRawBufferPointer) -> UInt64 {
        guard id.count == 8 else { return 0 }
        return eightBytes(id, 0)
    }

    /// The number in the eight bytes that stand at a place, most significant first; callers have compared their end.
    @inline(__always) private func eightBytes(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// The two bytes at a place as a number, the first in the low half; callers have compared their end.
    @inline(__always) private func twoBytes(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt16 {
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
    }
}

extension SpanKind {
    /// The kind with OTLP's number; `unspecified` for numbers of other versions.
    @inline(__always) init(enumValue: UInt64) {
        switch enumValue {
        case 1: self = .internal
        case 2: self = .server
        case 3: self = .client
        case 4: self = .producer
        case 5: self = .consumer
        default: self = .unspecified
        }
    }
}

extension StatusCode {
    /// The status with OTLP's number; `unset` for numbers of other versions.
    @inline(__always) init(enumValue: UInt64) {
        switch enumValue {
        case 1: self = .ok
        case 2: self = .error
        default: self = .unset
        }
    }
}
