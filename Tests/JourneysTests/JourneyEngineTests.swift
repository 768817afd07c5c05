import Journeys
import Telemetry
import Testing

@Suite("The journey engine: what counts where")
struct JourneyEngineTests {
    private let all = TimeWindow(from: 0, to: .max)

    @Test func aRun_CountsAtTheEndOfItsEntrySpan_InItsEnvironment() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        var staging = TestSpan.make(trace: 2, span: 2, endsAt: 1)
        staging.environment = "staging"
        engine.take([.make(endsAt: 0.5, took: 700), .make(trace: 3, endsAt: 61, failed: true), staging])
        let picture = engine.picture()
        #expect(picture.journeys.map(\.name) == ["checkout", "checkout"])
        #expect(picture.environments == ["prod", "staging"])
        let prod = try #require(picture[.init(name: "checkout", environment: "prod", isFound: false)])
        #expect(prod.counts(in: all).total == 2)
        #expect(prod.counts(in: all).failed == 1)
        let first = TimeWindow(from: TestSpan.noon, to: TestSpan.noon + 60_000_000_000)
        #expect(prod.counts(in: first).total == 1)
        #expect(prod.counts(in: first).rate == 1.0 / 60)
        #expect(prod.counts(in: first).errorShare == 0)
        let before = TimeWindow(from: TestSpan.noon - 1_000_000_000, to: TestSpan.noon)
        #expect(prod.counts(in: before).errorShare == nil)
        #expect(prod.percentile(.p50, in: before) == nil)
        #expect(prod.counts(in: before).promises.allSatisfy { $0.attainment == nil })
    }

    @Test func objectives_CountTheirOwnRuns() throws {
        var engine = JourneyEngine.make(
            """
            journey: j
            entry: service=web-bff
            failed: app.outcome=refused
            ignore: app.synthetic=yes
            slo:
              fast: {target: 99%, under: 1s}
              sure: {target: 99%}
              some: {target: 99%, under: 2s, of: app.tenant=gold}
            """)
        var refused = TestSpan.make(trace: 2, took: 10)
        refused.attributes = ["app.outcome": "refused", "app.tenant": "gold"]
        var synthetic = TestSpan.make(trace: 3, failed: true)
        synthetic.attributes = ["app.synthetic": "yes"]
        var gold = TestSpan.make(trace: 4, took: 1_000, failed: true)
        gold.attributes = ["app.tenant": "gold"]
        engine.take([.make(trace: 1, took: 999.999), refused, synthetic, gold])
        let view = try #require(engine.picture().journeys.first)
        #expect(engine.picture().journeys.count == 1, "an ignored run must not become a found journey")
        let counts = view.counts(in: all)
        #expect([counts.total, counts.failed, counts.bad] == [3, 1, 2])
        #expect(counts.promises.map(\.total) == [3, 3, 2])
        #expect(counts.promises.map(\.good) == [1, 2, 1])
    }

    @Test func aRunThatEndsBeforeItBegins_CountsForErrorsOnly() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        var broken = TestSpan.make(failed: true)
        broken.start = broken.end + 5
        engine.take([broken, .make(trace: 2, took: 300)])
        let view = try #require(engine.picture().journeys.first)
        let counts = view.counts(in: all)
        #expect([counts.total, counts.failed, counts.backwards] == [2, 1, 1])
        #expect(counts.promises.map(\.total) == [1, 2])
        #expect(view.latency([.p50], in: all)?.count == 1)
    }

    @Test func clocksThatCannotBeRight_CountAtArrival() throws {
        var engine = JourneyEngine.make(checkoutYAML, base: .stream)
        let arrival = TestSpan.noon + 90_000_000_000
        let hour: UInt64 = 3_600_000_000_000
        let ends: [UInt64] = [0, .max, 5_000_000_000, arrival + hour + 1, arrival + 10 * 8_766 * hour]
        let spans = ends.enumerated().map { number, end in
            var span = TestSpan.make(trace: UInt64(number + 1))
            span.end = end
            span.start = end > 1_000 ? end - 1_000 : 0
            return span
        }
        engine.take(spans + [.make(trace: 99)], arrival: arrival)
        let view = try #require(engine.picture().journeys.first)
        let minute = TimeWindow(from: arrival, to: arrival + 1)
        #expect(view.counts(in: TimeWindow(from: arrival - 1_000_000_000, to: arrival + 1_000_000_000)).suspect == 5)
        #expect(view.counts(in: all).total == 6)
        #expect(view.counts(in: all).suspect == 5)
        #expect(view.runs(RunSelection(window: minute), order: .newest, limit: 10).count == 5)
        #expect(engine.picture().watermark == arrival)
    }

    @Test func inAFile_NothingIsSuspect_AndAWildEndDoesNotMakeTheRestOld() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        var wild = TestSpan.make(trace: 2)
        wild.end = .max
        engine.take([.make(), wild])
        let view = try #require(engine.picture().journeys.first)
        #expect(view.counts(in: all).suspect == 0)
        #expect(view.counts(in: TimeWindow(from: TestSpan.noon, to: TestSpan.noon + 1_000_000_000)).total == 1)
        #expect(engine.picture().watermark == TestSpan.noon)
    }

    @Test func sampledRuns_AreCountedAndEstimated() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        var slow = TestSpan.make(trace: 1, took: 2_000, failed: true)
        slow.traceState = "ot=th:c"
        engine.take([slow] + (2...4).map { .make(trace: $0, took: 100) })
        let view = try #require(engine.picture().journeys.first)
        let counts = view.counts(in: all)
        #expect(counts.total == 4 && counts.estimatedTotal == 7 && counts.isSampled)
        #expect(counts.failed == 1 && counts.estimatedFailed == 4)
        #expect(counts.promises[0].estimatedGood == 3)
        let p50 = try #require(view.percentile(.p50, in: all))
        #expect(p50 > 1_900_000_000, "weighted, the slow run is the median")
    }

    @Test func scope_DecidesWhichAttributeNamesTheEnvironment() throws {
        var engine = JourneyEngine.make("journey: j\nentry: service=web-bff\nscope: tenant.name")
        var span = TestSpan.make()
        span.attributes = ["resource.tenant.name": "gold"]
        engine.take([span, .make(trace: 2)])
        #expect(engine.picture().environments == ["", "gold"])
    }

    @Test func errorKinds_AreNamedByTheBestWord() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        var spans = (1...6).map { TestSpan.make(trace: UInt64($0), failed: true) }
        spans[0].attributes = ["error.type": "timeout", "http.response.status_code": "504"]
        spans[1].attributes = ["http.response.status_code": "503"]
        spans[2].attributes = ["http.response.status_code": "502"]
        spans[3].exception = "io.Error"
        spans[4].message = "it broke"
        engine.take(spans)
        let kinds = try #require(engine.picture().journeys.first).errorKinds(in: all)
        #expect(kinds.map(\.label) == ["5xx", "error", "io.Error", "it broke", "timeout"])
        #expect(kinds.map(\.count) == [2, 1, 1, 1, 1])
        #expect(abs(kinds.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    }

    @Test func versions_AreSeenOnEntriesAndSteps() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        func pay(_ trace: UInt64, _ version: String, _ instance: String, at seconds: Double) -> TestSpan {
            var span = TestSpan.make(
                trace: trace, span: trace + 100, parent: 1, endsAt: seconds, took: 50, service: "payments",
                name: "POST /charge")
            span.version = version
            span.instance = instance
            return span
        }
        engine.take([pay(1, "2.13.4", "a", at: 0), pay(2, "2.13.4", "b", at: 1), pay(3, "2.14.0", "c", at: 2)])
        engine.take([pay(4, "2.13.4", "a", at: 3), pay(5, "9.9.9", "z", at: 4)])
        engine.take((1...UInt64(4)).map { .make(trace: $0, endsAt: 1) })
        engine.take([pay(6, "8.8.8", "y", at: 4), pay(1, "2.13.4", "b", at: 1)])
        let view = try #require(engine.picture().journeys.first)
        let versions = view.versions(in: all).filter { $0.service == "payments" }
        #expect(versions.map(\.version) == ["2.14.0", "2.13.4"], "spans of other journeys' traces do not count")
        #expect(versions.map(\.instances) == [1, 2])
        #expect(versions.map(\.count) == [1, 4])
        #expect(versions.map(\.share) == [0.2, 0.8])
        let newest = try #require(view.newestVersion(in: all))
        #expect(newest.version == "2.14.0" && newest.isMixed)
        #expect(newest.firstSeen == TestSpan.noon + 2_000_000_000)
    }

    @Test func replacedDefinitions_KeepCountsOnlyWhereTheySayTheSame() {
        let other = "journey: z\nentry: service=other"
        var engine = JourneyEngine.make(checkoutYAML + "\n---\n" + other)
        engine.take([.make(), .make(trace: 2, service: "other"), .make(trace: 3, service: "third", name: "x")])
        let changed = JourneySet(
            text: checkoutYAML.replacing("service=web-bff", with: "service~bff") + "\n---\n\n" + other,
            file: "moved.yaml")
        engine.replace(journeys: changed.journeys)
        let totals = engine.picture().journeys.map { ($0.name, $0.counts(in: all).total) }
        #expect(totals.map(\.0) == ["checkout", "z", "third x"])
        #expect(totals.map(\.1) == [0, 1, 1])
        engine.take([.make(trace: 4), .make(trace: 5, service: "other"), .make(trace: 6, service: "third", name: "x")])
        #expect(engine.picture().journeys.map { $0.counts(in: all).total } == [1, 2, 2])
    }

    @Test func replacedPromises_BeginAnew_AndTheOthersGoOn() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        engine.take([.make(trace: 1), .make(trace: 2, failed: true)])
        let changed = JourneySet(text: checkoutYAML.replacing("1.2s", with: "1.3s"), file: "test.yaml")
        engine.replace(journeys: changed.journeys)
        engine.take([.make(trace: 3)])
        let counts = try #require(engine.picture().journeys.first).counts(in: all)
        #expect(counts.total == 3 && counts.failed == 1 && counts.bad == 1)
        #expect(counts.promises.map(\.name) == ["fast", "success"])
        #expect(counts.promises.map(\.total) == [1, 3])
        #expect(counts.promises.map(\.good) == [1, 2])
    }

    @Test func environmentsBeyondTheLimit_ShareOne() {
        var engine = JourneyEngine(journeys: [], options: .init(base: .file, environmentLimit: 2))
        engine.take(
            (1...UInt64(5)).map { number in
                var span = TestSpan.make(trace: number)
                span.environment = "env\(number)"
                return span
            })
        #expect(engine.picture().environments == ["env1", "env2", "…"])
        #expect(engine.picture().journeys.map { $0.counts(in: all).total } == [1, 1, 3])
    }

    @Test func versionsAndErrorLabelsBeyondTheLimit_AreCounted() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        engine.take(
            (1...UInt64(500)).map { number in
                var span = TestSpan.make(trace: number, failed: true)
                span.version = "v\(number)"
                span.attributes = ["error.type": "kind \(number)"]
                return span
            })
        let view = try #require(engine.picture().journeys.first)
        #expect(view.versions(in: all).count == 128)
        #expect(view.versionsLeftOut == 372)
        let kinds = view.errorKinds(in: all)
        #expect(kinds.count == 64)
        #expect(kinds.first.map { $0.label == "other" && $0.count == 437 } == true)
    }

    @Test func aJourneyWithoutRuns_IsStillThere() throws {
        let picture = JourneyEngine.make(checkoutYAML).picture()
        let view = try #require(picture.journeys.first)
        #expect(view.name == "checkout" && view.environment == nil && view.seen == nil)
        #expect(view.counts(in: all).errorShare == nil)
        #expect(view.funnel(in: all).map(\.share) == [nil, nil])
        #expect(view.heatMap(in: all, columns: 10, rows: 5) == nil)
        #expect(view.countSeries(in: all, columns: 3) == [nil, nil, nil])
        #expect(picture.journeys(in: "prod").count == 1)
    }
}

