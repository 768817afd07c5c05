extension TimelineEvent {
    /// What makes two events the same one, told again with more knowledge.
    package struct Identity: Hashable, Sendable {
        let time: UInt64
        let kind: Kind
        let journey: String?
        let environment: String?
        let objective: String?
        let service: String?
        let subject: String?
        let before: String?
        let after: String?
    }

    /// What makes two events the same one: everything but counts, words and who.
    ///
    /// A version that reaches more instances is told again with a larger ``count``; the later event takes the place of the
    /// earlier one with the same identity.
    package var identity: Identity {
        Identity(
            time: time, kind: kind, journey: journey, environment: environment, objective: objective,
            service: service, subject: subject, before: before, after: kind == .instances ? nil : after)
    }
}

extension [TimelineEvent] {
    /// Takes in events, each in the place of an earlier one with the same identity, and keeps the order of time.
    ///
    /// - Parameter limit: How many are kept; the oldest go first.
    package mutating func record(_ events: [TimelineEvent], limit: Int = .max) {
        for event in events {
            let identity = event.identity
            // The same event is told again soon, so it is near the end.
            if let place = lastIndex(where: { $0.time == event.time && $0.identity == identity }) {
                self[place] = event
                continue
            }
            var place = count
            while place > 0, self[place - 1].time > event.time { place -= 1 }
            insert(event, at: place)
        }
        if count > limit { removeFirst(count - limit) }
    }
}
