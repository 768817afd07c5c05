/// Which time slices were bad, of one objective that counts slices.
///
/// Slices are numbered from the beginning of 1970, so that all have the same length and none depends on when watching
/// began. A slice is bad when less than its slice target of its runs was good; without runs it is not bad. A slice is
/// read from slots that divide it: 1 s, 10 s, 1 min or 15 min. Where only longer slots are kept, each stands for all
/// slices that begin in it.
///
/// The judge asks every second, so only pages that were written to since are read again.
struct BadSlices: Sendable {
    private struct Page: Sendable, Hashable {
        let level: Int
        let number: UInt64
        let writes: UInt64
    }

    /// The length of a slice in nanoseconds.
    let length: UInt64
    private let target: ExactShare
    private let columns: Range<Int>
    /// The numbers of bad slices, in order and apart from each other.
    private(set) var ranges: [Range<UInt64>] = []
    private var pages: [Page] = []
    private var boundaries: [UInt64] = []

    /// - Parameter columns: Where the weights of all and of the good runs stand.
    init(length: UInt64, target: ExactShare, columns: Range<Int>) {
        self.length = max(length, JudgedTime.second)
        self.target = target
        self.columns = columns
    }

    /// How many slices of a range are bad.
    func count(in slices: Range<UInt64>) -> UInt64 {
        var place = firstRange(endingAfter: slices.lowerBound)
        var count: UInt64 = 0
        while place < ranges.count, ranges[place].lowerBound < slices.upperBound {
            count += UInt64(ranges[place].clamped(to: slices).count)
            place += 1
        }
        return count
    }

    /// Follows what was counted since.
    mutating func update(_ counts: CountSeries, watermark: UInt64) {
        let first = counts.levels.lastIndex { length.isMultiple(of: $0.slot) } ?? 0
        let levels = Array(counts.levels[first...])
        let newBoundaries = levels.indices.map { levels.oldest($0, before: watermark) }
        var dirty = UInt64.max
        for (old, new) in zip(boundaries, newBoundaries) where old != new { dirty = min(dirty, old, new) }
        var newPages: [Page] = []
        newPages.reserveCapacity(pages.count + 1)
        var known = 0
        for (number, ring) in counts.rings[first...].enumerated() {
            for page in ring.pages {
                let now = Page(level: number, number: page.number, writes: page.writes)
                while known < pages.count,
                    pages[known].level < number
                        || (pages[known].level == number
                            && pages[known].number < page.number)
                {
                    known += 1
                }
                if known >= pages.count || pages[known] != now { dirty = min(dirty, page.firstSlot &* ring.slot) }
                newPages.append(now)
            }
        }
        if boundaries.isEmpty { dirty = 0 }
        pages = newPages
        boundaries = newBoundaries
        if dirty < .max { read(counts, levels, first, from: dirty / length, watermark) }
    }

    private mutating func read(
        _ counts: CountSeries,
        _ levels: [SlotPlan.Level],
        _ first: Int,
        from slice: UInt64,
        _ watermark: UInt64
    ) {
        cut(from: slice)
        var running: (slice: UInt64, total: UInt64, good: UInt64)?
        let window = TimeWindow(from: slice * length, to: .max)
        for part in LevelParts(window, levels: levels, watermark: watermark).parts.reversed() {
            let slot = levels[part.level].slot
            counts.rings[first + part.level].forEachSlot(in: part.window) { begin, numbers in
                let total = numbers[numbers.startIndex + columns.lowerBound]
                let good = numbers[numbers.startIndex + columns.lowerBound + 1]
                if slot > length {
                    close(running)
                    running = nil
                    guard isBad(total: total, good: good) else { return }
                    let end = begin + slot
                    append((begin + length - 1) / length..<(end + length - 1) / length)
                } else if let open = running, open.slice == begin / length {
                    running = (open.slice, saturatingSum(open.total, total), saturatingSum(open.good, good))
                } else {
                    close(running)
                    running = (begin / length, total, good)
                }
            }
        }
        close(running)
    }

    private mutating func close(_ slice: (slice: UInt64, total: UInt64, good: UInt64)?) {
        guard let slice, isBad(total: slice.total, good: slice.good) else { return }
        append(slice.slice..<slice.slice + 1)
    }

    private func isBad(total: UInt64, good: UInt64) -> Bool {
        UInt128(good) * UInt128(ExactShare.whole) < UInt128(total) * UInt128(target.partsPerBillion)
    }

    private mutating func append(_ slices: Range<UInt64>) {
        guard let last = ranges.last else {
            ranges.append(slices)
            return
        }
        let fresh = max(slices.lowerBound, last.upperBound)..<max(slices.upperBound, last.upperBound)
        if fresh.isEmpty { return }
        if fresh.lowerBound == last.upperBound {
            ranges[ranges.count - 1] = last.lowerBound..<fresh.upperBound
        } else {
            ranges.append(fresh)
        }
    }

    /// Forgets what is known from a slice on.
    private mutating func cut(from slice: UInt64) {
        while let last = ranges.last, last.upperBound > slice {
            ranges.removeLast()
            if last.lowerBound < slice { ranges.append(last.lowerBound..<slice) }
        }
    }

    /// The place of the first range that ends after a slice.
    private func firstRange(endingAfter slice: UInt64) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= slice { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
