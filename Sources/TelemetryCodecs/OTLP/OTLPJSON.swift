import Telemetry

/// OTLP's JSON form: a `TracesData`, `LogsData` or `MetricsData` object, or the export request of the same shape.
///
/// As the OTLP specification says: keys are lowerCamelCase, ids are hexadecimal in either case, enums are integers,
/// 64-bit integers are strings or numbers, bytes are base64, unknown fields are ignored, and `null` means absent. Keys
/// come in any order, and the last of equal keys counts.
package enum OTLPJSON {
    /// The name of the format in errors.
    package static let formatName = "OTLP JSON"

    /// Appends the spans of one `{"resourceSpans": […]}` object to a batch.
    ///
    /// A span whose trace or span id is missing, zero or not hexadecimal of the right length, or whose parent id is
    /// neither empty nor of the right length, is left out and counted. A link with such ids is left out.
    /// - Throws: when the bytes are no such object; rows appended until then are the caller's to truncate.
    package static func decodeTraces(
        _ bytes: UnsafeRawBufferPointer,
        into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        try decode(bytes, [.traces], into: &batch)
    }

    /// Counts the records of one `{"resourceLogs": […]}` object, and reads the deployments among them.
    ///
    /// Every record counts, whatever its ids: a record with bad ids belongs to no trace but is still a record.
    /// - Throws: when the bytes are no such object.
    package static func countLogs(_ bytes: UnsafeRawBufferPointer) throws(DecodingError) -> DecodedCounts {
        var none = SpanBatch()
        return try decode(bytes, [.logs], into: &none)
    }

    /// Counts the data points of one `{"resourceMetrics": […]}` object, over metrics of all five kinds.
    /// - Throws: when the bytes are no such object.
    package static func countMetrics(_ bytes: UnsafeRawBufferPointer) throws(DecodingError) -> DecodedCounts {
        var none = SpanBatch()
        return try decode(bytes, [.metrics], into: &none)
    }

    /// Takes an object of any signal, as files hold whose lines mix signals; an object without any is nothing.
    /// - Throws: when the bytes are no such object; rows appended until then are the caller's to truncate.
    package static func decodeAny(
        _ bytes: UnsafeRawBufferPointer,
        into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        try decode(bytes, [.traces, .logs, .metrics], into: &batch)
    }

    private static func decode(
        _ bytes: UnsafeRawBufferPointer,
        _ signals: OTLPJSONDecoder.Signals,
        into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        var decoder = OTLPJSONDecoder(bytes)
        try decoder.decodeDocument(signals, into: &batch)
        if decoder.counts.logRecords > 0 { decoder.counts.deployments = try decodeDeployments(bytes) }
        return decoder.counts
    }
}
