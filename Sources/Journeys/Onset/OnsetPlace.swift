/// Finds the slot at which two levels meet: the maximum of the likelihood of a change there.
struct OnsetPlace {
    /// The first slot of the new level, and the slots that it could be as well.
    struct Result {
        var slot: Int
        var range: ClosedRange<Int>
    }

    private let count: Int
    /// For every kind of run (a band of latency, failed, not failed) how many there were before each slot.
    private var sums: [[Double]]
    /// Which kinds share a total: latency first, then failures.
    private var groups: [Range<Int>] = []

    /// How much less likely than the best a slot may be to be possible, in nats; runs come in bursts, so more than 2.
    private static let slack = 4.0
    /// How many slots are looked at on the far side of the first guess, and before those for the level there.
    private static let reach = 12

    /// Counts the runs of a table in bands of latency that begin at `keys`, and by whether they failed.
    init(table: OnsetTable, keys: [Int32], signals: Set<Onset.Signal>) {
        count = table.count
        sums = []
        if signals.contains(.latency) {
            groups.append(0..<keys.count + 1)
            for _ in 0...keys.count { sums.append([0]) }
            for slot in 0..<table.count {
                var bands = [Double](repeating: 0, count: keys.count + 1)
                for entry in table.entries[slot] { bands[keys.prefix { $0 <= entry.key }.count] += table.runs(entry) }
                for band in bands.indices { sums[band].append((sums[band].last ?? 0) + bands[band]) }
            }
        }
        if signals.contains(.errors) {
            groups.append(sums.count..<sums.count + 2)
            var failed = [0.0]
            var fine = [0.0]
            for slot in table.failed {
                failed.append((failed.last ?? 0) + slot.hits)
                fine.append((fine.last ?? 0) + slot.runs - slot.hits)
            }
            sums += [failed, fine]
        }
    }

    /// The most likely slot near a first guess.
    func find(from guess: Int) -> Result {
        var low = max(1, guess - OnsetPlace.reach)
        while true {
            let result = best(low..<max(low + 1, count - 2))
            // A maximum at the far end: the change is older than was guessed.
            guard result.slot == low, low > 1 else { return result }
            low = max(1, low - OnsetPlace.reach)
        }
    }

    private func best(_ slots: Range<Int>) -> Result {
        let far = max(0, slots.lowerBound - OnsetLimits.near)
        let values = slots.map { likelihood(far, $0) + likelihood($0, count) }
        guard let most = values.max(), let last = values.lastIndex(of: most) else {
            return Result(slot: slots.lowerBound, range: slots.lowerBound...slots.lowerBound)
        }
        let possible = values.indices.filter { values[$0] >= most - OnsetPlace.slack }
        let range = (possible.first ?? last) + slots.lowerBound...(possible.last ?? last) + slots.lowerBound
        // Slots without runs are equally likely; the change shows where runs begin again.
        return Result(slot: last + slots.lowerBound, range: range)
    }

    /// The greatest likelihood of one level over the slots from `first` up to `last`.
    private func likelihood(_ first: Int, _ last: Int) -> Double {
        var sum = 0.0
        for group in groups {
            var total = 0.0
            for kind in group { total += sums[kind][last] - sums[kind][first] }
            for kind in group { sum += OnsetMath.likelihood(sums[kind][last] - sums[kind][first], of: total) }
        }
        return sum
    }
}
