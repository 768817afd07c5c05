/// One clause with what it remembers about one table.
final class BoundClause {
    /// What is known of a field in one place.
    enum Verdict: UInt8, BitwiseCopyable {
        case unknown, missing, no, yes

        init(_ holds: Bool) { self = holds ? .yes : .no }
    }

    let clause: SpanClause
    let shared: TableColumns
    private let context: (any SpanFilterContext)?

    // Facts of the clause that the walk over rows asks for, in a form that needs no counting of references.
    let source: SpanClause.Source
    let wantsMissing: Bool
    /// The attribute's key, when any program has used it: else no row has it.
    let key: Symbol?
    /// The word that `=` compares with; nil when no row can have it.
    private let wanted: Symbol?
    private let comparesWords: Bool
    /// Set when the test is one of a number.
    let numberTest: NumberTest?
    /// Set when the test is one of a text.
    private let textMatcher: TextMatcher?
    /// Bit n: the test allows the enumeration's value n.
    private let enumeration: UInt32
    /// How the clause judges many rows at once; worked out when it first does.
    private var plan: ColumnPlan?

    /// By shape: where the key stands, plus 2; 1 for nowhere, 0 for not looked up.
    private let positions: Memory<Int32>
    /// By resource and by scope.
    private let resources: Memory<Verdict>
    private let scopes: Memory<Verdict>
    /// By the low bits of a name's symbol: the symbol that was judged last there, and the verdict.
    private let names: Memory<NameVerdict>
    /// By entry of the value table; made when enough values have been looked at to be worth it.
    private var values = Memory<Verdict>(0, .unknown)
    private var valuesJudged = 0

    private struct NameVerdict: BitwiseCopyable {
        var code: UInt32 = 0
        var verdict = Verdict.unknown
    }

    init(_ clause: SpanClause, _ shared: TableColumns, _ context: (any SpanFilterContext)?) {
        self.clause = clause
        self.shared = shared
        self.context = context
        source = clause.source
        wantsMissing = clause.wantsMissing
        key = clause.key.flatMap(Words.existing)
        comparesWords = clause.wantedWord != nil
        wanted = clause.wantedWord.flatMap(Words.existing)
        if case .number(let test) = clause.test { numberTest = test } else { numberTest = nil }
        if case .text(let test) = clause.test { textMatcher = TextMatcher(test) } else { textMatcher = nil }
        enumeration = (0..<16).reduce(0) { $0 | (clause.test.matches(enumeration: $1) ? 1 << UInt32($1) : 0) }
        let table = shared.table
        positions = Memory(key == nil ? 0 : table.shapes.count, 0)
        resources = Memory(source.looksAtResources ? table.resources.count : 0, .unknown)
        scopes = Memory(source.looksAtScopes ? table.scopes.count : 0, .unknown)
        names = Memory(source.looksAtNames && !comparesWords ? BoundClause.nameSlots : 0, NameVerdict())
    }

    deinit {
        positions.free()
        resources.free()
        scopes.free()
        names.free()
        values.free()
    }

    /// Whether the row matches, which must be one of the table's.
    func matches(_ row: Int) -> Bool {
        mark(verdict(row)) == 1
    }

    /// What a verdict means for a row: 1 for a match, else 0.
    func mark(_ verdict: Verdict) -> UInt8 { verdict == (wantsMissing ? .missing : .yes) ? 1 : 0 }

    /// Marks the verdicts on a block's rows; those on rows that do not wait say nothing.
    func judge(_ rows: Range<Int>, _ waiting: RowMarks, into verdicts: RowMarks) {
        let plan = self.plan ?? makePlan()
        self.plan = plan
        if plan.judge(rows, waiting, into: verdicts, elsewhere: { self.mark(self.elsewhere($0)) }) { return }
        verdicts.clear()
        waiting.forEach { verdicts.bytes[$0] = matches(rows.lowerBound + $0) ? 1 : 0 }
    }

    private func verdict(_ row: Int) -> Verdict {
        switch source {
        case .name: name(Symbol(code: shared.name(row)))
        case .status, .kind: kindOrStatus(shared.kindAndStatus(row))
        case .duration: number(shared.duration(row))
        case .statusMessage: message(ValueCode(bits: shared.statusMessage(row)))
        case .service, .version, .environment, .instance: resource(shared.resource(row))
        case .scopeName, .scopeVersion: scope(shared.scope(row))
        case .trace: Verdict(clause.test.matches(text: shared.table.traceID(row).hex))
        case .span: Verdict(clause.test.matches(text: shared.table.spanID(row).hex))
        case .eventName: eventNames(row)
        case .attribute(let scope): attribute(scope, row)
        case .rootName, .rootService, .selfTime, .spanCount, .journeys, .journeySteps, .states, .lifted:
            context.map { surroundings(row, $0) } ?? .unknown
        case .nowhere: .unknown
        }
    }

    /// The kind stands in the low four bits, the status in the high four.
    func kindOrStatus(_ both: UInt8) -> Verdict {
        var value = both & 0x0F
        if case .status = source { value = both >> 4 }
        return Verdict(enumeration & (1 << UInt32(value)) != 0)
    }

