/// A filter that answers for the rows of one table.
///
/// It remembers what it has worked out, so it belongs to one thread; the table it was bound to does not change.
package final class BoundSpanPredicate {
    /// Where to go on from a clause; apart from the clauses so that the walk touches nothing counted.
    private struct Jump {
        let ifTrue: Int
        let ifFalse: Int
    }

    private let entry: Int
    private let jumps: [Jump]
    private let clauses: [BoundClause]
    private let rowCount: Int

    init(_ predicate: SpanPredicate, _ table: SpanTable, _ context: (any SpanFilterContext)?) {
        let shared = SharedTable(table)
        entry = predicate.entry
        rowCount = table.count
        jumps = predicate.steps.map { Jump(ifTrue: $0.ifTrue, ifFalse: $0.ifFalse) }
        clauses = predicate.steps.map { BoundClause($0.clause, shared, context) }
    }

    /// Whether the row's span matches; the row must be one of the table's.
    package func matches(_ row: Int) -> Bool {
        var place = entry
        while place >= 0 {
            place = clauses[place].matches(row) ? jumps[place].ifTrue : jumps[place].ifFalse
        }
        return place == SpanPredicate.accept
    }

    /// Appends the matching rows of a range, in order; the range is cut to the table's rows.
    package func select(_ rows: Range<Int>, into selected: inout [UInt32]) {
        for row in rows.clamped(to: 0..<rowCount) where matches(row) {
            selected.append(UInt32(truncatingIfNeeded: row))
        }
    }

    /// How many rows of a range match; the range is cut to the table's rows.
    package func count(_ rows: Range<Int>) -> Int {
        var count = 0
        for row in rows.clamped(to: 0..<rowCount) where matches(row) { count += 1 }
        return count
    }
}

extension SpanPredicate {
    /// Appends the matching rows of a table's range, in order.
    package func select(in table: SpanTable, rows: Range<Int>, into selected: inout [UInt32]) {
        bind(to: table).select(rows, into: &selected)
    }
}

/// The table of all clauses of one filter, so that its many columns are counted once.
private final class SharedTable {
    let table: SpanTable

    init(_ table: SpanTable) { self.table = table }
}

/// One clause with what it remembers about one table.
private final class BoundClause {
    /// What is known of a field in one place.
    private enum Verdict: UInt8 {
        case unknown, missing, no, yes

        init(_ holds: Bool) { self = holds ? .yes : .no }
    }

    private let clause: SpanClause
    private let source: SpanClause.Source
    private let wantsMissing: Bool
    private let shared: SharedTable
    private let context: (any SpanFilterContext)?
    /// The attribute's key, when any process has used it: else no row has it.
    private let key: Symbol?
    /// The word that `=` compares with; nil when no row can have it.
    private let wanted: Symbol?
    private let comparesWords: Bool

    /// By shape: where the key stands, plus 2; 1 for nowhere, 0 for not looked up.
    private var positions: [Int32] = []
    /// By entry of the value table; made when enough values have been looked at to be worth it.
    private var values: [Verdict] = []
    private var valuesJudged = 0
    /// By resource and by scope.
    private var resources: [Verdict] = []
    private var scopes: [Verdict] = []
    /// The last name and the verdict on it, and a small table of names before it.
    private var names: [(code: UInt32, verdict: Verdict)] = []

    init(_ clause: SpanClause, _ shared: SharedTable, _ context: (any SpanFilterContext)?) {
        self.clause = clause
        self.shared = shared
        self.context = context
        source = clause.source
        wantsMissing = clause.wantsMissing
        key = clause.key.flatMap(Words.existing)
        comparesWords = clause.wantedWord != nil
        wanted = clause.wantedWord.flatMap(Words.existing)
    }

    func matches(_ row: Int) -> Bool {
        let verdict = verdict(row)
        return wantsMissing ? verdict == .missing : verdict == .yes
    }

