import Foundation
import GRDB
import History
import HistoryMaking
import Journeys
import Telemetry
import Testing

/// What becomes of counts when journeys, files and times change.
@Suite struct ChangeTests {
    private let now = TestRun.midnight + 3_600_000_000_000
    private let all = TimeWindow(from: 0, to: .max)

    private func commit(_ engine: JourneyEngine, _ scratch: Scratch, now: UInt64) {
        let history = History.open(folder: scratch.folder, now: now)
        _ = history.restore(journeys: engine.journeys, now: now)
        history.commit(engine.picture(), events: [], now: now)
        history.close()
    }

    @Test("A promise more, less or changed leaves the counts of the others where they were")
    func promises() throws {
        let scratch = Scratch()
        var engine = JourneyEngine.make()
        engine.take([.make(at: 1), .make(at: 2, took: 1_500), .make(at: 3, failed: true)])
        commit(engine, scratch, now: now)

        let changed = checkout.replacing("99.5%, under: 1.2s", with: "99%, under: 2s") + "\n  more: {target: 90%}"
        var second = JourneyEngine.make(changed, restoredFrom: scratch.folder, now: now)
        second.take([.make(at: 4)])
        let counts = try #require(second.picture().journeys.first).counts(in: all)
        #expect(counts.total == 4 && counts.failed == 1)
        #expect(counts.promises.map(\.name) == ["fast", "success", "more"])
        #expect(counts.promises.map(\.total) == [1, 4, 1])
        #expect(counts.promises.map(\.good) == [1, 3, 1])
        // Where the tightest promise was another, failed runs stand for those that were bad.
        #expect(counts.bad == 1)
        commit(second, scratch, now: now)

        // Back again: what the first file promised is still there, for the runs it was counted for.
        let third = JourneyEngine.make(restoredFrom: scratch.folder, now: now)
        let again = try #require(third.picture().journeys.first).counts(in: all)
        #expect(again.total == 4)
        #expect(again.promises.map(\.total) == [3, 4])
        #expect(again.promises.map(\.good) == [1, 3])
    }

    @Test("Words, targets and alerts change no count; another entry starts anew and leaves the old rows")
    func rules() throws {
        let scratch = Scratch()
        var engine = JourneyEngine.make()
        engine.take([.make(at: 1)])
        commit(engine, scratch, now: now)
        let words =
            "title: Checkout\nowner: us\n" + checkout.replacing("99.5%", with: "90%").replacing("28d", with: "7d")
        let same = JourneyEngine.make(words, restoredFrom: scratch.folder, now: now)
        #expect(same.picture().journeys.first?.counts(in: all).total == 1)
        let entry = checkout.replacing("kind=server", with: "")
        let other = JourneyEngine.make(entry, restoredFrom: scratch.folder, now: now)
        #expect(other.picture().journeys.first?.counts(in: all).total == 0)
        commit(other, scratch, now: now)
        let back = JourneyEngine.make(restoredFrom: scratch.folder, now: now)
        #expect(back.picture().journeys.first?.counts(in: all).total == 1)
    }

    @Test("Every column has a name of its own")
    func names() throws {
        var engine = JourneyEngine.make()
        engine.take([.make(at: 1)])
        let view = try #require(engine.picture().journeys.first)
        #expect(Set(view.durableColumns).count == view.durableColumns.count)
        let part = try #require(view.durable?.parts.first)
        guard case .counts(let cells) = try #require(part.blocks.first).content else { return }
        #expect(cells.count == 64 * view.durableColumns.count, "a new column needs a name in the history")
    }

    @Test("A file of the first version is brought up to date and keeps its counts")
    func migrated() throws {
        let scratch = Scratch()
        var engine = JourneyEngine.make()
        engine.take([.make(at: 1), .make(at: 2)])
        commit(engine, scratch, now: now)
        let queue = try DatabaseQueue(path: scratch.folder.database)
        try queue.write { db in
            try db.execute(
                sql: "DROP TABLE instances; DELETE FROM grdb_migrations WHERE identifier = '2 instances of versions'")
        }
        try queue.close()
        let history = History.open(folder: scratch.folder, now: now)
        #expect(history.status == HistoryStatus(mode: .writing))
        history.close()
        let restored = JourneyEngine.make(restoredFrom: scratch.folder, now: now)
        #expect(restored.picture().journeys.first?.counts(in: all).total == 2)
    }

    @Test("Slots are forgotten when their resolution no longer keeps them, so the file stays bounded")
    func retention() throws {
        let scratch = Scratch()
        let history = History.open(folder: scratch.folder, now: TestRun.midnight)
        var engine = JourneyEngine.make()
        for hour in 0..<30 {
            engine.take(
                TestRun.some(20, after: TestRun.midnight + UInt64(hour) * 3_600_000_000_000, within: 3_600, seed: 5))
            history.commit(engine.picture(), events: [], now: TestRun.midnight + UInt64(hour + 1) * 3_600_000_000_000)
        }
        history.close()
        let queue = try DatabaseQueue(path: scratch.folder.database)
        let ends = try queue.read { db in
            try Row.fetchAll(db, sql: "SELECT sort, slot, min(number), max(number) FROM block GROUP BY sort, slot")
        }
        #expect(ends.count >= 5)
        for row in ends {
            let isCounts = row[0] as Int64 == 0
            let length = (row[1] as UInt64) * (isCounts ? 64 : 16)
            let levels = isCounts ? SlotPlan.file.counts : SlotPlan.file.histograms
            let level = try #require(levels.first { $0.slot == row[1] as UInt64 })
            let oldest = (row[2] as UInt64) * length
            #expect(engine.picture().watermark - oldest <= level.retention + length + 3_600_000_000_000)
        }
        let restored = JourneyEngine.make(restoredFrom: scratch.folder, now: TestRun.midnight)
        #expect(restored.picture().countedRuns == engine.picture().countedRuns)
    }
}
