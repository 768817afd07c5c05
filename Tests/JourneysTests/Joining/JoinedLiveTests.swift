import Journeys
import Telemetry
import Testing

/// Joined runs of streams: decided once, when late spans have had their time.
struct JoinedLiveTests {
    private static let second: UInt64 = 1_000_000_000

    /// Feeds spans at their arrival, and lets the engine decide every second up to 30 s ago.
    private func engine(
        _ live: JoinCase, late: [Double], until: Double, openLimit: Int = 100_000
    ) -> JourneyEngine {
        var engine = JourneyEngine(
            journeys: JourneySet(text: live.yaml, file: "test.yaml").journeys, options: .init(openLimit: openLimit))
        let arrivals = zip(live.visits, late).map { visit, delay in
            (visit.span(), visit.endTime + UInt64(delay * 1e9))
        }.sorted { $0.1 < $1.1 }
        var next = 0
        for tick in 0...Int(until) {
            let now = TestSpan.noon + UInt64(tick) * Self.second
            var part: [TestSpan] = []
            while next < arrivals.count, arrivals[next].1 <= now {
                part.append(arrivals[next].0)
                next += 1
            }
            if !part.isEmpty { engine.take(part, arrival: now) }
            engine.settle(through: now - 30 * Self.second)
        }
        return engine
    }

    @Test(arguments: 0..<8)
    func lateSpansCountAsIfTheyHadNotBeenLate(seed: Int) {
        var numbers = SeededNumbers(seed: UInt64(300 + seed))
        for _ in 0..<150 {
            let live = JoinCase.make(&numbers)
            let late = live.visits.map { _ in Double(Int.random(in: 0...25, using: &numbers)) }
            let picture = engine(live, late: late, until: 500).picture()
            #expect(picture.tallies() == live.tallies(), "\(live) \(late)")
            for view in picture.journeys where view.name == "walk" { #expect(view.openRuns == 0) }
        }
    }

    @Test func theOrderWithinABatchDoesNotMatter() {
        var numbers = SeededNumbers(seed: 17)
        for _ in 0..<100 {
            let live = JoinCase.make(&numbers)
            var mixed = live
            mixed.visits.shuffle(using: &numbers)
            let late = live.visits.map { _ in 25.0 }
            #expect(
                engine(live, late: late, until: 500).picture().tallies()
                    == engine(mixed, late: late, until: 500).picture().tallies())
        }
    }

    @Test func aRunIsOpenThenDecidedOnceAndNeverTakenBack() {
        let walk = [
            Visit(value: "a", step: 0, start: 10, number: 1), Visit(value: "a", step: 1, start: 15, number: 2),
            Visit(value: "b", step: 0, start: 12, number: 3),
        ]
        let live = JoinCase(steps: 2, again: false, visits: walk)
        func view(_ engine: JourneyEngine) -> JourneyView? {
            engine.picture().journeys.first { $0.name == "walk" }
        }
        let all = TimeWindow(from: 0, to: .max)
        var engine = engine(live, late: [0, 0, 0], until: 20)
        #expect(view(engine)?.openRuns == 1)
        #expect(view(engine)?.joinedCounts(in: all)?.judged == 0)
        func pass(_ seconds: Double, _ visit: Visit? = nil) {
            let now = TestSpan.noon + UInt64(seconds * 1e9)
            if let visit { engine.take([visit.span()], arrival: now) }
            engine.settle(through: now - 30 * Self.second)
        }
        // Spans that go on coming show that the data is not behind.
        pass(45, Visit(value: nil, step: 0, start: 44, number: 4))
        #expect(view(engine)?.joinedCounts(in: all)?.completed == 0)
        pass(46)
        #expect(view(engine)?.joinedCounts(in: all)?.completed == 1)
        #expect(view(engine)?.openRuns == 1)
        pass(61.9, Visit(value: nil, step: 0, start: 61, number: 5))
        #expect(view(engine)?.joinedCounts(in: all)?.abandoned == 0)
        // Its last step comes at the last moment; then it is waited for what may come before that.
        pass(62, Visit(value: "b", step: 1, start: 31.4, number: 6))
        #expect(view(engine)?.joinedCounts(in: all)?.judged == 1)
        pass(92, Visit(value: nil, step: 0, start: 91, number: 10))
        #expect(view(engine)?.joinedCounts(in: all)?.completed == 2)
        // Too late: an earlier start for a run that has been decided, and another run of its value.
        pass(93, Visit(value: "a", step: 0, start: 2, number: 7))
        pass(94, Visit(value: "a", step: 1, start: 93, number: 8))
        pass(200, Visit(value: nil, step: 0, start: 199, number: 9))
        let joined = view(engine)?.joinedCounts(in: all)
        #expect(joined?.completed == 2)
        #expect(joined?.abandoned == 0)
        #expect(view(engine)?.openRuns == 0)
        #expect(view(engine)?.percentile(.p50, in: all) != nil)
    }

