import Foundation
import Journeys
import Testing

/// Four weeks of traffic that is noisy but fine.
@Suite("Onsets in quiet weeks") struct QuietWeeksTests {
    private static let begin: UInt64 = 1_760_313_600 * second
    private static let yaml = """
        journey: quiet
        entry: service=web
        slo:
          fast: {target: 99%, under: 400ms}
          success: {target: 99%}
        """

    /// Measured over two weeks each at 0.02, 0.2, 1 and 5 runs a second: one onset in the eight weeks together.
    @Test("at most one a week", arguments: [QuietCase(seed: 1, rate: 1.0), QuietCase(seed: 2, rate: 0.2)]) func weeks(
        _ quiet: QuietCase
    ) throws {
        let found = try Self.onsets(quiet, days: 28)
        #expect(found.count <= 4, "\(found)")
    }

    /// The whole judge with its default alerts: that traffic fails 0.3 % of its runs, in clusters, and is slow in bursts.
    ///
    /// It is asked once an hour, and that is judging every second: a judge that was not asked for an hour goes through
    /// the seconds it missed one by one, for it still has slots of one second that far back. An alert that came and went
    /// between two questions would be told with its second.
    @Test("no page and no warning", arguments: [QuietCase(seed: 3, rate: 0.3), QuietCase(seed: 4, rate: 0.05)])
    func pages(_ quiet: QuietCase) throws {
        let (told, states) = try Self.judged(quiet, Self.promises, every: 3_600)
        let alerts = told.filter { $0.kind != .onset }
        #expect(alerts.isEmpty, "pages and warnings: \(Self.lines(alerts))")
        #expect(states[.page] == nil && states[.out] == nil && states[.warn] == nil, "\(states)")
        #expect(states[.ok, default: 0] > 28 * 16, "\(states)")
    }

    /// The same judge as it is asked while runs come, but without burn alerts, which would hide shifts: measured, there
    /// is none in the eight weeks.
    @Test("at most one shift a week", arguments: [QuietCase(seed: 3, rate: 0.3), QuietCase(seed: 4, rate: 0.05)])
    func shifts(_ quiet: QuietCase) throws {
        let (told, states) = try Self.judged(quiet, Self.promises + "\nalerts: []\n", every: 30)
        let week: UInt64 = 604_800 * second
        for number in 0..<UInt64(4) {
            let begin = Self.begin + number * week
            let shifts = told.filter { $0.kind == .onset && $0.time >= begin && $0.time < begin + week }
            #expect(shifts.count <= 1, "week \(number + 1): \(Self.lines(shifts))")
        }
        let others = told.filter { ![.onset, .silent, .heard].contains($0.kind) }
        #expect(others.isEmpty, "\(Self.lines(others))")
        let silences = told.filter { $0.kind == .silent }
        #expect(silences.isEmpty, "\(Self.lines(silences))")
        #expect(states[.ok, default: 0] > 28 * 2_000, "\(states)")
    }

    /// Promises that this traffic keeps in the long run, though not in every minute.
    private static let promises = """
        journey: quiet
        entry: service=web
        slo:
          fast: {target: 99%, under: 800ms}
          success: {target: 99%}
        """

    /// What a judge tells about four weeks, and how often it found them in which state.
    private static func judged(
        _ quiet: QuietCase, _ yaml: String, every seconds: Int
    ) throws -> (told: [TimelineEvent], states: [JourneyState: Int]) {
        var noise = QuietTraffic.Noise()
        noise.rate = quiet.rate
        var spans = QuietSpans(QuietTraffic(noise, seed: quiet.seed, from: begin), service: "web")
        let set = JourneySet(text: yaml, file: "quiet.yaml")
        try #require(!set.hasErrors, "\(set.report)")
        var engine = JourneyEngine(journeys: set.journeys)
        var judge = Judge()
        var detector = OnsetDetector()
        var told: [TimelineEvent] = []
        var states: [JourneyState: Int] = [:]
        var now = begin
        for _ in 0..<28 * 86_400 / seconds {
            // Runs arrive every half minute; the judge is asked as often or more seldom.
            for _ in 0..<seconds / 30 {
                now += 30 * second
                let table = spans.next(seconds: 30)
                _ = engine.ingest(table, rows: 0..<table.count, chunk: nil, arrival: now)
            }
            let verdicts = judge.judge(engine.picture(), JudgeContext(now: now)) { detector.onset(of: $0, now: $1) }
            for verdict in verdicts.journeys { states[verdict.state, default: 0] += 1 }
            told += judge.takeNewEvents()
        }
        if ProcessInfo.processInfo.environment["WAYMARK_QUIET_SEEDS"] != nil {
            print("\(quiet.testDescription) every \(seconds) s: \(states)\n\(lines(told))")
        }
        return (told, states)
    }

    private static func lines(_ events: [TimelineEvent]) -> String {
        events.map { event in
            let day = (Double(event.time) - Double(begin)) / 86_400e9
            return "day \(day) \(event.kind) \(event.objective ?? "") \(event.severity ?? "") \(event.text ?? "")"
        }.joined(separator: "\n")
    }

    /// Many weeks and rates, for measuring by hand: WAYMARK_QUIET_SEEDS says how many seeds, WAYMARK_QUIET_DAYS how long.
    @Test(
        "many more weeks", .enabled(if: ProcessInfo.processInfo.environment["WAYMARK_QUIET_SEEDS"] != nil),
        arguments: [0.02, 0.2, 1.0, 5.0]) func many(rate: Double) throws
    {
        let environment = ProcessInfo.processInfo.environment
        let seeds = UInt64(environment["WAYMARK_QUIET_SEEDS"] ?? "") ?? 1
        let days = Int(environment["WAYMARK_QUIET_DAYS"] ?? "") ?? 28
        for seed in 1...seeds {
            let found = try Self.onsets(QuietCase(seed: seed, rate: rate), days: days)
            print("rate \(rate) seed \(seed): \(found.count) onsets \(found)")
        }
    }

    /// The onsets of some days, asked for every ten seconds.
    private static func onsets(_ quiet: QuietCase, days: Int) throws -> [String] {
        var noise = QuietTraffic.Noise()
        noise.rate = quiet.rate
        var traffic = QuietTraffic(noise, seed: quiet.seed, from: begin)
        var history = OnsetHistory(of: try #require(JourneySet(text: yaml, file: "quiet.yaml").journeys.first))
        var detector = OnsetDetector()
        let id = JourneyView.ID(name: "quiet", environment: "prod", isFound: false)
        var found: [String] = []
        var standing: UInt64?
        for seconds in 1...UInt64(days * 86_400) {
            traffic.addSecond(to: &history)
            guard seconds % 10 == 0 else { continue }
            let now = begin + seconds * second
            let onset = detector.onset(of: id, history, now: now)
            if let onset, onset.time != standing {
                found.append(
                    "day \(Double(onset.time - begin) / 86_400e9) \(onset.signals.map(\.rawValue)) seen after "
                        + "\((now - onset.time) / second) s p95 \((onset.p95Before ?? 0) / 1_000_000) → "
                        + "\((onset.p95After ?? 0) / 1_000_000) errors \(onset.errorsBefore ?? 0) → \(onset.errorsAfter ?? 0)"
                )
            }
            standing = onset?.time
        }
        return found
    }
}

/// Which traffic.
struct QuietCase: Sendable, CustomTestStringConvertible {
    let seed: UInt64
    let rate: Double

    var testDescription: String { "seed \(seed), \(rate)/s" }
}