@Suite("The journey engine: steps")
struct StepTests {
    private let all = TimeWindow(from: 0, to: .max)

    private func step(_ trace: UInt64, _ span: UInt64, took: Double, pay: Bool = true) -> TestSpan {
        .make(
            trace: trace, span: span, parent: 1, endsAt: 0.2, took: took, service: pay ? "payments" : "cart",
            name: pay ? "POST /charge" : "GET /cart")
    }

    private func funnel(_ batches: [[TestSpan]]) throws -> [StepView] {
        var engine = JourneyEngine.make(checkoutYAML)
        for batch in batches { engine.take(batch) }
        return try #require(engine.picture().journeys.first).funnel(in: all)
    }

    @Test func entryAndStep_MayComeInAnyOrder_OnceOrOften() throws {
        let entry = TestSpan.make(trace: 1, endsAt: 1)
        let lonely = TestSpan.make(trace: 2, endsAt: 1)
        let spans = [
            entry, lonely, step(1, 5, took: 40), step(1, 6, took: 90), step(1, 7, took: 60), step(3, 8, took: 9),
        ]
        var numbers = SeededNumbers(seed: 4)
        for _ in 0..<50 {
            let mixed = spans.shuffled(using: &numbers)
            let cut = Int(numbers.next() % 6)
            let funnel = try funnel([Array(mixed[..<cut]), Array(mixed[cut...])])
            #expect(funnel.map(\.reached) == [0, 1])
            #expect(funnel.map(\.dropped) == [2, -1])
            #expect(funnel[1].share == 0.5)
            let p95 = try #require(funnel[1].p95)
            #expect(abs(Double(p95) / 90e6 - 1) < 0.005_5, "the longest span of a step counts")
        }
    }

