/// Exact counts over event time at several resolutions.
///
/// Every level gets every count as it comes, so nothing has to be rolled up later and the outcome does not depend on
/// the order of arrival; a level forgets what is older than its retention. A copy shares its pages with the original
/// until one of them is written to.
package struct CountSeries: Sendable {
    /// How many numbers a slot has.
    package let width: Int
    /// The resolutions, finest first.
    package let levels: [SlotPlan.Level]
    /// The slots of each level.
    private(set) var rings: [CountRing]

    /// Makes an empty series.
    package init(width: Int, levels: [SlotPlan.Level]) {
        self.width = width
        self.levels = levels
        rings = levels.map { CountRing(slot: $0.slot, width: width) }
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
            let oldest = levels.oldest(level, before: watermark)
            if time >= oldest { rings[level].add(deltas, at: time, oldest: oldest) }
        }
    }

    /// The sums over a window.
    package func sums(in window: TimeWindow, watermark: UInt64) -> [UInt64] {
        sums(of: 0..<width, in: window, watermark: watermark)
    }

    /// The sums over a window of some of the numbers; long windows cost a page for every 64 slots.
    package func sums(of columns: Range<Int>, in window: TimeWindow, watermark: UInt64) -> [UInt64] {
        var sums = [UInt64](repeating: 0, count: columns.count)
        for part in LevelParts(window, levels: levels, watermark: watermark).parts {
            rings[part.level].add(columns, in: part.window, to: &sums)
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
            rings[part.level].forEachSlot(in: part.window, body)
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
            rings[part.level + skipped].forEachSlot(in: part.window, body)
        }
    }

    /// The beginning of the last slot in a window whose number in a column is not zero; nil when there is none.
    package func lastSlot(with column: Int, in window: TimeWindow, watermark: UInt64) -> UInt64? {
        for part in LevelParts(window, levels: levels, watermark: watermark).parts {
            if let begin = rings[part.level].lastSlot(with: column, in: part.window) { return begin }
        }
        return nil
    }

    /// The length of the slots at an instant, in nanoseconds.
    package func slotLength(at time: UInt64, watermark: UInt64) -> UInt64 {
        let level = levels.indices.first { time >= levels.oldest($0, before: watermark) }
        return level.map { levels[$0].slot } ?? levels.last?.slot ?? 1
    }

    /// The first instant that any level still reaches back to.
    package func oldest(before watermark: UInt64) -> UInt64 {
        levels.indices.map { levels.oldest($0, before: watermark) }.min() ?? 0
    }
}

/// The slots of one resolution, in pages sorted by time.
struct CountRing: Sendable {
    static let slotsPerPage = 64

    struct Page: Sendable {
        /// The page's first slot is this times ``CountRing/slotsPerPage``.
        let number: UInt64
        /// The numbers of the first slot, then those of the second, and so on.
        var cells: [UInt64]
        /// The sums of all slots.
        var sums: [UInt64]
        /// How often it was written to: what was read from the page holds as long as this stays.
        var writes: UInt64 = 0

        var firstSlot: UInt64 { number &* UInt64(CountRing.slotsPerPage) }
    }

    let slot: UInt64
    let width: Int
    private(set) var pages: [Page] = []

    init(slot: UInt64, width: Int) {
        self.slot = slot
        self.width = width
    }

    mutating func add(_ deltas: [UInt64], at time: UInt64, oldest: UInt64) {
        let number = time / slot
        let page = index(of: number / UInt64(CountRing.slotsPerPage), oldest: oldest)
        let base = Int(number % UInt64(CountRing.slotsPerPage)) * width
        let width = width
        deltas.withUnsafeBufferPointer { deltas in
            pages[page].cells.withUnsafeMutableBufferPointer { cells in
                for column in 0..<width { cells[base + column] = saturatingSum(cells[base + column], deltas[column]) }
            }
            pages[page].sums.withUnsafeMutableBufferPointer { sums in
                for column in 0..<width { sums[column] = saturatingSum(sums[column], deltas[column]) }
            }
        }
        pages[page].writes &+= 1
    }

