/// Notices that a source which used to send has gone quiet.
///
/// A source is late once it has been silent for a minute although, by the ten minutes before its last span, at least
/// ten spans were to be expected in that minute: below that, silence proves nothing.
package struct ArrivalMeter: Sendable {
    /// How long a source that sends to us may be silent, in nanoseconds.
    package static let patience: UInt64 = 60_000_000_000
    /// How many spans must be missing before silence means anything.
    package static let expected = 10
    private static let bucket: UInt64 = 10_000_000_000
    private static let buckets = 60

    private struct Bucket: Sendable {
        let number: UInt64
        var spans: Int
        /// The latest end of a span among them.
        var reach: UInt64
    }

    private var counts: [Bucket] = []
    /// When the last span arrived, in Unix nanoseconds.
    package private(set) var last: UInt64?

    /// Makes a meter that has seen nothing.
    package init() {}

    /// Counts spans that arrived at an instant.
    ///
    /// - Parameters:
    ///   - spans: How many.
    ///   - arrival: When, in Unix nanoseconds.
    ///   - reach: The latest end among them, in Unix nanoseconds; without it they are taken for fresh ones.
    package mutating func add(_ spans: Int, at arrival: UInt64, reach: UInt64? = nil) {
        guard spans > 0 else { return }
        last = max(last ?? 0, arrival)
        let number = arrival / Self.bucket
        if let end = counts.last, end.number >= number {
            counts[counts.count - 1].spans += spans
            counts[counts.count - 1].reach = max(end.reach, min(reach ?? arrival, arrival))
        } else {
            counts.append(Bucket(number: number, spans: spans, reach: min(reach ?? arrival, arrival)))
        }
        let oldest = number > UInt64(Self.buckets) ? number - UInt64(Self.buckets) : 0
        while let first = counts.first, first.number <= oldest { counts.removeFirst() }
    }

    /// How far the data reaches while a source delivers what lay in a queue, or holds all spans back for a while: the
    /// latest end of what came in the last ten to twenty seconds, when that is more than a minute ago; nil otherwise.
    ///
    /// Nothing follows from runs that are missing after it.
    package func behindSince(now: UInt64) -> UInt64? {
        let number = now / Self.bucket
        let reach = counts.suffix(2).filter { $0.number + 1 >= number && $0.number <= number }.map(\.reach).max()
        guard let reach, now > reach, now - reach > Self.patience else { return nil }
        return reach
    }

    /// Since when the source is late; nil while it is not.
    package func staleSince(now: UInt64) -> UInt64? {
        guard let last, let first = counts.first, now > last, now - last >= Self.patience else { return nil }
        // A source seen only for a short while counts for that while, not for ten minutes.
        let seconds = max(60, Double(last - min(last, first.number * Self.bucket)) / 1e9)
        let rate = Double(counts.reduce(0) { $0 + $1.spans }) / seconds
        return rate * Double(Self.patience) / 1e9 >= Double(Self.expected) ? last : nil
    }
}
