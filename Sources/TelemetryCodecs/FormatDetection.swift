/// What kind of trace file some bytes begin.
package enum TraceFileFormat: Sendable, Equatable {
    /// OTLP JSON, one object a line or one for the whole file.
    case otlpJSON(JSONLines.Layout)
    /// Jaeger's query API JSON.
    case jaegerJSON(JSONLines.Layout)
    /// Zipkin version 2 JSON.
    case zipkinJSON(JSONLines.Layout)
    /// Maybe OTLP protobuf, bare or in frames; only reading it tells.
    case otlpProtobuf
    /// Nothing to read, and why, as the end of a sentence such as "cannot be read: …".
    case unknown(String)
}

/// Tells the format of a trace file from its first bytes.
package enum FormatDetection {
    /// How many bytes are enough to look at.
    package static let prefixBytes = 64 << 10

    /// Looks at the first bytes of a file, already decompressed; up to ``prefixBytes`` of them.
    ///
    /// A UTF-8 byte order mark and white space before a document are passed over. The prefix may end anywhere.
    package static func detect(_ prefix: UnsafeRawBufferPointer) -> TraceFileFormat {
        if prefix.isEmpty { return .unknown("it is empty") }
        var reader = JSONReader(prefix, format: "JSON")
        let first = reader.significant()
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            // A short message may begin with bytes that read as white space and a bracket.
            let format = json(prefix)
            if case .unknown = format, looksLikeProtobuf(prefix), !isText(prefix) { return .otlpProtobuf }
            return format
        }
        if reader.position >= prefix.count { return .unknown("it holds only white space") }
        if looksLikeProtobuf(prefix), !isText(prefix) { return .otlpProtobuf }
        if let name = MagicNumbers.name(of: prefix) { return .unknown("it looks like \(name)") }
        return .unknown(MagicNumbers.textName(of: prefix) ?? "its first bytes are of no known format")
    }

    // MARK: JSON

    private static func json(_ prefix: UnsafeRawBufferPointer) -> TraceFileFormat {
        let layout = JSONLines.layout(of: prefix)
        var reader = JSONReader(prefix, format: "JSON")
        var depth = 0
        do throws(DecodingError) {
            while depth < 2, reader.significant() == UInt8(ascii: "[") {
                depth += 1
                guard try reader.beginArray() else { return .zipkinJSON(layout) }
            }
            return try object(&reader, depth, layout)
        } catch {
            // What the prefix cuts off is no fault of the file; anything before it is.
            let isCut = error.offset >= prefix.count
            return .unknown(isCut ? "its JSON names nothing known within the first \(prefix.count) bytes" : "\(error)")
        }
    }

    /// Looks at the keys of the first object, at a depth of lists around it.
    private static func object(
        _ reader: inout JSONReader,
        _ depth: Int,
        _ layout: JSONLines.Layout
    ) throws(DecodingError) -> TraceFileFormat {
        var hasTraceID = false
        var hasID = false
        guard try reader.beginObject() else {
            return depth == 0 ? .otlpJSON(layout) : .unknown("it is a list whose first object is empty")
        }
        var keys: [String] = []
        var more = true
        while more {
            let text = try reader.keyText()
            let key = JSONKey(text, at: 0, count: text.count)
            if keys.count < 4 { keys.append(String(decoding: text.prefix(40), as: UTF8.self)) }
            if key.is("resourceSpans") || key.is("resourceLogs") || key.is("resourceMetrics") {
                return depth == 0
                    ? .otlpJSON(layout) : .unknown("it is a list of OTLP objects; write one a line instead")
            }
            if depth == 0, key.is("data") { return .jaegerJSON(layout) }
            if depth < 2, key.is("traceID") || key.is("spans") || key.is("processes") { return .jaegerJSON(layout) }
            if key.is("annotations") || key.is("binaryAnnotations") { try refuseVersion1(&reader, key) }
            if key.is("resource_spans") { return .unknown("its keys are snake_case; OTLP JSON writes resourceSpans") }
            if key.is("traceId") { hasTraceID = true }
            if key.is("id") { hasID = true }
            if hasTraceID, hasID { return .zipkinJSON(layout) }
            try reader.skip()
            more = try reader.nextMember()
        }
        return .unknown("it is JSON, but with keys of no known trace format: \(keys.joined(separator: ", "))")
    }

    /// Version 1 of Zipkin's JSON has binary annotations.
    private static func refuseVersion1(_ reader: inout JSONReader, _ key: JSONKey) throws(DecodingError) {
        guard key.is("binaryAnnotations") else { return }
        throw reader.failure(at: 0, "Zipkin JSON of version 1 is not read; export version 2")
    }

    // MARK: Protobuf

    /// Whether the first bytes are text without control characters; a message has lengths and tags below them.
    private static func isText(_ prefix: UnsafeRawBufferPointer) -> Bool {
        prefix.prefix(256).allSatisfy { $0 >= 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }
    }

    /// Whether the bytes may be a message with field 1 (`0A`), or one after a length as a varint or of four bytes.
    private static func looksLikeProtobuf(_ prefix: UnsafeRawBufferPointer) -> Bool {
        if isMessage(prefix, 0) { return true }
        if prefix.count > 5, prefix[0] == 0, isMessage(prefix, 4) { return true }
        var i = 0
        while i < min(prefix.count, 5), prefix[i] & 0x80 != 0 { i += 1 }
        return isMessage(prefix, i + 1)
    }

    /// Whether a message at an offset begins with field 1 whose contents begin with another field of wire type 2.
    private static func isMessage(_ prefix: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
        guard offset < prefix.count, prefix[offset] == 0x0A else { return false }
        var i = offset + 1
        while i < min(prefix.count, offset + 6), prefix[i] & 0x80 != 0 { i += 1 }
        guard i + 1 < prefix.count else { return false }
        return prefix[i] & 0x80 == 0 && (prefix[i + 1] == 0x0A || prefix[i + 1] == 0x12 || prefix[i + 1] == 0x1A)
    }
}