    @Test func aStepWithABrokenClock_IsReached_WithoutADuration() throws {
        var broken = step(1, 5, took: 10)
        broken.start = broken.end + 1
        let funnel = try funnel([[broken, .make(trace: 1)]])
        #expect(funnel[1].reached == 1)
        #expect(funnel[1].p95 == nil)
    }

    @Test func tracesOfLongAgo_AreForgotten() throws {
        var engine = JourneyEngine.make(checkoutYAML, base: .stream)
        let minute: UInt64 = 60_000_000_000
        engine.take([.make(trace: 1), .make(trace: 2)], arrival: TestSpan.noon)
        engine.take([step(1, 5, took: 10)], arrival: TestSpan.noon + 9 * minute)
        engine.take([.make(trace: 7), .make(trace: 8)], arrival: TestSpan.noon + 30 * minute)
        engine.take([.make(trace: 9)], arrival: TestSpan.noon + 60 * minute)
        engine.take([step(2, 6, took: 10)], arrival: TestSpan.noon + 60 * minute)
        let view = try #require(engine.picture().journeys.first)
        #expect(view.funnel(in: all).map(\.reached) == [0, 1])
    }

    @Test func funnel_CountsAtTheRun_NotAtTheStep() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        engine.take([step(1, 5, took: 10), .make(trace: 1, endsAt: 600, took: 599_900)])
        let view = try #require(engine.picture().journeys.first)
        let early = TimeWindow(from: TestSpan.noon, to: TestSpan.noon + 60_000_000_000)
        #expect(view.funnel(in: early).map(\.reached) == [0, 0])
        #expect(view.funnel(in: all).map(\.reached) == [0, 1])
    }
}

