/// Something that happened: a change seen in the data or reported, a verdict that turned, or what a person did.
///
/// One flat record for all of them, so that the history keeps, and exports, one kind of row.
package struct TimelineEvent: Sendable, Hashable, Codable {
    /// What happened.
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A deployment that somebody reported: `service`, `before`, `after`.
        case deploy
        /// A version of a service seen for the first time: `service`, `before`, `after`, `count` of `total` instances.
        case version
        /// A configuration attribute with a new value: `service`, `subject`, `before`, `after`.
        case config
        /// A span name seen for the first time: `service`, `subject`.
        case spanAppeared
        /// A span name that stopped coming: `service`, `subject`.
        case spanVanished
        /// A service seen for the first time.
        case serviceAppeared
        /// A service that stopped coming.
        case serviceVanished
        /// Instances of a service that came or went: `before`, `after`.
        case instances
        /// A change-point.
        case onset
        /// An alert began to fire: `objective`, `severity`, `text`.
        case fired
        /// An alert ceased to fire.
        case resolved
        /// Expected runs stopped coming.
        case silent
        /// Runs came again.
        case heard
        /// The source went late.
        case stale
        /// The source caught up.
        case fresh
        /// Somebody has seen it: `by`, `text`.
        case acknowledged
        /// Somebody asked for silence, until `until`.
        case muted
        /// The silence ended.
        case unmuted
        /// Somebody wrote something down.
        case note
        /// The history has nothing from `time` to `until`.
        case gap

        /// Whether it is a change of the system rather than of a verdict.
        package var isChange: Bool {
            switch self {
            case .deploy, .version, .config, .spanAppeared, .spanVanished, .serviceAppeared, .serviceVanished,
                .instances:
                true
            default: false
            }
        }
    }

    /// When it happened, in Unix nanoseconds of event time.
    package var time: UInt64
    /// What happened.
    package var kind: Kind
    /// The journey's name, if it is about one.
    package var journey: String?
    /// The environment.
    package var environment: String?
    /// The objective's name.
    package var objective: String?
    /// `page` or `warn`.
    package var severity: String?
    /// The service.
    package var service: String?
    /// A span name or an attribute key.
    package var subject: String?
    /// What it was before.
    package var before: String?
    /// What it is since.
    package var after: String?
    /// How many of `total`, such as instances.
    package var count: Int?
    /// Of how many.
    package var total: Int?
    /// An end, in Unix nanoseconds.
    package var until: UInt64?
    /// Words for people.
    package var text: String?
    /// Who did it.
    package var by: String?

    /// Makes an event.
    package init(time: UInt64, kind: Kind, journey: String? = nil, environment: String? = nil) {
        self.time = time
        self.kind = kind
        self.journey = journey
        self.environment = environment
    }
}
