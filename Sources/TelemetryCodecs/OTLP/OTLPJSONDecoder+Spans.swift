import Telemetry

/// The fields of a span that are read.
enum SpanField: Int {
    case traceId, spanId, parentSpanId, traceState, name, kind, start, end, attributes, events, links, status, flags
    case unknown

    @inline(__always) init(_ key: JSONKey) {
        self = .unknown
        switch key.count {
        case 4: self = key.is("name") ? .name : key.is("kind") ? .kind : .unknown
        case 5: self = key.is("flags") ? .flags : key.is("links") ? .links : .unknown
        case 6: self = key.is("spanId") ? .spanId : key.is("status") ? .status : key.is("events") ? .events : .unknown
        case 7: if key.is("traceId") { self = .traceId }
        case 10: self = key.is("attributes") ? .attributes : key.is("traceState") ? .traceState : .unknown
        case 12: if key.is("parentSpanId") { self = .parentSpanId }
        case 15: if key.is("endTimeUnixNano") { self = .end }
        case 17: if key.is("startTimeUnixNano") { self = .start }
        default: break
        }
    }

    /// Whether a batch of outlines does without the field.
    var isBeyondOutline: Bool { self == .attributes || self == .events || self == .links }
}

/// Which field of a span came after which: a writer keeps to one order.
struct SpanFieldFollowers {
    private var fields = InlineArray<14, SpanField>(repeating: .traceId)

    subscript(field: SpanField) -> SpanField {
        // A raw value is the place among the 14 cases.
        @inline(__always) get { fields[field.rawValue] }
        set { fields[field.rawValue] = newValue }
    }
}

extension JSONReader {
    /// Consumes the next key of a span: compared with the one that came after `last` in the span before, else read.
    @inline(__always) fileprivate mutating func spanField(
        after last: SpanField, _ followers: inout SpanFieldFollowers
    ) throws(DecodingError) -> SpanField {
        let guess = followers[last]
        let length = keyLength(guess)
        if length > 0 {
            position &+= length
            return guess
        }
        let field = SpanField(try key())
        followers[last] = field
        return field
    }

    /// The length of a field's key with its quotes and colon, if it stands here; zero otherwise.
    @inline(__always) private func keyLength(_ field: SpanField) -> Int {
        let i = position
        switch field {
        case .traceId: return holds("\"traceId\":", at: i) ? 10 : 0
        case .spanId: return holds("\"spanId\":", at: i) ? 9 : 0
        case .parentSpanId: return holds("\"parentSpanId\":", at: i) ? 15 : 0
        case .traceState: return holds("\"traceState\":", at: i) ? 13 : 0
        case .name: return holds("\"name\":", at: i) ? 7 : 0
        case .kind: return holds("\"kind\":", at: i) ? 7 : 0
        case .start: return holds("\"startTimeUnixN", at: i) && holds("ano\":", at: i &+ 15) ? 20 : 0
        case .end: return holds("\"endTimeUnixN", at: i) && holds("ano\":", at: i &+ 13) ? 18 : 0
        case .attributes: return holds("\"attributes\":", at: i) ? 13 : 0
        case .events: return holds("\"events\":", at: i) ? 9 : 0
        case .links: return holds("\"links\":", at: i) ? 8 : 0
        case .status: return holds("\"status\":", at: i) ? 9 : 0
        case .flags: return holds("\"flags\":", at: i) ? 8 : 0
        case .unknown: return 0
        }
    }
}

/// A span while it is read.
struct SpanParts {
    var fields = SpanFields()
    /// Whether the parent's id is empty, zero or of the right form.
    var isParentValid = true
    /// Where the lists of events and links begin, and whether a key came twice so that both are to be read again.
    var events: Int?
    var links: Int?
    var isRepeated = false

    /// Why the span cannot be kept.
    var rejection: String? {
        if fields.trace.isZero { return "span dropped: its traceId is not 32 hexadecimal digits, or all zero" }
        if fields.span.isZero { return "span dropped: its spanId is not 16 hexadecimal digits, or all zero" }
        return isParentValid ? nil : "span dropped: its parentSpanId is neither empty nor 16 hexadecimal digits"
    }
}

extension OTLPJSONDecoder {
    /// Span. Attributes are taken as soon as they are read, so that events and links may come in any order.
    mutating func decodeSpan(_ resource: UInt32, _ scope: UInt32, into batch: inout SpanBatch) throws(DecodingError) {
        var span = SpanParts()
        span.fields.resource = resource
        span.fields.scope = scope
        let isOutline = batch.detail.isOutline
        var more = try reader.beginObject()
        var last = SpanField.unknown
        while more {
            switch try decodeUsualMembers(&span, after: &last, isOutline, &batch) {
            case .atEnd: more = false
            case .afterOne: more = try reader.nextMember()
            case .beforeNext:
                let field = try reader.spanField(after: last, &followers)
                last = field
                if isOutline, field.isBeyondOutline {
                    try reader.skipQuickly()
                } else if try !reader.takeNull() {
                    try decode(field, &span, &batch)
                }
                more = try reader.nextMember()
            }
        }
        if span.isRepeated { try readListsAgain(span, &batch) }
        if let reason = span.rejection {
            batch.dropSpan()
            counts.rejectedSpans += 1
            counts.message = counts.message ?? reason
        } else {
            batch.appendSpan(span.fields)
            counts.spans += 1
        }
    }

