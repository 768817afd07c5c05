/// Carries messages to one receiver, off everybody else's path.
///
/// There is at most one message of a group on its way; a newer one takes the place of an older one that waits, so what
/// is sent after an outage is how things stand, not how they stood. The queue is bounded: the oldest group that waits
/// gives way, and is counted.
actor DeliveryLane {
    /// A message in the queue.
    struct Item: Sendable {
        var group: String
        var number: Int
        var body: [UInt8]
        /// Whether the receiver has never been told of the group.
        var isFirst: Bool
        /// Whether it only says that the group is over.
        var isEnd: Bool
    }

    /// How many groups may wait.
    static let longestQueue = 256
    /// How many requests to one receiver may be under way.
    static let requestsAtOnce = 4

    let receiver: AlertReceiver
    private let sender: any AlertSender
    private let retry: RetryPolicy?
    private let environment: AlertingEnvironment
    private let slots = Slots(DeliveryLane.requestsAtOnce)
    private let onSettled: @Sendable (String, Int) async -> Void
    private var waiting: [String: Item] = [:]
    private var order: [String] = []
    private var workers: [String: Task<Void, Never>] = [:]
    private var attempted: Set<String> = []
    private var isStopped = false
    private var idle: [CheckedContinuation<Void, Never>] = []
    private(set) var status: AlertDeliveryStatus

    init(
        _ receiver: AlertReceiver, sender: any AlertSender, retry: RetryPolicy?, environment: AlertingEnvironment,
        onSettled: @escaping @Sendable (String, Int) async -> Void
    ) {
        self.receiver = receiver
        self.sender = sender
        self.retry = retry
        self.environment = environment
        self.onSettled = onSettled
        status = AlertDeliveryStatus(receiver)
    }

    /// Takes a message into the queue.
    func enqueue(_ item: Item) async {
        guard !isStopped else { return }
        if let older = waiting[item.group] {
            // The receiver never heard of the group, and it is over: there is nothing to say any more.
            if item.isEnd, older.isFirst, !attempted.contains(item.group) {
                waiting[item.group] = nil
                order.removeAll { $0 == item.group }
                updateQueued()
                await onSettled(item.group, item.number)
                return
            }
            var newer = item
            newer.isFirst = older.isFirst
            waiting[item.group] = newer
        } else {
            if order.count >= Self.longestQueue { await pushOut() }
            waiting[item.group] = item
            order.append(item.group)
        }
        updateQueued()
        if workers[item.group] == nil {
            let group = item.group
            workers[group] = Task { await self.work(group) }
        }
    }

    /// Sends a message at once, past the queue and without another try.
    func sendNow(_ body: [UInt8]) async -> SendOutcome {
        let outcome = await sender.send(body)
        note(outcome, group: "test", isFinal: true)
        return outcome
    }

    /// Returns when nothing waits and nothing is on its way.
    func drain() async {
        guard !workers.isEmpty else { return }
        await withCheckedContinuation { idle.append($0) }
    }

    /// Takes no more messages and cancels what is under way.
    func stop() async {
        isStopped = true
        for worker in workers.values { worker.cancel() }
        await drain()
    }

    private func pushOut() async {
        let group = order.removeFirst()
        guard let item = waiting.removeValue(forKey: group) else { return }
        status.lost += 1
        environment.onEvent(
            AlertDeliveryEvent(receiver: receiver.name, group: group, kind: .lost, text: "the queue is full"))
        await onSettled(group, item.number)
    }

    /// Sends what waits of a group until nothing does.
    private func work(_ group: String) async {
        var failures = 0
        var waited = Duration.zero
        while !Task.isCancelled, waiting[group] != nil {
            guard let (item, outcome) = await attempt(group), !Task.isCancelled else { continue }
            let next = pause(after: outcome, failures: failures + 1, waited: waited)
            note(outcome, group: group, isFinal: next == nil)
            if let next {
                failures += 1
                waited += next
                try? await environment.clock.sleep(for: next)
            } else {
                failures = 0
                waited = .zero
                if waiting[group]?.number == item.number {
                    waiting[group] = nil
                    order.removeAll { $0 == group }
                } else {
                    waiting[group]?.isFirst = false
                }
                attempted.remove(group)
                await onSettled(group, item.number)
            }
        }
        workers[group] = nil
        updateQueued()
        if workers.isEmpty {
            for continuation in idle { continuation.resume() }
            idle = []
        }
    }

    /// Sends the newest message of a group; nil when there is none any more, or the lane stops.
    private func attempt(_ group: String) async -> (Item, SendOutcome)? {
        let sender = sender
        return try? await slots.withSlot {
            guard let item = await self.begin(group) else { return nil }
            return (item, await sender.send(item.body))
        }
    }

    private func begin(_ group: String) -> Item? {
        if waiting[group] != nil { attempted.insert(group) }
        return waiting[group]
    }

    /// How long to wait before another try; nil when there is none.
    private func pause(after outcome: SendOutcome, failures: Int, waited: Duration) -> Duration? {
        guard case .failed(_, let asked) = outcome, let retry else { return nil }
        let pause = retry.pause(after: failures, random: environment.random(), asked: asked)
        return waited + pause > retry.giveUp ? nil : pause
    }

    private func note(_ outcome: SendOutcome, group: String, isFinal: Bool) {
        let now = environment.wallNow()
        var kind = AlertDeliveryEvent.Kind.delivered
        if case .delivered = outcome {
            status.lastDelivered = now
            status.lastAnswer = outcome.text
            status.delivered += 1
        } else {
            status.lastFailed = now
            status.lastProblem = outcome.text
            status.failures += 1
            if isFinal { status.lost += 1 }
            kind = isFinal ? .lost : .retrying
        }
        environment.onEvent(
            AlertDeliveryEvent(receiver: receiver.name, group: group, kind: kind, text: outcome.text))
    }

    private func updateQueued() {
        status.queued = waiting.count
    }
}
