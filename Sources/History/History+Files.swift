import Foundation
import Journeys

extension History {
    /// Takes the lock and opens the database, setting aside one that cannot be used.
    func openFiles(_ state: inout State, now: UInt64, isFirst: Bool) {
        state.lastTry = now
        do throws(HistoryError) {
            try folder.make()
            if state.lock == nil { state.lock = try HistoryLock.exclusive(folder.lock, pid: options.pid) }
            state.database = try openDatabase(&state, now: now)
            state.pause = 0
            set(mode: .writing)
        } catch {
            refuse(error, &state, isFirst: isFirst)
        }
    }

    private func refuse(_ error: HistoryError, _ state: inout State, isFirst: Bool) {
        if case .busy(let pid) = error.kind, state.lock == nil {
            // A reader stays one: its counts do not follow from what the other goes on to write.
            state.isReader = isFirst
            set(mode: isFirst ? .readOnly(pid: pid) : .memoryOnly(reason: error.message))
        } else {
            state.failingSince = state.failingSince ?? state.lastTry
            set(mode: .memoryOnly(reason: error.message))
        }
        state.pause = min(max(state.pause * 2, 1_000_000_000), 30_000_000_000)
    }

    private func openDatabase(_ state: inout State, now: UInt64) throws(HistoryError) -> HistoryDatabase {
        do throws(HistoryError) {
            let database = try HistoryDatabase(path: folder.database, options: options.database)
            let revision = try History.revision(of: database)
            if let known = state.revision, known != revision {
                database.close()
                throw HistoryError(.replaced, "\(folder.database) is not the file that was written last")
            }
            state.isRestoreDue = state.revision == nil && revision > 0
            return database
        } catch {
            guard let why = History.word(error.kind) else { throw error }
            try setAside(why, because: error, now: now)
            state.revision = nil
            state.committed = nil
            state.isRestoreDue = false
            state.pending = state.recent + state.pending
            state.recent = []
            return try HistoryDatabase(path: folder.database, options: options.database)
        }
    }

    private static func revision(of database: HistoryDatabase) throws(HistoryError) -> Int64 {
        let path = database.queue.path
        return try database.read { try HistoryReader($0, path: path).state().revision }
    }

    /// The word in the name of a database that was set aside; nil when it should not be.
    private static func word(_ kind: HistoryError.Kind) -> String? {
        switch kind {
        case .corrupt: "corrupt"
        case .newer: "newer"
        case .foreign: "foreign"
        case .replaced: "replaced"
        default: nil
        }
    }

    private func setAside(_ why: String, because error: HistoryError, now: UInt64) throws(HistoryError) {
        let target = try folder.setAside(why, now: now)
        set(notice: "history: \(error.message); it was set aside as \(target), and a new history was begun")
    }

    /// After a failure: sets a broken database aside and begins a new one, or waits for better times.
    func fail(_ error: HistoryError, _ state: inout State, now: UInt64) {
        state.failingSince = state.failingSince ?? (state.lastCommit > 0 ? state.lastCommit : now)
        if let why = History.word(error.kind) {
            state.database?.close()
            state.database = nil
            do throws(HistoryError) {
                try setAside(why, because: error, now: now)
                state.revision = nil
                state.committed = nil
                state.isRestoreDue = false
                state.pending = state.recent + state.pending
                state.recent = []
                openFiles(&state, now: now, isFirst: true)
            } catch {
                set(mode: .memoryOnly(reason: error.message))
                state.pause = 30_000_000_000
            }
            return
        }
        set(mode: .memoryOnly(reason: error.message))
        state.lastTry = now
        state.pause = min(max(state.pause * 2, 1_000_000_000), 30_000_000_000)
        // After a full disk the connection is as good as before; after anything else a new one is better.
        if error.kind != .full {
            state.database?.close()
            state.database = nil
        }
    }

    /// Opens again what failed, when it is time to, and what somebody took away.
    func openAgainIfDue(_ state: inout State, now: UInt64) {
        if let database = state.database {
            guard now >= state.lastCommit &+ History.heartbeat || now < state.lastCommit else { return }
            let current = SystemFile.identity(folder.database)
            let isThere = current?.number == database.identity?.number && current?.device == database.identity?.device
            guard !isThere else { return }
            database.close()
            state.database = nil
            state.lock = nil
            state.revision = nil
            state.committed = nil
            state.pending = state.recent + state.pending
            state.recent = []
            state.pause = 0
            set(notice: "history: \(folder.database) was taken away; a new one was begun")
        }
        guard now < state.lastTry || now - state.lastTry >= state.pause else { return }
        openFiles(&state, now: now, isFirst: false)
    }
}
