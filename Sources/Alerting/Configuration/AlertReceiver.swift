import Journeys

/// What people can be told of.
package enum AlertTopic: String, Sendable, Hashable, CaseIterable, Codable {
    /// Alerts that wake somebody up.
    case page
    /// Alerts that can wait.
    case warn
    /// Change-points without a burn alert; never sent unless a receiver asks for them.
    case shift
    /// Expected runs that do not come.
    case silence
    /// A source that is late past the limit.
    case stale

    /// The topic of an alert.
    package init(_ alert: ActiveAlert) {
        switch alert.key.kind {
        case .burn, .tooManyBad: self = alert.severity == .page ? .page : .warn
        case .silence: self = .silence
        case .stale: self = .stale
        case .shift: self = .shift
        }
    }

    /// What a receiver hears of unless it says otherwise: everything that bothers somebody.
    package static let usual: Set<AlertTopic> = [.page, .warn, .silence, .stale]
}

/// One way to people, as configured.
package struct AlertReceiver: Sendable, Hashable {
    /// How messages travel.
    package enum Kind: Sendable, Hashable {
        /// A program with its arguments; never through a shell.
        case command([String])
        /// An address that takes a POST with JSON.
        case webhook(AlertAddress, headers: [Header], token: Secret?)
        /// An Alertmanager with the v2 API.
        case alertmanager(AlertAddress, headers: [Header], token: Secret?)
    }

    /// One header line of a webhook.
    package struct Header: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// Its value, which may be a secret.
        package var value: Secret

        /// Makes one.
        package init(name: String, value: Secret) {
            self.name = name
            self.value = value
        }
    }

    /// The unique name on screen and in `waymark alerts test`.
    package var name: String
    /// How messages travel.
    package var kind: Kind
    /// What the receiver is told of.
    package var topics: Set<AlertTopic>
    /// The journeys it is told of; empty for all.
    package var journeys: Set<String>
    /// How long one delivery may take, in nanoseconds.
    package var timeout: UInt64
    /// After how long an alert that still fires is sent again, in nanoseconds; nil for never.
    package var repeatAfter: UInt64?
    /// Where it stands.
    package var place: SourcePlace

    /// Ten seconds, in nanoseconds.
    package static let usualTimeout: UInt64 = 10_000_000_000
    /// Four hours, in nanoseconds.
    package static let usualRepeat: UInt64 = 14_400_000_000_000

    /// Makes a receiver with the usual topics, for every journey.
    package init(
        name: String, kind: Kind, topics: Set<AlertTopic> = AlertTopic.usual, journeys: Set<String> = [],
        timeout: UInt64 = AlertReceiver.usualTimeout, repeatAfter: UInt64? = nil,
        place: SourcePlace = SourcePlace(file: "config.yaml", line: 1, column: 1)
    ) {
        self.name = name
        self.kind = kind
        self.topics = topics
        self.journeys = journeys
        self.timeout = timeout
        self.repeatAfter = repeatAfter
        self.place = place
    }

    /// Whether it is told of a topic of a journey.
    package func hears(_ topic: AlertTopic, of journey: String) -> Bool {
        topics.contains(topic) && (journeys.isEmpty || journeys.contains(journey))
    }

    /// `command`, `webhook` or `alertmanager`.
    package var kindName: String {
        switch kind {
        case .command: "command"
        case .webhook: "webhook"
        case .alertmanager: "alertmanager"
        }
    }

    /// Where messages go, without secrets: the program, or the origin of the address.
    package var target: String {
        switch kind {
        case .command(let words): words.first ?? ""
        case .webhook(let address, _, _), .alertmanager(let address, _, _): address.description
        }
    }
}
