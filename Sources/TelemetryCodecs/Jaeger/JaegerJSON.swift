import Telemetry

/// Jaeger's JSON: what its query API answers and its user interface downloads.
///
/// Taken are `{"data": [trace, …]}`, a trace alone, and a list of traces. How spans become OpenTelemetry's:
///
/// * Times are microseconds and become nanoseconds. A span whose times are negative or do not fit is left out.
/// * Ids of up to 16 (span) or 32 (trace) hexadecimal digits are numbers; any other text becomes a hash of it, the same
///   in every run. A span with an empty or zero id is left out.
/// * The first `CHILD_OF` reference within the trace is the parent, else the first `FOLLOWS_FROM` within the trace (as
///   Jaeger's own tree does), else the `parentSpanID` of older versions. All others become links with
///   `opentracing.ref_type`. Copies of spans within references are stepped over.
/// * `span.kind`, `otel.status_code`, `otel.status_description`, `otel.scope.name`, `otel.scope.version` (and the older
///   `otel.library.*`) and `w3c.tracestate` become fields; all other tags become attributes of their type.
/// * Without `otel.status_code`, a tag `error` makes an error unless it is false, `"false"`, `""`, 0 or null; a text
///   that is not `"true"` is the status message. The tag stays an attribute.
/// * Logs become events, called by their field `event`, else `message`, else `log`.
/// * A process becomes a resource: `service.name` and its tags. A process of the trace comes before one in the span.
package enum JaegerJSON {
    /// The name of the format in errors.
    package static let formatName = "Jaeger JSON"

    /// Appends the spans of one document to a batch.
    /// - Throws: when the bytes are no such document; rows appended until then are the caller's to truncate.
    package static func decodeTraces(
        _ bytes: UnsafeRawBufferPointer,
        into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        var decoder = JaegerDecoder(bytes)
        try decoder.decodeDocument(into: &batch)
        return decoder.counts
    }
}
