import Foundation
import GRDB
import Journeys

/// Writes what a history holds for people and other programs.
///
/// The JSON has `"version": 1` and holds everything that the numbers on screen are made of: counts by slot and column,
/// latency buckets with their edges, versions and the timeline. All times and lengths are nanoseconds, all weights
/// units of 2⁻²⁴ runs. Only keys are ever added to version 1, and what was exported can be imported.
package struct HistoryExport: Sendable {
    /// Which part of a history is meant.
    package struct Range: Sendable {
        /// From when on, in Unix nanoseconds.
        package var from: UInt64 = 0
        /// Up to but not including when.
        package var to: UInt64 = .max
        /// Only this journey.
        package var journey: String?

        /// Everything.
        package init() {}

        func contains(_ time: UInt64) -> Bool { time >= from && time < to }
    }

    private let state: HistoryReader.State
    private let series: [(series: RestoredHistory.Series, rules: String)]
    private let events: [TimelineEvent]
    private let range: Range

    /// Reads the history of a folder, as its last commit left it, from a copy; another waymark may go on writing.
    ///
    /// - Throws: ``HistoryError`` of kind `missing` when there is none, `corrupt` or `newer` when it cannot be read.
    package init(of folder: HistoryFolder, range: Range = Range()) throws(HistoryError) {
        let copy = try HistoryCopy(of: folder)
        let database = try HistoryDatabase(path: copy.folder.database)
        defer { database.close() }
        self = try database.read { db in
            try HistoryExport(HistoryReader(db, path: folder.database), db, range)
        }
    }

    private init(_ reader: HistoryReader, _ db: Database, _ range: Range) throws {
        self.range = range
        state = try reader.state()
        var rules: [SeriesKey: String] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT journey, fingerprint, environment, rules FROM series")
        while let row = try rows.next() {
            rules[SeriesKey(journey: row[0], fingerprint: row[1], environment: row[2])] = row[3]
        }
        series = try reader.series { range.journey == nil || $0.journey == range.journey }.map {
            ($0, rules[$0.key] ?? "")
        }
        events = try reader.events(limit: -1).filter { event in
            range.contains(event.time) && (range.journey == nil || event.journey == range.journey)
        }
    }

    /// Writes JSON, piece by piece.
    package func writeJSON(_ write: (String) throws -> Void) throws {
        try write("{\"version\": 1,\n\"revision\": \(state.revision),\n\"committed_at_ns\": \(state.committedAt),\n")
        try write(
            "\"watermark_ns\": \(state.watermark),\n\"first_seen_ns\": \(text(state.firstSeen)),\n\"journeys\": [")
        for (number, entry) in series.enumerated() {
            try write(number == 0 ? "\n" : ",\n")
            try writeJSON(entry.series, entry.rules, write)
        }
        try write("],\n\"timeline\": [")
        for (number, event) in events.enumerated() {
            try write((number == 0 ? "\n" : ",\n") + EventText.text(event))
        }
        try write("]}\n")
    }

    private func writeJSON(
        _ series: RestoredHistory.Series,
        _ rules: String,
        _ write: (String) throws -> Void
    ) throws {
        let key = series.key
        try write(
            "{\"journey\": \(try quoted(key.journey)), \"environment\": \(try quoted(key.environment)), "
                + "\"definition\": \(try quoted(key.fingerprint)), \"rules\": \(try quoted(rules)),\n")
        try write(
            "\"first_run_ns\": \(text(series.facts.firstRun)), \"last_run_ns\": \(text(series.facts.lastRun)), "
                + "\"error_labels\": \(try list(series.facts.errorLabels)), "
                + "\"versions_left_out\": \(series.facts.versionsLeftOut), \"parts\": [")
        for (number, part) in series.parts.enumerated() {
            try write(number == 0 ? "\n" : ",\n")
            try writeJSON(part, write)
        }
        try write("]}")
    }

    private func writeJSON(_ part: RestoredHistory.Part, _ write: (String) throws -> Void) throws {
        let key = part.key
        try write("{\"kind\": \(try quoted(key.kind.rawValue))")
        if key.kind == .counts { try write(", \"columns\": \(try list(key.columns))") }
        if key.kind == .step {
            try write(", \"step\": \(try quoted(key.name)), \"filter\": \(try quoted(key.detail))")
        }
        if key.kind == .version {
            try write(", \"service\": \(try quoted(key.name)), \"service_version\": \(try quoted(key.detail))")
            try write(", \"first_seen_ns\": \(text(part.sighting?.firstSeen))")
            try write(", \"last_seen_ns\": \(text(part.sighting?.lastSeen))")
            try write(", \"instances\": [\(part.instances.map(String.init).joined(separator: ", "))]")
        }
        if key.kind.isOfDurations { try write(edges(part)) }
        try write(", \"blocks\": [")
        var isFirst = true
        for block in part.blocks {
            let slots = slots(of: block, key)
            guard !slots.isEmpty else { continue }
            try write(isFirst ? "\n" : ",\n")
            isFirst = false
            try write("{\"slot_ns\": \(block.slot), \"revision\": \(block.revision), \"slots\": [\n")
            try write(slots.joined(separator: ",\n") + "]}")
        }
        try write("]}")
    }

    /// The anchor, and the edges of all buckets from the first to the last one used.
    private func edges(_ part: RestoredHistory.Part) -> String {
        let scale = LatencyScale(anchor: part.key.anchor)
        var least = Int.max
        var most = Int.min
        for block in part.blocks {
            guard case .distribution(let slots) = block.content else { continue }
            for entry in slots.joined() where entry.key != .min {
                least = min(least, Int(entry.key))
                most = max(most, Int(entry.key))
            }
        }
        var text = ", \"anchor_ns\": \(part.key.anchor)"
        // Buckets beyond the scale do not occur; a damaged number must not become a list of billions.
        guard least <= most, most - least <= 8_192 else { return text + ", \"first_bucket\": null, \"edges_ns\": []" }
        text += ", \"first_bucket\": \(least), \"edges_ns\": ["
        return text + (least...most + 1).map { String(scale.edge($0)) }.joined(separator: ", ") + "]"
    }

    private func slots(of block: RestoredHistory.Block, _ key: PartKey) -> [String] {
        let first = block.number &* key.kind.slotsPerBlock
        switch block.content {
        case .counts(let cells):
            let width = key.columns.count
            return (0..<(width > 0 ? cells.count / width : 0)).compactMap { slot in
                let at = (first &+ UInt64(slot)) &* block.slot
                let numbers = cells[slot * width..<(slot + 1) * width]
                guard range.contains(at), numbers.contains(where: { $0 > 0 }) else { return nil }
                return "{\"at_ns\": \(at), \"counts\": [\(numbers.map(String.init).joined(separator: ", "))]}"
            }
        case .distribution(let slots):
            return slots.enumerated().compactMap { slot, entries in
                let at = (first &+ UInt64(slot)) &* block.slot
                guard range.contains(at), !entries.isEmpty else { return nil }
                let texts = entries.map {
                    "[\($0.key == .min ? "null" : String($0.key)), \($0.count), \($0.weight)]"
                }
                return "{\"at_ns\": \(at), \"entries\": [\(texts.joined(separator: ", "))]}"
            }
        }
    }

    private func text(_ number: UInt64?) -> String { number.map(String.init) ?? "null" }

    private func quoted(_ text: String) throws -> String {
        String(try TextList.text([text]).dropFirst().dropLast())
    }

    private func list(_ texts: [String]) throws -> String { try TextList.text(texts) }
}

