import Telemetry
import Testing

/// Makes tables; a test says only what matters to it.
struct SpanTableMaker {
    var batch = SpanBatch()

    mutating func list(_ attributes: [Attribute]) -> AttributeList {
        for attribute in attributes { batch.addAttribute(Symbol(attribute.key), value: attribute.value) }
        return batch.takeAttributes()
    }

    mutating func text(_ text: String) -> ValueCode {
        var copy = text
        return copy.withUTF8 { batch.value(string: UnsafeRawBufferPointer($0)) }
    }

    mutating func span(
        name: String = "GET /", status: StatusCode = .unset, message: String? = nil, kind: SpanKind = .server,
        start: UInt64 = 1_000, duration: UInt64 = 5, trace: UInt64 = 1, id: UInt64 = 1,
        attributes: [Attribute] = [], resource: [Attribute] = [],
        scope: (name: String, version: String, attributes: [Attribute]) = ("", "", []),
        events: [(name: String, attributes: [Attribute])] = [], links: [[Attribute]] = []
    ) {
        var fields = SpanFields()
        fields.resource = batch.appendResource(list(resource))
        fields.scope = batch.appendScope(
            name: Symbol(scope.name), version: Symbol(scope.version), attributes: list(scope.attributes))
        fields.attributes = list(attributes)
        for event in events { batch.addEvent(time: 0, name: text(event.name), attributes: list(event.attributes)) }
        for link in links {
            batch.addLink(
                trace: TraceID(high: 0, low: 9), span: SpanID(9), traceState: .empty, attributes: list(link))
        }
        fields.trace = TraceID(high: 0, low: trace)
        fields.span = SpanID(id)
        fields.start = start
        fields.end = start &+ duration
        fields.name = Symbol(name)
        fields.kind = kind
        fields.status = status
        if let message { fields.statusMessage = text(message) }
        batch.appendSpan(fields)
    }
}

@Suite struct SpanPredicateTests {
    private static let table: SpanTable = {
        var maker = SpanTableMaker()
        maker.span(
            name: "POST /cart", status: .error, message: "timed out", duration: 300_000_001, trace: 0xAB, id: 0xCD,
            attributes: [
                Attribute("http.response.status_code", .int(503)), Attribute("text.code", .string("503")),
                Attribute("ratio", .double(0.5)), Attribute("tags", .array([.string("a"), .int(4)])),
                Attribute("service.name", .string("shadow")), Attribute("none", .empty),
            ],
            resource: [
                Attribute("service.name", .string("cart")), Attribute("service.version", .string("2.14.0")),
                Attribute("deployment.environment", .string("prod")), Attribute("shared", .string("resource")),
            ],
            scope: ("net/http", "1.2", [Attribute("s", .bool(true))]),
            events: [("retry", [Attribute("try", .int(1))]), ("exception", [Attribute("try", .int(2))])],
            links: [[Attribute("why", .string("batch"))]])
        return maker.batch.table
    }()

    private func matches(_ text: String) throws -> Bool {
        let predicate = SpanPredicate(try FilterExpression(parsing: text, mode: .bar))
        return predicate.bind(to: SpanPredicateTests.table).matches(0)
    }

    @Test(arguments: [
        "service=cart status=error duration>300ms name~\"^POST\"", "{ resource.service.name = \"cart\" }",
        "service.name=shadow", "version=2.14.0", "version:2.*", "env=prod", "env!=staging", "statusMessage~timed",
        "http.response.status_code>=500", "http.response.status_code:500..599", "http.response.status_code=503.0",
        "text.code=\"503\"", "ratio=50%", ".ratio:0.1..0.9", ".tags=a", ".tags=4", "none=nil", "missing.key=nil",
        "shared=resource",
        "trace=ab", "trace=AB", "trace in (00ab, f)", "trace:*ab", "span=cd", "span!=cc", "event.name=exception",
        "event.try=2", "event.try!=2", ".try=1", "link.why=batch", "why=batch", "scope.name=net/http",
        "scope.version=\"1.2\"", "scope.s=true", ".s exists", "cart", "CART", "not other", "name exists",
        "kind in (client, server)",
        "name=~\"POST .*\"", "name!=~POST", "name~OST", "name!~GET", "not level=error", "name>=P", "duration!=nil", "",
    ])
    func holds(text: String) throws {
        #expect(try matches(text))
    }

