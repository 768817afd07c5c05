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
        var first: Int32 = 0
        var counts: [UInt64] = []
        var total: UInt64 = 0
        /// How many entries stand for more or less runs than they count.
        var weighted = 0
    }

    /// How many windows are kept up to date.
    private static let most = 4
    /// How far a key may be from the others; no scale has more buckets.
    fileprivate static let widest = 1 << 14

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
            if hasIt, !add(new[offset]) { return false }
            if hadIt { take(old[offset]) }
        }
        return true
    }

    private mutating func add(_ entries: [SparseEntry]) -> Bool {
        guard let least = entries.first?.key, let greatest = entries.last?.key else { return true }
        guard makeRoom(from: least, to: greatest) else { return false }
        let first = first
        var (total, weighted) = (total, weighted)
        defer { (self.total, self.weighted) = (total, weighted) }
        counts.withUnsafeMutableBufferPointer { counts in
            for entry in entries {
                // Room was made from the first key to the last.
                counts[Int(entry.key) &- Int(first)] &+= UInt64(entry.count)
                total &+= UInt64(entry.count)
                if entry.weight != UInt64(entry.count) &* RunWeight.one.units { weighted += 1 }
            }
        }
        return true
    }

    private mutating func take(_ entries: [SparseEntry]) {
        let first = first
        var (total, weighted) = (total, weighted)
        defer { (self.total, self.weighted) = (total, weighted) }
        counts.withUnsafeMutableBufferPointer { counts in
            for entry in entries {
                // They were added before.
                counts[Int(entry.key) &- Int(first)] &-= UInt64(entry.count)
                total &-= UInt64(entry.count)
                if entry.weight != UInt64(entry.count) &* RunWeight.one.units { weighted -= 1 }
            }
        }
    }

    private mutating func makeRoom(from least: Int32, to greatest: Int32) -> Bool {
        if counts.isEmpty { first = least }
        let low = min(Int(first), Int(least))
        let high = max(Int(first) + counts.count - 1, Int(greatest))
        guard high - low < WindowHistograms.widest else { return false }
        if low < Int(first) {
            counts.insert(contentsOf: repeatElement(0, count: Int(first) - low), at: 0)
            first = Int32(truncatingIfNeeded: low)
        }
        while counts.count <= high - low { counts.append(0) }
        return true
    }

    /// The keys at some quantiles by nearest rank, as durations; nil when there is nothing.
    fileprivate func summary(_ quantiles: [Quantile], _ scale: LatencyScale) -> LatencySummary? {
        guard total > 0 else { return nil }
        let ranks = quantiles.map { $0.rank(of: total) }
        let order = ranks.indices.sorted { ranks[$0] < ranks[$1] }
        var durations = [UInt64](repeating: 0, count: ranks.count)
        var next = 0
        var seen: UInt64 = 0
        for place in counts.indices {
            seen &+= counts[place]
            while next < order.count, seen >= ranks[order[next]] {
                durations[order[next]] = scale.representative(Int(first) + place)
                next += 1
            }
            if next == order.count { break }
        }
        return LatencySummary(count: total, quantiles: durations)
    }
}
