import Telemetry

/// One row of a list of traces.
package struct TraceSummary: Sendable, Equatable {
    /// The span that the trace waited for longest.
    package struct Worst: Sendable, Equatable {
        /// Where the span lies.
        package let reference: SpanReference
        /// The span's id.
        package let id: SpanID
        /// The service's name.
        package let service: String
        /// The span's name.
        package let name: String
        /// The version of the service; empty where it is not said.
        package let version: String
        /// Nanoseconds that the trace waited for the span itself.
        package let time: UInt64
        /// Nanoseconds in which none of its awaited children ran.
        package let selfTime: UInt64
        /// The share of the critical path, from 0 to 1.
        package let share: Double
    }

    /// The trace.
    package let id: TraceID
    /// Unix nanoseconds of the main root's start, clocks put right.
    package let start: UInt64
    /// Nanoseconds that the main root took; for an open one what is known of it.
    package let total: UInt64
    /// The span that the trace waited for longest; `nil` when nothing took time.
    package let worst: Worst?
    /// How many spans there are.
    package let spans: Int
    /// How many services there are.
    package let services: Int
    /// How many events the spans have.
    package let events: Int
    /// How many spans ended with an error.
    package let errors: Int
    /// Why the deepest span with an error failed: `error.type`, else the status message; empty where neither is said.
    package let errorReason: String
    /// How many spans name a parent that is not there.
    package let missingParents: Int
    /// How many spans have not ended.
    package let open: Int
    /// The services whose clocks are off.
    package let skew: [ClockSkew.Offset]

    /// Sums up a trace, clocks put right as far as the trace proves them wrong.
    package init(_ trace: Trace) {
        let skew = ClockSkew(estimating: trace)
        self.init(trace, path: CriticalPath(of: trace, skew: skew), skew: skew)
    }

    /// Sums up a trace whose path is known already.
    package init(_ trace: Trace, path: CriticalPath, skew: ClockSkew) {
        var services = Set<Symbol>()
        var events = 0
        var errors = 0
        var missing = 0
        var deepest: Int?
        for (number, span) in trace.spans.enumerated() {
            services.insert(span.serviceSymbol)
            events += span.eventCount
            if span.isOrphan { missing += 1 }
            guard span.status == .error else { continue }
            errors += 1
            if span.depth > (deepest.map { trace.spans[$0].depth } ?? -1) { deepest = number }
        }
        id = trace.id
        start = path.root.map { path.timing.unix(path.timing.starts[$0]) } ?? trace.start
        total = path.duration
        worst = Self.worst(trace, path)
        spans = trace.spans.count
        self.services = services.count
        self.events = events
        self.errors = errors
        errorReason = deepest.map { Self.reason(trace.spans[$0], trace) } ?? ""
        missingParents = missing
        open = path.timing.isOpen.count { $0 }
        self.skew = skew.offsets
    }

    private static func worst(_ trace: Trace, _ path: CriticalPath) -> Worst? {
        guard let number = path.longest, path.time(of: number) > 0 else { return nil }
        let span = trace.spans[number]
        return Worst(
            reference: trace.reference(of: span), id: span.id, service: span.service, name: span.name,
            version: trace.chunks[span.chunk].table.resource(span.row).version.text, time: path.time(of: number),
            selfTime: path.selfTime(of: number), share: path.share(of: number))
    }

    private static let errorType = Symbol("error.type")

    private static func reason(_ span: TraceSpan, _ trace: Trace) -> String {
        let chunk = trace.chunks[span.chunk]
        let attributes = chunk.table.attributes(span.row)
        if let code = chunk.table.valueCode(attributes, key: errorType), code != .empty {
            return chunk.table.values.text(code)
        }
        return chunk.table.statusMessage(span.row)
    }
}
