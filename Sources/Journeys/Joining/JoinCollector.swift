/// Finds the joined runs of one journey in input that ends: it keeps the spans of every value until then, and the
/// outcome is exactly that of ``JoinRules``, whatever order they came in.
struct JoinCollector: Sendable {
    private struct Value: Sendable {
        var events: [JoinEvent] = []
        /// At how many spans those that can never count are looked for next.
        var pruneAt = 64
    }

    let rules: JoinRules
    /// The most runs that are open at once; past that the oldest are given up.
    let openLimit: Int
    private var values: [JoinKey: Value] = [:]

    init(rules: JoinRules, openLimit: Int) {
        self.rules = rules
        self.openLimit = max(1, openLimit)
    }

    /// Takes in a span of a value.
    mutating func take(_ event: JoinEvent, of key: JoinKey) {
        values[key, default: Value()].events.append(event)
        guard let value = values[key], value.events.count >= value.pruneAt else { return }
        let events = rules.pruned(value.events.sorted { $0.comesBefore($1) })
        values[key] = Value(events: events, pruneAt: max(64, 2 * events.count))
    }

    /// Decides all runs and forgets them: the input has ended, so what has not been completed is abandoned.
    ///
    /// - Parameter end: The last instant of the input; no run is abandoned later than that.
    mutating func finish(at end: UInt64) -> [JoinEnding] {
        var endings: [JoinEnding] = []
        for (key, value) in values { endings += runs(of: value.events, key) }
        values = [:]
        if endings.count > openLimit { giveUp(&endings) }
        for number in endings.indices where endings[number].outcome == .abandoned {
            let start = endings[number].steps.first?.start ?? 0
            endings[number].time = min(endings[number].time, max(end, start))
        }
        return endings
    }

    private func runs(of events: [JoinEvent], _ key: JoinKey) -> [JoinEnding] {
        let events = events.sorted { $0.comesBefore($1) }
        var endings: [JoinEnding] = []
        var floor: UInt64 = 0
        var position = 0
        while let run = rules.run(in: events, from: position, floor: floor) {
            endings.append(
                JoinEnding(
                    environment: key.environment, outcome: run.isComplete ? .completed : .abandoned,
                    steps: run.places.map { events[$0] }, time: run.close))
            guard rules.again, let last = run.places.last else { break }
            floor = run.floor
            position = last + 1
        }
        return endings
    }

    /// Goes through the runs in the order of their start; when one more would be open than may be, the open one that
    /// began first is given up at that instant.
    private func giveUp(_ endings: inout [JoinEnding]) {
        endings.sort { one, other in
            guard let mine = one.steps.first, let theirs = other.steps.first else { return false }
            return mine.comesBefore(theirs)
        }
        var closing = TimeHeap<Int>()
        var isOpen = [Bool](repeating: false, count: endings.count)
        var open = 0
        var oldest = 0
        for number in endings.indices {
            let start = endings[number].steps.first?.start ?? 0
            while let first = closing.first, first.time <= start {
                closing.pop()
                if isOpen[first.element] { open -= 1 }
                isOpen[first.element] = false
            }
            isOpen[number] = true
            open += 1
            closing.push(endings[number].time, number)
            guard open > openLimit else { continue }
            while !isOpen[oldest] { oldest += 1 }
            isOpen[oldest] = false
            open -= 1
            endings[oldest].outcome = .unjudged
            endings[oldest].time = start
        }
    }
}
