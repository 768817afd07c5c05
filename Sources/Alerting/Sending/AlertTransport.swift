/// One POST.
package struct AlertRequest: Sendable {
    /// The whole address.
    package var address: Secret
    /// Header lines besides those of every request; values may be secrets.
    package var headers: [AlertReceiver.Header]
    /// JSON.
    package var body: [UInt8]

    /// Makes one.
    package init(address: Secret, headers: [AlertReceiver.Header], body: [UInt8]) {
        self.address = address
        self.headers = headers
        self.body = body
    }
}

/// What came back.
package struct AlertReply: Sendable, Hashable {
    /// The HTTP status.
    package var status: Int
    /// The header `Location`.
    package var location: String?
    /// The header `Retry-After`.
    package var retryAfter: String?
    /// The beginning of the body, at most 1 KiB.
    package var body: String

    /// Makes one.
    package init(status: Int, location: String? = nil, retryAfter: String? = nil, body: String = "") {
        self.status = status
        self.location = location
        self.retryAfter = retryAfter
        self.body = body
    }
}

/// Why there was no answer, in words.
package struct TransportProblem: Error, Hashable {
    /// Such as `connection refused`.
    package let text: String

    /// Makes one.
    package init(text: String) {
        self.text = text
    }
}

/// Sends one POST and follows no redirect; tests put a fake in its place.
package protocol AlertTransport: Sendable {
    /// Sends a request and waits for its answer.
    ///
    /// - Throws: ``TransportProblem`` when there is no answer within `limit`.
    func post(_ request: AlertRequest, limit: Duration) async throws(TransportProblem) -> AlertReply
}

/// What became of one attempt.
package enum SendOutcome: Sendable, Hashable {
    /// It arrived; in words, such as `HTTP 200`.
    case delivered(String)
    /// It may arrive when it is tried again, not before a while if the other side said so.
    case failed(String, retryAfter: Duration?)
    /// Trying again would not help.
    case refused(String)

    /// The words for people.
    package var text: String {
        switch self {
        case .delivered(let text), .failed(let text, _), .refused(let text): text
        }
    }
}

/// Something that takes messages.
package protocol AlertSender: Sendable {
    /// Sends the bytes of a message once.
    func send(_ body: [UInt8]) async -> SendOutcome
}
