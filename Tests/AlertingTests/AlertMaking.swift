import Alerting
import Foundation
import Journeys
import Synchronization

let second: UInt64 = 1_000_000_000
let minute: UInt64 = 60 * second
/// 2026-11-23T03:00:00Z.
let start: UInt64 = 1_795_402_800 * second

extension ActiveAlert {
    /// A page about `checkout` in production.
    static func make(
        _ journey: String = "checkout", environment: String? = "production", kind: Key.Kind = .burn,
        objective: String? = "fast", rule: String? = "page 14.4× 1h/5m",
        severity: JourneyDefinition.Alert.Severity? = .page, since: UInt64 = start, summary: String? = nil
    ) -> ActiveAlert {
        ActiveAlert(
            key: Key(
                journey: journey, environment: environment, kind: kind, objective: kind == .burn ? objective : nil,
                rule: kind == .burn ? rule : nil), severity: severity, since: since,
            summary: summary ?? "\(journey) hurts")
    }
}

extension JourneyVerdict {
    /// A verdict on `checkout` in production with these alerts.
    static func make(
        _ journey: String = "checkout", environment: String? = "production", state: JourneyState? = nil,
        alerts: [ActiveAlert] = [], onset: UInt64? = nil, acknowledged: UInt64? = nil, mutedUntil: UInt64? = nil,
        staleSince: UInt64? = nil
    ) -> JourneyVerdict {
        let usual: JourneyState = staleSince != nil ? .stale : alerts.isEmpty ? .ok : .page
        var verdict = JourneyVerdict(
            id: JourneyView.ID(name: journey, environment: environment, isFound: false), state: state ?? usual)
        verdict.alerts = alerts
        verdict.onset = onset.map { Onset(time: $0, uncertainty: 20 * second, signals: [.latency]) }
        verdict.acknowledgement = acknowledged.map { Acknowledgement(time: $0, by: "ana", note: "on it") }
        verdict.mutedUntil = mutedUntil
        verdict.staleSince = staleSince
        return verdict
    }
}

extension JourneyVerdicts {
    /// Verdicts without a timeline.
    static func make(_ journeys: [JourneyVerdict], now: UInt64) -> JourneyVerdicts {
        JourneyVerdicts(now: now, journeys: journeys, timeline: [])
    }
}

/// A clock on which every pause is over at once, and noted.
final class InstantClock: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant
    private let state = Mutex<(elapsed: Duration, pauses: [Duration])>((.zero, []))
    private let origin = ContinuousClock.now

    var now: Instant { origin + state.withLock { $0.elapsed } }
    var minimumResolution: Duration { .nanoseconds(1) }
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let pause = deadline - now
        state.withLock { state in
            state.elapsed += max(pause, .zero)
            state.pauses.append(pause)
        }
        await Task.yield()
    }
}

/// Records what it is given and answers from a list; when that is empty, everything arrives.
final class FakeSender: AlertSender {
    private let state: Mutex<(bodies: [[UInt8]], answers: [SendOutcome])>

    init(_ answers: [SendOutcome] = []) {
        state = Mutex(([], answers))
    }

    func send(_ body: [UInt8]) async -> SendOutcome {
        state.withLock { state in
            state.bodies.append(body)
            return state.answers.isEmpty ? .delivered("HTTP 200") : state.answers.removeFirst()
        }
    }

    var bodies: [[UInt8]] { state.withLock { $0.bodies } }

    var messages: [AlertMessage] {
        get throws { try bodies.map { try JSONDecoder().decode(AlertMessage.self, from: Data($0)) } }
    }
}

/// A transport that nobody should use.
struct NoTransport: AlertTransport {
    func post(_ request: AlertRequest, limit: Duration) async throws(TransportProblem) -> AlertReply {
        throw TransportProblem(text: "no network in this test")
    }
}

/// A dispatcher whose receivers are fakes, shown one second after the other.
struct Bench {
    let dispatcher: AlertDispatcher
    let senders: [String: FakeSender]
    let clock: InstantClock
    let states: StateBox
    let wall: WallBox

    final class StateBox: Sendable {
        private let state = Mutex<AlertDispatchState?>(nil)
        var last: AlertDispatchState? { state.withLock { $0 } }
        func keep(_ new: AlertDispatchState) { state.withLock { $0 = new } }
    }

    final class WallBox: Sendable {
        private let time = Mutex<UInt64>(start)
        var now: UInt64 {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }

    init(
        _ receivers: [AlertReceiver] = [.make()], answers: [SendOutcome] = [], restored: AlertDispatchState? = nil,
        retry: RetryPolicy = RetryPolicy()
    ) {
        let senders = Dictionary(uniqueKeysWithValues: receivers.map { ($0.name, FakeSender(answers)) })
        let clock = InstantClock()
        let states = StateBox()
        let wall = WallBox()
        let environment = AlertingEnvironment(
            clock: clock, wallNow: { wall.now }, random: { 0.5 }, transport: NoTransport(),
            makeSender: { senders[$0.name] ?? FakeSender() })
        dispatcher = AlertDispatcher(
            receivers: receivers, environment: environment, instance: "here", restored: restored, retry: retry,
            onState: { states.keep($0) })
        self.senders = senders
        self.clock = clock
        self.states = states
        self.wall = wall
    }

    /// Shows verdicts for every second of a range, counted from ``start``.
    func show(
        _ seconds: ClosedRange<UInt64>, context: AlertContext = AlertContext(), _ verdicts: [JourneyVerdict]
    ) async {
        for number in seconds {
            let now = start + number * second
            wall.now = now
            await dispatcher.update(.make(verdicts, now: now), context: context, now: now)
            await dispatcher.drain()
        }
    }

    /// What a receiver was sent, as `status: journeys`.
    func heard(_ receiver: String = "pager") throws -> [String] {
        try (senders[receiver]?.messages ?? []).map { message in
            "\(message.status.rawValue) \(message.severity): "
                + Set(message.alerts.map(\.journey)).sorted().joined(separator: ",")
        }
    }
}

extension AlertReceiver {
    /// A hook that hears of everything usual.
    static func make(
        _ name: String = "pager", on topics: Set<AlertTopic> = AlertTopic.usual, journeys: Set<String> = [],
        repeatAfter: UInt64? = nil
    ) -> AlertReceiver {
        AlertReceiver(
            name: name, kind: .command(["/bin/true"]), topics: topics, journeys: journeys, repeatAfter: repeatAfter)
    }
}