    @Test func nothingIsAbandonedWhileTheDataIsBehind() {
        let live = JoinCase(steps: 2, again: false, visits: [Visit(value: "a", step: 0, start: 10, number: 1)])
        func abandoned(_ engine: JourneyEngine) -> UInt64? {
            engine.picture().journeys.first { $0.name == "walk" }?
                .joinedCounts(in: TimeWindow(from: 0, to: .max))?.abandoned
        }
        // Its time is over at 30 s, so it would be abandoned at 60 s; but nothing has come since 10.5 s.
        #expect(abandoned(engine(live, late: [0], until: 300)) == 0)
        // After five minutes more there is no more waiting.
        #expect(abandoned(engine(live, late: [0], until: 359)) == 0)
        #expect(abandoned(engine(live, late: [0], until: 360)) == 1)
        // Data that has come as far decides it.
        var going = engine(live, late: [0], until: 90)
        #expect(abandoned(going) == 0)
        going.take(
            [Visit(value: nil, step: 0, start: 29.6, number: 2).span()], arrival: TestSpan.noon + 91 * Self.second)
        going.settle(through: TestSpan.noon + 61 * Self.second)
        #expect(abandoned(going) == 1)
        let slot = TimeWindow(from: TestSpan.noon + 30 * Self.second, to: TestSpan.noon + 31 * Self.second)
        #expect(going.picture().tallies(slot)["prod"]?.abandonedAfter == [1])
    }

    @Test func aHundredThousandAreOpenAtOnce() throws {
        let live = JoinCase(steps: 2, again: false, visits: [])
        var engine = JourneyEngine.make(live.yaml, base: .stream)
        let long = String(repeating: "x", count: 300)
        let batches = 50
        for batch in 0..<batches {
            let spans = (0..<2_010).map { index in
                let number = batch * 2_010 + index
                return Visit(
                    value: long + String(number), step: 0, start: Double(number) / 100_000, length: 0,
                    number: UInt64(number)
                ).span()
            }
            engine.take(spans, arrival: TestSpan.noon + 2 * Self.second)
        }
        // The oldest 500 were given up; their last step counts for nothing.
        engine.take(
            [499, 500].map { Visit(value: long + String($0), step: 1, start: 3, number: 200_000 + UInt64($0)).span() },
            arrival: TestSpan.noon + 4 * Self.second)
        engine.settle(through: TestSpan.noon)
        let all = TimeWindow(from: 0, to: .max)
        let view = try #require(engine.picture().journeys.first { $0.name == "walk" })
        #expect(view.joinedCounts(in: all)?.unjudged == 500)
        #expect(view.openRuns == 99_999)
        engine.settle(through: TestSpan.noon + 400 * Self.second)
        let later = try #require(engine.picture().journeys.first { $0.name == "walk" })
        #expect(later.joinedCounts(in: all)?.completed == 1)
        #expect(later.joinedCounts(in: all)?.abandoned == 99_999)
        #expect(later.openRuns == 0)
    }

