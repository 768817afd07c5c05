import Telemetry

/// One pass over a Jaeger document.
struct JaegerDecoder: ~Copyable {
    var reader: JSONReader
    var counts = DecodedCounts()
    let words = JaegerWords()

    init(_ bytes: UnsafeRawBufferPointer) {
        reader = JSONReader(bytes, format: JaegerJSON.formatName)
    }

    /// A trace, as far as it must be known before its spans are read.
    struct Trace {
        /// Its id, for spans without one.
        var id = TraceID(high: 0, low: 0)
        /// The numbers of its processes' resources.
        var processes: [String: UInt32] = [:]
        /// Where its spans begin.
        var spans: Int?
    }

    mutating func decodeDocument(into batch: inout SpanBatch) throws(DecodingError) {
        if try reader.kind() == .array {
            try decodeTraces(into: &batch)
        } else {
            try decodeTopObject(into: &batch)
        }
        try reader.finish()
    }

    /// An answer with `data`, or a trace.
    private mutating func decodeTopObject(into batch: inout SpanBatch) throws(DecodingError) {
        let start = reader.position
        var data: Int?
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if key.is("data") {
                _ = reader.significant()
                data = reader.position
            }
            try reader.skip()
            more = try reader.nextMember()
        }
        let end = reader.position
        reader.position = data ?? start
        if data == nil {
            try decodeTrace(into: &batch)
        } else if try !reader.takeNull() {
            if try reader.kind() == .array { try decodeTraces(into: &batch) } else { try decodeTrace(into: &batch) }
        }
        reader.position = end
    }

    private mutating func decodeTraces(into batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            try decodeTrace(into: &batch)
            more = try reader.nextElement()
        }
    }

    /// A trace: its processes usually stand after its spans, so spans are read last.
    private mutating func decodeTrace(into batch: inout SpanBatch) throws(DecodingError) {
        var trace = Trace()
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("traceID") {
                trace.id = Self.traceID(try reader.string())
            } else if key.is("processes") {
                try decodeProcesses(&trace, &batch)
            } else {
                if key.is("spans") { trace.spans = reader.position }
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        guard let spans = trace.spans else { return }
        let end = reader.position
        reader.position = spans
        more = try reader.beginArray()
        while more {
            try decodeSpan(of: trace, into: &batch)
            more = try reader.nextElement()
        }
        reader.position = end
    }

    private mutating func decodeProcesses(_ trace: inout Trace, _ batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginObject()
        while more {
            let name = String(decoding: try reader.keyText(), as: UTF8.self)
            if try !reader.takeNull() { trace.processes[name] = try decodeProcess(&batch) }
            more = try reader.nextMember()
        }
    }

    /// A process becomes a resource with `service.name` first.
    mutating func decodeProcess(_ batch: inout SpanBatch) throws(DecodingError) -> UInt32 {
        batch.dropAttributes()
        var name: Int?
        var tags: Int?
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try !reader.takeNull() {
                if key.is("serviceName") { name = reader.position }
                if key.is("tags") { tags = reader.position }
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        let end = reader.position
        if let name {
            reader.position = name
            let text = try reader.string()
            if !text.isEmpty { batch.addAttribute(WellKnown.serviceName, string: text) }
        }
        if let tags {
            reader.position = tags
            more = try reader.beginArray()
            while more {
                let tag = try decodeTag(&batch)
                try add(tag, to: &batch)
                more = try reader.nextElement()
            }
        }
        reader.position = end
        return batch.appendResource(batch.takeAttributes())
    }

    // MARK: Ids

    /// The id that hexadecimal digits spell, or a hash of any other text; zero for an empty text.
    static func traceID(_ text: UnsafeRawBufferPointer) -> TraceID {
        guard !text.isEmpty else { return TraceID(high: 0, low: 0) }
        if let (high, low) = LegacyUnits.hexadecimal(text) { return TraceID(high: high, low: low) }
        return TraceID(high: hashed(text, seed: 1), low: max(1, hashed(text, seed: 2)))
    }

    /// The same for spans, whose ids have at most 16 digits.
    static func spanID(_ text: UnsafeRawBufferPointer) -> SpanID {
        guard !text.isEmpty else { return SpanID(0) }
        if text.count <= 16, let (_, low) = LegacyUnits.hexadecimal(text) { return SpanID(low) }
        return SpanID(max(1, hashed(text, seed: 3)))
    }
}

/// Symbols of tags and log fields that mean something.
struct JaegerWords {
    let spanKind = Symbol("span.kind")
    let error = Symbol("error")
    let statusCode = Symbol("otel.status_code")
    let statusMessage = Symbol("otel.status_description")
    let scopeName = Symbol("otel.scope.name")
    let scopeVersion = Symbol("otel.scope.version")
    let oldScopeName = Symbol("otel.library.name")
    let oldScopeVersion = Symbol("otel.library.version")
    let traceState = Symbol("w3c.tracestate")
    let event = Symbol("event")
    let message = Symbol("message")
    let log = Symbol("log")
    let referenceType = Symbol("opentracing.ref_type")
}
