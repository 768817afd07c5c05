import Journeys
import Synchronization

/// Tells people: takes the verdicts of every second and sends what is news to every receiver.
///
/// ``update(_:context:now:)`` only decides and queues; commands and requests run in tasks of their own, so nothing that
/// a receiver does can hold the judge up.
package actor AlertDispatcher {
    private let environment: AlertingEnvironment
    private let instance: String
    private var router: AlertRouter
    private var lanes: [(receiver: AlertReceiver, lane: DeliveryLane)] = []
    private var feeds: [String: AlertmanagerFeed] = [:]
    private var feedNumber = 0
    private let onState: @Sendable (AlertDispatchState) async -> Void
    private var lastState: AlertDispatchState?

    /// Makes a dispatcher.
    ///
    /// - Parameters:
    ///   - receivers: The ways to people.
    ///   - environment: Clock, randomness and transport.
    ///   - instance: Which waymark this is, such as the host's name; a label of the Watchdog.
    ///   - restored: What ``onState`` was handed last before a restart.
    ///   - retry: When webhooks and Alertmanagers are tried again; commands are not.
    ///   - onState: Called when something changes that has to survive a restart.
    package init(
        receivers: [AlertReceiver], environment: AlertingEnvironment, instance: String,
        restored: AlertDispatchState? = nil, retry: RetryPolicy = RetryPolicy(),
        onState: @escaping @Sendable (AlertDispatchState) async -> Void = { _ in }
    ) {
        self.environment = environment
        self.instance = instance
        self.onState = onState
        router = AlertRouter(receivers: receivers.filter { !$0.isAlertmanager })
        if let restored { router.restore(restored) }
        lastState = restored
        let commandSlots = Slots(AlertingEnvironment.commandsAtOnce)
        let settling = Settling()
        for receiver in receivers {
            let isCommand = receiver.kindName == "command"
            let lane = DeliveryLane(
                receiver, sender: environment.sender(for: receiver, commandSlots: commandSlots),
                retry: isCommand ? nil : retry, environment: environment
            ) { [name = receiver.name] group, number in
                await settling.dispatcher?.settle(receiver: name, group: group, number: number)
            }
            lanes.append((receiver, lane))
            if receiver.isAlertmanager {
                feeds[receiver.name] = AlertmanagerFeed(started: environment.wallNow(), instance: instance)
            }
        }
        settling.dispatcher = self
    }

    /// Looks at the verdicts, once a second, and queues what is news.
    ///
    /// - Parameters:
    ///   - verdicts: How every journey stands. Pass ``JourneyVerdicts/empty`` while there are none, so that the Watchdog
    ///     goes out.
    ///   - context: Titles, owners, runbooks and changes.
    ///   - now: The moment of the verdicts, in Unix nanoseconds.
    package func update(_ verdicts: JourneyVerdicts, context: AlertContext, now: UInt64) async {
        let outgoing = router.update(verdicts, context: context, now: now)
        for item in outgoing {
            guard let lane = lanes.first(where: { $0.receiver.name == item.receiver })?.lane else { continue }
            await lane.enqueue(
                DeliveryLane.Item(
                    group: item.group, number: item.number, body: item.message.json(), isFirst: item.isFirst,
                    isEnd: item.message.status == .resolved))
        }
        await feedAlertmanagers()
        await keepState()
    }

    private func feedAlertmanagers() async {
        for (receiver, lane) in lanes {
            guard var feed = feeds[receiver.name] else { continue }
            let body = feed.due(router.standing(for: receiver), wallNow: environment.wallNow())
            feeds[receiver.name] = feed
            guard let body else { continue }
            feedNumber += 1
            await lane.enqueue(
                DeliveryLane.Item(group: "alerts", number: feedNumber, body: body, isFirst: false, isEnd: false))
        }
    }

    fileprivate func settle(receiver: String, group: String, number: Int) async {
        router.settle(receiver: receiver, group: group, number: number)
        await keepState()
    }

    private func keepState() async {
        let state = router.saved
        guard !state.saysTheSame(as: lastState) else { return }
        lastState = state
        await onState(state)
    }

    /// How deliveries go, in the order of the configuration.
    package func status() async -> [AlertDeliveryStatus] {
        var all: [AlertDeliveryStatus] = []
        for (_, lane) in lanes { all.append(await lane.status) }
        return all
    }

    /// Sends one marked test message to a receiver, or to all, and returns what each answered.
    ///
    /// - Parameter name: The receiver's name; nil for all.
    package func testAlert(receiver name: String? = nil) async -> [AlertTestAnswer] {
        let chosen = lanes.filter { name == nil || $0.receiver.name == name }
        let now = environment.wallNow()
        return await withTaskGroup(of: (Int, AlertTestAnswer).self) { group in
            for (index, pair) in chosen.enumerated() {
                let body =
                    pair.receiver.isAlertmanager
                    ? AlertmanagerFeed.test(wallNow: now, instance: instance)
                    : AlertMessage.test(receiver: pair.receiver.name, now: now).json()
                group.addTask {
                    let outcome = await pair.lane.sendNow(body)
                    return (index, AlertTestAnswer(pair.receiver, outcome))
                }
            }
            var answers: [(Int, AlertTestAnswer)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Waits until nothing is queued or under way.
    package func drain() async {
        for (_, lane) in lanes { await lane.drain() }
    }

    /// Sends what is queued for at most a while, then cancels the rest; hooks that run are ended.
    package func stop(within limit: Duration) async {
        let clock = environment.clock
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.drain() }
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            for (_, lane) in lanes { await lane.stop() }
            group.cancelAll()
        }
    }
}

/// Lets lanes speak to the dispatcher that owns them, without keeping it alive.
private final class Settling: Sendable {
    private struct Reference: Sendable {
        weak var dispatcher: AlertDispatcher?
    }

    private let reference = Mutex(Reference())

    var dispatcher: AlertDispatcher? {
        get { reference.withLock { $0.dispatcher } }
        set { reference.withLock { $0.dispatcher = newValue } }
    }
}

/// What one receiver answered to a test.
package struct AlertTestAnswer: Sendable, Hashable, Codable {
    /// The receiver's name.
    package var receiver: String
    /// `command`, `webhook` or `alertmanager`.
    package var kind: String
    /// Where the message went, without secrets.
    package var target: String
    /// Whether it arrived.
    package var arrived: Bool
    /// The answer or the problem.
    package var text: String

    /// Makes an answer.
    package init(_ receiver: AlertReceiver, _ outcome: SendOutcome) {
        self.receiver = receiver.name
        kind = receiver.kindName
        target = receiver.target
        if case .delivered = outcome { arrived = true } else { arrived = false }
        text = outcome.text
    }
}

extension AlertReceiver {
    /// Whether it is an Alertmanager, which is told how things stand instead of what is news.
    package var isAlertmanager: Bool { kindName == "alertmanager" }
}

extension AlertMessage {
    /// A message that only says that messages arrive.
    package static func test(receiver: String, now: UInt64) -> AlertMessage {
        AlertMessage(
            id: "test-\(now)", group: "test", status: .firing, test: true, receiver: receiver,
            sentAt: Timestamp.text(now), severity: "info", summary: "A test of waymark: nothing hurts", alerts: [],
            omitted: 0)
    }
}