    /// Any sequence of spans and decisions keeps the bound, and every run that started is accounted for once.
    @Test(arguments: 0..<4)
    func runsAreNeitherLostNorDoubledAtTheLimit(seed: Int) {
        var numbers = SeededNumbers(seed: UInt64(400 + seed))
        for _ in 0..<60 {
            let limit = Int.random(in: 1...5, using: &numbers)
            let visits = (0..<120).map { number in
                Visit(
                    value: "s-\(Int.random(in: 0..<40, using: &numbers))", step: Int.random(in: 0..<3, using: &numbers),
                    start: Double(number), length: 0, number: UInt64(number))
            }
            let live = JoinCase(steps: 3, again: false, visits: visits)
            let late = visits.map { _ in Double(Int.random(in: 0...3, using: &numbers)) }
            let picture = engine(live, late: late, until: 600, openLimit: limit).picture()
            let tally = picture.tallies()["prod"]
            let started = Set(visits.filter { $0.step == 0 }.map(\.value)).count
            let ended = tally.map { $0.judged + $0.unjudged }
            #expect(ended == UInt64(started))
        }
    }

    @Test func hostileValuesCannotGrowTheMemoryOfAStream() throws {
        var live = JoinCase(steps: 3, again: true, visits: [])
        live.visits = (0..<5_000).map { Visit(value: "one", step: $0 % 2, start: Double($0) / 300, number: UInt64($0)) }
        live.visits.append(Visit(value: "one", step: 2, start: 18, number: 6_000))
        let picture = engine(live, late: live.visits.map { _ in 0 }, until: 500).picture()
        let tally = try #require(picture.tallies()["prod"])
        #expect(tally.completed == 1)
        #expect(tally.judged == 1)
    }

    @Test func manySpansOfFewValuesAreBoundedToo() throws {
        var live = JoinCase(steps: 3, again: true, visits: [])
        live.visits = (0..<8_000).map { number in
            Visit(
                value: "v\(number % 80)", step: number / 80 % 2, start: Double(number) / 1_000, length: 0,
                number: UInt64(number))
        }
        let late = live.visits.map { _ in 0.0 }
        let tally = try #require(engine(live, late: late, until: 500, openLimit: 100).picture().tallies()["prod"])
        #expect(tally.unjudged > 0)
        // Every value has one run, since none ends within its time.
        #expect(tally.judged + tally.unjudged == 80)
    }

    @Test func clocksThatCannotBeRightOpenNoEternalRun() throws {
        let live = JoinCase(steps: 2, again: false, visits: [])
        var engine = JourneyEngine.make(live.yaml, base: .stream)
        for (number, start) in [0, 1, UInt64.max - 5, RunClock.latest, 7_000_000_000_000_000_000].enumerated() {
            var span = Visit(value: "v\(number)", step: 0, start: 0, number: UInt64(number)).span()
            span.start = start
            span.end = number % 2 == 0 ? start : 5
            engine.take([span], arrival: TestSpan.noon)
        }
        let view = try #require(engine.picture().journeys.first { $0.name == "walk" })
        #expect(view.openRuns == 5)
        engine.settle(through: TestSpan.noon + 400 * Self.second)
        let later = try #require(engine.picture().journeys.first { $0.name == "walk" })
        #expect(later.openRuns == 0)
        #expect(later.joinedCounts(in: TimeWindow(from: 0, to: .max))?.abandoned == 5)
    }

    @Test func journeysThatSayTheSameKeepTheirOpenRuns() throws {
        let live = JoinCase(steps: 2, again: false, visits: [Visit(value: "a", step: 0, start: 1, number: 1)])
        var engine = engine(live, late: [0], until: 5)
        let other = JourneySet(text: "journey: other\nentry: name=x\n", file: "other.yaml").journeys
        let changed = live.yaml.replacing("90%", with: "80%")
        engine.replace(journeys: other + JourneySet(text: changed, file: "test.yaml").journeys)
        #expect(engine.picture().journeys.first { $0.name == "walk" }?.openRuns == 1)
        engine.take([Visit(value: "a", step: 1, start: 6, number: 2).span()], arrival: TestSpan.noon + 7 * Self.second)
        engine.settle(through: TestSpan.noon + 400 * Self.second)
        #expect(engine.picture().tallies()["prod"]?.completed == 1)
    }

    @Test func theHistoryKeepsWhatBecameOfRuns() throws {
        var numbers = SeededNumbers(seed: 500)
        for _ in 0..<20 {
            let live = JoinCase.make(&numbers)
            let picture = engine(live, late: live.visits.map { _ in 0 }, until: 500).picture()
            var later = JourneyEngine.make(live.yaml, base: .stream)
            later.restore(picture.durable)
            #expect(later.picture().tallies() == live.tallies())
        }
    }
}
