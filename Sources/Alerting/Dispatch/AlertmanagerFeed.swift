import Foundation
import Journeys

/// What an Alertmanager has to know, in the form of its v2 API.
///
/// Alertmanager groups, repeats and silences on its own, so it is told every alert as it stands, at once when something
/// changes and again every ``resend``. Each says when it ends by itself: a waymark that dies leaves nothing firing for
/// ever. What is over is told with its end for a while longer, in case a request is lost.
///
/// The Watchdog always fires. It goes out only while verdicts come in, so it ends when waymark is dead, cut off or
/// stuck, and a rule "Watchdog is missing" (or a service that waits for it) says so.
struct AlertmanagerFeed: Sendable {
    static let path = "/api/v2/alerts"
    /// A minute, in nanoseconds; Alertmanager's own limit is five.
    static let resend: UInt64 = 60_000_000_000
    /// After how long without news an alert ends, in nanoseconds.
    static let lifetime: UInt64 = 240_000_000_000

    /// One alert on the wire.
    struct Alert: Sendable, Hashable, Codable {
        var labels: [String: String]
        var annotations: [String: String]
        var startsAt: String
        var endsAt: String
    }

    private struct Known: Sendable {
        var alert: Alert
        var startsAt: UInt64
        /// When it was over, in Unix nanoseconds.
        var endedAt: UInt64?
    }

    private let started: UInt64
    private let instance: String
    private var known: [[String: String]: Known] = [:]
    private var nextSend: UInt64 = 0

    /// Makes a feed.
    ///
    /// - Parameters:
    ///   - started: When waymark started, in Unix nanoseconds.
    ///   - instance: Which waymark this is, such as the host's name.
    init(started: UInt64, instance: String) {
        self.started = started
        self.instance = instance
    }

    /// The body of a request when one is due; nil when there is nothing to say.
    ///
    /// - Parameters:
    ///   - standing: The alerts that stand.
    ///   - wallNow: The time of day, which Alertmanager compares with its own.
    mutating func due(_ standing: [TrackedAlert], wallNow: UInt64) -> [UInt8]? {
        var isNews = false
        var now: Set<[String: String]> = []
        for tracked in standing {
            let labels = Self.labels(of: tracked)
            let since = min(tracked.since, wallNow)
            if !now.insert(labels).inserted {
                // Two rules of one objective with one severity are one alert there, since the first of them.
                if let first = known[labels]?.startsAt { known[labels]?.startsAt = min(first, since) }
                continue
            }
            let old = known[labels]
            if old == nil || old?.endedAt != nil { isNews = true }
            let startsAt = old?.endedAt == nil ? min(old?.startsAt ?? since, since) : since
            let alert = Alert(labels: labels, annotations: Self.annotations(of: tracked), startsAt: "", endsAt: "")
            known[labels] = Known(alert: alert, startsAt: startsAt, endedAt: nil)
        }
        for (labels, value) in known where !now.contains(labels) && value.endedAt == nil {
            known[labels]?.endedAt = wallNow
            isNews = true
        }
        known = known.filter { wallNow.since($0.value.endedAt ?? wallNow) < 300_000_000_000 }
        guard isNews || wallNow >= nextSend || nextSend - wallNow > Self.resend else { return nil }
        nextSend = wallNow + Self.resend
        return Self.body(alerts(wallNow))
    }

    private func alerts(_ wallNow: UInt64) -> [Alert] {
        let watchdog = Alert(
            labels: ["alertname": "Watchdog", "severity": "none", "instance": instance],
            annotations: [
                "summary": "waymark is alive",
                "description": "This alert always fires. When it is missing, waymark is dead, cut off or stuck.",
            ], startsAt: Timestamp.text(min(started, wallNow)), endsAt: Timestamp.text(wallNow + Self.lifetime))
        let others = known.values.map { value in
            var alert = value.alert
            alert.startsAt = Timestamp.text(value.startsAt)
            // An end before the start is refused.
            let end = value.endedAt ?? wallNow + Self.lifetime
            alert.endsAt = Timestamp.text(max(end, value.startsAt + 1_000_000))
            return alert
        }
        return [watchdog] + others.sorted { $0.order < $1.order }
    }

    /// An alert that only says that alerts arrive.
    static func test(wallNow: UInt64, instance: String) -> [UInt8] {
        body([
            Alert(
                labels: ["alertname": "WaymarkTest", "severity": "none", "instance": instance],
                annotations: [
                    "summary": "A test of waymark: nothing hurts",
                    "description": "Somebody ran waymark alerts test. This alert ends by itself in a minute.",
                ], startsAt: Timestamp.text(wallNow), endsAt: Timestamp.text(wallNow + 60_000_000_000))
        ])
    }

    private static func body(_ alerts: [Alert]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8]((try? encoder.encode(alerts)) ?? Data())
    }

    /// What tells one alert from another; empty labels are left out, as Alertmanager does.
    static func labels(of tracked: TrackedAlert) -> [String: String] {
        let name =
            switch tracked.key.kind {
            case .burn: "JourneyBudgetBurn"
            case .tooManyBad: "JourneyTooManyBad"
            case .silence: "JourneySilent"
            case .stale: "JourneyStale"
            case .shift: "JourneyShift"
            }
        let labels: [String: String?] = [
            "alertname": name, "journey": tracked.key.journey, "environment": tracked.details.environment,
            "severity": tracked.details.severity, "owner": tracked.details.owner, "objective": tracked.key.objective,
        ]
        return labels.compactMapValues { $0.flatMap { $0.isEmpty ? nil : $0 } }
    }

    private static func annotations(of tracked: TrackedAlert) -> [String: String] {
        let details = tracked.details
        var annotations = ["summary": details.summary]
        var lines: [String] = []
        if let rule = details.rule { lines.append("rule \(rule)") }
        if let left = details.budgetLeft { lines.append("budget left \((left * 100).rounded(to: 1)) %") }
        if let onset = details.onset { lines.append("since \(onset)") }
        for change in details.changes.prefix(3) {
            let words = [change.service, change.before, change.after].compactMap { $0 }.joined(separator: " → ")
            lines.append("changed \(change.time) \(words)")
        }
        if !lines.isEmpty { annotations["description"] = lines.joined(separator: "; ") }
        if let runbook = details.runbook, runbook.hasPrefix("http") { annotations["runbook_url"] = runbook }
        return annotations
    }
}

extension AlertmanagerFeed.Alert {
    fileprivate var order: String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
