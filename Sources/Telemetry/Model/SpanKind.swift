/// What role a span plays in a call, with OTLP's numbers.
package enum SpanKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case unspecified = 0
    case `internal` = 1
    case server = 2
    case client = 3
    case producer = 4
    case consumer = 5

    /// Compares in place: the usual one is a call out of the caller's module, for every span that is looked at.
    @inlinable package static func == (a: SpanKind, b: SpanKind) -> Bool {
        // Cases that hold nothing are told apart by their one byte.
        unsafeBitCast(a, to: UInt8.self) == unsafeBitCast(b, to: UInt8.self)
    }

    /// The lower-case word of the filter language.
    package var word: String {
        switch self {
        case .unspecified: "unspecified"
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }
}

/// How a span ended, with OTLP's numbers.
package enum StatusCode: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case unset = 0
    case ok = 1
    case error = 2

    /// Compares in place, as ``SpanKind``.
    @inlinable package static func == (a: StatusCode, b: StatusCode) -> Bool {
        unsafeBitCast(a, to: UInt8.self) == unsafeBitCast(b, to: UInt8.self)
    }

    /// The lower-case word of the filter language.
    package var word: String {
        switch self {
        case .unset: "unset"
        case .ok: "ok"
        case .error: "error"
        }
    }
}