    @Test(arguments: [
        "service=shadow", "service!=cart", "service=nil", "text.code>=500", "text.code=503",
        "http.response.status_code=\"503\"",
        "missing.key=x", "missing.key!=x", "missing.key!~x", "missing.key exists", "none exists", "none!=x",
        "duration<300ms",
        "name=~POST", "name~\"^OST\"", "trace=abc", "trace=zz", "span=ab", "event.name=other", "event.try=3",
        "link.try exists",
        "scope.name=net", "scope.s=false", "level=error", "body~x", "log.a=nil", "self>0", "journey=nil",
        "trace(status=error)",
        "instance exists", "kind=client", "status!=error", "duration=nil", "http.response.status_code!=503", ".tags=5",
        "other",
    ])
    func doesNotHold(text: String) throws {
        #expect(try !matches(text))
    }

    @Test func whatCannotBeAnsweredIsNamed() throws {
        let filter = try FilterExpression(parsing: "service=a self>1s (level=warn or trace(self>2s)) n>3", mode: .bar)
        let predicate = SpanPredicate(filter)
        #expect(predicate.needsTrace)
        #expect(predicate.unsupportedClauses(hasContext: true) == ["level=warn"])
        #expect(predicate.unsupportedClauses(hasContext: false) == ["self>1s", "trace(self>2s)", "n>3", "level=warn"])
        #expect(try !SpanPredicate(FilterExpression(parsing: "service=a", mode: .bar)).needsTrace)
    }

    @Test func bulkSelectionIsCutToTheTable() throws {
        var maker = SpanTableMaker()
        for row in 0..<10 { maker.span(id: UInt64(row + 1), attributes: [Attribute("i", .int(Int64(row)))]) }
        let predicate = SpanPredicate(try FilterExpression(parsing: "i:3..7", mode: .bar))
        var rows: [UInt32] = []
        predicate.select(in: maker.batch.table, rows: 0..<1000, into: &rows)
        #expect(rows == [3, 4, 5, 6, 7])
        #expect(predicate.bind(to: maker.batch.table).count(4..<6) == 2)
        for row in 10..<5000 { maker.span(id: UInt64(row + 1), attributes: [Attribute("i", .int(Int64(row)))]) }
        let odd = SpanPredicate(try FilterExpression(parsing: "i<5 or not i<=4990 or i in (1023, 1024)", mode: .bar))
        rows = []
        odd.select(in: maker.batch.table, rows: 3..<9000, into: &rows)
        #expect(rows == [3, 4, 1023, 1024] + (4991..<5000))
        #expect(SpanPredicate(.everything).bind(to: maker.batch.table).count(0..<10) == 10)
        #expect(SpanPredicate(.any([])).bind(to: maker.batch.table).count(0..<10) == 0)
    }

    @Test func durationsBeyondAllLiteralsAreLongest() throws {
        var maker = SpanTableMaker()
        maker.span(start: 1, duration: UInt64.max - 1)
        let table = maker.batch.table
        for (text, holds) in [
            ("duration>1h", true), ("duration<1h", false), ("duration:1s..9h", false), ("duration!=1s", true),
        ] {
            let predicate = SpanPredicate(try FilterExpression(parsing: text, mode: .bar))
            #expect(predicate.bind(to: table).matches(0) == holds, "\(text)")
        }
    }

    @Test func manyThreadsShareOnePredicate() async throws {
        let predicate = SpanPredicate(try FilterExpression(parsing: "name~\"^POST\" .tags=a", mode: .bar))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { predicate.bind(to: SpanPredicateTests.table).matches(0) } }
            for await holds in group { #expect(holds) }
        }
    }
}

