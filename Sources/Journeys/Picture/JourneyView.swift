/// One journey in one environment, as far as it has been counted.
///
/// What there is no data for is nil, never zero.
package struct JourneyView: Sendable, Identifiable {
    /// Which journey in which environment.
    package struct ID: Sendable, Hashable {
        /// The name on screen.
        package let name: String
        /// The environment; nil for a journey of which no run was seen.
        package let environment: String?
        /// Whether the journey was found rather than read from a file.
        package let isFound: Bool

        /// Makes an id.
        package init(name: String, environment: String?, isFound: Bool) {
            self.name = name
            self.environment = environment
            self.isFound = isFound
        }
    }

    /// Until when and from when on there is data.
    struct Bounds: Sendable {
        let watermark: UInt64
        let firstSeen: UInt64?
    }

    /// The definition; nil for a found journey.
    package let definition: JourneyDefinition?
    /// What a found journey is named after; nil for one from a file.
    package let identity: FoundIdentity?
    /// The environment: the value of the scope attribute, empty where runs have none; nil when no run was seen.
    package let environment: String?
    /// How many names share this row; zero but for the row of others.
    package internal(set) var otherNames = 0
    /// How many joined runs are open now.
    package internal(set) var openRuns = 0

    let ledger: JourneyLedger
    let bounds: Bounds

    init(_ definition: JourneyDefinition, environment: String?, _ ledger: JourneyLedger, _ bounds: Bounds) {
        self.definition = definition
        identity = nil
        self.environment = environment
        self.ledger = ledger
        self.bounds = bounds
    }

    init(_ identity: FoundIdentity, environment: String?, _ ledger: JourneyLedger, _ bounds: Bounds) {
        definition = nil
        self.identity = identity
        self.environment = environment
        self.ledger = ledger
        self.bounds = bounds
    }

    /// Which journey in which environment.
    package var id: ID {
        // The row of others keeps its id when the number of names in it changes.
        ID(name: isOthers ? "other" : name, environment: environment, isFound: isFound)
    }

    /// The name on screen: the file's, `service name` for a found journey, or `other (n names)`.
    package var name: String {
        if let definition { return definition.name }
        guard let identity, !isOthers else { return "other (\(otherNames) names)" }
        return "\(identity.service) \(identity.name)"
    }

    /// Whether the journey was found rather than read from a file.
    package var isFound: Bool { definition == nil }

    /// Whether this is the row of the found journeys beyond the limit.
    package var isOthers: Bool { identity.map { $0.service.isEmpty && $0.name.isEmpty } ?? false }

    /// Whether runs of this journey are judged in a later version only: those whose runs are metrics.
    package var isUnjudged: Bool {
        guard let definition else { return false }
        return definition.source != .spans
    }

    /// The tightest promised duration in nanoseconds.
    package var tightestUnder: UInt64? { ledger.tightestUnder }

    /// The bucket edges of the journey's latencies.
    package var scale: LatencyScale { ledger.scale }

    /// The first and the last instant that a run counts at; nil when no run was seen.
    package var seen: ClosedRange<UInt64>? { ledger.seen }

    /// Whether there can be data in a window: it ends after the first run of any journey and begins before the
    /// watermark.
    func isCovered(_ window: TimeWindow) -> Bool {
        guard let first = bounds.firstSeen else { return false }
        return window.to > first && window.from <= max(bounds.watermark, ledger.seen?.upperBound ?? 0)
    }
}
