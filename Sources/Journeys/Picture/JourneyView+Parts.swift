import Telemetry

/// How many runs reached a step, in a window.
package struct StepView: Sendable, Hashable {
    /// The step's name.
    package let name: String
    /// How many runs reached it.
    package let reached: UInt64
    /// The share of all runs that reached it, by estimate; nil when there was no run.
    package let share: Double?
    /// How many runs fewer than the step before, or than all runs for the first step; negative when there were more.
    package let dropped: Int64
    /// The 95th percentile of the step's longest span in a run, in nanoseconds; nil when there is none.
    package let p95: UInt64?
}

/// A version of a service that took part in a journey: as entry or as step.
package struct VersionView: Sendable, Hashable {
    /// The service.
    package let service: String
    /// The version; empty where the service names none.
    package let version: String
    /// How many entry and step spans of it lie in the window.
    package let count: UInt64
    /// Its share among the versions of its service in the window, by estimate; nil when the service was not seen there.
    package let share: Double?
    /// The 95th percentile of its spans in the window, in nanoseconds; nil when there is none.
    package let p95: UInt64?
    /// When it was first seen, ever.
    package let firstSeen: UInt64
    /// When it was last seen, ever.
    package let lastSeen: UInt64
    /// How many instances of it were seen, ever.
    package let instances: Int
}

/// The newest version on a journey.
package struct NewestVersion: Sendable, Hashable {
    /// The service.
    package let service: String
    /// The version.
    package let version: String
    /// When it was first seen.
    package let firstSeen: UInt64
    /// Whether the service runs in several versions in the window.
    package let isMixed: Bool
}

/// Why runs failed, in a window.
package struct ErrorKind: Sendable, Hashable {
    /// The label: an error type, a class of HTTP statuses, an exception or a status message.
    package let label: String
    /// How many runs.
    package let count: UInt64
    /// Its share of the failed runs, by estimate.
    package let share: Double
}

extension JourneyView {
    /// The steps of the journey with how many runs of a window reached them, in their order; empty for a journey without.
    ///
    /// For a joined journey the runs are those that were completed or abandoned in the window.
    package func funnel(in window: TimeWindow) -> [StepView] {
        guard let definition else { return [] }
        let runs = counts(in: window)
        let joined = joinedCounts(in: window)
        let all = joined?.judged ?? runs.total
        var before = all
        return zip(definition.steps, ledger.steps).enumerated().map { number, pair in
            let (step, series) = pair
            let merged = series.merged(in: window, watermark: bounds.watermark)
            let reached = joined?.reached(step: number) ?? merged.count
            defer { before = reached }
            return StepView(
                name: step.name, reached: reached,
                share: joined == nil
                    ? runs.estimatedTotal > 0 ? RunWeight.runs(merged.weight) / runs.estimatedTotal : nil
                    : all > 0 ? Double(reached) / Double(all) : nil,
                dropped: Int64(clamping: before) - Int64(clamping: reached),
                p95: summary(of: merged, [.p95])?.quantiles.first)
        }
    }

    /// The versions seen on the journey, by service, then the newest first.
    package func versions(in window: TimeWindow) -> [VersionView] {
        let merged = ledger.versions.map { $0.latency.merged(in: window, watermark: bounds.watermark) }
        var weights: [Symbol: Double] = [:]
        for (record, distribution) in zip(ledger.versions, merged) {
            weights[record.service, default: 0] += Double(distribution.weight)
        }
        let views = zip(ledger.versions, merged).map { record, distribution in
            let all = weights[record.service] ?? 0
            return VersionView(
                service: record.service.text, version: record.version.text, count: distribution.count,
                share: all > 0 ? Double(distribution.weight) / all : nil,
                p95: summary(of: distribution, [.p95])?.quantiles.first, firstSeen: record.firstSeen,
                lastSeen: record.lastSeen, instances: record.instances.count)
        }
        return views.sorted { one, other in
            if one.service != other.service { return one.service < other.service }
            return one.firstSeen == other.firstSeen ? one.version < other.version : one.firstSeen > other.firstSeen
        }
    }

    /// How many entry and step spans were of versions beyond the number that is told apart.
    package var versionsLeftOut: Int { ledger.versionsLeftOut }

    /// The version on the journey that was first seen last; nil when no service names a version.
    package func newestVersion(in window: TimeWindow) -> NewestVersion? {
        let named = versions(in: window).filter { !$0.version.isEmpty }
        let newest = named.max { one, other in
            one.firstSeen == other.firstSeen
                ? (one.service, one.version) > (other.service, other.version) : one.firstSeen < other.firstSeen
        }
        guard let newest else { return nil }
        let live = named.count { $0.service == newest.service && $0.count > 0 }
        return NewestVersion(
            service: newest.service, version: newest.version, firstSeen: newest.firstSeen, isMixed: live > 1)
    }

    /// Why runs failed, the most frequent first.
    package func errorKinds(in window: TimeWindow) -> [ErrorKind] {
        let merged = ledger.errors.merged(in: window, watermark: bounds.watermark)
        let all = Double(merged.weight)
        let kinds = merged.entries.map { entry in
            ErrorKind(
                label: ledger.errorLabels[Int(entry.key)], count: UInt64(entry.count),
                share: all > 0 ? Double(entry.weight) / all : 0)
        }
        return kinds.sorted { $0.count == $1.count ? $0.label < $1.label : $0.count > $1.count }
    }
}
