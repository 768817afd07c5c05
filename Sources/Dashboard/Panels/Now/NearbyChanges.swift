import Journeys

/// What changed on a journey's path around the time when its trouble began.
struct NearbyChanges {
    /// The change that most likely has to do with it.
    let first: TimelineEvent?
    /// Other changes on the path within half an hour, the likeliest first.
    let others: [TimelineEvent]

    /// Looks for changes around an instant in Unix nanoseconds.
    init(_ timeline: [TimelineEvent], around anchor: UInt64, of row: JourneyView.ID, _ paths: JourneyPaths) {
        let changes = ChangeRelevance().changes(near: anchor, in: timeline) { paths.concerns($0, row) }
        first = changes.first
        others = Array(changes.dropFirst())
    }

    /// The last change on any path: what to tell when nothing is wrong.
    static func last(_ timeline: [TimelineEvent]) -> TimelineEvent? { timeline.last { $0.kind.isChange } }
}
