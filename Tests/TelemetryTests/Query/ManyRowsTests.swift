import Telemetry
import Testing

/// Filters over many rows, packed and not, on one thread and on several.
@Suite struct ManyRowsTests {
    private static func table(_ durations: [UInt64]) -> SpanTable {
        var maker = SpanTableMaker()
        for duration in durations { maker.span(start: 0, duration: duration) }
        return maker.batch.table
    }

    private func select(_ text: String, _ table: SpanTable) throws -> [Int] {
        let predicate = SpanPredicate(try FilterExpression(parsing: text, mode: .bar))
        var rows: [UInt32] = []
        predicate.select(in: table, rows: 0..<table.count, into: &rows)
        #expect(predicate.bind(to: table).count(0..<table.count) == rows.count, "\(text)")
        return rows.map(Int.init)
    }

    /// Compares every way to ask for durations with comparing numbers.
    private func check(_ durations: [UInt64], limits: [UInt64]) throws {
        let plain = Self.table(durations)
        for table in [plain, plain.packedRows()] {
            for limit in limits {
                let tests: [(String, (UInt64) -> Bool)] = [
                    (">", { $0 > limit }), (">=", { $0 >= limit }), ("<", { $0 < limit }), ("<=", { $0 <= limit }),
                    ("=", { $0 == limit }), ("!=", { $0 != limit }),
                ]
                for (sign, test) in tests {
                    let found = try select("duration\(sign)\(limit)ns", table)
                    if found != durations.indices.filter({ test(durations[$0]) }) {
                        Issue.record("duration\(sign)\(limit)ns of \(durations.count)")
                    }
                }
            }
            for (low, high) in zip(limits, limits.dropFirst()) where low <= high {
                let inside = durations.indices.filter { (low...high).contains(durations[$0]) }
                #expect(try select("duration:\(low)ns..\(high)ns", table) == inside)
            }
        }
    }

    /// Powers of two, their quarters and their thousandths, where codes of durations change, with what lies around them.
    private static let edges: [UInt64] =
        [0]
        + (0..<63).flatMap { exponent -> [UInt64] in
            let power: UInt64 = 1 << UInt64(exponent)
            let quarters = (0..<4).map { power + power / 4 * $0 }
            let parts = exponent < 10 ? [] : [1, 2, 700, 1_023].map { power + power / 1_024 * $0 }
            return (quarters + parts).flatMap { [$0 - 1, $0, $0 + 1] }
        }

    @Test func durationsAtEveryEdge() throws {
        let durations = Self.edges + [UInt64(Int64.max)]
        let limits = stride(from: 0, to: durations.count, by: 5).map { durations[$0] } + [UInt64(Int64.max)]
        try check(durations, limits: limits)
    }

    @Test(arguments: [1, 63, 64, 65, 1_023, 1_024, 1_025, 2_500])
    func durationsInBlocksOfEverySize(count: Int) throws {
        var random = SeededRandom(UInt64(count))
        // Blocks of one duration, of few, of short ones only, and of all kinds.
        let durations = (0..<count).map { row -> UInt64 in
            switch row / 1_024 % 3 {
            case 0: random.next() >> (1 + random.next() % 63)
            case 1: 100_000_000
            default: 1_000 + random.next() % 50
            }
        }
        let limits = [0, 1, 999, 1_000, 1_025, 1_050, 99_999_999, 100_000_000, 100_000_001] + durations.prefix(20)
        try check(durations, limits: limits.filter { $0 <= UInt64(Int64.max) })
    }

    @Test func spansThatEndBeforeTheyStartLastNoTime() throws {
        var maker = SpanTableMaker()
        for row in 0..<2_100 {
            // Ends wrap around: every third span ends before it starts.
            maker.span(start: 5_000, duration: row % 3 == 0 ? UInt64.max - 100 : UInt64(row))
        }
        let table = maker.batch.table
        for table in [table, table.packedRows()] {
            #expect(try select("duration=0ns", table) == Array(stride(from: 0, to: 2_100, by: 3)))
            #expect(try select("duration>=1ns", table) == (0..<2_100).filter { $0 % 3 != 0 })
        }
    }

    @Test func durationsBeyondSignedNumbersAreLongest() throws {
        let durations = (0..<200).map { $0 % 2 == 0 ? UInt64.max - UInt64($0) : UInt64($0) }
        let table = Self.table(durations)
        for table in [table, table.packedRows()] {
            #expect(try select("duration>9000000000s", table) == Array(stride(from: 0, to: 200, by: 2)))
            #expect(try select("duration:0ns..9000000000s", table) == Array(stride(from: 1, to: 200, by: 2)))
        }
    }

    @Test(arguments: [
        "duration>1ms", "kind=client", "db.system.name=postgresql", "db.system.name!=postgresql", "user~\"7$\"",
        "user=u77", "user!~\"u1\" duration<900us", "name~\"^GET\" or user=u5", "db.system.name=nil",
        "service=cart", "number>50", "number:10..20",
    ])
    func severalThreadsFindWhatOneFinds(text: String) throws {
        var random = SeededRandom(11)
        // Enough rows for several threads, in tables of different sizes, one of them empty and some not packed.
        let tables = [40_000, 1, 0, 65_536, 3_000, 30_000].enumerated().map { number, count in
            var maker = SpanTableMaker()
            for row in 0..<count {
                var attributes = [Attribute("user", .string("u\(random.next() % 5_000)"))]
                if row % 3 > 0 { attributes.append(Attribute("number", .int(Int64(random.next() % 100)))) }
                if row % 4 == 0 {
                    attributes.append(Attribute("db.system.name", .string(row % 8 == 0 ? "postgresql" : "mysql")))
                }
                maker.span(
                    name: row % 2 == 0 ? "GET /" : "POST /", kind: row % 5 == 0 ? .client : .server,
                    duration: random.next() % 2_000_000, attributes: attributes,
                    resource: [Attribute("service.name", .string(row % 2 == 0 ? "cart" : "shop"))])
            }
            return number % 3 == 0 ? maker.batch.table.packedRows() : maker.batch.table
        }
        let predicate = SpanPredicate(try FilterExpression(parsing: text, mode: .bar))
        let together = predicate.select(in: tables)
        let oneByOne = tables.map { table in
            let bound = predicate.bind(to: table)
            return (0..<UInt32(table.count)).filter { bound.matches(Int($0)) }
        }
        #expect(together == oneByOne)
        #expect(together.contains { !$0.isEmpty })
        #expect(predicate.map(tables) { $0 + $1.count } == oneByOne.indices.map { $0 + oneByOne[$0].count })
    }

    @Test func literalsAreFoundWhereverTheyStand() throws {
        var maker = SpanTableMaker()
        var expected: [Int] = []
        var row = 0
        for literal in ["x", "xy", "xyz", "xyzzy"] {
            for length in 0...40 {
                for place in 0...max(0, length - literal.count) {
                    // Beginnings and ends of the literal stand everywhere else.
                    var text = String(repeating: "xy", count: 20).prefix(length)
                    if length >= literal.count {
                        text = text.prefix(place) + literal + text.dropFirst(place + literal.count)
                    }
                    maker.span(attributes: [Attribute("k", .string(String(text)))])
                    if text.contains("xyz") { expected.append(row) }
                    row += 1
                }
            }
        }
        let table = maker.batch.table
        for table in [table, table.packedRows()] { #expect(try select("k~\"xyz\"", table) == expected) }
        #expect(!expected.isEmpty && expected.count < row)
    }
}
