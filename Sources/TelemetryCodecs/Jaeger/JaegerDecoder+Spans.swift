import Telemetry

/// A span while it is read: what tags say is applied at its end, since they come in any order.
private struct JaegerSpan {
    var fields = SpanFields()
    var start: UInt64? = 0
    var duration: UInt64? = 0
    var olderParent = SpanID(0)
    var references: Int?
    var tags: Int?
    var logs: Int?
    var resource: UInt32?
    var inlineProcess: Int?
    var scopeName = Symbol.empty
    var scopeVersion = Symbol.empty
    /// Whether a tag `error` means an error, and its text.
    var isError = false
    var errorMessage = ValueCode.empty
    /// What `otel.status_code` says.
    var status: StatusCode?
    var statusMessage = ValueCode.empty
}

extension JaegerDecoder {
    mutating func decodeSpan(of trace: Trace, into batch: inout SpanBatch) throws(DecodingError) {
        var span = JaegerSpan()
        span.fields.trace = trace.id
        try readMembers(&span, trace, &batch)
        let end = reader.position
        if span.resource == nil, let offset = span.inlineProcess {
            reader.position = offset
            span.resource = try decodeProcess(&batch)
        }
        span.fields.resource = span.resource ?? batch.appendResource(.none)
        if let offset = span.references { try decodeReferences(at: offset, &span, &batch) }
        if span.fields.parent.isZero { span.fields.parent = span.olderParent }
        if let offset = span.logs { try decodeLogs(at: offset, &batch) }
        if let offset = span.tags { try decodeTags(at: offset, &span, &batch) }
        span.fields.attributes = batch.takeAttributes()
        reader.position = end
        finish(span, &batch)
    }

