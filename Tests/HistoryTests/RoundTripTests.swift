import History
import HistoryMaking
import Journeys
import Telemetry
import Testing

/// What is committed comes back.
@Suite struct RoundTripTests {
    @Test("After every commit the file holds exactly what was counted", arguments: 1...8)
    func commits(seed: Int) throws {
        let scratch = Scratch()
        var numbers = SeededNumbers(seed: UInt64(seed))
        var engine = JourneyEngine.make()
        var now = TestRun.midnight
        for round in 0..<6 {
            // Sometimes the process ends and another goes on.
            let history = History.open(folder: scratch.folder, now: now)
            var next = JourneyEngine.make()
            next.restore(history.restore(journeys: next.journeys, now: now))
            #expect(next.picture().durable.series == engine.picture().durable.series)
            history.begin(from: next.picture())
            engine = next
            for part in 0..<Int.random(in: 1...5, using: &numbers) {
                let runs = TestRun.some(
                    Int.random(in: 0..<60, using: &numbers), after: now, within: 20,
                    seed: UInt64(seed * 1_000 + round * 10 + part))
                engine.take(runs)
                now += 20_000_000_000
                history.commit(engine.picture(), events: [], now: now)
                #expect(history.status == HistoryStatus(mode: .writing))
            }
            history.close()
        }
        let restored = JourneyEngine.make(restoredFrom: scratch.folder, now: now)
        #expect(restored.picture().durable.series == engine.picture().durable.series)
        #expect(restored.picture().watermark == engine.picture().watermark)
        #expect(restored.picture().firstSeen == engine.picture().firstSeen)
        #expect(engine.picture().journeys.contains { $0.seen != nil })
    }

    @Test("Numbers on screen are the same after a restart")
    func screen() throws {
        let scratch = Scratch()
        var engine = JourneyEngine.make()
        engine.take(TestRun.some(3_000, after: TestRun.midnight, within: 7_200, seed: 4))
        let now = TestRun.midnight + 7_200_000_000_000
        let history = History.open(folder: scratch.folder, now: now)
        history.commit(engine.picture(), events: [], now: now)
        history.close()
        let restored = JourneyEngine.make(restoredFrom: scratch.folder, now: now).picture()
        for view in engine.picture().journeys where !view.isFound {
            let other = try #require(restored[view.id])
            for seconds: UInt64 in [60, 300, 3_600, 6_000, 28 * 86_400] {
                let window = TimeWindow(last: seconds * 1_000_000_000, until: now)
                #expect(other.counts(in: window) == view.counts(in: window))
                #expect(other.latency([.p50, .p95, .p99], in: window) == view.latency([.p50, .p95, .p99], in: window))
                #expect(other.countSeries(in: window, columns: 40) == view.countSeries(in: window, columns: 40))
                #expect(other.versions(in: window) == view.versions(in: window))
                #expect(other.errorKinds(in: window) == view.errorKinds(in: window))
                #expect(other.funnel(in: window) == view.funnel(in: window))
            }
        }
    }

    @Test("Events come back in order, each once, with the gap of the time in between")
    func events() throws {
        let scratch = Scratch()
        let now = TestRun.midnight
        var engine = JourneyEngine.make()
        engine.take([.make(at: -5)])
        var mark = TimelineEvent(time: now - 1, kind: .deploy, journey: "checkout", environment: "prod")
        mark.text = "a \"quoted\" / note"
        let alert = TimelineEvent(time: now - 2, kind: .fired)
        let history = History.open(folder: scratch.folder, now: now)
        history.commit(engine.picture(), events: [mark], now: now)
        history.commit(engine.picture(), events: [alert, mark], now: now + 1)
        history.close()
        let later = now + 60_000_000_000
        let second = History.open(folder: scratch.folder, now: later)
        let events = second.restore(journeys: [], now: later).events
        try #require(events.map(\.kind) == [.fired, .deploy, .gap])
        #expect(events[1] == mark)
        #expect(events[2].time == now + 1)
        #expect(events[2].until == later)
        second.commit(.empty, events: [], now: later)
        second.close()
        let third = History.open(folder: scratch.folder, now: later + 1)
        #expect(third.restore(journeys: [], now: later + 1).events == events)
    }

    @Test("A commit after nothing happened writes nothing, but a sign of life every ten seconds")
    func quiet() throws {
        let scratch = Scratch()
        let now = TestRun.midnight
        var engine = JourneyEngine.make()
        engine.take([.make(at: -5)])
        let history = History.open(folder: scratch.folder, now: now)
        history.commit(engine.takePicture(), events: [], now: now)
        for second in 1...25 {
            history.commit(engine.takePicture(), events: [], now: now + UInt64(second) * 1_000_000_000)
        }
        history.close()
        let later = now + 34_000_000_000
        // The last sign of life is 20 s after the commit, so 34 s after it there is no gap yet; 40 s after it there is.
        let second = History.open(folder: scratch.folder, now: later)
        #expect(second.restore(journeys: [], now: later).events.isEmpty)
        second.close()
        let third = History.open(folder: scratch.folder, now: later + 6_000_000_000)
        #expect(third.restore(journeys: [], now: later + 6_000_000_000).events.map(\.kind) == [.gap])
    }

    @Test("Restoring adds to what was counted already")
    func late() throws {
        let scratch = Scratch()
        let now = TestRun.midnight + 100_000_000_000
        let first = TestRun.some(200, after: TestRun.midnight, within: 50, seed: 1)
        let second = TestRun.some(200, after: TestRun.midnight, within: 50, seed: 2)
        var engine = JourneyEngine.make()
        engine.take(first)
        let history = History.open(folder: scratch.folder, now: now)
        history.commit(engine.picture(), events: [], now: now)
        history.close()
        var other = JourneyEngine.make()
        other.take(second)
        let again = History.open(folder: scratch.folder, now: now)
        let isUntouched = other.restore(again.restore(journeys: other.journeys, now: now))
        #expect(!isUntouched)
        engine.take(second)
        for view in engine.picture().journeys where !view.isFound {
            let sum = try #require(other.picture()[view.id])
            let window = TimeWindow(from: 0, to: .max)
            #expect(sum.counts(in: window) == view.counts(in: window))
            #expect(sum.latency([.p50, .p99], in: window) == view.latency([.p50, .p99], in: window))
            #expect(sum.errorKinds(in: window) == view.errorKinds(in: window))
        }
    }
}
