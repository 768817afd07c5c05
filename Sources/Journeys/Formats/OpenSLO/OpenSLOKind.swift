/// The kinds of objects that OpenSLO v1 knows.
enum OpenSLOKind: String, CaseIterable, Sendable {
    case slo = "SLO"
    case indicator = "SLI"
    case service = "Service"
    case dataSource = "DataSource"
    case alertPolicy = "AlertPolicy"
    case alertCondition = "AlertCondition"
    case notificationTarget = "AlertNotificationTarget"

    /// The kind with its article, for messages.
    var title: String {
        switch self {
        case .slo, .indicator, .alertPolicy, .alertCondition, .notificationTarget: "an \(rawValue)"
        case .service, .dataSource: "a \(rawValue)"
        }
    }

    /// The keys of an object of this kind.
    var table: JourneyKeyTable {
        JourneyKeyTable(
            title: title,
            keys: [
                JourneyKey("apiVersion", .word([OpenSLO.version]), "The version of the format."),
                JourneyKey("kind", .word(OpenSLOKind.allCases.map(\.rawValue)), "What the object is."),
                JourneyKey("metadata", .table(.openSLOMetadata), "Its name, labels and annotations.", isRequired: true),
                JourneyKey("spec", .table(specTable), "What it says.", isRequired: true),
            ],
            others: nil)
    }

    /// The keys of `spec` of an object of this kind.
    var specTable: JourneyKeyTable {
        switch self {
        case .slo: .openSLOObjectives
        case .indicator: .openSLOIndicator
        case .service: JourneyKeyTable(title: "a Service's spec", keys: [.openSLODescription], others: nil)
        case .dataSource: .openSLODataSource
        case .alertPolicy: .openSLOAlertPolicy
        case .alertCondition: .openSLOAlertCondition
        case .notificationTarget: .openSLOTarget
        }
    }
}

/// Names that OpenSLO documents use, and those that waymark adds to them.
package enum OpenSLO {
    /// The version that is read and written.
    package static let version = "openslo/v1"
    /// What the keys of waymark's own annotations begin with.
    package static let prefix = "waymark.dev/"
    /// The type of a metric source whose `spec` holds the keys of a journey.
    package static let sourceType = "waymark"

    /// The annotations that an SLO or its SLI may carry, without their prefix, with the key of a journey or an objective
    /// that each stands for.
    static let annotations: [(name: String, key: JourneyKey)] = {
        let own = [
            JourneyKey("journey", .name, "The journey that the SLO belongs to."),
            JourneyKey("objective", .name, "The name of its objective."),
            JourneyKey("runbook", .runbook, "What to do when it hurts."),
            JourneyKey("window", .duration, "The exact length of a rolling window."),
            JourneyKey("slices", .duration, "The exact length of a time slice."),
            JourneyKey("alerts", .word(["default"]), "That the policies are waymark's own."),
        ]
        let scalars = ["entry", "scope", "failed", "ignore", "join", "again", "within", "max-bad", "traffic"]
        let journey = JourneyKeyTable.journey.keys.filter { scalars.contains($0.name) }
        let objective = JourneyKeyTable.objective.keys.filter { ["of", "under", "complete"].contains($0.name) }
        return (own + journey + objective).map { ($0.name, $0) }
    }()

    /// The annotations of an AlertCondition, without their prefix.
    static let conditionAnnotations: [(name: String, key: JourneyKey)] = [
        ("long-window", JourneyKey("long-window", .duration, "The exact length of the long window.")),
        ("short-window", JourneyKey("short-window", .duration, "The short window, which must burn too.")),
    ]
}
