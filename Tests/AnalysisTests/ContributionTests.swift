import Analysis
import Telemetry
import Testing

@Suite struct ContributionTests {
    /// web (go) → call → payments (rs) → its own database call.
    private func run(pool: UInt64) throws -> Trace {
        try Trace.make([
            MadeSpan(id: 1, service: "web", language: "go", name: "POST /checkout", start: 0, end: 200 + pool),
            MadeSpan(
                id: 2, parent: 1, service: "web", language: "go", name: "call", start: 50, end: 150 + pool,
                kind: .client),
            MadeSpan(
                id: 3, parent: 2, service: "payments", language: "rust", name: "charge", start: 60, end: 140 + pool,
                kind: .server),
            MadeSpan(
                id: 4, parent: 3, service: "payments", language: "rust", name: "pool.acquire", start: 70,
                end: 70 + pool, kind: .client),
        ])
    }

    @Test func sharesGapsLanguagesAndDeltas() throws {
        let now = try [run(pool: 1000), run(pool: 3000)]
        let result = Contribution(of: now, baseline: [try run(pool: 100)])
        #expect(result.traces == 2)
        #expect(result.baselineTraces == 1)
        #expect(result.mean == 2200)
        #expect(result.baselineMean == 300)
        #expect(result.services.map(\.service) == ["payments", "web", "network/gap"])
        #expect(result.services.map(\.language) == ["rs", "go", ""])
        #expect(result.services.map(\.mean) == [2080, 100, 20])
        #expect(result.services.map(\.delta) == [1900, 0, 0])
        #expect(result.services.map(\.percent) == [95, 4, 1])
        #expect(result.services.map(\.isGap) == [false, false, true])
        #expect(result.operations.map(\.operation) == ["pool.acquire", "POST /checkout", "charge", ""])
        #expect(result.operations.map(\.mean) == [2000, 100, 80, 20])
    }

    @Test func withoutABaselineThereIsNoDelta() throws {
        let result = Contribution(of: [try run(pool: 10)], baseline: [])
        #expect(result.baselineMean == nil)
        #expect(result.services.allSatisfy { $0.delta == nil })
    }

    @Test func whatIsGoneIsListed() throws {
        let old = try Trace.make([MadeSpan(id: 1, service: "legacy", start: 0, end: 500)])
        let result = Contribution(of: [try run(pool: 10)], baseline: [old])
        let gone = try #require(result.services.first { $0.service == "legacy" })
        #expect(gone.mean == 0)
        #expect(gone.delta == -500)
        #expect(gone.percent == 0)
    }

    @Test func aClientWithoutItsServerKeepsItsTime() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, service: "web", start: 0, end: 100),
            MadeSpan(id: 2, parent: 1, service: "web", name: "redis GET", start: 10, end: 60, kind: .client),
        ])
        let result = Contribution(of: [trace], baseline: [])
        #expect(result.services.map(\.service) == ["web"])
        #expect(result.services.map(\.mean) == [100])
    }

    @Test func percentsSumToAHundred() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed)
            var spans = [MadeSpan(id: 1, service: "s0", start: 0, end: 1000)]
            for id in 2...UInt64(Int.random(in: 2...30, using: &random)) {
                let start = UInt64.random(in: 0...900, using: &random)
                spans.append(
                    MadeSpan(
                        id: id, parent: UInt64.random(in: 1..<id, using: &random), service: "s\(id % 7)", start: start,
                        end: start + UInt64.random(in: 0...400, using: &random),
                        kind: SpanKind.allCases.randomElement(using: &random) ?? .client))
            }
            let result = Contribution(of: [try Trace.make(spans)], baseline: [])
            for rows in [result.services, result.operations] {
                #expect(rows.reduce(0) { $0 + $1.percent } == 100, "seed \(seed)")
                #expect(abs(rows.reduce(0) { $0 + $1.share } - 1) < 1e-9)
                #expect(rows.reduce(0) { $0 + $1.mean } == result.mean)
                #expect(rows.allSatisfy { abs(Double($0.percent) - $0.share * 100) < 1 })
            }
        }
    }

    @Test func nothingGivesNothing() {
        let result = Contribution(of: [], baseline: [])
        #expect(result.services.isEmpty)
        #expect(result.mean == 0)
    }

    @Test func languagesAreShort() {
        #expect(["go", "rust", "java", "python"].map(SDKLanguage.short) == ["go", "rs", "java", "py"])
    }
}
