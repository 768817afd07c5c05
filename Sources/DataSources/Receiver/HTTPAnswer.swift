import NIOHTTP1

/// Puts an answer into an HTTP response.
enum HTTPAnswer {
    /// A request that was taken in.
    struct Success {
        /// What was dropped, if anything.
        var partial: PartialSuccess?
        /// What the request was.
        var head: ExportHead
    }

    /// The response's header and body.
    ///
    /// - Parameters:
    ///   - head: The request's header; nil when it could not be read.
    ///   - limit: The largest body in bytes.
    static func make(
        _ result: Result<Success, Refusal>, to head: HTTPRequestHead?, keepsAlive: Bool, limit: Int
    ) -> (HTTPResponseHead, [UInt8]) {
        let encoding = head?.otlpEncoding ?? .json
        var headers = HTTPHeaders()
        var status = HTTPResponseStatus.ok
        var body: [UInt8]
        switch result {
        case .success(let success):
            body = ResponseBody.success(
                success.partial, signal: success.head.signal, encoding: success.head.encoding, limit: limit)
        case .failure(let refusal):
            body = ResponseBody.status(refusal, encoding: encoding)
            status = HTTPResponseStatus(statusCode: refusal.httpStatus)
            describe(refusal, in: &headers)
        }
        headers.add(name: "Content-Type", value: encoding.rawValue)
        if !body.isEmpty, head?.acceptsGzip == true, let compressed = Gzip.compress(body) {
            headers.add(name: "Content-Encoding", value: "gzip")
            headers.add(name: "Vary", value: "Accept-Encoding")
            body = compressed
        }
        headers.add(name: "Content-Length", value: "\(body.count)")
        if !keepsAlive {
            headers.add(name: "Connection", value: "close")
        } else if head?.version == .http1_0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        if head?.method == .HEAD { body = [] }
        return (HTTPResponseHead(version: head?.version ?? .http1_1, status: status, headers: headers), body)
    }

    private static func describe(_ refusal: Refusal, in headers: inout HTTPHeaders) {
        if let seconds = refusal.retryAfterSeconds { headers.add(name: "Retry-After", value: "\(max(1, seconds))") }
        switch refusal.httpStatus {
        case 405: headers.add(name: "Allow", value: "POST")
        case 415: headers.add(name: "Accept-Encoding", value: "gzip")
        default: break
        }
    }
}
