/// The instant up to which spans are expected to have come: what the clock said 30 s ago.
///
/// The 30 s are measured with the clock of patience, since a clock that runs faster than the network (the demo's) leaves
/// spans less time to come.
struct DataHorizon: Sendable {
    /// What both clocks said, a second apart at least, oldest first.
    private var readings: [(patience: UInt64, clock: UInt64)] = []

    /// The least time between two readings, in nanoseconds.
    private static let step: UInt64 = 1_000_000_000

    /// Takes in what the clocks say.
    ///
    /// - Returns: What the clock said when 30 s of patience less had passed, in Unix nanoseconds; nil before there is such
    ///   a reading.
    mutating func advance(patience: UInt64, clock: UInt64) -> UInt64? {
        // After a clock was set back, older readings say nothing any more.
        readings.removeAll { $0.patience > patience }
        if readings.last.map({ patience - $0.patience >= DataHorizon.step }) ?? true {
            readings.append((patience, clock))
        }
        guard patience >= OrphanQueue.patience else { return nil }
        guard let place = readings.lastIndex(where: { $0.patience <= patience - OrphanQueue.patience }) else {
            return nil
        }
        readings.removeFirst(place)
        return readings.first?.clock
    }
}
