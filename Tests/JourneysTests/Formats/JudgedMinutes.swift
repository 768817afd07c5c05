import Journeys
import Telemetry
import Testing

/// A burn alert of an objective in an environment.
struct FiringAlert: Hashable, Sendable {
    let environment: String
    let objective: String
    let rule: String
    let severity: String

    /// The labels of the alert in Prometheus.
    var labels: String {
        "{deployment_environment_name=\"\(environment)\",objective=\"\(objective)\",rule=\"\(rule)\","
            + "severity=\"\(severity)\"}"
    }
}

/// What the judge says of some minutes of runs, and the questions for promtool whether Prometheus says the same.
struct JudgedMinutes {
    /// How much of a budget is left at a step.
    private struct Left {
        let step: Int
        let environment: String
        let objective: String
        let millionths: Int
    }

    let definition: JourneyDefinition
    private let minutes: [String: [RunMinute]]
    private let count: Int
    /// The alerts that fire at the end of each minute: at the steps 1, 2, …
    var firing: [Set<FiringAlert>] = []
    private var left: [Left] = []

    /// Judges every half minute, as runs come in the middle of each.
    init(_ definition: JourneyDefinition, _ minutes: [String: [RunMinute]]) {
        self.definition = definition
        self.minutes = minutes
        count = minutes.values.map(\.count).max() ?? 0
        var engine = JourneyEngine(journeys: [definition], options: .init(base: .stream))
        var judge = Judge()
        for number in 0..<count {
            let middle = TestSpan.noon + UInt64(number) * RunMinute.length + RunMinute.length / 2
            _ = judge.judge(engine.picture(), JudgeContext(now: middle))
            for (environment, minutes) in minutes where number < minutes.count {
                engine.take(minutes[number].spans(number, environment), arrival: middle)
            }
            let end = middle + RunMinute.length / 2
            note(judge.judge(engine.picture(), JudgeContext(now: end)), step: number + 1)
        }
        checkEvents(judge.takeNewEvents())
    }

    private mutating func note(_ verdicts: JourneyVerdicts, step: Int) {
        var fires: Set<FiringAlert> = []
        for verdict in verdicts.journeys {
            let environment = verdict.id.environment ?? ""
            for objective in verdict.objectives {
                for alert in objective.alerts where alert.isFiring {
                    fires.insert(Self.alert(environment, objective.objective.name, alert.alert))
                }
                guard let left = objective.budgetLeft, objective.covered == objective.fullLength else { continue }
                self.left.append(
                    Left(
                        step: step, environment: environment, objective: objective.objective.name,
                        millionths: Int((left * 1e6).rounded())))
            }
        }
        firing.append(fires)
    }

    private static func alert(
        _ environment: String, _ objective: String, _ alert: JourneyDefinition.Alert
    ) -> FiringAlert {
        let windows = DurationText.text(alert.long) + "/" + DurationText.text(alert.short)
        return FiringAlert(
            environment: environment, objective: objective,
            rule: "\(alert.severity.rawValue) \(alert.factor) \(windows)", severity: alert.severity.rawValue)
    }

    /// The alerts as they are told, by the second, are those that fire at the steps: each is told within the minute that
    /// ends with its first step, and ends within the one that ends with its first step without it.
    private func checkEvents(_ events: [TimelineEvent]) {
        var told = Array(repeating: Set<FiringAlert>(), count: count)
        for event in events where event.kind == .fired || event.kind == .resolved {
            guard let environment = event.environment, let objective = event.objective, let rule = event.subject,
                let severity = event.severity
            else { continue }
            let alert = FiringAlert(environment: environment, objective: objective, rule: rule, severity: severity)
            let step = Int((event.time - TestSpan.noon + RunMinute.length - 1) / RunMinute.length)
            for number in step..<count + 1 {
                if event.kind == .fired { told[number - 1].insert(alert) } else { told[number - 1].remove(alert) }
            }
        }
        for (number, alerts) in told.enumerated() { #expect(alerts == firing[number], "step \(number + 1)") }
    }

    /// The steps at which an alert fires in production.
    func steps(_ objective: String, _ rule: String) -> [Int] {
        firing.indices.filter { number in
            firing[number].contains {
                $0.environment == "prod" && $0.objective == objective && $0.rule == rule
            }
        }.map { $0 + 1 }
    }

    /// The same with fewer alerts.
    func keeping(_ isKept: (FiringAlert, Int) -> Bool) -> JudgedMinutes {
        var result = self
        for number in firing.indices { result.firing[number] = firing[number].filter { isKept($0, number + 1) } }
        return result
    }

    /// A case for promtool: the counters, which alerts fire at each step, and what is left of each budget.
    var cases: String { series + alertCases("ALERTS{alertstate=\"firing\"}") + budgetCases }

    /// The counters of the minutes as Prometheus would have scraped them at the end of each.
    var series: String {
        minutes.sorted { $0.key < $1.key }.map { Self.series($0.value, $0.key) }
            .reduce("  - interval: 1m\n    input_series:\n", +) + "    promql_expr_test:\n"
    }

    /// The question which alerts fire, with the judge's answer at each step.
    func alertCases(_ alerts: String) -> String {
        firing.enumerated().map { number, fires in
            let samples = fires.map { "          - {labels: '\($0.labels)', value: 1}\n" }.sorted().joined()
            return "      - expr: 'sum by (deployment_environment_name, objective, rule, severity) (\(alerts))'\n"
                + "        eval_time: \(number + 1)m\n        exp_samples:" + (fires.isEmpty ? " []\n" : "\n" + samples)
        }.joined()
    }

    private var budgetCases: String {
        left.map { left in
            // Compared in parts per million: sums of binary fractions come in another order there.
            "      - expr: 'round(1e6 * sum(waymark:budget_left:\(definition.window.text){objective=\""
                + "\(left.objective)\",deployment_environment_name=\"\(left.environment)\"}))'\n"
                + "        eval_time: \(left.step)m\n        exp_samples: [{labels: '{}', value: "
                + "\(left.millionths)}]\n"
        }.joined()
    }

    private static func series(_ minutes: [RunMinute], _ environment: String) -> String {
        let base =
            "service_name=\"web-bff\",span_name=\"POST /checkout\",span_kind=\"SPAN_KIND_SERVER\","
            + "deployment_environment_name=\"\(environment)\""
        let error = base + ",status_code=\"STATUS_CODE_ERROR\""
        let unset = base + ",status_code=\"STATUS_CODE_UNSET\""
        let duration = "traces_span_metrics_duration_milliseconds"
        let all: [(String, (RunMinute) -> Int)] = [
            ("traces_span_metrics_calls_total{\(unset)}", { $0.good + $0.slow }),
            ("traces_span_metrics_calls_total{\(error)}", { $0.failed + $0.both }),
            ("\(duration)_count{\(unset)}", { $0.good + $0.slow }),
            ("\(duration)_count{\(error)}", { $0.failed + $0.both }),
            ("\(duration)_bucket{\(unset),le=\"1200\"}", { $0.good }),
            ("\(duration)_bucket{\(unset),le=\"+Inf\"}", { $0.good + $0.slow }),
            ("\(duration)_bucket{\(error),le=\"1200\"}", { $0.failed }),
            ("\(duration)_bucket{\(error),le=\"+Inf\"}", { $0.failed + $0.both }),
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
}
