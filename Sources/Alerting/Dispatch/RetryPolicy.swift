/// When to try again: exponential back-off with jitter, so that many senders do not come back together.
package struct RetryPolicy: Sendable, Hashable {
    /// The first pause.
    package var first: Duration
    /// The longest pause, unless the other side asks for a longer one.
    package var longest: Duration
    /// After how long in all a message is given up.
    package var giveUp: Duration

    /// Makes a policy.
    package init(first: Duration = .seconds(1), longest: Duration = .seconds(300), giveUp: Duration = .seconds(86_400))
    {
        self.first = first
        self.longest = longest
        self.giveUp = giveUp
    }

    /// The longest pause that the other side may ask for.
    static let longestAsked = Duration.seconds(3_600)

    /// The pause after so many failures in a row: between half and all of `first` × 2^(failures − 1), at most
    /// ``longest``; at least what the other side asked for.
    ///
    /// - Parameters:
    ///   - failures: How many attempts have failed, from 1.
    ///   - random: A number from 0 up to 1.
    ///   - asked: What the other side asked for.
    package func pause(after failures: Int, random: Double, asked: Duration?) -> Duration {
        let doublings = min(max(failures, 1) - 1, 20)
        let whole = min(first * (1 << doublings), longest)
        let jittered = whole * (0.5 + min(max(random, 0), 1) / 2)
        guard let asked else { return jittered }
        return max(jittered, min(asked, Self.longestAsked))
    }
}
