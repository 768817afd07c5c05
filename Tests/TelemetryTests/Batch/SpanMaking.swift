import Telemetry

/// A span with everything it carries, decoded: what a test writes, and what must be read again.
struct FullSpan: Equatable {
    struct Event: Equatable {
        var time: UInt64
        var name: String
        var attributes: [Attribute] = []
    }

    struct Link: Equatable {
        var trace: TraceID
        var span: SpanID
        var state = ""
        var attributes: [Attribute] = []
    }

    var trace = TraceID(high: 1, low: 1)
    var id: UInt64 = 1
    var parent: UInt64 = 0
    var start: UInt64 = 0
    var end: UInt64 = 0
    var name = "work"
    var kind = SpanKind.internal
    var status = StatusCode.unset
    var flags: UInt32 = 0
    var message = ""
    var state = ""
    var resource = [Attribute("service.name", .string("shop"))]
    var scope = "lib"
    var scopeVersion = "1"
    var scopeAttributes: [Attribute] = []
    var attributes: [Attribute] = []
    var events: [Event] = []
    var links: [Link] = []

    init() {}

    static func make(_ id: UInt64, parent: UInt64 = 0, trace: UInt64 = 1, _ change: (inout FullSpan) -> Void = { _ in })
        -> FullSpan
    {
        var span = FullSpan()
        span.id = id
        span.parent = parent
        span.trace = TraceID(high: 0, low: trace)
        span.start = 1000 + id
        span.end = 2000 + id
        change(&span)
        return span
    }

    static func random(_ random: inout some RandomNumberGenerator, trace: TraceID, id: UInt64) -> FullSpan {
        var span = FullSpan()
        span.trace = trace
        span.id = id
        span.parent = UInt64.random(in: 0...20, using: &random)
        span.start = UInt64.random(in: 0...1000, using: &random)
        span.end = UInt64.random(in: 0...1000, using: &random)
        span.name = "n\(Int.random(in: 0..<5, using: &random))"
        span.kind = SpanKind.allCases.randomElement(using: &random) ?? .client
        span.status = StatusCode.allCases.randomElement(using: &random) ?? .ok
        span.flags = UInt32.random(in: 0...3, using: &random)
        span.message = ["", "late", "no"].randomElement(using: &random) ?? ""
        span.state = ["", "ot=th:8"].randomElement(using: &random) ?? ""
        span.resource = [
            Attribute("service.name", .string("s\(Int.random(in: 0..<3, using: &random))")),
            Attribute("pid", .int(Int64.random(in: 0..<2, using: &random))),
        ]
        span.scope = ["", "lib"].randomElement(using: &random) ?? ""
        span.scopeAttributes = AttributeValue.randomList(&random, longest: 1)
        span.attributes = AttributeValue.randomList(&random, longest: 4)
        span.events = (0..<Int.random(in: 0...2, using: &random)).map { number in
            Event(time: UInt64(number), name: "e\(number)", attributes: AttributeValue.randomList(&random, longest: 2))
        }
        span.links = (0..<Int.random(in: 0...2, using: &random)).map { number in
            Link(
                trace: TraceID(high: 7, low: UInt64(number)), span: SpanID(9), state: "x=y",
                attributes: AttributeValue.randomList(&random, longest: 2))
        }
        return span
    }
}

extension AttributeValue {
    static func randomList(_ random: inout some RandomNumberGenerator, longest: Int) -> [Attribute] {
        (0..<Int.random(in: 0...longest, using: &random)).map { Attribute("k\($0)", .random(&random, depth: 3)) }
    }

    static func random(_ random: inout some RandomNumberGenerator, depth: Int) -> AttributeValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &random) {
        case 0: return .empty
        case 1: return .string(["", "a", "ключ", "日本", "\u{0}\n"].randomElement(using: &random) ?? "")
        case 2: return .bool(Bool.random(using: &random))
        case 3: return .int(Int64.random(in: -5...5, using: &random))
        case 4: return .int(Int64(bitPattern: random.next()))
        case 5: return .double([0, -1.5, 1e300, .infinity].randomElement(using: &random) ?? 0)
        case 6: return .bytes((0..<Int.random(in: 0...5, using: &random)).map { UInt8($0) })
        case 7:
            return .array(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in .random(&random, depth: depth - 1) })
        default:
            return .map(
                (0..<Int.random(in: 0...3, using: &random)).map {
                    Attribute("m\($0)", .random(&random, depth: depth - 1))
                })
        }
    }
}

extension SpanBatch {
    static func make(_ spans: [FullSpan]) -> SpanBatch {
        var batch = SpanBatch()
        for span in spans { batch.add(span) }
        return batch
    }

    mutating func text(_ text: String) -> ValueCode {
        var text = text
        return text.withUTF8 { value(string: UnsafeRawBufferPointer($0)) }
    }

    mutating func list(_ attributes: [Attribute]) -> AttributeList {
        for attribute in attributes { addAttribute(Symbol(attribute.key), value: attribute.value) }
        return takeAttributes()
    }

    mutating func add(_ span: FullSpan) {
        addEventsAndLinks(of: span)
        var fields = SpanFields()
        fields.trace = span.trace
        fields.span = SpanID(span.id)
        fields.parent = SpanID(span.parent)
        fields.start = span.start
        fields.end = span.end
        fields.name = Symbol(span.name)
        fields.resource = appendResource(list(span.resource))
        fields.scope = appendScope(
            name: Symbol(span.scope), version: Symbol(span.scopeVersion), attributes: list(span.scopeAttributes))
        fields.kind = span.kind
        fields.status = span.status
        fields.flags = span.flags
        fields.statusMessage = text(span.message)
        fields.traceState = text(span.state)
        fields.attributes = list(span.attributes)
        appendSpan(fields)
    }

    mutating func addEventsAndLinks(of span: FullSpan) {
        for event in span.events {
            addEvent(time: event.time, name: text(event.name), attributes: list(event.attributes))
        }
        for link in span.links {
            addLink(
                trace: link.trace, span: link.span, traceState: text(link.state), attributes: list(link.attributes))
        }
    }
}

extension SpanTable {
    var spans: [FullSpan] { (0..<count).map(fullSpan) }

    func fullSpan(_ row: Int) -> FullSpan {
        var span = FullSpan()
        span.trace = traceID(row)
        span.id = spanID(row).value
        span.parent = parentID(row).value
        span.start = starts[row]
        span.end = ends[row]
        span.name = name(row).text
        span.kind = kind(row)
        span.status = status(row)
        span.flags = flags[row]
        span.message = statusMessage(row)
        span.state = traceState(row)
        span.resource = decoded(resource(row).attributes)
        span.scope = scope(row).name.text
        span.scopeVersion = scope(row).version.text
        span.scopeAttributes = decoded(scope(row).attributes)
        span.attributes = decoded(attributes(row))
        span.events = events(row).map {
            FullSpan.Event(time: $0.time, name: values.text($0.name), attributes: decoded($0.attributes))
        }
        span.links = links(row).map {
            FullSpan.Link(
                trace: $0.trace, span: $0.span, state: values.text($0.traceState), attributes: decoded($0.attributes))
        }
        return span
    }
}

/// A reproducible source of random numbers.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return mixed(state)
    }
}
