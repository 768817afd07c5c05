import Telemetry

/// The built-in shop as a source that needs no sockets: what its processes send goes straight into the sink.
package final class SimulatorSource: DataSource {
    /// How the source is doing.
    package let status: SourceStatusHolder

    private let simulator: Simulator
    private let time: SimulatedTime
    private let history: UInt64
    private let end: UInt64?
    private let clock: any Clock<Duration>
    private let tick: Duration

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - simulator: The shop.
    ///   - time: The simulated clock; the past ends at its start.
    ///   - history: How long before that the shop has been running, in nanoseconds.
    ///   - end: When the source is done, Unix nanoseconds of simulated time; nil for never.
    ///   - clock: What waiting is measured with.
    ///   - tick: How long to wait between two looks at the time.
    package init(
        _ simulator: Simulator, time: SimulatedTime, history: UInt64 = 3_600_000_000_000, end: UInt64? = nil,
        clock: any Clock<Duration> = ContinuousClock(), tick: Duration = .milliseconds(250)
    ) {
        self.simulator = simulator
        self.time = time
        self.history = history
        self.end = end
        self.clock = clock
        self.tick = tick
        status = SourceStatusHolder(SourceStatus(name: "shop", places: ["seed \(simulator.configuration.seed)"]))
    }

    package func capabilities() async throws -> SourceCapabilities { end == nil ? [.live] : [] }

    /// Delivers the past, then what is sent as time goes on, until cancelled, stopped by the sink, or the end.
    package func run(_ request: SourceRequest, into sink: any BatchSink) async throws {
        let time = time
        let writer = SinkWriter(sink: sink, status: status, clock: clock) { time.now }
        status.update { $0.state = .listening }
        defer { status.update { $0.state = .done } }
        var feed = SimulatorFeed(simulator, from: time.start &- min(time.start, history))
        let past = min(time.start, end ?? .max)
        while !Task.isCancelled, let batch = feed.nextHistory(to: past) {
            guard await deliver(batch, writer) else { return }
        }
        while !Task.isCancelled {
            let now = min(time.now, end ?? .max)
            for batch in feed.nextLive(to: now) {
                guard await deliver(batch, writer) else { return }
            }
            if now == end { return }
            guard await writer.sleep(tick) else { return }
        }
    }

    private func deliver(_ batch: SpanBatch, _ writer: SinkWriter) async -> Bool {
        status.update { $0.counters.requests &+= 1 }
        return await writer.write(Delivery(spans: batch, wireBytes: 0)) == .accepted
    }
}
