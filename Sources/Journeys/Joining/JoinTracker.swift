/// Follows the joined runs of one journey while spans come in, and decides each once.
///
/// Spans come in any order, but count in the order of their start. So the spans of a value are kept until its run is
/// decided, and what the run is now is read anew from them whenever one comes. A run is decided when the horizon (a while
/// behind the clock, see ``settle(through:)``) has passed its end and the arrival of the last span that changed it.
/// What comes later than that for a decided run is ignored, and nothing is ever taken back.
///
/// Memory is bounded: so many runs are open at once, and past that the oldest are given up; so many values wait for the
/// span that starts their run, and past that the one that has waited longest is forgotten; a value keeps so many spans,
/// and all values together ten for each run that may be open, past which the oldest runs are given up as well; and of
/// values whose run was decided the last several hundred thousand are remembered, so that late spans start no second run.
struct JoinTracker: Sendable {
    /// What is known about one value.
    private struct Value: Sendable {
        /// The spans that can count, sorted.
        var events: [JoinEvent] = []
        /// The run that is not decided yet; nil while the value waits for the span that starts one.
        var run: JoinRun?
        /// When the run is to be decided, or the waiting is over.
        var due: UInt64 = 0
        /// When the last span came that changed the run.
        var changed: UInt64 = 0
        /// Runs that start before this instant have been decided.
        var floor: UInt64 = 0
    }

    /// The most spans that one value keeps.
    static let maximumEvents = 256
    /// The most values of one generation of those whose run was decided.
    static let maximumDecided = 200_000

    let rules: JoinRules
    /// The most runs that are open at once; as many values may wait for their run to start.
    let openLimit: Int

    private var values: [JoinKey: Value] = [:]
    private var byDue = TimeHeap<JoinKey>()
    private var byStart = TimeHeap<JoinKey>()
    private var waiting = TimeHeap<JoinKey>()
    private var runs = 0
    private var spans = 0
    private var openRuns: [Int: Int] = [:]
    private var young: [JoinKey: UInt64] = [:]
    private var old: [JoinKey: UInt64] = [:]
    private var endings: [JoinEnding] = []
    private let spanLimit: Int

    init(rules: JoinRules, openLimit: Int) {
        self.rules = rules
        self.openLimit = max(1, openLimit)
        let (product, overflow) = self.openLimit.multipliedReportingOverflow(by: 10)
        spanLimit = overflow ? .max : max(4_096, product)
    }

    /// How many runs of an environment have begun and neither reached their last step nor been decided.
    func open(in environment: Int) -> Int { openRuns[environment] ?? 0 }

    /// How many values are kept.
    var count: Int { values.count }

    /// Takes in a span of a value.
    mutating func take(_ event: JoinEvent, of key: JoinKey, arrival: UInt64) {
        let isNew = values[key] == nil
        let floor = isNew ? young[key] ?? old[key] ?? 0 : 0
        guard event.start >= floor, floor < .max else { return }
        var value = remove(key) ?? Value(floor: floor)
        guard event.start >= value.floor else {
            insert(value, key)
            return
        }
        add(event, to: &value, arrival: arrival)
        insert(value, key)
        makeRoom(at: event.start)
        compact()
    }

    /// Decides the runs whose time has come.
    ///
    /// - Parameter horizon: How far the data is expected to be complete, in Unix nanoseconds.
    /// - Returns: The runs that were decided now or given up since the last call.
    mutating func settle(through horizon: UInt64) -> [JoinEnding] {
        while let first = byDue.first, first.time <= horizon {
            byDue.pop()
            if isRun(first.element, due: first.time) { decide(first.element) }
        }
        while let first = waiting.first, first.time <= horizon {
            waiting.pop()
            if isWaiting(first.element, due: first.time) { forget(first.element) }
        }
        while let first = byStart.first, !isRun(first.element, start: first.time) { byStart.pop() }
        defer { endings = [] }
        return endings
    }

    // MARK: - One value

    private func add(_ event: JoinEvent, to value: inout Value, arrival: UInt64) {
        var low = 0
        var high = value.events.count
        while low < high {
            let middle = (low + high) / 2
            if event.comesBefore(value.events[middle]) { high = middle } else { low = middle + 1 }
        }
        value.events.insert(event, at: low)
        value.events = rules.pruned(value.events)
        read(&value, arrival: arrival)
        guard value.events.count > JoinTracker.maximumEvents else { return }
        // The earliest span that does not count now is the least likely to count ever.
        let places = Set(value.run?.places ?? [])
        if let spare = value.events.indices.first(where: { !places.contains($0) }) { value.events.remove(at: spare) }
        read(&value, arrival: arrival)
    }