    private mutating func readMembers(
        _ span: inout JaegerSpan,
        _ trace: Trace,
        _ batch: inout SpanBatch
    ) throws(DecodingError) {
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try !reader.takeNull() { try readMember(key, &span, trace, &batch) }
            more = try reader.nextMember()
        }
    }

    private mutating func readMember(
        _ key: JSONKey,
        _ span: inout JaegerSpan,
        _ trace: Trace,
        _ batch: inout SpanBatch
    ) throws(DecodingError) {
        if key.is("traceID") {
            span.fields.trace = Self.traceID(try reader.string())
        } else if key.is("spanID") {
            span.fields.span = Self.spanID(try reader.string())
        } else if key.is("parentSpanID") {
            span.olderParent = Self.spanID(try reader.string())
        } else if key.is("operationName") {
            span.fields.name = batch.word(try reader.string())
        } else if key.is("startTime") {
            span.start = try reader.microseconds()
        } else if key.is("duration") {
            span.duration = try reader.microseconds()
        } else if key.is("processID") {
            span.resource = trace.processes[String(decoding: try reader.string(), as: UTF8.self)]
        } else if key.is("flags") {
            // Jaeger's first bit is W3C's: sampled. Its others mean something else there.
            span.fields.flags = UInt32(try reader.uint64() & 1)
        } else {
            if key.is("references") { span.references = reader.position }
            if key.is("tags") { span.tags = reader.position }
            if key.is("logs") { span.logs = reader.position }
            if key.is("process") { span.inlineProcess = reader.position }
            try reader.skip()
        }
    }

    private mutating func finish(_ span: JaegerSpan, _ batch: inout SpanBatch) {
        var fields = span.fields
        fields.status = span.status ?? (span.isError ? .error : .unset)
        fields.statusMessage = span.statusMessage != .empty ? span.statusMessage : span.errorMessage
        if fields.status != .error { fields.statusMessage = span.statusMessage }
        fields.scope = batch.appendScope(name: span.scopeName, version: span.scopeVersion, attributes: .none)
        guard let reason = reject(span, &fields) else {
            batch.appendSpan(fields)
            counts.spans += 1
            return
        }
        batch.dropSpan()
        counts.rejectedSpans += 1
        counts.message = counts.message ?? reason
    }

    /// Sets the times; gives why the span cannot be kept.
    private func reject(_ span: JaegerSpan, _ fields: inout SpanFields) -> String? {
        if fields.trace.isZero { return "span dropped: its traceID is missing or zero" }
        if fields.span.isZero { return "span dropped: its spanID is missing or zero" }
        guard let start = span.start, let duration = span.duration else {
            return "span dropped: its startTime or duration is negative or too large"
        }
        let (end, over) = start.addingReportingOverflow(duration)
        if over { return "span dropped: its end is too far in the future" }
        fields.start = start
        fields.end = end
        return nil
    }

    // MARK: References

    private struct Reference {
        var isChildOf = true
        var trace: TraceID
        var span = SpanID(0)
    }

    private mutating func decodeReferences(
        at offset: Int,
        _ span: inout JaegerSpan,
        _ batch: inout SpanBatch
    ) throws(DecodingError) {
        reader.position = offset
        var references: [Reference] = []
        var more = try reader.beginArray()
        while more {
            references.append(try decodeReference(span.fields.trace))
            more = try reader.nextElement()
        }
        let trace = span.fields.trace
        let parent =
            references.firstIndex { $0.isChildOf && $0.trace == trace } ?? references.firstIndex { $0.trace == trace }
        for (index, reference) in references.enumerated() where !reference.span.isZero && !reference.trace.isZero {
            if index == parent {
                span.fields.parent = reference.span
                continue
            }
            let type: StaticString = reference.isChildOf ? "child_of" : "follows_from"
            batch.addAttribute(words.referenceType, string: type.raw)
            let attributes = batch.takeAttributes()
            batch.addLink(trace: reference.trace, span: reference.span, traceState: .empty, attributes: attributes)
        }
    }

    private mutating func decodeReference(_ trace: TraceID) throws(DecodingError) -> Reference {
        var reference = Reference(trace: trace)
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("refType") {
                let type = try reader.string()
                reference.isChildOf = !JSONKey(type, at: 0, count: type.count).is("FOLLOWS_FROM")
            } else if key.is("traceID") {
                reference.trace = Self.traceID(try reader.string())
            } else if key.is("spanID") {
                reference.span = Self.spanID(try reader.string())
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        return reference
    }

    // MARK: Tags

    private mutating func decodeTags(
        at offset: Int,
        _ span: inout JaegerSpan,
        _ batch: inout SpanBatch
    ) throws(DecodingError) {
        reader.position = offset
        var more = try reader.beginArray()
        while more {
            let tag = try decodeTag(&batch)
            if try !isField(tag, &span, &batch) { try add(tag, to: &batch) }
            more = try reader.nextElement()
        }
    }

    /// Whether a tag has become a field of the span and need not be an attribute as well.
    private mutating func isField(
        _ tag: JaegerTag,
        _ span: inout JaegerSpan,
        _ batch: inout SpanBatch
    ) throws(DecodingError) -> Bool {
        switch tag.key {
        case words.spanKind:
            guard let text = try text(tag), let kind = Self.spanKind(text) else { return false }
            span.fields.kind = kind
        case words.statusCode:
            guard let text = try text(tag), let status = Self.status(text) else { return false }
            span.status = status
        case words.statusMessage:
            guard let text = try text(tag) else { return false }
            span.statusMessage = batch.value(string: text)
        case words.scopeName, words.oldScopeName:
            guard let text = try text(tag) else { return false }
            span.scopeName = batch.word(text)
        case words.scopeVersion, words.oldScopeVersion:
            guard let text = try text(tag) else { return false }
            span.scopeVersion = batch.word(text)
        case words.traceState:
            guard let text = try text(tag) else { return false }
            span.fields.traceState = batch.value(string: text)
        case words.error:
            try readError(tag, &span, &batch)
            return false
        default: return false
        }
        return true
    }

    private mutating func readError(
        _ tag: JaegerTag,
        _ span: inout JaegerSpan,
        _ batch: inout SpanBatch
    ) throws(DecodingError) {
        guard let offset = tag.value else { return }
        let end = reader.position
        reader.position = offset
        switch try reader.kind() {
        case .bool: span.isError = try reader.bool()
        case .number: span.isError = try reader.number().double != 0
        case .null: break
        case .object, .array: span.isError = true
        case .string:
            let text = try reader.string()
            let word = JSONKey(text, at: 0, count: text.count)
            span.isError = !text.isEmpty && !word.is("false") && !word.is("0")
            let isMessage = span.isError && !word.is("true") && !word.is("1")
            span.errorMessage = isMessage ? batch.value(string: text) : .empty
        }
        reader.position = end
    }

    private static func spanKind(_ text: UnsafeRawBufferPointer) -> SpanKind? {
        let word = String(decoding: text, as: UTF8.self).lowercased()
        return SpanKind.allCases.first { $0.word == word }
    }

    private static func status(_ text: UnsafeRawBufferPointer) -> StatusCode? {
        let word = String(decoding: text, as: UTF8.self).lowercased()
        return StatusCode.allCases.first { $0.word == word }
    }

    // MARK: Logs

    private mutating func decodeLogs(at offset: Int, _ batch: inout SpanBatch) throws(DecodingError) {
        reader.position = offset
        var more = try reader.beginArray()
        while more {
            try decodeLog(&batch)
            more = try reader.nextElement()
        }
    }

    /// A log becomes an event; a time that does not fit becomes zero.
    private mutating func decodeLog(_ batch: inout SpanBatch) throws(DecodingError) {
        var time: UInt64 = 0
        var fields: Int?
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("timestamp") {
                time = try reader.microseconds() ?? 0
            } else {
                if key.is("fields") { fields = reader.position }
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        let end = reader.position
        var name = ValueCode.empty
        if let fields {
            reader.position = fields
            name = try decodeLogFields(&batch)
        }
        batch.addEvent(time: time, name: name, attributes: batch.takeAttributes())
        reader.position = end
    }

    /// Adds a log's fields as attributes but for the one that names it, and gives the name.
    private mutating func decodeLogFields(_ batch: inout SpanBatch) throws(DecodingError) -> ValueCode {
        var names: [JaegerTag] = []
        var more = try reader.beginArray()
        while more {
            let tag = try decodeTag(&batch)
            if tag.key == words.event || tag.key == words.message || tag.key == words.log {
                names.append(tag)
            } else {
                try add(tag, to: &batch)
            }
            more = try reader.nextElement()
        }
        var name: ValueCode?
        for wanted in [words.event, words.message, words.log] {
            for tag in names where tag.key == wanted {
                if name == nil, let text = try text(tag) {
                    name = batch.value(string: text)
                } else {
                    try add(tag, to: &batch)
                }
            }
        }
        return name ?? .empty
    }
}
