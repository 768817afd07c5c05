import NIOHTTP1

/// What the header of an HTTP request asks for.
struct ExportHead: Equatable {
    /// The signal, from the path.
    var signal: OTLPReceiver.Signal
    /// The encoding, from Content-Type.
    var encoding: OTLPReceiver.Encoding
    /// Whether the body is gzip, from Content-Encoding.
    var isCompressed: Bool
}

extension HTTPRequestHead {
    /// The encoding that Content-Type names; parameters such as `charset=utf-8` are allowed (C12).
    var otlpEncoding: OTLPReceiver.Encoding? {
        guard let value = headers.first(name: "content-type") else { return nil }
        let type = value.prefix { $0 != ";" }.trimmed.lowercased()
        return OTLPReceiver.Encoding(rawValue: type)
    }

    /// Whether the client takes gzip.
    var acceptsGzip: Bool {
        headers[canonicalForm: "accept-encoding"].contains { item in
            let parts = item.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed.lowercased() }
            guard let name = parts.first, name == "gzip" || name == "*" || name == "x-gzip" else { return false }
            return !parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }

    /// The declared length of the body; nil when it is chunked or declared wrongly.
    var declaredLength: Int? { headers.first(name: "content-length").flatMap { Int($0) } }

    /// Whether the client waits for a word before it sends the body.
    var expectsContinue: Bool {
        headers.first(name: "expect").map { $0.lowercased() == "100-continue" } ?? false
    }

    /// What is asked for, or why it cannot be done; decided from the header alone.
    func exportHead(limits: ReceiverLimits) -> Result<ExportHead, Refusal> {
        if headers.count > limits.headerFields { return .failure(.headersTooLarge) }
        let path = String(uri.prefix { $0 != "?" && $0 != "#" })
        guard let signal = OTLPReceiver.Signal.allCases.first(where: { $0.httpPath == path }) else {
            return .failure(.unknownPath(path))
        }
        guard method == .POST else { return .failure(.wrongMethod(method.rawValue)) }
        guard let encoding = otlpEncoding else {
            return .failure(.unknownContentType(headers.first(name: "content-type")))
        }
        if let length = declaredLength, length > limits.messageBytes {
            return .failure(.tooLarge(limit: limits.messageBytes))
        }
        return contentCompression().map { ExportHead(signal: signal, encoding: encoding, isCompressed: $0) }
    }

    private func contentCompression() -> Result<Bool, Refusal> {
        let names = headers[canonicalForm: "content-encoding"].map { $0.lowercased() }
        let real = names.filter { $0 != "identity" && !$0.isEmpty }
        switch real.count {
        case 0: return .success(false)
        case 1 where real[0] == "gzip" || real[0] == "x-gzip": return .success(true)
        default: return .failure(.unknownCompression(names.joined(separator: ", ")))
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: SubSequence {
        var result = self[...]
        while let first = result.first, first == " " || first == "\t" { result.removeFirst() }
        while let last = result.last, last == " " || last == "\t" { result.removeLast() }
        return result
    }
}
