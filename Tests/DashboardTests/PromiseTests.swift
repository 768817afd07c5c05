import Dashboard
import Journeys
import Telemetry
import TerminalKit
import Testing

/// The budget panel and the figures of promises, against figures counted by hand.
@Suite struct PromiseTests {
    /// The night with checkout's worst promise changed.
    private static func make(_ screen: Screen, _ change: (inout ObjectiveVerdict) -> Void) -> AppState {
        var picture = Fixture.night
        for number in picture.verdicts.journeys.indices where picture.verdicts.journeys[number].id.name == "checkout" {
            change(&picture.verdicts.journeys[number].objectives[0])
        }
        return AppState.make(picture, screen: screen, journey: "checkout", environment: Night.environment)
    }

    private static func row(_ state: AppState) -> String {
        state.lines().last { $0.contains("checkout     ") && $0.contains("│▌") } ?? ""
    }

    @Test(arguments: [
        (0.605, "█▊· 60.5%"), (1.0, "███  100%"), (0.9999, "██▉ 99.9%"), (0.001, "▏··  0.1%"), (0, "···  0.0%"),
        (-0.234, "···  −24%"), (-1.5, "··· −150%"), (-50, "··· <−9k%"),
    ]) func budgetsAreNeverCut(_ left: Double, _ text: String) {
        let row = PromiseTests.row(PromiseTests.make(.journeys) { $0.budgetLeft = left })
        #expect(row.contains(" \(text) "), "\(row)")
    }

    @Test(arguments: [
        (42.6, ObjectiveVerdict.Trend.rising, " 42.6×↑"), (113, .easing, "  113×↓"), (999.6, .steady, "1.00k×→"),
        (0, .steady, "  0.0×→"),
    ]) func burnsTakeSevenCells(_ burn: Double, _ trend: ObjectiveVerdict.Trend, _ text: String) {
        let state = PromiseTests.make(.journeys) { promise in
            (promise.burn, promise.trend) = (burn, trend)
        }
        #expect(PromiseTests.row(state).contains("60.5% \(text) "))
    }

    @Test(arguments: [
        ("99.5", 0.998025, "99.80/99.50"), ("99.5", 0.994999, "99.49/99.50"), ("99.995", 0.999_961, "99.996/.995"),
        ("95", 1.0, "100/95.00"), ("100", 0.5, "50.00/100"),
    ]) func attainmentIsRoundedDown(_ target: String, _ attainment: Double, _ text: String) throws {
        let share = try ExactShare(percentage: target + "%")
        let state = PromiseTests.make(.journeys) { promise in
            promise.objective.target = share
            promise.attainment = attainment
        }
        #expect(PromiseTests.row(state).contains(" \(text) "))
    }

    /// The line ends at what is left, and rises to the left by the bad runs in between.
    @Test func theLineGoesBackFromWhatIsLeft() {
        let state = PromiseTests.make(.journey) { promise in
            promise.allowedBad = 10_000
            promise.budgetLeft = 0.605
        }
        let lines = state.lines()
        guard let top = lines.firstIndex(where: { $0.contains("─ Budget · 28d ──") }) else {
            Issue.record("no budget panel")
            return
        }
        let panel = lines[top + 1..<top + 6].map { String($0.suffix(48)) }
        #expect(panel[0].hasPrefix("│ 100┤"))
        // 20.8 % of 12,780 runs in five minutes and a few before are bad: about 27 % of the budget.
        let labels = panel.map { $0.dropFirst(1).prefix(4).filter(\.isNumber) }.filter { !$0.isEmpty }
        #expect(labels == ["100", "60"])
        let dots = panel.map { $0.dropFirst(6).filter { ("\u{2801}"..."\u{28FF}").contains($0) }.count }
        #expect(dots.dropLast().reduce(0, +) >= 39, "a line across the whole panel: \(panel)")
        #expect(panel.contains { $0.contains("last 1h") })
    }

    @Test func aUsedUpBudgetSaysSo() {
        let state = PromiseTests.make(.journey) { promise in
            promise.budgetLeft = -0.12
            promise.emptyIn = nil
        }
        #expect(state.lines().contains { $0.contains("─ −12% used up ─┐") })
        let home = PromiseTests.make(.journeys) { $0.budgetLeft = -0.12 }
        #expect(home.lines()[3].contains("budget used up (−12%)"))
    }

    @Test func monochromeStillTellsStatesApart() {
        let state = AppState.make(Fixture.night, journey: nil, environment: Night.environment)
        let canvas = state.draw()
        var looks: [String: TerminalStyle] = [:]
        for (y, line) in canvas.lines.enumerated() where line.hasPrefix("│") {
            for word in ["PAGE", "WARN", "STALE"] where line.dropFirst(4).hasPrefix(word) {
                looks[word] = Theme.monochrome.look(of: canvas[4, y].style, depth: .none)
            }
        }
        #expect(looks["WARN"] != looks["STALE"])
    }
}
