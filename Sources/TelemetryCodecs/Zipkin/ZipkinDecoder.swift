import Telemetry

/// A span while it is read: endpoints, tags and annotations are read at its end, in this order.
private struct ZipkinSpan {
    var fields = SpanFields()
    var start: UInt64? = 0
    /// The outer `nil` is a missing duration, the inner one that does not fit.
    var duration: UInt64??
    var isParentValid = true
    var isShared = false
    var local: Int?
    var remote: Int?
    var tags: Int?
    var annotations: Int?
}

/// One pass over a Zipkin document.
struct ZipkinDecoder: ~Copyable {
    private var reader: JSONReader
    private(set) var counts = DecodedCounts()
    private let words = ZipkinWords()

    init(_ bytes: UnsafeRawBufferPointer) {
        reader = JSONReader(bytes, format: ZipkinJSON.formatName)
    }

    mutating func decodeDocument(into batch: inout SpanBatch) throws(DecodingError) {
        if try reader.kind() == .array {
            var more = try reader.beginArray()
            while more {
                if try reader.kind() == .array {
                    try decodeList(into: &batch)
                } else {
                    try decodeSpan(into: &batch)
                }
                more = try reader.nextElement()
            }
        } else {
            try decodeSpan(into: &batch)
        }
        try reader.finish()
    }

