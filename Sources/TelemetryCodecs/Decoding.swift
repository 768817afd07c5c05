import Telemetry

/// What the three kinds of telemetry are called.
package enum Signal: String, Sendable, CaseIterable {
    case traces, metrics, logs
}

/// What a decoder found in one message, document or line.
package struct DecodedCounts: Sendable, Equatable {
    /// Spans appended to the batch.
    package var spans = 0
    /// Spans left out because their ids were zero or of the wrong length.
    package var rejectedSpans = 0
    /// Log records seen.
    package var logRecords = 0
    /// Log records left out.
    package var rejectedLogRecords = 0
    /// Metric data points seen.
    package var metricPoints = 0
    /// Metric data points left out.
    package var rejectedMetricPoints = 0
    /// Why the first rejected item was rejected, for the sender.
    package var message: String?
    /// Deployments that log records reported.
    package var deployments: [ReportedMark] = []

    /// Nothing found.
    package init() {}

    /// Adds what another decoder found.
    package static func += (a: inout DecodedCounts, b: DecodedCounts) {
        a.spans += b.spans
        a.rejectedSpans += b.rejectedSpans
        a.logRecords += b.logRecords
        a.rejectedLogRecords += b.rejectedLogRecords
        a.metricPoints += b.metricPoints
        a.rejectedMetricPoints += b.rejectedMetricPoints
        a.message = a.message ?? b.message
        a.deployments += b.deployments
    }
}

/// Bytes that are not what they should be: where, what was read and what was expected.
package struct DecodingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The format that was expected, such as `OTLP JSON`.
    package var format: String
    /// The offset of the offending byte in what was decoded.
    package var offset: Int
    /// What is wrong there, what was expected and, where it helps, what to do.
    package var reason: String

    /// Makes an error.
    package init(format: String, offset: Int, reason: String) {
        self.format = format
        self.offset = offset
        self.reason = reason
    }

    /// The error as one line.
    package var description: String { "\(format), byte \(offset): \(reason)" }
}

/// How deep values may be nested; deeper ones are an error.
package let maximumValueDepth = 100
