import Analysis
import Journeys
import Telemetry

/// Everything the dashboard may show at one moment: one value, never changed, handed over whole.
package struct DashboardPicture: Sendable {
    /// Where the telemetry comes from.
    package enum Origin: Sendable, Equatable {
        /// Sources that go on: a receiver, a followed file. The clock runs.
        case live
        /// Files that were read: time stands still at their latest end.
        case file(String)
    }

    /// Unix nanoseconds of this moment; for files the latest end of a span.
    package var now: UInt64
    /// Where the telemetry comes from.
    package var origin: Origin
    /// The spans.
    package var store: StoreSnapshot
    /// The journeys and what is known of them.
    package var journeys: JourneysPicture
    /// How the sources are doing.
    package var sources: [SourceLine]
    /// What is missing from the numbers.
    package var health: DataHealth
    /// How far the files are read; `nil` when there is nothing to wait for.
    package var progress: ReadingProgress?
    /// What is wrong with the journey files, each in one line.
    package var notices: [String]
    /// How every journey with promises stands; empty where nothing is judged.
    package var verdicts: JourneyVerdicts
    /// What is wrong with the history on disk, in one line, such as `disk full: kept in memory since 03:01`.
    package var history: String?
    /// What is wrong with the delivery of alerts, in one line, such as `alertmanager: connection refused since 03:01`.
    package var delivery: String?

    /// Puts a picture together.
    package init(
        now: UInt64, origin: Origin, store: StoreSnapshot, journeys: JourneysPicture, sources: [SourceLine] = [],
        health: DataHealth = DataHealth(), progress: ReadingProgress? = nil, notices: [String] = [],
        verdicts: JourneyVerdicts = .empty, history: String? = nil, delivery: String? = nil
    ) {
        self.now = now
        self.origin = origin
        self.store = store
        self.journeys = journeys
        self.sources = sources
        self.health = health
        self.progress = progress
        self.notices = notices
        self.verdicts = verdicts
        self.history = history
        self.delivery = delivery
    }

    /// Whether anything has been received or read yet.
    package var hasTelemetry: Bool { store.counters.accepted > 0 }
}

/// One source on the sources line.
package struct SourceLine: Sendable, Equatable {
    /// How a source is doing.
    package enum State: Sendable, Equatable {
        case waiting, receiving, failed, done
    }

    /// Such as `otlp`.
    package var name: String
    /// Such as `127.0.0.1:4317`; several for several sockets.
    package var places: [String]
    /// How the source is doing.
    package var state: State
    /// Spans a second over the last seconds; `nil` before the second reading.
    package var spansPerSecond: Double?
    /// Bytes a second, as they came over the wire.
    package var bytesPerSecond: Double?
    /// Log records taken in so far.
    package var logRecords: UInt64
    /// Metric data points taken in so far.
    package var metricPoints: UInt64
    /// Requests answered so far.
    package var requests: UInt64
    /// Items left out so far.
    package var rejected: UInt64
    /// The last thing worth telling.
    package var message: String?

    /// A source that has delivered nothing.
    package init(name: String, places: [String] = [], state: State = .waiting) {
        self.name = name
        self.places = places
        self.state = state
        logRecords = 0
        metricPoints = 0
        requests = 0
        rejected = 0
    }
}

/// What is missing from the numbers: the DATA field.
package struct DataHealth: Sendable, Equatable {
    /// Spans that arrived more than 30 s after their end, and all spans, in the last hour.
    package var lateSpans = 0
    /// All spans of the same time.
    package var spans = 0
    /// Services whose clocks disagree with ours.
    package var skewedServices = 0
    /// Items that were refused or dropped by us.
    package var dropped = 0
    /// Spans evicted from memory.
    package var evicted = 0

    /// Nothing missing.
    package init() {}

    /// Whether nothing is missing.
    package var isComplete: Bool { lateSpans == 0 && skewedServices == 0 && dropped == 0 && evicted == 0 }
}

/// How far files are read.
package struct ReadingProgress: Sendable, Equatable {
    /// Bytes read so far.
    package var bytes: UInt64
    /// Bytes in all; `nil` for a pipe.
    package var total: UInt64?

    /// So many bytes of so many.
    package init(bytes: UInt64, total: UInt64?) {
        self.bytes = bytes
        self.total = total
    }
}