/// Random tables and random filters: the predicate and the oracle must agree on every row.
@Suite struct SpanPredicateOracleTests {
    private struct TableGenerator {
        var random: FilterGenerator

        mutating func value() -> AttributeValue {
            switch random.next(12) {
            case 0: .empty
            case 1: .bool(random.next(2) == 0)
            case 2: .int(Int64(random.next(1000)) - 500)
            case 3: .int(random.pick([.max, .min, 1 << 40, 1536]))
            case 4: .double(Double(random.next(1000)) / 8)
            case 5: .double(random.pick([1e300, .nan, .infinity, 5, 0.99]))
            case 6: .array((0..<random.next(3)).map { _ in .string(random.pick(random.texts)) })
            case 7: .array([.int(5), .array([.int(6)]), .bool(true), .double(5)])
            case 8: .map([Attribute("a", .int(5))])
            case 9: .bytes([1, 2])
            default: .string(random.pick(random.texts))
            }
        }

        mutating func attributes(_ keys: [String]? = nil) -> [Attribute] {
            let keys = keys ?? random.keys
            return (0..<random.next(5)).map { _ in Attribute(random.pick(keys), value()) }
        }

        mutating func table(rows: Int) -> SpanTable {
            let resourceKeys =
                random.keys + [
                    "service.name", "service.version", "deployment.environment", "deployment.environment.name",
                    "service.instance.id",
                ]
            let resources = (0..<4).map { _ in attributes(resourceKeys) + attributes(resourceKeys) }
            var maker = SpanTableMaker()
            for row in 0..<rows {
                maker.span(
                    name: random.pick(random.texts), status: random.pick(StatusCode.allCases),
                    message: random.next(2) == 0 ? nil : random.pick(random.texts),
                    kind: random.pick(SpanKind.allCases),
                    duration: UInt64(random.next(1 << 30)) * random.pick([1, 1_000, 1_000_000]),
                    trace: UInt64(random.next(3)) + 4, id: UInt64(row % 16) + 1, attributes: attributes(),
                    resource: random.pick(resources),
                    scope: (random.pick(["", "a", "lib"]), random.pick(["", "5"]), attributes()),
                    events: (0..<random.next(3)).map { _ in (random.pick(random.texts), attributes()) },
                    links: (0..<random.next(3)).map { _ in attributes() })
            }
            return maker.batch.table
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func randomFiltersOverRandomTables(seed: UInt64) {
        var tables = TableGenerator(random: FilterGenerator(seed: seed))
        var filters = FilterGenerator(seed: seed &* 31)
        filters.keys.append("deployment.environment")
        filters.texts.append("unknown_service")
        var checked = 0
        var matched = 0
        for round in 0..<25 {
            // A large table is walked in blocks, a small one row by row.
            let table = tables.table(rows: round % 5 == 0 ? 200 : 12)
            let context = round % 2 == 0 ? MadeUpContext(table: table) : nil
            let oracle = SpanPredicateOracle(table: table, context: context)
            for _ in 0..<60 {
                let filter = filters.expression(depth: 2)
                let bound = SpanPredicate(filter).bind(to: table, context: context)
                var selected: [UInt32] = []
                bound.select(0..<table.count, into: &selected)
                if selected != (0..<UInt32(table.count)).filter({ oracle.matches(filter, Int($0)) }) {
                    Issue.record("\(filter.shortSpelling) in bulk")
                }
                checkPacked(filter, table, context, selected)
                for row in 0..<table.count {
                    let expected = oracle.matches(filter, row)
                    checked += 1
                    matched += expected ? 1 : 0
                    if bound.matches(row) != expected { Issue.record("\(filter.shortSpelling) at row \(row)") }
                }
            }
        }
        #expect(checked > 50_000)
        #expect(matched > checked / 20 && matched < checked * 19 / 20)
    }

    /// A packed table's rows are judged by walking over columns.
    private func checkPacked(
        _ filter: FilterExpression, _ table: SpanTable, _ context: (any SpanFilterContext)?, _ expected: [UInt32]
    ) {
        let bound = SpanPredicate(filter).bind(to: table.packedRows(), context: context)
        var selected: [UInt32] = []
        bound.select(0..<table.count, into: &selected)
        if selected != expected { Issue.record("\(filter.shortSpelling) in bulk, packed") }
        let rows = (0..<UInt32(table.count)).filter { bound.matches(Int($0)) }
        if rows != expected { Issue.record("\(filter.shortSpelling) row by row, packed") }
        let part = table.count / 3..<table.count - table.count / 4
        var inPart: [UInt32] = []
        bound.select(part, into: &inPart)
        if inPart != expected.filter({ part.contains(Int($0)) }) {
            Issue.record("\(filter.shortSpelling) in a part, packed")
        }
    }

    @Test(arguments: [UInt64(7), 8, 9])
    func randomFiltersOverManyPackedRows(seed: UInt64) {
        var tables = TableGenerator(random: FilterGenerator(seed: seed))
        var filters = FilterGenerator(seed: seed &* 41)
        filters.keys.append("deployment.environment")
        filters.texts.append("unknown_service")
        var matched = 0
        for count in [1_500, 2_048, 2_300] {
            let table = tables.table(rows: count)
            for _ in 0..<150 {
                let filter = filters.expression(depth: 2)
                var selected: [UInt32] = []
                SpanPredicate(filter).bind(to: table).select(0..<table.count, into: &selected)
                checkPacked(filter, table, nil, selected)
                matched += selected.count
            }
        }
        #expect(matched > 30_000)
    }

    @Test(arguments: [UInt64(5), 6])
    func singleClausesOverRandomTables(seed: UInt64) {
        var tables = TableGenerator(random: FilterGenerator(seed: seed))
        var filters = FilterGenerator(seed: seed &* 37)
        var matched = 0
        for _ in 0..<10 {
            let table = tables.table(rows: 40)
            let context = MadeUpContext(table: table)
            let oracle = SpanPredicateOracle(table: table, context: context)
            for _ in 0..<400 {
                let filter = filters.clause()
                let bound = SpanPredicate(filter).bind(to: table, context: context)
                for row in 0..<table.count {
                    let expected = oracle.matches(filter, row)
                    matched += expected ? 1 : 0
                    if bound.matches(row) != expected { Issue.record("\(filter.shortSpelling) at row \(row)") }
                }
            }
        }
        #expect(matched > 10_000)
    }
}

/// Tables with more values than verdicts are kept for at once.
@Suite struct SpanPredicateValueTests {
    @Test(
        arguments: ["user~\"7$\"", "user=u78", "user!=u78", "user:u7*", "user=nil", "user in (u1, u600, u1999)"],
        [false, true])
    func verdictsAreTheSameBeforeAndAfterTheyAreKept(text: String, isPacked: Bool) throws {
        var maker = SpanTableMaker()
        for row in 0..<2_000 {
            let value = AttributeValue.string(row % 5 == 4 ? "u\(row - 1)" : "u\(row)")
            maker.span(attributes: row % 7 == 0 ? [] : [Attribute("user", value)])
        }
        let plain = maker.batch.table
        let table = isPacked ? plain.packedRows() : plain
        let filter = try FilterExpression(parsing: text, mode: .bar)
        let oracle = SpanPredicateOracle(table: table, context: nil)
        let predicate = SpanPredicate(filter)
        let bound = predicate.bind(to: table)
        var selected: [UInt32] = []
        predicate.select(in: table, rows: 0..<table.count, into: &selected)
        let expected = (0..<table.count).filter { oracle.matches(filter, $0) }
        #expect(selected.map(Int.init) == expected)
        #expect((0..<table.count).filter { bound.matches($0) } == expected)
        #expect(!expected.isEmpty)
    }
}
