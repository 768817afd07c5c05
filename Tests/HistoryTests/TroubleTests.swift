import Foundation
import GRDB
import History
import HistoryMaking
import Journeys
import Synchronization
import Telemetry
import Testing

/// What becomes of a history when things go wrong.
@Suite struct TroubleTests {
    private let now = TestRun.midnight

    /// An engine that counted a few runs before midnight.
    private func counted(_ count: Int = 3) -> JourneyEngine {
        var engine = JourneyEngine.make()
        engine.take((0..<count).map { .make(at: Double($0 - 100)) })
        return engine
    }

    private func runs(_ folder: HistoryFolder, now: UInt64) -> UInt64 {
        let picture = JourneyEngine.make(restoredFrom: folder, now: now).picture()
        return picture.journeys.reduce(0) { $0 + $1.counts(in: TimeWindow(from: 0, to: .max)).total }
    }

    @Test("The file and its folder are private")
    func modes() throws {
        let scratch = Scratch()
        let history = History.open(folder: scratch.folder, now: now)
        history.commit(counted().picture(), events: [], now: now)
        for name in scratch.names() {
            let facts = try FileManager.default.attributesOfItem(atPath: scratch.folder.path + "/" + name)
            #expect(facts[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        let facts = try FileManager.default.attributesOfItem(atPath: scratch.folder.path)
        #expect(facts[.posixPermissions] as? Int == 0o700)
        // Without a second connection there is no shared memory either.
        #expect(!scratch.names().contains("history.sqlite-shm"))
    }

    @Test("A second instance says who writes, reads, and changes nothing")
    func second() throws {
        let scratch = Scratch()
        var options = History.Options()
        options.pid = 4_242
        let first = History.open(folder: scratch.folder, now: now, options: options)
        first.commit(counted(3).picture(), events: [], now: now)
        let second = History.open(folder: scratch.folder, now: now)
        #expect(second.status.mode == .readOnly(pid: 4_242))
        #expect(second.status.banner == "history: read-only, waymark with pid 4242 writes it")
        var engine = JourneyEngine.make()
        engine.restore(second.restore(journeys: engine.journeys, now: now))
        #expect(engine.picture().durable.series == counted(3).picture().durable.series)
        engine.take([.make(at: 1)])
        second.commit(engine.picture(), events: [TimelineEvent(time: now, kind: .note)], now: now + 1)
        // What the first goes on to write, the second can read again.
        first.commit(counted(5).picture(), events: [], now: now + 1)
        let again = second.restore(journeys: engine.journeys, now: now)
        var other = JourneyEngine.make()
        other.restore(again)
        #expect(other.picture().durable.series == counted(5).picture().durable.series)
        #expect(again.events.isEmpty)
        second.close()
        first.close()
        #expect(runs(scratch.folder, now: now) == 5)
    }

    @Test(
        "A file that is damaged is set aside under a dated name, loudly, and a new one is begun",
        arguments: ["text", "header", "middle"])
    func damaged(how: String) throws {
        let scratch = Scratch()
        let first = History.open(folder: scratch.folder, now: now)
        first.commit(counted().picture(), events: [], now: now)
        first.close()
        let path = scratch.folder.database
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        switch how {
        case "text": bytes = Data("this is no database, but it is somebody's text".utf8)
        case "header": for place in 0..<40 { bytes[place] = 7 }
        default: for place in 4_096..<bytes.count { bytes[place] ^= 0x55 }
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let second = History.open(folder: scratch.folder, now: now)
        let restored = second.restore(journeys: counted().journeys, now: now)
        #expect(restored.series.isEmpty)
        let aside = "history-20251010T000000Z-corrupt.sqlite"
        #expect(scratch.names().contains(aside))
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.folder.path + "/" + aside)) == bytes)
        #expect(second.status.mode == .writing)
        #expect(second.status.banner?.contains(aside) == true)
        second.commit(counted(2).picture(), events: [], now: now)
        second.close()
        #expect(runs(scratch.folder, now: now) == 2)
        // The next damaged one within the same second gets a name of its own.
        try bytes.write(to: URL(fileURLWithPath: path))
        let third = History.open(folder: scratch.folder, now: now)
        _ = third.restore(journeys: [], now: now)
        #expect(scratch.names().contains("history-20251010T000000Z-corrupt-2.sqlite") || how == "middle")
    }

    @Test("One flipped bit in a block is found, wherever it is")
    func flipped() throws {
        let layout = CountLayout(columns: ["runs", "failed", "runs.weight"])
        var cells = [UInt64](repeating: 0, count: 64 * 3)
        for slot in stride(from: 0, to: 64, by: 3) {
            cells[slot * 3] = UInt64(slot * 1_000)
            cells[slot * 3 + 1] = UInt64(slot)
            cells[slot * 3 + 2] = UInt64(slot * 1_000) << 24
        }
        let bytes = BlockCodec.encode(counts: cells, layout: layout)
        #expect(bytes.withUnsafeBytes { BlockCodec.decode(counts: $0, layout: layout) } == cells)
        for bit in 0..<bytes.count * 8 {
            var wrong = bytes
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(wrong.withUnsafeBytes { BlockCodec.decode(counts: $0, layout: layout) } == nil)
        }
        for length in 0..<bytes.count {
            #expect(bytes.prefix(length).withUnsafeBytes { BlockCodec.decode(counts: $0, layout: layout) } == nil)
        }
    }

    @Test("A file of a later waymark, and one of another program, are set aside untouched", arguments: [true, false])
    func strange(isNewer: Bool) throws {
        let scratch = Scratch()
        let first = History.open(folder: scratch.folder, now: now)
        first.commit(counted().picture(), events: [], now: now)
        first.close()
        let queue = try DatabaseQueue(path: scratch.folder.database)
        try queue.write { db in
            if isNewer {
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
            } else {
                try db.execute(sql: "PRAGMA application_id = 1")
            }
        }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: scratch.folder.database))
        let second = History.open(folder: scratch.folder, now: now)
        let aside = "history-20251010T000000Z-\(isNewer ? "newer" : "foreign").sqlite"
        #expect(second.status.banner?.contains(aside) == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.folder.path + "/" + aside)) == before)
        #expect(second.restore(journeys: counted().journeys, now: now).series.isEmpty)
        second.commit(counted(1).picture(), events: [], now: now)
        second.close()
        #expect(runs(scratch.folder, now: now) == 1)
    }

    @Test("When the disk is full it goes on in memory, resumes by itself, loses nothing and marks the gap")
    func full() throws {
        let scratch = Scratch()
        let flag = Flag()
        var options = History.Options()
        options.beforeCommit = { [flag] in
            if flag.isSet { throw DatabaseError(resultCode: .SQLITE_FULL) }
        }
        let history = History.open(folder: scratch.folder, now: now, options: options)
        var engine = counted(3)
        history.commit(engine.picture(), events: [], now: now)
        flag.set(true)
        for second in 1...20 {
            engine.take([.make(at: Double(second))])
            var event = TimelineEvent(time: now + UInt64(second), kind: .note)
            event.text = "note \(second)"
            history.commit(engine.picture(), events: [event], now: now + UInt64(second) * 1_000_000_000)
            #expect(history.status.banner == "history: in memory only, the disk is full")
        }
        flag.set(false)
        let later = now + 21_000_000_000
        let own = history.commit(engine.picture(), events: [], now: later)
        #expect(own.map(\.kind) == [.gap])
        #expect(own.first?.time == now)
        #expect(own.first?.until == later)
        #expect(history.status == HistoryStatus(mode: .writing))
        history.close()
        #expect(runs(scratch.folder, now: later) == 23)
        let again = History.open(folder: scratch.folder, now: later)
        let events = again.restore(journeys: [], now: later).events
        #expect(events.count { $0.kind == .note } == 20)
        #expect(events.count { $0.kind == .gap } == 1)
    }

    @Test("A file that may not grow refuses whole commits, never parts of them")
    func pages() throws {
        let scratch = Scratch()
        var options = History.Options()
        options.maximumPages = 60
        var engine = JourneyEngine.make()
        var last: [RestoredHistory.Series] = []
        let history = History.open(folder: scratch.folder, now: now, options: options)
        var refused = 0
        for second in 0..<400 {
            engine.take(
                TestRun.some(30, after: now + UInt64(second) * 60_000_000_000, within: 60, seed: UInt64(second)))
            let moment = now + UInt64(second + 1) * 60_000_000_000
            history.commit(engine.picture(), events: [], now: moment)
            if history.status.mode == .writing {
                last = engine.picture().durable.series
            } else {
                refused += 1
            }
            if refused == 5 { break }
        }
        #expect(refused == 5)
        #expect(history.status.mode == .memoryOnly(reason: "the disk is full"))
        history.close()
        let restored = JourneyEngine.make(restoredFrom: scratch.folder, now: now)
        let sums = { (series: [RestoredHistory.Series]) in series.map { $0.facts } }
        #expect(sums(restored.picture().durable.series) == sums(last))
    }

    @Test("A folder that cannot be had leaves it in memory, until it can")
    func noFolder() throws {
        let scratch = Scratch()
        let blocker = URL(fileURLWithPath: scratch.folder.path)
        try Data("a file in the way".utf8).write(to: blocker)
        let history = History.open(folder: scratch.folder, now: now)
        guard case .memoryOnly(let reason) = history.status.mode else {
            Issue.record("\(history.status)")
            return
        }
        #expect(reason.contains(scratch.folder.path))
        #expect(history.restore(journeys: [], now: now).series.isEmpty)
        history.commit(counted().picture(), events: [], now: now)
        try FileManager.default.removeItem(at: blocker)
        let own = history.commit(counted().picture(), events: [], now: now + 2_000_000_000)
        #expect(history.status.mode == .writing)
        #expect(own.map(\.kind) == [.gap])
        history.close()
        #expect(runs(scratch.folder, now: now) == 3)
    }

    @Test("A history that could be opened only later asks to be read before anything is written over it")
    func lateOpen() throws {
        let scratch = Scratch()
        let first = History.open(folder: scratch.folder, now: now)
        first.commit(counted(4).picture(), events: [], now: now)
        first.close()
        let moved = scratch.path + "/elsewhere"
        try FileManager.default.moveItem(atPath: scratch.folder.path, toPath: moved)
        try Data().write(to: URL(fileURLWithPath: scratch.folder.path))
        let history = History.open(folder: scratch.folder, now: now)
        var engine = JourneyEngine.make()
        engine.restore(history.restore(journeys: engine.journeys, now: now))
        engine.take([.make(at: -50), .make(at: -49)])
        history.commit(engine.picture(), events: [], now: now + 1)
        try FileManager.default.removeItem(atPath: scratch.folder.path)
        try FileManager.default.moveItem(atPath: moved, toPath: scratch.folder.path)
        let later = now + 5_000_000_000
        history.commit(engine.picture(), events: [], now: later)
        #expect(history.isRestoreDue)
        engine.restore(history.restore(journeys: engine.journeys, now: later))
        history.commit(engine.picture(), events: [], now: later)
        #expect(!history.isRestoreDue)
        history.close()
        #expect(runs(scratch.folder, now: later) == 6)
    }

    @Test("When somebody takes the folder away, everything is written anew")
    func takenAway() throws {
        let scratch = Scratch()
        let history = History.open(folder: scratch.folder, now: now)
        history.commit(counted(3).picture(), events: [TimelineEvent(time: now, kind: .note)], now: now)
        try FileManager.default.removeItem(atPath: scratch.folder.path)
        let later = now + 11_000_000_000
        history.commit(counted(4).picture(), events: [], now: later)
        #expect(history.status.banner?.contains("was taken away") == true)
        history.close()
        #expect(runs(scratch.folder, now: later) == 4)
        let again = History.open(folder: scratch.folder, now: later)
        #expect(again.restore(journeys: [], now: later).events.count { $0.kind == .note } == 1)
    }
}

/// A flag that closures may share.
private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set(_ new: Bool) { value.withLock { $0 = new } }
}
