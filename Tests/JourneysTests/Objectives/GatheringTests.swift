import Journeys
import Telemetry
import Testing

/// Runs are gathered before they are counted, and windows are kept up to date rather than added up: neither may show.
@Suite("Counting runs at once, late, and again and again")
struct GatheringTests {
    private static let second: UInt64 = 1_000_000_000

    /// Runs around noon, mostly in order, of two versions, some sampled, some failed, some backwards.
    private func spans(_ count: Int, _ first: Int, _ numbers: inout SeededNumbers) -> [TestSpan] {
        (0..<count).map { number in
            let at = Double(first + number) / 7 + Double(numbers.next() % 400) / 100
            var span = TestSpan.make(
                trace: UInt64(first + number + 1), span: numbers.next() | 1, endsAt: at,
                took: Double(numbers.next() % 3_000) / 2, failed: numbers.next() % 9 == 0)
            span.version = numbers.next() % 3 == 0 ? "2" : "1"
            span.instance = "i\(numbers.next() % 20)"
            span.environment = numbers.next() % 5 == 0 ? "test" : "prod"
            if numbers.next() % 50 == 0 { span.traceState = "ot=th:c" }
            if numbers.next() % 50 == 0 { span.start = span.end + 7 }
            return span
        }
    }

    @Test(arguments: [RunClock.Base.file, .stream])
    func picturesInBetween_ChangeNothing(_ base: RunClock.Base) {
        var numbers = SeededNumbers(seed: 5)
        var once = JourneyEngine.make(checkoutYAML, base: base)
        var often = once
        for part in 0..<60 {
            let own = spans(100, part * 100, &numbers)
            let arrival = TestSpan.noon + UInt64(part * 100 / 7 + 5) * Self.second
            once.take(own, arrival: arrival)
            often.take(own, arrival: arrival)
            let picture = part % 3 == 0 ? often.takePicture() : often.picture()
            #expect(picture.journeys.count >= 1)
        }
        let expected = once.picture().durable.series
        #expect(!expected.isEmpty)
        #expect(often.picture().durable.series == expected)
        let taken = often.takePicture().durable.series
        #expect(taken == expected)
    }

    @Test func oneRunAtATime_CountsAsAllAtOnce() {
        var numbers = SeededNumbers(seed: 6)
        let own = spans(3_000, 0, &numbers)
        var atOnce = JourneyEngine.make(checkoutYAML)
        atOnce.take(own)
        var single = JourneyEngine.make(checkoutYAML)
        for span in own { single.take([span]) }
        #expect(single.picture().durable.series == atOnce.picture().durable.series)
        let all = TimeWindow(from: 0, to: .max)
        for (one, other) in zip(single.picture().journeys, atOnce.picture().journeys) {
            #expect(one.counts(in: all) == other.counts(in: all))
            for order in [RunOrder.slowest, .newest] {
                let selection = RunSelection(window: all)
                let mine = one.runs(selection, order: order, limit: 300)
                #expect(mine == other.runs(selection, order: order, limit: 300))
            }
        }
    }

    @Test func theNewestAndTheSlowestRuns_AreTheOnesASortFinds() throws {
        var numbers = SeededNumbers(seed: 7)
        var engine = JourneyEngine.make(checkoutYAML)
        let own = (0..<6_000).map { number in
            TestSpan.make(
                trace: UInt64(number + 1), endsAt: Double(numbers.next() % 500) / 10,
                took: Double(numbers.next() % 200))
        }.shuffled(using: &numbers)
        for first in stride(from: 0, to: own.count, by: 500) { engine.take(Array(own[first..<first + 500])) }
        let view = try #require(engine.picture().journeys.first)
        let all = RunSelection(window: TimeWindow(from: 0, to: .max))
        let newest = own.sorted { $0.end == $1.end ? $0.trace < $1.trace : $0.end > $1.end }
        #expect(view.runs(all, order: .newest, limit: 400).map(\.trace.low) == newest.prefix(400).map(\.trace))
        // All of them lie in one minute, of which the 48 slowest are kept.
        let slowest = TestSpan.slowestFirst(own)
        #expect(view.runs(all, order: .slowest, limit: 48).map(\.trace.low) == slowest.prefix(48).map(\.trace))
    }

    @Test(arguments: 0..<6)
    func percentilesOfASlidingWindow_AreThoseOfItsRuns(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let hasSampled = seed % 2 == 1
        var engine = JourneyEngine.make(checkoutYAML)
        var taken: [TestSpan] = []
        var earlier: [(view: JourneyView, count: Int)] = []
        for part in 0..<40 {
            var own = spans(150, part * 150, &numbers)
            for place in own.indices {
                own[place].environment = "prod"
                if !hasSampled { own[place].traceState = "" }
            }
            taken += own
            engine.take(own)
            guard let view = engine.takePicture().journeys.first else { continue }
            earlier.append((view, taken.count))
            let now = TestSpan.noon + UInt64(part * 150 / 7) * Self.second
            // An older picture is asked in between: both share what is kept up to date.
            let other = earlier.randomElement(using: &numbers) ?? earlier[0]
            for (view, count) in [(view, taken.count), other, (view, taken.count)] {
                for length in [60, 600, 7_200] as [UInt64] {
                    let window = TimeWindow(last: length * Self.second, until: now)
                    expectSame(view, Array(taken.prefix(count)), window, hasSampled)
                }
            }
        }
    }

    private func expectSame(_ view: JourneyView, _ spans: [TestSpan], _ window: TimeWindow, _ hasSampled: Bool) {
        let slot = 10 * Self.second
        let own = spans.filter { window.contains($0.end / slot * slot) && $0.end >= $0.start }
        let quantiles: [Quantile] = [.p99, .p50, .p95]
        let summary = view.latency(quantiles, in: window)
        #expect(summary?.count ?? 0 == UInt64(own.count))
        // Sampled runs count four times.
        let durations = own.flatMap { span in
            Array(repeating: span.end - span.start, count: span.traceState.isEmpty ? 1 : 4)
        }.sorted()
        guard !durations.isEmpty, let summary else { return }
        for (quantile, shown) in zip(quantiles, summary.quantiles) {
            let exact = durations[Int(quantile.rank(of: UInt64(durations.count))) - 1]
            #expect(shown == view.scale.representative(view.scale.bucket(of: exact)))
        }
    }
}
