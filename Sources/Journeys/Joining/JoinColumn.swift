/// The columns in which the ends of joined runs are counted.
enum JoinColumn {
    static let completed = 0
    static let unjudged = 1
    /// Spans of stages without the attribute that joins.
    static let unjoinable = 2

    /// Runs abandoned after a stage.
    static func abandoned(after stage: Int) -> Int { 3 + stage }
    static func width(stages: Int) -> Int { 3 + stages }

    /// The names of the columns in the history; none without stages.
    static func names(stages: [String]) -> [String] {
        guard !stages.isEmpty else { return [] }
        return ["joined.completed", "joined.unjudged", "joined.unjoinable"]
            + stages.enumerated().map { "joined.abandoned[\($0.offset) \($0.element)]" }
    }
}
