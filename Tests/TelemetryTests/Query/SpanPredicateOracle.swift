import Telemetry

/// Judges a row the obvious way: everything is decoded, nothing is remembered.
struct SpanPredicateOracle {
    let table: SpanTable
    var context: (any SpanFilterContext)?

    /// A value of a field as the filter language sees it.
    enum Value {
        case value(AttributeValue)
        case unsigned(UInt64)
        case status(StatusCode)
        case kind(SpanKind)
    }

    func matches(_ filter: FilterExpression, _ row: Int) -> Bool {
        switch filter {
        case .and(let parts): return parts.allSatisfy { matches($0, row) }
        case .or(let parts): return parts.contains { matches($0, row) }
        case .not(let inner): return !matches(inner, row)
        case .exists(let field): return !(values(of: field, row) ?? []).isEmpty
        case .word(let word): return table.name(row).text.lowercased().contains(word.lowercased())
        case .trace(let inner): return context?.trace(of: row, hasSpanMatching: SpanPredicate(inner)) ?? false
        case .oneOf(let field, let wanted):
            return wanted.contains { matches(.comparison(field, .equal, $0), row) }
        case .comparison(let field, let filterOperator, let wanted):
            guard let values = values(of: field, row) else { return false }
            if wanted == .nil { return values.isEmpty == (filterOperator == .equal) }
            let wanted = idText(wanted, field, filterOperator)
            return values.contains { holds($0, filterOperator, wanted) }
        }
    }

    private func idText(_ wanted: FilterValue, _ field: FilterField, _ filterOperator: FilterOperator) -> FilterValue {
        guard case .string(let text) = wanted, !filterOperator.isRegex else { return wanted }
        if field == .intrinsic(.trace) { return .string(TraceID(hex: text)?.hex ?? text) }
        if field == .intrinsic(.span) { return .string(SpanID(hex: text)?.hex ?? text) }
        return wanted
    }

    // MARK: - Fields

    /// Nil where a span cannot have the field or nobody knows.
    private func values(of field: FilterField, _ row: Int) -> [Value]? {
        switch field {
        case .intrinsic(let intrinsic): values(of: intrinsic, row)
        case .attribute(.log, _): nil
        case .attribute(.event, "name"): texts(table.events(row).map { table.values.text($0.name) })
        case .attribute(.scope, "name"): texts([table.scope(row).name.text])
        case .attribute(.scope, "version"): texts([table.scope(row).version.text])
        case .attribute(.any, let key):
            [FilterScope.span, .resource, .scope, .event, .link].lazy
                .map { attributes($0, key, row) }.first { !$0.isEmpty } ?? []
        case .attribute(let scope, let key): attributes(scope, key, row)
        }
    }

    private func attributes(_ scope: FilterScope, _ key: String, _ row: Int) -> [Value] {
        let lists: [AttributeList]
        switch scope {
        case .span: lists = [table.attributes(row)]
        case .resource: lists = [table.resource(row).attributes]
        case .scope: lists = [table.scope(row).attributes]
        case .event: lists = table.events(row).map(\.attributes)
        case .link: lists = table.links(row).map(\.attributes)
        case .any, .log: lists = []
        }
        let found = lists.compactMap { list in table.decoded(list).last { $0.key == key }?.value }
        return found.filter { $0 != .empty }.map { .value($0) }
    }

    private func texts(_ texts: [String]) -> [Value] { texts.filter { !$0.isEmpty }.map { .value(.string($0)) } }

    private func resourceText(_ keys: [String], _ row: Int) -> [Value] {
        let list = table.decoded(table.resource(row).attributes)
        let found = keys.lazy.map { key in list.last { $0.key == key }?.value.text ?? "" }.first { !$0.isEmpty }
        return texts([found ?? ""])
    }

    private func values(of intrinsic: FilterIntrinsic, _ row: Int) -> [Value]? {
        switch intrinsic {
        case .name: texts([table.name(row).text])
        case .status: [.status(table.status(row))]
        case .statusMessage: texts([table.statusMessage(row)])
        case .kind: [.kind(table.kind(row))]
        case .duration: [.unsigned(table.ends[row] > table.starts[row] ? table.ends[row] - table.starts[row] : 0)]
        case .service:
            resourceText(["service.name"], row).isEmpty
                ? texts(["unknown_service"]) : resourceText(["service.name"], row)
        case .version: resourceText(["service.version"], row)
        case .instance: resourceText(["service.instance.id"], row)
        case .env: resourceText(["deployment.environment.name", "deployment.environment"], row)
        case .trace: texts([table.traceID(row).hex])
        case .span: texts([table.spanID(row).hex])
        case .level, .body: nil
        case .rootName: context.map { texts($0.rootName(row).map { [$0] } ?? []) }
        case .rootService: context.map { texts($0.rootService(row).map { [$0] } ?? []) }
        case .selfTime: context.map { $0.selfTime(row).map { [.unsigned($0)] } ?? [] }
        case .count: context.map { $0.spanCount(row).map { [.unsigned($0)] } ?? [] }
        case .journey: context.map { texts($0.journeys(row)) }
        case .step: context.map { texts($0.steps(row)) }
        case .state: context.map { texts($0.states(row)) }
        }
    }

