import Telemetry

/// The rules of one objective.
struct PrometheusGroup {
    private let journey: JourneyDefinition
    private let objective: JourneyDefinition.Objective
    private let counts: PrometheusCounts
    private var rules: [[String]] = []
    /// What of the objective no rule says.
    private(set) var losses: [String] = []

    init(_ journey: JourneyDefinition, _ objective: JourneyDefinition.Objective, _ counts: PrometheusCounts) {
        self.journey = journey
        self.objective = objective
        self.counts = counts
    }

    /// Writes the group.
    mutating func write() -> String {
        var windows: [UInt64] = []
        func need(_ window: UInt64) {
            if !windows.contains(window) { windows.append(window) }
        }
        var alerts: [JourneyDefinition.Alert] = []
        for alert in journey.alerts(for: objective) {
            guard PrometheusText.duration(alert.long) != nil, PrometheusText.duration(alert.short) != nil else {
                losses.append("an alert of \"\(objective.name)\" whose windows are no whole milliseconds")
                continue
            }
            alerts.append(alert)
            need(alert.long)
            need(alert.short)
        }
        var lines = ["  - name: waymark:\(journey.name):\(objective.name)"]
        if let slices = recordSlices() { lines.append("    interval: \(slices)") }
        for window in windows.sorted() { record(window) }
        recordBudget(known: windows)
        for alert in alerts { add(alert) }
        lines.append(rules.isEmpty ? "    rules: []" : "    rules:")
        for rule in rules {
            lines += rule.enumerated().map { ($0.offset == 0 ? "      - " : "        ") + $0.element }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private var selector: String { "{journey=\"\(journey.name)\",objective=\"\(objective.name)\"}" }

    private var labels: [String] { ["labels:", "  journey: \(journey.name)", "  objective: \(objective.name)"] }

    /// What is kept of the last slice, for an objective that counts slices; gives their length.
    private mutating func recordSlices() -> String? {
        guard let slices = objective.slices, let share = objective.sliceTarget else { return nil }
        guard let length = PrometheusText.duration(slices) else { return nil }
        let rest = DecimalText.text(share.rest.partsPerBillion, decimals: 9)
        losses.append(
            "slices of \"\(objective.name)\" that begin on the full \(length); they end when a rule is evaluated")
        // A slice without runs is not bad. The factor is there for shares that binary fractions miss by a hair.
        rules.append(
            [
                "record: waymark:bad_slice:\(length)",
                "expr: |-", "  \(counts.bad(length))", "    > bool \(counts.total(length)) * \(rest) * (1 + 1e-9)",
            ] + labels)
        return length
    }

    private func ratio(_ window: UInt64, _ length: String) -> [String] {
        guard let slices = objective.slices, objective.sliceTarget != nil, let slice = PrometheusText.duration(slices)
        else {
            return ["  \(counts.bad(length))", "    / (\(counts.total(length)) > 0)"]
        }
        // Half a slice less, so that a window holds as many slices whether or not its first instant is its own.
        let inner = window > slices ? PrometheusText.duration(window - slices / 2) ?? length : length
        return ["  avg_over_time(waymark:bad_slice:\(slice)\(selector)[\(inner)])"]
    }

    /// Records the share of bad runs, and how many runs there were, over a window.
    private mutating func record(_ window: UInt64) {
        guard let length = PrometheusText.duration(window) else { return }
        rules.append(["record: waymark:error_ratio:\(length)", "expr: |-"] + ratio(window, length) + labels)
        rules.append(["record: waymark:runs:\(length)", "expr: |-", "  \(counts.total(length))"] + labels)
    }

    /// Records which share of the budget is left over the objective's own window.
    private mutating func recordBudget(known: [UInt64]) {
        guard case .rolling(let nanoseconds) = journey.window else {
            losses.append("what is left of the budget of \"\(objective.name)\": rules know no calendar")
            return
        }
        guard let length = PrometheusText.duration(nanoseconds) else {
            losses.append("what is left of the budget of \"\(objective.name)\": its window is no whole milliseconds")
            return
        }
        if !known.contains(nanoseconds) { record(nanoseconds) }
        let rest = DecimalText.text(objective.target.rest.partsPerBillion, decimals: 9)
        rules.append(
            ["record: waymark:budget_left:\(length)", "expr: 1 - waymark:error_ratio:\(length)\(selector) / \(rest)"]
                + labels)
    }

    private mutating func add(_ alert: JourneyDefinition.Alert) {
        guard let long = PrometheusText.duration(alert.long), let short = PrometheusText.duration(alert.short) else {
            return
        }
        // Thousandths by billionths, exactly; what is burnt is compared with a hair less, as binary fractions may be.
        let (product, overflow) = alert.factor.thousandths
            .multipliedReportingOverflow(by: objective.target.rest.partsPerBillion)
        guard !overflow else { return }
        let share = DecimalText.text(product, decimals: 12)
        func burns(_ window: String) -> String { "waymark:error_ratio:\(window)\(selector) >= \(share) * (1 - 1e-9)" }
        func enough(_ window: String) -> String { "waymark:runs:\(window)\(selector) >= \(JudgeLimit.runs) - 0.5" }
        let rule = "\(alert.severity.rawValue) \(alert.factor) \(long)/\(short)"
        var own = labels
        own.append("  severity: \(alert.severity.rawValue)")
        own.append("  rule: \(YAMLText.scalar(rule))")
        if let owner = journey.owner { own.append("  owner: \(YAMLText.scalar(PrometheusText.untemplated(owner)))") }
        rules.append(
            [
                "alert: WaymarkBudgetBurn", "expr: |-", "  \(burns(long))", "    and \(burns(short))",
                "    and \(enough(long))", "    and \(enough(short))",
            ] + own + annotations(alert, long, short))
    }

    private func annotations(_ alert: JourneyDefinition.Alert, _ long: String, _ short: String) -> [String] {
        let title = PrometheusText.untemplated(journey.title ?? journey.name)
        let place = "{{ $labels.\(counts.environment) }}"
        var lines = ["annotations:"]
        let summary = "\(title) (\(place)): the budget of \(objective.name) burns at least \(alert.factor) too fast"
        lines.append("  summary: \(YAMLText.scalar(summary))")
        lines.append(
            "  description: "
                + YAMLText.scalar(
                    "Over \(long) and \(short), at least \(alert.factor) as many runs were bad as "
                        + "\(objective.promise) over \(journey.window.text) allows."))
        if let runbook = journey.runbook {
            lines.append("  runbook_url: \(YAMLText.scalar(PrometheusText.untemplated(runbook.text)))")
        }
        return lines
    }
}
