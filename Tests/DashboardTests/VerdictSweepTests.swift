import Dashboard
import Journeys
import Telemetry
import TerminalKit
import Testing

/// Any state, size and text of verdicts leaves every screen whole.
@Suite struct VerdictSweepTests {
    static let sizes = [
        (1, 1), (20, 5), (59, 15), (60, 14), (60, 15), (61, 16), (79, 24), (80, 23), (80, 24), (99, 30), (100, 29),
        (100, 30), (119, 36), (120, 36), (150, 49), (179, 50), (180, 50), (200, 60), (230, 90),
    ]

    /// The shop, every journey in a state, with every text and number taken from `text`.
    static func picture(_ state: JourneyState, _ text: String, seed: UInt64) -> DashboardPicture {
        var shop = Shop(seed: seed)
        func number() -> Double {
            [0, 0.5, 1, 1.5, 42.6, 1e6, -3, -1e9, .infinity, .nan, 0.000_01][Int(shop.between(0, 10))]
        }
        var picture = Fixture.small
        let kinds = TimelineEvent.Kind.allCases
        var timeline: [TimelineEvent] = []
        for step in 0..<60 {
            var event = TimelineEvent(
                time: Shop.end - UInt64(60 - step) * 5 * Shop.second, kind: kinds[step % kinds.count],
                journey: step % 3 == 0 ? nil : text, environment: step % 4 == 0 ? nil : "prod-eu")
            event.service = step % 5 == 0 ? "payments" : text
            (event.subject, event.before, event.after, event.text, event.by) = (text, text, text, text, text)
            (event.count, event.total, event.until) = (step, -step, shop.between(0, .max - 1))
            timeline.append(event)
        }
        let journeys = picture.journeys.journeys.filter { !$0.isFound }.map { view in
            var verdict = JourneyVerdict(id: view.id, state: state)
            verdict.beneath = JourneyState.allCases[Int(shop.between(0, 8))]
            verdict.objectives = (view.definition?.objectives ?? []).map { objective in
                var one = ObjectiveVerdict(
                    objective: objective,
                    window: TimeWindow(from: Shop.end - shop.between(0, 900) * Shop.second, to: Shop.end),
                    fullLength: shop.between(0, .max - 1))
                one.covered = shop.between(0, 1000) * Shop.second
                (one.total, one.good) = (shop.between(0, 1000), shop.between(0, 2000))
                (one.attainment, one.budgetLeft, one.nextBadCost, one.burn) = (number(), number(), number(), number())
                one.allowedBad = number()
                one.attainmentRange = 0.9978...0.998
                one.emptyIn = shop.between(0, 1) == 0 ? nil : shop.between(0, .max - 1)
                one.trend = [.rising, .easing, .steady][Int(shop.between(0, 2))]
                one.burns = [300, 3600].map {
                    BurnReading(window: $0 * Shop.second, total: 9, bad: 3, burn: number())
                }
                return one
            }
            verdict.worst = verdict.objectives.isEmpty ? nil : 0
            verdict.alerts = [
                ActiveAlert(
                    key: ActiveAlert.Key(journey: text, environment: nil, kind: .tooManyBad), severity: .page,
                    since: shop.between(0, .max - 1), summary: text)
            ]
            verdict.onset = Onset(
                time: shop.between(0, .max - 1), uncertainty: shop.between(0, .max - 1), signals: [.errors],
                p95Before: 1, p95After: .max, errorsBefore: number(), errorsAfter: number())
            verdict.acknowledgement = Acknowledgement(time: shop.between(0, .max - 1), by: text, note: text)
            verdict.silence = (shop.between(0, .max - 1), number())
            verdict.staleSince = shop.between(0, .max - 1)
            verdict.mutedUntil = shop.between(0, .max - 1)
            return verdict
        }
        picture.verdicts = JourneyVerdicts(now: Shop.end, journeys: journeys, timeline: timeline)
        picture.history = text
        picture.delivery = text
        return picture
    }

    /// Every state and every text, without all pairs of them.
    static let pairs = (0..<22).map { (JourneyState.allCases[$0 % 9], $0 % HostileTextTests.texts.count) }

