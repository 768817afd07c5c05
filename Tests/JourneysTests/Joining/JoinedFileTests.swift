import Journeys
import Telemetry
import Testing

/// Joined runs of files: exact, whatever order and batches the spans come in.
struct JoinedFileTests {
    private func picture(_ file: JoinCase, _ numbers: inout SeededNumbers) -> JourneysPicture {
        var engine = JourneyEngine.make(file.yaml)
        var rest = file.visits.shuffled(using: &numbers).map { $0.span() }[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...12, using: &numbers))
            rest = rest.dropFirst(part.count)
            engine.take(Array(part))
        }
        engine.finish()
        return engine.picture()
    }

    @Test(arguments: 0..<8)
    func equalTheRulesReadAloud(seed: Int) {
        var numbers = SeededNumbers(seed: UInt64(seed))
        for _ in 0..<400 {
            let file = JoinCase.make(&numbers)
            // The last instant is long after everything, so that abandoned runs count at the end of their time.
            var numbered = file
            numbered.visits.append(Visit(value: nil, step: 0, start: 1_000, number: 9_999))
            let picture = picture(numbered, &numbers)
            #expect(picture.tallies() == numbered.tallies(), "\(numbered)")
            let from = TestSpan.noon + UInt64.random(in: 0...60, using: &numbers) * 1_000_000_000
            let window = TimeWindow(from: from, to: from + UInt64.random(in: 1...60, using: &numbers) * 1_000_000_000)
            #expect(picture.tallies(window) == numbered.tallies(window), "\(window) \(numbered)")
        }
    }

    @Test(arguments: 0..<4)
    func theSummarySaysTheSameAndEveryDuration(seed: Int) {
        var numbers = SeededNumbers(seed: UInt64(100 + seed))
        for _ in 0..<300 {
            let file = JoinCase.make(&numbers)
            var summary = JourneySummary(journeys: JourneySet(text: file.yaml, file: "test.yaml").journeys)
            for visit in file.visits.shuffled(using: &numbers) {
                let table = SpanTable.make([visit.span()])
                _ = summary.add(table, rows: 0..<table.count)
            }
            summary.finish()
            let rows = summary.rows().filter { $0.name == "walk" }
            let runs = file.oracle.runs(file.visits)
            for (environment, tally) in file.tallies() {
                let row = rows.first { $0.environment == environment }
                let own = runs.filter { $0.environment == environment }
                let durations = own.compactMap { run in run.end.map { $0 - run.start } }.sorted()
                guard tally.judged > 0 || tally.unjoinable > 0 else {
                    #expect(row == nil)
                    continue
                }
                #expect(row?.joined?.judged == tally.judged)
                #expect(row?.joined?.completed == tally.completed)
                #expect(row?.joined?.abandonedAfter.map(\.count) == tally.abandonedAfter)
                #expect(row?.joined?.unjoinable == tally.unjoinable)
                #expect(row?.count == tally.completed)
                #expect(row?.errors == tally.failed)
                #expect(row?.min == durations.first)
                #expect(row?.max == durations.last)
                let median = durations.isEmpty ? nil : durations[(durations.count + 1) / 2 - 1]
                #expect(row?.p50 == median)
            }
        }
    }

    /// Past the limit the oldest open run is given up whenever another one starts.
    @Test(arguments: 0..<4)
    func noMoreAreOpenThanMayBe(seed: Int) {
        var numbers = SeededNumbers(seed: UInt64(200 + seed))
        for _ in 0..<100 {
            let limit = Int.random(in: 1...6, using: &numbers)
            var visits: [Visit] = []
            var moments = Array(0..<400).shuffled(using: &numbers)
            for number in 0..<Int.random(in: 1...60, using: &numbers) {
                visits.append(
                    Visit(
                        value: "s-\(Int.random(in: 0..<20, using: &numbers))",
                        step: Int.random(in: 0..<2, using: &numbers), start: Double(moments.removeLast()) / 10,
                        length: 0, number: UInt64(number)))
            }
            let file = JoinCase(steps: 2, again: Bool.random(using: &numbers), visits: visits)
            var kept: [JoinOracle.Run] = []
            var given: [JoinOracle.Run] = []
            for run in file.oracle.runs(visits).sorted(by: { $0.start < $1.start }) {
                kept.append(run)
                let open = kept.filter { $0.close > run.start || $0 == run }
                if open.count > limit, let oldest = open.first, let place = kept.firstIndex(of: oldest) {
                    given.append(kept.remove(at: place))
                }
            }
            var engine = JourneyEngine(
                journeys: JourneySet(text: file.yaml, file: "test.yaml").journeys,
                options: .init(base: .file, openLimit: limit))
            for visit in visits.shuffled(using: &numbers) { engine.take([visit.span()]) }
            engine.finish()
            let want = JoinTally(kept, steps: 2, unjoinable: 0, unjudged: given.count)
            #expect(engine.picture().tallies()["prod"] == want)
        }
    }

    @Test func aRunIsOfItsLastTraceAndFailsWithAnyOfItsSteps() throws {
        let file = JoinCase(
            steps: 3, again: false,
            visits: [
                Visit(value: "a", step: 0, start: 1, failed: false, number: 1),
                Visit(value: "a", step: 1, start: 3, failed: true, number: 2),
                Visit(value: "a", step: 1, start: 4, failed: false, number: 3),
                Visit(value: "a", step: 2, start: 6, length: 2, failed: false, number: 4),
            ])
        var numbers = SeededNumbers(seed: 1)
        let picture = picture(file, &numbers)
        let view = try #require(picture.journeys.first { $0.name == "walk" })
        let all = TimeWindow(from: 0, to: .max)
        let run = try #require(view.runs(RunSelection(window: all), order: .newest, limit: 5).first)
        #expect(run.trace == TraceID(high: 0, low: 1_004))
        #expect(run.failed)
        #expect(run.duration == 7_000_000_000)
        #expect(run.time == TestSpan.noon + 8_000_000_000)
        #expect(view.counts(in: all).failed == 1)
        #expect(view.latency([.p50], in: all)?.count == 1)
    }

    @Test func anEntryStartsARunAndAnyStepMayFollow() throws {
        let yaml = """
            journey: walk
            entry: name=step0 and .first=yes
            join: session.id
            within: 20s
            ignore: .robot=yes
            steps:
              - look: name=step0
              - pay:  name=step1
            """
        var engine = JourneyEngine.make(yaml)
        func span(_ value: String, _ step: Int, _ start: Double, _ more: [String: String] = [:]) -> TestSpan {
            var span = Visit(value: value, step: step, start: start, number: UInt64(start)).span()
            span.attributes.merge(more) { $1 }
            return span
        }
        engine.take([
            // The first visit is no entry: the run begins with the second.
            span("a", 0, 1), span("a", 0, 2, ["first": "yes"]), span("a", 1, 3),
            span("b", 0, 4), span("b", 1, 5),
            span("c", 0, 6, ["first": "yes"]),
            span("d", 0, 7, ["first": "yes", "robot": "yes"]),
        ])
        engine.finish()
        let view = try #require(engine.picture().journeys.first { $0.name == "walk" })
        let all = TimeWindow(from: 0, to: .max)
        let joined = try #require(view.joinedCounts(in: all))
        #expect(joined.completed == 1)
        #expect(joined.abandonedAfter == [.init(step: "entry", count: 0), .init(step: "look", count: 1)])
        #expect(joined.unjoinable == 0)
        #expect(view.funnel(in: all).map(\.reached) == [2, 1])
        #expect(view.funnel(in: all).map(\.dropped) == [0, 1])
        #expect(view.funnel(in: all).map(\.share) == [1, 0.5])
    }

    @Test func stepsRemainRunsOfFoundJourneys() {
        let file = JoinCase(steps: 2, again: false, visits: [Visit(value: "a", step: 0, start: 1)])
        var numbers = SeededNumbers(seed: 1)
        #expect(picture(file, &numbers).journeys.map(\.name) == ["walk", "web-bff step0"])
    }

    @Test func theAttributeMayBeTheResources() {
        let file = JoinCase(steps: 2, again: false, visits: [])
        var engine = JourneyEngine.make(file.yaml)
        for step in 0...1 {
            var span = Visit(value: nil, step: step, start: Double(step), number: UInt64(step)).span()
            span.attributes["resource.session.id"] = "a"
            engine.take([span])
        }
        var empty = Visit(value: "", step: 0, start: 3, number: 7).span()
        empty.attributes["session.id"] = ""
        engine.take([empty])
        engine.finish()
        let tally = engine.picture().tallies()["prod"]
        #expect(tally?.completed == 1)
        #expect(tally?.unjoinable == 1)
    }
}
