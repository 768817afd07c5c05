import Journeys

/// A span of a step, as tests of joined runs write it; times are seconds after noon.
struct Visit: Sendable, Hashable {
    var value: String?
    var environment = "prod"
    var step: Int
    var start: Double
    var length: Double = 0.5
    var failed = false
    var number: UInt64 = 0

    var startTime: UInt64 { TestSpan.noon + UInt64((start * 1e9).rounded()) }
    var endTime: UInt64 { startTime + UInt64((length * 1e9).rounded()) }

    /// The span, with ids made of the visit's number.
    func span(attribute: String = "session.id") -> TestSpan {
        var span = TestSpan()
        span.trace = 1_000 + number
        span.span = 1 + number
        span.start = startTime
        span.end = endTime
        span.environment = environment
        span.name = "step\(step)"
        span.status = failed ? .error : .ok
        if let value { span.attributes[attribute] = value }
        return span
    }
}

/// The rules of joined runs, read aloud: one span after the other, with a clock that runs along.
struct JoinOracle {
    /// What became of a run.
    struct Run: Hashable {
        var environment: String
        var start: UInt64
        var reached: Int
        /// The end of a completed run; nil for an abandoned one.
        var end: UInt64?
        var deadline: UInt64
        var failed: Bool

        var close: UInt64 { end ?? deadline }
    }

    var steps: Int
    var within: UInt64
    var again: Bool

    /// All runs of the visits, in no particular order.
    func runs(_ visits: [Visit]) -> [Run] {
        var byValue: [[String]: [Visit]] = [:]
        for visit in visits {
            if let value = visit.value { byValue[[visit.environment, value], default: []].append(visit) }
        }
        return byValue.values.flatMap { runs(ofOneValue: $0) }
    }

    private func runs(ofOneValue visits: [Visit]) -> [Run] {
        var done: [Run] = []
        var current: Run?
        var free: UInt64 = 0
        func give(_ run: Run) {
            done.append(run)
            free = run.end ?? run.deadline + 1
            current = nil
        }
        let inOrder = visits.sorted {
            ($0.startTime, $0.step, $0.endTime, $0.number) < ($1.startTime, $1.step, $1.endTime, $1.number)
        }
        for visit in inOrder {
            if let run = current, visit.startTime > run.deadline { give(run) }
            if current == nil, visit.step == 0, visit.startTime >= free, done.isEmpty || again {
                current = Run(
                    environment: visit.environment, start: visit.startTime, reached: 0, end: nil,
                    deadline: visit.startTime + within, failed: false)
            }
            guard var run = current, visit.step == run.reached else { continue }
            let isLast = run.reached == steps - 1
            if isLast, visit.endTime > run.deadline, steps > 1 {
                give(run)
                continue
            }
            run.reached += 1
            run.failed = run.failed || visit.failed
            current = run
            guard isLast else { continue }
            if visit.endTime <= run.deadline { run.end = visit.endTime }
            give(run)
        }
        if let run = current { give(run) }
        return done
    }
}

/// What tests compare: the counts of a window.
struct JoinTally: Equatable {
    var completed: UInt64 = 0
    var failed: UInt64 = 0
    var abandonedAfter: [UInt64]
    var unjudged: UInt64 = 0
    var unjoinable: UInt64 = 0
    var reached: [UInt64]
    var good: UInt64 = 0
    var judged: UInt64 = 0

    /// What an oracle says about one environment.
    init(_ runs: [JoinOracle.Run], steps: Int, unjoinable: Int, unjudged: Int = 0) {
        abandonedAfter = Array(repeating: 0, count: max(1, steps - 1))
        reached = Array(repeating: 0, count: steps)
        self.unjoinable = UInt64(unjoinable)
        self.unjudged = UInt64(unjudged)
        for run in runs {
            judged += 1
            for step in 0..<run.reached { reached[step] += 1 }
            if run.end == nil {
                abandonedAfter[run.reached - 1] += 1
            } else {
                completed += 1
                if run.failed { failed += 1 } else { good += 1 }
            }
        }
    }

    /// What a view says; the journey's first promise must ask for completion.
    init?(_ view: JourneyView, in window: TimeWindow) {
        guard let joined = view.joinedCounts(in: window) else { return nil }
        let counts = view.counts(in: window)
        completed = joined.completed
        failed = counts.failed
        abandonedAfter = joined.abandonedAfter.map(\.count)
        unjudged = joined.unjudged
        unjoinable = joined.unjoinable
        reached = view.funnel(in: window).map(\.reached)
        good = counts.promises.first?.good ?? 0
        judged = counts.promises.first?.total ?? 0
        guard counts.total == completed, joined.judged == judged else { return nil }
    }
}

/// A generated case.
struct JoinCase {
    var steps: Int
    var again: Bool
    var visits: [Visit]

    static let within: UInt64 = 20_000_000_000

    /// Few values and full seconds, so that everything meets: equal starts, ends on the deadline, steps out of order.
    static func make(_ numbers: inout SeededNumbers) -> JoinCase {
        let steps = Int.random(in: 1...4, using: &numbers)
        let values = Int.random(in: 1...3, using: &numbers)
        let places = ["prod", "test"]
        var visits: [Visit] = []
        for number in 0..<Int.random(in: 1...40, using: &numbers) {
            visits.append(
                Visit(
                    value: Int.random(in: 0..<12, using: &numbers) == 0
                        ? nil : "s-\(Int.random(in: 0..<values, using: &numbers))",
                    environment: places[Int.random(in: 0..<5, using: &numbers) / 4],
                    step: Int.random(in: 0..<steps, using: &numbers),
                    start: Double(Int.random(in: 0...70, using: &numbers)),
                    length: Double(Int.random(in: 0...10, using: &numbers)) / 2,
                    failed: Int.random(in: 0..<5, using: &numbers) == 0, number: UInt64(number)))
        }
        return JoinCase(steps: steps, again: Bool.random(using: &numbers), visits: visits)
    }

    var oracle: JoinOracle { JoinOracle(steps: steps, within: JoinCase.within, again: again) }

    var yaml: String {
        """
        journey: walk
        join: session.id
        within: 20s
        again: \(again)
        steps:
        \((0..<steps).map { "  - s\($0): name=step\($0)" }.joined(separator: "\n"))
        slo:
          done: {target: 90%, complete: true}
          fine: {target: 90%}
        """
    }

    /// The tallies by environment, from the oracle.
    func tallies(_ window: TimeWindow? = nil) -> [String: JoinTally] {
        var result: [String: JoinTally] = [:]
        let runs = oracle.runs(visits)
        for environment in Set(visits.map(\.environment)) {
            let lost = visits.filter {
                $0.environment == environment && $0.value == nil && window?.contains($0.endTime) ?? true
            }
            result[environment] = JoinTally(
                runs.filter { $0.environment == environment && window?.contains($0.close) ?? true }, steps: steps,
                unjoinable: lost.count)
        }
        return result
    }
}

extension JourneysPicture {
    /// The tallies of the journey `walk` by environment.
    func tallies(_ window: TimeWindow = TimeWindow(from: 0, to: .max)) -> [String: JoinTally] {
        var result: [String: JoinTally] = [:]
        for view in journeys where view.name == "walk" {
            if let environment = view.environment { result[environment] = JoinTally(view, in: window) }
        }
        return result
    }
}
