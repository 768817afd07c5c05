/// The severity of a log record; raw values are the first of OTLP's four severity numbers for it.
package enum FilterLevel: UInt8, Sendable, Hashable, CaseIterable {
    case trace = 1
    case debug = 5
    case info = 9
    case warn = 13
    case error = 17
    case fatal = 21

    /// The word a filter uses.
    package var spelling: String { String(describing: self) }
}

/// The right side of a comparison.
///
/// Values are typed by how they are written: `500` is a number, `"500"` is text. Text equals text only, and
/// numbers equal numbers only (whole or not, with or without a unit).
package enum FilterValue: Sendable, Hashable {
    case string(String)
    case number(FilterNumber)
    case status(StatusCode)
    case kind(SpanKind)
    case level(FilterLevel)
    case bool(Bool)
    /// Missing.
    case `nil`
    /// From the first to the second number, both included.
    case range(FilterNumber, FilterNumber)
    /// Text in which each `*` stands for any run of characters; the whole value must fit.
    case pattern(String)
}

/// A comparison operator.
package enum FilterOperator: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case greater = ">"
    case greaterOrEqual = ">="
    case less = "<"
    case lessOrEqual = "<="
    /// A regular expression that must fit the whole value.
    case matches = "=~"
    /// A regular expression that must not fit the whole value.
    case notMatches = "!=~"
    /// A regular expression that must be found somewhere in the value.
    case contains = "~"
    /// A regular expression that must not be found anywhere in the value.
    case notContains = "!~"

    /// Whether the right side is a regular expression.
    package var isRegex: Bool {
        switch self {
        case .matches, .notMatches, .contains, .notContains: true
        default: false
        }
    }

    /// Whether the operator asks for more or less rather than for sameness.
    package var isOrdering: Bool {
        switch self {
        case .greater, .greaterOrEqual, .less, .lessOrEqual: true
        default: false
        }
    }
}
