import DataSources
import Journeys
import Pipeline
import Telemetry
import Testing

@Suite struct PipelineTests {
    @Test func whatIsAccepted_IsInTheNextPicture() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock, yaml: homeYAML)
        let before = pipeline.picture()
        try await pipeline.accept(
            Delivery(spans: .make([.make(1), .make(2, parent: 1, kind: .client)]), logRecords: 3, metricPoints: 4))
        let after = pipeline.picture()
        #expect(before.store.spanCount == 0)
        #expect(before.logRecords == 0)
        #expect(after.now == noon)
        #expect(after.store.spanCount == 2)
        #expect(after.logRecords == 3)
        #expect(after.metricPoints == 4)
        #expect(after.runs("home") == 1)
        #expect(after.journeys.journeys.map(\.name) == ["home"])
    }

    @Test func anOrphan_IsDecidedAfterThirtySeconds_AndNotBefore() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock)
        try await pipeline.accept([.make(2, parent: 1)])
        clock.advance(seconds: 30)
        pipeline.tick()
        #expect(pipeline.runs("web GET /") == nil)
        clock.advance(nanoseconds: 1)
        pipeline.tick()
        #expect(pipeline.runs("web GET /") == 1)
        // Once decided it is neither decided again nor taken back.
        try await pipeline.accept([.make(1, name: "parent", kind: .client)])
        clock.advance(seconds: 60)
        pipeline.tick()
        #expect(pipeline.runs("web GET /") == 1)
    }

    @Test func aParentInTime_PreventsAFoundJourney() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock)
        try await pipeline.accept([.make(2, parent: 1)])
        clock.advance(seconds: 29)
        try await pipeline.accept([.make(1, parent: 7, kind: .client)])
        clock.advance(seconds: 90)
        pipeline.tick()
        #expect(pipeline.runs("web GET /") == nil)
    }

    @Test func patience_IsMeasuredWithItsOwnClock() async throws {
        let clock = ManualClock()
        let patience = ManualClock(second)
        let pipeline = Pipeline.make(clock, patience: patience)
        try await pipeline.accept([.make(2, parent: 1)])
        clock.advance(seconds: 600)
        pipeline.tick()
        #expect(pipeline.runs("web GET /") == nil)
        patience.advance(seconds: 30.5)
        pipeline.tick()
        #expect(pipeline.runs("web GET /") == 1)
    }

    @Test func ofAnEntrySpan_NobodyWaitsForTheParent() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock, yaml: homeYAML)
        try await pipeline.accept([.make(2, parent: 1)])
        #expect(pipeline.runs("home") == 1)
        clock.advance(seconds: 31)
        pipeline.tick()
        #expect(pipeline.runs("home") == 1)
        #expect(pipeline.runs("web GET /") == nil)
    }

    @Test func duplicates_CountOnce() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock)
        let spans: [TestSpan] = [.make(1), .make(2, trace: 2), .make(3, trace: 3, parent: 9)]
        for _ in 0..<3 { try await pipeline.accept(spans) }
        clock.advance(seconds: 31)
        pipeline.tick()
        let picture = pipeline.picture()
        #expect(picture.store.counters.accepted == 3)
        #expect(picture.store.counters.duplicates == 6)
        #expect(picture.runs("web GET /") == 3)
    }

    @Test func lateSpansAndClocksAhead_AreCounted() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock)
        clock.advance(seconds: 100)
        let now = clock.now
        try await pipeline.accept([
            .make(1, end: now - 30 * second), .make(2, end: now - 30 * second - 1), .make(3, end: noon - second),
            .make(4, end: now + second), .make(5, end: now + second + 1, service: "ahead"),
            .make(6, end: now + 9 * second, service: "ahead"),
        ])
        let health = pipeline.picture().health
        // What ended before the program started is its past.
        #expect(health.spans == 5)
        #expect(health.late == 1)
        #expect(health.skewedServices == 1)
        clock.advance(seconds: 3601)
        #expect(pipeline.picture().health == DataHealthCounts())
    }

    @Test func theBudget_IsKept_AndWhatIsEvictedIsCounted() async throws {
        let clock = ManualClock()
        let budget = 3 << 20
        let pipeline = Pipeline.make(clock, memoryBudget: budget)
        var sent = 0
        for batch in shop(seconds: 400, rows: 16_384) {
            sent += batch.count
            try await pipeline.accept(Delivery(spans: batch))
            #expect(pipeline.picture().store.byteCount <= budget)
        }
        let store = pipeline.picture().store
        #expect(store.counters.evicted > 0)
        #expect(store.counters.accepted == sent)
        #expect(store.spanCount + store.counters.evicted == sent)
    }

    @Test func aStoppedPipeline_RefusesAndTakesNothing() async throws {
        let pipeline = Pipeline.make(ManualClock())
        try await pipeline.accept([.make(1)])
        pipeline.stop()
        await #expect(throws: SinkRefusal.stopped) { try await pipeline.accept([.make(2)]) }
        #expect(pipeline.picture().store.spanCount == 1)
    }

    @Test func aPicture_NeverChanges() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock, yaml: homeYAML)
        try await pipeline.accept([.make(1)])
        let picture = pipeline.picture()
        for number in 2..<200 as Range<UInt64> { try await pipeline.accept([.make(number, trace: number)]) }
        #expect(picture.store.spanCount == 1)
        #expect(picture.runs("home") == 1)
        #expect(pipeline.runs("home") == 199)
    }

    // MARK: Other journeys

    @Test func newJourneys_GetTheirPast_WhileEverythingIsHeld() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock)
        try await pipeline.accept([.make(1), .make(2, trace: 2), .make(3, trace: 3, name: "other")])
        clock.advance(seconds: 1)
        try await pipeline.accept([.make(4, trace: 4, parent: 9, name: "orphan")])
        #expect(pipeline.runs("web GET /") == 2)
        pipeline.replace(journeys: journeys(homeYAML))
        #expect(pipeline.runs("home") == 2)
        #expect(pipeline.runs("web GET /") == nil)
        #expect(pipeline.runs("web other") == 1)
        #expect(pipeline.runs("web orphan") == nil)
        clock.advance(seconds: 31)
        pipeline.tick()
        #expect(pipeline.runs("web orphan") == 1)
        #expect(pipeline.runs("home") == 2)
    }

    @Test func afterEviction_EqualJourneysKeepTheirCounts_AndNewOnesBeginNow() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock, yaml: homeYAML, memoryBudget: 2 << 20)
        try await pipeline.accept([.make(1), .make(2, trace: 2, name: "cart")])
        for batch in shop(seconds: 250, rows: 16_384) { try await pipeline.accept(Delivery(spans: batch)) }
        #expect(pipeline.picture().store.counters.evicted > 0)
        let cart = "---\njourney: cart\nentry: service=web name=cart\n"
        pipeline.replace(journeys: journeys(homeYAML + "\n" + cart))
        #expect(pipeline.runs("home") == 1)
        #expect(pipeline.runs("cart") == 0)
        try await pipeline.accept([.make(3, trace: 3), .make(4, trace: 4, name: "cart")])
        #expect(pipeline.runs("home") == 2)
        #expect(pipeline.runs("cart") == 1)
    }

    // MARK: Files

    @Test func ofFiles_NowIsTheLatestCredibleEnd() async throws {
        let clock = ManualClock(noon + 1_000_000 * second)
        let pipeline = Pipeline.make(clock, base: .file)
        #expect(pipeline.picture().now == 0)
        try await pipeline.accept([
            .make(1, end: noon + 5 * second), .make(2, trace: 2, end: noon), .make(3, trace: 3, end: .max - 1),
        ])
        #expect(pipeline.picture().now == noon + 5 * second)
        #expect(pipeline.picture().health == DataHealthCounts())
    }

    @Test func ofFiles_OrphansAreDecidedAtTheEnd() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock, base: .file)
        try await pipeline.accept([.make(2, parent: 1), .make(4, trace: 2, parent: 3, name: "inner")])
        clock.advance(seconds: 1000)
        pipeline.tick()
        #expect(pipeline.picture().journeys.journeys.isEmpty)
        try await pipeline.accept([.make(3, trace: 2, name: "outer")])
        pipeline.finish()
        #expect(pipeline.runs("web GET /") == 1)
        #expect(pipeline.runs("web outer") == 1)
        #expect(pipeline.runs("web inner") == nil)
    }

    // MARK: A whole source

    @Test func theShop_ArrivesWhole() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock)
        let simulator = Simulator(SimulatorConfiguration(seed: 5, fault: nil))
        let source = SimulatorSource(
            simulator, time: SimulatedTime { clock.now }, history: 60 * second, end: noon)
        try await source.run(SourceRequest(), into: pipeline)
        let batches = simulator.batches(from: noon - 60 * second, to: noon, isOpening: true)
        let store = pipeline.picture().store
        #expect(store.counters.accepted == batches.reduce(0) { $0 + $1.count })
        #expect(store.counters.duplicates == 0)
        let roots = batches.reduce(0) { sum, batch in
            sum + (0..<batch.count).count { batch.table.parentIDs[$0] == 0 }
        }
        let picture = pipeline.picture()
        let window = TimeWindow(last: 3600 * second, until: picture.now)
        #expect(picture.journeys.journeys.reduce(0) { $0 + Int($1.counts(in: window).total) } == roots)
    }
}
