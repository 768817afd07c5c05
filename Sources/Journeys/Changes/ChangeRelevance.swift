/// Which changes may explain what happened on a journey.
package struct ChangeRelevance: Sendable {
    /// How far from the onset a change may lie, in nanoseconds to either side.
    package var reach: UInt64 = 1800 * ChangeRules.second
    /// So long after the onset a change may still be a cause, in nanoseconds: clocks differ, an onset is uncertain.
    package var slack: UInt64 = 60 * ChangeRules.second
    /// A report and a sighting of one deployment lie at most so far apart, in nanoseconds.
    package var sameDeployment: UInt64 = 1800 * ChangeRules.second

    /// The usual half hour to either side.
    package init() {}

    /// The changes near an onset of the services that take part in a journey, the likeliest cause first.
    ///
    /// Rank is by three things in this order: what came before the onset goes before what came after it, what people set
    /// (versions, configuration, deployments) before what follows (instances, span names, services), and the nearer
    /// before the farther. A deployment that was both reported and seen is told of once, as seen.
    ///
    /// - Parameters:
    ///   - onset: The onset in Unix nanoseconds.
    ///   - view: The journey.
    ///   - services: Services that take part without being entry or step, such as those on its critical path.
    ///   - timeline: Everything that happened, in any order.
    package func changes(
        near onset: UInt64, of view: JourneyView, alongside services: Set<String> = [], in timeline: [TimelineEvent]
    ) -> [TimelineEvent] {
        changes(
            near: onset, services: view.services.union(services), environment: view.environment,
            scope: view.definition?.scope, in: timeline)
    }

    /// The same for services in an environment.
    ///
    /// - Parameters:
    ///   - environment: The environment; nil or one that is not the resource's own lets every environment pass.
    ///   - scope: The attributes that name the environment; events know only the usual ones.
    package func changes(
        near onset: UInt64, services: Set<String>, environment: String?, scope: [String]? = nil,
        in timeline: [TimelineEvent]
    ) -> [TimelineEvent] {
        let comparable = scope ?? JourneyDefinition.defaultScope == JourneyDefinition.defaultScope ? environment : nil
        return changes(near: onset, in: timeline) { event in
            if let comparable, let theirs = event.environment, theirs != comparable { return false }
            // A deployment of nobody knows what may be of anything.
            return event.service.map(services.contains) ?? (event.kind == .deploy)
        }
    }

    /// The same for whatever concerns a journey by other means, such as the services that its traces were seen to pass.
    package func changes(
        near onset: UInt64, in timeline: [TimelineEvent], where concerns: (TimelineEvent) -> Bool
    ) -> [TimelineEvent] {
        let from = onset - min(onset, reach)
        let to = onset > .max - reach ? .max : onset + reach
        let near = timeline.filter { event in
            event.kind.isChange && event.time >= from && event.time <= to && concerns(event)
        }
        let seen = near.filter { $0.kind == .version }
        let told = near.filter { event in !isReported(event, among: seen) }
        return told.sorted { rank($0, onset).isLess(rank($1, onset)) }
    }

    /// Whether a deployment was also seen in the data.
    private func isReported(_ event: TimelineEvent, among seen: [TimelineEvent]) -> Bool {
        guard event.kind == .deploy, let version = event.after, event.service != nil else { return false }
        return seen.contains { other in
            other.service == event.service && other.after == version
                && max(other.time, event.time) - min(other.time, event.time) <= sameDeployment
        }
    }

    private struct Rank {
        let isAfter: Bool
        let kind: Int
        let distance: UInt64
        let tie: String

        func isLess(_ other: Rank) -> Bool {
            if isAfter != other.isAfter { return !isAfter }
            if kind != other.kind { return kind < other.kind }
            if distance != other.distance { return distance < other.distance }
            return tie < other.tie
        }
    }

    private func rank(_ event: TimelineEvent, _ onset: UInt64) -> Rank {
        let kind =
            switch event.kind {
            case .version: 0
            case .deploy: event.service == nil ? 2 : 0
            case .config: 1
            case .instances, .serviceVanished: 3
            default: 4
            }
        return Rank(
            isAfter: event.time > onset &+ min(slack, .max - onset), kind: kind,
            distance: max(event.time, onset) - min(event.time, onset), tie: event.sentence)
    }
}

extension JourneyView {
    /// The services that take part in the journey: those of its entry and step spans, as far as they were seen.
    package var services: Set<String> {
        Set(ledger.versions.map(\.service.text) + (identity.map { [$0.service] } ?? [])).subtracting([""])
    }

    /// The changes near an onset that may explain it, the likeliest first; see ``ChangeRelevance``.
    package func changes(near onset: UInt64, in timeline: [TimelineEvent]) -> [TimelineEvent] {
        ChangeRelevance().changes(near: onset, of: self, in: timeline)
    }
}
