import Foundation
import Journeys

/// Decides who is told what and when: a pure value that is shown the verdicts once a second.
///
/// The rules, so that one cause is one message:
/// * Alerts of one journey in one environment belong to one group. Two journeys in one environment share a group when
///   their troubles began within two minutes and a service that changed near both is the same, or when both fell silent
///   within two minutes. A late source is one group for all journeys.
/// * A group waits ``groupWait`` before its first message, so that what comes together goes out together. While nobody
///   was told of it, its alerts may still find together with others; after that a group stays as it is.
/// * A receiver is told again when the group gets worse (a page after a warning), reaches another journey, is
///   acknowledged by people in all its journeys, is over, or still fires after the receiver's repeat time. Further rules
///   of a journey that fire at no higher severity are no news.
/// * What ends within the wait was no news; the end too is told only when it has lasted for the wait.
/// * Muted alerts are not told. The end of one that was told before is, so that nothing stays open at a paging service.
/// * While a source is late, its alerts are neither raised nor repeated nor cleared; only the lateness is told.
/// * What is acknowledged is not repeated, and not told to who had not heard of it; getting worse is told all the same.
/// * A journey of which nothing is heard, as after a restart, keeps its alerts for ``patience``.
struct AlertRouter: Sendable {
    /// Ten seconds, in nanoseconds.
    static let groupWait: UInt64 = 10_000_000_000
    /// Five minutes, in nanoseconds.
    static let patience: UInt64 = 300_000_000_000

    let receivers: [AlertReceiver]
    private(set) var groups: [AlertGroup] = []
    /// By receiver, then by group.
    private(set) var told: [String: [String: ToldRecord]] = [:]

    /// Makes a router for the receivers that take messages.
    init(receivers: [AlertReceiver]) {
        self.receivers = receivers
    }

    /// Looks at the verdicts and returns what is to be sent now.
    mutating func update(_ verdicts: JourneyVerdicts, context: AlertContext, now: UInt64) -> [OutgoingAlert] {
        forgetTheFuture(now)
        follow(verdicts, context: context, now: now)
        var outgoing: [OutgoingAlert] = []
        for receiver in receivers {
            for index in groups.indices {
                if let next = next(for: receiver, group: index, now: now) { outgoing.append(next) }
            }
        }
        closeGroups()
        return outgoing
    }

    /// Notes that a message arrived, or that it was given up; either way it is not sent again as it was.
    mutating func settle(receiver: String, group: String, number: Int) {
        guard var record = told[receiver]?[group], let state = record.inFlight, state.message == number else { return }
        record.delivered = state
        record.inFlight = nil
        told[receiver]?[group] = record
        closeGroups()
    }

    /// The alerts that stand, for receivers that want to know all of them at any time.
    func standing(for receiver: AlertReceiver) -> [TrackedAlert] {
        groups.flatMap(\.alerts).filter { $0.isActive && !$0.isMuted && receiver.hears($0.topic, of: $0.key.journey) }
    }

    // MARK: - Following

    /// A clock that was set back must not make anything wait for hours.
    private mutating func forgetTheFuture(_ now: UInt64) {
        for group in groups.indices {
            for alert in groups[group].alerts.indices where groups[group].alerts[alert].firstSeen > now {
                groups[group].alerts[alert].firstSeen = now
            }
        }
        for (receiver, records) in told {
            for (group, var record) in records {
                record.wantedSince = min(record.wantedSince, now)
                if let time = record.delivered?.time { record.delivered?.time = min(time, now) }
                if let time = record.inFlight?.time { record.inFlight?.time = min(time, now) }
                told[receiver]?[group] = record
            }
        }
    }

    private mutating func follow(_ verdicts: JourneyVerdicts, context: AlertContext, now: UInt64) {
        let known = Dictionary(
            groups.enumerated().flatMap { group, value in
                value.alerts.enumerated().map { ($1.key, (group: group, alert: $0)) }
            }, uniquingKeysWith: { first, _ in first })
        var seen: Set<ActiveAlert.Key> = []
        var heard: [String: (isStale: Bool, isMuted: Bool, acknowledgedAt: UInt64?)] = [:]
        var new: [TrackedAlert] = []
        for verdict in verdicts.journeys {
            let isStale = verdict.staleSince != nil || verdict.state == .stale
            heard[Self.scope(verdict.id.name, verdict.id.environment)] = (
                isStale, verdict.isMuted(at: now), verdict.acknowledgement?.time
            )
            for alert in verdict.alerts {
                guard !isStale || alert.key.kind == .stale, seen.insert(alert.key).inserted else { continue }
                let tracked = TrackedAlert(alert, of: verdict, context: context, now: now)
                if let place = known[alert.key] {
                    groups[place.group].alerts[place.alert].refresh(with: tracked)
                } else {
                    new.append(tracked)
                }
            }
        }
        settleUnseen(seen, heard: heard, now: now)
        place(new)
    }

