import Telemetry

/// One pass over an OTLP JSON document.
struct OTLPJSONDecoder: ~Copyable {
    /// Which top-level fields are read; the others count as unknown.
    struct Signals: OptionSet {
        let rawValue: UInt8
        static let traces = Signals(rawValue: 1)
        static let logs = Signals(rawValue: 2)
        static let metrics = Signals(rawValue: 4)
    }

    var reader: JSONReader
    var followers = SpanFieldFollowers()
    var counts = DecodedCounts()

    init(_ bytes: UnsafeRawBufferPointer) {
        reader = JSONReader(bytes, format: OTLPJSON.formatName)
    }

    mutating func decodeDocument(_ signals: Signals, into batch: inout SpanBatch) throws(DecodingError) {
        let firstRow = batch.count
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("resourceSpans"), signals.contains(.traces) {
                batch.truncate(to: firstRow)
                counts.spans = 0
                counts.rejectedSpans = 0
                try decodeResourceSpansList(into: &batch)
            } else if key.is("resourceLogs"), signals.contains(.logs) {
                counts.logRecords = 0
                try countResourceLogs()
            } else if key.is("resourceMetrics"), signals.contains(.metrics) {
                counts.metricPoints = 0
                try countResourceMetrics()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        try reader.finish()
    }

    private mutating func decodeResourceSpansList(into batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            try decodeResourceSpans(into: &batch)
            more = try reader.nextElement()
        }
    }

    /// Where the contents of a resource or a scope are, and what to go back to when they turn out to be read too early.
    private struct Contents {
        let firstRow: Int
        let counts: DecodedCounts
        var offset: Int?
        var isRead = false
    }

    /// ResourceSpans. Its resource may stand after its spans; then the spans are stepped over and read at the end.
    private mutating func decodeResourceSpans(into batch: inout SpanBatch) throws(DecodingError) {
        var contents = Contents(firstRow: batch.count, counts: counts)
        var resource: UInt32?
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("resource") {
                try unread(&contents, &batch)
                resource = try decodeResource(&batch)
            } else if key.is("scopeSpans") {
                try unread(&contents, &batch)
                contents.offset = reader.position
                if let resource, !contents.isRead {
                    try decodeScopeSpansList(resource, into: &batch)
                    contents.isRead = true
                } else {
                    try reader.skip()
                }
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        guard !contents.isRead, let offset = contents.offset else { return }
        let end = reader.position
        reader.position = offset
        try decodeScopeSpansList(resource ?? batch.appendResource(.none), into: &batch)
        reader.position = end
    }

    /// Resource; one that came before in the same bytes is not read again.
    private mutating func decodeResource(_ batch: inout SpanBatch) throws(DecodingError) -> UInt32 {
        _ = reader.significant()
        let start = reader.position
        if let known = batch.knownResources.find(reader.rest(start)) {
            reader.position = start &+ known.count
            return known.number
        }
        let repairs = batch.repairs
        let number = batch.appendResource(try decodeOwner(&batch).attributes)
        // What is mended or left out is counted each time.
        if batch.repairs == repairs {
            batch.knownResources.add(reader.slice(start, reader.position &- start), number: number)
        }
        return number
    }

    /// Takes back contents that were read before another key of the same name, or their owner, came again.
    private mutating func unread(_ contents: inout Contents, _ batch: inout SpanBatch) throws(DecodingError) {
        guard contents.isRead else { return }
        batch.truncate(to: contents.firstRow)
        counts = contents.counts
        contents.isRead = false
    }

    private mutating func decodeScopeSpansList(_ resource: UInt32, into batch: inout SpanBatch) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            try decodeScopeSpans(resource, into: &batch)
            more = try reader.nextElement()
        }
    }

    /// ScopeSpans, in the same way.
    private mutating func decodeScopeSpans(_ resource: UInt32, into batch: inout SpanBatch) throws(DecodingError) {
        var contents = Contents(firstRow: batch.count, counts: counts)
        var scope: UInt32?
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("scope") {
                try unread(&contents, &batch)
                let owner = try decodeOwner(&batch)
                scope = batch.appendScope(name: owner.name, version: owner.version, attributes: owner.attributes)
            } else if key.is("spans") {
                try unread(&contents, &batch)
                contents.offset = reader.position
                if let scope, !contents.isRead {
                    try decodeSpans(resource, scope, into: &batch)
                    contents.isRead = true
                } else {
                    try reader.skip()
                }
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        guard !contents.isRead, let offset = contents.offset else { return }
        let end = reader.position
        reader.position = offset
        let nameless = scope ?? batch.appendScope(name: .empty, version: .empty, attributes: .none)
        try decodeSpans(resource, nameless, into: &batch)
        reader.position = end
    }

    private mutating func decodeSpans(
        _ resource: UInt32,
        _ scope: UInt32,
        into batch: inout SpanBatch
    ) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            try decodeSpan(resource, scope, into: &batch)
            more = try reader.nextElement()
        }
    }

    /// What a resource or a scope says of itself; a resource has neither name nor version.
    struct Owner {
        var name = Symbol.empty
        var version = Symbol.empty
        var attributes = AttributeList.none
    }

    /// Resource or InstrumentationScope.
    mutating func decodeOwner(_ batch: inout SpanBatch) throws(DecodingError) -> Owner {
        var owner = Owner()
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("attributes") {
                owner.attributes = try decodeAttributes(&batch)
            } else if key.is("name") {
                owner.name = batch.word(try reader.string())
            } else if key.is("version") {
                owner.version = batch.word(try reader.string())
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        return owner
    }
}
