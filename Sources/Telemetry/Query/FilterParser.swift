extension FilterExpression {
    /// Reads a filter in either spelling: TraceQL's spanset filter when it begins with a brace, else the short one.
    ///
    /// An empty text is `everything` in the bar and an error in a journey file.
    package init(parsing text: String, mode: FilterMode) throws(FilterError) {
        var parser = FilterParser(text, mode: mode)
        self = try parser.parse()
    }
}

/// Reads the text of a filter into its tree; see SCREENS.md section 16 for the grammar.
///
/// Recursion is bounded by `FilterLimits.depth`, whatever the text.
struct FilterParser {
    var scanner: FilterScanner
    let mode: FilterMode
    private var depth = 0
    /// Regular expressions met so far.
    var expressions = 0

    init(_ text: String, mode: FilterMode) {
        scanner = FilterScanner(text)
        self.mode = mode
    }

    mutating func parse() throws(FilterError) -> FilterExpression {
        let expression = try parseWhole()
        let count = expression.clauses.count
        guard count <= FilterLimits.clauses else {
            throw error(
                0..<scanner.bytes.count, "the filter has \(count) clauses", expected: "at most \(FilterLimits.clauses)")
        }
        return expression
    }

    private mutating func parseWhole() throws(FilterError) -> FilterExpression {
        let length = scanner.bytes.count
        guard length <= FilterLimits.bytes else {
            throw error(0..<0, "the filter has \(length) bytes", expected: "at most \(FilterLimits.bytes)")
        }
        scanner.skipSpace()
        if scanner.next(is: "{") { return try parseTraceQL() }
        if scanner.isAtEnd {
            guard mode == .journeyFile else { return .everything }
            throw error(here, "the filter is empty", expected: "a clause such as service=cart")
        }
        let expression = try parseShort()
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw unexpected(expected: "the end of the filter") }
        return expression
    }

    /// Runs `body` one level deeper; the level is what bounds all recursion.
    mutating func nested(
        from start: Int, _ body: (inout FilterParser) throws(FilterError) -> FilterExpression
    ) throws(FilterError) -> FilterExpression {
        guard depth < FilterLimits.depth else {
            throw error(
                start..<scanner.position, "the filter is nested too deep",
                expected: "at most \(FilterLimits.depth) levels")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: - Errors

    /// The empty range at the place reached.
    var here: Range<Int> { scanner.position..<scanner.position }

    func error(
        _ range: Range<Int>, _ problem: String, expected: String? = nil, suggestion: String? = nil
    ) -> FilterError {
        let before = scanner.text(0..<range.lowerBound).count
        let width = scanner.text(range).count
        return FilterError(
            range: range, columns: before..<before + width, problem: problem, expected: expected,
            suggestion: suggestion)
    }

    /// The error for whatever stands here.
    func unexpected(expected: String) -> FilterError {
        guard let byte = scanner.peek() else { return error(here, "the filter ends too early", expected: expected) }
        var rest = scanner
        var range = rest.takeRun(FilterScanner.isOperator)
        if range.isEmpty { range = rest.takeRun { $0 == byte && !FilterScanner.isBare(byte) } }
        if range.isEmpty { range = rest.takeRun(FilterScanner.isBare) }
        return error(range, "unexpected \(quoted(range))", expected: expected)
    }

    /// What was read, for a message: quoted, and cut where it is long.
    func quoted(_ range: Range<Int>) -> String { FilterParser.quoted(scanner.text(range)) }

    static func quoted(_ text: String) -> String {
        let longest = 40
        return text.count <= longest ? "\"\(text)\"" : "\"\(text.prefix(longest))…\""
    }

    // MARK: - Fields

    /// Gives the field a run of characters names, in the short spelling and for the attributes of TraceQL.
    func shortField(_ run: String, range: Range<Int>) throws(FilterError) -> FilterField {
        if let attribute = try scopedAttribute(run, range: range) { return attribute }
        if let intrinsic = FilterIntrinsic(spelling: run) { return try allowed(intrinsic, range: range) }
        guard mode == .bar || run.contains(".") else { throw unknownField(run, range: range) }
        return .attribute(.any, run)
    }

    /// `.key` or `scope.key`; nil for anything else.
    func scopedAttribute(_ run: String, range: Range<Int>) throws(FilterError) -> FilterField? {
        guard let dot = run.firstIndex(of: "."), FilterIntrinsic(spelling: run) == nil else { return nil }
        guard let scope = FilterParser.scopes[String(run[..<dot])] else { return nil }
        return .attribute(try allowed(scope, range: range), try key(String(run[run.index(after: dot)...]), range))
    }

    private static let scopes: [String: FilterScope] = {
        var scopes = Dictionary(uniqueKeysWithValues: FilterScope.allCases.map { ($0.rawValue, $0) })
        scopes["instrumentation"] = .scope
        return scopes
    }()

    func key(_ text: String, _ range: Range<Int>) throws(FilterError) -> String {
        guard !text.isEmpty else {
            throw error(range, "the key after the dot is missing", expected: "an attribute key")
        }
        return text
    }

    /// Takes a quoted key that stands right after a dot (`span."a b"`), and gives the whole field.
    mutating func quotedKey(after run: String, from start: Int) throws(FilterError) -> FilterField? {
        guard run.hasSuffix("."), let byte = scanner.peek(), FilterScanner.isQuote(byte),
            let scope = FilterParser.scopes[String(run.dropLast())]
        else { return nil }
        let text = try quotedText()
        let range = start..<scanner.position
        return .attribute(try allowed(scope, range: range), try key(text, range))
    }

    /// Takes the quoted text that begins here.
    mutating func quotedText() throws(FilterError) -> String {
        let start = scanner.position
        guard let text = scanner.takeQuoted() else {
            let mark = scanner.text(start..<start + 1)
            throw error(start..<start + 1, "this quote is never closed", expected: "another \(mark)")
        }
        return text
    }

    /// Refuses what a journey's filter cannot ask, because it looks at one span.
    func allowed(_ intrinsic: FilterIntrinsic, range: Range<Int>) throws(FilterError) -> FilterField {
        if mode == .journeyFile, intrinsic.subject != .span {
            throw refusal(intrinsic.rawValue, range: range)
        }
        return .intrinsic(intrinsic)
    }

    private func allowed(_ scope: FilterScope, range: Range<Int>) throws(FilterError) -> FilterScope {
        if mode == .journeyFile, scope == .log { throw refusal("log.", range: range) }
        return scope
    }

    func refusal(_ what: String, range: Range<Int>) -> FilterError {
        error(range, "\(what) cannot stand here: a journey's filter looks at one span")
    }

    func unknownField(_ run: String, range: Range<Int>) -> FilterError {
        let known = FilterIntrinsic.allCases.filter { $0.subject == .span }.map(\.rawValue)
        return error(
            range, "unknown field \(quoted(range))", expected: "a field such as service, or .\(run) for an attribute",
            suggestion: EditDistance.nearest(to: run, among: known))
    }
}
