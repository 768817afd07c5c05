import Telemetry

/// One run as its steps need it.
struct StepRun: Sendable {
    let ledger: Int
    let time: UInt64
    let weight: RunWeight
}

/// A change to the counts of a step that follows from a span.
struct StepChange {
    let run: StepRun
    let step: Int
    /// The duration counted before and now to be taken back; nil when the run had not reached the step.
    let before: StepDuration?
    /// The duration to count.
    let after: StepDuration
}

/// The duration of a step's span; nil inside when its end lies before its start.
struct StepDuration: Sendable, Equatable {
    let nanoseconds: UInt64?

    /// Whether this duration is shown rather than another one of the same step: the longest counts.
    func isLonger(than other: StepDuration) -> Bool {
        guard let mine = nanoseconds else { return false }
        guard let theirs = other.nanoseconds else { return true }
        return mine > theirs
    }
}

/// A span that shows which version of a service takes part in a journey.
struct VersionSighting: Sendable {
    /// The number of the environment that the span belongs to.
    let environment: Int
    let service: Symbol
    let version: Symbol
    /// A hash of the instance's name; zero for none.
    let instance: UInt64
    let weight: RunWeight
    let duration: UInt64?
    let time: UInt64
}

/// What follows from a run or a step: changes of step counts, and sightings that now belong to a run.
struct StepOutcome {
    var changes: [StepChange] = []
    var sightings: [VersionSighting] = []
}

/// Remembers which steps the recent traces of one journey reached, so that entry and steps may arrive in any order.
///
/// It holds two generations of traces and drops the older one when the younger is full or old enough, so a trace is
/// remembered for at least one generation and the memory is bounded.
struct StepTracker: Sendable {
    fileprivate struct Trace: Sendable {
        var runs: [StepRun] = []
        /// The longest span of every step reached so far, by step.
        var reached: [(step: Int, duration: StepDuration)] = []
        /// Sightings that wait for the first run of the trace: a span of a step may belong to another journey.
        var waiting: [VersionSighting] = []
    }

    /// The most traces that one generation remembers.
    let generationLimit: Int
    /// The time after which a new generation begins, in nanoseconds.
    let generationAge: UInt64

    private var young: [TraceID: Trace] = [:]
    private var old: [TraceID: Trace] = [:]
    private var youngSince: UInt64 = 0

    /// The most runs of one journey in one trace whose steps are followed.
    fileprivate static let maximumRuns = 64
    /// The most sightings that wait for one trace's first run.
    fileprivate static let maximumWaiting = 64

    init(generationLimit: Int = 100_000, generationAge: UInt64 = 300_000_000_000) {
        self.generationLimit = generationLimit
        self.generationAge = generationAge
    }

    /// How many traces are remembered.
    var count: Int { young.count + old.count }

    /// Takes in a run; returns the steps that its trace has reached already, and the sightings that waited for it.
    mutating func enter(_ trace: TraceID, _ run: StepRun, now: UInt64) -> StepOutcome {
        age(now)
        recall(trace)
        return young[trace, default: Trace()].enter(run)
    }

    /// Takes in a span of a step; returns what changes for the runs of its trace that are known already.
    mutating func reach(_ trace: TraceID, step: Int, _ sighting: VersionSighting, now: UInt64) -> StepOutcome {
        age(now)
        recall(trace)
        return young[trace, default: Trace()].reach(step, sighting)
    }

    /// Brings a trace of the older generation into the younger.
    private mutating func recall(_ trace: TraceID) {
        if !old.isEmpty, young[trace] == nil, let known = old.removeValue(forKey: trace) { young[trace] = known }
    }

    private mutating func age(_ now: UInt64) {
        if youngSince == 0 { youngSince = now }
        guard young.count >= generationLimit || (now > youngSince && now - youngSince >= generationAge) else { return }
        old = young
        young = [:]
        youngSince = now
    }

    /// The same memory for ledgers that got other numbers; runs whose ledger is gone are forgotten.
    func renumbered(_ numbers: [Int: Int]) -> StepTracker {
        var tracker = self
        let renumber: (Trace) -> Trace = { trace in
            var trace = trace
            trace.runs = trace.runs.compactMap { run in
                numbers[run.ledger].map { StepRun(ledger: $0, time: run.time, weight: run.weight) }
            }
            return trace
        }
        tracker.young = young.mapValues(renumber)
        tracker.old = old.mapValues(renumber)
        return tracker
    }
}

extension StepTracker.Trace {
    fileprivate mutating func enter(_ run: StepRun) -> StepOutcome {
        guard runs.count < StepTracker.maximumRuns else { return StepOutcome() }
        runs.append(run)
        let outcome = StepOutcome(
            changes: reached.map { StepChange(run: run, step: $0.step, before: nil, after: $0.duration) },
            sightings: waiting)
        if !waiting.isEmpty { waiting = [] }
        return outcome
    }

    fileprivate mutating func reach(_ step: Int, _ sighting: VersionSighting) -> StepOutcome {
        var outcome = StepOutcome()
        if !runs.isEmpty {
            outcome.sightings = [sighting]
        } else if waiting.count < StepTracker.maximumWaiting {
            waiting.append(sighting)
        }
        let duration = StepDuration(nanoseconds: sighting.duration)
        var before: StepDuration?
        if let place = reached.firstIndex(where: { $0.step == step }) {
            guard duration.isLonger(than: reached[place].duration) else { return outcome }
            before = reached[place].duration
            reached[place].duration = duration
        } else {
            reached.append((step, duration))
        }
        outcome.changes = runs.map { StepChange(run: $0, step: step, before: before, after: duration) }
        return outcome
    }
}
