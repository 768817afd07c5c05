/// Everything that sending touches outside of itself; tests put fakes in.
package struct AlertingEnvironment: Sendable {
    /// Measures pauses and limits.
    package var clock: any Clock<Duration>
    /// The time of day in Unix nanoseconds.
    package var wallNow: @Sendable () -> UInt64
    /// Numbers from 0 up to 1, for jitter.
    package var random: @Sendable () -> Double
    /// Sends to webhooks and Alertmanagers.
    package var transport: any AlertTransport
    /// Hears of every attempt, for logs.
    package var onEvent: @Sendable (AlertDeliveryEvent) -> Void
    /// Makes what sends to a receiver; nil for the real ones.
    package var makeSender: (@Sendable (AlertReceiver) -> any AlertSender)?

    /// Puts an environment together.
    package init(
        clock: any Clock<Duration> = ContinuousClock(), wallNow: @escaping @Sendable () -> UInt64,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }, transport: any AlertTransport,
        onEvent: @escaping @Sendable (AlertDeliveryEvent) -> Void = { _ in },
        makeSender: (@Sendable (AlertReceiver) -> any AlertSender)? = nil
    ) {
        self.clock = clock
        self.wallNow = wallNow
        self.random = random
        self.transport = transport
        self.onEvent = onEvent
        self.makeSender = makeSender
    }

    /// How many hooks run at once.
    package static let commandsAtOnce = 4

    /// What sends to a receiver.
    func sender(for receiver: AlertReceiver, commandSlots: Slots) -> any AlertSender {
        if let makeSender { return makeSender(receiver) }
        let limit = Duration.nanoseconds(Int64(clamping: receiver.timeout))
        switch receiver.kind {
        case .command(let argv):
            return CommandSender(argv: argv, limit: limit, slots: commandSlots, clock: clock)
        case .webhook(let address, let headers, let token):
            return WebhookSender(
                address: address, headers: headers, token: token, limit: limit, transport: transport, wallNow: wallNow)
        case .alertmanager(let address, let headers, let token):
            return WebhookSender(
                address: address, path: AlertmanagerFeed.path, headers: headers, token: token, limit: limit,
                transport: transport, wallNow: wallNow)
        }
    }
}
