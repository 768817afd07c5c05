import Journeys

/// That somebody has seen the trouble of a journey: `POST /v1/ack`.
package struct AcknowledgeRequest: Sendable, Hashable {
    /// The journey's name.
    package var journey: String
    /// The environment; nil for all.
    package var environment: String?
    /// What they wrote.
    package var note: String?
    /// Who.
    package var by: String?

    /// Makes a request.
    package init(journey: String, environment: String? = nil, note: String? = nil, by: String? = nil) {
        self.journey = journey
        self.environment = environment
        self.note = note
        self.by = by
    }
}

/// That somebody asks for silence: `POST /v1/mute`.
package struct MuteRequest: Sendable, Hashable {
    /// When the silence ends.
    package enum End: Sendable, Hashable {
        /// At a moment in Unix nanoseconds.
        case until(UInt64)
        /// After so many nanoseconds.
        case after(UInt64)
    }

    /// The journey's name.
    package var journey: String
    /// The environment; nil for all.
    package var environment: String?
    /// When the silence ends.
    package var end: End
    /// Why.
    package var note: String?
    /// Who.
    package var by: String?

    /// Makes a request.
    package init(journey: String, environment: String? = nil, end: End, note: String? = nil, by: String? = nil) {
        self.journey = journey
        self.environment = environment
        self.end = end
        self.note = note
        self.by = by
    }
}

/// That the silence ends: `POST /v1/unmute`.
package struct UnmuteRequest: Sendable, Hashable {
    /// The journey's name.
    package var journey: String
    /// The environment; nil for all.
    package var environment: String?
    /// Who.
    package var by: String?

    /// Makes a request.
    package init(journey: String, environment: String? = nil, by: String? = nil) {
        self.journey = journey
        self.environment = environment
        self.by = by
    }
}

/// That something was deployed: `POST /v1/mark`.
package struct MarkRequest: Sendable, Hashable {
    /// `deploy`, the only kind there is.
    package var kind: String
    /// The service.
    package var service: String
    /// The version from now on.
    package var version: String
    /// The version before, where it is known.
    package var before: String?
    /// The environment; nil for all.
    package var environment: String?
    /// Words for people.
    package var text: String?
    /// When, in Unix nanoseconds; nil for now.
    package var time: UInt64?
    /// Who.
    package var by: String?

    /// Makes a request.
    package init(
        kind: String = "deploy", service: String, version: String, before: String? = nil, environment: String? = nil,
        text: String? = nil, time: UInt64? = nil, by: String? = nil
    ) {
        self.kind = kind
        self.service = service
        self.version = version
        self.before = before
        self.environment = environment
        self.text = text
        self.time = time
        self.by = by
    }

    /// The event for the timeline.
    package func event(now: UInt64) -> TimelineEvent {
        var event = TimelineEvent(time: time ?? now, kind: .deploy, environment: environment)
        event.service = service
        event.before = before
        event.after = version
        event.text = text
        event.by = by
        return event
    }
}

/// That somebody writes something down: `POST /v1/note`.
package struct NoteRequest: Sendable, Hashable {
    /// The words.
    package var text: String
    /// The journey's name; nil when it is about none.
    package var journey: String?
    /// The environment.
    package var environment: String?
    /// Who.
    package var by: String?

    /// Makes a request.
    package init(text: String, journey: String? = nil, environment: String? = nil, by: String? = nil) {
        self.text = text
        self.journey = journey
        self.environment = environment
        self.by = by
    }
}

/// That messages be tried: `POST /v1/alerts/test`.
package struct AlertTestRequest: Sendable, Hashable {
    /// The receiver's name; nil for all.
    package var receiver: String?

    /// Makes a request.
    package init(receiver: String? = nil) {
        self.receiver = receiver
    }
}

/// That something was done.
package struct ControlAnswer: Sendable, Hashable, Codable {
    /// One sentence for people, such as `acknowledged checkout in production`.
    package var message: String
    /// The journeys it was done to, with their environments.
    package var journeys: [String]

    /// Makes an answer.
    package init(message: String, journeys: [String] = []) {
        self.message = message
        self.journeys = journeys
    }
}

/// How things stand: `GET /v1/status`.
package struct ControlStatus: Sendable, Hashable, Codable {
    /// How one journey stands in one environment.
    package struct Journey: Sendable, Hashable, Codable {
        /// The name.
        package var journey: String
        /// The environment.
        package var environment: String?
        /// The word on screen.
        package var state: String
        /// Since when it is in trouble.
        package var since: String?
        /// When somebody saw it.
        package var acknowledged: String?
        /// Until when it is silent.
        package var mutedUntil: String?

        enum CodingKeys: String, CodingKey {
            case journey, environment, state, since, acknowledged
            case mutedUntil = "muted_until"
        }

        /// The words for a verdict.
        package init(_ verdict: JourneyVerdict) {
            journey = verdict.id.name
            environment = verdict.id.environment
            state = verdict.state.word
            since = (verdict.onset?.time ?? verdict.firedAt).map(Timestamp.text)
            acknowledged = verdict.acknowledgement.map { Timestamp.text($0.time) }
            mutedUntil = verdict.mutedUntil.map(Timestamp.text)
        }
    }

    /// Always 1.
    package var version = 1
    /// The process.
    package var pid: Int32
    /// When it started.
    package var started: String
    /// The moment of the verdicts.
    package var now: String
    /// The worst state; nil without journeys from files.
    package var state: String?
    /// The journeys from files.
    package var journeys: [Journey]
    /// How deliveries go.
    package var receivers: [AlertDeliveryStatus]

    /// Puts the status together.
    package init(pid: Int32, started: UInt64, verdicts: JourneyVerdicts, receivers: [AlertDeliveryStatus]) {
        self.pid = pid
        self.started = Timestamp.text(started)
        now = Timestamp.text(verdicts.now)
        state = verdicts.worstState?.word
        journeys = verdicts.journeys.map(Journey.init)
        self.receivers = receivers
    }
}
