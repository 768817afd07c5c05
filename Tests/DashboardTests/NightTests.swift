import Dashboard
import Journeys
import Telemetry
import TerminalKit
import Testing

/// The night of the design on every screen that verdicts change.
@Suite struct NightTests {
    struct Shot: Sendable, CustomTestStringConvertible {
        let screen: Screen
        let width: Int
        let height: Int
        let glyphs: GlyphSet

        var testDescription: String { "night-\(screen.word)-\(width)x\(height)-\(glyphs.rawValue)" }
    }

    static let shots: [Shot] = [Screen.journeys, .journey].flatMap { screen in
        GoldenTests.sizes.flatMap { width, height in
            [GlyphSet.full, .ascii].map { Shot(screen: screen, width: width, height: height, glyphs: $0) }
        }
    }

    private static func night(_ width: Int, _ height: Int, _ screen: Screen = .journeys) -> AppState {
        var state = AppState.make(
            Fixture.night, width: width, height: height, screen: screen, journey: nil, environment: Night.environment)
        // The look into the worst journey is asked for by the next picture.
        state.feed(.picture(Fixture.night))
        return state
    }

    @Test(arguments: shots) func screenIsAsKept(_ shot: Shot) throws {
        let state = NightTests.night(shot.width, shot.height, shot.screen)
        try Golden.check(state.lines(shot.glyphs), shot.testDescription, width: shot.width)
    }

    // MARK: Against the mockups

    /// The rows of the mockup of 120x36, from the design: state and name, then SLO, budget, burn and time to empty.
    static let mockup: [(start: String, promise: String)] = [
        ("✗ PAGE   checkout    ", "99.80/99.50 █▊· 60.5%  42.6×↑  9h32m"),
        ("▲ WARN   signup      ", "99.59/99.50 ▌·· 17.9%   2.1×→  2d09h"),
        ("∅ NODATA export      ", "99.88/99.00 ██▋ 88.2%     silent 41m"),
        ("? FEW    refund      ", "99.97/99.90 ██▏ 71.3%  next bad −14%"),
        ("◌ STALE  price.sync  ", "99.97/99.50 ██▊ 93.1%   0.1×→      —"),
        ("✓ OK     login       ", "99.98/99.90 ██▍ 83.2%   0.4×→      —"),
        ("✓ OK     search      ", "99.92/99.00 ██▊ 91.7%   0.2×→      —"),
        ("✓ OK     browse      ", "99.97/99.50 ██▊ 95.0%   0.1×→      —"),
        ("✓ OK     cart.add    ", "99.97/99.90 █▉· 66.3%   0.7×→      —"),
        ("✓ OK     first.order ", "98.94/95.00 ██▎ 78.9%   0.6×→      —"),
        ("✓ OK     order.status", "99.99/99.90 ██▋ 90.4%   0.1×→      —"),
        ("✓ OK     pw.reset    ", "99.98/99.00 ██▉ 97.7%   0.0×→      —"),
        ("- MUTED  gift.card   ", "99.67/99.50 █·· 34.0%   6.2×→  1d12h"),
    ]

    @Test func rowsAreThoseOfTheMockup() throws {
        let lines = NightTests.night(120, 36).lines()
        for row in NightTests.mockup {
            let line = try #require(lines.last { $0.contains(row.start) }, "\(row.start)")
            // Frame and cursor take two cells; the mockup's columns are cells 10 and 70 of the row.
            let cells = line.map { $0 }
            #expect(String(cells[2..<23]) == row.start)
            #expect(String(cells[71..<71 + row.promise.count]) == row.promise, "\(row.start)")
        }
    }

    @Test func narrowAndTinyRowsAreThoseOfTheMockup() throws {
        let narrow = NightTests.night(80, 24).lines()
        // The histogram's bucket of 1.68 s, which is one per cent wide, reads as 1.69 s.
        #expect(narrow.contains { $0.hasPrefix("▌✗ PAGE   checkout     42.5/s  1.90%  1.69s ") })
        #expect(narrow.contains { $0.hasSuffix(" █▊· 60.5%  42.6×↑  9h32m   ") })
        #expect(narrow.contains { $0.hasSuffix("╌ ██▋ 88.2%     silent 41m   ") })
        #expect(narrow.contains { $0.hasSuffix(" ██▏ 71.3%  next bad −14%   ") })
        #expect(narrow.contains { $0.hasPrefix("─ 13 journeys · row 1–12 ↓1 more ──") })
        let tiny = NightTests.night(60, 15).lines()
        #expect(tiny.contains("▌✗ PAGE   checkout      1.90%  1.69s  60.5%  42.6×↑  9h32m  "))
        #expect(tiny.contains(" ∅ NODATA export            —      —  88.2%     41m      —  "))
        #expect(tiny.contains(" ? FEW    refund          0/7      —  71.3%     n=7      —  "))
        #expect(tiny.last?.hasSuffix("10 of 13 ↓ ") == true)
    }

