import Journeys

/// What changed on a journey's path around the time when its trouble began.
struct NearbyChanges {
    /// The change that most likely has to do with it.
    let first: TimelineEvent?
    /// Other changes on the path within half an hour, oldest first.
    let others: [TimelineEvent]

    /// Half an hour, in nanoseconds.
    static let reach: UInt64 = 1_800_000_000_000

    /// Looks for changes around an instant in Unix nanoseconds.
    init(_ timeline: [TimelineEvent], around anchor: UInt64, of row: JourneyView.ID, _ paths: JourneyPaths) {
        let near = timeline.filter { event in
            let distance = event.time > anchor ? event.time - anchor : anchor - event.time
            return event.kind.isChange && distance <= NearbyChanges.reach && paths.concerns(event, row)
        }
        let told = NearbyChanges.withoutEchoes(near)
        // What changed shortly before comes before what changed after, and a release before anything else.
        let minute: UInt64 = 60_000_000_000
        let before = told.filter { $0.time <= anchor &+ minute }
        let releases = before.filter { $0.kind == .deploy || $0.kind == .version }
        let choice = releases.last ?? before.last ?? told.first
        first = choice
        others = told.filter { $0 != choice }
    }

    /// A release that was reported and then seen is one change: the sighting tells on how many instances.
    private static func withoutEchoes(_ events: [TimelineEvent]) -> [TimelineEvent] {
        events.filter { event in
            guard event.kind == .deploy else { return true }
            return !events.contains {
                $0.kind == .version && $0.service == event.service && $0.after == event.after
            }
        }
    }

    /// The last change on any path: what to tell when nothing is wrong.
    static func last(_ timeline: [TimelineEvent]) -> TimelineEvent? { timeline.last { $0.kind.isChange } }
}
