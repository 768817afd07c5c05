/// The runs of a journey in slots of ten seconds up to a moment.
struct OnsetTable {
    /// The length of a slot in nanoseconds.
    static let slot: UInt64 = 10_000_000_000

    /// When the first slot begins.
    let begin: UInt64
    /// How many slots there are; the last is the one that runs.
    let count: Int
    /// The runs of each slot and those that failed.
    private(set) var failed: [OnsetShare]
    /// The runs with a duration of each slot.
    private(set) var timed: [Double]
    /// The durations of each slot, sorted by bucket.
    private(set) var entries: [ArraySlice<SparseEntry>]
    /// The fastest and the slowest bucket.
    private(set) var keys: ClosedRange<Int32> = 0...0
    /// How many runs a unit of weight is worth, so that shares are by weight and their evidence by what was received.
    private var runsPerWeight = 0.0

    /// Reads a history.
    ///
    /// - Parameters:
    ///   - history: What is read.
    ///   - now: The moment; what is later is left out.
    ///   - slots: How many slots are read.
    ///   - leaves: Windows that are left out.
    init(_ history: OnsetHistory, now: UInt64, slots: Int, without leaves: [TimeWindow]) {
        let last = now / OnsetTable.slot
        let first = last >= UInt64(slots - 1) ? last - UInt64(slots - 1) : 0
        let begin = first * OnsetTable.slot
        let count = Int(last - first) + 1
        var failed = [OnsetShare](repeating: OnsetShare(), count: count)
        var timed = [Double](repeating: 0, count: count)
        var entries = [ArraySlice<SparseEntry>](repeating: [], count: count)
        let window = TimeWindow(from: begin, to: now == .max ? now : now + 1)
        func place(_ time: UInt64) -> Int? {
            let number = Int((time - begin) / OnsetTable.slot)
            return number < count && !leaves.contains { $0.contains(time) } ? number : nil
        }
        var received = 0.0
        var weighed = 0.0
        history.counts.forEachSlot(atLeast: OnsetTable.slot, in: window, watermark: history.watermark) {
            time, numbers in
            guard let number = place(time) else { return }
            let base = numbers.startIndex
            received += Double(numbers[base + CountColumn.total])
            weighed += Double(numbers[base + CountColumn.totalWeight])
            failed[number].runs += Double(numbers[base + CountColumn.totalWeight])
            failed[number].hits += Double(numbers[base + CountColumn.failedWeight])
        }
        var low = Int32.max
        var high = Int32.min
        let runsPerWeight = weighed > 0 ? received / weighed : 0
        history.latency.forEachSlot(atLeast: OnsetTable.slot, in: window, watermark: history.watermark) { time, found in
            guard let number = place(time) else { return }
            entries[number] = found.drop { $0.key <= Int32(JourneyLedger.noDuration) }
            var weight = 0.0
            for entry in entries[number] { weight += Double(entry.weight) }
            if let first = entries[number].first, let last = entries[number].last {
                low = min(low, first.key)
                high = max(high, last.key)
            }
            timed[number] = weight * runsPerWeight
        }
        for number in failed.indices {
            failed[number].runs *= runsPerWeight
            failed[number].hits *= runsPerWeight
        }
        if low <= high { keys = low...high }
        self.begin = begin
        self.count = count
        self.failed = failed
        self.timed = timed
        self.entries = entries
        self.runsPerWeight = runsPerWeight
    }

    /// When a slot begins.
    func time(_ number: Int) -> UInt64 { begin + UInt64(max(0, number)) * OnsetTable.slot }

    /// The number of runs that an entry stands for as evidence.
    @inline(__always) func runs(_ entry: SparseEntry) -> Double { Double(entry.weight) * runsPerWeight }

    /// A measure slot by slot.
    func series(_ measure: OnsetMeasure) -> [OnsetShare] {
        guard case .over(let key) = measure else { return failed }
        return (0..<count).map { number in
            var share = OnsetShare(hits: 0, runs: timed[number])
            for entry in entries[number].reversed() {
                guard entry.key >= key else { break }
                share.hits += runs(entry)
            }
            return share
        }
    }

    /// The durations of some slots.
    func histogram(_ slots: Range<Int>) -> OnsetHistogram {
        var histogram = OnsetHistogram(self)
        for number in slots.clamped(to: 0..<count) { histogram.add(number, of: self) }
        return histogram
    }

    /// The failed runs of some slots.
    func failures(_ slots: Range<Int>) -> OnsetShare { failed[slots.clamped(to: 0..<count)].reduce(OnsetShare(), +) }
}

/// What the share of is taken.
enum OnsetMeasure: Sendable, Hashable {
    /// Runs whose duration falls into this bucket or a slower one.
    case over(Int32)
    /// Runs that failed.
    case failed

    /// What trouble it shows.
    var signal: Onset.Signal { self == .failed ? .errors : .latency }
}

/// The durations of a number of slots by bucket, dense, so that slots can be added and taken away cheaply.
struct OnsetHistogram {
    private let base: Int32
    private var cells: [Double]
    private(set) var total = 0.0

    /// An empty histogram with room for every bucket that a table has.
    init(_ table: OnsetTable) {
        base = table.keys.lowerBound
        cells = [Double](repeating: 0, count: Int(table.keys.upperBound) - Int(base) + 1)
    }

    /// Adds a slot, or takes it away.
    mutating func add(_ slot: Int, of table: OnsetTable, sign: Double = 1) {
        for entry in table.entries[slot] { cells[Int(entry.key - base)] += sign * table.runs(entry) }
        total += sign * table.timed[slot]
    }

    /// The bucket of a quantile by nearest rank; nil without durations.
    func key(at quantile: Double) -> Int32? {
        guard total > 0.5 else { return nil }
        let rank = quantile * total - 1e-6
        var sum = 0.0
        for (offset, cell) in cells.enumerated() where cell > 1e-6 {
            sum += cell
            if sum >= rank { return base + Int32(offset) }
        }
        return cells.lastIndex { $0 > 1e-6 }.map { base + Int32($0) }
    }

    /// The buckets of ascending quantiles in one pass; empty without durations.
    func keys(at quantiles: [Double]) -> [Int32] {
        guard total > 0.5 else { return [] }
        var keys: [Int32] = []
        var sum = 0.0
        var last = base
        for (offset, cell) in cells.enumerated() where cell > 1e-6 {
            sum += cell
            last = base + Int32(offset)
            while keys.count < quantiles.count, sum >= quantiles[keys.count] * total - 1e-6 { keys.append(last) }
            if keys.count == quantiles.count { return keys }
        }
        while keys.count < quantiles.count { keys.append(last) }
        return keys
    }

    /// How many runs fall into a bucket or a slower one.
    func over(_ key: Int32) -> OnsetShare {
        let first = min(max(0, Int(key) - Int(base)), cells.count)
        var hits = 0.0
        for cell in cells[first...] { hits += cell }
        return OnsetShare(hits: max(0, hits), runs: max(0, total))
    }
}
