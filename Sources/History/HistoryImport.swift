import Foundation
import GRDB
import Journeys

/// Reads what ``HistoryExport`` wrote; everything is checked before anything is changed.
package struct HistoryImport: Sendable {
    private struct Entry: Sendable {
        var series: RestoredHistory.Series
        var rules: String
    }

    private var entries: [Entry] = []
    private var events: [TimelineEvent] = []
    private var revision: Int64 = 0
    private var committedAt: UInt64 = 0
    private var watermark: UInt64 = 0
    private var firstSeen: UInt64?

    /// How many journeys in environments there are.
    package var seriesCount: Int { entries.count }
    /// How many events there are.
    package var eventCount: Int { events.count }

    /// Reads an export.
    ///
    /// - Parameters:
    ///   - bytes: The JSON.
    ///   - file: What it is called in messages.
    /// - Throws: ``HistoryError`` of kind `badInput` that names the line and the field, what was found and what was
    ///   expected.
    package init(json bytes: [UInt8], file: String) throws(HistoryError) {
        var scanner = JSONScanner(bytes, file: file)
        var version: UInt64?
        try scanner.object { (scanner, key) throws(HistoryError) in
            switch key {
            case "version":
                let number = try scanner.unsigned()
                guard number == 1 else {
                    throw scanner.wrong("this waymark reads version 1, found \(number); import it with a later one")
                }
                version = number
            case "revision": revision = try scanner.signed(0...Int64.max)
            case "committed_at_ns": committedAt = try scanner.unsigned()
            case "watermark_ns": watermark = try scanner.unsigned()
            case "first_seen_ns": firstSeen = try scanner.isNull() ? nil : try scanner.unsigned()
            case "journeys":
                try scanner.array { scanner throws(HistoryError) in entries.append(try Self.entry(&scanner)) }
            case "timeline":
                try scanner.array { scanner throws(HistoryError) in events.append(try Self.event(&scanner)) }
            default: _ = try scanner.raw()
            }
        }
        try scanner.end()
        guard version != nil else {
            throw HistoryError(.badInput, "\(file):1: expected an export with \"version\": 1; there is no version")
        }
    }

    private static func event(_ scanner: inout JSONScanner) throws(HistoryError) -> TimelineEvent {
        let start = scanner
        let text = try scanner.raw()
        do {
            return try EventText.event(text)
        } catch DecodingError.keyNotFound(let key, _) {
            throw start.wrong("an event without \"\(key.stringValue)\"")
        } catch DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context) {
            let field = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw start.wrong("an event that cannot be read\(field.isEmpty ? "" : ": \"\(field)\" is wrong")")
        } catch {
            throw start.wrong("an event that cannot be read")
        }
    }

    private static func entry(_ scanner: inout JSONScanner) throws(HistoryError) -> Entry {
        var journey: String?
        var environment: String?
        var definition: String?
        var rules = ""
        var facts = SeriesFacts(firstRun: nil, lastRun: nil, errorLabels: [], versionsLeftOut: 0)
        var parts: [RestoredHistory.Part] = []
        try scanner.object { (scanner, key) throws(HistoryError) in
            switch key {
            case "journey": journey = try scanner.string()
            case "environment": environment = try scanner.string()
            case "definition": definition = try scanner.string()
            case "rules": rules = try scanner.string()
            case "first_run_ns": facts.firstRun = try scanner.isNull() ? nil : try scanner.unsigned()
            case "last_run_ns": facts.lastRun = try scanner.isNull() ? nil : try scanner.unsigned()
            case "error_labels":
                try scanner.array { scanner throws(HistoryError) in facts.errorLabels.append(try scanner.string()) }
            case "versions_left_out": facts.versionsLeftOut = Int(try scanner.signed(0...Int64.max))
            case "parts":
                try scanner.array { scanner throws(HistoryError) in
                    var reader = PartImport()
                    parts.append(try reader.read(&scanner))
                }
            default: _ = try scanner.raw()
            }
        }
        guard let journey, let environment, let definition else {
            throw scanner.wrong("a journey needs \"journey\", \"environment\" and \"definition\"")
        }
        let key = SeriesKey(journey: journey, fingerprint: definition, environment: environment)
        return Entry(series: RestoredHistory.Series(key: key, facts: facts, parts: parts), rules: rules)
    }

    /// Puts everything into the history of a folder, in one transaction: slots take the place of those of the same time,
    /// the others stay.
    ///
    /// - Throws: ``HistoryError`` of kind `busy` while a waymark writes it.
    package func apply(to folder: HistoryFolder, pid: Int32 = getpid()) throws(HistoryError) {
        try folder.make()
        let lock = try HistoryLock.exclusive(folder.lock, pid: pid)
        defer { withExtendedLifetime(lock) {} }
        let database = try HistoryDatabase(path: folder.database)
        defer { database.close() }
        let gate = try HistoryLock.waited(folder.gate, isShared: false, milliseconds: 2_000)
        defer { withExtendedLifetime(gate) {} }
        try database.write { db in
            for entry in entries { try write(entry, db) }
            for event in events {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO event (time, body) VALUES (?, ?)",
                    arguments: [Int64(clamping: event.time), try EventText.text(event)])
            }
            try db.execute(
                sql: """
                    UPDATE state SET revision = max(revision, ?), committed_at = max(committed_at, ?),
                        watermark = max(watermark, ?),
                        first_seen = CASE WHEN first_seen IS NULL OR first_seen > ? THEN ? ELSE first_seen END
                    """,
                arguments: [
                    revision, Int64(clamping: committedAt), Int64(clamping: watermark),
                    firstSeen.map { Int64(clamping: $0) }, firstSeen.map { Int64(clamping: $0) },
                ])
        }
    }

    private func write(_ entry: Entry, _ db: Database) throws {
        let writer = HistoryWriter(db, revision: revision)
        let present = try HistoryReader(db, path: "history").series { $0 == entry.series.key }.first
        var facts = entry.series.facts
        if let before = present?.facts {
            guard
                facts.errorLabels.starts(with: before.errorLabels) || before.errorLabels.starts(with: facts.errorLabels)
            else {
                throw HistoryError(
                    .badInput,
                    "the history has other error labels of \(entry.series.key.journey): import into an empty one")
            }
            facts.firstRun = [facts.firstRun, before.firstRun].compactMap { $0 }.min()
            facts.lastRun = [facts.lastRun, before.lastRun].compactMap { $0 }.max()
            facts.versionsLeftOut = max(facts.versionsLeftOut, before.versionsLeftOut)
            if before.errorLabels.count > facts.errorLabels.count { facts.errorLabels = before.errorLabels }
        }
        let series = try writer.seriesID(entry.series.key, facts, rules: entry.rules)
        for part in entry.series.parts {
            let before = present?.parts.first { $0.key == part.key }
            for (change, revision) in PartImport.merged(part, over: before) {
                try writer.write(change, of: series, revision: revision)
            }
        }
    }
}
