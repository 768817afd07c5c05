/// The short spelling: `service=cart status=error duration>300ms`.
extension FilterParser {
    mutating func parseShort() throws(FilterError) -> FilterExpression {
        var parts = [try parseShortAnd()]
        while takeJoiner("or", "||") { parts.append(try parseShortAnd()) }
        return .any(parts)
    }

    private mutating func parseShortAnd() throws(FilterError) -> FilterExpression {
        var parts = [try parseShortNot()]
        while true {
            if takeJoiner("and", "&&") {
                parts.append(try parseShortNot())
                continue
            }
            scanner.skipSpace()
            if scanner.isAtEnd || scanner.next(is: ")") || isJoiner("or", "||") { return .all(parts) }
            parts.append(try parseShortNot())
        }
    }

    private mutating func parseShortNot() throws(FilterError) -> FilterExpression {
        scanner.skipSpace()
        let start = scanner.position
        if scanner.next(is: "!"), !isOperatorNext {
            scanner.position += 1
        } else if !takeKeyword("not") {
            return try parseShortTerm()
        }
        return try nested(from: start) { parser throws(FilterError) in .not(try parser.parseShortNot()) }
    }

    private mutating func parseShortTerm() throws(FilterError) -> FilterExpression {
        guard let byte = scanner.peek() else { throw unexpected(expected: "a clause such as service=cart") }
        if byte == UInt8(ascii: "(") { return try parseShortGroup(from: scanner.position) }
        if FilterScanner.isQuote(byte) { return try parsePhrase() }
        if byte == UInt8(ascii: "{") {
            throw error(
                here.lowerBound..<here.lowerBound + 1, "a brace inside a filter",
                expected: "TraceQL to begin with its brace, or parentheses")
        }
        let start = scanner.position
        let range = scanner.takeRun(FilterScanner.isBare)
        guard !range.isEmpty else { throw unexpectedInShort() }
        let run = scanner.text(range)
        if let field = try quotedKey(after: run, from: start) {
            return try parseShortClause(field, range: start..<scanner.position)
        }
        return try parseShortClause(run, range: range)
    }

