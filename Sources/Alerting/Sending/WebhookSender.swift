import Foundation

/// Posts JSON to an address and says what the answer means.
///
/// 2xx is success. 408, 425, 429 and 5xx may be tried again, after `Retry-After` where that is given. A redirect (307,
/// 308) is followed within the same scheme, host and port only, so that neither the message nor a token goes anywhere
/// that was not configured. Everything else is refused for good.
package struct WebhookSender: AlertSender {
    private static let mostRedirects = 3

    let address: AlertAddress
    /// Where to, when it is not the address itself.
    let target: Secret
    let headers: [AlertReceiver.Header]
    let secrets: [Secret]
    let limit: Duration
    let transport: any AlertTransport
    let wallNow: @Sendable () -> UInt64

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - address: Where to.
    ///   - path: What is put behind the address, such as `/api/v2/alerts`.
    ///   - headers: Further header lines.
    ///   - token: Sent as `Authorization: Bearer …`.
    ///   - limit: How long one attempt may take.
    ///   - transport: What sends.
    ///   - wallNow: Unix nanoseconds, for a `Retry-After` that is a date.
    package init(
        address: AlertAddress, path: String? = nil, headers: [AlertReceiver.Header], token: Secret?, limit: Duration,
        transport: any AlertTransport, wallNow: @escaping @Sendable () -> UInt64
    ) {
        self.address = address
        target = path.map { Secret(address.appending($0)) } ?? address.whole
        let bearer = token.map {
            AlertReceiver.Header(name: "Authorization", value: Secret("Bearer \($0.reveal())"))
        }
        self.headers = headers + (bearer.map { [$0] } ?? [])
        secrets = [address.whole] + headers.map(\.value) + (token.map { [$0] } ?? [])
        self.limit = limit
        self.transport = transport
        self.wallNow = wallNow
    }

    /// Posts the bytes once.
    package func send(_ body: [UInt8]) async -> SendOutcome {
        var next = target
        for _ in 0...Self.mostRedirects {
            let reply: AlertReply
            do {
                reply = try await transport.post(
                    AlertRequest(address: next, headers: headers, body: body), limit: limit)
            } catch {
                return .failed("\(address): " + redacted(error.text), retryAfter: nil)
            }
            guard (300..<400).contains(reply.status), let location = reply.location else { return outcome(reply) }
            switch redirect(reply.status, to: location, from: next) {
            case .success(let followed): next = followed
            case .failure(let refusal): return .refused(refusal.text)
            }
        }
        return .refused("\(address): more than \(Self.mostRedirects) redirects")
    }

    private func outcome(_ reply: AlertReply) -> SendOutcome {
        let said = reply.body.split { $0.isNewline }.first.map { ": " + String($0).cut(to: 200) } ?? ""
        switch reply.status {
        case 200..<300: return .delivered("HTTP \(reply.status)")
        case 408, 425, 429, 500...599:
            return .failed(
                "\(address): HTTP \(reply.status)" + redacted(said), retryAfter: reply.retryAfter.flatMap(wait))
        default: return .refused("\(address): HTTP \(reply.status)" + redacted(said))
        }
    }

    private func redirect(_ status: Int, to location: String, from: Secret) -> Result<Secret, TransportProblem> {
        guard status == 307 || status == 308 else {
            return .failure(
                TransportProblem(text: "\(address): HTTP \(status), a redirect that would not keep the message"))
        }
        let resolved = URL(string: location, relativeTo: URL(string: from.reveal()))?.absoluteURL.absoluteString
        guard let resolved, let there = try? AlertAddress(resolved) else {
            return .failure(TransportProblem(text: "\(address): HTTP \(status) to something that is no http address"))
        }
        guard there.hasSameOrigin(as: address) else {
            return .failure(
                TransportProblem(
                    text: "\(address): HTTP \(status) to \(there), another host: write that one if it is meant"))
        }
        return .success(there.whole)
    }

    /// How long to wait by a `Retry-After`: seconds, or the date of RFC 9110, section 5.6.7.
    private func wait(_ text: String) -> Duration? {
        if let seconds = UInt32(text) { return .seconds(Int64(seconds)) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = formatter.date(from: text) else { return nil }
        let seconds = date.timeIntervalSince1970 - Double(wallNow() / 1_000_000_000)
        return seconds > 0 ? .seconds(min(seconds, 86_400)) : nil
    }

    private func redacted(_ text: String) -> String {
        secrets.reduce(text) { $1.redacted(from: $0) }
    }
}
