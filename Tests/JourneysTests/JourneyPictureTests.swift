import Journeys
import Telemetry
import Testing

/// Runs at random over ten minutes, in two environments, some failed, some sampled, some with a broken clock.
private func randomSpans(_ count: Int, seed: UInt64) -> [TestSpan] {
    var numbers = SeededNumbers(seed: seed)
    var spans: [TestSpan] = []
    for number in 1...UInt64(count) {
        let milliseconds = Double(numbers.next() % 3_000_000) / 1_000
        var entry = TestSpan.make(
            trace: number, span: number, endsAt: Double(numbers.next() % 600_000) / 1_000, took: milliseconds,
            name: numbers.next() % 4 == 0 ? "GET /\(numbers.next() % 3)" : "POST /checkout",
            failed: numbers.next() % 10 == 0)
        entry.environment = numbers.next() % 3 == 0 ? "staging" : "prod"
        entry.version = "1.\(numbers.next() % 3)"
        entry.instance = "pod-\(numbers.next() % 5)"
        if numbers.next() % 5 == 0 { entry.traceState = "ot=th:c" }
        if numbers.next() % 50 == 0 { entry.start = entry.end + 10 }
        if entry.status == .error { entry.attributes["error.type"] = "kind\(numbers.next() % 4)" }
        spans.append(entry)
        for step in 0..<(numbers.next() % 3) {
            spans.append(
                .make(
                    trace: number, span: 1_000_000 + number * 4 + step, parent: number, took: Double(step + 1) * 20,
                    service: "payments", name: "POST /charge"))
        }
    }
    return spans
}

/// What a picture says, in full, for comparing pictures.
private func transcript(_ picture: JourneysPicture) -> [String] {
    let window = TimeWindow(from: TestSpan.noon, to: TestSpan.noon + 600_000_000_000)
    return picture.journeys.map { view in
        let series = view.latencySeries([.p50, .p95, .p99], in: window, columns: 30)
        let lists = [RunOrder.slowest, .newest].map { view.runs(RunSelection(window: window), order: $0, limit: 50) }
        return [
            "\(view.id)", "\(view.countSeries(in: window, columns: 60))", "\(series)",
            "\(String(describing: view.heatMap(in: window, columns: 40, rows: 12)))", "\(view.funnel(in: window))",
            "\(view.versions(in: window))", "\(view.errorKinds(in: window))",
            "\(lists.map { $0.map { "\($0.trace.hex) \($0.time) \($0.failed)" } })",
        ].joined(separator: "\n")
    }
}

@Suite("The journeys' picture: order, batches and plain truth")
struct JourneyPictureTests {
    private let all = TimeWindow(from: 0, to: .max)

