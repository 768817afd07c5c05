import Journeys

/// What the dispatcher has to know besides the verdicts.
package struct AlertContext: Sendable {
    /// The journeys from files by name: titles, owners, runbooks.
    package var definitions: [String: JourneyDefinition]
    /// What changed on a journey's path near its onset, the likeliest first. Two journeys whose changes name one service,
    /// and whose troubles began within two minutes, have one cause.
    package var changes: @Sendable (JourneyVerdict) -> [TimelineEvent]

    /// Makes a context.
    package init(
        definitions: [String: JourneyDefinition] = [:],
        changes: @escaping @Sendable (JourneyVerdict) -> [TimelineEvent] = { _ in [] }
    ) {
        self.definitions = definitions
        self.changes = changes
    }
}
