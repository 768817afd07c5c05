import DataSources
import Journeys
import Pipeline
import Synchronization
import Telemetry

let second: UInt64 = 1_000_000_000

/// An instant on a full minute, in 2025.
let noon: UInt64 = 1_760_000_040_000_000_000

/// A clock that stands still until a test moves it.
final class ManualClock: Sendable {
    private let time: Mutex<UInt64>

    init(_ start: UInt64 = noon) { time = Mutex(start) }

    var now: UInt64 { time.withLock { $0 } }

    func advance(seconds: Double) { time.withLock { $0 += UInt64(seconds * 1e9) } }

    func advance(nanoseconds: UInt64) { time.withLock { $0 += nanoseconds } }
}

/// A span as tests write it: every fact has a default, so that a test shows only its own.
struct TestSpan: Sendable {
    var trace: UInt64 = 1
    var span: UInt64 = 1
    var parent: UInt64 = 0
    var end: UInt64 = noon
    var duration: UInt64 = 100_000_000
    var service = "web"
    var environment = "prod"
    var name = "GET /"
    var kind = SpanKind.server
    var failed = false

    static func make(
        _ span: UInt64 = 1, trace: UInt64 = 1, parent: UInt64 = 0, end: UInt64 = noon,
        duration: UInt64 = 100_000_000, service: String = "web", name: String = "GET /", kind: SpanKind = .server,
        failed: Bool = false
    ) -> TestSpan {
        TestSpan(
            trace: trace, span: span, parent: parent, end: end, duration: duration, service: service, name: name,
            kind: kind, failed: failed)
    }
}

extension SpanBatch {
    static func make(_ spans: [TestSpan]) -> SpanBatch {
        var batch = SpanBatch()
        for span in spans { batch.append(span) }
        return batch
    }

    mutating func append(_ span: TestSpan) {
        addAttribute(Symbol("service.name"), value: .string(span.service))
        addAttribute(Symbol("deployment.environment.name"), value: .string(span.environment))
        let resource = appendResource(takeAttributes())
        var fields = SpanFields()
        fields.resource = resource
        fields.scope = appendScope(name: .empty, version: .empty, attributes: .none)
        fields.trace = TraceID(high: 0, low: span.trace)
        fields.span = SpanID(span.span)
        fields.parent = SpanID(span.parent)
        fields.start = span.end - span.duration
        fields.end = span.end
        fields.name = Symbol(span.name)
        fields.kind = span.kind
        fields.status = span.failed ? .error : .unset
        appendSpan(fields)
    }
}

extension BatchSink {
    func accept(_ spans: [TestSpan]) async throws { try await accept(Delivery(spans: .make(spans))) }
}

extension Pipeline {
    /// A pipeline on a clock of the test's own.
    static func make(
        _ clock: ManualClock, yaml: String = "", base: Base = .live, memoryBudget: Int? = nil,
        patience: ManualClock? = nil
    ) -> Pipeline {
        let waiting = patience ?? clock
        return Pipeline(
            journeys: journeys(yaml), base: base, memoryBudget: memoryBudget, clock: { clock.now },
            patienceClock: { waiting.now })
    }

    /// How many runs of a journey there are, in all environments; nil when there is no such journey.
    func runs(_ name: String) -> UInt64? { picture().runs(name) }
}

extension PipelinePicture {
    func runs(_ name: String) -> UInt64? {
        let views = journeys.journeys.filter { $0.name == name }
        guard !views.isEmpty else { return nil }
        let window = TimeWindow(last: 3600 * second, until: now)
        return views.reduce(0) { $0 + $1.counts(in: window).total }
    }
}

/// The journeys of a text, which must be free of errors.
func journeys(_ yaml: String) -> [JourneyDefinition] {
    guard !yaml.isEmpty else { return [] }
    let set = JourneySet(text: yaml, file: "test.yaml")
    precondition(!set.hasErrors, "\(set.diagnostics)")
    return set.journeys
}

/// The shop's telemetry of some seconds.
func shop(seconds: UInt64, seed: UInt64 = 1, rows: Int = 500) -> [SpanBatch] {
    Simulator(SimulatorConfiguration(seed: seed, fault: nil))
        .batches(from: noon, to: noon + seconds * second, maximumRows: rows)
}

let homeYAML = """
    journey: home
    entry: service=web name="GET /" kind=server
    """
