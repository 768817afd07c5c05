import Telemetry

/// What is missing from the numbers, over the last hour.
package struct DataHealthCounts: Sendable, Equatable {
    /// Spans that arrived more than 30 s after their end.
    package var late = 0
    /// All spans that ended since the program started.
    package var spans = 0
    /// Services with spans that end after they arrived: their clocks are ahead of ours.
    package var skewedServices = 0
    /// Deliveries refused because there was no room.
    package var refused = 0

    /// Nothing missing.
    package init() {}
}

/// Counts late spans and clocks that are ahead, minute by minute for an hour.
///
/// Spans that ended before the program started are its past, not late.
struct HealthMeter: Sendable {
    private struct Minute: Sendable {
        var number: UInt64 = 0
        var late = 0
        var spans = 0
    }

    /// From when on a span is late, in nanoseconds after its end.
    static let lateAfter: UInt64 = 30_000_000_000
    /// How far ahead a clock may be before it is called skewed, in nanoseconds.
    static let tolerance: UInt64 = 1_000_000_000
    private static let minute: UInt64 = 60_000_000_000

    private let started: UInt64
    private var minutes: [Minute] = Array(repeating: Minute(), count: 60)
    private var ahead: [Symbol: UInt64] = [:]

    init(started: UInt64) { self.started = started }

    mutating func add(_ accepted: AcceptedRows) {
        let table = accepted.chunk.table
        let number = accepted.arrival / Self.minute
        let slot = Int(number % 60)
        if minutes[slot].number != number { minutes[slot] = Minute(number: number) }
        let arrival = accepted.arrival
        var spans = 0
        var late = 0
        table.ends.withUnsafeBuffer { ends in
            for row in accepted.rows {
                let end = ends[row]
                guard end >= started else { continue }
                spans += 1
                if end < arrival {
                    if arrival - end > Self.lateAfter { late += 1 }
                } else if end - arrival > Self.tolerance, ahead.count < 1000 {
                    ahead[table.service(row)] = arrival
                }
            }
        }
        minutes[slot].spans += spans
        minutes[slot].late += late
    }

    func counts(now: UInt64) -> DataHealthCounts {
        let oldest = (now / Self.minute) > 59 ? now / Self.minute - 59 : 0
        var counts = DataHealthCounts()
        for minute in minutes where minute.number >= oldest {
            counts.late += minute.late
            counts.spans += minute.spans
        }
        counts.skewedServices = ahead.values.count { $0 >= oldest * Self.minute }
        return counts
    }
}
