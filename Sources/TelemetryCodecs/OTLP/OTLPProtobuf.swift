import Telemetry

/// The binary form of OTLP: `ExportTraceServiceRequest` and its sisters for logs and metrics.
///
/// Written against opentelemetry-proto 1.x. Fields may come in any order; a singular field that comes again replaces
/// the earlier one, an embedded message that comes again is merged with it; unknown and deprecated fields are stepped
/// over. A known field with another wire type is an error, as it is in the OpenTelemetry Collector.
///
/// What a ``SpanTable`` has no place for is read and left out: schema URLs, the counts of dropped attributes, events
/// and links, the flags of links and the references to entities.
package enum OTLPProtobuf {
    /// Appends the spans of one `ExportTraceServiceRequest` (which is the same as a `TracesData`) to a batch.
    ///
    /// A span is left out, counted and explained when its trace id is not 16 bytes with one that is not zero, when its
    /// span id is not 8 bytes with one that is not zero, or when its parent id is neither empty nor 8 bytes. A link
    /// with such ids is left out and its span is kept. Unknown kinds become `unspecified`, unknown status codes
    /// `unset`.
    ///
    /// - Throws: when the bytes are not such a message or a value is nested deeper than ``maximumValueDepth``. The
    ///   batch then holds some of the spans; the caller truncates it to the count it had.
    package static func decodeTraces(
        _ bytes: UnsafeRawBufferPointer,
        into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        do throws(ProtobufFault) {
            var decoder = OTLPProtobufTraces()
            try decoder.decode(ProtobufReader(bytes), into: &batch)
            return decoder.counts
        } catch {
            throw error.error
        }
    }
}
