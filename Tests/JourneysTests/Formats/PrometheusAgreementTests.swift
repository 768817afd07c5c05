import Foundation
import Journeys
import Telemetry
import Testing

/// waymark's judge and Prometheus look at the same runs: minute by minute the same alerts must fire.
@Suite("Prometheus: its rules and waymark judge alike")
struct PrometheusAgreementTests {
    /// The runs of one minute, by what became of them.
    private struct Minute {
        var good = 0
        var slow = 0
        var failed = 0
        var slowAndFailed = 0

        var total: Int { good + slow + failed + slowAndFailed }
    }

    private static let minute: UInt64 = 60_000_000_000
    private static let yaml = """
        journey: checkout
        entry: service=web-bff name="POST /checkout" kind=server
        traffic: never
        slo:
          window: 2h
          fast:    {target: 99.5%, under: 1.2s}
          success: {target: 99%}
          steady:  {target: 90%, slices: 1m, slice-target: 95%}
        alerts:
          - {page: 14.4, long: 1h, short: 5m}
          - {page: 6, long: 2h, short: 10m}
          - {warn: 3, long: 3h, short: 20m}
          - {warn: 1, long: 4h, short: 30m}
        """

    /// Hours of traffic in which trouble comes and goes.
    private static func minutes(_ count: Int, _ numbers: inout SeededNumbers) -> [Minute] {
        var result: [Minute] = []
        var slow: UInt64 = 2
        var failed: UInt64 = 3
        for number in 0..<count {
            if number % 15 == 0 {
                slow = [0, 1, 5, 20, 80, 150].randomElement(using: &numbers) ?? 0
                failed = [0, 2, 8, 30, 100, 250].randomElement(using: &numbers) ?? 0
            }
            var minute = Minute()
            for _ in 0..<(20 + numbers.next() % 30) {
                switch (numbers.next() % 1_000 < slow, numbers.next() % 1_000 < failed) {
                case (false, false): minute.good += 1
                case (true, false): minute.slow += 1
                case (false, true): minute.failed += 1
                case (true, true): minute.slowAndFailed += 1
                }
            }
            result.append(minute)
        }
        return result
    }

    /// Traffic at which burns are exactly those of a rule: 72 bad ones of 1,000 are 14.4 × 0.5 %.
    private static let exact: [Minute] = (0..<120).map { number in
        let slow = number < 70 ? 72 : number < 90 ? 71 : 73
        return Minute(good: 1_000 - slow, slow: slow)
    }

    private static func spans(_ minute: Minute, _ number: Int) -> [TestSpan] {
        let kinds = [
            (minute.good, 100.0, false), (minute.slow, 2_000, false), (minute.failed, 100, true),
            (minute.slowAndFailed, 2_000, true),
        ]
        var spans: [TestSpan] = []
        for (count, took, failed) in kinds {
            for _ in 0..<count {
                let id = UInt64(number * 10_000 + spans.count + 1)
                // In the middle of the minute, so that no window's edge meets a run.
                spans.append(
                    TestSpan.make(
                        trace: id, span: id, endsAt: Double(number * 60 + 30), took: took, failed: failed))
            }
        }
        return spans
    }

    /// What the judge says at the end of every minute: the alerts that fire, and what is left at the end of all.
    private static func judged(
        _ definition: JourneyDefinition, _ minutes: [Minute]
    ) -> (firing: [Set<[String]>], last: JourneyVerdict?) {
        var engine = JourneyEngine(journeys: [definition], options: .init(base: .stream))
        var judge = Judge()
        var firing: [Set<[String]>] = []
        var last: JourneyVerdict?
        for (number, minute) in minutes.enumerated() {
            let now = TestSpan.noon + UInt64(number + 1) * Self.minute
            engine.take(spans(minute, number), arrival: now)
            last = judge.judge(engine.picture(), JudgeContext(now: now)).journeys.first
            var fires: Set<[String]> = []
            for objective in last?.objectives ?? [] {
                for alert in objective.alerts where alert.isFiring {
                    fires.insert([objective.objective.name, rule(alert.alert)])
                }
            }
            firing.append(fires)
        }
        return (firing, last)
    }

