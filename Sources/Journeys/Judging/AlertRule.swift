/// When an alert begins and ceases to fire.
///
/// A burn alert begins when both its windows reach factor × (1 − target) and both hold enough runs; it ceases at the
/// first second at which a window that holds anything is below, or the long window is empty. So traffic that dries up
/// ends no alert by itself, and raises none.
enum AlertRule {
    /// Whether it fires with what two windows hold, given whether it did before.
    static func fires(
        _ alert: JourneyDefinition.Alert,
        _ budget: ExactShare,
        long: PromiseTally,
        short: PromiseTally,
        before: Bool
    ) -> Bool {
        guard long.reaches(alert.factor, of: budget) else { return false }
        if short.reaches(alert.factor, of: budget) { return before || (long.isEnough && short.isEnough) }
        return before && short.total == 0
    }
}

/// A stretch of time during which an alert fired.
struct AlertEpisode: Sendable, Hashable {
    /// The second at which it began to fire.
    var start: UInt64
    /// The second at which it ceased; nil while it fires.
    var end: UInt64?

    /// Finds the stretches in `(from, to]` by looking at every second at which something can change.
    ///
    /// - Parameters:
    ///   - from: The second before the first that is looked at.
    ///   - to: The last second that is looked at.
    ///   - firingSince: Since when it fires already.
    ///   - next: The second to look at after a second.
    ///   - fires: Whether it fires at a second, given whether it did before.
    static func all(
        after from: UInt64,
        through to: UInt64,
        firingSince: UInt64?,
        next: (UInt64) -> UInt64,
        fires: (UInt64, Bool) -> Bool
    ) -> [AlertEpisode] {
        var episodes: [AlertEpisode] = firingSince.map { [AlertEpisode(start: $0, end: nil)] } ?? []
        var isFiring = firingSince != nil
        var second = from
        while second < to {
            second = max(min(next(second), to), second + 1)
            let fires = fires(second, isFiring)
            if fires, !isFiring { episodes.append(AlertEpisode(start: second, end: nil)) }
            if !fires, isFiring { episodes[episodes.count - 1].end = second }
            isFiring = fires
        }
        return episodes
    }
}
