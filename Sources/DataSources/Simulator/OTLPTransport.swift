/// What a receiver answered to one request.
package struct OTLPResponse: Sendable, Equatable {
    /// The HTTP status.
    package var status: Int
    /// The header `Retry-After` in seconds, where there was one.
    package var retryAfterSeconds: Int?

    /// Makes an answer.
    package init(status: Int, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Whether the same request may be sent again (OTLP/HTTP, "Retryable Response Codes").
    package var isRetryable: Bool { [429, 502, 503, 504].contains(status) }
}

/// The way from the simulator to a receiver. Injected, so that tests need no socket.
package protocol OTLPTransport: Sendable {
    /// Posts one `ExportTraceServiceRequest` in protobuf; throws when there was no answer.
    func postTraces(_ message: [UInt8]) async throws -> OTLPResponse
}
