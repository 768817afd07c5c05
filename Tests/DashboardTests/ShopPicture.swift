import Analysis
import Dashboard
import Journeys
import Telemetry
import TerminalKit

extension Shop {
    static let checkoutFile = """
        journey: checkout
        title: Check out a basket
        owner: team-payments
        runbook: https://runbooks.example/checkout
        entry: service=web-bff name="POST /checkout" kind=server
        steps:
          - cart.review: service=cart name="GET /cart"
          - quote:       service=pricing name=Quote
          - pay:         service=payments name="POST /charge"
          - confirm:     service=ledger name=Append
        slo:
          window: 28d
          fast:    {target: 99.5%, under: 1.2s}
          success: {target: 99.5%}
        """

    static let journeyFiles = [
        checkoutFile,
        "journey: search\nentry: service=search name=\"GET /search\"\nslo: {fast: {target: 99%, under: 500ms}}\n",
        "journey: login\nentry: service=accounts name=\"POST /login\"\nslo: {fast: {target: 99.9%, under: 300ms}}\n",
        "journey: refund\nentry: service=refunds name=\"POST /refund\"\nslo: {success: {target: 99.9%}}\n",
        "journey: export\nentry: service=export name=\"POST /export\"\nslo: {success: {target: 99%}}\n",
    ]

    /// The journeys of the shop.
    static var definitions: [JourneyDefinition] {
        journeyFiles.enumerated().flatMap { number, text in
            JourneySet(text: text, file: "journey\(number).yaml").journeys
        }
    }

    /// Everything of the shop as one picture; `live` as it came over the wire, else as read from a file.
    func picture(live: Bool = false, journeys: [JourneyDefinition] = Shop.definitions) -> DashboardPicture {
        var store = SpanStore()
        var engine = JourneyEngine(journeys: journeys, options: .init(base: live ? .stream : .file))
        let slice = live ? 10 * Shop.second : .max
        let sorted = spans.sorted { ($0.arrival, $0.fields.span) < ($1.arrival, $1.fields.span) }
        var first = 0
        var pending: [(accepted: AcceptedRows, row: Int)] = []
        while first < sorted.count {
            let until = live ? sorted[first].arrival / slice * slice + slice : .max
            var last = first
            while last < sorted.count, sorted[last].arrival < until { last += 1 }
            let arrival = live ? min(until, Shop.end) : Shop.end
            for accepted in store.append(Shop.batch(sorted[first..<last]), arrival: arrival) {
                pending += engine.ingest(accepted).map { (accepted, Int($0.row)) }
            }
            first = last
        }
        // Whether a parent is absent is decided when all that could be it has come.
        for (accepted, row) in pending where store.hasParent(row, of: accepted.chunk.table) == false {
            engine.resolveOrphan(
                accepted.chunk.table, row: row, chunk: accepted.chunk.sequence, arrival: accepted.arrival)
        }
        if live { engine.settle(through: Shop.end) } else { engine.finish() }
        return DashboardPicture(
            now: Shop.end, origin: live ? .live : .file("shop.jsonl"), store: store.snapshot(),
            journeys: engine.picture(), sources: [live ? Shop.receiver : Shop.file], health: live ? Shop.late : .init())
    }

    private static var late: DataHealth {
        var health = DataHealth()
        health.spans = 10_000
        health.lateSpans = 40
        health.skewedServices = 1
        return health
    }

    private static var receiver: SourceLine {
        var line = SourceLine(name: "otlp", places: ["127.0.0.1:4317", "127.0.0.1:4318"], state: .receiving)
        line.spansPerSecond = 8420
        line.bytesPerSecond = 1_900_000
        line.logRecords = 3100
        line.metricPoints = 12_400
        line.requests = 900
        return line
    }

    private static var file: SourceLine { SourceLine(name: "files", places: ["shop.jsonl"], state: .done) }

    private static func batch(_ spans: ArraySlice<Planned>) -> SpanBatch {
        var batch = SpanBatch()
        var resources: [[String]: UInt32] = [:]
        let scope = batch.appendScope(name: Symbol("shop"), version: Symbol("1.0.0"), attributes: .none)
        for span in spans {
            let key = [span.service, span.version, span.environment ?? ""]
            let resource = resources[key] ?? batch.resource(of: span)
            resources[key] = resource
            batch.append(span, resource: resource, scope: scope)
        }
        return batch
    }
}

extension Shop.Planned {
    /// When the span arrives: at its end, an open one at its start.
    var arrival: UInt64 { max(fields.start, fields.end) }
}

extension SpanBatch {
    fileprivate mutating func add(_ attributes: [(String, AttributeValue)]) -> AttributeList {
        for (key, value) in attributes { addAttribute(Symbol(key), value: value) }
        return takeAttributes()
    }

    fileprivate mutating func resource(of span: Shop.Planned) -> UInt32 {
        var attributes: [(String, AttributeValue)] = [
            ("service.name", .string(span.service)), ("service.instance.id", .string("\(span.service)-7f9c-2")),
            ("telemetry.sdk.language", .string(span.service == "pricing" || span.service == "fraud" ? "rust" : "go")),
        ]
        if !span.version.isEmpty { attributes.append(("service.version", .string(span.version))) }
        if let environment = span.environment {
            attributes.append(("deployment.environment.name", .string(environment)))
        }
        return appendResource(add(attributes))
    }

    fileprivate mutating func append(_ span: Shop.Planned, resource: UInt32, scope: UInt32) {
        for event in span.events {
            let list = add(event.attributes)
            addEvent(time: span.fields.start + event.after, name: text(event.name), attributes: list)
        }
        for link in span.links { addLink(trace: link, span: SpanID(0x52), traceState: .empty, attributes: .none) }
        var fields = span.fields
        fields.attributes = add(span.attributes)
        fields.name = Symbol(span.name)
        fields.resource = resource
        fields.scope = scope
        fields.statusMessage = text(span.message)
        appendSpan(fields)
    }

    private mutating func text(_ text: String) -> ValueCode {
        var text = text
        return text.withUTF8 { value(string: UnsafeRawBufferPointer($0)) }
    }
}
