/// What happened, in the order of its time: at most so many events, the oldest go first.
struct JudgeTimeline: Sendable {
    private(set) var events: [TimelineEvent] = []

    /// What makes two records the same event: one that is told again with better numbers takes the place of the other.
    private static func isSame(_ one: TimelineEvent, _ other: TimelineEvent) -> Bool {
        let isWritten = one.kind == .note || one.kind == .acknowledged || one.kind == .muted
        return one.time == other.time && one.kind == other.kind && one.journey == other.journey
            && one.environment == other.environment && one.objective == other.objective
            && one.service == other.service && one.subject == other.subject
            && (one.kind == .instances || one.after == other.after)
            && one.severity == other.severity && one.by == other.by && (!isWritten || one.text == other.text)
    }

    /// Puts an event in its place.
    ///
    /// - Returns: Whether that changed anything.
    @discardableResult
    mutating func insert(_ event: TimelineEvent) -> Bool {
        var place = events.count
        while place > 0, events[place - 1].time > event.time { place -= 1 }
        var same = place
        while same > 0, events[same - 1].time == event.time {
            same -= 1
            guard JudgeTimeline.isSame(events[same], event) else { continue }
            let isNew = events[same] != event
            events[same] = event
            return isNew
        }
        if events.count >= JudgeLimit.timeline {
            guard place > 0 else { return false }
            events.removeFirst()
            place -= 1
        }
        events.insert(event, at: place)
        return true
    }

    /// Forgets events.
    mutating func removeAll(where isGone: (TimelineEvent) -> Bool) {
        events.removeAll(where: isGone)
    }
}
