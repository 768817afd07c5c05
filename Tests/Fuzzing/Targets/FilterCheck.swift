import Telemetry

/// What must hold for filters:
///
/// * an error names a place within the text;
/// * what a journey file takes, the bar takes for the same filter;
/// * a filter that is written in the short spelling is read back as the same filter;
/// * it selects the same rows one by one and many at once, its negation the other rows, and its TraceQL the same rows.
enum FilterCheck {
    static func run(_ bytes: UnsafeRawBufferPointer, _ share: FuzzShare) throws(FuzzFinding) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let filter = try read(text, .bar) else {
            let strict = try read(text, .journeyFile)
            return try check(strict == nil, "a journey file takes what the bar refuses")
        }
        if let strict = try read(text, .journeyFile) {
            try check(strict == filter, "a journey file reads \(strict), the bar \(filter)")
        }
        try checkSpelling(filter)
        let rows = try selected(filter)
        if share.has(0) || share.has(1) { try checkTraceQL(filter, rows) }
        guard share.has(2) else { return }
        let others = try selected(.not(filter))
        try check(zip(rows, others).allSatisfy { $0 != $1 }, "a row passes a filter and its negation, or neither")
    }

    /// The filter that a text is; nil when it is refused.
    private static func read(_ text: String, _ mode: FilterMode) throws(FuzzFinding) -> FilterExpression? {
        do throws(FilterError) {
            return try FilterExpression(parsing: text, mode: mode)
        } catch {
            let end = text.utf8.count
            try check(
                error.range.lowerBound >= 0 && error.range.upperBound <= end && !error.description.isEmpty,
                "an error at \(error.range) of \(end) bytes")
            return nil
        }
    }

    private static func checkSpelling(_ filter: FilterExpression) throws(FuzzFinding) {
        let spelling = filter.shortSpelling
        // A text may be much shorter than its spelling, which may then be too long to be read.
        guard spelling.utf8.count <= FilterLimits.bytes else { return }
        let back = try read(spelling, .bar)
        try check(
            back == filter, "\(filter) is written \(spelling) and read \(back.map { "\($0)" } ?? "with an error")")
    }

    private static func checkTraceQL(_ filter: FilterExpression, _ rows: [Bool]) throws(FuzzFinding) {
        guard let text = try? filter.traceQL(), text.utf8.count <= FilterLimits.bytes else { return }
        let back: FilterExpression
        do throws(FilterError) {
            back = try FilterExpression(parsing: text, mode: .bar)
        } catch {
            // TraceQL takes two levels and a longer expression for what takes one here, and an expression for each word.
            let isTooMuch =
                error.problem.contains("too deep") || error.problem.contains("too large")
                || error.problem == "too many regular expressions"
            return try check(isTooMuch, "its own TraceQL is refused: \(error): \(text)")
        }
        try check(try selected(back) == rows, "\(filter) and its TraceQL \(text) select different rows")
    }

    /// For each row whether it is selected.
    private static func selected(_ filter: FilterExpression) throws(FuzzFinding) -> [Bool] {
        let predicate = SpanPredicate(filter)
        let bound = predicate.bind(to: table)
        let rows = (0..<table.count).map { bound.matches($0) }
        var together: [UInt32] = []
        predicate.bind(to: table).select(0..<table.count, into: &together)
        try check(
            together == rows.indices.filter { rows[$0] }.map { UInt32($0) },
            "rows are selected differently one by one and many at once")
        return rows
    }

    // MARK: The rows

    /// More rows than are walked one by one, with every kind of value.
    ///
    /// All have a service: one without is `unknown_service` here, and TraceQL does not know that name.
    private static let table: SpanTable = {
        var batch = SpanBatch()
        for number in 0..<72 { add(number, to: &batch) }
        return batch.table
    }()

    private static func add(_ number: Int, to batch: inout SpanBatch) {
        var fields = SpanFields()
        batch.addAttribute(Symbol("service.name"), value: .string(["cart", "shop", "a.b", "unknown"][number % 4]))
        batch.addAttribute(Symbol("service.version"), value: .string("1.\(number % 3)"))
        if number % 5 == 0 { batch.addAttribute(Symbol("deployment.environment"), value: .string("prod")) }
        fields.resource = batch.appendResource(batch.takeAttributes())
        fields.scope = batch.appendScope(
            name: Symbol(number % 2 == 0 ? "lib" : ""), version: Symbol("2"), attributes: .none)
        if number % 7 == 0 {
            batch.addAttribute(Symbol("a"), value: .string("b"))
            let attributes = batch.takeAttributes()
            batch.addEvent(time: 3, name: batch.code("exception"), attributes: attributes)
        }
        if number % 11 == 0 {
            batch.addLink(trace: TraceID(high: 1, low: 2), span: SpanID(3), traceState: .empty, attributes: .none)
        }
        for (key, value) in values[number % values.count] { batch.addAttribute(Symbol(key), value: value) }
        fields.attributes = batch.takeAttributes()
        fields.trace = TraceID(high: UInt64(number / 8), low: UInt64(number / 4 + 1))
        fields.span = SpanID(UInt64(number + 1))
        fields.parent = SpanID(UInt64(number % 4))
        fields.start = UInt64(number) * 1_000_000
        fields.end = fields.start + UInt64(number * number) * 100_000
        fields.name = Symbol(["GET /cart", "get", "checkout", "a*b", ""][number % 5])
        fields.kind = SpanKind.allCases[number % SpanKind.allCases.count]
        fields.status = StatusCode.allCases[number % StatusCode.allCases.count]
        fields.statusMessage = batch.code(number % 6 == 0 ? "no \"stock\"\nleft" : "")
        batch.appendSpan(fields)
    }

    private static let values: [[(String, AttributeValue)]] = [
        [("a", .string("b")), ("n", .int(500)), ("http.route", .string("/a/{id}"))],
        [("a", .bool(true)), ("n", .double(0.5)), ("x y", .string("\u{E9}\\d+"))],
        [("a", .int(-1)), ("n", .double(.nan)), ("bytes", .bytes([1, 2]))],
        [("a", .empty), ("n", .string("500")), ("list", .array([.int(1), .string("b")]))],
        [("code", .int(.max)), ("n", .double(1e300)), ("map", .map([Attribute("k", .bool(false))]))],
        [],
    ]
}

extension SpanBatch {
    fileprivate mutating func code(_ text: String) -> ValueCode {
        var text = text
        return text.withUTF8 { value(string: UnsafeRawBufferPointer($0)) }
    }
}
