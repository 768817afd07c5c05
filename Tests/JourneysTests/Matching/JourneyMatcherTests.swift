import Journeys
import Telemetry
import Testing

/// What the matcher keeps between rows and batches must not show: every outcome is compared with filters that are asked
/// about each row by itself.
@Suite("Finding the rows of journeys, against asking every filter about every row")
struct JourneyMatcherTests {
    private static let filters = [
        "service=web", "name=\"POST /checkout\"", "name~\"^(GET|POST) /c\" kind=server", "kind=server status=error",
        "service=web or service=cart", "not service=web", "app.tenant=gold", "service=web app.tenant=gold",
        "duration>100ms", "service=cart (duration>100ms or status=error)", "not (service=web and duration>100ms)",
        "resource.host.name=h1", "version=2 env=prod", "name~\"checkout\" not app.tenant=gold", "kind=client",
        "env=nil", "app.tenant=nil service=pay", "name!=\"GET /cart\" kind!=internal", "statusMessage~\"broke\"",
        "instance=i1 or name=\"GET /cart\"",
    ]

    private func spans(_ count: Int, _ numbers: inout SeededNumbers) -> [TestSpan] {
        (0..<count).map { number in
            var span = TestSpan.make(
                trace: UInt64(number + 1), span: UInt64(number + 1), parent: numbers.next() % 3,
                took: Double(numbers.next() % 4) * 60,
                service: ["web", "cart", "pay"].randomElement(using: &numbers) ?? "",
                name: ["POST /checkout", "GET /cart", "GET /checkout", "charge"].randomElement(using: &numbers) ?? "",
                kind: [.server, .client, .internal, .consumer].randomElement(using: &numbers) ?? .server,
                failed: numbers.next() % 4 == 0)
            span.version = ["", "1", "2"].randomElement(using: &numbers) ?? ""
            span.environment = ["prod", "test", nil].randomElement(using: &numbers) ?? nil
            span.instance = ["i1", "i2", nil].randomElement(using: &numbers) ?? nil
            if numbers.next() % 3 == 0 { span.attributes["app.tenant"] = numbers.next() % 2 == 0 ? "gold" : "tin" }
            if numbers.next() % 2 == 0 { span.attributes["resource.host.name"] = "h\(numbers.next() % 3)" }
            if numbers.next() % 5 == 0 { span.message = "it broke" }
            return span
        }
    }

    private func journeys(_ numbers: inout SeededNumbers) -> [JourneyDefinition] {
        let files = (0..<12).map { number in
            func filter() -> String { Self.filters.randomElement(using: &numbers) ?? "" }
            var text = "journey: j\(number)\n"
            let isJoined = number % 4 == 3
            if isJoined { text += "join: app.tenant\nwithin: 1h\n" }
            if !isJoined || number % 8 == 3 { text += "entry: '\(filter())'\n" }
            if numbers.next() % 2 == 0 { text += "ignore: '\(filter())'\n" }
            if isJoined || numbers.next() % 2 == 0 { text += "steps:\n  - a: '\(filter())'\n  - b: '\(filter())'\n" }
            return text
        }
        let set = JourneySet(text: files.joined(separator: "---\n"), file: "test.yaml")
        #expect(!set.hasErrors, "\(set.report)")
        return set.journeys
    }

    /// What every row is, by asking all filters about each.
    private func expected(_ journeys: [JourneyDefinition], _ table: SpanTable, _ rows: Range<Int>) -> MatchedRows {
        var matched = MatchedRows()
        var taken: Set<Int> = []
        func selects(_ filter: JourneyFilter?, _ row: Int) -> Bool {
            filter.map { SpanPredicate($0.expression).bind(to: table).matches(row) } ?? false
        }
        for (number, journey) in journeys.enumerated() {
            if let entry = journey.entry { taken.formUnion(rows.filter { selects(entry, $0) }) }
            let steps = journey.steps.map(\.filter)
            if journey.join == nil {
                matched.entries += rows.filter { selects(journey.entry, $0) && !selects(journey.ignore, $0) }
                    .map { .init(journey: number, row: $0) }
                for (step, filter) in steps.enumerated() {
                    matched.steps += rows.filter { selects(filter, $0) }
                        .map { .init(journey: number, step: step, row: $0) }
                }
            } else {
                for (stage, filter) in ((journey.entry.map { [$0] } ?? []) + steps).enumerated() {
                    matched.joined += rows.filter { selects(filter, $0) && !selects(journey.ignore, $0) }
                        .map { .init(journey: number, step: stage, row: $0) }
                }
            }
        }
        for row in rows where !taken.contains(row) {
            if table.parentIDs[row] == 0 {
                matched.found.append(row)
            } else if table.kind(row) == .server || table.kind(row) == .consumer {
                matched.pending.append(row)
            }
        }
        return matched
    }

    private func expectSame(_ one: MatchedRows, _ other: MatchedRows) {
        #expect(one.entries == other.entries)
        #expect(one.steps == other.steps)
        #expect(one.joined == other.joined)
        #expect(one.found == other.found)
        #expect(one.pending == other.pending)
    }

    @Test(arguments: 0..<24)
    func everyRow_IsWhatItsFiltersSay_HoweverRowsAreCut(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let journeys = journeys(&numbers)
        var matcher = JourneyMatcher(journeys)
        for chunk in 0..<3 as Range<UInt64> {
            // A chunk grows: its later tables have more rows and more resources than its earlier ones.
            var batch = SpanBatch()
            for part in 0..<4 {
                let first = batch.count
                for span in spans(Int(numbers.next() % 120), &numbers) { batch.append(span) }
                let table = batch.table
                let rows = first..<table.count
                let number: UInt64? = part == 2 ? nil : chunk
                let found = matcher.match(table, rows: rows, chunk: number)
                expectSame(found, expected(journeys, table, rows))
                for row in rows where numbers.next() % 8 == 0 {
                    let isTaken = journeys.contains { journey in
                        journey.entry.map { SpanPredicate($0.expression).bind(to: table).matches(row) } ?? false
                    }
                    let found = matcher.isTaken(row, of: table)
                    #expect(found == isTaken)
                }
            }
        }
    }

    @Test func moreSortsThanAreRemembered_ChangeNothing() {
        let journeys = JourneySet(text: "journey: j\nentry: name~\"7$\" kind=server", file: "test.yaml").journeys
        var matcher = JourneyMatcher(journeys)
        var batch = SpanBatch()
        for number in 0..<70_000 {
            batch.append(.make(trace: UInt64(number + 1), span: UInt64(number + 1), name: "name \(number)"))
        }
        let table = batch.table
        let matched = matcher.match(table, rows: 0..<table.count)
        #expect(matched.entries.map(\.row) == (0..<70_000).filter { $0 % 10 == 7 })
        #expect(matched.found.count == 63_000)
    }
}
