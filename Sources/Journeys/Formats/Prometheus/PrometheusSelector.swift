import Telemetry

/// One condition on a label.
struct PrometheusMatcher: Hashable, Sendable {
    enum Operator: String, Hashable, Sendable {
        case equal = "="
        case notEqual = "!="
        case matches = "=~"
        case notMatches = "!~"

        var opposite: Operator {
            switch self {
            case .equal: .notEqual
            case .notEqual: .equal
            case .matches: .notMatches
            case .notMatches: .matches
            }
        }
    }

    let label: String
    let test: Operator
    let value: String

    /// The matcher that holds exactly where this one does not; a missing label is an empty one to Prometheus.
    var opposite: PrometheusMatcher { PrometheusMatcher(label: label, test: test.opposite, value: value) }

    /// As it stands in a selector.
    var text: String { label + test.rawValue + PrometheusText.quoted(value) }
}

/// Why a filter cannot be asked of metrics, in words that fit behind "because".
struct PrometheusRefusal: Error, Hashable, Sendable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Turns filters on spans into conditions on the labels of span metrics.
///
/// Labels are texts, a missing one is empty, and all conditions of a selector must hold; so numbers cannot be compared
/// by size, and `or` works only within one field.
struct PrometheusSelector {
    let names: PrometheusNames
    /// The dimensions that the connector must be told, in the order they were met.
    private(set) var dimensions: [String] = []

    init(names: PrometheusNames) { self.names = names }

    /// The matchers that hold where the filter does.
    mutating func matchers(_ filter: FilterExpression) throws(PrometheusRefusal) -> [PrometheusMatcher] {
        try matchers(filter, holds: true)
    }

    /// The matchers that hold where the filter does not.
    mutating func refusing(_ filter: FilterExpression) throws(PrometheusRefusal) -> [PrometheusMatcher] {
        try matchers(filter, holds: false)
    }

    /// The walk is as deep as the filter, which its parser limits.
    private mutating func matchers(
        _ filter: FilterExpression, holds: Bool
    ) throws(PrometheusRefusal) -> [PrometheusMatcher] {
        switch filter {
        case .and(let parts) where holds || parts.count == 1, .or(let parts) where !holds || parts.count == 1:
            var all: [PrometheusMatcher] = []
            for part in parts { all += try matchers(part, holds: holds) }
            return all
        case .and(let parts):
            return [try alternatives(parts.map { .not($0) })]
        case .or(let parts):
            return [try alternatives(parts)]
        case .not(let inner): return try matchers(inner, holds: !holds)
        case .comparison(let field, let test, let value):
            return try comparison(label(field), field, test, value, holds: holds)
        case .oneOf(let field, let values):
            let label = try label(field)
            var texts: [String] = []
            for value in values { texts.append(try text(value)) }
            let pattern = texts.map(PrometheusText.literal).joined(separator: "|")
            return [PrometheusMatcher(label: label, test: holds ? .matches : .notMatches, value: pattern)]
        case .exists(let field):
            return [PrometheusMatcher(label: try label(field), test: holds ? .notEqual : .equal, value: "")]
        case .word, .trace: throw PrometheusRefusal("a metric knows only its labels")
        }
    }

    /// One matcher for any of several values of one field.
    private mutating func alternatives(_ parts: [FilterExpression]) throws(PrometheusRefusal) -> PrometheusMatcher {
        var label: String?
        var patterns: [String] = []
        for part in parts {
            let own = try matchers(part, holds: true)
            guard let one = own.first, own.count == 1, label ?? one.label == one.label else {
                throw PrometheusRefusal("\"or\" between several fields cannot be said in one selector")
            }
            label = one.label
            switch one.test {
            case .equal: patterns.append(PrometheusText.literal(one.value))
            case .matches: patterns.append(one.value)
            case .notEqual, .notMatches:
                throw PrometheusRefusal("\"or\" with something that must not be cannot be said in one selector")
            }
        }
        return PrometheusMatcher(label: label ?? "", test: .matches, value: patterns.joined(separator: "|"))
    }

    private mutating func label(_ field: FilterField) throws(PrometheusRefusal) -> String {
        guard let found = names.label(field) else {
            throw PrometheusRefusal("no label of span metrics holds \"\(field.shortSpelling)\"")
        }
        if let dimension = found.dimension, !dimensions.contains(dimension) { dimensions.append(dimension) }
        return found.label
    }