    private func verdict(_ row: Int) -> Verdict {
        switch source {
        case .name: name(Symbol(code: shared.table.names[row]))
        case .status: Verdict(clause.test.matches(enumeration: shared.table.kindAndStatus[row] >> 4))
        case .kind: Verdict(clause.test.matches(enumeration: shared.table.kindAndStatus[row] & 0x0F))
        case .duration: Verdict(clause.test.matches(unsigned: shared.table.duration(row)))
        case .statusMessage: message(ValueCode(bits: shared.table.statusMessages[row]))
        case .service, .version, .environment, .instance: resource(shared.table.resourceOf[row])
        case .scopeName, .scopeVersion: scope(shared.table.scopeOf[row])
        case .trace: Verdict(clause.test.matches(text: shared.table.traceID(row).hex))
        case .span: Verdict(clause.test.matches(text: shared.table.spanID(row).hex))
        case .eventName: eventNames(row)
        case .attribute(let scope): attribute(scope, row)
        case .rootName, .rootService, .selfTime, .spanCount, .journeys, .journeySteps, .states, .lifted:
            context.map { surroundings(row, $0) } ?? .unknown
        case .nowhere: .unknown
        }
    }

    // MARK: - Words

    private static let nameSlots = 64

    private func name(_ symbol: Symbol) -> Verdict {
        if symbol == .empty { return .missing }
        if comparesWords { return Verdict(symbol == wanted) }
        if names.isEmpty { names = Array(repeating: (0, .unknown), count: BoundClause.nameSlots) }
        let slot = Int(symbol.code) & (BoundClause.nameSlots - 1)
        if names[slot].code == symbol.code { return names[slot].verdict }
        let verdict = Verdict(clause.matches(symbol))
        names[slot] = (symbol.code, verdict)
        return verdict
    }

    private func word(_ symbol: Symbol) -> Verdict {
        if symbol == .empty { return .missing }
        if comparesWords { return Verdict(symbol == wanted) }
        return Verdict(clause.matches(symbol))
    }

    // MARK: - Values of the table

    /// Values looked at before verdicts are kept: a few rows of a table with many values stay cheap.
    private static let valuesBeforeKeeping = 64

    private func value(_ code: ValueCode) -> Verdict {
        if code == .empty { return .missing }
        if code.inlineInt != nil { return Verdict(clause.test.matches(code, in: shared.table.values)) }
        guard code.entry < shared.table.values.count else { return .missing }
        if values.isEmpty {
            valuesJudged += 1
            if valuesJudged < BoundClause.valuesBeforeKeeping { return judged(code) }
            values = Array(repeating: .unknown, count: shared.table.values.count)
        }
        if values[code.entry] == .unknown { values[code.entry] = judged(code) }
        return values[code.entry]
    }

    private func judged(_ code: ValueCode) -> Verdict {
        let isEmpty = shared.table.values.kind(of: code) == .empty
        return isEmpty ? .missing : Verdict(clause.test.matches(code, in: shared.table.values))
    }

    /// A message or an event's name: an empty text is none.
    private func message(_ code: ValueCode) -> Verdict {
        if code != .empty, code.inlineInt == nil, shared.table.values.kind(of: code) == .string,
            shared.table.values.withBytes(of: code, { $0.isEmpty })
        {
            return .missing
        }
        return value(code)
    }

    private func eventNames(_ row: Int) -> Verdict {
        let end = row + 1 < shared.table.count ? Int(shared.table.eventOffsets[row + 1]) : shared.table.events.count
        return any(Int(shared.table.eventOffsets[row]), end) { message(shared.table.events[$0].name) }
    }

    /// The best verdict on several things: one that matches is enough, one that is there makes it not missing.
    private func any(_ start: Int, _ end: Int, _ verdict: (Int) -> Verdict) -> Verdict {
        var best = Verdict.missing
        var index = start
        while index < end, best != .yes {
            let next = verdict(index)
            if next.rawValue > best.rawValue { best = next }
            index += 1
        }
        return best
    }

    // MARK: - Attributes

    private func attribute(_ scope: FilterScope, _ row: Int) -> Verdict {
        guard key != nil else { return .missing }
        switch scope {
        case .span: return list(shared.table.attributes(row))
        case .resource: return resource(shared.table.resourceOf[row])
        case .scope: return self.scope(shared.table.scopeOf[row])
        case .event: return events(row)
        case .link: return links(row)
        case .log: return .missing
        case .any: return anywhere(row)
        }
    }

