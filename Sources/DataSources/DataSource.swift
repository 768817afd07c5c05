import Telemetry

/// What one request, one stretch of a file or one simulator tick brought.
///
/// Spans travel as a batch of columns. Log records and metric points are counted here until the store has rooms for
/// them. The rejected counts are of items that the bytes held and that are not part of the batch; the receiver sends
/// them back to the client (OTLP partial success).
package struct Delivery: Sendable {
    /// The spans, or nil when the delivery is of another signal or holds none.
    package var spans: SpanBatch?
    /// Spans that were decoded into a chunk that the sink lent; they come instead of ``spans``.
    package var lent: OpenSpans?
    /// How many log records were decoded.
    package var logRecords: Int
    /// How many metric data points were decoded.
    package var metricPoints: Int
    /// Spans that were dropped, for instance because their ids were all zero.
    package var rejectedSpans: Int
    /// Log records that were dropped.
    package var rejectedLogRecords: Int
    /// Metric data points that were dropped.
    package var rejectedDataPoints: Int
    /// Why something was dropped, or a warning when nothing was; nil when there is nothing to say.
    package var message: String?
    /// How many bytes it was on the wire or on disk, before decompression.
    package var wireBytes: Int
    /// Deployments that log records, or a file of marks, reported; one without a time happened when it arrives.
    package var deployments: [ReportedMark]

    /// Makes a delivery; everything left out is empty.
    package init(
        spans: SpanBatch? = nil,
        logRecords: Int = 0,
        metricPoints: Int = 0,
        rejectedSpans: Int = 0,
        rejectedLogRecords: Int = 0,
        rejectedDataPoints: Int = 0,
        message: String? = nil,
        wireBytes: Int = 0,
        deployments: [ReportedMark] = []
    ) {
        self.spans = spans
        self.logRecords = logRecords
        self.metricPoints = metricPoints
        self.rejectedSpans = rejectedSpans
        self.rejectedLogRecords = rejectedLogRecords
        self.rejectedDataPoints = rejectedDataPoints
        self.message = message
        self.wireBytes = wireBytes
        self.deployments = deployments
    }

    /// All that was rejected, of any signal.
    package var rejected: Int { rejectedSpans &+ rejectedLogRecords &+ rejectedDataPoints }
}

/// Why a sink did not take a delivery.
package enum SinkRefusal: Error, Equatable, Sendable {
    /// There is no room now; the same delivery may be sent again after this many seconds (at least 1).
    case overloaded(retryAfterSeconds: Int)
    /// The sink takes nothing any more.
    case stopped
}

/// Where sources put what they deliver: the store's writer, or a stand-in.
///
/// Rules: `accept` returns once the delivery is in the store, so that a source may acknowledge it; after it threw,
/// nothing of the delivery is in the store. It may be called by many tasks at once.
package protocol BatchSink: Sendable {
    /// Stores one delivery, or refuses it whole.
    func accept(_ delivery: consuming Delivery) async throws(SinkRefusal)

    /// Whether ``acceptNow(_:)`` does what ``accept(_:)`` does.
    var acceptsNow: Bool { get }

    /// Stores one delivery, or refuses it whole, without making the caller wait; for those that say so.
    func acceptNow(_ delivery: consuming Delivery) throws(SinkRefusal)

    /// Lends a chunk to decode spans into, which spares copying them; nil when there is none.
    ///
    /// Whoever has it hands it to ``accept(_:)`` with a delivery or to ``giveBack(_:)``, and does not touch it again.
    func lend() -> OpenSpans?

    /// Takes back a chunk without what was decoded into it.
    func giveBack(_ open: OpenSpans)
}

extension BatchSink {
    /// It may have to wait.
    package var acceptsNow: Bool { false }

    /// Takes nothing at once.
    package func acceptNow(_ delivery: consuming Delivery) throws(SinkRefusal) {
        throw .overloaded(retryAfterSeconds: 1)
    }

    /// Lends nothing.
    package func lend() -> OpenSpans? { nil }

    /// Nothing was lent.
    package func giveBack(_ open: OpenSpans) {}
}

/// What a source can do beyond delivering; the empty value is the least able source.
package struct SourceCapabilities: OptionSet, Sendable {
    /// The bits of the set.
    package let rawValue: UInt32

    /// Makes a set from its bits.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Never ends by itself: a socket, a followed file.
    package static let live = SourceCapabilities(rawValue: 1 << 0)
    /// Knows how much there is to read, so that progress can be drawn.
    package static let progress = SourceCapabilities(rawValue: 1 << 1)
    /// Arrival time is event time: a file is never late.
    package static let replay = SourceCapabilities(rawValue: 1 << 2)
}

/// What a source is asked to deliver.
package struct SourceRequest: Sendable {
    /// Whether to go on when what exists now has been delivered (`--follow`); sources that are always live ignore it.
    package var follow: Bool

    /// Makes a request.
    package init(follow: Bool = false) { self.follow = follow }
}

/// Something that delivers telemetry into a sink: a receiver, files, the simulator.
///
/// Rules: `run` returns after the sink took everything that was acknowledged or read; on cancellation it takes in
/// nothing new, lets what is under way end, and returns. It throws only when it cannot go on as a whole; faults of one
/// request or one line are counted in the source's status.
package protocol DataSource: Sendable {
    /// What the source can do. Empty capabilities mean the least able source.
    func capabilities() async throws -> SourceCapabilities

    /// Sends batches until done or cancelled; returns after the sink accepted them.
    func run(_ request: SourceRequest, into sink: any BatchSink) async throws
}
