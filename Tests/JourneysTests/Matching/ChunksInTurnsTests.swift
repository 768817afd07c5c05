import Journeys
import Telemetry
import Testing

/// Chunks that are written side by side: their batches come in turns, and nothing that is known of one holds for another.
@Suite("Chunks in turns")
struct ChunksInTurnsTests {
    /// More chunks than anything is kept of at a time.
    private static let chunks = 6
    private static let services = ["web-bff", "cart", "payments", "search"]

    /// A table whose resources have other numbers than in the tables beside it.
    private static func table(_ chunk: Int, rounds: Int = 8) -> SpanTable {
        var spans: [TestSpan] = []
        for round in 0..<rounds {
            for place in 0..<services.count {
                let service = services[(place + chunk) % services.count]
                var span = TestSpan.make(
                    trace: UInt64(chunk * 1_000 + round * 10 + place + 1), endsAt: Double(round), service: service,
                    name: service == "web-bff" ? "POST /checkout" : "GET /\(service)")
                span.environment = chunk % 2 == 0 ? "prod" : "test"
                span.version = "\(chunk % 3).0"
                spans.append(span)
            }
        }
        return SpanTable.make(spans)
    }

    @Test func runs_AreCountedAsInTablesOfTheirOwn() {
        let tables = (0..<Self.chunks).map { Self.table($0) }
        var together = JourneyEngine.make(checkoutYAML)
        var apart = JourneyEngine.make(checkoutYAML)
        for row in 0..<tables[0].count {
            for (number, table) in tables.enumerated() {
                // Every other time two in a row, so that a chunk is also gone on with.
                for row in row % 2 == 0 ? [row, row + 1] : [] {
                    let pending = together.ingest(table, rows: row..<row + 1, chunk: UInt64(number + 1), arrival: 0)
                    let expected = apart.ingest(table, rows: row..<row + 1, chunk: nil, arrival: 0)
                    #expect(pending == expected)
                }
            }
        }
        let all = TimeWindow(from: 0, to: .max)
        func described(_ engine: JourneyEngine) -> [String] {
            var engine = engine
            return engine.takePicture().journeys.map { "\($0.name) \($0.id) \($0.counts(in: all).total)" }
        }
        #expect(described(together) == described(apart))
        #expect(described(apart).count > Self.services.count, "both environments are there")
    }

    /// Spans of fifteen minutes, eight a second; a release and a smaller pool on the way.
    private static func changing(_ services: [String]) -> SpanTable {
        var spans: [TestSpan] = []
        for second in 0..<900 {
            for service in services {
                let version = service == "payments" && second >= 700 ? "2.0" : "1.0"
                let pool = service == "cart" && second >= 800 ? "10" : "50"
                for part in 0..<4 {
                    let time = Double(second) + Double(part) / 10
                    spans.append(.seen(time, service, version: version, with: ["app.pool.max": pool]))
                }
            }
        }
        return SpanTable.make(spans)
    }

    private static func events(_ tables: [SpanTable], inChunks: Bool) -> [String] {
        var observer = ChangeObserver()
        var timeline: [TimelineEvent] = []
        for second in 0..<900 {
            let now = ChangeStream.at(Double(second + 1))
            let rows = second * 8..<second * 8 + 8
            for (number, table) in tables.enumerated() {
                observer.observe(table, rows: rows, chunk: inChunks ? UInt64(number + 1) : nil, arrival: now)
            }
            timeline.record(observer.settle(now: now))
        }
        return timeline.map(\.sentence)
    }

    @Test func changes_AreSeenAsInTablesOfTheirOwn() {
        // Each has a service first that is second in the other.
        let tables = [Self.changing(["payments", "cart"]), Self.changing(["cart", "payments"])]
        let apart = Self.events(tables, inChunks: false)
        #expect(Self.events(tables, inChunks: true) == apart)
        #expect(apart.contains { $0.contains("2.0") }, "the release is seen: \(apart)")
    }
}
