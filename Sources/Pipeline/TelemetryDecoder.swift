import DataSources
import Telemetry
import TelemetryCodecs

/// Joins the receiver to the codecs.
package struct TelemetryDecoder: OTLPDecoding {
    /// Makes a decoder; it keeps nothing between requests.
    package init() {}

    /// Decodes one export request into a delivery.
    package func decode(
        _ bytes: UnsafeRawBufferPointer, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding
    ) throws -> Delivery {
        var batch = SpanBatch()
        let counts: DecodedCounts =
            switch (signal, encoding) {
            case (.traces, .protobuf): try OTLPProtobuf.decodeTraces(bytes, into: &batch)
            case (.traces, .json): try OTLPJSON.decodeTraces(bytes, into: &batch)
            case (.metrics, .protobuf): try OTLPProtobuf.countMetrics(bytes)
            case (.metrics, .json): try OTLPJSON.countMetrics(bytes)
            case (.logs, .protobuf): try OTLPProtobuf.countLogs(bytes)
            case (.logs, .json): try OTLPJSON.countLogs(bytes)
            }
        return Delivery(
            spans: batch.count > 0 ? batch : nil, logRecords: counts.logRecords, metricPoints: counts.metricPoints,
            rejectedSpans: counts.rejectedSpans, rejectedLogRecords: counts.rejectedLogRecords,
            rejectedDataPoints: counts.rejectedMetricPoints, message: counts.message, deployments: counts.deployments)
    }
}
