import Telemetry
import TelemetryCodecs

/// The built-in shop as the programs of a fleet: everything its processes send goes as OTLP over HTTP to a receiver.
///
/// The past goes first, in large requests one after another, so that it takes seconds and a receiver is never flooded;
/// then every process sends its own batch about once a second.
package struct SimulatorSender: Sendable {
    /// What became of the requests so far.
    package struct Counters: Sendable, Equatable {
        /// Spans in requests that were answered with success.
        package var spans = 0
        /// Requests that were answered with success.
        package var requests = 0
        /// Requests that were sent again because the receiver was overloaded or not there.
        package var retries = 0
        /// Spans given up because the receiver refused them for good, or was not there for ``maximumAttempts`` times.
        package var lostSpans = 0

        /// Nothing yet.
        package init() {}
    }

    /// After how many attempts a request is given up.
    package static let maximumAttempts = 10

    private let simulator: Simulator
    private let time: SimulatedTime
    private let history: UInt64
    private let transport: any OTLPTransport
    private let clock: any Clock<Duration>
    private let tick: Duration

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - simulator: The shop.
    ///   - time: The simulated clock; the past ends at its start.
    ///   - history: How long before that the shop has been running, in nanoseconds.
    ///   - transport: The way to the receiver.
    ///   - clock: What waiting is measured with.
    ///   - tick: How long to wait between two looks at the time.
    package init(
        _ simulator: Simulator, time: SimulatedTime, history: UInt64 = 3_600_000_000_000,
        transport: any OTLPTransport, clock: any Clock<Duration> = ContinuousClock(),
        tick: Duration = .milliseconds(200)
    ) {
        self.simulator = simulator
        self.time = time
        self.history = history
        self.transport = transport
        self.clock = clock
        self.tick = tick
    }

    /// Sends until cancelled, or until a simulated time; gives what became of it.
    ///
    /// - Parameter end: When to stop, Unix nanoseconds of simulated time.
    @discardableResult
    package func run(until end: UInt64 = .max) async -> Counters {
        var counters = Counters()
        var feed = SimulatorFeed(simulator, from: time.start &- min(time.start, history))
        while !Task.isCancelled, let batch = feed.nextHistory(to: min(time.start, end)) {
            await send(batch, &counters)
        }
        time.release()
        while !Task.isCancelled {
            let now = min(time.now, end)
            for batch in feed.nextLive(to: now) { await send(batch, &counters) }
            guard now < end, await sleep(tick) else { break }
        }
        return counters
    }

    private func send(_ batch: SpanBatch, _ counters: inout Counters) async {
        let table = batch.table
        let message = OTLPEncoder.protobuf(table, rows: 0..<table.count)
        for attempt in 1...Self.maximumAttempts {
            let response = try? await transport.postTraces(message)
            if let response, (200..<300).contains(response.status) {
                counters.spans += batch.count
                counters.requests += 1
                return
            }
            if let response, !response.isRetryable { break }
            guard attempt < Self.maximumAttempts else { break }
            counters.retries += 1
            let pause = Duration.milliseconds(100 << min(attempt, 5))
            guard await sleep(response?.retryAfterSeconds.map { .seconds(max(1, min(60, $0))) } ?? pause) else { break }
        }
        counters.lostSpans += batch.count
    }

    private func sleep(_ duration: Duration) async -> Bool {
        do {
            try await clock.sleep(for: duration)
            return !Task.isCancelled
        } catch {
            return false
        }
    }
}
