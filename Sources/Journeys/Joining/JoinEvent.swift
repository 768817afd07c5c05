import Telemetry

/// A span that may be a step of a joined run: what the run needs of it, without the span itself.
struct JoinEvent: Sendable {
    /// The number of the stage: the entry, where the journey has one, then the steps.
    let stage: Int
    /// When the span began, in Unix nanoseconds; its arrival where its clock cannot be right.
    let start: UInt64
    /// When the span ended; never before its start.
    let end: UInt64
    let trace: TraceID
    let span: SpanID
    /// Where the span lies in the store, if it was ever kept there.
    let reference: SpanReference?
    let weight: RunWeight
    let service: Symbol
    let version: Symbol
    let failed: Bool
    /// Whether the span, as it was sent, ended before it began.
    let isBackwards: Bool
    /// Whether the span counts at its arrival.
    let isSuspect: Bool
    let errorLabel: String?
    /// Which objectives the span counts for, a bit each.
    let counts: UInt64

    /// How long the step took; nil inside when its end lies before its start.
    var duration: StepDuration { StepDuration(nanoseconds: isBackwards ? nil : end - start) }

    /// The order in which spans of one value count: by their start, then by stage, so that a span which shows several
    /// stages shows them in their order; the rest only makes the order one.
    func comesBefore(_ other: JoinEvent) -> Bool {
        if start != other.start { return start < other.start }
        if stage != other.stage { return stage < other.stage }
        if end != other.end { return end < other.end }
        if trace != other.trace { return trace < other.trace }
        return span < other.span
    }
}

/// How a joined run ended, decided once.
struct JoinEnding: Sendable {
    /// What became of a run.
    enum Outcome: Sendable {
        /// It reached its last step in time.
        case completed
        /// Its time was over after the last of the steps it reached.
        case abandoned
        /// It was given up because too many runs were open.
        case unjudged
    }

    /// The number of the environment.
    let environment: Int
    var outcome: Outcome
    /// The spans that count, one for each stage reached; there is at least one.
    let steps: [JoinEvent]
    /// The instant the run counts at.
    var time: UInt64
}
