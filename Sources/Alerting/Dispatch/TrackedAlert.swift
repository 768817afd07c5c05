import Journeys

/// One alert as it is followed from its first sight until its group is over.
struct TrackedAlert: Sendable, Hashable, Codable {
    /// What can have one cause with what.
    enum Cause: String, Sendable, Hashable, Codable {
        /// Runs are slow or fail.
        case trouble
        /// Runs do not come.
        case silence
        /// The source is late.
        case stale
    }

    let key: ActiveAlert.Key
    var topic: AlertTopic
    /// 2 pages, 1 warns, 0 bothers nobody.
    var rank: Int
    /// Since when it fires, by the judge.
    var since: UInt64
    /// When it was first seen here; the group wait begins then.
    var firstSeen: UInt64
    /// When its cause began: the onset, the last run before a silence, the firing time where neither is known.
    var origin: UInt64
    /// The services that changed near the origin.
    var services: [String]
    var isActive = true
    /// When it was found to be over.
    var endedAt: UInt64?
    /// Since when nothing is said about its journey at all.
    var missingSince: UInt64?
    var isMuted: Bool
    /// Whether its journey is stale: it is neither raised nor cleared then.
    var isFrozen = false
    var acknowledgedAt: UInt64?
    var details: AlertMessage.Alert

    init(_ alert: ActiveAlert, of verdict: JourneyVerdict, context: AlertContext, now: UInt64) {
        key = alert.key
        since = alert.since
        firstSeen = now
        let changes = alert.key.kind == .stale ? [] : context.changes(verdict)
        topic = AlertTopic(alert)
        rank = alert.rank
        origin = Self.origin(of: alert, verdict, now: now)
        services = changes.compactMap(\.service)
        isMuted = verdict.isMuted(at: now)
        acknowledgedAt = verdict.acknowledgement?.time
        details = AlertMessage.Alert(
            alert, of: verdict, definition: context.definitions[alert.key.journey], changes: changes)
    }

    /// Takes over what is new about the same alert.
    mutating func refresh(with newer: TrackedAlert) {
        let firstSeen = isActive ? firstSeen : newer.firstSeen
        self = newer
        self.firstSeen = firstSeen
    }

    var cause: Cause {
        switch key.kind {
        case .burn, .tooManyBad, .shift: .trouble
        case .silence: .silence
        case .stale: .stale
        }
    }

    /// Whether it is about the same journey in the same environment.
    func isBeside(_ other: TrackedAlert) -> Bool {
        key.journey == other.key.journey && key.environment == other.key.environment
    }

    /// Whether both can have one cause although they are about two journeys.
    func sharesCause(with other: TrackedAlert) -> Bool {
        guard cause == other.cause else { return false }
        if cause == .stale { return true }
        guard key.environment == other.key.environment, origin.distanceInTime(to: other.origin) <= 120_000_000_000
        else { return false }
        return cause == .silence || !Set(services).isDisjoint(with: other.services)
    }

    private static func origin(of alert: ActiveAlert, _ verdict: JourneyVerdict, now: UInt64) -> UInt64 {
        switch alert.key.kind {
        case .burn, .tooManyBad, .shift: verdict.onset?.time ?? alert.since
        case .silence: verdict.silence.map { now - min($0.length, now) } ?? alert.since
        case .stale: verdict.staleSince ?? alert.since
        }
    }
}

extension ActiveAlert {
    /// How bad it is: 2 pages, 1 warns, 0 bothers nobody.
    var rank: Int {
        switch severity {
        case .page: 2
        case .warn: 1
        case nil: 0
        }
    }
}

extension JourneyVerdict {
    /// Whether somebody asked for silence.
    func isMuted(at now: UInt64) -> Bool {
        state == .muted || (mutedUntil ?? 0) > now
    }
}

extension UInt64 {
    func distanceInTime(to other: UInt64) -> UInt64 {
        self > other ? self - other : other - self
    }

    /// The time since an earlier moment; none when that lies ahead because the clock was set back.
    func since(_ earlier: UInt64) -> UInt64 {
        self > earlier ? self - earlier : 0
    }
}
