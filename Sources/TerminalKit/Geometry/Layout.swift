/// How much room one part of a split asks for.
package struct LayoutItem: Hashable, Sendable {
    /// Below this it makes no sense.
    package var minimum: Int
    /// Enough to show everything.
    package var preferred: Int
    /// Share of what is left when everybody has the preferred size; 0 takes none.
    package var grow: Int
    /// Parts with a rank are dropped when room is short, the lowest rank first; nil is never dropped.
    package var dropRank: Int?

    package init(minimum: Int, preferred: Int? = nil, grow: Int = 0, dropRank: Int? = nil) {
        self.minimum = max(0, minimum)
        self.preferred = max(self.minimum, preferred ?? minimum)
        self.grow = max(0, grow)
        self.dropRank = dropRank
    }

    /// Exactly this many cells.
    package static func fixed(_ cells: Int, dropRank: Int? = nil) -> LayoutItem {
        LayoutItem(minimum: cells, dropRank: dropRank)
    }

    /// A share of what is left.
    package static func weighted(_ weight: Int, minimum: Int = 1, dropRank: Int? = nil) -> LayoutItem {
        LayoutItem(minimum: minimum, grow: weight, dropRank: dropRank)
    }
}

/// Splits a length into parts with integer sizes that never overlap.
package enum Layout {
    /// The range of each part, in order; nil for a part that was dropped.
    ///
    /// 1. Parts with a rank are dropped, lowest first, until the minima fit.
    /// 2. What is left raises parts towards their preferred size, evenly.
    /// 3. The rest is shared by `grow`; odd cells go to the first parts.
    ///
    /// If even the parts that are never dropped do not fit, the last ones are cut.
    package static func split(_ length: Int, into items: [LayoutItem], spacing: Int = 0) -> [Range<Int>?] {
        let kept = keptItems(length, items, spacing)
        var sizes = kept.map { items[$0].minimum }
        let gaps = max(0, kept.count - 1) * max(0, spacing)
        var spare = max(0, length - gaps - sizes.reduce(0, +))
        raise(&sizes, towards: kept.map { items[$0].preferred }, spare: &spare)
        share(spare, by: kept.map { items[$0].grow }, among: &sizes)
        var result: [Range<Int>?] = Array(repeating: nil, count: items.count)
        var start = 0
        for (place, item) in kept.enumerated() {
            let from = min(start, max(0, length))
            let to = min(from + sizes[place], max(0, length))
            result[item] = from..<to
            start = to + max(0, spacing)
        }
        return result
    }

    private static func keptItems(_ length: Int, _ items: [LayoutItem], _ spacing: Int) -> [Int] {
        var kept = Array(items.indices)
        func needed() -> Int {
            kept.reduce(0) { $0 + items[$1].minimum } + max(0, kept.count - 1) * max(0, spacing)
        }
        while needed() > length {
            let droppable = kept.filter { items[$0].dropRank != nil }
            guard let next = droppable.min(by: { (items[$0].dropRank ?? 0) < (items[$1].dropRank ?? 0) }) else { break }
            kept.removeAll { $0 == next }
        }
        return kept
    }

    /// Hands out spare cells one by one to parts below their preferred size.
    private static func raise(_ sizes: inout [Int], towards preferred: [Int], spare: inout Int) {
        while spare > 0 {
            let hungry = sizes.indices.filter { sizes[$0] < preferred[$0] }
            guard !hungry.isEmpty else { return }
            let each = max(1, spare / hungry.count)
            for index in hungry where spare > 0 {
                let more = min(each, preferred[index] - sizes[index], spare)
                sizes[index] += more
                spare -= more
            }
        }
    }

    private static func share(_ spare: Int, by weights: [Int], among sizes: inout [Int]) {
        let total = weights.reduce(0, +)
        guard total > 0, spare > 0 else { return }
        var given = 0
        for index in sizes.indices {
            let part = spare * weights[index] / total
            sizes[index] += part
            given += part
        }
        for index in sizes.indices where given < spare && weights[index] > 0 {
            sizes[index] += 1
            given += 1
        }
    }
}

extension Rect {
    /// Splits the rectangle from top to bottom; nil for a part that was dropped.
    package func rows(_ items: [LayoutItem], spacing: Int = 0) -> [Rect?] {
        Layout.split(height, into: items, spacing: spacing).map { range in
            range.map { Rect(x: x, y: y + $0.lowerBound, width: width, height: $0.count) }
        }
    }

    /// Splits the rectangle from left to right; nil for a part that was dropped.
    package func columns(_ items: [LayoutItem], spacing: Int = 0) -> [Rect?] {
        Layout.split(width, into: items, spacing: spacing).map { range in
            range.map { Rect(x: x + $0.lowerBound, y: y, width: $0.count, height: height) }
        }
    }
}
