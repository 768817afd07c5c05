import Telemetry

/// Time on the critical path, summed over traces by service and by operation.
///
/// Kept apart from ``Contribution``, so that a baseline of many traces is summed once.
package struct ContributionSums: Sendable {
    /// A service and, for sums by operation, a span name.
    struct Key: Hashable {
        let service: Symbol
        let operation: Symbol
    }

    /// Time on the path in nanoseconds, and what the service is written in.
    struct Sum {
        var time: UInt64 = 0
        var language = ""
    }

    /// How many traces were added.
    package private(set) var traces = 0
    /// Nanoseconds on the path in all traces.
    package private(set) var total: UInt64 = 0
    /// Nanoseconds between a call's two sides.
    package private(set) var gap: UInt64 = 0
    private(set) var services: [Key: Sum] = [:]
    private(set) var operations: [Key: Sum] = [:]

    /// Sums over nothing.
    package init() {}

    /// Sums over these traces.
    package init(_ traces: some Sequence<Trace>) {
        for trace in traces { add(trace) }
    }

    /// Adds a trace, clocks put right as far as the trace proves them wrong.
    package mutating func add(_ trace: Trace) {
        add(trace, path: CriticalPath(of: trace, skew: ClockSkew(estimating: trace)))
    }

    /// Adds a trace whose path is known already.
    package mutating func add(_ trace: Trace, path: CriticalPath) {
        traces += 1
        let isGap = Self.gaps(trace, path)
        for span in path.spans {
            let time = path.time(of: span)
            guard time > 0 else { continue }
            total = sum(total, time)
            if isGap.contains(span) {
                gap = sum(gap, time)
                continue
            }
            let looked = trace.spans[span]
            let chunk = trace.chunks[looked.chunk]
            add(time, to: \.services, Key(service: looked.serviceSymbol, operation: .empty), looked, chunk)
            add(time, to: \.operations, Key(service: looked.serviceSymbol, operation: looked.nameSymbol), looked, chunk)
        }
    }

    private mutating func add(
        _ time: UInt64, to sums: WritableKeyPath<Self, [Key: Sum]>, _ key: Key, _ span: TraceSpan, _ chunk: Chunk
    ) {
        var entry = self[keyPath: sums][key] ?? Sum(language: SDKLanguage.short(span.row, of: chunk.table))
        entry.time = sum(entry.time, time)
        self[keyPath: sums][key] = entry
    }

    private func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let sum = a.addingReportingOverflow(b)
        return sum.overflow ? .max : sum.partialValue
    }

    /// The calling spans on the path whose called side is on the path too: what is their own is the way between.
    private static func gaps(_ trace: Trace, _ path: CriticalPath) -> Set<Int> {
        var gaps = Set<Int>()
        for span in path.spans {
            guard let parent = trace.spans[span].parent, path.onPath(parent) else { continue }
            let called = trace.spans[span].kind
            let calling = trace.spans[parent].kind
            if (calling == .client && called == .server) || (calling == .producer && called == .consumer) {
                gaps.insert(parent)
            }
        }
        return gaps
    }
}
