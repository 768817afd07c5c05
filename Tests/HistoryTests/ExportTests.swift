import Foundation
import History
import HistoryMaking
import Journeys
import Telemetry
import Testing

/// What is exported, imported and deleted.
@Suite struct ExportTests {
    private let now = TestRun.midnight + 7_200_000_000_000

    /// A history of two hours, in a folder.
    private func make(_ scratch: Scratch, seed: UInt64 = 9) -> JourneyEngine {
        var engine = JourneyEngine.make()
        let history = History.open(folder: scratch.folder, now: now)
        engine.take(TestRun.some(400, after: TestRun.midnight, within: 3_600, seed: seed))
        history.commit(engine.picture(), events: [], now: now)
        engine.take(TestRun.some(400, after: TestRun.midnight + 3_600_000_000_000, within: 3_600, seed: seed + 1))
        var event = TimelineEvent(time: now - 5, kind: .acknowledged, journey: "checkout", environment: "prod")
        event.text = "seen, \"really\"\nyes"
        event.by = "🙂"
        history.commit(engine.picture(), events: [event, TimelineEvent(time: 5, kind: .note)], now: now)
        history.close()
        return engine
    }

    private func json(_ folder: HistoryFolder, _ range: HistoryExport.Range = .init()) throws -> String {
        var text = ""
        try HistoryExport(of: folder, range: range).writeJSON { text += $0 }
        return text
    }

    @Test("An import of an export gives the same export, byte for byte, and the same counts")
    func roundTrip() throws {
        let from = Scratch()
        let to = Scratch()
        let engine = make(from)
        let text = try json(from.folder)
        let read = try HistoryImport(json: Array(text.utf8), file: "x.json")
        #expect(read.eventCount == 2)
        try read.apply(to: to.folder)
        #expect(try json(to.folder) == text)
        try read.apply(to: to.folder)
        #expect(try json(to.folder) == text, "doing it twice changes nothing")
        let restored = JourneyEngine.make(restoredFrom: to.folder, now: now)
        #expect(restored.picture().durable.series == engine.picture().durable.series)
    }

    @Test("The numbers on screen can be computed from the export alone")
    func recomputed() throws {
        let scratch = Scratch()
        let engine = make(scratch)
        let document = try #require(
            JSONSerialization.jsonObject(with: Data(try json(scratch.folder).utf8)) as? [String: Any])
        #expect(document["version"] as? Int == 1)
        let journeys = try #require(document["journeys"] as? [[String: Any]])
        let window = TimeWindow(last: 1_800_000_000_000, until: now)
        for journey in journeys {
            let environment = journey["environment"] as? String
            let view = try #require(
                engine.picture().journeys.first { $0.environment == environment && !$0.isFound })
            let parts = try #require(journey["parts"] as? [[String: Any]])
            var runs = 0
            var fast = 0
            var durations: [(edge: Int, weight: Int)] = []
            for part in parts {
                let columns = part["columns"] as? [String] ?? []
                let edges = part["edges_ns"] as? [Int] ?? []
                for block in part["blocks"] as? [[String: Any]] ?? [] {
                    for slot in block["slots"] as? [[String: Any]] ?? [] {
                        let at = UInt64(try #require(slot["at_ns"] as? Int))
                        guard window.contains(at) else { continue }
                        if part["kind"] as? String == "counts", block["slot_ns"] as? Int == 1_000_000_000 {
                            let counts = try #require(slot["counts"] as? [Int])
                            runs += counts[try #require(columns.firstIndex(of: "runs"))]
                            fast += counts[try #require(columns.firstIndex(of: "fast[under=1.2s].good"))]
                        }
                        if part["kind"] as? String == "latency", block["slot_ns"] as? Int == 10_000_000_000 {
                            let first = try #require(part["first_bucket"] as? Int)
                            for entry in try #require(slot["entries"] as? [[Int]]) {
                                durations.append((edges[entry[0] - first + 1], entry[2]))
                            }
                        }
                    }
                }
            }
            let counts = view.counts(in: window)
            #expect(UInt64(runs) == counts.total)
            #expect(UInt64(fast) == counts.promises.first?.good)
            // The 95th percentile by nearest rank, here as the upper edge of its bucket.
            durations.sort { $0.edge < $1.edge }
            let rank = (durations.reduce(0) { $0 + $1.weight } * 95 + 99) / 100
            var seen = 0
            let upper = durations.first { entry in
                seen += entry.weight
                return seen >= rank
            }
            let shown = try #require(view.percentile(.p95, in: window))
            let edge = UInt64(try #require(upper?.edge))
            #expect(shown <= edge && Double(edge) <= Double(shown) * 1.0111)
        }
    }

    @Test("A part of it can be had: of a time and of a journey")
    func ranges() throws {
        let scratch = Scratch()
        _ = make(scratch)
        var range = HistoryExport.Range()
        range.from = now - 600_000_000_000
        range.to = now
        let part = try json(scratch.folder, range)
        #expect(part.utf8.count < (try json(scratch.folder)).utf8.count)
        let times = part.matches(of: #/"at_ns": (\d+)/#).compactMap { UInt64($0.output.1) }
        #expect(!times.isEmpty && times.allSatisfy { $0 >= range.from && $0 < range.to })
        range.journey = "other"
        #expect(try json(scratch.folder, range).contains("\"journeys\": []"))
    }

    @Test("CSV has a line for every number")
    func table() throws {
        let scratch = Scratch()
        let engine = make(scratch)
        var text = ""
        try HistoryExport(of: scratch.folder).writeCSV { text += $0 }
        let lines = text.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(lines.first?.map(String.init) == HistoryExport.columns)
        let runs = lines.filter { $0[0] == "count" && $0[5] == "60000000000" && $0[6] == "runs" }
            .reduce(UInt64(0)) { $0 + (UInt64($1[10]) ?? 0) }
        let all = engine.picture().journeys.filter { !$0.isFound }.reduce(UInt64(0)) {
            $0 + $1.counts(in: TimeWindow(from: 0, to: .max)).total
        }
        #expect(runs == all)
        #expect(text.contains("\"{\"\"by\"\":\"\"🙂\"\""))
    }

    @Test(
        "A wrong import names the line and the field, and changes nothing",
        arguments: [
            ("\"version\": 1", "\"version\": 2", "x.json:1: version: this waymark reads version 1, found 2"),
            ("{\"version\": 1,", "{", "x.json:1: expected an export with \"version\": 1"),
            ("\"kind\": \"latency\"", "\"kind\": \"speed\"", "kind: expected one of counts, latency"),
            ("\"first_bucket\": -", "\"first_bucket\": -1", "does not follow from anchor_ns"),
            ("\"counts\": [", "\"counts\": [1, ", "expected 17 numbers, one for every column; found 18"),
            ("\"counts\": [", "\"counts\": [-", "expected a whole number from 0"),
            ("\"at_ns\": 1", "\"at_ns\": 2", "does not begin a slot of this block"),
            ("\"timeline\": [", "\"timeline\": [{\"time\": 1},", "timeline[0]: an event without \"kind\""),
            ("\"timeline\": [", "\"timeline\": [{\"time\": 1, \"kind\": \"party\"},", "timeline[0]: an event that"),
            ("]}\n", "]", "expected \"}\", found the end"),
            ("\"journeys\": [", "\"journeys\": {", "journeys: expected \"[\", found"),
            ("\"journey\": \"checkout\"", "\"journey\": 7", "journeys[0].journey: expected a string"),
            ("\"slot_ns\": 1000000000,", "\"slot_ns\": 0,", "slot_ns: expected a whole number from 1"),
        ])
    func wrong(from: String, to: String, message: String) throws {
        let scratch = Scratch()
        _ = make(scratch)
        let text = try json(scratch.folder)
        let place = try #require(
            from == "]}\n" ? text.range(of: from, options: .backwards) : text.range(of: from))
        let edited = text.replacingCharacters(in: place, with: to)
        #expect {
            try HistoryImport(json: Array(edited.utf8), file: "x.json").apply(to: scratch.folder)
        } throws: { error in
            let words = "\(error)"
            return words.hasPrefix("x.json:") && words.contains(message)
        }
        #expect(try json(scratch.folder) == text)
    }

