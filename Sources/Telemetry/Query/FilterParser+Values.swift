/// Values: what stands right of an operator, read by what the field is.
extension FilterParser {
    /// A value as it was written, before the field gives it a type.
    struct RawValue {
        var text: String
        var range: Range<Int>
        var isQuoted: Bool
    }

    mutating func parseShortComparison(
        _ field: FilterField, _ filterOperator: FilterOperator, isColon: Bool
    ) throws(FilterError) -> FilterExpression {
        .comparison(field, filterOperator, try parseShortValue(for: field, filterOperator, isColon: isColon))
    }

    mutating func parseShortValue(
        for field: FilterField, _ filterOperator: FilterOperator, isColon: Bool
    ) throws(FilterError) -> FilterValue {
        let raw = try rawValue(for: field)
        if filterOperator.isRegex { return try regex(raw, for: field, filterOperator) }
        if !raw.isQuoted, raw.text.lowercased() == "nil" { return try nilValue(raw, filterOperator) }
        if isColon, raw.text.contains("*"), takesText(field) { return .pattern(raw.text) }
        if !raw.isQuoted, let range = try rangeValue(raw, for: field, filterOperator) { return range }
        return try typed(raw, for: field, filterOperator)
    }

    private mutating func rawValue(for field: FilterField) throws(FilterError) -> RawValue {
        scanner.skipSpace()
        let start = scanner.position
        if let byte = scanner.peek(), FilterScanner.isQuote(byte) {
            let text = try quotedText()
            return RawValue(text: text, range: start..<scanner.position, isQuoted: true)
        }
        let range = scanner.takeRun(FilterScanner.isBareValue)
        guard !range.isEmpty else { throw unexpected(expected: FilterParser.expectation(for: field)) }
        return RawValue(text: scanner.text(range), range: range, isQuoted: false)
    }

    // MARK: - By type

    private func takesText(_ field: FilterField) -> Bool { field.valueType == nil || field.valueType == .text }

    mutating func regex(
        _ raw: RawValue, for field: FilterField, _ filterOperator: FilterOperator
    ) throws(FilterError) -> FilterValue {
        guard takesText(field) else { throw wrongOperator(raw, for: field, filterOperator) }
        expressions += 1
        guard expressions <= FilterLimits.expressions else {
            throw error(
                raw.range, "too many regular expressions", expected: "at most \(FilterLimits.expressions) in one filter"
            )
        }
        do {
            _ = try LinearRegex(raw.text)
        } catch let failure {
            // The place within the value is exact only where no escape stands before it; else all of it is marked.
            let isLiteral = scanner.bytes[raw.range].count == raw.text.utf8.count + (raw.isQuoted ? 2 : 0)
            let base = raw.range.lowerBound + (raw.isQuoted ? 1 : 0)
            let place = base + failure.range.lowerBound..<base + failure.range.upperBound
            throw error(isLiteral ? place : raw.range, "wrong regular expression: \(failure.description)")
        }
        return .string(raw.text)
    }

    private func nilValue(_ raw: RawValue, _ filterOperator: FilterOperator) throws(FilterError) -> FilterValue {
        guard filterOperator == .equal || filterOperator == .notEqual else {
            throw error(raw.range, "nil after \(filterOperator.rawValue)", expected: "= or != before nil")
        }
        return .nil
    }

    /// `a..b`; nil when the text is none.
    private func rangeValue(
        _ raw: RawValue, for field: FilterField, _ filterOperator: FilterOperator
    ) throws(FilterError) -> FilterValue? {
        if let type = field.valueType, type != .duration, type != .number { return nil }
        let bytes = Array(raw.text.utf8)
        let dot = UInt8(ascii: ".")
        guard bytes.count >= 4,
            let middle = (1..<bytes.count - 2).first(where: { bytes[$0] == dot && bytes[$0 + 1] == dot })
        else { return nil }
        guard case .number(let low) = FilterNumber.read(bytes[..<middle]),
            case .number(let high) = FilterNumber.read(bytes[(middle + 2)...])
        else { return nil }
        guard !filterOperator.isOrdering else {
            throw error(raw.range, "a range after \(filterOperator.rawValue)", expected: "= or != before a range")
        }
        let first = try fitted(low, raw, for: field)
        let last = try fitted(high, raw, for: field)
        guard first.unitClass == last.unitClass else {
            throw error(raw.range, "the ends of \(quoted(raw.range)) have different units", expected: "1s..5s")
        }
        guard first.isAtMost(last) else {
            throw error(raw.range, "the range \(quoted(raw.range)) holds nothing", expected: "the smaller end first")
        }
        return .range(first, last)
    }

