/// When trouble began, found in the data: a change-point in latency or errors.
package struct Onset: Sendable, Hashable {
    /// What changed at it.
    package enum Signal: String, Sendable, Hashable {
        case latency, errors
    }

    /// The change-point in Unix nanoseconds.
    package var time: UInt64
    /// By how much it may be off to either side, in nanoseconds.
    package var uncertainty: UInt64
    /// What changed; latency first.
    package var signals: [Signal]
    /// The 95th percentile before and since, in nanoseconds; nil where there were too few runs.
    package var p95Before: UInt64?
    /// The 95th percentile since.
    package var p95After: UInt64?
    /// The share of failed runs before.
    package var errorsBefore: Double?
    /// The share of failed runs since.
    package var errorsAfter: Double?

    /// Makes an onset.
    package init(
        time: UInt64, uncertainty: UInt64, signals: [Signal], p95Before: UInt64? = nil, p95After: UInt64? = nil,
        errorsBefore: Double? = nil, errorsAfter: Double? = nil
    ) {
        self.time = time
        self.uncertainty = uncertainty
        self.signals = signals
        self.p95Before = p95Before
        self.p95After = p95After
        self.errorsBefore = errorsBefore
        self.errorsAfter = errorsAfter
    }
}

/// That somebody has seen it.
package struct Acknowledgement: Sendable, Hashable {
    /// When, in Unix nanoseconds.
    package var time: UInt64
    /// Who, if that is known.
    package var by: String?
    /// What they wrote.
    package var note: String?

    /// Makes one.
    package init(time: UInt64, by: String? = nil, note: String? = nil) {
        self.time = time
        self.by = by
        self.note = note
    }
}

/// Something that people should hear of, and for how long it has been so.
package struct ActiveAlert: Sendable, Hashable {
    /// What it is about: the same key from firing until resolved.
    package struct Key: Sendable, Hashable, Codable {
        /// What kind of trouble.
        package enum Kind: String, Sendable, Hashable, Codable {
            /// A burn rate over both its windows.
            case burn
            /// More bad runs than `max-bad`.
            case tooManyBad
            /// Runs were expected and none came.
            case silence
            /// The source is late past the limit.
            case stale
            /// A change-point without a burn alert.
            case shift
        }

        /// The journey's name.
        package var journey: String
        /// The environment; nil when no run was seen.
        package var environment: String?
        /// What kind of trouble.
        package var kind: Kind
        /// The objective, for burn alerts.
        package var objective: String?
        /// The rule as text, such as `page 14.4× 1h/5m`, for burn alerts.
        package var rule: String?

        /// Makes a key.
        package init(
            journey: String, environment: String?, kind: Kind, objective: String? = nil, rule: String? = nil
        ) {
            self.journey = journey
            self.environment = environment
            self.kind = kind
            self.objective = objective
            self.rule = rule
        }
    }

    /// What it is about.
    package var key: Key
    /// Whom to bother; nil for what bothers nobody but may run a hook: shifts.
    package var severity: JourneyDefinition.Alert.Severity?
    /// Since when, in Unix nanoseconds.
    package var since: UInt64
    /// One sentence for people.
    package var summary: String

    /// Makes an alert.
    package init(key: Key, severity: JourneyDefinition.Alert.Severity?, since: UInt64, summary: String) {
        self.key = key
        self.severity = severity
        self.since = since
        self.summary = summary
    }
}

/// How one journey stands in one environment.
package struct JourneyVerdict: Sendable, Identifiable {
    /// Which journey.
    package let id: JourneyView.ID
    /// How it stands.
    package var state: JourneyState
    /// How it stood when its source went stale, or stands under the mute; nil otherwise.
    package var beneath: JourneyState?
    /// The promises, in the order of the file.
    package var objectives: [ObjectiveVerdict] = []
    /// The number of the worst promise: the one whose alert is the most severe, else the one with the least budget left;
    /// nil without promises.
    package var worst: Int?
    /// What people should hear of; those of acknowledged and muted journeys too.
    package var alerts: [ActiveAlert] = []
    /// When the trouble began; nil without a change-point that is certain.
    package var onset: Onset?
    /// Who has seen it; nil once the trouble is over.
    package var acknowledgement: Acknowledgement?
    /// Until when it is muted.
    package var mutedUntil: UInt64?
    /// For how long no run came, in nanoseconds, when it is too long; and how many runs were expected in that time.
    package var silence: (length: UInt64, expected: Double)?
    /// Since when the source is late.
    package var staleSince: UInt64?

    /// Makes a verdict.
    package init(id: JourneyView.ID, state: JourneyState) {
        self.id = id
        self.state = state
    }

    /// The verdict on the worst promise.
    package var worstObjective: ObjectiveVerdict? {
        worst.flatMap { objectives.indices.contains($0) ? objectives[$0] : nil }
    }
    /// When the oldest alert that bothers somebody fired.
    package var firedAt: UInt64? { alerts.filter { $0.severity != nil }.map(\.since).min() }
}

/// How every journey from a file stands at one moment.
package struct JourneyVerdicts: Sendable {
    /// Unix nanoseconds of the moment.
    package var now: UInt64
    /// The verdicts, in the order of the picture that was judged.
    package var journeys: [JourneyVerdict]
    /// What happened up to now that is worth knowing, oldest first: changes, onsets, alerts, acknowledgements, notes.
    package var timeline: [TimelineEvent]

    /// No verdicts.
    package static let empty = JourneyVerdicts(now: 0, journeys: [], timeline: [])

    /// Puts verdicts together.
    package init(now: UInt64, journeys: [JourneyVerdict], timeline: [TimelineEvent]) {
        self.now = now
        self.journeys = journeys
        self.timeline = timeline
    }

    /// The verdict on a journey; nil for found journeys, which promise nothing.
    package subscript(id: JourneyView.ID) -> JourneyVerdict? { journeys.first { $0.id == id } }

    /// The verdicts in the order of the home screen: by state, a stale journey that was paging at the place of its page,
    /// then by when the budget of the worst promise is empty, then by name and environment.
    package var bySeverity: [JourneyVerdict] {
        func rank(_ verdict: JourneyVerdict) -> JourneyState {
            verdict.state == .stale && verdict.beneath == .page ? .page : verdict.state
        }
        return journeys.sorted { one, other in
            if rank(one) != rank(other) { return rank(one) < rank(other) }
            let mine = one.worstObjective?.emptyIn ?? .max
            let theirs = other.worstObjective?.emptyIn ?? .max
            if mine != theirs { return mine < theirs }
            if one.id.name != other.id.name { return one.id.name < other.id.name }
            return one.id.environment ?? "" < other.id.environment ?? ""
        }
    }

    /// The worst state; nil without journeys from files.
    package var worstState: JourneyState? { journeys.map(\.state).min() }
}
