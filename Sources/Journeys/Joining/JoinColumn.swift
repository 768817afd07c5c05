/// The columns in which the ends of joined runs are counted.
enum JoinColumn {
    static let completed = 0
    static let unjudged = 1
    /// Spans of stages without the attribute that joins.
    static let unjoinable = 2

    /// Runs abandoned after a stage.
    static func abandoned(after stage: Int) -> Int { 3 + stage }
    static func width(stages: Int) -> Int { 3 + stages }
}
