import Journeys
import Telemetry

/// A stream of spans of a few services, second by second, through an observer.
struct ChangeStream {
    static let start: UInt64 = 1_760_000_000_000_000_000
    static let second: UInt64 = 1_000_000_000

    var observer: ChangeObserver
    var timeline: [TimelineEvent] = []
    private var span: UInt64 = 1

    init(rules: ChangeRules = ChangeRules()) { observer = ChangeObserver(rules: rules) }

    static func at(_ seconds: Double) -> UInt64 { start + UInt64(seconds * 1e9) }

    /// Sends the spans of some seconds and settles after each.
    mutating func run(_ seconds: Range<Int>, live: Bool = true, _ spans: (Int) -> [TestSpan]) {
        for second in seconds {
            let now = ChangeStream.at(Double(second + 1))
            send(spans(second), arrival: live ? now : 0)
            settle(now)
        }
    }

    mutating func send(_ spans: [TestSpan], arrival: UInt64) {
        guard !spans.isEmpty else { return }
        let table = SpanTable.make(spans)
        observer.observe(table, rows: 0..<table.count, arrival: arrival)
    }

    mutating func settle(_ now: UInt64) { timeline.record(observer.settle(now: now)) }

    /// The events in words.
    var sentences: [String] { timeline.map(\.sentence) }
}

extension TestSpan {
    /// A span that begins so many seconds after the stream's start.
    static func seen(
        _ seconds: Double, _ service: String = "payments", name: String = "POST /charge", version: String = "1.0",
        instance: String? = nil, environment: String? = "prod", with attributes: [String: String] = [:]
    ) -> TestSpan {
        var span = TestSpan()
        span.start = ChangeStream.at(seconds)
        span.end = span.start + 5_000_000
        span.service = service
        span.name = name
        span.version = version
        span.instance = instance
        span.environment = environment
        span.attributes = attributes
        return span
    }
}
