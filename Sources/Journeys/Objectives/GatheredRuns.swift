/// Runs that a ledger has taken in and not yet counted in its series, gathered by second and by slot of durations.
///
/// A run costs a few additions here; the series, with all their resolutions, are written to once for many runs. Runs come
/// nearly in order, so that the few seconds that are open at once are enough.
struct GatheredRuns: Sendable {
    /// The columns of a second: these, then two for each objective.
    enum Column {
        static let total = 0
        static let failed = 1
        static let bad = 2
        static let suspect = 3
        static let own = 4
        static let perObjective = 2
    }

    /// What is needed to count a run for an objective.
    struct Promise: Sendable {
        let under: UInt64?
    }

    /// How many seconds are open at once; a power of two.
    static let openSeconds = 4
    /// How many slots of durations are open at once; a power of two.
    private static let openSlots = 2
    /// How many durations of a slot are gathered at most.
    private static let mostDurations = 8_192
    /// No second and no slot.
    private static let none = UInt64.max
    private static let second: UInt64 = 1_000_000_000

    private let promises: [Promise]
    private let tightestUnder: UInt64?
    /// The length of a slot of durations in seconds.
    private let slotSeconds: UInt64
    private let width: Int
    private var seconds = [UInt64](repeating: none, count: openSeconds)
    /// By open second: the slot of durations it belongs to.
    private var slotOf = [UInt64](repeating: none, count: openSeconds)
    /// By open second, `width` numbers each.
    private var cells: [UInt64]
    private var slots = [UInt64](repeating: none, count: openSlots)
    /// By open slot: the bucket in the high half, the number of the version in the low.
    private var durations = [[UInt64]](repeating: [], count: openSlots)
    /// Whether nothing is gathered.
    private(set) var isEmpty = true

    /// - Parameters:
    ///   - promises: The objectives.
    ///   - tightestUnder: The tightest promise in nanoseconds.
    ///   - slot: The length of the finest slots of durations in nanoseconds: whole seconds.
    init(promises: [Promise], tightestUnder: UInt64?, slot: UInt64) {
        self.promises = promises
        self.tightestUnder = tightestUnder
        slotSeconds = max(1, slot / GatheredRuns.second)
        width = Column.own + promises.count * Column.perObjective
        cells = [UInt64](repeating: 0, count: width * GatheredRuns.openSeconds)
    }

    /// The places of the second and of the slot of durations of an instant, if both can take in a run.
    @inline(__always)
    func places(of time: UInt64) -> (second: Int, slot: Int)? {
        let second = time / GatheredRuns.second
        let place = Int(second & UInt64(GatheredRuns.openSeconds - 1))
        let slot = second / slotSeconds
        let side = Int(slot & UInt64(GatheredRuns.openSlots - 1))
        guard seconds[place] == second, slots[side] == slot, durations[side].count < GatheredRuns.mostDurations else {
            return nil
        }
        return (place, side)
    }

    /// Opens the places of an instant, which must be empty where they are of another one.
    mutating func open(_ time: UInt64) -> (second: Int, slot: Int) {
        let second = time / GatheredRuns.second
        let place = Int(second & UInt64(GatheredRuns.openSeconds - 1))
        seconds[place] = second
        let slot = second / slotSeconds
        slotOf[place] = slot
        let side = Int(slot & UInt64(GatheredRuns.openSlots - 1))
        slots[side] = slot
        return (place, side)
    }

    /// Takes in a run that stands for itself alone and has a duration.
    @inline(__always)
    mutating func add(
        _ facts: RunFacts, duration: UInt64, isSuspect: Bool, bucket: Int, version: Int,
        at place: (second: Int, slot: Int)
    ) {
        isEmpty = false
        let base = place.second &* width
        let failed: UInt64 = facts.failed ? 1 : 0
        let isSlow = tightestUnder.map { duration >= $0 } ?? false
        let counts = facts.counts
        let promises = promises
        cells.withUnsafeMutableBufferPointer { cells in
            cells[base + Column.total] &+= 1
            cells[base + Column.failed] &+= failed
            cells[base + Column.bad] &+= failed | (isSlow ? 1 : 0)
            cells[base + Column.suspect] &+= isSuspect ? 1 : 0
            for number in promises.indices where counts?[number] ?? true {
                let column = base + Column.own + number * Column.perObjective
                let isFast = promises[number].under.map { duration < $0 } ?? true
                cells[column] &+= 1
                cells[column + 1] &+= isFast ? 1 &- failed : 0
            }
        }
        let key = UInt64(UInt32(bitPattern: Int32(clamping: bucket))) << 32
        durations[place.slot].append(key | UInt64(UInt32(bitPattern: Int32(truncatingIfNeeded: version))))
    }

