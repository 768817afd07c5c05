import NIOHPACK

/// What the header of a gRPC call asks for.
struct GRPCHead: Equatable {
    /// The signal, from the path.
    var signal: OTLPReceiver.Signal
    /// Whether the message may be gzip.
    var isCompressed: Bool
    /// Whether the answer is gzip: when the call was, and the client takes it.
    var takesGzip: Bool

    /// The signals by the paths of their methods.
    static let signals = Dictionary(
        uniqueKeysWithValues: OTLPReceiver.Signal.allCases.map { ("/\($0.grpcService)/Export", $0) })
}

extension HPACKHeaders {
    /// Whether it is a gRPC call, of whatever content.
    var isGRPC: Bool { first(name: "content-type")?.hasPrefix("application/grpc") ?? false }

    /// What a call asks for, or why it cannot be done.
    var grpcHead: Result<GRPCHead, Refusal> {
        guard let path = first(name: ":path"), let signal = GRPCHead.signals[path] else {
            return .failure(.unknownMethod(first(name: ":path") ?? ""))
        }
        let encodings = self[canonicalForm: "grpc-encoding"]
        let compression = encodings.first { $0 != "identity" }
        if encodings.count > 1 || (compression.map { $0 != "gzip" } ?? false) {
            return .failure(.unknownCompression(encodings.joined(separator: ", ")))
        }
        let isCompressed = compression != nil
        let takesGzip = isCompressed && self[canonicalForm: "grpc-accept-encoding"].contains("gzip")
        return .success(GRPCHead(signal: signal, isCompressed: isCompressed, takesGzip: takesGzip))
    }

    /// What comes before the message of an answer.
    static let answer = HPACKHeaders([
        (":status", "200"), ("content-type", "application/grpc"), ("grpc-accept-encoding", "identity,gzip"),
    ])

    /// The same where the message may be gzip.
    static let answerInGzip = HPACKHeaders([
        (":status", "200"), ("content-type", "application/grpc"), ("grpc-encoding", "gzip"),
        ("grpc-accept-encoding", "identity,gzip"),
    ])

    /// What comes after the message.
    static let done = HPACKHeaders([("grpc-status", "0")])

    /// The answer to what is no gRPC call.
    static let notGRPC = HPACKHeaders([(":status", "415")])

    /// A whole gRPC answer in one frame: an error and nothing else.
    static func trailersOnly(_ refusal: Refusal) -> HPACKHeaders {
        var headers = HPACKHeaders([
            (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "\(refusal.grpcCode)"),
            ("grpc-message", refusal.message.percentEncoded), ("grpc-accept-encoding", "identity,gzip"),
        ])
        if let details = ResponseBody.statusDetails(refusal) {
            headers.add(name: "grpc-status-details-bin", value: base64(details))
        }
        return headers
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
        var result = String.UnicodeScalarView()
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start...].prefix(3)
            var word: UInt32 = 0
            for index in 0..<3 { word = word << 8 | (index < group.count ? UInt32(group[start + index]) : 0) }
            // gRPC leaves the padding out.
            for index in 0...group.count { result.append(digits[Int(word >> (18 - 6 * UInt32(index)) & 63)]) }
        }
        return String(result)
    }
}

extension String {
    /// As gRPC writes `grpc-message`: printable ASCII except `%` as it is, every other byte as `%XX`.
    fileprivate var percentEncoded: String {
        let hex = Array("0123456789ABCDEF".unicodeScalars)
        var result = String.UnicodeScalarView()
        for byte in utf8 {
            if (0x20...0x7e).contains(byte), byte != 0x25 {
                result.append(Unicode.Scalar(byte))
            } else {
                result.append("%")
                result.append(hex[Int(byte >> 4)])
                result.append(hex[Int(byte & 15)])
            }
        }
        return String(result)
    }
}
