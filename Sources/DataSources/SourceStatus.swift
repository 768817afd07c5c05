import Synchronization

/// How a source is doing, as one value that a screen can draw (`● otlp :4317 8.42k sp/s`).
///
/// Counters only grow; rates are differences of two readings.
package struct SourceStatus: Equatable, Sendable {
    /// What a source is doing now.
    package enum State: Equatable, Sendable {
        /// Not started yet.
        case idle
        /// Ready, and nothing has come yet.
        case listening
        /// Something has come.
        case receiving
        /// Cannot go on; `message` says why.
        case failed
        /// Delivered everything, or was stopped.
        case done
    }

    /// What has gone through a source since it started.
    package struct Counters: Equatable, Sendable {
        /// Requests, or files and lines, that were looked at.
        package var requests: UInt64 = 0
        /// Spans that the sink accepted.
        package var spans: UInt64 = 0
        /// Log records that the sink accepted.
        package var logRecords: UInt64 = 0
        /// Metric data points that the sink accepted.
        package var metricPoints: UInt64 = 0
        /// Items that were readable but dropped (partial success).
        package var rejected: UInt64 = 0
        /// Requests that were answered with an error, for whatever reason; the sender knows.
        package var refused: UInt64 = 0
        /// The part of `refused` that the sender may send again (overload, stop).
        package var refusedRetryable: UInt64 = 0
        /// Connections that were closed because of a limit: too many, too slow, broken protocol.
        package var closedConnections: UInt64 = 0
        /// Bytes as they were on the wire or on disk, of accepted deliveries.
        package var bytes: UInt64 = 0

        /// Makes counters that are all zero.
        package init() {}
    }

    /// What the source is called on screen, for instance `otlp`.
    package var name: String
    /// Where it listens or reads, for instance `127.0.0.1:4317`; empty while unknown.
    package var places: [String]
    /// What it is doing now.
    package var state: State
    /// What has gone through it.
    package var counters: Counters
    /// When the last delivery was accepted, Unix nanoseconds; nil before the first.
    package var lastArrival: UInt64?
    /// The last thing worth telling: why it failed, or why it last refused something.
    package var message: String?

    /// Makes the status of a source that has not started.
    package init(name: String, places: [String] = [], state: State = .idle) {
        self.name = name
        self.places = places
        self.state = state
        self.counters = Counters()
        self.lastArrival = nil
        self.message = nil
    }
}

/// Holds one source's status: the source writes, screens read whole values.
package final class SourceStatusHolder: Sendable {
    private let status: Mutex<SourceStatus>

    /// Makes a holder.
    package init(_ status: SourceStatus) {
        self.status = Mutex(status)
    }

    /// The status now, consistent within itself.
    package var current: SourceStatus { status.withLock { $0 } }

    /// Changes the status in one step.
    package func update(_ change: (inout SourceStatus) -> Void) {
        status.withLock { change(&$0) }
    }

    /// Counts one request (or one stretch of a file) whose delivery the sink accepted.
    package func countAccepted(
        spans: Int, logRecords: Int, metricPoints: Int, rejected: Int, bytes: Int, at now: UInt64
    ) {
        status.withLock {
            $0.counters.requests &+= 1
            $0.counters.spans &+= UInt64(max(0, spans))
            $0.counters.logRecords &+= UInt64(max(0, logRecords))
            $0.counters.metricPoints &+= UInt64(max(0, metricPoints))
            $0.counters.rejected &+= UInt64(max(0, rejected))
            $0.counters.bytes &+= UInt64(max(0, bytes))
            $0.lastArrival = now
            if $0.state == .idle || $0.state == .listening { $0.state = .receiving }
        }
    }
}
