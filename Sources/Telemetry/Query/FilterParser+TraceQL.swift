/// TraceQL's spanset filter: `{ resource.service.name = "cart" && duration > 300ms }`.
extension FilterParser {
    mutating func parseTraceQL() throws(FilterError) -> FilterExpression {
        let open = scanner.position
        scanner.position += 1
        scanner.skipSpace()
        let expression = scanner.next(is: "}") ? .everything : try parseTraceQLOr()
        scanner.skipSpace()
        guard scanner.take("}") else {
            if scanner.isAtEnd { throw error(open..<open + 1, "this brace is never closed", expected: "another }") }
            throw unexpected(expected: "&&, || or }")
        }
        scanner.skipSpace()
        guard scanner.isAtEnd else {
            throw error(
                scanner.position..<scanner.bytes.count, "more after the closing brace",
                expected: "one spanset filter { … } without pipes or structural operators")
        }
        return expression
    }

    private mutating func parseTraceQLOr() throws(FilterError) -> FilterExpression {
        var parts = [try parseTraceQLAnd()]
        while takeMark("||") { parts.append(try parseTraceQLAnd()) }
        return .any(parts)
    }

    private mutating func parseTraceQLAnd() throws(FilterError) -> FilterExpression {
        var parts = [try parseTraceQLTerm()]
        while takeMark("&&") { parts.append(try parseTraceQLTerm()) }
        return .all(parts)
    }

    private mutating func takeMark(_ mark: StaticString) -> Bool {
        scanner.skipSpace()
        return scanner.take(mark)
    }

    private mutating func parseTraceQLTerm() throws(FilterError) -> FilterExpression {
        scanner.skipSpace()
        let start = scanner.position
        if scanner.take("!") {
            return try nested(from: start) { parser throws(FilterError) in .not(try parser.parseTraceQLTerm()) }
        }
        if scanner.take("(") {
            let inner = try nested(from: start) { parser throws(FilterError) in try parser.parseTraceQLOr() }
            guard takeMark(")") else {
                if scanner.isAtEnd {
                    throw error(start..<start + 1, "this parenthesis is never closed", expected: "another )")
                }
                throw unexpected(expected: "&&, || or )")
            }
            return inner
        }
        return try parseTraceQLComparison()
    }

    private mutating func parseTraceQLComparison() throws(FilterError) -> FilterExpression {
        let start = scanner.position
        let run = scanner.text(scanner.takeRun(FilterScanner.isBareValue))
        guard !run.isEmpty else { throw unexpected(expected: "a field such as resource.service.name") }
        let field: FilterField
        if let quoted = try quotedKey(after: run, from: start) {
            field = quoted
        } else {
            field = try traceQLField(run, range: start..<scanner.position)
        }
        let range = start..<scanner.position
        scanner.skipSpace()
        guard let byte = scanner.peek(), FilterScanner.isOperator(byte) else {
            // An attribute alone asks whether it is true.
            guard case .attribute = field else {
                throw unexpected(expected: "an operator after \(scanner.text(range))")
            }
            return .comparison(field, .equal, .bool(true))
        }
        let filterOperator = try parseTraceQLOperator()
        return .comparison(field, filterOperator, try parseTraceQLValue(for: field, filterOperator))
    }

    private mutating func parseTraceQLOperator() throws(FilterError) -> FilterOperator {
        let range = scanner.takeRun { FilterScanner.isOperator($0) && $0 != UInt8(ascii: ":") }
        switch scanner.text(range) {
        case "=": return .equal
        case "!=": return .notEqual
        case ">": return .greater
        case ">=": return .greaterOrEqual
        case "<": return .less
        case "<=": return .lessOrEqual
        case "=~": return .matches
        case "!~": return .notMatches
        default:
            throw error(
                range, "unknown operator \(quoted(range))", expected: "one of = != > >= < <= =~ !~ inside braces")
        }
    }

    // MARK: - Fields

