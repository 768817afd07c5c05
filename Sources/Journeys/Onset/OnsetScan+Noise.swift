extension OnsetScan {
    /// How sure it is that the level rose, given how much it wandered before, in nats.
    func changeEvidence(_ measure: OnsetMeasure, _ edge: Int) -> Double {
        let series = table.series(measure)
        let before = series[..<edge].reduce(OnsetShare(), +)
        let after = series[edge...].reduce(OnsetShare(), +)
        let level = before.smoothed
        guard after.share > level, after.evidence(over: level) >= limits.partEvidence else { return 0 }
        let spread = level * (1 - level)
        let blocks = Self.blocks(series[..<edge].filter { $0.runs > 0 }, slots: table.count - edge)
        let wander = self.wander(blocks, level: level)
        let variance = spread / after.runs + spread / before.runs + wander * (1 + 1 / Double(max(1, blocks.count)))
        return spread / variance * OnsetMath.divergence(after.share, from: level)
    }

    /// Slots put together to blocks as long as the change, but at least eight of them where there are as many slots.
    static func blocks(_ slots: [OnsetShare], slots wanted: Int) -> [OnsetShare] {
        let length = max(1, min(wanted, slots.count / 8))
        return stride(from: 0, to: slots.count - slots.count % length, by: length).map { begin in
            slots[begin..<begin + length].reduce(OnsetShare(), +)
        }
    }

    /// The variance of the level from block to block beyond that of independent runs, drawn to what is usual.
    func wander(_ blocks: [OnsetShare], level: Double) -> Double {
        let spread = level * (1 - level)
        let usual = limits.wander * spread
        let prior = usual * usual
        guard blocks.count > 1 else { return prior }
        let all = blocks.reduce(OnsetShare(), +)
        var squares = 0.0
        var sizes = 0.0
        for block in blocks {
            squares += block.runs * (block.share - level) * (block.share - level)
            sizes += block.runs * block.runs
        }
        let degrees = Double(blocks.count - 1)
        let size = (all.runs - sizes / all.runs) / degrees
        let measured = size > 0 ? max(0, (squares / degrees - spread) / size) : prior
        return (limits.wanderBlocks * prior + degrees * measured) / (limits.wanderBlocks + degrees)
    }

    /// Whether a rise lasts from the edge until now, rather than being one burst.
    func lasts(_ watch: OnsetWatch, _ series: [OnsetShare], _ edge: Int) -> Bool {
        let level = watch.before.smoothed
        let needed = level + 0.3 * (watch.after.share - level)
        let size = max(4, 3 / max(watch.after.share, 1e-6))
        var groups: [Bool] = []
        var group = OnsetShare()
        for number in (edge..<table.count).reversed() {
            group = group + series[number]
            guard group.runs >= size else { continue }
            groups.append(group.share >= needed)
            group = OnsetShare()
        }
        guard groups.count >= 3, groups[0] else { return false }
        return groups.count(where: \.self) * 4 >= groups.count * 3
    }

    /// Whether a rise exceeds every stretch of the same length before it.
    func exceeds(_ watch: OnsetWatch, _ series: [OnsetShare], _ edge: Int) -> Bool {
        let slots = series[..<edge].filter { $0.runs > 0 }
        let length = min(table.count - edge, slots.count / 2)
        guard length > 0 else { return true }
        let level = watch.before.smoothed
        var window = OnsetShare()
        var greatest = 0.0
        for number in slots.indices {
            window = window + slots[number]
            if number >= length {
                window.hits = max(0, window.hits - slots[number - length].hits)
                window.runs = max(0, window.runs - slots[number - length].runs)
            }
            if window.runs >= watch.after.runs / 2 { greatest = max(greatest, window.share) }
        }
        return watch.after.share - level >= limits.overGreatest * (greatest - level)
    }
}
