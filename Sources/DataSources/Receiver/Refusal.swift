/// Why a request is answered with an error, in the words of both protocols.
///
/// The one place where an error's HTTP status, gRPC code and text are decided.
struct Refusal: Error, Equatable, Sendable {
    /// The HTTP status.
    var httpStatus: Int
    /// The gRPC status code, also the code of the Status body over HTTP.
    var grpcCode: Int
    /// What is wrong, for the sender's log.
    var message: String
    /// When the sender may try again; nil when the same request would fail again.
    var retryAfterSeconds: Int?

    /// Messages travel in HTTP/2 headers, so they are kept short: bytes of UTF-8.
    static let messageBytes = 1024

    private init(_ httpStatus: Int, _ grpcCode: Int, _ message: String, retryAfterSeconds: Int? = nil) {
        self.httpStatus = httpStatus
        self.grpcCode = grpcCode
        self.message = message.shortened(toBytes: Refusal.messageBytes)
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Numbers of google.rpc.Code.
    private enum Code {
        static let invalidArgument = 3
        static let deadlineExceeded = 4
        static let notFound = 5
        static let resourceExhausted = 8
        static let unimplemented = 12
        static let `internal` = 13
        static let unavailable = 14
    }

    /// The bytes are not what they say they are (C10).
    static func badData(_ why: String) -> Refusal { Refusal(400, Code.invalidArgument, why) }

    /// The bytes are not gzip although they should be (C29).
    static let corruptGzip = badData("the body is not valid gzip")

    /// Larger than the limit, as it is or inflated (C2, C3).
    static func tooLarge(limit: Int) -> Refusal {
        Refusal(
            413, Code.resourceExhausted,
            "the request is larger than \(limit) bytes, compressed or inflated; send smaller batches")
    }

    /// No room now (C15, C16).
    static func overloaded(retryAfterSeconds: Int) -> Refusal {
        Refusal(503, Code.unavailable, "overloaded; try again later", retryAfterSeconds: max(1, retryAfterSeconds))
    }

    /// Stopping (C32); another instance may take it.
    static let stopping = Refusal(503, Code.unavailable, "stopping; try again later", retryAfterSeconds: 1)

    /// The sink's own refusal.
    init(_ refusal: SinkRefusal) {
        switch refusal {
        case .overloaded(let seconds): self = .overloaded(retryAfterSeconds: seconds)
        case .stopped: self = .stopping
        }
    }

    /// Unknown compression (C30).
    static func unknownCompression(_ name: String) -> Refusal {
        Refusal(415, Code.unimplemented, "compression \"\(name.printable)\" is not supported; use gzip or none")
    }

    /// Missing or unknown Content-Type (C13).
    static func unknownContentType(_ name: String?) -> Refusal {
        let what = name.map { "Content-Type \"\($0.printable)\" is not supported" } ?? "Content-Type is missing"
        return Refusal(415, Code.invalidArgument, "\(what); use application/x-protobuf or application/json")
    }

    /// Unknown path (C14).
    static func unknownPath(_ path: String) -> Refusal {
        Refusal(404, Code.notFound, "nothing at \"\(path.printable)\"; use /v1/traces, /v1/metrics or /v1/logs")
    }

    /// Unknown method of gRPC.
    static func unknownMethod(_ path: String) -> Refusal {
        Refusal(404, Code.unimplemented, "no method \"\(path.printable)\"; use Export of OTLP's three services")
    }

    /// Known path, wrong method (C14).
    static func wrongMethod(_ method: String) -> Refusal {
        Refusal(405, Code.unimplemented, "method \"\(method.printable)\" is not allowed; use POST")
    }

    /// Too many or too large header fields.
    static let headersTooLarge = Refusal(431, Code.resourceExhausted, "too many or too large header fields")

    /// Not HTTP.
    static let notHTTP = badData("the request is not valid HTTP/1.1")

    /// The body took too long over HTTP. Whoever sends that slowly would do so again, so it is not retryable.
    static let tooSlow = Refusal(408, Code.deadlineExceeded, "the request took too long")

    /// A gRPC message that says it is compressed on a call that named no compression.
    static let compressedWithoutEncoding = Refusal(
        400, Code.internal, "the message is marked as compressed, but grpc-encoding names no compression")

    /// The gRPC call carried no whole message, or more than one.
    static let notOneMessage = badData("Export takes exactly one whole message")

    /// Whether the sender may send the same again.
    var isRetryable: Bool { retryAfterSeconds != nil || grpcCode == Code.deadlineExceeded && httpStatus != 408 }
}

extension String {
    /// The text without anything but printable ASCII, and short: names that clients made up go into messages.
    fileprivate var printable: String {
        var result = ""
        for scalar in unicodeScalars.prefix(80) {
            result.unicodeScalars.append((0x20...0x7e).contains(scalar.value) ? scalar : "?")
        }
        return result
    }

    /// At most this many bytes of UTF-8, cut between scalars.
    func shortened(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let mark = "…"
        var room = max(0, limit - mark.utf8.count)
        var result = ""
        for scalar in unicodeScalars {
            room -= UTF8.width(scalar)
            if room < 0 { break }
            result.unicodeScalars.append(scalar)
        }
        return limit >= mark.utf8.count ? result + mark : result
    }
}
