import Foundation
import Journeys
import Telemetry
import TelemetryCodecs
import Testing

/// Faults recorded in a shop: a quiet minute, a gap, then the minutes of the fault.
@Suite("Onsets of recorded faults", .enabled(if: ReplayData.hasFaults, "needs ../shared/data/faults"))
struct FaultReplayTests {
    private struct Case: Decodable {
        struct Files: Decodable { let traces: [String] }
        struct Window: Decodable {
            let start: UInt64
            let end: UInt64
            enum CodingKeys: String, CodingKey {
                case start = "start_unix_nano"
                case end = "end_unix_nano"
            }
        }
        struct Injection: Decodable {
            let service: String
            let fault: String
            let time: UInt64
            enum CodingKeys: String, CodingKey {
                case service, fault
                case time = "time_unix_nano"
            }
        }
        let id: String
        let files: Files
        let window: Window
        let inject: Injection
    }

    private struct Cases: Decodable { let cases: [Case] }

    private static let yaml = """
        journey: shop
        entry: service=frontend name="hipstershop.Frontend/Recv." kind=server
        slo:
          fast: {target: 99%, under: 30s}
        """

    /// Cases whose trouble shows at the entry at once, from spans that are there before and after the injection.
    ///
    /// Of the 19 cases seven are found at the entry (01, 03, 11, 12, 17, 18, 19), each within 30 s of the truth and none
    /// falsely. Four are seen within 60 s; of 11 and 12 there is nothing until 7 s after the injection and runs take 6 s,
    /// they are seen after 61 s and 64 s; 19 grows slowly, 85 s.
    ///
    /// Of the other twelve six leave nearly all runs at the entry as fast as they were, or faster (02, 04, 07, 22, 23,
    /// 24), and the files of three end within 32 s of the injection (10, 14, 15). In three the entry is slower and no
    /// onset is found: 20 began before its files do; 05 doubles the median and 21 the third quartile, but both leave the
    /// slowest twentieth about where it was, far below this promise. Promised 500 ms, 05 pages after 28 s and 21 is
    /// found 65 s after the injection.
    @Test(
        "found within 30 s of the truth and 60 s after it",
        arguments: ["ob-20220822-01", "ob-20220822-03", "ob-20220822-17", "ob-20220822-18"])
    func visible(id: String) throws {
        let (replay, truth, _) = try Self.play(id)
        let report = replay.report(since: truth)
        #expect(replay.sightings.count == 1, "\(report)")
        let seen = try #require(replay.sightings.first, "\(report)")
        let onset = try #require(seen.onset)
        #expect(max(onset.time, truth) - min(onset.time, truth) <= 30 * second, "\(report)")
        #expect(seen.asked >= truth && seen.asked - truth <= 60 * second, "\(report)")
        #expect(onset.signals == [.latency])
        #expect(replay.states.first { $0.state == .shift }?.asked == seen.asked, "\(replay.states)")
    }

    /// For measuring by hand: what is said of every case.
    @Test("every case", .enabled(if: ProcessInfo.processInfo.environment["WAYMARK_EVERY_FAULT"] != nil))
    func every() throws {
        for id in try Self.cases().map(\.id) {
            let (replay, truth, _) = try Self.play(id)
            print(id, replay.report(since: truth))
            let (promised, _, runs) = try Self.play(id, ShopJourney.yaml)
            print(promised.report(since: truth))
            for journey in ShopJourney.all {
                let prescribed = ShopJourney.rule.first(runs[journey.name] ?? [], through: promised.asked)
                guard prescribed != nil || promised.fired[journey.name] != nil else { continue }
                func text(_ time: UInt64?) -> String { time.map { "\((Double($0) - Double(truth)) / 1e9)" } ?? "never" }
                print("  \(journey.name) fired \(text(promised.fired[journey.name])), prescribed \(text(prescribed))")
            }
            for change in promised.changes { print("  changed:", (Double(change.time) - Double(truth)) / 1e9, change) }
        }
    }

    /// A fault that reaches the alerts of some journeys.
    struct Fault: Sendable, CustomTestStringConvertible {
        let id: String
        let service: String
        /// The journeys whose alert must fire.
        let fires: Set<String>

