import Telemetry

/// A text in another format, and what of the journeys it cannot say.
package struct FormatText: Sendable, Hashable {
    /// The text.
    package var text: String
    /// What could not be carried over: one sentence each, for people.
    package var losses: [String]

    /// Puts a text together.
    package init(text: String, losses: [String]) {
        self.text = text
        self.losses = losses
    }
}

/// Writes journeys as OpenSLO v1 documents that are read back as the same journeys.
///
/// Each objective becomes an SLO, since an SLO has one indicator and one budgeting method; the annotation
/// `waymark.dev/journey` makes them one journey again. What OpenSLO has no words for stands in the `spec` of the metric
/// sources, whose type is `waymark`. A journey without an objective becomes an SLI.
package struct OpenSLOWriter {
    private var documents: [String] = []
    private var losses: [String] = []
    private var names: Set<String> = []
    private var policies: [JourneyDefinition.Alert: String] = [:]

    /// Writes journeys, in their order.
    package static func write(_ journeys: [JourneyDefinition]) -> FormatText {
        var writer = OpenSLOWriter()
        for journey in journeys { writer.add(journey) }
        let head = """
            # OpenSLO v1, written by waymark. SLOs with the same \(OpenSLO.prefix)journey are one journey.
            # Metric sources of type \(OpenSLO.sourceType) select and judge spans by the keys of a journey file.

            """
        return FormatText(text: head + writer.documents.joined(separator: "---\n"), losses: writer.losses)
    }

    private mutating func add(_ journey: JourneyDefinition) {
        guard !journey.objectives.isEmpty else {
            addUnpromised(journey)
            return
        }
        let alerts = journey.alerts ?? JourneyDefinition.defaultAlerts
        var references: [JourneyDefinition.Alert: String] = [:]
        for alert in alerts { references[alert] = policy(alert) }
        for objective in journey.objectives {
            // The defaults that cannot be reached are left out; a list of the file's own is kept whole, to be the same.
            let own = journey.alerts ?? alerts.filter { $0.factor.isReachable(for: objective.target) }
            documents.append(slo(journey, objective, own.compactMap { references[$0] }))
        }
    }

    private mutating func addUnpromised(_ journey: JourneyDefinition) {
        var comments = ["# The journey \(journey.name) promises nothing: an SLI without an SLO."]
        func lose(_ what: String) {
            losses.append("\(journey.name): \(what) without an objective is not written")
            comments.append("# Not written: \(what), which means nothing without an objective.")
        }
        if journey.window != JourneyDefinition(name: "", entry: nil, place: journey.place).window { lose("slo.window") }
        if journey.alerts != nil { lose("alerts") }
        let name = name(journey.name)
        documents.append(
            lines(
                comments, ["apiVersion: \(OpenSLO.version)", "kind: SLI"],
                metadata(journey, name: name, annotations: []), ["spec:"], indent(2, ratio(journey, nil))))
    }

    private mutating func slo(
        _ journey: JourneyDefinition, _ objective: JourneyDefinition.Objective, _ policies: [String]
    ) -> String {
        let name = name(journey.name + "-" + objective.name)
        let window = OpenSLOWriter.window(journey.window)
        let slices = objective.slices.map { OpenSLODuration.covering($0) }
        var annotations = [("objective", objective.name)]
        var comments = OpenSLOWriter.comments(journey, objective)
        if let exact = window.exact {
            annotations.append(("window", exact))
            comments.append("# timeWindow is rounded up to whole minutes; \(OpenSLO.prefix)window is exact.")
        }
        if let slices, !slices.isExact, let exact = objective.slices {
            annotations.append(("slices", DurationText.text(exact)))
            comments.append("# timeSliceWindow is rounded up to whole minutes; \(OpenSLO.prefix)slices is exact.")
        }
        if journey.alerts == nil { annotations.append(("alerts", "default")) }
        var promise = ["- displayName: \(YAMLText.scalar(objective.name))"]
        promise.append("  target: \(OpenSLOWriter.share(objective.target))")
        if let slices, let share = objective.sliceTarget {
            promise.append("  timeSliceTarget: \(OpenSLOWriter.share(share))")
            promise.append("  timeSliceWindow: \(slices.text)")
        }
        let references = policies.map { "- alertPolicyRef: \($0)" }
        let isSliced = slices != nil && objective.sliceTarget != nil
        return lines(
            comments, ["apiVersion: \(OpenSLO.version)", "kind: SLO"],
            metadata(journey, name: name, annotations: annotations),
            [
                "spec:", "  description: \(YAMLText.scalar(OpenSLOWriter.description(objective)))",
                "  service: \(YAMLText.scalar(OpenSLOWriter.service(journey)))", "  indicator:", "    metadata:",
                "      name: \(name)", "    spec:",
            ],
            indent(6, ratio(journey, objective)), ["  timeWindow:"], indent(4, window.lines),
            ["  budgetingMethod: \(isSliced ? "Timeslices" : "Occurrences")", "  objectives:"], indent(4, promise),
            references.isEmpty ? ["  alertPolicies: []"] : ["  alertPolicies:"] + indent(4, references))
    }

    private func metadata(
        _ journey: JourneyDefinition, name: String, annotations: [(String, String)]
    ) -> [String] {
        var result = ["metadata:", "  name: \(name)"]
        if let title = journey.title { result.append("  displayName: \(YAMLText.scalar(title))") }
        if let owner = journey.owner { result += ["  labels:", "    owner: \(YAMLText.scalar(owner))"] }
        result.append("  annotations:")
        var all = [("journey", journey.name)] + annotations
        if let runbook = journey.runbook { all.append(("runbook", runbook.text)) }
        return result + all.map { "    \(OpenSLO.prefix)\($0.0): \(YAMLText.scalar($0.1))" }
    }

    /// The indicator: all runs, and the good ones of an objective.
    private func ratio(_ journey: JourneyDefinition, _ objective: JourneyDefinition.Objective?) -> [String] {
        let keys = OpenSLOWriter.spanKeys(journey)
        var total = keys.flatMap(\.lines)
        // Good runs name what selects them once more, so that each source can be read alone.
        var good = keys.first { ["entry", "join", "from"].contains($0.key) }?.lines ?? []
        if let of = objective?.of { total.append("of: \(YAMLText.scalar(of.text))") }
        if let under = objective?.under { good.append("under: \(DurationText.text(under))") }
        if objective?.complete == true { good.append("complete: true") }
        func source(_ name: String, _ spec: [String]) -> [String] {
            ["  \(name):", "    metricSource:", "      type: \(OpenSLO.sourceType)", "      spec:"] + indent(8, spec)
        }
        return ["ratioMetric:", "  counter: true"] + source("good", good) + source("total", total)
    }

    /// The name of the policy for an alert, which is written when it is first needed.
    private mutating func policy(_ alert: JourneyDefinition.Alert) -> String {
        if let name = policies[alert] { return name }
        if policies.isEmpty { documents.append(OpenSLOWriter.target) }
        let factor = DecimalText.text(alert.factor.thousandths, decimals: 3)
        let long = OpenSLODuration.covering(alert.long)
        let short = DurationText.text(alert.short)
        let name = name("waymark-\(alert.severity.rawValue)-\(factor)x-\(DurationText.text(alert.long))-\(short)")
        policies[alert] = name
        var annotations = ["    \(OpenSLO.prefix)short-window: \(short)"]
        if !long.isExact { annotations.append("    \(OpenSLO.prefix)long-window: \(DurationText.text(alert.long))") }
        documents.append(
            lines(
                [
                    "# The burn rate must be reached over the short window too, which only waymark reads.",
                    "apiVersion: \(OpenSLO.version)", "kind: AlertCondition", "metadata:", "  name: \(name)",
                    "  annotations:",
                ],
                annotations,
                [
                    "spec:", "  severity: \(alert.severity.rawValue)", "  condition:", "    kind: burnrate",
                    "    threshold: \(factor)", "    lookbackWindow: \(long.text)", "    alertAfter: 0m",
                ]))
        documents.append(
            lines([
                "apiVersion: \(OpenSLO.version)", "kind: AlertPolicy", "metadata:", "  name: \(name)", "spec:",
                "  alertWhenNoData: false", "  alertWhenResolved: true", "  alertWhenBreaching: true", "  conditions:",
                "    - conditionRef: \(name)", "  notificationTargets:", "    - targetRef: \(OpenSLO.sourceType)",
            ]))
        return name
    }

    /// A name of OpenSLO's strictest form (RFC 1123): at most 63 of `a-z`, `0-9` and `-`, each once.
    private mutating func name(_ text: String) -> String {
        var base = String(FoundJourney.journeyName(service: "", name: text).prefix(58))
        while base.hasSuffix("-") { base.removeLast() }
        var name = base
        var number = 2
        while !names.insert(name).inserted {
            name = "\(base)-\(number)"
            number += 1
        }
        return name
    }

    private func lines(_ parts: [String]...) -> String {
        parts.joined().map { $0 + "\n" }.joined()
    }

    private func indent(_ count: Int, _ lines: [String]) -> [String] {
        lines.map { String(repeating: " ", count: count) + $0 }
    }
}