    /// Takes in runs of a block from one on, as long as they belong to open seconds and to one slot of durations.
    ///
    /// - Parameters:
    ///   - block: the runs, with their keys.
    ///   - first: a run whose places are open.
    ///   - side: the place of its slot.
    /// - Returns: the first run that was not taken in, or the block's end.
    mutating func add(_ block: RunBlock, from first: Int, side: Int) -> Int {
        isEmpty = false
        let slot = slots[side]
        let room = GatheredRuns.mostDurations - durations[side].count
        let end = min(block.count, first + room)
        var index = first
        while index < end {
            let second = block.times[index] / GatheredRuns.second
            let place = Int(second & UInt64(GatheredRuns.openSeconds - 1))
            guard seconds[place] == second, slotOf[place] == slot else { break }
            let next = block.end(ofSecond: second &* GatheredRuns.second, from: index, end)
            add(index..<next, of: block, toSecond: place)
            index = next
        }
        durations[side].append(contentsOf: UnsafeBufferPointer(start: block.keys + first, count: index - first))
        return index
    }

    private mutating func add(_ part: Range<Int>, of block: RunBlock, toSecond place: Int) {
        let base = place &* width
        let failed = block.failed(in: part)
        let total = UInt64(part.count)
        cells[base + Column.total] &+= total
        cells[base + Column.failed] &+= failed
        cells[base + Column.bad] &+= block.bad(in: part, from: tightestUnder)
        cells[base + Column.suspect] &+= block.suspect(in: part)
        for number in promises.indices {
            let column = base + Column.own + number * Column.perObjective
            cells[column] &+= total
            cells[column + 1] &+= total &- block.bad(in: part, from: promises[number].under)
        }
    }

    // MARK: Handing over

    /// The beginning of an open second that an instant cannot be gathered with, or of any where it is nil.
    func begin(of place: Int, before time: UInt64?) -> UInt64? {
        guard seconds[place] != GatheredRuns.none else { return nil }
        if let time {
            let wanted = time / GatheredRuns.second
            guard Int(wanted & UInt64(GatheredRuns.openSeconds - 1)) == place, seconds[place] != wanted else {
                return nil
            }
        }
        return seconds[place] * GatheredRuns.second
    }

    /// A number of an open second.
    func count(_ place: Int, _ column: Int) -> UInt64 { cells[place * width + column] }

    /// Closes a second, whose numbers have been taken.
    mutating func close(_ place: Int) {
        for cell in place * width..<(place + 1) * width { cells[cell] = 0 }
        seconds[place] = GatheredRuns.none
    }

    /// Takes out the slots of durations that an instant cannot be gathered with, all of them where it is nil: with the
    /// beginning and the durations of each.
    mutating func takeDurations(before time: UInt64?) -> [(begin: UInt64, durations: [UInt64])] {
        let wanted = time.map { $0 / GatheredRuns.second / slotSeconds }
        var taken: [(begin: UInt64, durations: [UInt64])] = []
        for side in 0..<GatheredRuns.openSlots where slots[side] != GatheredRuns.none {
            if let wanted {
                guard Int(wanted & UInt64(GatheredRuns.openSlots - 1)) == side else { continue }
                guard slots[side] != wanted || durations[side].count >= GatheredRuns.mostDurations else { continue }
            }
            if !durations[side].isEmpty {
                taken.append((slots[side] * slotSeconds * GatheredRuns.second, durations[side]))
            }
            durations[side] = []
            slots[side] = GatheredRuns.none
        }
        if time == nil { isEmpty = true }
        return taken
    }

    /// The versions among gathered durations, each once.
    static func versions(in durations: [UInt64]) -> [Int] {
        var versions: [Int] = []
        var last = -1
        for duration in durations {
            let version = Int(Int32(truncatingIfNeeded: duration))
            if version == last || version < 0 { continue }
            last = version
            if !versions.contains(version) { versions.append(version) }
        }
        return versions
    }

    /// The buckets of gathered durations, of one version or of all, each with how many there are, sorted.
    static func buckets(of durations: [UInt64], version: Int?) -> [SparseEntry] {
        var buckets: [Int32] = []
        buckets.reserveCapacity(durations.count)
        for duration in durations {
            if let version, Int(Int32(truncatingIfNeeded: duration)) != version { continue }
            buckets.append(Int32(truncatingIfNeeded: Int64(bitPattern: duration) >> 32))
        }
        guard let least = buckets.min(), let greatest = buckets.max() else { return [] }
        let span = Int(greatest) - Int(least) + 1
        guard span <= buckets.count * 16, span <= 1 << 14 else { return counted(buckets.sorted()) }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: span) { counts in
            counts.initialize(repeating: 0)
            for bucket in buckets { counts[Int(bucket) - Int(least)] += 1 }
            var entries: [SparseEntry] = []
            for offset in counts.indices where counts[offset] > 0 {
                entries.append(entry(Int32(truncatingIfNeeded: Int(least) + offset), counts[offset]))
            }
            return entries
        }
    }

    private static func counted(_ sorted: [Int32]) -> [SparseEntry] {
        var entries: [SparseEntry] = []
        for bucket in sorted {
            if let last = entries.last, last.key == bucket {
                entries[entries.count - 1] = entry(bucket, last.count + 1)
            } else {
                entries.append(entry(bucket, 1))
            }
        }
        return entries
    }

    private static func entry(_ key: Int32, _ count: UInt32) -> SparseEntry {
        SparseEntry(key: key, count: count, weight: UInt64(count) * RunWeight.one.units)
    }
}
