import Telemetry

/// What the receiver is given so that it need not know how telemetry is written in bytes.
package protocol OTLPDecoding: Sendable {
    /// Decodes one OTLP export request.
    ///
    /// - Parameters:
    ///   - bytes: The request, inflated; valid only during the call. Empty bytes are an empty protobuf message.
    ///   - signal: Which of the three export requests it is.
    ///   - encoding: Whether it is protobuf or JSON.
    /// - Returns: What it held. `wireBytes` is filled in by the receiver.
    /// - Throws: Any error means bad data; its description is sent to the client (400, INVALID_ARGUMENT).
    func decode(
        _ bytes: UnsafeRawBufferPointer, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding
    ) throws -> Delivery

    /// Decodes one OTLP export request of spans; its spans go to the end of a batch.
    ///
    /// - Returns: What else it held.
    /// - Throws: As above; the batch then holds some of the spans.
    func decodeSpans(
        _ bytes: UnsafeRawBufferPointer, encoding: OTLPReceiver.Encoding, into batch: inout SpanBatch
    ) throws -> Delivery
}

extension OTLPDecoding {
    /// Leaves the batch as it is: the spans are in the delivery.
    package func decodeSpans(
        _ bytes: UnsafeRawBufferPointer, encoding: OTLPReceiver.Encoding, into batch: inout SpanBatch
    ) throws -> Delivery {
        try decode(bytes, signal: .traces, encoding: encoding)
    }
}

extension OTLPReceiver {
    /// The three signals of OTLP.
    package enum Signal: String, CaseIterable, Sendable {
        /// Spans.
        case traces
        /// Metric data points.
        case metrics
        /// Log records.
        case logs

        /// The path of the signal on the HTTP port.
        package var httpPath: String { "/v1/\(rawValue)" }

        /// The full name of the gRPC service whose method `Export` takes the signal.
        package var grpcService: String {
            switch self {
            case .traces: "opentelemetry.proto.collector.trace.v1.TraceService"
            case .metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService"
            case .logs: "opentelemetry.proto.collector.logs.v1.LogsService"
            }
        }

        /// The lowerCamelCase JSON name of the rejected count in a partial success.
        var rejectedName: String {
            switch self {
            case .traces: "rejectedSpans"
            case .metrics: "rejectedDataPoints"
            case .logs: "rejectedLogRecords"
            }
        }

        /// The part of a delivery's rejected counts that belongs to this signal.
        func rejected(of delivery: borrowing Delivery) -> Int {
            switch self {
            case .traces: delivery.rejectedSpans
            case .metrics: delivery.rejectedDataPoints
            case .logs: delivery.rejectedLogRecords
            }
        }
    }

    /// The two encodings of OTLP; gRPC carries protobuf only.
    package enum Encoding: String, CaseIterable, Sendable {
        /// Binary protobuf.
        case protobuf = "application/x-protobuf"
        /// JSON with lowerCamelCase keys.
        case json = "application/json"
    }
}