    private mutating func decodeList(into batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            try decodeSpan(into: &batch)
            more = try reader.nextElement()
        }
    }

    private mutating func decodeSpan(into batch: inout SpanBatch) throws(DecodingError) {
        var span = ZipkinSpan()
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try !reader.takeNull() { try readMember(key, &span, &batch) }
            more = try reader.nextMember()
        }
        if span.isShared, span.fields.kind == .unspecified { span.fields.kind = .server }
        let end = reader.position
        batch.dropAttributes()
        if let offset = span.local {
            reader.position = offset
            try decodeLocal(&batch)
        }
        span.fields.resource = batch.appendResource(batch.takeAttributes())
        try decodeAttributes(&span, &batch)
        if let offset = span.annotations {
            reader.position = offset
            try decodeAnnotations(&batch)
        }
        reader.position = end
        finish(span, &batch)
    }

    private mutating func readMember(
        _ key: JSONKey,
        _ span: inout ZipkinSpan,
        _ batch: inout SpanBatch
    ) throws(DecodingError) {
        if key.is("traceId") {
            let id = LegacyUnits.hexadecimal(try reader.string())
            span.fields.trace = TraceID(high: id?.high ?? 0, low: id?.low ?? 0)
        } else if key.is("id") {
            span.fields.span = spanID(try reader.string()) ?? SpanID(0)
        } else if key.is("parentId") {
            let text = try reader.string()
            let parent = text.isEmpty ? SpanID(0) : spanID(text)
            span.isParentValid = parent != nil
            span.fields.parent = parent ?? SpanID(0)
        } else if key.is("name") {
            span.fields.name = batch.word(try reader.string())
        } else if key.is("kind") {
            span.fields.kind = kind(try reader.string())
        } else if key.is("timestamp") {
            span.start = try reader.microseconds()
        } else if key.is("duration") {
            span.duration = .some(try reader.microseconds())
        } else if key.is("shared") {
            span.isShared = try reader.bool()
        } else {
            if key.is("localEndpoint") { span.local = reader.position }
            if key.is("remoteEndpoint") { span.remote = reader.position }
            if key.is("tags") { span.tags = reader.position }
            if key.is("annotations") { span.annotations = reader.position }
            try reader.skip()
        }
    }

    private mutating func finish(_ span: ZipkinSpan, _ batch: inout SpanBatch) {
        var fields = span.fields
        fields.scope = batch.appendScope(name: .empty, version: .empty, attributes: .none)
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
    private func reject(_ span: ZipkinSpan, _ fields: inout SpanFields) -> String? {
        if fields.trace.isZero { return "span dropped: its traceId is not up to 32 hexadecimal digits, or zero" }
        if fields.span.isZero { return "span dropped: its id is not up to 16 hexadecimal digits, or zero" }
        if !span.isParentValid { return "span dropped: its parentId is not up to 16 hexadecimal digits" }
        guard let start = span.start else { return "span dropped: its timestamp is negative or too large" }
        fields.start = start
        guard let given = span.duration else { return nil }
        guard let duration = given else { return "span dropped: its duration is negative or too large" }
        let (end, over) = start.addingReportingOverflow(duration)
        if over { return "span dropped: its end is too far in the future" }
        fields.end = end
        return nil
    }

    // MARK: Endpoints, tags, annotations

    private struct Endpoint {
        var service: Int?
        var ipv4: Int?
        var ipv6: Int?
        var port: Int64?
    }

    /// Reads an endpoint's members but for its texts.
    private mutating func decodeEndpoint() throws(DecodingError) -> Endpoint {
        var endpoint = Endpoint()
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("port") {
                endpoint.port = try reader.int64()
            } else {
                if key.is("serviceName") { endpoint.service = reader.position }
                if key.is("ipv4") { endpoint.ipv4 = reader.position }
                if key.is("ipv6") { endpoint.ipv6 = reader.position }
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        return endpoint
    }

    private mutating func addText(_ key: Symbol, at offset: Int?, _ batch: inout SpanBatch) throws(DecodingError) {
        guard let offset else { return }
        reader.position = offset
        let text = try reader.string()
        if !text.isEmpty { batch.addAttribute(key, string: text) }
    }

    private mutating func decodeLocal(_ batch: inout SpanBatch) throws(DecodingError) {
        let endpoint = try decodeEndpoint()
        try addText(WellKnown.serviceName, at: endpoint.service, &batch)
        try addText(words.hostIP, at: endpoint.ipv4 ?? endpoint.ipv6, &batch)
        if let port = endpoint.port { batch.addAttribute(words.localPort, int: port) }
    }

    private mutating func decodeAttributes(_ span: inout ZipkinSpan, _ batch: inout SpanBatch) throws(DecodingError) {
        if let offset = span.tags {
            reader.position = offset
            try decodeTags(&span.fields, &batch)
        }
        if let offset = span.remote {
            reader.position = offset
            let endpoint = try decodeEndpoint()
            let isServer = span.fields.kind == .server
            try addText(words.peerService, at: endpoint.service, &batch)
            let address = isServer ? words.clientAddress : words.serverAddress
            try addText(address, at: endpoint.ipv4 ?? endpoint.ipv6, &batch)
            if let port = endpoint.port {
                batch.addAttribute(isServer ? words.clientPort : words.serverPort, int: port)
            }
        }
        if span.isShared { batch.addAttribute(words.shared, bool: true) }
        span.fields.attributes = batch.takeAttributes()
    }

    private mutating func decodeTags(_ fields: inout SpanFields, _ batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginObject()
        while more {
            let key = batch.word(try reader.keyText())
            _ = reader.significant()
            let value = reader.position
            if key == words.error { try readError(&fields, &batch) }
            reader.position = value
            try reader.addAttribute(key, to: &batch)
            more = try reader.nextMember()
        }
    }

    private mutating func readError(_ fields: inout SpanFields, _ batch: inout SpanBatch) throws(DecodingError) {
        fields.status = .error
        fields.statusMessage = .empty
        guard try reader.kind() == .string else { return }
        let text = try reader.string()
        if !text.isEmpty, !JSONKey(text, at: 0, count: text.count).is("true") {
            fields.statusMessage = batch.value(string: text)
        }
    }

    /// Annotations become events; a time that does not fit becomes zero.
    private mutating func decodeAnnotations(_ batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            var time: UInt64 = 0
            var name = ValueCode.empty
            var members = try reader.beginObject()
            while members {
                let key = try reader.key()
                if try reader.takeNull() {
                    // Absent.
                } else if key.is("timestamp") {
                    time = try reader.microseconds() ?? 0
                } else if key.is("value") {
                    name = batch.value(string: try reader.string())
                } else {
                    try reader.skip()
                }
                members = try reader.nextMember()
            }
            batch.addEvent(time: time, name: name, attributes: .none)
            more = try reader.nextElement()
        }
    }

    // MARK: Words

    private func spanID(_ text: UnsafeRawBufferPointer) -> SpanID? {
        text.count <= 16 ? LegacyUnits.hexadecimal(text).map { SpanID($0.low) } : nil
    }

    private func kind(_ text: UnsafeRawBufferPointer) -> SpanKind {
        let word = JSONKey(text, at: 0, count: text.count)
        if word.is("CLIENT") { return .client }
        if word.is("SERVER") { return .server }
        if word.is("PRODUCER") { return .producer }
        return word.is("CONSUMER") ? .consumer : .unspecified
    }
}

/// Symbols of attributes that Zipkin's fields become.
private struct ZipkinWords {
    let hostIP = Symbol("host.ip")
    let localPort = Symbol("network.local.port")
    let peerService = Symbol("peer.service")
    let serverAddress = Symbol("server.address")
    let serverPort = Symbol("server.port")
    let clientAddress = Symbol("client.address")
    let clientPort = Symbol("client.port")
    let shared = Symbol("zipkin.shared")
    let error = Symbol("error")
}