    /// The place of a page, made where it is not there; then pages that are too old are dropped.
    private mutating func index(of number: UInt64, oldest: UInt64) -> Int {
        let place = firstPage(from: number)
        if place < pages.count, pages[place].number == number { return place }
        let cells = [UInt64](repeating: 0, count: CountRing.slotsPerPage * width)
        let sums = [UInt64](repeating: 0, count: width)
        pages.insert(Page(number: number, cells: cells, sums: sums), at: place)
        let dropped = min(firstPage(from: oldest / slot / UInt64(CountRing.slotsPerPage)), place)
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

    /// The slots, by number, that begin in a window.
    private func slots(in window: TimeWindow) -> Range<UInt64> {
        let first = window.from / slot + (window.from.isMultiple(of: slot) ? 0 : 1)
        let end = window.to / slot + (window.to.isMultiple(of: slot) ? 0 : 1)
        return first..<max(first, end)
    }

    /// Calls `body` with every page that has slots of a range, and which of its slots those are; `body` returns whether
    /// to go on.
    private func forEachPage(of slots: Range<UInt64>, _ body: (Page, Range<Int>) -> Bool) {
        var place = firstPage(from: slots.lowerBound / UInt64(CountRing.slotsPerPage))
        while place < pages.count {
            let first = pages[place].firstSlot
            guard first < slots.upperBound else { return }
            let low = slots.lowerBound > first ? Int(slots.lowerBound - first) : 0
            let high = Int(min(UInt64(CountRing.slotsPerPage), slots.upperBound - first))
            if low < high, !body(pages[place], low..<high) { return }
            place += 1
        }
    }

    func add(_ columns: Range<Int>, in window: TimeWindow, to sums: inout [UInt64]) {
        forEachPage(of: slots(in: window)) { page, offsets in
            if offsets.count == CountRing.slotsPerPage {
                for (number, column) in columns.enumerated() {
                    sums[number] = saturatingSum(sums[number], page.sums[column])
                }
                return true
            }
            for offset in offsets {
                let base = offset * width
                for (number, column) in columns.enumerated() {
                    sums[number] = saturatingSum(sums[number], page.cells[base + column])
                }
            }
            return true
        }
    }

    func forEachSlot(in window: TimeWindow, _ body: (UInt64, ArraySlice<UInt64>) -> Void) {
        forEachPage(of: slots(in: window)) { page, offsets in
            for offset in offsets {
                let numbers = page.cells[offset * width..<(offset + 1) * width]
                if numbers.contains(where: { $0 > 0 }) { body((page.firstSlot &+ UInt64(offset)) &* slot, numbers) }
            }
            return true
        }
    }

    func lastSlot(with column: Int, in window: TimeWindow) -> UInt64? {
        let range = slots(in: window)
        guard let last = range.last else { return nil }
        let pageOfLast = last / UInt64(CountRing.slotsPerPage)
        var place = firstPage(from: pageOfLast)
        if place == pages.count || pages[place].number > pageOfLast { place -= 1 }
        while place >= 0 {
            let page = pages[place]
            if page.firstSlot &+ UInt64(CountRing.slotsPerPage) <= range.lowerBound { return nil }
            for offset in stride(from: CountRing.slotsPerPage - 1, through: 0, by: -1) where page.sums[column] > 0 {
                let number = page.firstSlot &+ UInt64(offset)
                if range.contains(number), page.cells[offset * width + column] > 0 { return number &* slot }
            }
            place -= 1
        }
        return nil
    }
}

extension CountSeries {
    /// How many slots a page has.
    static var slotsPerPage: UInt64 { UInt64(CountRing.slotsPerPage) }

    /// The resolutions, finest first.
    var resolutions: [SlotPlan.Level] { levels }

    /// Calls `body` with the level, the number and the cells of every page that is not the very same in an earlier copy.
    ///
    /// A page that nobody has written to since the copy was made still shares its memory with the copy; so the answer
    /// costs one comparison of addresses a page.
    func forEachPage(changedSince earlier: CountSeries?, _ body: (Int, UInt64, [UInt64]) -> Void) {
        for level in 0..<levels.count {
            let before = earlier.flatMap { $0.levels == levels ? $0.rings[level].pages : nil } ?? []
            let pages = rings[level].pages
            if isSameMemory(pages, before) { continue }
            var place = 0
            for page in pages {
                while place < before.count, before[place].number < page.number { place += 1 }
                let isSame = place < before.count && before[place].number == page.number
                if isSame, isSameMemory(before[place].cells, page.cells) { continue }
                body(level, page.number, page.cells)
            }
        }
    }

    /// Adds the cells of a page, slot by slot and column by column; cells of another size are left out.
    mutating func merge(_ cells: [UInt64], level: Int, page number: UInt64) {
        guard cells.count == width * CountRing.slotsPerPage, rings.indices.contains(level) else { return }
        rings[level].merge(cells, page: number)
    }
}

extension CountRing {
    fileprivate mutating func merge(_ cells: [UInt64], page number: UInt64) {
        var added = [UInt64](repeating: 0, count: width)
        for base in stride(from: 0, to: cells.count, by: width) {
            for column in 0..<width { added[column] = saturatingSum(added[column], cells[base + column]) }
        }
        let place = firstPage(from: number)
        guard place < pages.count, pages[place].number == number else {
            pages.insert(Page(number: number, cells: cells, sums: added, writes: 1), at: place)
            return
        }
        for index in cells.indices where cells[index] > 0 {
            pages[place].cells[index] = saturatingSum(pages[place].cells[index], cells[index])
        }
        for column in 0..<width { pages[place].sums[column] = saturatingSum(pages[place].sums[column], added[column]) }
        pages[place].writes &+= 1
    }
}

/// Whether two arrays are one in memory; arrays that share memory are equal.
func isSameMemory<Element>(_ one: [Element], _ other: [Element]) -> Bool {
    guard one.count == other.count else { return false }
    return one.withUnsafeBufferPointer { mine in
        other.withUnsafeBufferPointer { theirs in mine.baseAddress == theirs.baseAddress }
    }
}
