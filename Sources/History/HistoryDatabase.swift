import Foundation
import GRDB
import Journeys

/// The SQLite file of a history, open through its one connection.
///
/// It has a write-ahead log, exclusive locking and `synchronous=NORMAL`: a commit is one appended write without waiting
/// for the disk, which survives the end of the process however it ends; only when the machine itself goes down may the
/// last commits since the last checkpoint be missing, and never a part of one.
final class HistoryDatabase: Sendable {
    /// How a database is opened.
    struct Options: Sendable {
        /// The most pages of 4 KiB the file may have; nil for as many as the disk has.
        var maximumPages: Int?
        /// `WAL`, or another of SQLite's journal modes.
        var journalMode = "WAL"
        /// `NORMAL`, or another of SQLite's levels.
        var synchronous = "NORMAL"
        /// Called before every commit; what it throws, the commit throws.
        var beforeCommit: (@Sendable () throws -> Void)?
    }

    /// What a commit is made of, besides the changes of journeys.
    struct Moment: Sendable {
        /// Unix nanoseconds.
        let now: UInt64
        /// The latest arrival that was counted.
        let watermark: UInt64
        /// The earliest instant that a run counts at.
        let firstSeen: UInt64?
    }

    let queue: DatabaseQueue
    /// Which file was opened: after somebody took it away, another may have its path.
    let identity: SystemFile.Identity?
    private let options: Options

    /// Opens or makes a database and brings its tables up to date.
    ///
    /// - Throws: ``HistoryError``: `corrupt`, `newer` or `foreign` when it should be set aside.
    init(path: String, options: Options = Options()) throws(HistoryError) {
        self.options = options
        try SystemFile.makePrivate(path)
        identity = SystemFile.identity(path)
        do {
            queue = try HistoryDatabase.opened(path, options)
        } catch {
            throw HistoryDatabase.error(error, path: path)
        }
    }

    private static func opened(_ path: String, _ options: Options) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(2)
        configuration.label = "history"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            try check(db)
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(options.journalMode)")
            try db.execute(sql: "PRAGMA synchronous = \(options.synchronous)")
            _ = try Int.fetchOne(db, sql: "PRAGMA journal_size_limit = 16777216")
        }
        try HistorySchema.migrator.migrate(queue)
        if let pages = options.maximumPages {
            try queue.writeWithoutTransaction { _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)") }
        }
        return queue
    }

    private static func check(_ db: Database) throws {
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard tables > 0 else { return }
        let owner = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard owner == HistorySchema.applicationID else {
            throw HistoryError(.foreign, "it is a database of another program")
        }
        guard try !HistorySchema.migrator.hasBeenSuperseded(db) else {
            throw HistoryError(.newer, "it was written by a later waymark")
        }
    }

    /// Ends the connection; the log is put into the database.
    func close() {
        try? queue.close()
    }

    /// Says what an error means for the history.
    static func error(_ error: any Error, path: String) -> HistoryError {
        if let error = error as? HistoryError { return error }
        guard let error = error as? DatabaseError else {
            return HistoryError(.inaccessible, "\(path): \(SystemError.text(of: error))")
        }
        let text = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return HistoryError(.corrupt, "\(path) is damaged: \(text)")
        case .SQLITE_FULL: return HistoryError(.full, "the disk is full")
        case .SQLITE_BUSY, .SQLITE_LOCKED: return HistoryError(.busy(pid: nil), "\(path) is in use by another program")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            return HistoryError(.inaccessible, "\(path) cannot be written: \(text)")
        case .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT:
            // The statements are right, so the tables are not what they should be.
            return HistoryError(.corrupt, "\(path) is not a history as it should be: \(text)")
        default: return HistoryError(.inaccessible, "\(path): \(text)")
        }
    }

    /// Writes what changed, all or nothing.
    ///
    /// - Returns: The number of the commit.
    /// - Throws: ``HistoryError``.
    func commit(
        _ changes: [LedgerChanges],
        events: [TimelineEvent],
        at moment: Moment
    ) throws(HistoryError) -> Int64 {
        do {
            try options.beforeCommit?()
            let bodies = try events.map { ($0.time, try EventText.text($0)) }
            return try queue.write { db in
                let writer = try HistoryWriter(db, at: moment)
                for change in changes { try writer.write(change) }
                for (time, body) in bodies { try writer.write(event: body, time: time) }
                return writer.revision
            }
        } catch {
            throw HistoryDatabase.error(error, path: queue.path)
        }
    }

    /// Gives the space of what was deleted back to the disk.
    ///
    /// - Throws: ``HistoryError``.
    func compact() throws(HistoryError) {
        do {
            try queue.vacuum()
        } catch {
            throw HistoryDatabase.error(error, path: queue.path)
        }
    }

    /// Does something in one transaction.
    ///
    /// - Throws: ``HistoryError``.
    func write<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) throws(HistoryError) -> Value {
        do {
            return try queue.write(body)
        } catch {
            throw HistoryDatabase.error(error, path: queue.path)
        }
    }

    /// Reads something.
    ///
    /// - Throws: ``HistoryError``.
    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) throws(HistoryError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw HistoryDatabase.error(error, path: queue.path)
        }
    }
}

/// Events as they stand in the database and in exports: JSON with sorted keys.
enum EventText {
    static func text(_ event: TimelineEvent) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(event), as: UTF8.self)
    }

    static func event(_ text: String) throws -> TimelineEvent {
        try JSONDecoder().decode(TimelineEvent.self, from: Data(text.utf8))
    }
}
