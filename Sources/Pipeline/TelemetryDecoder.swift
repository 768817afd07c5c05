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
        var delivery = delivery(counts)
        if batch.count > 0 { delivery.spans = batch }
        return delivery
    }

    /// Decodes one export request of spans to the end of a batch.
    package func decodeSpans(
        _ bytes: UnsafeRawBufferPointer, encoding: OTLPReceiver.Encoding, into batch: inout SpanBatch
    ) throws -> Delivery {
        switch encoding {
        case .protobuf: delivery(try OTLPProtobuf.decodeTraces(bytes, into: &batch))
        case .json: delivery(try OTLPJSON.decodeTraces(bytes, into: &batch))
        }
    }

    private func delivery(_ counts: DecodedCounts) -> Delivery {
        Delivery(
            logRecords: counts.logRecords, metricPoints: counts.metricPoints,
            rejectedSpans: counts.rejectedSpans, rejectedLogRecords: counts.rejectedLogRecords,
            rejectedDataPoints: counts.rejectedMetricPoints, message: counts.message, deployments: counts.deployments)
    }
}
