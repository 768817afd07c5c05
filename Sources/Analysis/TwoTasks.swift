import Dispatch

/// Two independent works of one question at the same time, for the traces that one core has not done within a frame.
enum TwoTasks {
    /// Below this many spans a second thread costs more than it saves.
    private static let fewSpans = 16_384

    /// The answers of both, once both are there.
    ///
    /// - Parameter spans: How many spans each of them walks over.
    static func run<First: Sendable, Second: Sendable>(
        spans: Int, _ first: @Sendable () -> First, _ second: @Sendable () -> Second
    ) -> (First, Second) {
        guard spans >= fewSpans else { return (first(), second()) }
        // Each variable is written by one of the two, and read after both have ended.
        nonisolated(unsafe) var one: First?
        nonisolated(unsafe) var other: Second?
        DispatchQueue.concurrentPerform(iterations: 2) { number in
            if number == 0 { one = first() } else { other = second() }
        }
        return (one ?? first(), other ?? second())
    }
}
