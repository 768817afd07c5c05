import Telemetry

/// The joined runs of one journey, as they come: followed live, or collected from input that ends.
struct JoinedJourney: Sendable {
    /// The attribute that joins.
    let attribute: String
    /// The number of the first step's stage: one where an entry comes before it.
    let firstStep: Int
    private var tracker: JoinTracker?
    private var collector: JoinCollector?

    init(_ journey: JourneyDefinition, base: RunClock.Base, openLimit: Int) {
        attribute = journey.join ?? ""
        firstStep = journey.entry == nil ? 0 : 1
        let rules = JoinRules(journey)
        switch base {
        case .stream: tracker = JoinTracker(rules: rules, openLimit: openLimit)
        case .file: collector = JoinCollector(rules: rules, openLimit: openLimit)
        }
    }

    /// Takes in a span of a value.
    mutating func take(_ event: JoinEvent, of key: JoinKey, arrival: UInt64) {
        tracker?.take(event, of: key, arrival: arrival)
        collector?.take(event, of: key)
    }

    /// Decides the runs whose time has come.
    mutating func settle(through horizon: UInt64) -> [JoinEnding] { tracker?.settle(through: horizon) ?? [] }

    /// Decides all runs, since the input has ended; a stream never does.
    mutating func finish(at end: UInt64) -> [JoinEnding] { collector?.finish(at: end) ?? [] }

    /// How many runs of an environment are open.
    func open(in environment: Int) -> Int { tracker?.open(in: environment) ?? 0 }
}
