import Telemetry

/// Zipkin's JSON, version 2: a list of spans, a list of such lists (as `/api/v2/traces` answers), or one span.
///
/// How spans become OpenTelemetry's:
///
/// * Times are microseconds and become nanoseconds. A missing timestamp is 0, which is judged by the arrival time. A
///   missing duration leaves the end 0, which means "not ended", since it is not known how long the span took.
/// * A span whose `traceId` (up to 32 digits) or `id` (up to 16) is missing, zero or not hexadecimal, or whose
///   `parentId` is not hexadecimal, or whose times do not fit, is left out and counted.
/// * Client and server halves under one id are two spans of two kinds; the half marked `shared` is the server's even
///   where it names no kind, and has the attribute `zipkin.shared`.
/// * `localEndpoint` becomes a resource: `service.name`, `host.ip`, and `network.local.port`. `remoteEndpoint` becomes
///   `peer.service` and the other side's address and port: `client.*` on a server span, `server.*` on others.
/// * Tags become attributes; the tag `error`, whatever its value, makes the status an error with that text as message.
/// * Annotations become events.
package enum ZipkinJSON {
    /// The name of the format in errors.
    package static let formatName = "Zipkin JSON"

    /// Appends the spans of one document or line to a batch.
    /// - Throws: when the bytes are no such document; rows appended until then are the caller's to truncate.
    package static func decodeTraces(
        _ bytes: UnsafeRawBufferPointer,
        into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        var decoder = ZipkinDecoder(bytes)
        try decoder.decodeDocument(into: &batch)
        return decoder.counts
    }
}
