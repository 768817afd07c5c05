import Telemetry

/// Which process emitted each span of a trace, as small numbers: a service and, where it is said, its instance.
///
/// Spans of one emitter share a clock.
struct Emitters: Sendable {
    /// The emitter of each span of the trace.
    let numbers: [Int32]
    /// How many emitters there are.
    let count: Int

    init(_ trace: Trace) {
        var known: [Identity: Int32] = [:]
        // Resources are numbered from zero in each chunk; -1 for one not met yet.
        var byChunk: [UInt64: [Int32]] = [:]
        var chunk: Chunk?
        var current: [Int32] = []
        numbers = trace.spans.map { span in
            if chunk?.sequence != span.chunk.sequence {
                if let chunk { byChunk[chunk.sequence] = current }
                chunk = span.chunk
                current =
                    byChunk[span.chunk.sequence]
                    ?? Array(repeating: -1, count: span.chunk.table.resources.count)
            }
            if current[Int(span.resource)] < 0 {
                let row = span.chunk.table.resources[Int(span.resource)]
                let instance = row.instance == .empty ? "" : span.chunk.table.values.text(row.instance)
                let identity = Identity(service: row.service, instance: instance)
                let number = known[identity] ?? Int32(known.count)
                known[identity] = number
                current[Int(span.resource)] = number
            }
            return current[Int(span.resource)]
        }
        count = known.count
    }

    private struct Identity: Hashable {
        let service: Symbol
        let instance: String
    }
}