    private func anywhere(_ row: Int) -> Verdict {
        let inSpan = list(shared.table.attributes(row))
        if inSpan != .missing { return inSpan }
        let inResource = resource(shared.table.resourceOf[row])
        if inResource != .missing { return inResource }
        let inScope = scope(shared.table.scopeOf[row])
        if inScope != .missing { return inScope }
        let inEvents = events(row)
        return inEvents != .missing ? inEvents : links(row)
    }

    private func events(_ row: Int) -> Verdict {
        let end = row + 1 < shared.table.count ? Int(shared.table.eventOffsets[row + 1]) : shared.table.events.count
        return any(Int(shared.table.eventOffsets[row]), end) { list(shared.table.events[$0].attributes) }
    }

    private func links(_ row: Int) -> Verdict {
        let end = row + 1 < shared.table.count ? Int(shared.table.linkOffsets[row + 1]) : shared.table.links.count
        return any(Int(shared.table.linkOffsets[row]), end) { list(shared.table.links[$0].attributes) }
    }

    private func list(_ list: AttributeList) -> Verdict {
        guard list.shape != 0, let position = position(inShape: Int(list.shape)) else { return .missing }
        return value(shared.table.valueCode(list, position))
    }

    private func position(inShape shape: Int) -> Int? {
        guard let key else { return nil }
        if positions.isEmpty { positions = Array(repeating: 0, count: shared.table.shapes.count) }
        guard shape < positions.count else { return nil }
        if positions[shape] == 0 {
            let found = shared.table.position(of: key, inShape: UInt32(truncatingIfNeeded: shape))
            positions[shape] = found.map { Int32(truncatingIfNeeded: $0) + 2 } ?? 1
        }
        return positions[shape] == 1 ? nil : Int(positions[shape]) - 2
    }

    // MARK: - Resources and scopes

    private func resource(_ number: UInt32) -> Verdict {
        if resources.isEmpty { resources = Array(repeating: .unknown, count: shared.table.resources.count) }
        let index = Int(number)
        guard index < resources.count else { return .missing }
        if resources[index] == .unknown { resources[index] = judged(shared.table.resources[index]) }
        return resources[index]
    }

    private func judged(_ resource: ResourceRow) -> Verdict {
        switch source {
        case .service: word(resource.service)
        case .version: word(resource.version)
        case .environment: word(resource.environment)
        case .instance: instance(resource.instance)
        default: list(resource.attributes)
        }
    }

    /// Compared as text, whatever its type, like the other words of a resource.
    private func instance(_ code: ValueCode) -> Verdict {
        let text = code == .empty ? "" : shared.table.values.text(code)
        return text.isEmpty ? .missing : Verdict(clause.test.matches(text: text))
    }

    private func scope(_ number: UInt32) -> Verdict {
        if scopes.isEmpty { scopes = Array(repeating: .unknown, count: shared.table.scopes.count) }
        let index = Int(number)
        guard index < scopes.count else { return .missing }
        if scopes[index] == .unknown { scopes[index] = judged(shared.table.scopes[index]) }
        return scopes[index]
    }

    private func judged(_ scope: ScopeRow) -> Verdict {
        switch source {
        case .scopeName: word(scope.name)
        case .scopeVersion: word(scope.version)
        default: list(scope.attributes)
        }
    }

    // MARK: - Traces and journeys

    private func surroundings(_ row: Int, _ context: any SpanFilterContext) -> Verdict {
        switch source {
        case .rootName: texts(context.rootName(row).map { [$0] } ?? [])
        case .rootService: texts(context.rootService(row).map { [$0] } ?? [])
        case .selfTime: number(context.selfTime(row))
        case .spanCount: number(context.spanCount(row))
        case .journeys: texts(context.journeys(row))
        case .journeySteps: texts(context.steps(row))
        case .states: texts(context.states(row))
        case .lifted: Verdict(clause.lifted.map { context.trace(of: row, hasSpanMatching: $0) } ?? false)
        default: .unknown
        }
    }

    private func texts(_ texts: [String]) -> Verdict {
        texts.isEmpty ? .missing : Verdict(texts.contains { clause.test.matches(text: $0) })
    }

    private func number(_ value: UInt64?) -> Verdict {
        value.map { Verdict(clause.test.matches(unsigned: $0)) } ?? .missing
    }
}
