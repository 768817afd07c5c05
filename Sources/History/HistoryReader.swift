import Foundation
import GRDB
import Journeys

/// Reads what a database holds.
struct HistoryReader {
    /// What the last commit said of itself.
    struct State: Sendable {
        let revision: Int64
        let committedAt: UInt64
        let watermark: UInt64
        let firstSeen: UInt64?
    }

    private let db: Database
    private let path: String

    init(_ db: Database, path: String) {
        self.db = db
        self.path = path
    }

    func state() throws -> State {
        let row = try Row.fetchOne(db, sql: "SELECT revision, committed_at, watermark, first_seen FROM state")
        guard let row else { throw damaged("its state is missing") }
        return State(
            revision: row[0], committedAt: unsigned(row[1]), watermark: unsigned(row[2]),
            firstSeen: (row[3] as Int64?).map { UInt64(clamping: $0) })
    }

    /// The newest events, oldest first.
    func events(limit: Int = 5_000) throws -> [TimelineEvent] {
        let bodies = try String.fetchAll(
            db, sql: "SELECT body FROM event ORDER BY time DESC, id DESC LIMIT ?", arguments: [limit])
        return try bodies.reversed().map { body in
            guard let event = try? EventText.event(body) else { throw damaged("an event cannot be read: \(body)") }
            return event
        }
    }

    /// The series whose key is wanted, with their parts and blocks.
    func series(where isWanted: (SeriesKey) -> Bool) throws -> [RestoredHistory.Series] {
        var series: [Int64: (key: SeriesKey, facts: SeriesFacts)] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, journey, fingerprint, environment, first_run, last_run, labels, left_out FROM series")
        while let row = try rows.next() {
            let key = SeriesKey(journey: row[1], fingerprint: row[2], environment: row[3])
            guard isWanted(key) else { continue }
            guard let labels = TextList.texts(row[6]) else { throw damaged("labels of \(key.journey) cannot be read") }
            series[row[0]] = (
                key,
                SeriesFacts(
                    firstRun: (row[4] as Int64?).map { UInt64(clamping: $0) },
                    lastRun: (row[5] as Int64?).map { UInt64(clamping: $0) }, errorLabels: labels,
                    versionsLeftOut: row[7])
            )
        }
        var parts = try self.parts(of: Set(series.keys))
        try readBlocks(&parts)
        var byseries: [Int64: [RestoredHistory.Part]] = [:]
        for (_, part) in parts.sorted(by: { $0.key < $1.key }) { byseries[part.series, default: []].append(part.part) }
        return series.map { id, facts in
            RestoredHistory.Series(key: facts.key, facts: facts.facts, parts: byseries[id] ?? [])
        }.sorted { $0.key < $1.key }
    }

    private struct PartRow {
        let series: Int64
        let layout: CountLayout
        var part: RestoredHistory.Part
    }

    private func parts(of series: Set<Int64>) throws -> [Int64: PartRow] {
        var parts: [Int64: PartRow] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT part.id, series, kind, name, detail, anchor, columns, first_seen, last_seen, data
                FROM part LEFT JOIN sighting ON sighting.part = part.id LEFT JOIN instances ON instances.part = part.id
                """)
        while let row = try rows.next() {
            guard series.contains(row[1]) else { continue }
            guard let kind = PartKey.Kind(rawValue: row[2]), let columns = TextList.texts(row[6]) else {
                throw damaged("a part of kind \(row[2] as String) cannot be read")
            }
            let key = PartKey(kind, name: row[3], detail: row[4], anchor: unsigned(row[5]), columns: columns)
            var part = RestoredHistory.Part(key: key)
            if let first = row[7] as Int64?, let last = row[8] as Int64? {
                part.sighting = VersionTimes(firstSeen: UInt64(clamping: first), lastSeen: UInt64(clamping: last))
            }
            part.instances = (row[9] as Data?).map(NumberList.numbers) ?? []
            parts[row[0]] = PartRow(series: row[1], layout: CountLayout(columns: columns), part: part)
        }
        return parts
    }

    private func readBlocks(_ parts: inout [Int64: PartRow]) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT slot, number, part, revision, data FROM block ORDER BY sort, slot, number, part")
        while let row = try rows.next() {
            let id = row[2] as Int64
            guard let known = parts[id] else { continue }
            let content = try row.withUnsafeData(atIndex: 4) { data -> RestoredHistory.Content? in
                data?.withUnsafeBytes { bytes in
                    known.part.key.kind == .counts
                        ? BlockCodec.decode(counts: bytes, layout: known.layout).map { .counts($0) }
                        : BlockCodec.decode(histogram: bytes).map { .distribution($0) }
                }
            }
            guard let content else { throw damaged("a block of \(known.part.key.kind.rawValue) has a flipped bit") }
            parts[id]?.part.blocks.append(
                RestoredHistory.Block(
                    slot: unsigned(row[0]), number: unsigned(row[1]), revision: row[3], content: content))
        }
    }

    private func unsigned(_ number: Int64) -> UInt64 { UInt64(clamping: number) }

    private func damaged(_ what: String) -> HistoryError {
        HistoryError(.corrupt, "\(path) is damaged: \(what)")
    }
}
