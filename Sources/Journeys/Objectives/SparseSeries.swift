/// How many runs, and with what weight, share a key: a latency bucket, a version, an error label.
package struct SparseEntry: Sendable, Hashable {
    /// The key.
    package let key: Int32
    /// How many runs.
    package var count: UInt32
    /// The sum of their weights, in units of ``RunWeight``.
    package var weight: UInt64

    /// Makes an entry.
    package init(key: Int32, count: UInt32, weight: UInt64) {
        self.key = key
        self.count = count
        self.weight = weight
    }
}

/// Counts by key over event time: a histogram, or any other distribution, that can be merged over any window.
///
/// It keeps time as ``CountSeries`` does. Slots are sorted arrays of the keys that occurred, so a quiet slot costs
/// nothing.
package struct SparseSeries: Sendable {
    private let levels: [SlotPlan.Level]
    private var rings: [SparseRing]

    /// Makes an empty series.
    package init(levels: [SlotPlan.Level]) {
        self.levels = levels
        rings = levels.map { SparseRing(slot: $0.slot) }
    }

    /// Counts one run.
    package mutating func add(_ key: Int, weight: RunWeight, at time: UInt64, watermark: UInt64) {
        for level in 0..<levels.count {
            let oldest = levels.oldest(level, before: watermark)
            if time >= oldest { rings[level].add(Int32(clamping: key), weight.units, at: time, oldest: oldest) }
        }
    }

    /// Counts many runs that belong to one slot of the finest resolution.
    ///
    /// - Parameters:
    ///   - entries: What is added, sorted by key, each key once.
    ///   - time: An instant in the slot, in Unix nanoseconds.
    ///   - watermark: The latest arrival, from which retention is counted.
    mutating func add(_ entries: [SparseEntry], at time: UInt64, watermark: UInt64) {
        for level in 0..<levels.count {
            let oldest = levels.oldest(level, before: watermark)
            if time >= oldest { rings[level].add(entries, at: time, oldest: oldest) }
        }
    }

    /// Takes one run back that was counted under this key and instant.
    package mutating func remove(_ key: Int, weight: RunWeight, at time: UInt64, watermark: UInt64) {
        for level in 0..<levels.count where time >= levels.oldest(level, before: watermark) {
            rings[level].remove(Int32(clamping: key), weight.units, at: time)
        }
    }

    /// Calls `body` with the beginning and the entries of every written slot of a window, in no particular order.
    package func forEachSlot(in window: TimeWindow, watermark: UInt64, _ body: (UInt64, [SparseEntry]) -> Void) {
        for part in LevelParts(window, levels: levels, watermark: watermark).parts {
            rings[part.level].forEachSlot(in: part.window, body)
        }
    }

    /// Calls `body` with the beginning and the entries of every written slot of a window, where slots shorter than
    /// `length` nanoseconds are read put together; in no particular order.
    package func forEachSlot(
        atLeast length: UInt64,
        in window: TimeWindow,
        watermark: UInt64,
        _ body: (UInt64, [SparseEntry]) -> Void
    ) {
        let skipped = min(levels.prefix { $0.slot < length }.count, max(0, levels.count - 1))
        for part in LevelParts(window, levels: Array(levels.dropFirst(skipped)), watermark: watermark).parts {
            rings[part.level + skipped].forEachSlot(in: part.window, body)
        }
    }

    /// Everything in a window, by key.
    package func merged(in window: TimeWindow, watermark: UInt64) -> Distribution {
        var merged = Distribution()
        forEachSlot(in: window, watermark: watermark) { _, entries in merged.add(entries) }
        return merged
    }

    /// The length of the slots at an instant, in nanoseconds.
    package func slotLength(at time: UInt64, watermark: UInt64) -> UInt64 {
        let level = levels.indices.first { time >= levels.oldest($0, before: watermark) }
        return level.map { levels[$0].slot } ?? levels.last?.slot ?? 1
    }
}