    @Test(arguments: pairs) func everyScreenStaysWhole(_ journeyState: JourneyState, _ number: Int) {
        let text = HostileTextTests.texts[number]
        let picture = VerdictSweepTests.picture(journeyState, text, seed: UInt64(number + 1))
        for screen in [Screen.journeys, .journey] {
            var state = AppState.make(picture, screen: screen, journey: nil)
            for (width, height) in VerdictSweepTests.sizes {
                state.feed(.resized(Size(width: width, height: height)))
                for line in state.lines() {
                    #expect(DisplayText.width(of: line) == width, "\(screen) \(width)x\(height) \(journeyState)")
                    let isClean = line.unicodeScalars.allSatisfy { scalar in
                        scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
                            && !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
                    }
                    #expect(isClean)
                }
            }
        }
    }

    @Test func keysInAnyOrderKeepTheScreenWhole() {
        let keys = CommandTable.all.flatMap(\.keys) + ["a", "M", "n", "{", "}", "Enter", "Esc", "Esc", "x"]
        var shop = Shop(seed: 5)
        var state = AppState.make(
            VerdictSweepTests.picture(.page, "checkout", seed: 9), width: 120, height: 36, journey: nil)
        for step in 0..<500 {
            let key = keys[Int(shop.between(0, UInt64(keys.count - 1)))]
            for part in key.split(separator: " ") { state.press(String(part)) }
            if step % 7 == 0 {
                let (width, height) = VerdictSweepTests.sizes[
                    Int(shop.between(0, UInt64(VerdictSweepTests.sizes.count - 1)))]
                state.feed(.resized(Size(width: width, height: height)))
            }
            if step % 5 == 0 {
                state.feed(
                    .picture(
                        VerdictSweepTests.picture(JourneyState.allCases[step % 9], "日本 \(step)", seed: UInt64(step))))
            }
            #expect(state.lines().allSatisfy { DisplayText.width(of: $0) == state.size.width })
        }
    }

    @Test func lateDataMarksNumbers() {
        var picture = Fixture.night
        picture.health.lateSpans = 200
        picture.health.spans = 10_000
        let state = AppState.make(picture, journey: nil, environment: Night.environment)
        let row = state.lines().first {
            $0.contains("✗ PAGE   checkout") && $0.contains("42.6×") && $0.contains("2.07s")
        }
        #expect(row?.contains("42.5/s'") == true)
        #expect(row?.contains("1.69s'") == true)
    }

    @Test func rangesAndFillingWindowsAreSaid() {
        var picture = Fixture.night
        for number in picture.verdicts.journeys.indices {
            for promise in picture.verdicts.journeys[number].objectives.indices {
                picture.verdicts.journeys[number].objectives[promise].attainmentRange = 0.9978...0.9980
                picture.verdicts.journeys[number].objectives[promise].covered = 6 * 86_400 * Shop.second
            }
        }
        let lines = AppState.make(picture, journey: nil, environment: Night.environment).lines()
        #expect(lines.contains { $0.contains("SLO 6d/28d") })
        #expect(lines.contains { $0.contains("99.78–99.80 █▊· 60.5%  42.6×↑ ~9h32m") })
        let journey = AppState.make(
            picture, screen: .journey, journey: "checkout", environment: Night.environment
        ).lines()
        #expect(journey[2].contains("· 6d of 28d"))
        #expect(journey.contains { $0.contains("60.5% → empty ~12:44Z") })
    }

    @Test func historyAndDeliveryTroublesAreSaid() {
        var picture = Fixture.night
        picture.delivery = "alertmanager: connection refused since 03:01"
        #expect(AppState.make(picture, journey: nil).lines().contains { $0.contains("✗ alerts: alertmanager: conn") })
        picture.history = "disk full: kept in memory since 03:01"
        #expect(AppState.make(picture, journey: nil).lines().contains { $0.contains("✗ history: disk full: kept in") })
    }

    @Test func aCalmNightSaysSo() {
        var picture = Fixture.night
        picture.verdicts.journeys = picture.verdicts.journeys.filter { $0.state == .ok }
        let lines = AppState.make(picture, journey: nil, environment: Night.environment).lines()
        #expect(lines[2].contains("NOW ✓ nothing hurts"))
        #expect(lines[3].contains("7 of 7 journeys keep their promises"))
        #expect(lines[4].contains("cart.add \"fast\" 66.3% of the budget left, burns 0.7×"))
        #expect(lines[5].contains("02:47 payments db.pool.max 50 → 10"))
    }
}