    private static let intrinsics: [String: FilterIntrinsic] = [
        "name": .name, "status": .status, "statusMessage": .statusMessage, "kind": .kind, "duration": .duration,
        "rootName": .rootName, "rootServiceName": .rootService,
        "span:name": .name, "span:status": .status, "span:statusMessage": .statusMessage, "span:kind": .kind,
        "span:duration": .duration, "span:id": .span, "trace:id": .trace, "trace:rootName": .rootName,
        "trace:rootService": .rootService,
    ]

    private static let scopedIntrinsics: [String: FilterField] = [
        "event:name": .attribute(.event, "name"),
        "instrumentation:name": .attribute(.scope, "name"),
        "instrumentation:version": .attribute(.scope, "version"),
    ]

    private func traceQLField(_ run: String, range: Range<Int>) throws(FilterError) -> FilterField {
        if let intrinsic = FilterParser.intrinsics[run] { return try allowed(intrinsic, range: range) }
        if let field = FilterParser.scopedIntrinsics[run] { return field }
        // Scopes of ours that TraceQL does not have are no fields here.
        let isOurs = run.hasPrefix("scope.") || run.hasPrefix("log.")
        if !isOurs, let attribute = try scopedAttribute(run, range: range) { return attribute }
        let known = FilterParser.intrinsics.keys.sorted()
        throw error(
            range, "unknown field \(quoted(range))",
            expected: "span.KEY, resource.KEY, .KEY or an intrinsic such as duration",
            suggestion: EditDistance.nearest(to: run, among: known))
    }

    // MARK: - Values

    private mutating func parseTraceQLValue(
        for field: FilterField, _ filterOperator: FilterOperator
    ) throws(FilterError) -> FilterValue {
        scanner.skipSpace()
        let start = scanner.position
        if let byte = scanner.peek(), FilterScanner.isQuote(byte), byte != UInt8(ascii: "'") {
            let text = try quotedText()
            let raw = RawValue(text: text, range: start..<scanner.position, isQuoted: true)
            if filterOperator.isRegex { return try regex(raw, for: field, filterOperator) }
            guard field.valueType == nil || field.valueType == .text else { throw wrongValue(raw, for: field) }
            return .string(text)
        }
        let range = scanner.takeRun(FilterScanner.isBareValue)
        guard !range.isEmpty else { throw unexpected(expected: "a value") }
        let raw = RawValue(text: scanner.text(range), range: range, isQuoted: false)
        guard !filterOperator.isRegex else {
            throw error(range, "\(quoted(range)) without quotes", expected: "a quoted regular expression")
        }
        return try traceQLStatic(raw, for: field, filterOperator)
    }

    private func traceQLStatic(
        _ raw: RawValue, for field: FilterField, _ filterOperator: FilterOperator
    ) throws(FilterError) -> FilterValue {
        if raw.text == "nil" {
            guard !filterOperator.isOrdering else {
                throw error(raw.range, "nil after \(filterOperator.rawValue)", expected: "= or != before nil")
            }
            return .nil
        }
        switch field.valueType {
        case .status, .kind, .level: return try typed(raw, for: field, filterOperator)
        case .text: throw unquoted(raw)
        case .duration:
            // TraceQL lets a plain number stand for nanoseconds.
            if case .number(.integer(let plain)) = FilterNumber.read(raw.text.utf8) { return .number(.duration(plain)) }
            return .number(try number(raw, for: field))
        case .number: return .number(try number(raw, for: field))
        case nil: return try traceQLAttributeValue(raw, filterOperator)
        }
    }

    private func traceQLAttributeValue(
        _ raw: RawValue, _ filterOperator: FilterOperator
    ) throws(FilterError) -> FilterValue {
        if raw.text == "true" || raw.text == "false", !filterOperator.isOrdering { return .bool(raw.text == "true") }
        switch FilterNumber.read(raw.text.utf8) {
        case .number(let value) where value.unitClass <= 1: return .number(value)
        case .tooLarge, .unknownUnit: return .number(try number(raw, for: .attribute(.any, raw.text)))
        default: throw unquoted(raw)
        }
    }

    private func unquoted(_ raw: RawValue) -> FilterError {
        error(raw.range, "\(quoted(raw.range)) without quotes", expected: "text in quotes inside braces")
    }
}
