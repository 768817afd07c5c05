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
