/// Exact counts over event time at several resolutions.
///
/// Every level gets every count as it comes, so nothing has to be rolled up later and the outcome does not depend on
/// the order of arrival; a level forgets what is older than its retention. A copy shares its pages with the original
/// until one of them is written to.
package struct CountSeries: Sendable {
    /// How many numbers a slot has.
    package let width: Int
    private let levels: [SlotPlan.Level]
    private var rings: [CountRing]

    /// Makes an empty series.
    package init(width: Int, levels: [SlotPlan.Level]) {
        self.width = width
        self.levels = levels
        rings = levels.map { CountRing(slot: $0.slot) }
    }

    /// Adds numbers to the slot of an instant.
    ///
    /// - Parameters:
    ///   - deltas: As many numbers as the series is wide.
    ///   - time: The instant in Unix nanoseconds.
    ///   - watermark: The latest arrival, from which retention is counted.
    package mutating func add(_ deltas: [UInt64], at time: UInt64, watermark: UInt64) {
        precondition(deltas.count == width)
        for level in 0..<levels.count {
            let oldest = SlotPlan.oldest(levels[level].retention, before: watermark)
            if time >= oldest { rings[level].add(deltas, at: time, oldest: oldest) }
        }
    }

    /// The sums over a window.
    package func sums(in window: TimeWindow, watermark: UInt64) -> [UInt64] {
        var sums = [UInt64](repeating: 0, count: width)
        forEachSlot(in: window, watermark: watermark) { _, numbers in
            for column in 0..<width { sums[column] = saturatingSum(sums[column], numbers[numbers.startIndex + column]) }
        }
        return sums
    }

    /// Calls `body` with the beginning and the numbers of every written slot of a window, in no particular order.
    package func forEachSlot(
        in window: TimeWindow,
        watermark: UInt64,
        _ body: (UInt64, ArraySlice<UInt64>) -> Void
    ) {
        for part in LevelParts(window, levels: levels, watermark: watermark).parts {
            rings[part.level].forEachSlot(in: part.window, width: width, body)
        }
    }

    /// Calls `body` with the beginning and the numbers of every written slot of a window, where slots shorter than
    /// `length` nanoseconds are read put together; in no particular order.
    package func forEachSlot(
        atLeast length: UInt64,
        in window: TimeWindow,
        watermark: UInt64,
        _ body: (UInt64, ArraySlice<UInt64>) -> Void
    ) {
        let skipped = min(levels.prefix { $0.slot < length }.count, max(0, levels.count - 1))
        for part in LevelParts(window, levels: Array(levels.dropFirst(skipped)), watermark: watermark).parts {
            rings[part.level + skipped].forEachSlot(in: part.window, width: width, body)
        }
    }

    /// The length of the slots at an instant, in nanoseconds.
    package func slotLength(at time: UInt64, watermark: UInt64) -> UInt64 {
        let level = levels.first { time >= SlotPlan.oldest($0.retention, before: watermark) }
        return level?.slot ?? levels.last?.slot ?? 1
    }
}

/// The slots of one resolution, in pages sorted by time.
private struct CountRing: Sendable {
    static let slotsPerPage: UInt64 = 64

    struct Page: Sendable {
        let number: UInt64
        var cells: [UInt64]
    }

    let slot: UInt64
    var pages: [Page] = []

    init(slot: UInt64) {
        self.slot = slot
    }

    mutating func add(_ deltas: [UInt64], at time: UInt64, oldest: UInt64) {
        let number = time / slot
        let page = index(of: number / CountRing.slotsPerPage, width: deltas.count, oldest: oldest)
        let base = Int(number % CountRing.slotsPerPage) * deltas.count
        for column in 0..<deltas.count where deltas[column] > 0 {
            pages[page].cells[base + column] = saturatingSum(pages[page].cells[base + column], deltas[column])
        }
    }

    /// The place of a page, made where it is not there; then pages that are too old are dropped.
    private mutating func index(of number: UInt64, width: Int, oldest: UInt64) -> Int {
        let place = firstPage(from: number)
        if place < pages.count, pages[place].number == number { return place }
        let cells = [UInt64](repeating: 0, count: Int(CountRing.slotsPerPage) * width)
        pages.insert(Page(number: number, cells: cells), at: place)
        let dropped = min(firstPage(from: oldest / slot / CountRing.slotsPerPage), place)
        pages.removeFirst(dropped)
        return place - dropped
    }

    /// The place of the first page whose number is at least `number`; most often the last one is meant.
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

    func forEachSlot(in window: TimeWindow, width: Int, _ body: (UInt64, ArraySlice<UInt64>) -> Void) {
        var place = firstPage(from: window.from / slot / CountRing.slotsPerPage)
        while place < pages.count {
            let first = pages[place].number * CountRing.slotsPerPage
            guard first * slot < window.to else { return }
            for offset in 0..<Int(CountRing.slotsPerPage) {
                let begin = (first + UInt64(offset)) &* slot
                guard begin >= window.from, begin < window.to else { continue }
                let numbers = pages[place].cells[offset * width..<(offset + 1) * width]
                if numbers.contains(where: { $0 > 0 }) { body(begin, numbers) }
            }
            place += 1
        }
    }
}