@Suite("The journey engine: found journeys")
struct FoundJourneyTests {
    private let all = TimeWindow(from: 0, to: .max)

    @Test func spansWithoutAParent_FormJourneysByServiceAndName() {
        var engine = JourneyEngine.make(checkoutYAML)
        let pending = engine.take([
            .make(trace: 1), .make(trace: 2, name: "GET /"), .make(trace: 3, name: "GET /", kind: .client),
            .make(trace: 4, parent: 9, name: "GET /x"), .make(trace: 5, parent: 9, name: "inner", kind: .internal),
            .make(trace: 6, parent: 9),
        ])
        #expect(pending == [3], "only SERVER and CONSUMER spans that no file selects wait for a parent")
        let picture = engine.picture()
        #expect(picture.journeys.map(\.name) == ["checkout", "web-bff GET /"])
        #expect(picture.journeys.map { $0.counts(in: all).total } == [2, 2])
        #expect(picture.journeys.map(\.isFound) == [false, true])
        #expect(picture.journeys[1].identity?.kind == nil)
    }

    @Test func anOrphan_CountsOnceItIsDecided_UnlessAFileSelectsIt() {
        var engine = JourneyEngine.make(checkoutYAML)
        let table = SpanTable.make([.make(trace: 1, parent: 9, name: "GET /x"), .make(trace: 2, parent: 9)])
        #expect(engine.ingest(table, rows: 0..<2, chunk: 7, arrival: 0) == [0])
        engine.resolveOrphan(table, row: 0, chunk: 7, arrival: 0)
        engine.resolveOrphan(table, row: 1, chunk: 7, arrival: 0)
        let picture = engine.picture()
        #expect(picture.journeys.map(\.name) == ["checkout", "web-bff GET /x"])
        #expect(picture.journeys.map { $0.counts(in: all).total } == [1, 1])
        let run = picture.journeys[1].runs(RunSelection(window: all), order: .newest, limit: 1).first
        #expect(run?.reference == SpanReference(chunk: 7, row: 0))
    }

    @Test func beyondTheLimit_TheRestIsOneRow() {
        var engine = JourneyEngine.make(foundLimit: 3)
        engine.take((1...10).map { .make(trace: $0, name: "op\($0 % 5)") })
        let picture = engine.picture()
        #expect(picture.journeys.map(\.name) == ["web-bff op1", "web-bff op2", "web-bff op3", "other (2 names)"])
        #expect(picture.journeys.map { $0.counts(in: all).total } == [2, 2, 2, 4])
        #expect(picture.otherNames == 2)
        #expect(picture.journeys.last?.id.name == "other")
    }

    @Test func aJourneyLongWithoutARun_MakesRoom() {
        var engine = JourneyEngine.make(foundLimit: 2)
        engine.take([.make(trace: 1, name: "old"), .make(trace: 2, endsAt: 60, name: "kept")])
        engine.take([.make(trace: 3, endsAt: 4 * 3_600, name: "kept"), .make(trace: 4, endsAt: 4 * 3_600, name: "new")])
        let picture = engine.picture()
        #expect(picture.journeys.map(\.name) == ["web-bff kept", "web-bff new"])
        #expect(picture.journeys.map { $0.counts(in: all).total } == [2, 1])
    }
}