    /// Decides about the alerts that no verdict names any more.
    private mutating func settleUnseen(
        _ seen: Set<ActiveAlert.Key>, heard: [String: (isStale: Bool, isMuted: Bool, acknowledgedAt: UInt64?)],
        now: UInt64
    ) {
        for group in groups.indices {
            for index in groups[group].alerts.indices where !seen.contains(groups[group].alerts[index].key) {
                var alert = groups[group].alerts[index]
                guard alert.isActive else { continue }
                if let journey = heard[Self.scope(alert.key.journey, alert.key.environment)] {
                    alert.missingSince = nil
                    alert.isMuted = journey.isMuted
                    alert.acknowledgedAt = journey.acknowledgedAt ?? alert.acknowledgedAt
                    alert.isFrozen = journey.isStale && alert.cause != .stale
                    if !alert.isFrozen { alert.end(now) }
                } else {
                    let since = min(alert.missingSince ?? now, now)
                    alert.missingSince = since
                    if now - since >= Self.patience { alert.end(now) }
                }
                groups[group].alerts[index] = alert
            }
        }
    }

    private static func scope(_ journey: String, _ environment: String?) -> String {
        "\(journey)/\(environment ?? "")"
    }

    /// Puts new alerts into groups; groups that nobody was told of are put together anew.
    private mutating func place(_ new: [TrackedAlert]) {
        let untold = groups.filter { !isTold($0) }
        var loose = new + untold.flatMap(\.alerts).filter(\.isActive)
        guard !loose.isEmpty || !untold.isEmpty else { return }
        groups = groups.filter(isTold)
        loose.sort { one, other in
            if one.firstSeen != other.firstSeen { return one.firstSeen < other.firstSeen }
            return Self.order(one.key) < Self.order(other.key)
        }
        for alert in loose {
            if let home = groups.firstIndex(where: { $0.takes(alert) }) {
                groups[home].alerts.append(alert)
            } else {
                groups.append(AlertGroup(alert))
            }
        }
    }

    private static func order(_ key: ActiveAlert.Key) -> String {
        "\(key.journey)/\(key.environment ?? "")/\(key.kind.rawValue)/\(key.objective ?? "")/\(key.rule ?? "")"
    }

    private func isTold(_ group: AlertGroup) -> Bool {
        told.values.contains { $0[group.name]?.current != nil }
    }

    /// Lets go of groups that are over and of which everybody who heard of them knows it.
    private mutating func closeGroups() {
        let over = groups.filter { group in
            group.isOver
                && told.values.allSatisfy { records in
                    guard let record = records[group.name], record.current != nil else { return true }
                    return record.inFlight == nil && record.delivered?.status == .resolved
                }
        }
        guard !over.isEmpty else { return }
        let names = Set(over.map(\.name))
        groups.removeAll { names.contains($0.name) }
        for receiver in told.keys { told[receiver] = told[receiver]?.filter { !names.contains($0.key) } }
    }

    // MARK: - Telling

    private mutating func next(for receiver: AlertReceiver, group index: Int, now: UInt64) -> OutgoingAlert? {
        let group = groups[index]
        let mine = group.alerts.filter { receiver.hears($0.topic, of: $0.key.journey) }
        guard !mine.isEmpty else { return nil }
        var record = told[receiver.name]?[group.name] ?? ToldRecord()
        let wish = Self.wish(mine, record.current, repeatAfter: receiver.repeatAfter, now: now)
        if record.wanted != wish?.status {
            record.wanted = wish?.status
            record.wantedSince = now
        }
        guard let wish, now.since(min(wish.since ?? record.wantedSince, record.wantedSince)) >= wish.wait else {
            if record.current != nil { told[receiver.name, default: [:]][group.name] = record }
            return nil
        }
        groups[index].messages += 1
        let number = groups[index].messages
        let isFirst = record.current == nil
        record.inFlight = Self.state(after: record.current, mine, wish.status, number: number, now: now)
        record.wanted = nil
        told[receiver.name, default: [:]][group.name] = record
        let message = AlertMessage(
            about: mine, status: wish.status, group: group.name, number: number, receiver: receiver.name, now: now)
        return OutgoingAlert(
            receiver: receiver.name, group: group.name, number: number, message: message, isFirst: isFirst)
    }

    /// What a receiver should be told, and how long that has to stand before it is.
    private struct Wish {
        var status: AlertMessage.Status
        var wait: UInt64 = AlertRouter.groupWait
        /// Since when, where that is known better than from when it was first wished.
        var since: UInt64?
    }

    private static func wish(
        _ mine: [TrackedAlert], _ told: ToldState?, repeatAfter: UInt64?, now: UInt64
    ) -> Wish? {
        let active = mine.filter(\.isActive)
        let loud = active.filter { !$0.isMuted && !$0.isFrozen && $0.missingSince == nil }
        let unseen = loud.filter { $0.acknowledgedAt == nil }
        guard let told, told.status != .resolved else {
            guard let since = unseen.map(\.firstSeen).min() else { return nil }
            return Wish(status: .firing, since: told == nil ? since : nil)
        }
        if active.isEmpty { return Wish(status: .resolved) }
        let isWorse = (loud.map(\.rank).max() ?? 0) > told.rank
        let isWider = !Set(unseen.map(\.journeyScope)).isSubset(of: told.journeys)
        if isWorse || isWider { return Wish(status: .firing) }
        if unseen.isEmpty, let latest = loud.compactMap(\.acknowledgedAt).max(), latest > told.acknowledgedAt ?? 0 {
            return Wish(status: .acknowledged, wait: 0)
        }
        if let repeatAfter, !unseen.isEmpty, now.since(told.time) >= repeatAfter {
            return Wish(status: .firing, wait: 0)
        }
        return nil
    }