/// Counts by key, without time.
package struct Distribution: Sendable {
    /// The entries, sorted by key.
    package private(set) var entries: [SparseEntry] = []

    /// Makes an empty distribution.
    package init() {}

    /// How many runs there are.
    package var count: UInt64 { entries.reduce(0) { $0 + UInt64($1.count) } }

    /// The sum of their weights, in units of ``RunWeight``.
    package var weight: UInt64 { entries.reduce(0) { saturatingSum($0, $1.weight) } }

    /// Whether there is nothing.
    package var isEmpty: Bool { entries.isEmpty }

    /// Adds sorted entries.
    package mutating func add(_ other: [SparseEntry]) {
        guard !entries.isEmpty else {
            entries = other
            return
        }
        var result: [SparseEntry] = []
        result.reserveCapacity(entries.count + other.count)
        var mine = 0
        var theirs = 0
        while mine < entries.count || theirs < other.count {
            if theirs == other.count || (mine < entries.count && entries[mine].key < other[theirs].key) {
                result.append(entries[mine])
                mine += 1
            } else if mine == entries.count || other[theirs].key < entries[mine].key {
                result.append(other[theirs])
                theirs += 1
            } else {
                var sum = entries[mine]
                sum.count = sum.count &+ other[theirs].count
                sum.weight = saturatingSum(sum.weight, other[theirs].weight)
                result.append(sum)
                mine += 1
                theirs += 1
            }
        }
        entries = result
    }

    /// The key of a quantile by nearest rank; nil when there is nothing.
    ///
    /// - Parameters:
    ///   - quantile: The quantile.
    ///   - isWeighted: Whether runs count with their weights, as they must when some were sampled away.
    ///   - least: Keys below this are left out.
    package func key(at quantile: Quantile, isWeighted: Bool, from least: Int32 = .min) -> Int? {
        let counted = entries.drop { $0.key < least }
        let total = counted.reduce(UInt64(0)) { saturatingSum($0, isWeighted ? $1.weight : UInt64($1.count)) }
        guard total > 0 else { return nil }
        let rank = quantile.rank(of: total)
        var seen: UInt64 = 0
        for entry in counted {
            seen = saturatingSum(seen, isWeighted ? entry.weight : UInt64(entry.count))
            if seen >= rank { return Int(entry.key) }
        }
        return counted.last.map { Int($0.key) }
    }
}

/// The slots of one resolution, in pages sorted by time.
private struct SparseRing: Sendable {
    static let slotsPerPage: UInt64 = 16

    struct Page: Sendable {
        let number: UInt64
        var slots: [[SparseEntry]]
    }

    let slot: UInt64
    var pages: [Page] = []

    init(slot: UInt64) {
        self.slot = slot
    }

    mutating func add(_ key: Int32, _ weight: UInt64, at time: UInt64, oldest: UInt64) {
        let number = time / slot
        let page = index(of: number / SparseRing.slotsPerPage, oldest: oldest)
        let offset = Int(number % SparseRing.slotsPerPage)
        SparseRing.add(key, weight, to: &pages[page].slots[offset])
    }

    mutating func add(_ entries: [SparseEntry], at time: UInt64, oldest: UInt64) {
        guard !entries.isEmpty else { return }
        let number = time / slot
        let page = index(of: number / SparseRing.slotsPerPage, oldest: oldest)
        let offset = Int(number % SparseRing.slotsPerPage)
        SparseRing.merge(entries, into: &pages[page].slots[offset])
    }

    private static func add(_ key: Int32, _ weight: UInt64, to slot: inout [SparseEntry]) {
        let place = firstEntry(from: key, in: slot)
        if place < slot.count, slot[place].key == key {
            slot[place].count &+= 1
            slot[place].weight = saturatingSum(slot[place].weight, weight)
        } else {
            slot.insert(SparseEntry(key: key, count: 1, weight: weight), at: place)
        }
    }

    /// Adds sorted entries to sorted entries, from the end on, so that every entry is moved once at most.
    private static func merge(_ entries: [SparseEntry], into slot: inout [SparseEntry]) {
        guard !slot.isEmpty else {
            slot = entries
            return
        }
        var fresh = 0
        var place = 0
        for entry in entries {
            while place < slot.count, slot[place].key < entry.key { place += 1 }
            if place == slot.count || slot[place].key != entry.key { fresh += 1 }
        }
        var mine = slot.count - 1
        var theirs = entries.count - 1
        var target = slot.count + fresh - 1
        for _ in 0..<fresh { slot.append(SparseEntry(key: 0, count: 0, weight: 0)) }
        while theirs >= 0 {
            if mine >= 0, slot[mine].key > entries[theirs].key {
                slot[target] = slot[mine]
                mine -= 1
            } else if mine >= 0, slot[mine].key == entries[theirs].key {
                slot[target] = slot[mine]
                slot[target].count = slot[mine].count &+ entries[theirs].count
                slot[target].weight = saturatingSum(slot[mine].weight, entries[theirs].weight)
                mine -= 1
                theirs -= 1
            } else {
                slot[target] = entries[theirs]
                theirs -= 1
            }
            target -= 1
        }
    }

    mutating func remove(_ key: Int32, _ weight: UInt64, at time: UInt64) {
        let number = time / slot
        let page = firstPage(from: number / SparseRing.slotsPerPage)
        guard page < pages.count, pages[page].number == number / SparseRing.slotsPerPage else { return }
        let offset = Int(number % SparseRing.slotsPerPage)
        let place = SparseRing.firstEntry(from: key, in: pages[page].slots[offset])
        guard place < pages[page].slots[offset].count, pages[page].slots[offset][place].key == key else { return }
        if pages[page].slots[offset][place].count <= 1 {
            pages[page].slots[offset].remove(at: place)
        } else {
            pages[page].slots[offset][place].count -= 1
            let rest = pages[page].slots[offset][place].weight
            pages[page].slots[offset][place].weight = rest > weight ? rest - weight : 0
        }
    }

