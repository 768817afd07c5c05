import Synchronization

/// The durations of the windows that are asked for again and again, kept up to date: what has changed since the last time
/// is taken away and added, instead of adding everything up again.
///
/// All copies of a ledger share one. Whatever copy asks, the answer follows from its own slots alone: those that are the
/// very same in memory as at the last time are skipped, all others are exchanged.
final class WindowHistograms: Sendable {
    /// Slots of one page that were added up.
    fileprivate struct Piece {
        let level: Int
        let page: UInt64
        let offsets: Range<Int>
        let slots: [[SparseEntry]]
    }

    /// One window, sliding.
    fileprivate struct Held {
        let length: UInt64
        var pieces: [Piece] = []
        /// The key of the first place of `counts`.
        var first = 0
        /// By key from `first` on: whole groups.
        var counts: [UInt64] = []
        /// The sums of the groups of `counts`, so that a quantile is found by looking at few numbers.
        var groups: [UInt64] = []
        var total: UInt64 = 0
        /// How many entries stand for more or less runs than they count.
        var weighted = 0
    }

    /// How many windows are kept up to date.
    private static let most = 4
    /// How far a key may be from the others; no scale has more buckets.
    fileprivate static let widest = 1 << 14
    /// How many places of the counts make a group: as many as there are groups in a usual histogram.
    fileprivate static let groupSize = 32

    private let held = Mutex<[Held]>([])

    /// The durations at some quantiles in a window; nil when that has to be worked out in full, because runs were sampled
    /// or keys lie far apart.
    func summary(
        of series: SparseSeries, _ quantiles: [Quantile], in window: TimeWindow, watermark: UInt64,
        scale: LatencyScale
    ) -> LatencySummary?? {
        held.withLock { held in
            let place = held.firstIndex { $0.length == window.length } ?? -1
            var own = place < 0 ? Held(length: window.length) : held.remove(at: place)
            guard own.update(series, window, watermark) else { return nil }
            defer {
                held.append(own)
                if held.count > WindowHistograms.most { held.removeFirst() }
            }
            guard own.weighted == 0 else { return nil }
            return .some(own.summary(quantiles, scale))
        }
    }
}

extension WindowHistograms.Held {
    /// Exchanges what is not the same as at the last time; false when keys lie too far apart, and then nothing holds.
    fileprivate mutating func update(_ series: SparseSeries, _ window: TimeWindow, _ watermark: UInt64) -> Bool {
        let before = pieces
        pieces.removeAll(keepingCapacity: true)
        var place = 0
        var isGood = true
        series.forEachPage(in: window, watermark: watermark) { level, page, slots, offsets in
            // Both lists are in the order of levels, then of pages.
            while place < before.count, (before[place].level, before[place].page) < (level, page) {
                isGood = isGood && exchange(before[place].slots, before[place].offsets, for: [], 0..<0)
                place += 1
            }
            if place < before.count, before[place].level == level, before[place].page == page {
                isGood = isGood && exchange(before[place].slots, before[place].offsets, for: slots, offsets)
                place += 1
            } else {
                isGood = isGood && exchange([], 0..<0, for: slots, offsets)
            }
            pieces.append(WindowHistograms.Piece(level: level, page: page, offsets: offsets, slots: slots))
        }
        while place < before.count {
            isGood = isGood && exchange(before[place].slots, before[place].offsets, for: [], 0..<0)
            place += 1
        }
        return isGood
    }

    /// Takes slots away and adds others of the same page.
    private mutating func exchange(
        _ old: [[SparseEntry]], _ gone: Range<Int>, for new: [[SparseEntry]], _ come: Range<Int>
    ) -> Bool {
        if gone == come, isSameMemory(old, new) { return true }
        let first =
            gone.isEmpty ? come.lowerBound : come.isEmpty ? gone.lowerBound : min(gone.lowerBound, come.lowerBound)
        for offset in first..<max(gone.upperBound, come.upperBound, first) {
            let hadIt = gone.contains(offset)
            let hasIt = come.contains(offset)
            if hadIt, hasIt, isSameMemory(old[offset], new[offset]) { continue }
            guard change(hadIt ? old[offset] : [], to: hasIt ? new[offset] : []) else { return false }
        }
        return true
    }

    /// Takes the entries of a slot away that are not in it any more, and adds those that are new: few of a slot that has
    /// gone on.
    private mutating func change(_ old: [SparseEntry], to new: [SparseEntry]) -> Bool {
        if let least = new.first?.key, let greatest = new.last?.key {
            guard makeRoom(from: Int(least), to: Int(greatest)) else { return false }
        }
        var place = 0
        for entry in new {
            while place < old.count, old[place].key < entry.key {
                take(old[place])
                place += 1
            }
            if place < old.count, old[place].key == entry.key {
                let isSame = old[place].count == entry.count && old[place].weight == entry.weight
                if !isSame { take(old[place]) }
                place += 1
                if isSame { continue }
            }
            let index = Int(entry.key) - first
            counts[index] &+= UInt64(entry.count)
            groups[index / WindowHistograms.groupSize] &+= UInt64(entry.count)
            total &+= UInt64(entry.count)
            if isWeighted(entry) { weighted += 1 }
        }
        for entry in old[place...] { take(entry) }
        return true
    }

    /// Takes an entry away that was added before.
    private mutating func take(_ entry: SparseEntry) {
        let index = Int(entry.key) - first
        counts[index] &-= UInt64(entry.count)
        groups[index / WindowHistograms.groupSize] &-= UInt64(entry.count)
        total &-= UInt64(entry.count)
        if isWeighted(entry) { weighted -= 1 }
    }

    private func isWeighted(_ entry: SparseEntry) -> Bool {
        entry.weight != UInt64(entry.count) &* RunWeight.one.units
    }

    /// Makes room from the first key to the last, in whole groups.
    private mutating func makeRoom(from least: Int, to greatest: Int) -> Bool {
        if counts.isEmpty { first = least }
        let low = min(first, least)
        let high = max(first + counts.count - 1, greatest)
        guard high - low < WindowHistograms.widest else { return false }
        let size = WindowHistograms.groupSize
        if low < first {
            let more = (first - low + size - 1) / size
            counts.insert(contentsOf: repeatElement(0, count: more * size), at: 0)
            groups.insert(contentsOf: repeatElement(0, count: more), at: 0)
            first -= more * size
        }
        while counts.count <= high - first {
            counts.append(contentsOf: repeatElement(0, count: size))
            groups.append(0)
        }
        return true
    }

    /// The keys at some quantiles by nearest rank, as durations; nil when there is nothing.
    fileprivate func summary(_ quantiles: [Quantile], _ scale: LatencyScale) -> LatencySummary? {
        guard total > 0 else { return nil }
        let durations = quantiles.map { scale.representative(first + place(of: $0.rank(of: total))) }
        return LatencySummary(count: total, quantiles: durations)
    }

    /// The place of the value with a rank from one to how many there are.
    private func place(of rank: UInt64) -> Int {
        var group = 0
        var left = rank
        while group < groups.count - 1, groups[group] < left {
            left -= groups[group]
            group += 1
        }
        var place = group * WindowHistograms.groupSize
        while place < counts.count - 1, counts[place] < left {
            left -= counts[place]
            place += 1
        }
        return place
    }
}
