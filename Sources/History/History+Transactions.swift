import Foundation
import Journeys

extension History {
    /// Reads the wanted series and the newest events.
    func read(_ state: inout State, _ wanted: Set<String>, now: UInt64) throws(HistoryError) -> RestoredHistory {
        if let database = state.database {
            let (restored, found) = try History.read(database, wanted)
            var result = restored
            let isFirst = state.revision == nil && found.revision > 0
            if isFirst, let gap = History.gap(since: found.committedAt, until: now) {
                result.events.append(gap)
                state.pending.append(gap)
            }
            if found.revision > 0 { state.revision = found.revision }
            state.recent = Array(result.events.suffix(History.maximumRecent))
            return result
        }
        guard SystemFile.exists(folder.database) else { return .empty }
        let copy = try HistoryCopy(of: folder)
        let database = try HistoryDatabase(path: copy.folder.database)
        defer { database.close() }
        let (restored, found) = try History.read(database, wanted)
        state.revision = found.revision
        return restored
    }

    private static func read(
        _ database: HistoryDatabase,
        _ wanted: Set<String>
    ) throws(HistoryError) -> (restored: RestoredHistory, state: HistoryReader.State) {
        let path = database.queue.path
        return try database.read { db in
            let reader = HistoryReader(db, path: path)
            let state = try reader.state()
            let series = try reader.series { wanted.contains("\($0.journey)\n\($0.fingerprint)") }
            let restored = RestoredHistory(
                series: series, watermark: state.watermark, firstSeen: state.firstSeen, events: try reader.events())
            return (restored, state)
        }
    }

    /// The time in which waymark did not run, if it is long enough to speak of.
    private static func gap(since last: UInt64, until now: UInt64) -> TimelineEvent? {
        guard now > last, now - last > History.gap else { return nil }
        var event = TimelineEvent(time: last, kind: .gap)
        event.until = now
        event.text = "waymark did not run: nothing was counted"
        return event
    }

    /// Commits what changed; nothing is written when nothing did, but for a sign of life every ten seconds.
    func write(
        _ picture: JourneysPicture,
        _ state: inout State,
        now: UInt64
    ) throws(HistoryError) -> [TimelineEvent] {
        guard let database = state.database else { return [] }
        var own: [TimelineEvent] = []
        if let since = state.failingSince {
            var gap = TimelineEvent(time: since, kind: .gap)
            gap.until = now
            gap.text = "the history could not be written; what was counted meanwhile is written now"
            own.append(gap)
        }
        let changes = picture.changes(since: state.committed)
        let events = state.pending + own
        let isQuiet = changes.isEmpty && events.isEmpty
        let isRecent = now >= state.lastCommit && now - state.lastCommit < History.heartbeat
        if isQuiet, isRecent { return [] }
        let gate = try HistoryLock.waited(folder.gate, isShared: false, milliseconds: 2_000)
        defer { withExtendedLifetime(gate) {} }
        state.revision = try database.commit(
            changes, events: events,
            at: HistoryDatabase.Moment(now: now, watermark: picture.watermark, firstSeen: picture.firstSeen))
        state.committed = picture
        state.pending = []
        state.recent = Array((state.recent + events).suffix(History.maximumRecent))
        state.failingSince = nil
        state.pause = 0
        state.lastCommit = now
        set(mode: .writing)
        try prune(database, &state, watermark: picture.watermark, now: now)
        return own
    }

    /// Forgets old slots once a minute, and series of which nothing is left once a day.
    private func prune(
        _ database: HistoryDatabase,
        _ state: inout State,
        watermark: UInt64,
        now: UInt64
    ) throws(HistoryError) {
        guard watermark > 0, now < state.lastPrune || now - state.lastPrune >= 60_000_000_000 else { return }
        let isSweepDue = now < state.lastSweep || now - state.lastSweep >= 86_400_000_000_000
        state.lastPrune = now
        if isSweepDue { state.lastSweep = now }
        try database.write { db in
            try HistoryRetention.prune(db, watermark: watermark)
            if isSweepDue { try HistoryRetention.sweep(db) }
        }
    }
}
