/// Hands deliveries to a sink, waits while the sink is overloaded, and keeps a source's status true.
struct SinkWriter: Sendable {
    /// What became of a delivery.
    enum Outcome: Sendable, Equatable {
        /// The sink has it.
        case accepted
        /// The sink takes nothing any more; nothing of the delivery is in it.
        case stopped
        /// The task was cancelled while the sink was overloaded; nothing of the delivery is in the sink.
        case cancelled
    }

    let sink: any BatchSink
    let status: SourceStatusHolder
    let clock: any Clock<Duration>
    /// The time on the wall, Unix nanoseconds.
    let now: @Sendable () -> UInt64

    /// Delivers once; an overloaded sink is asked again after the time it names, as often as it takes.
    func write(_ delivery: Delivery) async -> Outcome {
        while true {
            do {
                try await sink.accept(delivery)
                count(delivery)
                return .accepted
            } catch {
                switch error {
                case .overloaded(let seconds):
                    guard await waitForRoom(seconds) else {
                        refused("stopped before \(delivery.spans?.count ?? 0) spans had room in the store")
                        return .cancelled
                    }
                case .stopped:
                    refused("the store takes nothing any more; \(delivery.spans?.count ?? 0) spans were not taken")
                    return .stopped
                }
            }
        }
    }

    /// Waits as long as the sink asks for; false when the task was cancelled, whatever the clock does then.
    private func waitForRoom(_ seconds: Int) async -> Bool {
        refused("the store has no room; trying again in \(seconds) s", retryable: true)
        guard !Task.isCancelled, await sleep(.seconds(max(1, seconds))) else { return false }
        return !Task.isCancelled
    }

    /// Waits; false when the task was cancelled meanwhile.
    func sleep(_ duration: Duration) async -> Bool {
        do {
            try await clock.sleep(for: duration)
            return true
        } catch {
            return false
        }
    }

    private func count(_ delivery: Delivery) {
        status.countAccepted(
            spans: delivery.spans?.count ?? 0, logRecords: delivery.logRecords, metricPoints: delivery.metricPoints,
            rejected: delivery.rejected, bytes: delivery.wireBytes, at: now())
        if let message = delivery.message { status.update { $0.message = message } }
    }

    private func refused(_ message: String, retryable: Bool = false) {
        status.update {
            $0.counters.refused &+= 1
            if retryable { $0.counters.refusedRetryable &+= 1 }
            $0.message = message
        }
    }
}