    private func unexpectedInShort() -> FilterError {
        guard let byte = scanner.peek() else { return unexpected(expected: "a clause") }
        if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "|") {
            return unexpected(expected: "a clause such as service=cart")
        }
        if FilterScanner.isOperator(byte) {
            return unexpected(expected: "a field before it, or quotes around a value that holds it")
        }
        return unexpected(expected: "a clause such as service=cart")
    }

    private mutating func parseShortGroup(from start: Int) throws(FilterError) -> FilterExpression {
        let open = scanner.position
        scanner.position += 1
        let inner = try nested(from: start) { parser throws(FilterError) in try parser.parseShort() }
        scanner.skipSpace()
        guard scanner.take(")") else {
            if scanner.isAtEnd {
                throw error(open..<open + 1, "this parenthesis is never closed", expected: "another )")
            }
            throw unexpected(expected: ")")
        }
        return inner
    }

    private mutating func parsePhrase() throws(FilterError) -> FilterExpression {
        let start = scanner.position
        let text = try quotedText()
        let range = start..<scanner.position
        if let byte = scanner.peek(), FilterScanner.isOperator(byte) {
            throw error(range, "a field in quotes", expected: "no quotes, or .\"…\" for an unusual attribute key")
        }
        return try word(text, range: range)
    }

    private func word(_ text: String, range: Range<Int>) throws(FilterError) -> FilterExpression {
        if mode == .journeyFile {
            throw error(
                range, "\(quoted(range)) alone is not a clause", expected: "FIELD=VALUE such as name=\"GET /cart\"",
                suggestion: EditDistance.nearest(to: text, among: ["and", "or", "not"]))
        }
        guard !text.isEmpty else { throw error(range, "an empty text", expected: "a word to look for") }
        return .word(text)
    }

    // MARK: - Clauses

    private mutating func parseShortClause(_ run: String, range: Range<Int>) throws(FilterError) -> FilterExpression {
        let end = scanner.position
        scanner.skipSpace()
        if scanner.next(is: "("), run.lowercased() == "trace" { return try parseLift(range: range) }
        if isOperatorNext || isClauseKeywordNext {
            let field = try shortField(run, range: range)
            return try parseShortClause(field, range: range)
        }
        scanner.position = end
        return try word(run, range: range)
    }

    private mutating func parseShortClause(
        _ field: FilterField, range: Range<Int>
    ) throws(FilterError) -> FilterExpression {
        scanner.skipSpace()
        if takeKeyword("exists") { return .exists(field) }
        if takeKeyword("in") { return .oneOf(field, try parseList(for: field)) }
        guard isOperatorNext else { throw unexpected(expected: "an operator such as =") }
        let (filterOperator, isColon) = try parseOperator()
        return try parseShortComparison(field, filterOperator, isColon: isColon)
    }

    private mutating func parseLift(range: Range<Int>) throws(FilterError) -> FilterExpression {
        if mode == .journeyFile { throw refusal("trace()", range: range) }
        return .trace(try parseShortGroup(from: range.lowerBound))
    }

    private mutating func parseList(for field: FilterField) throws(FilterError) -> [FilterValue] {
        scanner.skipSpace()
        guard scanner.take("(") else { throw unexpected(expected: "( and a list of values") }
        var values: [FilterValue] = []
        while true {
            scanner.skipSpace()
            let start = scanner.position
            let value = try parseShortValue(for: field, .equal, isColon: false)
            guard value != .nil else {
                throw error(start..<scanner.position, "nil in a list", expected: "values; a missing field is FIELD=nil")
            }
            values.append(value)
            scanner.skipSpace()
            if scanner.take(")") { return values }
            guard scanner.take(",") else { throw unexpected(expected: ", or )") }
        }
    }

    // MARK: - Operators and keywords

    private static let mistakes: [String: String] = [
        "==": "=", "===": "=", "!==": "!=", "<>": "!=", "=>": ">=", "=<": "<=", "~=": "=~", "~~": "~", ":=": "=",
        ":>": ">", ":>=": ">=", ":<": "<", ":<=": "<=", ":~": "~", "!": "!=", ":!=": "!=", "!:": "!=", "::": ":",
    ]

    private var isOperatorNext: Bool {
        guard let byte = scanner.peek(), FilterScanner.isOperator(byte) else { return false }
        // `cart !(…)` is a word and a negation, `cart!=x` a comparison.
        guard byte == UInt8(ascii: "!") else { return true }
        return scanner.peek(1) == UInt8(ascii: "=") || scanner.peek(1) == UInt8(ascii: "~")
    }

    /// `exists`, or `in` before a parenthesis: what makes the run before it a field.
    private var isClauseKeywordNext: Bool {
        var ahead = self
        if ahead.takeKeyword("exists") { return true }
        guard ahead.takeKeyword("in") else { return false }
        ahead.scanner.skipSpace()
        return ahead.scanner.next(is: "(")
    }

    private mutating func parseOperator() throws(FilterError) -> (FilterOperator, isColon: Bool) {
        let range = scanner.takeRun(FilterScanner.isOperator)
        let text = scanner.text(range)
        if text == ":" { return (.equal, true) }
        if let known = FilterOperator(rawValue: text) { return (known, false) }
        throw error(
            range, "unknown operator \(quoted(range))", expected: "one of = != > >= < <= ~ !~ =~ !=~ :",
            suggestion: FilterParser.mistakes[text])
    }

    /// Takes the word in any letter case, when it stands alone here and is not a field.
    private mutating func takeKeyword(_ keyword: String) -> Bool {
        var ahead = scanner
        let range = ahead.takeRun(FilterScanner.isBare)
        guard range.count == keyword.utf8.count, ahead.text(range).lowercased() == keyword else { return false }
        scanner = ahead
        return true
    }

    private func isJoiner(_ keyword: String, _ mark: StaticString) -> Bool {
        var ahead = self
        return ahead.takeJoiner(keyword, mark)
    }

    private mutating func takeJoiner(_ keyword: String, _ mark: StaticString) -> Bool {
        scanner.skipSpace()
        return scanner.take(mark) || takeKeyword(keyword)
    }
}
