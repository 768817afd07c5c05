/// A joined run, told by the places of its spans in a sorted list.
struct JoinRun: Sendable, Equatable {
    /// The places of the spans that count, one for each stage reached.
    var places: [Int]
    /// When it began, in Unix nanoseconds.
    let start: UInt64
    /// When it is over: the end of its last step, or the end of its time.
    var close: UInt64
    /// Whether it reached its last step in time.
    var isComplete = false

    /// From when on another run of the value may start.
    var floor: UInt64 { isComplete || close == .max ? close : close + 1 }
}

/// The rules of JOURNEYS.md for joined runs, as a function of the spans of one value in the order of their start.
///
/// A run starts at the first span of the first stage. From there on the first span of the next stage counts, everything
/// else is ignored. Spans that start later than `within` after the run do not count; if the last step starts in time but
/// ends too late, the run is not complete, and later spans of the last step are repetitions.
struct JoinRules: Sendable, Hashable {
    /// How many stages a run has.
    let stages: Int
    /// The longest time between the start of a run and the end of its last step, in nanoseconds.
    let within: UInt64
    /// Whether another run of a value may start when one has ended.
    let again: Bool

    /// The rules of a joined journey.
    init(_ journey: JourneyDefinition) {
        stages = journey.steps.count + (journey.entry == nil ? 0 : 1)
        within = journey.within
        again = journey.again
    }

    /// The first run in sorted spans.
    ///
    /// - Parameters:
    ///   - events: The spans of one value, sorted.
    ///   - position: The first span that is looked at.
    ///   - floor: A run that starts before this instant has been decided already.
    func run(in events: [JoinEvent], from position: Int = 0, floor: UInt64 = 0) -> JoinRun? {
        var place = position
        while place < events.count, events[place].stage != 0 || events[place].start < floor { place += 1 }
        guard place < events.count else { return nil }
        let start = events[place].start
        let (sum, overflow) = start.addingReportingOverflow(within)
        let deadline = overflow ? .max : sum
        var run = JoinRun(places: [], start: start, close: deadline)
        while place < events.count, events[place].start <= deadline {
            if events[place].stage == run.places.count {
                guard run.places.count < stages - 1 else {
                    run.isComplete = events[place].end <= deadline
                    // A run of a single stage has reached it, even when that took too long.
                    if run.isComplete || run.places.isEmpty { run.places.append(place) }
                    if run.isComplete { run.close = events[place].end }
                    return run
                }
                run.places.append(place)
            }
            place += 1
        }
        return run
    }

    /// Leaves out spans that can never count, whatever comes: those of a stage after the span that counts for it now.
    ///
    /// A span that comes late can only move a run's start, and with it the span of every stage, to an earlier one. With
    /// ``again`` there may be further runs, so nothing is left out.
    func pruned(_ events: [JoinEvent]) -> [JoinEvent] {
        guard !again else { return events }
        var next = 0
        return events.filter { event in
            if event.stage == next {
                next += 1
                return true
            }
            return event.stage > next
        }
    }
}