    private static func state(
        after told: ToldState?, _ mine: [TrackedAlert], _ status: AlertMessage.Status, number: Int, now: UInt64
    ) -> ToldState {
        let before = told?.status == .resolved ? nil : told
        let loud = mine.filter { $0.isActive && !$0.isMuted }
        return ToldState(
            message: number, status: status, rank: max(before?.rank ?? 0, loud.map(\.rank).max() ?? 0),
            journeys: (before?.journeys ?? []).union(loud.map(\.journeyScope)),
            acknowledgedAt: [before?.acknowledgedAt, loud.compactMap(\.acknowledgedAt).max()].compactMap { $0 }.max(),
            time: now)
    }
}

extension TrackedAlert {
    /// The journey and its environment as one text.
    var journeyScope: String { "\(key.journey)/\(key.environment ?? "")" }

    /// Marks it as over.
    mutating func end(_ now: UInt64) {
        isActive = false
        endedAt = now
        isFrozen = false
    }
}

extension AlertMessage {
    /// Puts a message together from what a receiver hears of a group.
    init(
        about mine: [TrackedAlert], status: Status, group: String, number: Int, receiver: String, now: UInt64
    ) {
        let shown = mine.filter { !($0.isActive && $0.isMuted) }.sorted { one, other in
            if one.isActive != other.isActive { return one.isActive }
            if one.rank != other.rank { return one.rank > other.rank }
            return one.firstSeen < other.firstSeen
        }
        let alerts = shown.prefix(Self.mostAlerts).map { alert in
            var details = alert.details
            if !alert.isActive {
                details.status = .resolved
                details.ended = alert.endedAt.map(Timestamp.text)
            }
            return details
        }
        let others = Set(shown.map(\.key.journey)).subtracting([shown.first?.key.journey ?? ""]).sorted()
        let more = others.isEmpty ? "" : "; also \(others.prefix(5).joined(separator: ", "))"
        let and = others.count > 5 ? " and \(others.count - 5) more" : ""
        let prefix = status == .firing ? "" : "\(status.rawValue): "
        let words = ["info", "warn", "page"]
        self.init(
            id: "\(group)-\(number)-\(status.rawValue)", group: group, status: status, test: false,
            receiver: receiver, sentAt: Timestamp.text(now), severity: words[min(2, max(0, shown.first?.rank ?? 0))],
            summary: prefix + (shown.first?.details.summary ?? "") + more + and, alerts: alerts,
            omitted: max(0, shown.count - Self.mostAlerts))
    }
}

/// What has to survive a restart, so that nothing is told twice and nothing stays open.
package struct AlertDispatchState: Sendable, Codable, Hashable {
    private static let version = 1

    private var version = Self.version
    var groups: [AlertGroup]
    var told: [String: [String: ToldRecord]]

    init(groups: [AlertGroup], told: [String: [String: ToldRecord]]) {
        self.groups = groups
        self.told = told
    }

    /// Reads what ``json`` wrote; nil when it is damaged or from another version.
    package init?(json: [UInt8]) {
        guard let state = try? JSONDecoder().decode(Self.self, from: Data(json)), state.version == Self.version
        else { return nil }
        self = state
    }

    /// Whether nothing changed that has to be kept; details of alerts that still fire change every second and do not
    /// count.
    func saysTheSame(as other: AlertDispatchState?) -> Bool {
        guard let other else { return groups.isEmpty && told.isEmpty }
        let mine = groups.map { group in "\(group.name) \(group.alerts.map { "\($0.key) \($0.isActive)" })" }
        let theirs = other.groups.map { group in "\(group.name) \(group.alerts.map { "\($0.key) \($0.isActive)" })" }
        return mine == theirs && delivered == other.delivered
    }

    private var delivered: [String: [String: ToldState]] {
        told.mapValues { $0.compactMapValues(\.delivered) }.filter { !$0.value.isEmpty }
    }

    /// The state as JSON.
    package var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return [UInt8]((try? encoder.encode(self)) ?? Data())
    }
}

extension AlertRouter {
    /// What has to survive a restart.
    var saved: AlertDispatchState { AlertDispatchState(groups: groups, told: told) }

    /// Goes on where another router stopped; what is about receivers that are gone is forgotten.
    mutating func restore(_ saved: AlertDispatchState) {
        let names = Set(receivers.map(\.name))
        groups = saved.groups
        told = saved.told.filter { names.contains($0.key) }
    }
}