extension HistoryExport {
    /// The columns of the CSV.
    package static let columns = [
        "record", "journey", "environment", "definition", "at_ns", "slot_ns", "name", "detail", "from_ns", "to_ns",
        "runs",
        "weight_units",
    ]

    /// Writes CSV with one line for every number that is not zero: `count` (name: the column), `latency`, `step` (name:
    /// the step), `version` (name: the service, detail: the version) with the edges of the bucket, `error` (name: the
    /// label), and `event` (name: its kind, detail: the event as JSON).
    package func writeCSV(_ write: (String) throws -> Void) throws {
        try write(HistoryExport.columns.joined(separator: ",") + "\r\n")
        for entry in series {
            for part in entry.series.parts { try writeCSV(part, of: entry.series, write) }
        }
        for event in events {
            try write(
                HistoryExport.line([
                    "event", event.journey ?? "", event.environment ?? "", "", String(event.time), "",
                    event.kind.rawValue, try EventText.text(event), "", "", "", "",
                ]))
        }
    }

    private func writeCSV(
        _ part: RestoredHistory.Part,
        of series: RestoredHistory.Series,
        _ write: (String) throws -> Void
    ) throws {
        let key = part.key
        let scale = LatencyScale(anchor: max(1, key.anchor))
        for block in part.blocks {
            let first = block.number &* key.kind.slotsPerBlock
            func line(_ slot: Int, _ name: String, _ detail: String, _ rest: [String]) -> String? {
                let at = (first &+ UInt64(slot)) &* block.slot
                guard range.contains(at) else { return nil }
                let record = key.kind == .counts ? "count" : key.kind == .errors ? "error" : key.kind.rawValue
                return HistoryExport.line(
                    [
                        record, series.key.journey, series.key.environment, series.key.fingerprint, String(at),
                        String(block.slot), name, detail,
                    ] + rest)
            }
            switch block.content {
            case .counts(let cells):
                let width = max(1, key.columns.count)
                for (place, value) in cells.enumerated() where value > 0 {
                    if let text = line(place / width, key.columns[place % width], "", ["", "", String(value), ""]) {
                        try write(text)
                    }
                }
            case .distribution(let slots):
                for (slot, entries) in slots.enumerated() {
                    for entry in entries {
                        let isTimed = key.kind.isOfDurations && entry.key != .min
                        let from = isTimed ? String(scale.edge(Int(entry.key))) : ""
                        let to = isTimed ? String(scale.edge(Int(entry.key) + 1)) : ""
                        let labels = series.facts.errorLabels
                        let label = labels.indices.contains(Int(entry.key)) ? labels[Int(entry.key)] : ""
                        let name = key.kind == .errors ? label : key.name
                        let rest = [from, to, String(entry.count), String(entry.weight)]
                        if let text = line(slot, name, key.detail, rest) { try write(text) }
                    }
                }
            }
        }
    }

    private static func line(_ fields: [String]) -> String {
        fields.map { field in
            let isPlain = field.utf8.allSatisfy { $0 != 44 && $0 != 34 && $0 != 10 && $0 != 13 }
            return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\r\n"
    }
}
