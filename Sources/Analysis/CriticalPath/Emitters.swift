import Telemetry

/// Which process emitted each span of a trace, as small numbers: a service and, where it is said, its instance.
///
/// Spans of one emitter share a clock.
struct Emitters: Sendable {
    /// The emitter of each span of the trace.
    let numbers: [Int32]
    /// The service of each emitter.
    let services: [Symbol]
    /// How many emitters there are.
    var count: Int { services.count }

    init(_ trace: Trace) {
        var known: [Identity: Int32] = [:]
        var services: [Symbol] = []
        // Resources are numbered from zero in each chunk: here one chunk's follow the other's. -1 for one not met yet.
        var bases: [Int] = []
        var total = 0
        for chunk in trace.chunks {
            bases.append(total)
            total += chunk.table.resources.count
        }
        var emitterOf = [Int32](repeating: -1, count: total)
        numbers = trace.spans.withUnsafeBufferPointer { spans in
            [Int32](unsafeUninitializedCapacity: spans.count) { numbers, count in
                for number in spans.indices {
                    let place = bases[spans[number].chunk] + Int(spans[number].resource)
                    if emitterOf[place] < 0 {
                        let identity = Identity(spans[number], in: trace.chunks[spans[number].chunk])
                        let emitter = known[identity] ?? Int32(services.count)
                        if Int(emitter) == services.count { services.append(identity.service) }
                        known[identity] = emitter
                        emitterOf[place] = emitter
                    }
                    numbers.initializeElement(at: number, to: emitterOf[place])
                }
                count = spans.count
            }
        }
        self.services = services
    }

    private struct Identity: Hashable {
        let service: Symbol
        let instance: String

        init(_ span: TraceSpan, in chunk: Chunk) {
            let row = chunk.table.resources[Int(span.resource)]
            service = row.service
            instance = row.instance == .empty ? "" : chunk.table.values.text(row.instance)
        }
    }
}
