import Telemetry

extension OTLPProtobuf {
    /// Counts the log records of one `ExportLogsServiceRequest` (the same as a `LogsData`), and reads the deployments among
    /// them.
    ///
    /// The whole message is checked: lengths, wire types and the nesting of values. A trace or span id of a wrong
    /// length rejects nothing: OTLP has receivers take such a record for one that belongs to no trace.
    ///
    /// - Throws: when the bytes are not such a message.
    package static func countLogs(_ bytes: UnsafeRawBufferPointer) throws(DecodingError) -> DecodedCounts {
        let walk = try walked(.logs, bytes)
        var counts = DecodedCounts()
        counts.logRecords = walk.count(of: .logRecord)
        if counts.logRecords > 0 { counts.deployments = try decodeDeployments(bytes) }
        return counts
    }

    /// Counts the data points of one `ExportMetricsServiceRequest` (the same as a `MetricsData`).
    ///
    /// Points of gauges, sums, histograms, exponential histograms and summaries count alike. The whole message is
    /// checked: lengths, wire types, packed numbers and the nesting of values.
    ///
    /// - Throws: when the bytes are not such a message.
    package static func countMetrics(_ bytes: UnsafeRawBufferPointer) throws(DecodingError) -> DecodedCounts {
        let walk = try walked(.metrics, bytes)
        var counts = DecodedCounts()
        for point in [OTLPMessage.numberPoint, .histogramPoint, .exponentialPoint, .summaryPoint] {
            counts.metricPoints += walk.count(of: point)
        }
        return counts
    }

    /// Which signal's request a whole message is, told from its fields; `nil` when it could be none.
    ///
    /// A message without a span, log record or metric is taken for traces.
    package static func signal(of bytes: UnsafeRawBufferPointer) -> Signal? {
        Signal.inOrderOfDetection.first { (try? walked($0, bytes))?.isPlausible ?? false }
    }

    private static func walked(
        _ signal: Signal,
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingError) -> OTLPProtobufWalk {
        do throws(ProtobufFault) {
            var walk = OTLPProtobufWalk()
            let all = 0..<bytes.count
            try walk.walk(.request(signal), in: bytes, range: all, declaredEnd: bytes.count)
            return walk
        } catch {
            throw error.error
        }
    }
}
