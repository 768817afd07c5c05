import Foundation
import History
import HistoryMaking
import Journeys
import Telemetry
import Testing

/// The figures that the documentation states; they assert no time.
@Suite(.serialized) struct MeasureTests {
    private static let isWanted = ProcessInfo.processInfo.environment["WAYMARK_MEASURE"] != nil

    @Test(
        "28 days of 20 journeys: size, the whole commit, a second's commit, and going on with it",
        .enabled(if: MeasureTests.isWanted))
    func month() throws {
        let yaml = (0..<20).map { checkout.replacing("journey: checkout", with: "journey: checkout-\($0)") }
        let text = yaml.joined(separator: "\n---\n")
        for mode in ["WAL NORMAL", "WAL FULL", "DELETE NORMAL", "DELETE FULL"] {
            let scratch = Scratch()
            var options = History.Options()
            options.journalMode = String(mode.split(separator: " ")[0])
            options.synchronous = String(mode.split(separator: " ")[1])
            var engine = Self.engine(text)
            var now = TestRun.midnight + 28 * 86_400_000_000_000
            let history = History.open(folder: scratch.folder, now: now, options: options)
            let clock = ContinuousClock()
            let whole = clock.measure { history.commit(engine.picture(), events: [], now: now) }
            var seconds: [Duration] = []
            for _ in 0..<30 {
                let runs = TestRun.some(50, after: now, within: 1, seed: now)
                engine.take(runs)
                now += 1_000_000_000
                seconds.append(clock.measure { history.commit(engine.picture(), events: [], now: now) })
            }
            let idle = clock.measure { history.commit(engine.picture(), events: [], now: now) }
            history.close()
            let size = try FileManager.default.attributesOfItem(atPath: scratch.folder.database)[.size] ?? 0
            var restored = JourneyEngine.make(text)
            var opened: Duration = .zero
            var read: Duration = .zero
            let total = clock.measure {
                var again: History?
                opened = clock.measure { again = History.open(folder: scratch.folder, now: now) }
                var past = RestoredHistory.empty
                read = clock.measure { past = again?.restore(journeys: restored.journeys, now: now) ?? .empty }
                restored.restore(past)
                again?.begin(from: restored.picture())
            }
            seconds.sort()
            print(
                "\(mode): \(size) bytes, whole \(whole), a second \(seconds[15]) (most \(seconds[29])), idle \(idle), "
                    + "restart \(total) = open \(opened) + read \(read) + put in")
            #expect(restored.picture().countedRuns == engine.picture().countedRuns)
        }
    }

    /// Five runs in every minute of four weeks, a hundred in every minute of the last day.
    private static func engine(_ text: String) -> JourneyEngine {
        var engine = JourneyEngine.make(text)
        let day: UInt64 = 86_400
        for part: UInt64 in 0..<28 {
            let runs = TestRun.some(
                part == 27 ? 144_000 : 7_200, after: TestRun.midnight + part * day * 1_000_000_000, within: day,
                seed: part)
            engine.take(runs)
        }
        return engine
    }
}
