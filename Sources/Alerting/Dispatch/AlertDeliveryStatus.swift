/// How deliveries to one receiver go; without secrets, for screens, `waymark doctor` and logs.
package struct AlertDeliveryStatus: Sendable, Hashable, Codable {
    /// The receiver's name.
    package var receiver: String
    /// `command`, `webhook` or `alertmanager`.
    package var kind: String
    /// Where messages go, without secrets.
    package var target: String
    /// When a message last arrived, in Unix nanoseconds.
    package var lastDelivered: UInt64?
    /// When an attempt last failed.
    package var lastFailed: UInt64?
    /// What was wrong then.
    package var lastProblem: String?
    /// What the other side last said, such as a command's output.
    package var lastAnswer: String?
    /// How many messages wait or are on their way.
    package var queued = 0
    /// How many messages arrived.
    package var delivered: UInt64 = 0
    /// How many attempts failed.
    package var failures: UInt64 = 0
    /// How many messages were given up: refused, too old, or pushed out of a full queue.
    package var lost: UInt64 = 0

    /// Makes the status of a receiver that nothing was sent to.
    package init(_ receiver: AlertReceiver) {
        self.receiver = receiver.name
        kind = receiver.kindName
        target = receiver.target
    }

    /// Whether the last attempt failed.
    package var isFailing: Bool {
        guard let lastFailed else { return false }
        return lastFailed > (lastDelivered ?? 0)
    }
}

/// One attempt that is worth a log line; without secrets.
package struct AlertDeliveryEvent: Sendable, Hashable {
    /// What became of it.
    package enum Kind: String, Sendable, Hashable {
        /// It arrived.
        case delivered
        /// It will be tried again.
        case retrying
        /// It was given up.
        case lost
    }

    /// The receiver's name.
    package var receiver: String
    /// The message's group.
    package var group: String
    /// What became of the attempt.
    package var kind: Kind
    /// The answer or the problem.
    package var text: String
}