        var testDescription: String { "\(id), \(service)" }

        init(_ number: String, _ service: String, _ fires: Set<String>) {
            id = "ob-20220822-" + number
            self.service = service
            self.fires = fires
        }
    }

    /// Over all 19 cases and eight journeys 13 alerts fire, each for a journey that needs the service of the fault, and
    /// no change is named. Here are the cases that begin in calm and reach the alert; 05 does too, but it hovers around
    /// it, and a run that came late makes its second a later one.
    @Test(
        "the alert fires at its second, and only for journeys that need the service",
        arguments: [
            Fault("01", "frontend", ["shop"]), Fault("03", "frontend", ["shop"]),
            Fault("11", "currencyservice", ["shop"]), Fault("12", "currencyservice", ["shop"]),
            Fault("17", "productcatalogservice", ["shop", "catalog", "recommendations"]),
            Fault("18", "recommendationservice", ["shop"]),
            Fault("19", "recommendationservice", ["shop", "recommendations"]),
        ])
    func alerts(_ fault: Fault) throws {
        let (replay, truth, runs) = try Self.play(fault.id, ShopJourney.yaml)
        let report = replay.report(since: truth)
        for journey in ShopJourney.all {
            let prescribed = ShopJourney.rule.first(runs[journey.name] ?? [], through: replay.asked)
            #expect(replay.fired[journey.name] == prescribed, "\(journey.name): \(report)")
            #expect((prescribed != nil) == fault.fires.contains(journey.name), "\(journey.name): \(report)")
            guard let prescribed else { continue }
            #expect(prescribed > truth && prescribed <= truth + 60 * second, "\(journey.name): \(report)")
            #expect(journey.needs.contains(fault.service), "\(journey.name) does without \(fault.service)")
        }
        let first = replay.states.first { $0.journey == "shop" && [.shift, .page].contains($0.state) }
        let seen = try #require(first?.asked, "\(replay.states)")
        #expect(seen >= truth && seen <= truth + 60 * second, "\(replay.states)")
        let onset = try #require(replay.onsets(of: "shop").first?.onset, "\(report)")
        #expect(max(onset.time, truth) - min(onset.time, truth) <= 30 * second, "\(report)")
        // Nothing was rolled out: whatever is named is wrong. What is named of a rollout is in the tests of changes.
        #expect(replay.changes.isEmpty, "\(replay.changes)")
    }

    private static func cases() throws -> [Case] {
        let data = try Data(contentsOf: ReplayData.faults.appending(path: "cases.json"))
        return try JSONDecoder().decode(Cases.self, from: data).cases
    }

    private typealias Played = (replay: JourneyReplay, truth: UInt64, runs: [String: [BurnRule.Run]])

    /// Feeds a case line by line.
    private static func play(_ id: String, _ yaml: String = yaml) throws -> Played {
        let found = try #require(try cases().first { $0.id == id })
        var replay = JourneyReplay(yaml)
        var runs: [String: [BurnRule.Run]] = [:]
        for file in found.files.traces {
            let bytes = try ReplayData.unpacked(ReplayData.faults.appending(path: file))
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                var batch = SpanBatch()
                try Array(line).withUnsafeBytes { _ = try OTLPJSON.decodeTraces($0, into: &batch) }
                let table = batch.table
                for row in 0..<table.count {
                    replay.feed(table, rows: row..<row + 1, arrival: table.ends[row])
                    note(table, row, in: &runs)
                }
            }
        }
        replay.wait(until: found.window.end)
        return (replay, found.inject.time, runs)
    }

    /// Notes a run for every journey that it is one of.
    private static func note(_ table: SpanTable, _ row: Int, in runs: inout [String: [BurnRule.Run]]) {
        guard table.kind(row) == .server else { return }
        let service = table.service(row).text
        for journey in ShopJourney.all where journey.service == service {
            if let span = journey.span, span != table.name(row).text { continue }
            runs[journey.name, default: []].append(
                BurnRule.Run(end: table.ends[row], isBad: table.duration(row) >= journey.under * 1_000_000))
        }
    }
}
