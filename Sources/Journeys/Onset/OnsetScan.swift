/// Looks for the moment since when a journey is worse.
///
/// For every age that a change may have, the runs since are compared with those before, on shares that need no shape of
/// the distribution: the share that failed, and the shares slower than quantiles of the time before and than the promise.
/// A share's evidence is its likelihood ratio, where the level is allowed to wander by as much as it did from block to
/// block before (a random effect, estimated by moments and drawn to a prior while there are few blocks). A change counts
/// when it is certain, of practical size for sure, lasts through all of the time since, exceeds the worst stretch of the
/// time before, and is a step rather than a slope.
struct OnsetScan {
    let history: OnsetHistory
    let table: OnsetTable
    let limits: OnsetLimits

    /// What was found.
    struct Finding {
        /// The first slot since.
        var slot: Int
        /// The slots that it could be as well.
        var range: ClosedRange<Int>
        /// The measures, with all levels.
        var watches: [OnsetWatch]
        /// Which of them show the trouble.
        var active: [Bool]

        /// What changed, latency first.
        var signals: [Onset.Signal] {
            let found = zip(watches, active).filter(\.1).map(\.0.measure.signal)
            return [.latency, .errors].filter(found.contains)
        }
    }

    /// The change, if there is one that is certain and no older than a number of slots.
    func run(upTo oldest: Int) -> Finding? {
        var before = table.histogram(0..<table.count)
        var after = OnsetHistogram(table)
        var failedBefore = table.failures(0..<table.count)
        var failedAfter = OnsetShare()
        var edge = table.count
        for age in OnsetLimits.ages where age <= oldest {
            guard age < table.count else { return nil }
            while edge > table.count - age {
                edge -= 1
                before.add(edge, of: table, sign: -1)
                after.add(edge, of: table)
                failedAfter = failedAfter + table.failed[edge]
                failedBefore.hits = max(0, failedBefore.hits - table.failed[edge].hits)
                failedBefore.runs = max(0, failedBefore.runs - table.failed[edge].runs)
            }
            guard failedBefore.runs >= limits.runsBefore else { return nil }
            let watches = fill(history.watches(before: before, failedBefore, limits), after, failedAfter)
            let active = watches.map { $0.isLarge(limits) }
            guard active.contains(true), isPossible(before, after, failedBefore, failedAfter) else { continue }
            if let finding = certify(edge, before, watches, active) { return finding }
        }
        return nil
    }

    /// Whether a change could be certain if levels did not wander at all: a cheap answer for most ages.
    private func isPossible(
        _ before: OnsetHistogram, _ after: OnsetHistogram, _ failedBefore: OnsetShare, _ failedAfter: OnsetShare
    ) -> Bool {
        let latency = keys(before).map { after.over($0).evidence(over: before.over($0).smoothed) }.max() ?? 0
        let errors = failedAfter.evidence(over: failedBefore.smoothed)
        return isSure(latency, errors) || isSure(errors, latency)
    }

    /// Whether the evidence of one signal is enough, by itself or with that of the other.
    private func isSure(_ own: Double, _ other: Double) -> Bool {
        own >= limits.changeEvidence || min(own, other) >= limits.partEvidence && own + other >= limits.jointEvidence
    }

    /// Measures with the levels since.
    private func fill(_ watches: [OnsetWatch], _ histogram: OnsetHistogram, _ failed: OnsetShare) -> [OnsetWatch] {
        watches.map { watch in
            var watch = watch
            if case .over(let key) = watch.measure { watch.after = histogram.over(key) } else { watch.after = failed }
            return watch
        }
    }

    /// The change at an edge, placed exactly, if it is certain.
    private func certify(_ edge: Int, _ before: OnsetHistogram, _ watches: [OnsetWatch], _ active: [Bool]) -> Finding? {
        guard table.failed[..<edge].count(where: { $0.runs > 0 }) >= limits.slotsBefore else { return nil }
        var kept = active
        for number in watches.indices where active[number] {
            let series = table.series(watches[number].measure)
            kept[number] = lasts(watches[number], series, edge) && exceeds(watches[number], series, edge)
        }
        let latency = evidence(measures(before), edge)
        let errors = evidence([.failed], edge)
        for number in watches.indices where kept[number] {
            let isError = watches[number].measure.signal == .errors
            kept[number] = isError ? isSure(errors, latency) : isSure(latency, errors)
        }
        guard kept.contains(true) else { return nil }
        let signals = Set(zip(watches, kept).filter(\.1).map(\.0.measure.signal))
        let place = OnsetPlace(table: table, keys: keys(before), signals: signals).find(from: edge)
        return settle(place, like: kept)
    }

    /// How sure it is that one of some measures rose, in nats.
    private func evidence(_ measures: [OnsetMeasure], _ edge: Int) -> Double {
        measures.map { changeEvidence($0, edge) }.max() ?? 0
    }

    /// The measures in which a change of latency may be certain.
    private func measures(_ before: OnsetHistogram) -> [OnsetMeasure] { keys(before).map { .over($0) } }

    /// The buckets that tell runs apart by how slow they are compared with the time before.
    private func keys(_ before: OnsetHistogram) -> [Int32] {
        var keys = before.keys(at: [0.5, 0.75, 0.9]).map { $0 + 1 }
        if let slow = before.key(at: 0.95) { keys.append(slow + limits.p95Buckets) }
        if history.hasPromise { keys.append(0) }
        return Array(Set(keys)).sorted()
    }

    /// The levels on both sides of the place that was found, when it is a step there.
    private func settle(_ place: OnsetPlace.Result, like kept: [Bool]) -> Finding? {
        let edge = place.slot
        let after = table.histogram(edge..<table.count)
        let failedAfter = table.failures(edge..<table.count)
        func levels(_ slots: Range<Int>) -> [OnsetWatch] {
            fill(history.watches(before: table.histogram(slots), table.failures(slots), limits), after, failedAfter)
        }
        let watches = levels(0..<edge)
        let near = levels(max(0, edge - OnsetLimits.near)..<edge)
        guard watches.count == kept.count, near.count == kept.count, table.count - edge > limits.slotsAfter else {
            return nil
        }
        let hasNear = near.first.map { $0.before.runs >= limits.runsBefore } ?? false
        let active = watches.indices.map { number in
            kept[number] && watches[number].isLarge(limits)
                && lasts(watches[number], table.series(watches[number].measure), edge)
                && (!hasNear || near[number].after.evidence(over: near[number].limit) >= limits.sizeEvidence / 2)
        }
        guard active.contains(true) else { return nil }
        return Finding(slot: edge, range: place.range, watches: watches, active: active)
    }
}
