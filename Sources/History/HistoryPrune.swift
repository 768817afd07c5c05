import Foundation
import GRDB
import Journeys

/// Deletes what is old from the history of a folder that no waymark writes.
package enum HistoryPrune {
    /// What was deleted.
    package struct Outcome: Sendable, Hashable {
        /// How many blocks of slots.
        package let blocks: Int
        /// How many events.
        package let events: Int
    }

    /// Deletes every block of slots that ends, and every event that happened, before an instant, and gives the space back.
    ///
    /// - Parameter instant: Unix nanoseconds. A block is 64 slots of counts or 16 of a distribution; one that reaches over
    ///   the instant is kept.
    /// - Throws: ``HistoryError`` of kind `busy` while a waymark writes it, `missing` when there is none.
    package static func prune(
        _ folder: HistoryFolder,
        before instant: UInt64,
        pid: Int32 = getpid()
    ) throws(HistoryError) -> Outcome {
        guard SystemFile.exists(folder.database) else {
            throw HistoryError(.missing, "there is no history in \(folder.path): no \(folder.database)")
        }
        let lock = try HistoryLock.exclusive(folder.lock, pid: pid)
        defer { withExtendedLifetime(lock) {} }
        let database = try HistoryDatabase(path: folder.database)
        defer { database.close() }
        let gate = try HistoryLock.waited(folder.gate, isShared: false, milliseconds: 2_000)
        defer { withExtendedLifetime(gate) {} }
        let outcome = try database.write { db in
            var blocks = 0
            for (sort, slots) in [(0, PartKey.Kind.counts.slotsPerBlock), (1, PartKey.Kind.latency.slotsPerBlock)] {
                try db.execute(
                    sql: "DELETE FROM block WHERE sort = ? AND (number + 1) * slot <= ? / ?",
                    arguments: [sort, Int64(clamping: instant), Int64(slots)])
                blocks += db.changesCount
            }
            try db.execute(sql: "DELETE FROM event WHERE time < ?", arguments: [Int64(clamping: instant)])
            let events = db.changesCount
            try HistoryRetention.sweep(db)
            return Outcome(blocks: blocks, events: events)
        }
        try database.compact()
        return outcome
    }
}
