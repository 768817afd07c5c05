import Foundation
import GRDB
import Journeys

/// Writes the changes of one transaction.
///
/// Every row is an absolute value under a key of its own, so writing anything twice changes nothing.
struct HistoryWriter {
    private let db: Database
    /// The number of this commit.
    let revision: Int64

    init(_ db: Database, at moment: HistoryDatabase.Moment) throws {
        self.db = db
        revision = (try Int64.fetchOne(db, sql: "SELECT revision FROM state") ?? 0) &+ 1
        try db.cachedStatement(
            sql: "UPDATE state SET revision = ?, committed_at = ?, watermark = max(watermark, ?), first_seen = ?"
        ).execute(arguments: [
            revision, Int64(clamping: moment.now), Int64(clamping: moment.watermark),
            moment.firstSeen.map { Int64(clamping: $0) },
        ])
    }

    /// A writer that leaves the state as it is.
    init(_ db: Database, revision: Int64) {
        self.db = db
        self.revision = revision
    }

    /// Writes what changed for a journey.
    func write(_ change: LedgerChanges) throws {
        let series = try seriesID(change.key, change.facts, rules: change.rules)
        for part in change.parts { try write(part, of: series, revision: revision) }
    }

    /// The number of a series, with these facts from now on.
    func seriesID(_ key: SeriesKey, _ facts: SeriesFacts, rules: String) throws -> Int64 {
        let labels = try TextList.text(facts.errorLabels)
        let id = try Int64.fetchOne(
            db.cachedStatement(
                sql: """
                    INSERT INTO series (journey, fingerprint, environment, rules, first_run, last_run, labels, left_out)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (journey, fingerprint, environment) DO UPDATE SET
                        first_run = excluded.first_run, last_run = excluded.last_run, labels = excluded.labels,
                        left_out = excluded.left_out
                    RETURNING id
                    """),
            arguments: [
                key.journey, key.fingerprint, key.environment, rules, facts.firstRun.map { Int64(clamping: $0) },
                facts.lastRun.map { Int64(clamping: $0) }, labels, facts.versionsLeftOut,
            ])
        guard let id else { throw HistoryError(.corrupt, "a series could not be written") }
        return id
    }

    /// Writes what changed in a part.
    func write(_ part: LedgerChanges.Part, of series: Int64, revision: Int64) throws {
        let id = try partID(part.key, of: series)
        if let sighting = part.sighting {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO sighting VALUES (?, ?, ?)").execute(arguments: [
                id, Int64(clamping: sighting.firstSeen), Int64(clamping: sighting.lastSeen),
            ])
        }
        if let instances = part.instances {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO instances VALUES (?, ?)").execute(
                arguments: [id, NumberList.data(instances)])
        }
        guard !part.blocks.isEmpty else { return }
        let sort = part.key.kind == .counts ? 0 : 1
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO block (sort, slot, number, part, revision, data) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (sort, slot, number, part) DO UPDATE SET
                    revision = excluded.revision, data = excluded.data
                """)
        for block in part.blocks {
            try statement.execute(arguments: [
                sort, Int64(clamping: block.slot), Int64(clamping: block.number), id, revision, Data(block.bytes),
            ])
        }
    }

    private func partID(_ key: PartKey, of series: Int64) throws -> Int64 {
        let columns = key.columns.isEmpty ? "" : try TextList.text(key.columns)
        let arguments: StatementArguments = [
            series, key.kind.rawValue, key.name, key.detail, Int64(clamping: key.anchor), columns,
        ]
        let known = try Int64.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT id FROM part
                    WHERE series = ? AND kind = ? AND name = ? AND detail = ? AND anchor = ? AND columns = ?
                    """), arguments: arguments)
        if let known { return known }
        try db.cachedStatement(
            sql: "INSERT INTO part (series, kind, name, detail, anchor, columns) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: arguments)
        return db.lastInsertedRowID
    }

    /// Writes an event; the same one is kept once.
    func write(event body: String, time: UInt64) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO event (time, body) VALUES (?, ?)").execute(
            arguments: [Int64(clamping: time), body])
    }
}

/// Lists of texts in one column, as JSON.
enum TextList {
    static func text(_ texts: [String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return String(decoding: try encoder.encode(texts), as: UTF8.self)
    }

    static func texts(_ text: String) -> [String]? {
        text.isEmpty ? [] : try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}

/// Lists of numbers in one column: eight bytes each, the least significant first.
enum NumberList {
    static func data(_ numbers: [UInt64]) -> Data {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count * 8)
        for number in numbers {
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
        }
        return Data(bytes)
    }

    static func numbers(_ data: Data) -> [UInt64] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
            }
        }
    }
}
