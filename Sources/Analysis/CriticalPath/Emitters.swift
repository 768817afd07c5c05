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
        var byResource: [Place: Int32] = [:]
        var last: (place: Place, number: Int32)?
        numbers = trace.spans.map { span in
            let resource = span.chunk.table.resourceOf[span.row]
            let place = Place(chunk: span.chunk.sequence, resource: resource)
            if let last, last.place == place { return last.number }
            let number: Int32
            if let found = byResource[place] {
                number = found
            } else {
                let row = span.chunk.table.resources[Int(resource)]
                let instance = row.instance == .empty ? "" : span.chunk.table.values.text(row.instance)
                let identity = Identity(service: row.service, instance: instance)
                number = known[identity] ?? Int32(known.count)
                known[identity] = number
                byResource[place] = number
            }
            last = (place, number)
            return number
        }
        count = known.count
    }

    private struct Identity: Hashable {
        let service: Symbol
        let instance: String
    }

    private struct Place: Hashable {
        let chunk: UInt64
        let resource: UInt32
    }
}