    static func firstEntry(from key: Int32, in entries: [SparseEntry]) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func index(of number: UInt64, oldest: UInt64) -> Int {
        let place = firstPage(from: number)
        if place < pages.count, pages[place].number == number { return place }
        pages.insert(Page(number: number, slots: Array(repeating: [], count: Int(SparseRing.slotsPerPage))), at: place)
        let dropped = min(firstPage(from: oldest / slot / SparseRing.slotsPerPage), place)
        pages.removeFirst(dropped)
        return place - dropped
    }

    func firstPage(from number: UInt64) -> Int {
        if let last = pages.last, last.number < number { return pages.count }
        if let last = pages.last, last.number == number { return pages.count - 1 }
        var low = 0
        var high = pages.count
        while low < high {
            let middle = (low + high) / 2
            if pages[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Calls `body` with every page that has slots which begin in a window, and which of its slots those are.
    func forEachPage(in window: TimeWindow, _ body: (Page, Range<Int>) -> Void) {
        let begin = window.from / slot + (window.from.isMultiple(of: slot) ? 0 : 1)
        let end = window.to / slot + (window.to.isMultiple(of: slot) ? 0 : 1)
        var place = firstPage(from: begin / SparseRing.slotsPerPage)
        while place < pages.count {
            let first = pages[place].number * SparseRing.slotsPerPage
            guard first < end else { return }
            let low = begin > first ? Int(begin - first) : 0
            let high = Int(min(SparseRing.slotsPerPage, end - first))
            if low < high { body(pages[place], low..<high) }
            place += 1
        }
    }

    func forEachSlot(in window: TimeWindow, _ body: (UInt64, [SparseEntry]) -> Void) {
        var place = firstPage(from: window.from / slot / SparseRing.slotsPerPage)
        while place < pages.count {
            let first = pages[place].number * SparseRing.slotsPerPage
            guard first * slot < window.to else { return }
            for offset in 0..<Int(SparseRing.slotsPerPage) {
                let begin = (first + UInt64(offset)) &* slot
                guard begin >= window.from, begin < window.to else { continue }
                if !pages[place].slots[offset].isEmpty { body(begin, pages[place].slots[offset]) }
            }
            place += 1
        }
    }
}

extension SparseSeries {
    /// How many slots a page has.
    static var slotsPerPage: UInt64 { SparseRing.slotsPerPage }

    /// The resolutions, finest first.
    var resolutions: [SlotPlan.Level] { levels }

    /// Calls `body` with the level, the number and the slots of every page that is not the very same in an earlier copy;
    /// as ``CountSeries`` does.
    func forEachPage(changedSince earlier: SparseSeries?, _ body: (Int, UInt64, [[SparseEntry]]) -> Void) {
        for level in 0..<levels.count {
            let before = earlier.flatMap { $0.levels == levels ? $0.rings[level].pages : nil } ?? []
            let pages = rings[level].pages
            if isSameMemory(pages, before) { continue }
            var place = 0
            for page in pages {
                while place < before.count, before[place].number < page.number { place += 1 }
                let isSame = place < before.count && before[place].number == page.number
                if isSame, isSameMemory(before[place].slots, page.slots) { continue }
                body(level, page.number, page.slots)
            }
        }
    }

    /// Calls `body` with the level, the number and the slots of every page that has slots of a window, and which of its
    /// slots those are; in the order of levels, then of time.
    func forEachPage(
        in window: TimeWindow, watermark: UInt64, _ body: (Int, UInt64, [[SparseEntry]], Range<Int>) -> Void
    ) {
        for part in LevelParts(window, levels: levels, watermark: watermark).parts {
            rings[part.level].forEachPage(in: part.window) { body(part.level, $0.number, $0.slots, $1) }
        }
    }

    /// Adds the slots of a page; a page of another size is left out.
    mutating func merge(_ slots: [[SparseEntry]], level: Int, page number: UInt64) {
        guard slots.count == Int(SparseRing.slotsPerPage), rings.indices.contains(level) else { return }
        rings[level].merge(SparseRing.Page(number: number, slots: slots))
    }
}

extension SparseRing {
    fileprivate mutating func merge(_ page: Page) {
        let place = firstPage(from: page.number)
        guard place < pages.count, pages[place].number == page.number else {
            pages.insert(page, at: place)
            return
        }
        for offset in page.slots.indices where !page.slots[offset].isEmpty {
            var sum = Distribution()
            sum.add(pages[place].slots[offset])
            sum.add(page.slots[offset])
            pages[place].slots[offset] = sum.entries
        }
    }
}