    // MARK: - Comparisons

    private func holds(_ value: Value, _ filterOperator: FilterOperator, _ wanted: FilterValue) -> Bool {
        switch (value, wanted) {
        case (.status(let status), .status(let other)): (status == other) == (filterOperator == .equal)
        case (.kind(let kind), .kind(let other)): (kind == other) == (filterOperator == .equal)
        case (.unsigned(let number), _):
            holds(Int64(exactly: number).map { .int($0) } ?? .double(Double(number)), filterOperator, wanted)
        case (.value(.array(let elements)), _): elements.contains { holds($0, filterOperator, wanted) }
        case (.value(let attribute), _): holds(attribute, filterOperator, wanted)
        default: false
        }
    }

    private func holds(_ value: AttributeValue, _ filterOperator: FilterOperator, _ wanted: FilterValue) -> Bool {
        switch (value, wanted) {
        case (.bool(let flag), .bool(let other)): (flag == other) == (filterOperator == .equal)
        case (.string(let text), .string(let other)): holds(text, filterOperator, other)
        case (.string(let text), .pattern(let pattern)):
            fits(Array(text.unicodeScalars), Array(pattern.unicodeScalars)) == (filterOperator == .equal)
        case (.int, .number(let number)), (.double, .number(let number)): holds(value, filterOperator, number)
        case (.int, .range(let low, let high)), (.double, .range(let low, let high)):
            (holds(value, .greaterOrEqual, low) && holds(value, .lessOrEqual, high)) == (filterOperator == .equal)
        default: false
        }
    }

    private func holds(_ value: AttributeValue, _ filterOperator: FilterOperator, _ wanted: FilterNumber) -> Bool {
        if case .int(let whole) = value, let other = wanted.wholeValue { return ordered(whole, filterOperator, other) }
        if case .int(let whole) = value { return ordered(Double(whole), filterOperator, wanted.doubleValue) }
        if case .double(let number) = value { return ordered(number, filterOperator, wanted.doubleValue) }
        return false
    }

    private func holds(_ text: String, _ filterOperator: FilterOperator, _ wanted: String) -> Bool {
        switch filterOperator {
        case .matches: (try? LinearRegex("^(?:\(wanted))$").matchesPart(text)) ?? false
        case .notMatches: !((try? LinearRegex("^(?:\(wanted))$").matchesPart(text)) ?? true)
        case .contains: (try? LinearRegex(".*(?:\(wanted)).*").matchesWhole(text)) ?? false
        case .notContains: !((try? LinearRegex(".*(?:\(wanted)).*").matchesWhole(text)) ?? true)
        case .equal: Array(text.utf8) == Array(wanted.utf8)
        case .notEqual: Array(text.utf8) != Array(wanted.utf8)
        case .greater: wanted.utf8.lexicographicallyPrecedes(text.utf8)
        case .greaterOrEqual: !text.utf8.lexicographicallyPrecedes(wanted.utf8)
        case .less: text.utf8.lexicographicallyPrecedes(wanted.utf8)
        case .lessOrEqual: !wanted.utf8.lexicographicallyPrecedes(text.utf8)
        }
    }

    private func ordered<Number: Comparable>(_ a: Number, _ filterOperator: FilterOperator, _ b: Number) -> Bool {
        switch filterOperator {
        case .equal: a == b
        case .notEqual: a != b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .less: a < b
        case .lessOrEqual: a <= b
        default: false
        }
    }

    private func fits(_ text: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
        var reached: Set<Int> = [0]
        for scalar in pattern {
            if scalar == "*" {
                reached = Set((reached.min() ?? text.count + 1)..<(text.count + 1))
            } else {
                reached = Set(reached.filter { $0 < text.count && text[$0] == scalar }.map { $0 + 1 })
            }
            if reached.isEmpty { return false }
        }
        return reached.contains(text.count)
    }
}

/// Answers made from the row's number alone, so that both sides get the same.
struct MadeUpContext: SpanFilterContext {
    let table: SpanTable

    func rootName(_ row: Int) -> String? { row % 3 == 0 ? nil : row % 3 == 1 ? "cart" : "GET /" }
    func rootService(_ row: Int) -> String? { row % 4 == 0 ? nil : "a b" }
    func selfTime(_ row: Int) -> UInt64? { row % 2 == 0 ? nil : UInt64(row) * 1_000_000 }
    func spanCount(_ row: Int) -> UInt64? { UInt64(row) }
    func journeys(_ row: Int) -> [String] { row % 2 == 0 ? [] : ["cart", "5"] }
    func steps(_ row: Int) -> [String] { ["/x"] }

    func trace(of row: Int, hasSpanMatching predicate: SpanPredicate) -> Bool {
        let bound = predicate.bind(to: table, context: self)
        return (0..<table.count).contains { table.traceLow[$0] == table.traceLow[row] && bound.matches($0) }
    }
}
