import Foundation
import Journeys
import Telemetry
import Testing

/// waymark's judge and Prometheus look at the same runs: at every evaluation step the same alerts must fire, and as
/// much of the budget must be left.
///
/// The budget is compared as soon as the runs are older than the window: before, waymark scales the budget to the part
/// of the window that was watched, of which rules know nothing.
@Suite("Prometheus: its rules and waymark judge alike")
struct PrometheusAgreementTests {
    private static let journey = """
        journey: checkout
        entry: service=web-bff name="POST /checkout" kind=server
        traffic: never
        slo:
          window: 1h
          fast:    {target: 99.5%, under: 1.2s}
          success: {target: 99%}
          steady:  {target: 90%, slices: 1m, slice-target: 95%}
        alerts:
          - {page: 14.4, long: 1h, short: 5m}
          - {page: 6, long: 2h, short: 10m}
          - {warn: 3, long: 3h, short: 20m}
          - {warn: 1, long: 4h, short: 30m}
        """
    private static let fastest = "page 14.4× 1h/5m"

    /// What is compared: runs of one or two environments.
    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let minutes: [String: [RunMinute]]

        init(_ name: String, _ minutes: [String: [RunMinute]]) {
            testDescription = name
            self.minutes = minutes
        }
    }

    private static func judged(_ story: Story) throws -> JudgedMinutes {
        JudgedMinutes(try #require(JourneySet(text: journey, file: "f").journeys.first), story.minutes)
    }

    /// Lets promtool evaluate the rules on the same runs; gives what it objects to.
    private static func objections(_ judged: JudgedMinutes, _ cases: String) throws -> String? {
        let answer = try Promtool.test(
            PrometheusRules.write([judged.definition]).text,
            "rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n" + cases)
        return answer.status == 0 ? nil : String(answer.output.prefix(4_000))
    }

    /// Trouble that ends: both objectives page and recover, then something small only warns.
    private static let incident = Story(
        "an incident, then a warning",
        [
            "prod": RunMinute.calm(70, runs: 40)
                + (0..<20).map {
                    $0 % 2 == 0 ? RunMinute(good: 10, slow: 6, failed: 24) : RunMinute(good: 16, both: 24)
                }
                + RunMinute.calm(45, runs: 40) + Array(repeating: RunMinute(good: 190, slow: 2, failed: 8), count: 40)
                + RunMinute.calm(40, runs: 40),
            "staging": RunMinute.calm(215, runs: 10),
        ])

    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func pagesAndWarnings_BeginAndEndTogether() throws {
        let judged = try Self.judged(Self.incident)
        #expect(try Self.objections(judged, judged.cases) == nil)
        for objective in ["fast", "success"] {
            let page = judged.steps(objective, Self.fastest)
            #expect(page.count > 5 && page.first.map { 71...90 ~= $0 } == true, "\(objective): \(page)")
            #expect(page.last.map { $0 < 130 } == true, "the page of \(objective) ends: \(page)")
        }
        let warned = Set(judged.steps("success", "warn 3× 3h/20m"))
            .subtracting(judged.steps("success", Self.fastest)).subtracting(judged.steps("success", "page 6× 2h/10m"))
        #expect(warned.contains { $0 > 135 }, "a warning without a page: \(warned)")
        #expect(judged.firing.last == [], "all is over")
        #expect(judged.firing.joined().allSatisfy { $0.environment == "prod" })
    }

    /// Hours in which trouble comes and goes as it likes.
    @Test(.enabled(if: Promtool.isReady, Promtool.missing), arguments: [21, 22] as [UInt64])
    func whateverHappens_FiresAlike(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let minutes = RunMinute.calm(65, runs: 35) + RunMinute.random(130, &numbers)
        let judged = try Self.judged(Story("random", ["prod": minutes]))
        // The comparison says something only if alerts came and went.
        #expect(Set(judged.firing.joined()).count >= 6, "\(judged.firing)")
        #expect(judged.firing.count { $0.isEmpty } > 60)
        #expect(try Self.objections(judged, judged.cases) == nil)
    }

    /// A burn that is the rule's exactly is reached: 9 of 125 runs are 14.4 × 0.5 %, and 8 are less.
    ///
    /// The long window is full of it 60 minutes after it began, which is the step of the alert; the short one holds one
    /// minute of less at the first step after it was less.
    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func anExactBurn_IsReachedAtItsStep() throws {
        let minutes =
            RunMinute.calm(65, runs: 125)
            + [(70, 9), (10, 8), (15, 10)].flatMap { Array(repeating: RunMinute(good: 125 - $1, slow: $1), count: $0) }
        let judged = try Self.judged(Story("exact", ["prod": minutes]))
        #expect(try Self.objections(judged, judged.cases) == nil)
        let steps = judged.steps("fast", Self.fastest)
        #expect(steps.first == 125)
        #expect(Array(steps.prefix { $0 <= 140 }) == Array(125...135), "\(steps)")
    }

    /// Burns of a window with 25 runs call nobody, of one with 30 they do.
    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func fewRuns_CallNobody() throws {
        func failing(_ runs: Int, _ count: Int) -> [RunMinute] {
            Array(repeating: RunMinute(good: 1, failed: runs - 1), count: count)
        }
        let few = RunMinute.calm(65, runs: 1) + failing(5, 12)
        let enough = few + failing(6, 8)
        let judged = try Self.judged(Story("few", ["prod": enough]))
        #expect(try Self.objections(judged, judged.cases) == nil)
        // Five minutes of six runs are thirty: the fifth of them is the first step with enough.
        #expect(judged.steps("success", Self.fastest) == Array(few.count + 5...enough.count))
        // Ten minutes hold thirty runs earlier: when five of them have five runs and five have one.
        #expect(judged.steps("success", "page 6× 2h/10m").first == 65 + 5)
    }

    /// The one difference, which the rules' first lines name: when runs cease, waymark's alert lasts, theirs does not.
    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func whenRunsCease_OnlyWaymarkGoesOn() throws {
        let minutes =
            RunMinute.calm(65, runs: 40) + Array(repeating: RunMinute(failed: 40), count: 10)
            + Array(repeating: RunMinute(), count: 15)
        let judged = try Self.judged(Story("silence", ["prod": minutes]))
        let steps = judged.steps("success", Self.fastest)
        #expect(steps.last == minutes.count)
        #expect(try Self.objections(judged, judged.cases) != nil)
        // The last run is in the window of the fourth step after it; what the objectives agree on is all the rest.
        let agreed = judged.keeping { alert, step in
            alert.objective == "success" && alert.rule == Self.fastest && step <= 75 + 4
        }
        let question = "ALERTS{alertstate=\"firing\",objective=\"success\",rule=\"\(Self.fastest)\"}"
        #expect(try Self.objections(agreed, agreed.series + agreed.alertCases(question)) == nil)
    }

    /// A comparison that cannot fail says nothing: one alert a step too early is noticed.
    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func oneStepTooEarly_IsNoticed() throws {
        let minutes = RunMinute.calm(65, runs: 10) + Array(repeating: RunMinute(good: 1, slow: 9), count: 20)
        let judged = try Self.judged(Story("one step", ["prod": minutes]))
        let first = try #require(judged.steps("fast", Self.fastest).first)
        var wrong = judged
        wrong.firing[first - 2].insert(
            FiringAlert(environment: "prod", objective: "fast", rule: Self.fastest, severity: "page"))
        let objections = try Self.objections(wrong, wrong.cases) ?? ""
        #expect(objections.split(separator: "expr:").count == 2, "one answer differs: \(objections)")
    }
}