    private static func rule(_ alert: JourneyDefinition.Alert) -> String {
        "\(alert.severity.rawValue) \(alert.factor) \(DurationText.text(alert.long))/\(DurationText.text(alert.short))"
    }

    /// The counters of the minutes as Prometheus would have scraped them at the end of each.
    private static func series(_ minutes: [Minute]) -> String {
        let base =
            "service_name=\"web-bff\",span_name=\"POST /checkout\",span_kind=\"SPAN_KIND_SERVER\","
            + "deployment_environment_name=\"prod\""
        let error = base + ",status_code=\"STATUS_CODE_ERROR\""
        let unset = base + ",status_code=\"STATUS_CODE_UNSET\""
        let duration = "traces_span_metrics_duration_milliseconds"
        let all: [(String, (Minute) -> Int)] = [
            ("traces_span_metrics_calls_total{\(unset)}", { $0.good + $0.slow }),
            ("traces_span_metrics_calls_total{\(error)}", { $0.failed + $0.slowAndFailed }),
            ("\(duration)_count{\(unset)}", { $0.good + $0.slow }),
            ("\(duration)_count{\(error)}", { $0.failed + $0.slowAndFailed }),
            ("\(duration)_bucket{\(unset),le=\"1200\"}", { $0.good }),
            ("\(duration)_bucket{\(unset),le=\"+Inf\"}", { $0.good + $0.slow }),
            ("\(duration)_bucket{\(error),le=\"1200\"}", { $0.failed }),
            ("\(duration)_bucket{\(error),le=\"+Inf\"}", { $0.failed + $0.slowAndFailed }),
        ]
        return all.map { name, count in
            var sum = 0
            let values = minutes.map { minute -> String in
                sum += count(minute)
                return String(sum)
            }
            return "      - series: '\(name)'\n        values: '0 \(values.joined(separator: " "))'\n"
        }.joined()
    }

    /// A test file for promtool which says what the judge has said.
    private static func cases(_ minutes: [Minute], _ definition: JourneyDefinition) -> String {
        let (firing, last) = judged(definition, minutes)
        var text = "  - interval: 1m\n    input_series:\n" + series(minutes) + "    promql_expr_test:\n"
        for (number, fires) in firing.enumerated() {
            text +=
                "      - expr: 'sum by (objective, rule) (ALERTS{alertstate=\"firing\"})'\n"
                + "        eval_time: \(number + 1)m\n        exp_samples:"
            text += fires.isEmpty ? " []\n" : "\n"
            for fire in fires.sorted(by: { $0.joined() < $1.joined() }) {
                text += "          - {labels: '{objective=\"\(fire[0])\",rule=\"\(fire[1])\"}', value: 1}\n"
            }
        }
        for objective in last?.objectives ?? [] {
            let name = objective.objective.name
            // Compared in parts per million: sums of binary fractions come in another order there.
            text +=
                "      - expr: 'round(1e6 * sum(waymark:budget_left:2h{objective=\"\(name)\"}))'\n"
                + "        eval_time: \(minutes.count)m\n        exp_samples: [{labels: '{}', value: "
                + "\(Int(((objective.budgetLeft ?? 0) * 1e6).rounded()))}]\n"
        }
        return text
    }

    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func promtool_FindsTheAlertsThatTheJudgeFinds() throws {
        let definition = try #require(JourneySet(text: Self.yaml, file: "f").journeys.first)
        var numbers = SeededNumbers(seed: 21)
        var text = "rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n"
        var seen: Set<[String]> = []
        var calm = 0
        for _ in 0..<4 {
            let minutes = Self.minutes(300, &numbers)
            text += Self.cases(minutes, definition)
            for fires in Self.judged(definition, minutes).firing {
                seen.formUnion(fires)
                if fires.isEmpty { calm += 1 }
            }
        }
        text += Self.cases(Self.exact, definition)
        // The comparison says something only if alerts came and went.
        #expect(seen.count >= 9, "\(seen)")
        #expect(calm > 50)
        let answer = try Promtool.test(PrometheusRules.write([definition]).text, text)
        #expect(answer.status == 0, "\(answer.output.prefix(4_000))")
    }
}
