import Telemetry

/// A span as a test says it; times in nanoseconds after the trace's beginning.
struct MadeSpan {
    var id: UInt64
    var parent: UInt64 = 0
    var service = "shop"
    var instance = ""
    var version = ""
    var language = ""
    var name = "work"
    var start: UInt64 = 0
    /// Absent for a span still open.
    var end: UInt64?
    var kind = SpanKind.unspecified
    var status = StatusCode.unset
    var attributes: [Attribute] = []
    var events: [String] = []
    var eventAttributes: [Attribute] = []
    var links = 0
}

extension SpanBatch {
    mutating func text(_ text: String) -> ValueCode {
        var text = text
        return text.withUTF8 { value(string: UnsafeRawBufferPointer($0)) }
    }

    mutating func list(_ attributes: [Attribute]) -> AttributeList {
        for attribute in attributes { addAttribute(Symbol(attribute.key), value: attribute.value) }
        return takeAttributes()
    }

    mutating func add(_ span: MadeSpan, trace: TraceID, origin: UInt64) {
        var fields = SpanFields()
        var resource = [Attribute("service.name", .string(span.service))]
        if !span.instance.isEmpty { resource.append(Attribute("service.instance.id", .string(span.instance))) }
        if !span.version.isEmpty { resource.append(Attribute("service.version", .string(span.version))) }
        if !span.language.isEmpty { resource.append(Attribute("telemetry.sdk.language", .string(span.language))) }
        fields.resource = appendResource(list(resource))
        fields.scope = appendScope(name: .empty, version: .empty, attributes: .none)
        for event in span.events {
            addEvent(time: origin + span.start, name: text(event), attributes: list(span.eventAttributes))
        }
        for link in 0..<span.links {
            addLink(
                trace: TraceID(high: 9, low: UInt64(link) + 1), span: SpanID(77), traceState: .empty, attributes: .none)
        }
        fields.trace = trace
        fields.span = SpanID(span.id)
        fields.parent = SpanID(span.parent)
        fields.start = origin + span.start
        fields.end = span.end.map { origin + $0 } ?? 0
        fields.name = Symbol(span.name)
        fields.kind = span.kind
        fields.status = span.status
        fields.attributes = list(span.attributes)
        appendSpan(fields)
    }
}

extension Trace {
    /// When made traces begin, in Unix nanoseconds.
    static let origin: UInt64 = 1_700_000_000_000_000_000

    static func make(_ spans: [MadeSpan], origin: UInt64 = Trace.origin) throws -> Trace {
        let id = TraceID(high: 1, low: 2)
        var batch = SpanBatch()
        for span in spans { batch.add(span, trace: id, origin: origin) }
        var store = SpanStore()
        _ = store.append(batch, arrival: 1)
        guard let trace = store.snapshot().trace(id) else { throw MissingTrace() }
        return trace
    }

    /// The number of the first span with this id.
    func number(_ id: UInt64) -> Int { spans.firstIndex { $0.id.value == id } ?? -1 }
}

struct MissingTrace: Error {}

/// A reproducible source of random numbers (SplitMix64 by Steele, Lea and Flood).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return mixed(state)
    }
}