    @Test func orderAndBatches_ChangeNothing() {
        let spans = randomSpans(1_500, seed: 21)
        var plain = JourneyEngine.make(checkoutYAML)
        plain.take(spans)
        let expected = transcript(plain.picture())
        #expect(expected.count >= 8)
        var numbers = SeededNumbers(seed: 22)
        for _ in 0..<4 {
            var engine = JourneyEngine.make(checkoutYAML)
            var rest = spans.shuffled(using: &numbers)[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int(numbers.next() % 400) + 1)
                engine.take(Array(rest.prefix(count)))
                // Taking pictures in between must change nothing either.
                if numbers.next() % 2 == 0 { _ = engine.picture() }
                rest = rest.dropFirst(count)
            }
            #expect(transcript(engine.picture()) == expected)
        }
    }

    @Test func aPicture_DoesNotChangeWhenTheEngineGoesOn() {
        var engine = JourneyEngine.make(checkoutYAML)
        let spans = randomSpans(400, seed: 31)
        engine.take(Array(spans.prefix(500)))
        let picture = engine.picture()
        let before = transcript(picture)
        engine.take(Array(spans.dropFirst(500)))
        #expect(transcript(picture) == before)
        #expect(transcript(engine.picture()) != before)
    }

    @Test func countsAndPercentiles_EqualAPlainListOfRuns() throws {
        let spans = randomSpans(3_000, seed: 41)
        var engine = JourneyEngine.make(checkoutYAML)
        engine.take(spans)
        let view = try #require(
            engine.picture()[.init(name: "checkout", environment: "prod", isFound: false)])
        let runs = spans.filter { $0.name == "POST /checkout" && $0.environment == "prod" && $0.service == "web-bff" }
        for minutes in [(0, 10), (3, 4), (2, 9)] {
            let window = TimeWindow(
                from: TestSpan.noon + UInt64(minutes.0) * 60_000_000_000,
                to: TestSpan.noon + UInt64(minutes.1) * 60_000_000_000)
            let inside = runs.filter { window.contains($0.end) }
            let counts = view.counts(in: window)
            #expect(counts.total == UInt64(inside.count))
            #expect(counts.failed == UInt64(inside.count { $0.status == .error }))
            let timed = inside.filter { $0.end >= $0.start }
            let good = timed.count { $0.status != .error && $0.end - $0.start < 1_200_000_000 }
            #expect(counts.promises[0].good == UInt64(good))
            #expect(counts.promises[0].total == UInt64(timed.count))
            #expect(counts.estimatedTotal == inside.reduce(0) { $0 + ($1.traceState.isEmpty ? 1 : 4) })
            // Weighted nearest rank: every sampled run stands for four of its kind.
            let copies = timed.flatMap { span in
                [UInt64](repeating: span.end - span.start, count: span.traceState.isEmpty ? 1 : 4)
            }.sorted()
            for quantile in [Quantile.p50, .p95, .p99] {
                let exact = Double(copies[Int(quantile.rank(of: UInt64(copies.count))) - 1])
                let shown = try #require(view.percentile(quantile, in: window))
                #expect(abs(Double(shown) / exact - 1) <= 0.005_5)
            }
        }
    }

    @Test func heatMap_NeverMixesGoodAndBad_AndLosesNobody() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        let spans = randomSpans(2_000, seed: 51)
        engine.take(spans)
        let view = try #require(
            engine.picture()[.init(name: "checkout", environment: "prod", isFound: false)])
        let window = TimeWindow(from: TestSpan.noon, to: TestSpan.noon + 600_000_000_000)
        let durations = spans.filter { $0.name == "POST /checkout" && $0.environment == "prod" && $0.start <= $0.end }
            .map { $0.end - $0.start }
        for (rows, fine) in [(2, false), (3, false), (6, false), (14, false), (24, true), (200, true)] {
            let map = try #require(view.heatMap(in: window, columns: 60, rows: rows, fine: fine))
            #expect(map.counts.count <= rows)
            #expect(map.rowEdges.count == map.counts.count)
            let sum = map.counts.joined().reduce(0, +) + map.below.reduce(0, +) + map.above.reduce(0, +)
            #expect(sum == UInt64(durations.count))
            let promise = try #require(map.promiseRow)
            if promise < map.rowEdges.count { #expect(map.rowEdges[promise] == 1_200_000_000) }
            let bad = map.counts[promise...].joined().reduce(0, +) + map.above.reduce(0, +)
            #expect(bad == UInt64(durations.count { $0 >= 1_200_000_000 }))
            for (row, edge) in map.rowEdges.enumerated() {
                let upper = row + 1 < map.rowEdges.count ? map.rowEdges[row + 1] : map.top
                #expect(map.counts[row].reduce(0, +) == UInt64(durations.count { $0 >= edge && $0 < upper }))
            }
        }
    }

    @Test func heatMap_WithOneRow_IsNone_AndOneDurationIsOneRow() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        engine.take([.make(trace: 1, took: 1_200), .make(trace: 2, took: 1_199.999)])
        let view = try #require(engine.picture().journeys.first)
        #expect(view.heatMap(in: all, columns: 4, rows: 1) == nil)
        let map = try #require(view.heatMap(in: all, columns: 4, rows: 2))
        #expect(map.counts.map { $0.reduce(0, +) } == [1, 1])
        #expect(map.promiseRow == 1 && map.bucketsPerRow == 32)
    }

    @Test func severity_IsTheShareOfBadRuns_InTheLastFiveMinutes() {
        var engine = JourneyEngine.make(checkoutYAML)
        engine.take(
            [.make(trace: 1, endsAt: 0, name: "a", failed: true), .make(trace: 2, endsAt: 400, name: "a")]
                + [.make(trace: 3, endsAt: 400, name: "b"), .make(trace: 4, endsAt: 400, name: "b", failed: true)]
                + [.make(trace: 5, endsAt: 400, took: 1_200), .make(trace: 6, endsAt: 399, name: "c")])
        let now = TestSpan.noon + 400_000_000_000
        let names = engine.picture().bySeverity(now: now).map(\.name)
        #expect(names == ["checkout", "web-bff b", "web-bff a", "web-bff c"])
    }

    @Test func columnsWithoutData_AreMissing_NotZero() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        engine.take([.make(trace: 1, endsAt: 60), .make(trace: 2, endsAt: 299, name: "other")])
        let view = try #require(engine.picture().journeys.first)
        let window = TimeWindow(from: TestSpan.noon, to: TestSpan.noon + 600_000_000_000)
        let counts = view.countSeries(in: window, columns: 10)
        #expect(counts.map { $0?.total } == [nil, 1, 0, 0, 0, nil, nil, nil, nil, nil])
        #expect(view.latencySeries([.p50], in: window, columns: 10).map { $0 != nil } == counts.map { $0?.total == 1 })
    }

    @Test func runsInABox_AreThoseOfTheCell() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        let spans: [TestSpan] = (1...UInt64(200)).map { number in
            .make(trace: number, endsAt: Double(number), took: Double(number) * 10, failed: number.isMultiple(of: 9))
        }
        engine.take(spans)
        let view = try #require(engine.picture().journeys.first)
        let window = TimeWindow(from: TestSpan.noon + 100_000_000_000, to: TestSpan.noon + 150_000_000_000)
        let box = RunSelection(window: window, atLeast: 1_200_000_000, below: 1_300_000_000)
        #expect(view.runs(box, order: .slowest, limit: 99).map(\.trace.low) == Array((120...129).reversed()))
        let failed = RunSelection(window: window, failedOnly: true)
        #expect(view.runs(failed, order: .newest, limit: 2).map(\.trace.low) == [144, 135])
        #expect(view.keptRuns(in: window) == 50)
    }

    @Test func manyRuns_AreKeptByRule_NotByOrder() throws {
        let spans: [TestSpan] = (1...UInt64(5_000)).map { number in
            let seconds = Double(number % 60)
            let milliseconds = Double(number * 7_919 % 5_000)
            return .make(trace: number, endsAt: seconds, took: milliseconds, failed: number.isMultiple(of: 7))
        }
        var numbers = SeededNumbers(seed: 61)
        var lists: [[UInt64]] = []
        for _ in 0..<3 {
            var engine = JourneyEngine.make(checkoutYAML)
            engine.take(spans.shuffled(using: &numbers))
            let view = try #require(engine.picture().journeys.first)
            #expect(view.keptRuns(in: all) < 1_000)
            let slowest = view.runs(RunSelection(window: all), order: .slowest, limit: 48).map(\.trace.low)
            lists.append(slowest + view.runs(RunSelection(window: all), order: .newest, limit: 500).map(\.trace.low))
        }
        #expect(lists[0] == lists[1] && lists[1] == lists[2])
        let exact = TestSpan.slowestFirst(spans).prefix(48).map(\.trace)
        #expect(Array(lists[0].prefix(48)) == exact)
    }
}
