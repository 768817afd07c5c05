/// What a row is to reach.
enum Goal {
    /// At most this much; beyond that, at most the second.
    case atMost(Double, beyond: Double? = nil)
    /// At least this much; beyond that, at least the second.
    case atLeast(Double, beyond: Double? = nil)
    /// Nothing is asked; the row explains others.
    case none

    /// The number that is asked for.
    var limit: Double? {
        switch self {
        case .atMost(let limit, _), .atLeast(let limit, _): limit
        case .none: nil
        }
    }

    /// The number that would be better still.
    var beyond: Double? {
        switch self {
        case .atMost(_, let beyond), .atLeast(_, let beyond): beyond
        case .none: nil
        }
    }

    /// Whether a value is good enough; nil where nothing is asked.
    func isMet(by value: Double) -> Bool? {
        switch self {
        case .atMost(let limit, _): value <= limit
        case .atLeast(let limit, _): value >= limit
        case .none: nil
        }
    }

    /// Such as `≤ 60`.
    var text: String {
        switch self {
        case .atMost(let limit, _): "≤ \(Report.number(limit))"
        case .atLeast(let limit, _): "≥ \(Report.number(limit))"
        case .none: ""
        }
    }
}

/// One thing that is measured.
struct Row {
    /// What `--only` knows it by.
    let name: String
    /// What it is, in words.
    let title: String
    /// The unit of its value.
    let unit: String
    /// What it is to reach.
    let goal: Goal
    /// The size of the data the goal is about; at other sizes it is not judged.
    var goalSpans: ClosedRange<Int>?
    /// Measures once.
    let measure: (BenchmarkData) async throws -> Sample
}

/// Rows that take turns.
struct RowGroup {
    let rows: [Row]
    /// What makes the rows impossible here, in words; nil when nothing does.
    var obstacle: String?
}
