/// Tells since when a journey is worse than it was.
///
/// It is asked about every journey again and again, every ten seconds or oftener, and remembers what stands: an onset
/// stands while the level is worse and is gone when it is back. The level before is that of the hour before (at least
/// 50 s and 50 runs); improvements are no trouble.
package struct OnsetDetector: Sendable {
    private var journeys: [JourneyView.ID: OnsetMemory] = [:]

    /// How many journeys are remembered before those not asked about for an hour are forgotten.
    private static let room = 1_024
    private static let hour: UInt64 = 3_600_000_000_000

    /// Makes a detector that has seen nothing.
    package init() {}

    /// When the trouble of a journey began; nil without a change for the worse that is certain.
    ///
    /// The first time a journey is asked about, the detector goes through the last three hours as if it had been asked
    /// all along, so files are answered as a live stream is.
    ///
    /// - Parameters:
    ///   - view: The journey.
    ///   - now: Unix nanoseconds; runs that are later are left out.
    package mutating func onset(of view: JourneyView, now: UInt64) -> Onset? {
        guard view.environment != nil, view.seen != nil else { return nil }
        return onset(of: view.id, OnsetHistory(view), now: now)
    }

    /// The same for a history that is no journey's view.
    package mutating func onset(of id: JourneyView.ID, _ history: OnsetHistory, now: UInt64) -> Onset? {
        var memory = journeys.removeValue(forKey: id) ?? OnsetMemory()
        let onset = memory.onset(history, now: now)
        if journeys.count >= OnsetDetector.room {
            journeys = journeys.filter { now < $0.value.asked || now - $0.value.asked < OnsetDetector.hour }
        }
        if journeys.count < OnsetDetector.room { journeys[id] = memory }
        return onset
    }
}