    func typed(
        _ raw: RawValue, for field: FilterField, _ filterOperator: FilterOperator
    ) throws(FilterError) -> FilterValue {
        switch field.valueType {
        case .text: return .string(raw.text)
        case .duration, .number: return .number(try number(raw, for: field))
        case .status:
            return .status(try choice(raw, StatusCode.allCases, \.word, for: field, filterOperator))
        case .kind:
            return .kind(try choice(raw, SpanKind.allCases, \.word, for: field, filterOperator))
        case .level:
            return .level(try choice(raw, FilterLevel.allCases, \.spelling, for: field, filterOperator))
        case nil: return try untyped(raw, filterOperator)
        }
    }

    /// An attribute's value: its type is how it is written.
    private func untyped(_ raw: RawValue, _ filterOperator: FilterOperator) throws(FilterError) -> FilterValue {
        guard !raw.isQuoted else { return .string(raw.text) }
        switch FilterNumber.read(raw.text.utf8) {
        case .number(let value): return .number(value)
        case .tooLarge: throw tooLarge(raw)
        case .unknownUnit(let unit) where filterOperator.isOrdering: throw unknownUnit(unit, raw)
        case .notANumber, .unknownUnit: break
        }
        let folded = raw.text.lowercased()
        if folded == "true" || folded == "false" {
            guard !filterOperator.isOrdering else {
                throw error(raw.range, "\(folded) after \(filterOperator.rawValue)", expected: "= or != before it")
            }
            return .bool(folded == "true")
        }
        return .string(raw.text)
    }

    func number(_ raw: RawValue, for field: FilterField) throws(FilterError) -> FilterNumber {
        guard !raw.isQuoted else { throw wrongValue(raw, for: field) }
        switch FilterNumber.read(raw.text.utf8) {
        case .number(let value): return try fitted(value, raw, for: field)
        case .tooLarge: throw tooLarge(raw)
        case .unknownUnit(let unit): throw unknownUnit(unit, raw)
        case .notANumber: throw wrongValue(raw, for: field)
        }
    }

    /// The number, if its unit is one the field has.
    private func fitted(
        _ value: FilterNumber, _ raw: RawValue, for field: FilterField
    ) throws(FilterError) -> FilterNumber {
        switch (field.valueType, value) {
        case (.duration, .duration), (.number, .integer), (.number, .decimal), (nil, _): return value
        // Nought needs no unit.
        case (.duration, .integer(0)): return .duration(0)
        case (.duration, .integer(let plain)):
            throw error(
                raw.range, "\(quoted(raw.range)) has no unit", expected: "a duration such as \(plain)ms")
        default: throw wrongValue(raw, for: field)
        }
    }

    func choice<Choice: Equatable>(
        _ raw: RawValue, _ all: [Choice], _ spelling: (Choice) -> String, for field: FilterField,
        _ filterOperator: FilterOperator
    ) throws(FilterError) -> Choice {
        // Severities have an order; a status or a kind has none.
        if filterOperator.isOrdering, field.valueType != .level { throw wrongOperator(raw, for: field, filterOperator) }
        let folded = raw.text.lowercased()
        if let found = all.first(where: { spelling($0) == folded }) { return found }
        throw wrongValue(raw, for: field, suggestion: EditDistance.nearest(to: raw.text, among: all.map(spelling)))
    }

    // MARK: - Errors

    private static func expectation(for field: FilterField) -> String {
        switch field.valueType {
        case .duration: "a duration such as 300ms"
        case .number: "a number"
        case .status: "unset, ok or error"
        case .kind: "one of " + SpanKind.allCases.map(\.word).joined(separator: " ")
        case .level: "one of " + FilterLevel.allCases.map(\.spelling).joined(separator: " ")
        case .text, nil: "a value"
        }
    }

    func wrongValue(_ raw: RawValue, for field: FilterField, suggestion: String? = nil) -> FilterError {
        error(
            raw.range, "\(field.shortSpelling) cannot be \(FilterParser.quoted(raw.text))",
            expected: FilterParser.expectation(for: field), suggestion: suggestion)
    }

    func wrongOperator(_ raw: RawValue, for field: FilterField, _ filterOperator: FilterOperator) -> FilterError {
        let fitting = field.valueType == .status || field.valueType == .kind ? "= or !=" : "= != > >= < or <="
        return error(
            raw.range, "\(field.shortSpelling) does not go with \(filterOperator.rawValue)", expected: fitting)
    }

    private func tooLarge(_ raw: RawValue) -> FilterError {
        error(raw.range, "the number \(quoted(raw.range)) is too large", expected: "at most 64 bits")
    }

    private func unknownUnit(_ unit: String, _ raw: RawValue) -> FilterError {
        let units = ["ns", "us", "ms", "s", "m", "h", "B", "KiB", "MiB", "%"]
        let start = raw.range.upperBound - unit.utf8.count
        return error(
            start..<raw.range.upperBound, "unknown unit \(FilterParser.quoted(unit))",
            expected: "one of " + units.joined(separator: " "))
    }
}