extension OpenSLOWriter {
    private static let target = """
        apiVersion: \(OpenSLO.version)
        kind: AlertNotificationTarget
        metadata:
          name: \(OpenSLO.sourceType)
        spec:
          description: Whoever waymark's own settings name.
          target: \(OpenSLO.sourceType)

        """

    /// The keys of the journey document that OpenSLO has no words for, with their lines.
    private static func spanKeys(_ journey: JourneyDefinition) -> [(key: String, lines: [String])] {
        JourneyOutline.keys(journey, leaving: ["journey", "title", "owner", "runbook", "slo", "alerts"])
    }

    private static func comments(
        _ journey: JourneyDefinition, _ objective: JourneyDefinition.Objective
    ) -> [String] {
        var own = spanKeys(journey).map(\.key)
        if objective.of != nil { own.append("of") }
        if objective.under != nil { own.append("under") }
        if objective.complete { own.append("complete") }
        if journey.runbook != nil { own.append("runbook") }
        let missed = (journey.alerts ?? []).filter { !$0.factor.isReachable(for: objective.target) }
        return ["# Only waymark reads: \(own.joined(separator: ", "))."]
            + missed.map { "# \($0.severity.rawValue) \($0.factor) can never be reached by this target." }
    }

    private static func share(_ share: ExactShare) -> String {
        DecimalText.text(share.partsPerBillion, decimals: 9)
    }

