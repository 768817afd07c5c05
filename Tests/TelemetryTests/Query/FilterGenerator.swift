import Telemetry

/// Random filters and random texts, the same for the same seed.
struct FilterGenerator {
    private var state: UInt64
    /// Whether to stay with clauses that TraceQL says in the same words.
    var sayableInTraceQL = false
    /// Attribute keys, and texts and numbers that values are made of.
    var keys = ["http.method", "a", "a b", "service.name", "not", "x.y-z/1", "true", "sp\"an", "trace", "name", "é"]
    var texts = ["cart", "", "a b", "5", "true", "nil", "\"\\\n\t'`", "a..b", "é{}()", "1..2", "-", "/x", "GET /", "*"]
    var regexes = ["a", "^GET", "a|b", "\\d+", "[a-c]*\"", "", "(x)"]

    init(seed: UInt64) { state = seed }

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[next(elements.count)] }

    // MARK: - Filters

    mutating func expression(depth: Int = 3) -> FilterExpression {
        switch depth == 0 ? 9 : next(10) {
        case 0, 1: return .all((0..<next(2) + 2).map { _ in expression(depth: depth - 1) })
        case 2, 3: return .any((0..<next(2) + 2).map { _ in expression(depth: depth - 1) })
        case 4: return .not(expression(depth: depth - 1))
        case 5 where !sayableInTraceQL: return .trace(expression(depth: depth - 1))
        default: return clause()
        }
    }

    mutating func clause() -> FilterExpression {
        let choice = next(10)
        if choice == 0, !sayableInTraceQL { return .word(pick(texts.filter { !$0.isEmpty })) }
        let field = self.field()
        if choice == 1, !sayableInTraceQL { return .exists(field) }
        if choice == 2, !sayableInTraceQL { return .oneOf(field, (0...next(3)).map { _ in self.value(for: field) }) }
        if choice == 3 { return .comparison(field, pick([.equal, .notEqual]), .nil) }
        let takesText = field.valueType == nil || field.valueType == .text
        if choice <= 5, takesText {
            let operators: [FilterOperator] =
                sayableInTraceQL ? [.matches, .notMatches] : [.matches, .notMatches, .contains, .notContains]
            return .comparison(field, pick(operators), .string(pick(regexes)))
        }
        if choice == 6, takesText, !sayableInTraceQL {
            return .comparison(field, .equal, .pattern(pick(["*", "a*", "a *b", "GET.*", "*\"*", "and*", "5*..*"])))
        }
        if choice == 7, field.valueType == .duration || field.valueType == nil, !sayableInTraceQL {
            let low = Int64(next(2_000_000)) - 500
            return .comparison(
                field, pick([.equal, .notEqual]), .range(.duration(low), .duration(low + Int64(next(5_000)))))
        }
        let value = self.value(for: field)
        return .comparison(field, filterOperator(for: value), value)
    }

    private mutating func filterOperator(for value: FilterValue) -> FilterOperator {
        switch value {
        case .status, .kind, .bool: pick([.equal, .notEqual])
        default: pick([.equal, .notEqual, .greater, .greaterOrEqual, .less, .lessOrEqual])
        }
    }

    mutating func field() -> FilterField {
        if next(2) == 0 {
            let all: [FilterIntrinsic] =
                sayableInTraceQL
                ? [.name, .status, .statusMessage, .kind, .duration, .rootName, .rootService, .trace, .span]
                : FilterIntrinsic.allCases
            return .intrinsic(pick(all))
        }
        let scopes: [FilterScope] = sayableInTraceQL ? FilterScope.allCases.filter { $0 != .log } : FilterScope.allCases
        return .attribute(pick(scopes), pick(keys))
    }

    mutating func value(for field: FilterField) -> FilterValue {
        switch field.valueType {
        case .text: return .string(pick(texts))
        case .duration: return .number(.duration(Int64(next(1 << 30)) * pick([1, 1_000, 1_000_000])))
        case .number: return .number(number())
        case .status: return .status(pick(StatusCode.allCases))
        case .kind: return .kind(pick(SpanKind.allCases))
        case .level: return .level(pick(FilterLevel.allCases))
        case nil:
            switch next(4) {
            case 0: return .string(pick(texts))
            case 1: return .bool(next(2) == 0)
            case 2 where !sayableInTraceQL: return .number(pick([.bytes(1536), .percent(0.1), .percent(99)]))
            case 3: return .number(.duration(Int64(next(100_000)) - 50_000))
            default: return .number(number())
            }
        }
    }

    private mutating func number() -> FilterNumber {
        pick([
            .integer(Int64(next(1000)) - 500), .decimal(Double(next(1000)) / 8), .integer(.max), .integer(.min),
            .decimal(1e300), .decimal(-2.5e-9), .decimal(5),
        ])
    }

    // MARK: - Noise

    private static let tokens = [
        "service", "status", "name", "duration", "http.route", ".x", "span.", "resource.a", "=", "!=", ">", "<=", "~",
        "!~", "=~", "!=~", ":", "(", ")", "{", "}", ",", "\"", "`", "'", "and", "or", "not", "!", "in", "exists",
        "trace", "nil", "error", "300ms", "1..5", "99%", "10MiB", "0042", "cart", "*", "..", "&&", "||", "&", " ", "  ",
        "\\", "é", "\u{0}", "\u{301}", "1h30m", "-5", "1.5", "9999999999999999999999", "\"a\"", "`b`", "[", "\n",
    ]

    /// A text of up to a dozen pieces: tokens of the language, random bytes, and clauses that are right.
    mutating func noise() -> String {
        var text = ""
        for _ in 0...next(12) {
            switch next(12) {
            case 0: text += clause().shortSpelling
            case 1: text += String(decoding: (0...next(6)).map { _ in UInt8(next(256)) }, as: UTF8.self)
            default: text += pick(FilterGenerator.tokens)
            }
            if next(3) == 0 { text += " " }
        }
        return text
    }
}