    private func number(_ value: UInt64) -> Verdict {
        Verdict(numberTest?.matches(value) ?? clause.test.matches(unsigned: value))
    }

    // MARK: - Words

    private static let nameSlots = 64

    func name(_ symbol: Symbol) -> Verdict {
        if comparesWords || symbol == .empty { return word(symbol) }
        let slot = Int(symbol.code) & (BoundClause.nameSlots - 1)
        let known = names[slot]
        if known.code == symbol.code { return known.verdict }
        let verdict = word(symbol)
        names[slot] = NameVerdict(code: symbol.code, verdict: verdict)
        return verdict
    }

    private func word(_ symbol: Symbol) -> Verdict {
        if symbol == .empty { return .missing }
        return Verdict(comparesWords ? symbol == wanted : clause.matches(symbol))
    }

    // MARK: - Values of the table

    /// Values looked at before verdicts are kept: a few rows of a table with many values stay cheap.
    private static let valuesBeforeKeeping = 64
    /// Tables with this many values or fewer have verdicts kept at once.
    private static let fewValues = 512

    func value(_ code: ValueCode) -> Verdict {
        if let number = code.inlineInt {
            return Verdict(numberTest?.matches(number) ?? clause.test.matches(code, in: shared.table.values))
        }
        if code == .empty { return .missing }
        guard code.entry < shared.valueCount else { return .missing }
        if values.count == 0 {
            valuesJudged += 1
            let isSmall = shared.valueCount <= BoundClause.fewValues
            if !isSmall, valuesJudged < BoundClause.valuesBeforeKeeping { return judged(code) }
            values = Memory(shared.valueCount, .unknown)
        }
        let known = values[code.entry]
        if known != .unknown { return known }
        let verdict = judged(code)
        values[code.entry] = verdict
        return verdict
    }

    /// The verdict on a code that holds no integer and is one of the table's.
    func judged(_ code: ValueCode) -> Verdict {
        let kind = shared.valueKind(code.entry)
        if kind == .empty { return .missing }
        // A list matches when one of its elements does; other values than texts are none.
        if let textMatcher, kind != .composite {
            return Verdict(kind == .string && textMatcher.matches(shared.valueText(code.entry)))
        }
        return Verdict(clause.test.matches(code, in: shared.table.values))
    }

    /// A message or an event's name: an empty text is none.
    func message(_ code: ValueCode) -> Verdict {
        if code != .empty, code.inlineInt == nil, code.entry < shared.valueCount,
            shared.valueKind(code.entry) == .string, shared.valueText(code.entry).isEmpty
        {
            return .missing
        }
        return value(code)
    }

    private func eventNames(_ row: Int) -> Verdict {
        let end = row + 1 < shared.count ? Int(shared.table.eventOffsets[row + 1]) : shared.table.events.count
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
        case .span: return list(shared.attributes(row))
        case .resource: return resource(shared.resource(row))
        case .scope: return self.scope(shared.scope(row))
        case .event: return events(row)
        case .link: return links(row)
        case .log: return .missing
        case .any: return anywhere(row)
        }
    }

    private func anywhere(_ row: Int) -> Verdict {
        let inSpan = list(shared.attributes(row))
        return inSpan != .missing ? inSpan : elsewhere(row)
    }

    /// What is known of an attribute that the span itself does not have.
    private func elsewhere(_ row: Int) -> Verdict {
        let inResource = resource(shared.resource(row))
        if inResource != .missing { return inResource }
        let inScope = scope(shared.scope(row))
        if inScope != .missing { return inScope }
        let inEvents = events(row)
        return inEvents != .missing ? inEvents : links(row)
    }

    private func events(_ row: Int) -> Verdict {
        let end = row + 1 < shared.count ? Int(shared.table.eventOffsets[row + 1]) : shared.table.events.count
        return any(Int(shared.table.eventOffsets[row]), end) { list(shared.table.events[$0].attributes) }
    }

    private func links(_ row: Int) -> Verdict {
        let end = row + 1 < shared.count ? Int(shared.table.linkOffsets[row + 1]) : shared.table.links.count
        return any(Int(shared.table.linkOffsets[row]), end) { list(shared.table.links[$0].attributes) }
    }

    private func list(_ list: AttributeList) -> Verdict {
        guard list.shape != 0, let position = position(inShape: Int(list.shape)) else { return .missing }
        return value(shared.valueCode(list, position))
    }

    func position(inShape shape: Int) -> Int? {
        guard let key else { return nil }
        guard shape < positions.count else { return nil }
        if positions[shape] == 0 {
            let found = shared.table.position(of: key, inShape: UInt32(truncatingIfNeeded: shape))
            positions[shape] = found.map { Int32(truncatingIfNeeded: $0) + 2 } ?? 1
        }
        return positions[shape] == 1 ? nil : Int(positions[shape]) - 2
    }

    // MARK: - Resources and scopes

    func resource(_ number: UInt32) -> Verdict {
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

    func scope(_ number: UInt32) -> Verdict {
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

    private func number(_ value: UInt64?) -> Verdict { value.map { number($0) } ?? .missing }
}
