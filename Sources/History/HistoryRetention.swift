import GRDB
import Journeys

/// Forgets what is older than it is kept for, so that the file stays bounded.
enum HistoryRetention {
    /// For how long events are kept, in nanoseconds: 400 days, so that the same month of last year is still there.
    static let events: UInt64 = 400 * 86_400_000_000_000
    /// How many events are kept at most.
    static let maximumEvents = 100_000

    /// Deletes slots that the plan no longer keeps at their resolution, and events past their time.
    ///
    /// Slots of a resolution that the plan does not know are kept as long as the longest it knows.
    static func prune(_ db: Database, watermark: UInt64, plan: SlotPlan = .file) throws {
        let sorts: [(number: Int, levels: [SlotPlan.Level], slots: UInt64)] = [
            (0, plan.counts, PartKey.Kind.counts.slotsPerBlock),
            (1, plan.histograms, PartKey.Kind.latency.slotsPerBlock),
        ]
        for sort in sorts {
            let longest = sort.levels.map(\.retention).max() ?? 0
            var slots = Set(sort.levels.map(\.slot))
            slots.formUnion(try storedSlots(db, sort: sort.number))
            for slot in slots where slot > 0 {
                let retention = sort.levels.first { $0.slot == slot }?.retention ?? longest
                let (length, isTooLong) = slot.multipliedReportingOverflow(by: sort.slots)
                guard watermark > retention, !isTooLong else { continue }
                try db.cachedStatement(sql: "DELETE FROM block WHERE sort = ? AND slot = ? AND number < ?").execute(
                    arguments: [
                        sort.number, Int64(clamping: slot), Int64(clamping: (watermark - retention) / length),
                    ])
            }
        }
        if watermark > events {
            try db.cachedStatement(sql: "DELETE FROM event WHERE time < ?").execute(
                arguments: [Int64(clamping: watermark - events)])
        }
        try db.cachedStatement(
            sql: """
                DELETE FROM event WHERE id IN (
                    SELECT id FROM event ORDER BY time DESC, id DESC LIMIT -1 OFFSET ?)
                """
        ).execute(arguments: [maximumEvents])
    }

    /// Deletes parts and series of which nothing is left.
    static func sweep(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM part WHERE id NOT IN (SELECT DISTINCT part FROM block);
                DELETE FROM sighting WHERE part NOT IN (SELECT id FROM part);
                DELETE FROM instances WHERE part NOT IN (SELECT id FROM part);
                DELETE FROM series WHERE id NOT IN (SELECT DISTINCT series FROM part);
                """)
    }

    /// The lengths of slots that there are blocks of: one step of the index each.
    private static func storedSlots(_ db: Database, sort: Int) throws -> [UInt64] {
        var slots: [UInt64] = []
        var last: Int64 = -1
        while let next = try Int64.fetchOne(
            db, sql: "SELECT slot FROM block WHERE sort = ? AND slot > ? ORDER BY slot LIMIT 1",
            arguments: [sort, last])
        {
            slots.append(UInt64(clamping: next))
            last = next
        }
        return slots
    }
}