    /// Reads the run from the spans.
    private func read(_ value: inout Value, arrival: UInt64) {
        let before = value.run
        value.run = rules.run(in: value.events, floor: value.floor)
        if let run = value.run {
            let isChanged =
                run.start != before?.start || run.close != before?.close || run.places.count != before?.places.count
            if isChanged { value.changed = max(value.changed, arrival) }
            value.due = max(run.close, value.changed)
        } else if let last = value.events.last {
            let (sum, overflow) = last.start.addingReportingOverflow(rules.within)
            value.due = max(overflow ? .max : sum, arrival)
        }
    }

    private mutating func decide(_ key: JoinKey) {
        guard let value = values[key], let run = value.run else { return }
        end(key, run.isComplete ? .completed : .abandoned, at: run.close)
    }

    /// Ends the run of a value; with `again`, later spans of it may be a run already.
    private mutating func end(_ key: JoinKey, _ outcome: JoinEnding.Outcome, at time: UInt64) {
        guard var value = remove(key), let run = value.run else { return }
        endings.append(
            JoinEnding(
                environment: key.environment, outcome: outcome, steps: run.places.map { value.events[$0] }, time: time))
        value.floor = rules.again ? run.floor : .max
        let next = (run.places.last ?? 0) + 1
        value.events = value.events.dropFirst(next).filter { $0.start >= value.floor }
        read(&value, arrival: value.changed)
        if value.events.isEmpty || !rules.again { remember(key, value.floor) } else { insert(value, key) }
    }

    /// Lets go of a value whose run did not start.
    private mutating func forget(_ key: JoinKey) {
        guard let value = remove(key), value.floor > 0 else { return }
        remember(key, value.floor)
    }

    private mutating func remember(_ key: JoinKey, _ floor: UInt64) {
        if young.count >= JoinTracker.maximumDecided {
            old = young
            young = [:]
        }
        young[key] = max(floor, old[key] ?? 0, young[key] ?? 0)
    }

    // MARK: - All values

    /// Keeps the bounds: forgets values that have waited longest, and gives up the runs that began first. A run that has
    /// reached its last step is done.
    private mutating func makeRoom(at time: UInt64) {
        while values.count - runs > openLimit || spans > spanLimit, let longest = waiting.pop() {
            if isWaiting(longest.element, due: longest.time) { forget(longest.element) }
        }
        while runs > openLimit || spans > spanLimit, let oldest = byStart.pop() {
            guard isRun(oldest.element, start: oldest.time), let run = values[oldest.element]?.run else { continue }
            end(oldest.element, run.isComplete ? .completed : .unjudged, at: run.isComplete ? run.close : time)
        }
    }

    private mutating func remove(_ key: JoinKey) -> Value? {
        guard let value = values.removeValue(forKey: key) else { return nil }
        spans -= value.events.count
        guard let run = value.run else { return value }
        runs -= 1
        if !run.isComplete { openRuns[key.environment, default: 0] -= 1 }
        return value
    }

    private mutating func insert(_ value: Value, _ key: JoinKey) {
        spans += value.events.count
        if let run = value.run {
            runs += 1
            if !run.isComplete { openRuns[key.environment, default: 0] += 1 }
            byDue.push(value.due, key)
            byStart.push(run.start, key)
        } else {
            waiting.push(value.due, key)
        }
        values[key] = value
    }

    private func isRun(_ key: JoinKey, due: UInt64) -> Bool {
        guard let value = values[key] else { return false }
        return value.run != nil && value.due == due
    }

    private func isRun(_ key: JoinKey, start: UInt64) -> Bool { values[key]?.run?.start == start }

    private func isWaiting(_ key: JoinKey, due: UInt64) -> Bool {
        guard let value = values[key] else { return false }
        return value.run == nil && value.due == due
    }

    /// Makes the heaps anew when most of what is in them is outdated.
    private mutating func compact() {
        let limit = 3 * values.count + 4_096
        guard byDue.count > limit || byStart.count > limit || waiting.count > limit else { return }
        byDue.removeAll()
        byStart.removeAll()
        waiting.removeAll()
        for (key, value) in values {
            if let run = value.run {
                byDue.push(value.due, key)
                byStart.push(run.start, key)
            } else {
                waiting.push(value.due, key)
            }
        }
    }
}
