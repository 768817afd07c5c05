import Telemetry

/// Writes the promises of journeys as rules of Prometheus over span metrics: what burns, what is left, and the alerts.
///
/// Each objective has the share of its bad runs over every window of its alerts and over its own window as recorded
/// series, and an alert for each of its own alerts: both windows reach factor × (1 − target), with at least as many runs
/// in both as waymark asks for.
package struct PrometheusRules {
    private let names: PrometheusNames
    private var groups: [String] = []
    private var losses: [String] = []
    private var dimensions: [String] = []
    private var edges: [String] = []

    /// Writes the rules of journeys, in their order.
    package static func write(_ journeys: [JourneyDefinition], names: PrometheusNames = PrometheusNames()) -> FormatText
    {
        var rules = PrometheusRules(names: names)
        for journey in journeys { rules.add(journey) }
        return FormatText(
            text: rules.head + (rules.groups.isEmpty ? "groups: []\n" : "groups:\n" + rules.groups.joined()),
            losses: rules.losses)
    }

    private init(names: PrometheusNames) { self.names = names }

    private var head: String {
        var lines = [
            "# Rules for Prometheus, written by waymark: what the promises of journeys burn, and when to call somebody.",
            "# They read \(names.calls), \(names.duration)_bucket and",
            "# \(names.duration)_count. Spans that were sampled away are not made up for.",
            "# An alert of waymark lasts when runs cease or become fewer than 30 within it; these rules' do not.",
        ]
        if !dimensions.isEmpty {
            lines.append("# The spanmetrics connector needs these dimensions: \(dimensions.joined(separator: ", ")).")
        }
        if !edges.isEmpty {
            lines.append("# Its histogram needs buckets that end at \(edges.joined(separator: ", ")); a run of exactly")
            lines.append("# that duration is good here and bad to waymark.")
        }
        lines += losses.map { "# Not written: \($0)." }
        return lines.map { $0 + "\n" }.joined()
    }

    private mutating func lose(_ journey: JourneyDefinition, _ what: String) {
        // A filter's own words stand in some of them, and comments must stay comments.
        losses.append("\(journey.name): " + what.unicodeScalars.reduce(into: "") { SafeText.append($1, to: &$0) })
    }

    private mutating func add(_ journey: JourneyDefinition) {
        if journey.objectives.isEmpty { return lose(journey, "the journey, which promises nothing") }
        if journey.join != nil {
            return lose(
                journey, "the journey, whose runs are joined from several spans; span metrics count single ones")
        }
        guard journey.source == .spans, let entry = journey.entry else {
            return lose(journey, "the journey, whose runs come from a metric of its own")
        }
        var selector = PrometheusSelector(names: names)
        var part = "entry"
        do {
            var runs = try selector.matchers(entry.expression)
            if let ignore = journey.ignore {
                part = "ignore"
                runs += try selector.refusing(ignore.expression)
            }
            part = "failed"
            let failed = try journey.failed.map { filter throws(PrometheusRefusal) in
                try selector.matchers(filter.expression)
            }
            let usual = try selector.matchers(.comparison(.intrinsic(.status), .equal, .status(.error)))
            for objective in journey.objectives { add(objective, journey, runs, failed ?? usual, selector) }
        } catch {
            return lose(journey, "the journey, whose \"\(part)\" is no selector: \(error.reason)")
        }
        note(selector.dimensions + [names.environment(journey).dimension])
        sayWhatIsMissing(journey)
    }

    private mutating func add(
        _ objective: JourneyDefinition.Objective, _ journey: JourneyDefinition, _ runs: [PrometheusMatcher],
        _ failed: [PrometheusMatcher], _ selector: PrometheusSelector
    ) {
        var selector = selector
        var runs = runs
        do {
            if let of = objective.of { runs += try selector.matchers(of.expression) }
        } catch {
            return lose(
                journey, "the objective \"\(objective.name)\", whose \"of\" is no selector: \(error.reason)")
        }
        note(selector.dimensions)
        if let under = objective.under {
            let edge = DurationText.text(under)
            if !edges.contains(edge) { edges.append(edge) }
        }
        let counts = PrometheusCounts(
            names: names, runs: runs, failed: failed, under: objective.under,
            environment: names.environment(journey).label)
        var group = PrometheusGroup(journey, objective, counts)
        groups.append(group.write())
        for loss in group.losses { lose(journey, loss) }
    }

    private mutating func note(_ new: [String]) {
        for dimension in new where !dimensions.contains(dimension) { dimensions.append(dimension) }
    }

    /// What a journey says that no rule of its does.
    private mutating func sayWhatIsMissing(_ journey: JourneyDefinition) {
        if let maxBad = journey.maxBad { lose(journey, "max-bad: \(maxBad)") }
        if journey.traffic != .never { lose(journey, "an alert on silence (traffic: \(journey.traffic.text))") }
        let others = [
            ("steps", !journey.steps.isEmpty), ("by", !journey.breakdowns.isEmpty), ("links", !journey.links.isEmpty),
        ].filter(\.1).map(\.0)
        if !others.isEmpty { lose(journey, others.joined(separator: ", ")) }
    }
}

/// The expressions that count the runs of an objective.
struct PrometheusCounts {
    let names: PrometheusNames
    let runs: [PrometheusMatcher]
    let failed: [PrometheusMatcher]
    /// Good runs are also faster than this, in nanoseconds.
    let under: UInt64?
    /// The label that holds the environment.
    let environment: String

    /// All runs over a window.
    func total(_ window: String) -> String {
        sum(under == nil ? names.calls : names.duration + "_count", [], window)
    }

    /// The bad runs over a window; none rather than nothing where no bad run was ever seen.
    func bad(_ window: String) -> String {
        guard let under else { return "(\(sum(names.calls, failed, window)) or 0 * \(total(window)))" }
        let edge = PrometheusCounts.edge(under, unit: names.durationUnit)
        let bucket = names.duration + "_bucket"
        let none = "0 * \(total(window))"
        if failed.count == 1, let one = failed.first {
            return "(\(total(window)) - (\(sum(bucket, [one.opposite, edge], window)) or \(none)))"
        }
        let fast = "(\(sum(bucket, [edge], window)) or \(none))"
        let fastButFailed = "(\(sum(bucket, failed + [edge], window)) or \(none))"
        return "(\(total(window)) - (\(fast) - \(fastButFailed)))"
    }

    private func sum(_ metric: String, _ more: [PrometheusMatcher], _ window: String) -> String {
        let matchers = (runs + more).map(\.text).joined(separator: ",")
        return "sum by (\(environment)) (increase(\(metric){\(matchers)}[\(window)]))"
    }

    /// The bucket that ends at a duration; whole numbers are written with and without a fraction.
    private static func edge(_ under: UInt64, unit: UInt64) -> PrometheusMatcher {
        let decimals = String(unit).count - 1
        let text = DecimalText.text(under, decimals: decimals)
        guard !text.contains(".") else { return PrometheusMatcher(label: "le", test: .equal, value: text) }
        return PrometheusMatcher(label: "le", test: .matches, value: text + "(\\.0)?")
    }
}