    @Test func theStripAnswersInTheMockupsWords() throws {
        let lines = NightTests.night(120, 36).lines()
        #expect(lines[2].hasPrefix("┌─ NOW ✗ 1 page · ▲ 1 warn · ∅ 1 silent ──"))
        #expect(
            lines[3]
                == #"│ ✗ PAGE   checkout     "fast" (99.5% < 1.2s) burns 42.6×/5m  17.1×/1h   budget 60.5% → empty in 9h32m   NOT ACKED 3m  │"#
        )
        #expect(lines[4].hasPrefix("│ since    02:49 (23m40s, change-point ±20s)   p95 371ms → 1.68s   "))
        #expect(lines[4].contains("err 0.21% → 1.90%"))
        #expect(lines[5].hasPrefix("│ changed  02:47 payments 2.13.4 → 2.14.0 on 3 of 8 instances   "))
        #expect(lines[7].hasPrefix("└─ n next alert ──"))
        #expect(lines[7].hasSuffix("─ 1 of 3 ─┘"))
        let narrow = NightTests.night(80, 24).lines()
        #expect(narrow[2].hasPrefix("─ NOW ✗1 ▲1 ∅1 ──"))
        #expect(
            narrow[3].hasPrefix("✗ PAGE  checkout  fast burns 42.6×/5m 17.1×/1h  60.5% left → empty in 9h32m"))
        #expect(narrow[4].hasPrefix("since   02:49 (23m)  p95 371ms → 1.68s  "))
        #expect(narrow[5].hasPrefix("changed 02:47 payments 2.13.4 → 2.14.0 on 3/8 instances"))
        let tiny = NightTests.night(60, 15).lines()
        #expect(tiny[1].hasPrefix("✗ checkout fast 42.6×/5m since 02:49  60.5% → 9h32m"))
        #expect(tiny[2].hasPrefix("◆ 02:47 payments 2.13.4→2.14.0 3/8"))
        #expect(NightTests.night(50, 8).lines()[0].hasPrefix("✗ PAGE checkout 42.6×/5m 60.5% → 9h32m"))
    }

    @Test func latenciesAreThoseOfTheMockup() throws {
        let lines = NightTests.night(120, 36).lines()
        let wanted: [(String, [Double])] = [
            ("checkout", [277, 1680, 2070]), ("login", [38.2, 91, 164]), ("search", [64.1, 210, 402]),
            ("order.status", [18.9, 61, 140]), ("gift.card", [77, 241, 512]), ("price.sync", [9.4, 21.7, 38]),
        ]
        for (name, values) in wanted {
            let line = try #require(lines.last { $0.dropFirst(11).hasPrefix(name) })
            let texts = line.dropFirst(38).prefix(20).split(separator: " ")
            #expect(texts.count == 3)
            for (text, value) in zip(texts, values) {
                let isSeconds = !text.hasSuffix("ms")
                let number = try #require(Double(text.dropLast(isSeconds ? 1 : 2)))
                let milliseconds = isSeconds ? number * 1000 : number
                #expect(abs(milliseconds - value) <= value * 0.01, "\(name) \(text)")
            }
        }
    }

    @Test func screenTwoSaysHowTheJourneyStands() {
        let lines = NightTests.night(120, 36, .journey).lines()
        #expect(
            lines[2].hasPrefix(
                " ✗ PAGE checkout  since 02:49 (23m40s)   SLO fast 99.5% <1.2s · success 99.5% · 28d   owner team-payments   runbook r »"
            ))
        #expect(lines.contains { $0.contains("─ success 99.5% · burn 3.8× ─") })
        #expect(lines.contains { $0.contains("┌─ Budget · 28d ──") && $0.contains("─ 60.5% → empty 12:44Z ─┐") })
        #expect(lines.contains { $0.contains("burn 5m 42.6×  1h 17.1×  6h 3.1×  3d 0.9×") })
        #expect(lines.contains { $0.contains("config db.pool.max 50 → 10 ◆") })
        #expect(lines.contains { $0.contains("│ marks ") && $0.contains("◆") && $0.contains("▲") && $0.contains("✗") })
        #expect(lines[0].contains("✗ 1 page ▲ 1 warn ∅ 1 silent"))
    }

    @Test func stateIsGlyphAndWordWithoutColour() {
        let text = NightTests.night(120, 36).lines(.ascii).joined(separator: "\n")
        for word in ["x PAGE", "! WARN", "0 NODATA", "? FEW", "~ STALE", "+ OK", "- MUTED"] {
            #expect(text.contains(word), "\(word)")
        }
        #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    }
}