    private func comparison(
        _ label: String, _ field: FilterField, _ test: FilterOperator, _ value: FilterValue, holds: Bool
    ) throws(PrometheusRefusal) -> [PrometheusMatcher] {
        let isNegative = test == .notEqual || test == .notMatches || test == .notContains
        let plain = try condition(label, test, value)
        // A comparison with a missing field is false, also one that asks for difference; only nil asks for that.
        if value == .nil { return [holds == isNegative ? plain.opposite : plain] }
        switch (isNegative, holds) {
        case (false, true):
            let mayBeEmpty = plain.test == .matches && !PrometheusSelector.isAlwaysThere(field)
            return mayBeEmpty ? [plain, present(label)] : [plain]
        case (false, false):
            guard plain.test == .matches, !PrometheusSelector.isAlwaysThere(field) else { return [plain.opposite] }
            return [plain.opposite]
        case (true, true):
            return PrometheusSelector.isAlwaysThere(field) ? [plain.opposite] : [plain.opposite, present(label)]
        case (true, false):
            guard !PrometheusSelector.isAlwaysThere(field) else { return [plain] }
            let pattern = plain.test == .equal ? PrometheusText.literal(plain.value) : plain.value
            return [PrometheusMatcher(label: label, test: .matches, value: "(?:\(pattern))|")]
        }
    }

    private func present(_ label: String) -> PrometheusMatcher {
        PrometheusMatcher(label: label, test: .notEqual, value: "")
    }

    /// The condition without its negation.
    private func condition(
        _ label: String, _ test: FilterOperator, _ value: FilterValue
    ) throws(PrometheusRefusal) -> PrometheusMatcher {
        switch test {
        case .equal, .notEqual:
            if case .pattern(let pattern) = value {
                let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
                let regex = parts.map { PrometheusText.literal(String($0)) }.joined(separator: "(?s:.*)")
                return PrometheusMatcher(label: label, test: .matches, value: regex)
            }
            return PrometheusMatcher(label: label, test: .equal, value: try text(value))
        case .matches, .notMatches:
            return PrometheusMatcher(label: label, test: .matches, value: LinearRegex.closed(try text(value)))
        case .contains, .notContains:
            return PrometheusMatcher(
                label: label, test: .matches, value: "(?s:.*)(?:\(LinearRegex.closed(try text(value))))(?s:.*)")
        case .greater, .greaterOrEqual, .less, .lessOrEqual:
            throw PrometheusRefusal("labels are texts, which \"\(test.rawValue)\" cannot compare by size")
        }
    }

    /// A value as a label holds it.
    private func text(_ value: FilterValue) throws(PrometheusRefusal) -> String {
        switch value {
        case .string(let text): return text
        case .number(.integer(let number)): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        case .status(let status): return "STATUS_CODE_" + status.word.uppercased()
        case .kind(let kind): return "SPAN_KIND_" + kind.word.uppercased()
        case .nil: return ""
        case .number, .range, .pattern, .level:
            throw PrometheusRefusal("labels are texts; this value has no one way to be written as one")
        }
    }

    private static func isAlwaysThere(_ field: FilterField) -> Bool {
        switch field {
        case .intrinsic(.service), .intrinsic(.name), .intrinsic(.kind), .intrinsic(.status): true
        default: false
        }
    }
}

/// How texts stand in rules.
enum PrometheusText {
    /// A text between double quotes, with everything but plain ASCII escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                let width = scalar.value > 0xFFFF ? 8 : 4
                result += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return result + "\""
    }

    /// A regular expression that is only this text.
    static func literal(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
    }

    /// A text in which Prometheus finds no template.
    static func untemplated(_ text: String) -> String {
        text.split(separator: "{{", omittingEmptySubsequences: false).joined(separator: "{{ \"{{\" }}")
    }

    /// A length of time; nil for one that is no whole number of milliseconds.
    static func duration(_ nanoseconds: UInt64) -> String? {
        let units: [(String, UInt64)] = [
            ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
            ("ms", 1_000_000),
        ]
        guard nanoseconds > 0, let unit = units.first(where: { nanoseconds.isMultiple(of: $0.1) }) else { return nil }
        return "\(nanoseconds / unit.1)\(unit.0)"
    }
}
