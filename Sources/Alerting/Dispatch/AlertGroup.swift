import Journeys

/// Alerts with one cause: people get one message for all of them.
struct AlertGroup: Sendable, Hashable, Codable {
    /// `journey/environment/seconds` of the alert that opened it; unique, and the same until it is over.
    let name: String
    var alerts: [TrackedAlert]
    /// How many messages were made about it.
    var messages = 0

    init(_ first: TrackedAlert) {
        let scope = first.key.environment.flatMap { $0.isEmpty ? nil : $0 } ?? "-"
        let journey = first.cause == .stale ? "stale" : first.key.journey
        name = "\(journey)/\(scope)/\(first.firstSeen / 1_000_000_000)".cut(to: 200)
        alerts = [first]
    }

    /// Whether an alert belongs here: to the same journey and environment, or to the same cause.
    func takes(_ alert: TrackedAlert) -> Bool {
        alerts.contains { own in
            own.cause == .stale || alert.cause == .stale
                ? own.sharesCause(with: alert) : own.isBeside(alert) || own.sharesCause(with: alert)
        }
    }

    var isOver: Bool { !alerts.contains(where: \.isActive) }
}

/// What a receiver was told of a group last.
struct ToldState: Sendable, Hashable, Codable {
    /// The number of the message in its group.
    var message: Int
    var status: AlertMessage.Status
    /// The worst rank it was told.
    var rank: Int
    /// The journeys it was told of, as `journey/environment`.
    var journeys: Set<String>
    /// The latest acknowledgement it was told of.
    var acknowledgedAt: UInt64?
    /// When the message was made.
    var time: UInt64
}

/// What a receiver knows of a group.
struct ToldRecord: Sendable, Hashable, Codable {
    /// What arrived, or was given up.
    var delivered: ToldState?
    /// What is on its way.
    var inFlight: ToldState?
    /// What it should be told, and since when; a message waits until that has stood for a while.
    var wanted: AlertMessage.Status?
    var wantedSince: UInt64 = 0

    var current: ToldState? { inFlight ?? delivered }

    enum CodingKeys: String, CodingKey {
        // What was on its way when the program died is sent again.
        case delivered
    }
}

/// A message for one receiver.
struct OutgoingAlert: Sendable {
    let receiver: String
    let group: String
    let number: Int
    let message: AlertMessage
    /// Whether the receiver has never been told of the group before.
    let isFirst: Bool
}