    private static func description(_ objective: JourneyDefinition.Objective) -> String {
        var text = "\(objective.target) of "
        if let slices = objective.slices, let share = objective.sliceTarget {
            text += "slices of \(DurationText.text(slices)), in each \(share) of "
        }
        text += "runs succeed"
        if let under = objective.under { text += " in less than \(DurationText.text(under))" }
        return text
    }

    /// The service of the entry, else the journey's name: OpenSLO wants one.
    private static func service(_ journey: JourneyDefinition) -> String {
        for filter in [journey.entry].compactMap({ $0 }) + journey.steps.map(\.filter) {
            let parts =
                switch filter.expression {
                case .and(let parts): parts
                default: [filter.expression]
                }
            for case .comparison(.intrinsic(.service), .equal, .string(let service)) in parts where !service.isEmpty {
                return service
            }
        }
        return journey.name
    }

    private static func window(_ window: JourneyDefinition.Window) -> (lines: [String], exact: String?) {
        switch window {
        case .rolling(let nanoseconds):
            let covering = OpenSLODuration.covering(nanoseconds)
            return (
                ["- duration: \(covering.text)", "  isRolling: true"],
                covering.isExact ? nil : DurationText.text(nanoseconds)
            )
        case .calendar(let unit, let timeZone):
            let length = ["week": "1w", "quarter": "1Q"][unit] ?? "1M"
            // A Monday that is also the first of a month and of a quarter.
            return (
                [
                    "- duration: \(length)", "  isRolling: false", "  calendar:",
                    "    startTime: 2024-01-01 00:00:00", "    timeZone: \(YAMLText.scalar(timeZone))",
                ], nil
            )
        }
    }
}
