import Synchronization

/// A filter made ready for spans: fields resolved, expressions compiled, `and`, `or` and `not` turned into jumps.
///
/// Make it once, keep it, share it between threads; `bind(to:)` makes it answer for the rows of one table.
///
/// Meaning, where it could be doubted:
/// - A missing field makes every comparison false, `!=` and `!~` too; only `= nil` is true. Empty values, names and
///   messages count as missing.
/// - A value of another type than the literal's makes a comparison false: `code>=500` looks at numbers only, not at
///   the text "500". Whole and fractional numbers compare as numbers, durations as nanoseconds.
/// - A bare key is looked for in the span, then the resource, the instrumentation scope, events, links; the first
///   that has it decides. Of several events or links one that matches is enough.
/// - `trace` and `span` equal ids written in either letter case, without leading zeros if need be.
/// - Clauses about log records (`level`, `body`, `log.`) are false for a span, and so are clauses about traces and
///   journeys without a context.
package struct SpanPredicate: Sendable {
    /// One clause and where to go on from it; negative targets are `accept` and `reject`.
    struct Step: Sendable {
        let clause: SpanClause
        let ifTrue: Int
        let ifFalse: Int
    }

    static let accept = -1
    static let reject = -2

    /// The filter this was made from.
    package let expression: FilterExpression
    /// Clauses that only a `SpanFilterContext` can answer.
    package let traceClauses: [FilterExpression]
    /// Clauses that no span can satisfy, because they are about log records.
    package let logClauses: [FilterExpression]

    let steps: [Step]
    let entry: Int

    /// Makes a filter ready.
    package init(_ expression: FilterExpression) {
        var compiler = SpanPredicateCompiler()
        self.expression = expression
        entry = compiler.compile(expression, ifTrue: SpanPredicate.accept, ifFalse: SpanPredicate.reject)
        steps = compiler.steps
        traceClauses = compiler.traceClauses.reversed()
        logClauses = compiler.logClauses.reversed()
    }

    /// Whether a `SpanFilterContext` is needed to answer.
    package var needsTrace: Bool { !traceClauses.isEmpty }

    /// The clauses that are false whatever the span, in the short spelling.
    package func unsupportedClauses(hasContext: Bool) -> [String] {
        (hasContext ? logClauses : traceClauses + logClauses).map(\.shortSpelling)
    }

    /// Makes the filter answer for the rows of a table.
    ///
    /// Cheap: what depends on the table's dictionaries is worked out when a row first needs it, once per distinct
    /// value. The result belongs to one thread.
    package func bind(to table: SpanTable, context: (any SpanFilterContext)? = nil) -> BoundSpanPredicate {
        BoundSpanPredicate(self, table, context)
    }
}

/// One clause, ready: where its value comes from and what it must be.
struct SpanClause: Sendable {
    enum Source: Sendable {
        case name, status, statusMessage, kind, duration
        case service, version, instance, environment
        case trace, span
        case scopeName, scopeVersion, eventName
        case attribute(FilterScope)
        case rootName, rootService, selfTime, spanCount, journeys, journeySteps, states
        /// `trace(…)`
        case lifted
        /// Spans never have it.
        case nowhere

        /// Whether the clause asks the same of all spans of a resource.
        var looksAtResources: Bool {
            switch self {
            case .service, .version, .instance, .environment, .attribute(.resource), .attribute(.any): true
            default: false
            }
        }

        /// Whether the clause asks the same of all spans of an instrumentation scope.
        var looksAtScopes: Bool {
            switch self {
            case .scopeName, .scopeVersion, .attribute(.scope), .attribute(.any): true
            default: false
            }
        }

        /// Whether the clause is about a number that every span has, of which many are judged together.
        var isNumberOfSpan: Bool {
            switch self {
            case .duration, .status, .kind, .nowhere: true
            default: false
            }
        }

        /// Whether the clause is about span names.
        var looksAtNames: Bool {
            if case .name = self { true } else { false }
        }
    }

    let source: Source
    let test: ValueTest
    /// `= nil`: true where there is no value.
    var wantsMissing = false
    /// The attribute's key.
    var key: String?
    /// The text that `=` compares a symbol with, when the clause is nothing more.
    var wantedWord: String?
    /// What stands between the parentheses of `trace(…)`.
    var lifted: SpanPredicate?
    let verdicts = SymbolVerdicts()

    init(_ source: Source, _ test: ValueTest) {
        self.source = source
        self.test = test
    }

    /// Whether a word passes the test; worked out once per word for all tables.
    func matches(_ symbol: Symbol) -> Bool {
        verdicts.verdict(of: symbol) { test.matches(text: $0) }
    }
}

/// Verdicts on words of the process, which hold for every table.
final class SymbolVerdicts: Sendable {
    /// Enough for any real program; past it the memory starts afresh.
    private static let most = 1 << 16

    private let known = Mutex<[UInt32: Bool]>([:])