    @Test("No cut and no changed byte of an export brings the import down")
    func broken() throws {
        let scratch = Scratch()
        var engine = JourneyEngine.make()
        engine.take([.make(at: 1), .make(at: 2, failed: true)])
        let history = History.open(folder: scratch.folder, now: now)
        history.commit(engine.picture(), events: [TimelineEvent(time: 1, kind: .note)], now: now)
        history.close()
        let bytes = Array(try json(scratch.folder).utf8)
        for length in stride(from: 0, to: bytes.count - 2, by: 3) {
            #expect(throws: HistoryError.self) {
                _ = try HistoryImport(json: Array(bytes.prefix(length)), file: "x.json")
            }
        }
        var numbers = SeededNumbers(seed: 3)
        for _ in 0..<2_000 {
            var edited = bytes
            edited[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            do throws(HistoryError) {
                _ = try HistoryImport(json: edited, file: "x.json")
            } catch {
                #expect(error.kind == .badInput)
            }
        }
    }

    @Test("While a waymark writes, an export reads the last commit, and an import and a pruning name its pid")
    func running() throws {
        let scratch = Scratch()
        var options = History.Options()
        options.pid = 4_711
        let history = History.open(folder: scratch.folder, now: now, options: options)
        var engine = JourneyEngine.make()
        engine.take([.make(at: 1)])
        history.commit(engine.picture(), events: [], now: now)
        let text = try json(scratch.folder)
        #expect(text.contains("\"runs\""))
        let read = try HistoryImport(json: Array(text.utf8), file: "x.json")
        #expect { try read.apply(to: scratch.folder) } throws: { "\($0)".contains("pid 4711") }
        #expect { try HistoryPrune.prune(scratch.folder, before: now) } throws: { "\($0)".contains("pid 4711") }
        engine.take([.make(at: 2)])
        history.commit(engine.picture(), events: [], now: now + 1_000_000_000)
        #expect(history.status == HistoryStatus(mode: .writing))
    }

    @Test("Pruning deletes what is older, and nothing else")
    func pruned() throws {
        let scratch = Scratch()
        let engine = make(scratch)
        let instant = now - 3_600_000_000_000
        let outcome = try HistoryPrune.prune(scratch.folder, before: instant)
        #expect(outcome.blocks > 0 && outcome.events == 1)
        let restored = JourneyEngine.make(restoredFrom: scratch.folder, now: now).picture()
        for view in engine.picture().journeys where !view.isFound {
            let other = try #require(restored[view.id])
            let window = TimeWindow(from: instant, to: now)
            #expect(other.counts(in: window) == view.counts(in: window))
            #expect(other.counts(in: TimeWindow(from: 0, to: instant - 3_840_000_000_000)).total == 0)
        }
        #expect(throws: HistoryError.self) { try HistoryPrune.prune(Scratch().folder, before: 1) }
        #expect(throws: HistoryError.self) { try json(Scratch().folder) }
    }
}