    private mutating func decode(
        _ field: SpanField,
        _ span: inout SpanParts,
        _ batch: inout SpanBatch
    ) throws(DecodingError) {
        switch field {
        case .traceId:
            if let id = reader.usualTraceID() {
                span.fields.trace = TraceID(high: id.high, low: id.low)
            } else {
                span.fields.trace = traceID(try reader.string()) ?? TraceID(high: 0, low: 0)
            }
        case .spanId:
            if let id = reader.usualSpanID() {
                span.fields.span = SpanID(id)
            } else {
                span.fields.span = spanID(try reader.string()) ?? SpanID(0)
            }
        case .parentSpanId:
            if let id = reader.usualSpanID() {
                span.isParentValid = true
                span.fields.parent = SpanID(id)
                return
            }
            let text = try reader.string()
            let parent = text.isEmpty ? SpanID(0) : spanID(text)
            span.isParentValid = parent != nil
            span.fields.parent = parent ?? SpanID(0)
        case .traceState: span.fields.traceState = code(try reader.string(), &batch)
        case .name: span.fields.name = batch.word(try reader.string())
        case .kind:
            let number = try reader.enumNumber()
            span.fields.kind = UInt8(exactly: number).flatMap(SpanKind.init(rawValue:)) ?? .unspecified
        case .start: span.fields.start = try reader.uint64()
        case .end: span.fields.end = try reader.uint64()
        case .attributes:
            batch.expectAttributes(of: span.fields.name, span.fields.kind)
            span.fields.attributes = try decodeAttributes(&batch)
        case .events:
            span.isRepeated = span.isRepeated || span.events != nil
            span.events = reader.position
            if span.isRepeated { try reader.skip() } else { try decodeEvents(&batch) }
        case .links:
            span.isRepeated = span.isRepeated || span.links != nil
            span.links = reader.position
            if span.isRepeated { try reader.skip() } else { try decodeLinks(&batch) }
        case .status: try decodeStatus(&span.fields, &batch)
        case .flags: span.fields.flags = try flags()
        case .unknown: try reader.skip()
        }
    }

    /// The last of repeated lists counts: forgets what was read and reads the last ones.
    private mutating func readListsAgain(_ span: SpanParts, _ batch: inout SpanBatch) throws(DecodingError) {
        let end = reader.position
        batch.dropSpan()
        if let events = span.events {
            reader.position = events
            try decodeEvents(&batch)
        }
        if let links = span.links {
            reader.position = links
            try decodeLinks(&batch)
        }
        reader.position = end
    }

    private mutating func decodeEvents(_ batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            try decodeEvent(&batch)
            more = try reader.nextElement()
        }
    }

    private mutating func decodeEvent(_ batch: inout SpanBatch) throws(DecodingError) {
        var time: UInt64 = 0
        var name = ValueCode.empty
        var attributes = AttributeList.none
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("timeUnixNano") {
                time = try reader.uint64()
            } else if key.is("name") {
                name = code(try reader.string(), &batch)
            } else if key.is("attributes") {
                attributes = try decodeAttributes(&batch)
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        batch.addEvent(time: time, name: name, attributes: attributes)
    }

    private mutating func decodeLinks(_ batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            try decodeLink(&batch)
            more = try reader.nextElement()
        }
    }

    private mutating func decodeLink(_ batch: inout SpanBatch) throws(DecodingError) {
        var trace: TraceID?
        var span: SpanID?
        var state = ValueCode.empty
        var attributes = AttributeList.none
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("traceId") {
                trace = traceID(try reader.string())
            } else if key.is("spanId") {
                span = spanID(try reader.string())
            } else if key.is("traceState") {
                state = code(try reader.string(), &batch)
            } else if key.is("attributes") {
                attributes = try decodeAttributes(&batch)
            } else if key.is("flags") {
                _ = try flags()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        guard let trace, let span, !trace.isZero, !span.isZero else { return }
        batch.addLink(trace: trace, span: span, traceState: state, attributes: attributes)
    }

    private mutating func decodeStatus(_ fields: inout SpanFields, _ batch: inout SpanBatch) throws(DecodingError) {
        fields.status = .unset
        fields.statusMessage = .empty
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("code") {
                let number = try reader.enumNumber()
                fields.status = UInt8(exactly: number).flatMap(StatusCode.init(rawValue:)) ?? .unset
            } else if key.is("message") {
                fields.statusMessage = code(try reader.string(), &batch)
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
    }

    private mutating func flags() throws(DecodingError) -> UInt32 {
        let start = reader.position
        guard let flags = UInt32(exactly: try reader.uint64()) else {
            throw reader.failure(at: start, "expected flags of 32 bits")
        }
        return flags
    }

    @inline(__always) func code(_ text: UnsafeRawBufferPointer, _ batch: inout SpanBatch) -> ValueCode {
        text.isEmpty ? .empty : batch.value(string: text)
    }
}

/// The trace id that 32 hexadecimal digits spell.
@inline(__always) private func traceID(_ text: UnsafeRawBufferPointer) -> TraceID? {
    guard text.count == 32, let a = hexadecimal8(text, 0), let b = hexadecimal8(text, 8),
        let c = hexadecimal8(text, 16), let d = hexadecimal8(text, 24)
    else { return nil }
    return TraceID(high: a << 32 | b, low: c << 32 | d)
}

/// The span id that 16 hexadecimal digits spell.
@inline(__always) private func spanID(_ text: UnsafeRawBufferPointer) -> SpanID? {
    guard text.count == 16, let a = hexadecimal8(text, 0), let b = hexadecimal8(text, 8) else { return nil }
    return SpanID(a << 32 | b)
}