    func verdict(of symbol: Symbol, _ test: (String) -> Bool) -> Bool {
        if let verdict = known.withLock({ $0[symbol.code] }) { return verdict }
        let verdict = test(symbol.text)
        known.withLock { known in
            if known.count >= SymbolVerdicts.most { known.removeAll(keepingCapacity: true) }
            known[symbol.code] = verdict
        }
        return verdict
    }
}

/// Turns a tree into steps. Parts are written from the last to the first, so that every target is known; the depth
/// of the tree, and so of the recursion, is bounded by `FilterLimits.depth`.
private struct SpanPredicateCompiler {
    var steps: [SpanPredicate.Step] = []
    var traceClauses: [FilterExpression] = []
    var logClauses: [FilterExpression] = []

    mutating func compile(_ expression: FilterExpression, ifTrue: Int, ifFalse: Int) -> Int {
        switch expression {
        case .and(let parts):
            var target = ifTrue
            for part in parts.reversed() { target = compile(part, ifTrue: target, ifFalse: ifFalse) }
            return target
        case .or(let parts):
            var target = ifFalse
            for part in parts.reversed() { target = compile(part, ifTrue: ifTrue, ifFalse: target) }
            return target
        case .not(let inner): return compile(inner, ifTrue: ifFalse, ifFalse: ifTrue)
        case .comparison, .oneOf, .exists, .word, .trace:
            note(expression)
            steps.append(.init(clause: clause(expression), ifTrue: ifTrue, ifFalse: ifFalse))
            return steps.count - 1
        }
    }

    private mutating func note(_ clause: FilterExpression) {
        switch clause.field {
        case .intrinsic(let intrinsic) where intrinsic.subject == .trace: traceClauses.append(clause)
        case .intrinsic(let intrinsic) where intrinsic.subject == .log: logClauses.append(clause)
        case .attribute(.log, _): logClauses.append(clause)
        case .intrinsic, .attribute: break
        case nil: if case .trace = clause { traceClauses.append(clause) }
        }
    }

    private func clause(_ expression: FilterExpression) -> SpanClause {
        switch expression {
        case .comparison(let field, let filterOperator, let value): comparison(field, filterOperator, value)
        case .oneOf(let field, let values):
            clause(field, .anyOf(values.map { ValueTest(.equal, normalised($0, for: field)) }))
        case .exists(let field): clause(field, .present)
        case .word(let word): SpanClause(.name, .text(TextTest(word: word)))
        case .trace(let inner): lift(inner)
        case .and, .or, .not: SpanClause(.nowhere, .never)
        }
    }

    private func lift(_ inner: FilterExpression) -> SpanClause {
        var clause = SpanClause(.lifted, .present)
        clause.lifted = SpanPredicate(inner)
        return clause
    }

    private func comparison(
        _ field: FilterField, _ filterOperator: FilterOperator, _ value: FilterValue
    ) -> SpanClause {
        let value = filterOperator.isRegex ? value : normalised(value, for: field)
        var clause = clause(field, ValueTest(filterOperator, value))
        if filterOperator == .equal, value == .nil { clause.wantsMissing = true }
        if filterOperator == .equal, case .string(let text) = value { clause.wantedWord = text }
        return clause
    }

    private func clause(_ field: FilterField, _ test: ValueTest) -> SpanClause {
        var clause = SpanClause(source(field), test)
        if case .attribute(_, let key) = field { clause.key = key }
        return clause
    }

    /// Ids as the store writes them: all digits, in lower case.
    private func normalised(_ value: FilterValue, for field: FilterField) -> FilterValue {
        guard case .string(let text) = value else { return value }
        switch field {
        case .intrinsic(.trace): return .string(TraceID(hex: text)?.hex ?? text)
        case .intrinsic(.span): return .string(SpanID(hex: text)?.hex ?? text)
        default: return value
        }
    }

    private func source(_ field: FilterField) -> SpanClause.Source {
        switch field {
        case .attribute(.log, _): .nowhere
        case .attribute(.event, "name"): .eventName
        case .attribute(.scope, "name"): .scopeName
        case .attribute(.scope, "version"): .scopeVersion
        case .attribute(let scope, _): .attribute(scope)
        case .intrinsic(let intrinsic): source(intrinsic)
        }
    }

    private func source(_ intrinsic: FilterIntrinsic) -> SpanClause.Source {
        switch intrinsic {
        case .name: .name
        case .status: .status
        case .statusMessage: .statusMessage
        case .kind: .kind
        case .duration: .duration
        case .selfTime: .selfTime
        case .service: .service
        case .version: .version
        case .instance: .instance
        case .env: .environment
        case .journey: .journeys
        case .step: .journeySteps
        case .trace: .trace
        case .span: .span
        case .rootName: .rootName
        case .rootService: .rootService
        case .state: .states
        case .count: .spanCount
        case .level, .body: .nowhere
        }
    }
}
