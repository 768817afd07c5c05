extension Judge {
    /// Notes that somebody has seen the trouble of a journey.
    ///
    /// - Parameters:
    ///   - journey: The journey's name.
    ///   - environment: The environment; nil for every one that has trouble.
    ///   - time: When, in Unix nanoseconds.
    ///   - by: Who, if that is known.
    ///   - note: What they wrote.
    /// - Returns: Whether there was trouble to acknowledge.
    @discardableResult
    package mutating func acknowledge(
        _ journey: String,
        in environment: String? = nil,
        at time: UInt64,
        by: String? = nil,
        note: String? = nil
    ) -> Bool {
        var isAny = false
        let subjects = records.keys.filter { subject in
            subject.journey == journey && (environment == nil || subject.environment == environment)
        }
        for subject in subjects.sorted(by: { $0.environment ?? "" < $1.environment ?? "" }) {
            guard let record = records[subject], !record.firing.isEmpty || record.verdict?.state == .out else {
                continue
            }
            let acknowledgement = Acknowledgement(time: time, by: clipped(by), note: clipped(note))
            records[subject]?.acknowledgement = acknowledgement
            records[subject]?.acknowledgedState = record.verdict?.state
            told(.acknowledged, subject, at: time, by: by, text: note)
            isAny = true
        }
        return isAny
    }

    /// Mutes a journey until a time: it is judged as before, but shows as muted, and nobody is told.
    ///
    /// - Parameters:
    ///   - journey: The journey's name.
    ///   - environment: The environment; nil for all of them.
    ///   - until: The end, in Unix nanoseconds.
    ///   - time: When it was asked for.
    ///   - by: Who, if that is known.
    ///   - note: Why.
    /// - Returns: Whether the end lies in the future and the journey is one that is judged.
    @discardableResult
    package mutating func mute(
        _ journey: String,
        in environment: String? = nil,
        until: UInt64,
        at time: UInt64,
        by: String? = nil,
        note: String? = nil
    ) -> Bool {
        let isKnown = records.keys.contains {
            $0.journey == journey && (environment == nil || $0.environment == environment)
        }
        guard until > time, isKnown else { return false }
        let subject = Subject(journey: journey, environment: environment)
        mutes[subject] = Mute(until: until)
        told(.muted, subject, at: time, by: by, text: note, until: until)
        return true
    }

    /// Ends a mute early. A mute of all environments ends as a whole.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    package mutating func unmute(
        _ journey: String,
        in environment: String? = nil,
        at time: UInt64,
        by: String? = nil,
        note: String? = nil
    ) -> Bool {
        let subjects = mutes.keys.filter { subject in
            subject.journey == journey
                && (environment == nil || subject.environment == environment || subject.environment == nil)
        }
        for subject in subjects.sorted(by: { $0.environment ?? "" < $1.environment ?? "" }) {
            mutes[subject] = nil
            told(.unmuted, subject, at: time, by: by, text: note)
        }
        return !subjects.isEmpty
    }

    /// Writes something down at a time.
    ///
    /// - Parameters:
    ///   - journey: The journey it is about; nil for all.
    ///   - environment: The environment it is about; nil for all.
    ///   - time: The time it is about, in Unix nanoseconds.
    ///   - text: What is written.
    ///   - by: Who wrote it.
    package mutating func note(
        _ journey: String?,
        in environment: String? = nil,
        at time: UInt64,
        text: String,
        by: String? = nil
    ) {
        var event = TimelineEvent(time: time, kind: .note, journey: journey, environment: environment)
        event.text = clipped(text)
        event.by = clipped(by)
        tell(event)
    }

    private mutating func told(
        _ kind: TimelineEvent.Kind,
        _ subject: Subject,
        at time: UInt64,
        by: String?,
        text: String?,
        until: UInt64? = nil
    ) {
        var event = TimelineEvent(
            time: time, kind: kind, journey: subject.journey, environment: subject.environment)
        event.by = clipped(by)
        event.text = clipped(text)
        event.until = until
        tell(event)
    }

    private func clipped(_ text: String?) -> String? {
        text.map { String($0.prefix(JudgeLimit.noteCharacters)) }
    }
}

extension Judge {
    /// Takes up where an earlier judge stopped: which alerts fire since when, what was acknowledged and muted.
    ///
    /// - Parameter events: What the earlier judge told (``takeNewEvents()``), in any order. Ends of mutes are not
    ///   needed: a mute whose end is over ends at the first judging.
    package mutating func restore(from events: [TimelineEvent]) {
        let order = events.enumerated().sorted { one, other in
            one.element.time == other.element.time ? one.offset < other.offset : one.element.time < other.element.time
        }
        for (_, event) in order {
            remember(event)
            guard let journey = event.journey else { continue }
            let subject = Subject(journey: journey, environment: event.environment)
            switch event.kind {
            case .muted: mutes[subject] = event.until.map { Mute(until: $0) }
            case .unmuted: mutes[subject] = nil
            case .fired, .resolved, .silent, .heard, .onset, .acknowledged:
                var record = records[subject] ?? Record()
                replay(event, journey, &record)
                records[subject] = record
            default: continue
            }
        }
    }

    private func replay(_ event: TimelineEvent, _ journey: String, _ record: inout Record) {
        let severity = event.severity.flatMap { JourneyDefinition.Alert.Severity(rawValue: $0) }
        switch event.kind {
        case .fired, .resolved:
            let isBurn = event.subject?.hasPrefix("max-bad") != true
            let key = ActiveAlert.Key(
                journey: journey, environment: event.environment, kind: isBurn ? .burn : .tooManyBad,
                objective: event.objective, rule: event.subject)
            if event.kind == .fired {
                record.firing[key] = Firing(since: event.time, severity: severity, summary: event.text ?? "")
            } else {
                record.firing[key] = nil
                record.resolved[key] = event.time
            }
        case .silent, .heard:
            let key = ActiveAlert.Key(journey: journey, environment: event.environment, kind: .silence)
            record.firing[key] =
                event.kind == .silent ? Firing(since: event.time, severity: .warn, summary: event.text ?? "") : nil
        case .onset: record.toldOnset = event.time
        case .acknowledged:
            record.acknowledgement = Acknowledgement(time: event.time, by: event.by, note: event.text)
            record.acknowledgedState = nil
        default: break
        }
        // What was acknowledged is over when nothing fires any more.
        if event.kind == .resolved || event.kind == .heard, record.firing.isEmpty { record.acknowledgement = nil }
    }
}
