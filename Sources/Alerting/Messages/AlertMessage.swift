import Foundation
import Journeys

/// What a hook reads on its standard input and a webhook in the body of its request, version 1.
///
/// Times are RFC 3339 in UTC, shares are between 0 and 1, and what is not known is left out. Fields may be added to a
/// version; none changes its meaning.
///
/// ```json
/// {"version": 1, "id": "checkout/production/1763866140-1-firing", "group": "checkout/production/1763866140",
///  "status": "firing", "test": false, "receiver": "pager", "sent_at": "2026-11-23T03:09:10Z", "severity": "page",
///  "summary": "checkout: \"fast\" burns 14.9× over 1h and 42.6× over 5m",
///  "alerts": [{"status": "firing", "kind": "burn", "journey": "checkout", "title": "Check out a basket",
///    "owner": "team-payments", "runbook": "https://runbooks.example/checkout", "environment": "production",
///    "objective": "fast", "rule": "page 14.4× 1h/5m", "severity": "page", "since": "2026-11-23T03:09:00Z",
///    "onset": "2026-11-23T02:49:00Z", "onset_uncertainty_seconds": 20, "burns": {"5m": 42.6, "1h": 14.9},
///    "budget_left": 0.605, "empty_in_seconds": 34320, "summary": "…",
///    "changes": [{"time": "2026-11-23T02:47:00Z", "kind": "version", "service": "payments", "before": "2.13.4",
///      "after": "2.14.0", "count": 3, "total": 8}]}],
///  "omitted": 0}
/// ```
package struct AlertMessage: Sendable, Hashable, Codable {
    /// What a message says.
    package enum Status: String, Sendable, Hashable, Codable {
        /// Something hurts.
        case firing
        /// It is over.
        case resolved
        /// Somebody has seen it.
        case acknowledged
    }

    /// Always 1.
    package var version = 1
    /// Unique for what is said: a message that is sent again after a failure has the same id.
    package var id: String
    /// The same from firing until resolved: one cause, one group.
    package var group: String
    /// What the message says about the group.
    package var status: Status
    /// Whether this is only a try; nothing hurts.
    package var test: Bool
    /// The receiver's name.
    package var receiver: String
    /// When the message was put together.
    package var sentAt: String
    /// The worst severity in the group: `page`, `warn` or `info`.
    package var severity: String
    /// One sentence for people.
    package var summary: String
    /// What belongs to the group, the worst first; what is over too, until the whole group is.
    package var alerts: [Alert]
    /// How many alerts more there are than fit a message.
    package var omitted: Int

    /// One alert of a group.
    package struct Alert: Sendable, Hashable, Codable {
        /// How it stands.
        package var status: Status
        /// Burn, tooManyBad, silence, stale or shift.
        package var kind: ActiveAlert.Key.Kind
        /// The journey's name.
        package var journey: String
        /// What users call it.
        package var title: String?
        /// The team that answers for it.
        package var owner: String?
        /// What to do: an address, or a file beside the journey.
        package var runbook: String?
        /// The environment.
        package var environment: String?
        /// The objective, for burn alerts.
        package var objective: String?
        /// The rule, for burn alerts.
        package var rule: String?
        /// `page`, `warn` or `info`.
        package var severity: String
        /// Since when it fires.
        package var since: String
        /// Since when it is over.
        package var ended: String?
        /// When the trouble began in the data.
        package var onset: String?
        /// By how much that may be off.
        package var onsetUncertaintySeconds: Double?
        /// Burn rates by window.
        package var burns: [String: Double]?
        /// The share of the error budget that is left; negative when overspent.
        package var budgetLeft: Double?
        /// When the budget is empty at this burn.
        package var emptyInSeconds: Double?
        /// One sentence for people.
        package var summary: String
        /// Who has seen it.
        package var acknowledged: Acknowledged?
        /// What changed in the system near the onset.
        package var changes: [Change]

        enum CodingKeys: String, CodingKey {
            case status, kind, journey, title, owner, runbook, environment, objective, rule, severity, since, ended
            case onset, burns, summary, acknowledged, changes
            case onsetUncertaintySeconds = "onset_uncertainty_seconds"
            case budgetLeft = "budget_left"
            case emptyInSeconds = "empty_in_seconds"
        }
    }

    /// That somebody has seen it.
    package struct Acknowledged: Sendable, Hashable, Codable {
        /// When.
        package var time: String
        /// Who.
        package var by: String?
        /// What they wrote.
        package var note: String?
    }

    /// A change of the system.
    package struct Change: Sendable, Hashable, Codable {
        /// When.
        package var time: String
        /// What kind, as in the history.
        package var kind: TimelineEvent.Kind
        /// The service.
        package var service: String?
        /// A span name or an attribute key.
        package var subject: String?
        /// What it was before.
        package var before: String?
        /// What it is since.
        package var after: String?
        /// How many of ``total``.
        package var count: Int?
        /// Of how many.
        package var total: Int?
        /// Words for people.
        package var text: String?
    }

    enum CodingKeys: String, CodingKey {
        case version, id, group, status, test, receiver, severity, summary, alerts, omitted
        case sentAt = "sent_at"
    }

    /// How many alerts one message lists at most.
    package static let mostAlerts = 50

    /// The message as JSON in UTF-8, one line, keys in order.
    package func json() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Texts, numbers and lists of them: there is nothing in it that cannot be written.
        return ((try? encoder.encode(self)) ?? Data()) + [UInt8(ascii: "\n")]
    }
}

extension String {
    /// The text, cut to so many scalars with a mark where it was longer: a name may be ten megabytes long.
    func cut(to length: Int) -> String {
        let scalars = unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return self }
        return String(String.UnicodeScalarView(scalars[..<end])) + "…"
    }
}
