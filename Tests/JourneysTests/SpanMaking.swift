import Journeys
import Telemetry

/// A span as tests write it: every fact has a default, so that a test shows only its own.
struct TestSpan: Sendable {
    var trace: UInt64 = 1
    var span: UInt64 = 1
    var parent: UInt64 = 0
    var start: UInt64 = TestSpan.noon
    var end: UInt64 = TestSpan.noon + 100_000_000
    var service = "web-bff"
    var version = ""
    var environment: String? = "prod"
    var instance: String?
    var name = "POST /checkout"
    var kind = SpanKind.server
    var status = StatusCode.unset
    var message = ""
    var traceState = ""
    var attributes: [String: String] = [:]
    var exception: String?

    /// An instant on a full minute, in 2025.
    static let noon: UInt64 = 1_760_000_040_000_000_000

    /// A span that ends `seconds` after noon and took `milliseconds`.
    static func make(
        trace: UInt64 = 1, span: UInt64 = 1, parent: UInt64 = 0, endsAt seconds: Double = 0,
        took milliseconds: Double = 100, service: String = "web-bff", name: String = "POST /checkout",
        kind: SpanKind = .server, failed: Bool = false
    ) -> TestSpan {
        let end = noon + UInt64(seconds * 1e9)
        return TestSpan(
            trace: trace, span: span, parent: parent, start: end - UInt64(milliseconds * 1e6), end: end,
            service: service, name: name, kind: kind, status: failed ? .error : .unset)
    }
}

extension TestSpan {
    /// By duration descending, then by trace.
    static func slowestFirst(_ spans: [TestSpan]) -> [TestSpan] {
        spans.sorted { one, other in
            let mine = one.end - one.start
            let theirs = other.end - other.start
            return mine == theirs ? one.trace < other.trace : mine > theirs
        }
    }
}

extension SpanBatch {
    mutating func add(_ key: String, _ text: String) {
        addAttribute(Symbol(key), value: .string(text))
    }

    mutating func append(_ span: TestSpan) {
        add("service.name", span.service)
        if !span.version.isEmpty { add("service.version", span.version) }
        if let environment = span.environment { add("deployment.environment.name", environment) }
        if let instance = span.instance { add("service.instance.id", instance) }
        for (key, value) in span.attributes.sorted(by: { $0.key < $1.key }) where key.hasPrefix("resource.") {
            add(String(key.dropFirst(9)), value)
        }
        let resource = appendResource(takeAttributes())
        let scope = appendScope(name: .empty, version: .empty, attributes: .none)
        if let exception = span.exception {
            add("exception.type", exception)
            let list = takeAttributes()
            addEvent(time: span.end, name: value(text: "exception"), attributes: list)
        }
        for (key, value) in span.attributes.sorted(by: { $0.key < $1.key }) where !key.hasPrefix("resource.") {
            add(key, value)
        }
        var fields = SpanFields()
        fields.attributes = takeAttributes()
        fields.trace = TraceID(high: 0, low: span.trace)
        fields.span = SpanID(span.span)
        fields.parent = SpanID(span.parent)
        fields.start = span.start
        fields.end = span.end
        fields.name = Symbol(span.name)
        fields.resource = resource
        fields.scope = scope
        fields.kind = span.kind
        fields.status = span.status
        fields.statusMessage = value(text: span.message)
        fields.traceState = value(text: span.traceState)
        appendSpan(fields)
    }

    mutating func value(text: String) -> ValueCode {
        guard !text.isEmpty else { return .empty }
        return Array(text.utf8).withUnsafeBytes { value(string: $0) }
    }
}

extension SpanTable {
    static func make(_ spans: [TestSpan]) -> SpanTable {
        var batch = SpanBatch()
        for span in spans { batch.append(span) }
        return batch.table
    }
}

extension JourneyEngine {
    /// An engine with the journeys of a text, which must be free of errors.
    static func make(_ yaml: String = "", base: RunClock.Base = .file, foundLimit: Int = 256) -> JourneyEngine {
        let set = JourneySet(text: yaml, file: "test.yaml")
        precondition(!set.hasErrors, set.report)
        return JourneyEngine(journeys: set.journeys, options: .init(base: base, foundLimit: foundLimit))
    }

    @discardableResult
    mutating func take(_ spans: [TestSpan], arrival: UInt64 = 0) -> [Int] {
        let table = SpanTable.make(spans)
        return ingest(table, rows: 0..<table.count, chunk: nil, arrival: arrival)
    }
}

/// The checkout journey of the design, with its steps.
let checkoutYAML = """
    journey: checkout
    title: Check out a basket
    entry: service=web-bff name="POST /checkout" kind=server
    steps:
      - cart.review: service=cart name="GET /cart"
      - pay:         service=payments name="POST /charge"
    slo:
      window: 28d
      fast:    {target: 99.5%, under: 1.2s}
      success: {target: 99.5%}
    """

/// A source of numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
