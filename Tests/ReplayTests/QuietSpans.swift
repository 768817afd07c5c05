import Telemetry

/// Quiet traffic as spans.
struct QuietSpans {
    private var traffic: QuietTraffic
    private let service: String
    private var last: UInt64 = 0

    /// Traffic of a service.
    init(_ traffic: QuietTraffic, service: String) {
        self.traffic = traffic
        self.service = service
    }

    /// The runs of some more seconds.
    mutating func next(seconds: Int) -> SpanTable {
        var batch = SpanBatch()
        batch.addAttribute(Symbol("service.name"), value: .string(service))
        let resource = batch.appendResource(batch.takeAttributes())
        let scope = batch.appendScope(name: .empty, version: .empty, attributes: .none)
        for _ in 0..<seconds {
            traffic.forEachRun { time, duration, failed in
                last += 1
                var fields = SpanFields()
                fields.attributes = batch.takeAttributes()
                fields.trace = TraceID(high: 1, low: last)
                fields.span = SpanID(last)
                fields.start = time - duration
                fields.end = time
                fields.name = Symbol("run")
                fields.resource = resource
                fields.scope = scope
                fields.kind = .server
                fields.status = failed ? .error : .unset
                batch.appendSpan(fields)
            }
        }
        return batch.table
    }
}
