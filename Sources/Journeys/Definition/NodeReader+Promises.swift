import Telemetry
import Yams

extension NodeReader {
    /// Reads `slo`: the window and the objectives.
    mutating func promises(_ entry: MappingEntry, _ definition: inout JourneyDefinition) {
        for promise in entries(entry.value, of: JourneyKeyTable.promises) ?? [] {
            if promise.name == "window" {
                if let window = window(promise) { definition.window = window }
            } else if let objective = objective(promise) {
                definition.objectives.append(objective)
            }
        }
        if definition.objectives.count > JourneyDefinition.maximumObjectives {
            report(
                at: entry.place, "\(definition.objectives.count) objectives",
                expected: "at most \(JourneyDefinition.maximumObjectives)")
        }
    }

    private mutating func window(_ entry: MappingEntry) -> JourneyDefinition.Window? {
        guard case .mapping = entry.value else {
            return scalar(entry, JourneyReader.positiveDuration).map { .rolling(nanoseconds: $0) }
        }
        guard let entries = entries(entry.value, of: JourneyKeyTable.calendar) else { return nil }
        var unit: String?
        var timeZone: String? = "UTC"
        for part in entries {
            if part.name == "calendar" {
                unit = scalar(part) { ["week", "month", "quarter"].contains($0) ? $0 : nil }
            } else {
                timeZone = scalar(part, JourneyReader.timeZone)
            }
        }
        guard let unit, let timeZone else { return nil }
        return .calendar(unit: unit, timeZone: timeZone)
    }

    private mutating func objective(_ entry: MappingEntry) -> JourneyDefinition.Objective? {
        if JourneyReader.journeyName(entry.name) == nil {
            report(at: entry.keyPlace, "the objective \"\(entry.name)\"", expected: JourneyKeyValue.name.expectation)
        }
        if case .scalar = entry.value, let near = EditDistance.nearest(to: entry.name, among: ["window"]) {
            report(
                at: entry.keyPlace, "unknown key \"\(entry.name)\" in slo",
                expected: "window, or an objective such as {target: 99.5%}", suggestion: near)
            return nil
        }
        guard let entries = entries(entry.value, of: JourneyKeyTable.objective) else { return nil }
        var objective = JourneyDefinition.Objective(name: entry.name, target: ExactShare(partsPerBillion: 0))
        for part in entries {
            switch part.name {
            case "target":
                if let target = target(part) { objective.target = target }
            case "under": objective.under = scalar(part, JourneyReader.positiveDuration)
            case "of": objective.of = filter(part)
            case "slices":
                objective.slices = scalar(part) { text in
                    JourneyReader.positiveDuration(text).flatMap { $0.isMultiple(of: 1_000_000_000) ? $0 : nil }
                }
            case "slice-target": objective.sliceTarget = target(part, mayBeWhole: true)
            case "complete": objective.complete = scalar(part, JourneyReader.flag) ?? false
            default: break
            }
        }
        let has = Set(entries.map(\.name))
        if has.contains("slices") != has.contains("slice-target") {
            let missing = has.contains("slices") ? "slice-target" : "slices"
            report(
                at: entry.place, "the objective \"\(entry.name)\" without \"\(missing)\"",
                expected: "slices and slice-target together, such as {target: 99%, slices: 1m, slice-target: 95%}")
        }
        return objective
    }

    /// A target, which must leave something to hold and, where it has a budget, something to miss.
    private mutating func target(_ entry: MappingEntry, mayBeWhole: Bool = false) -> ExactShare? {
        guard let share = scalar(entry, { try? ExactShare(percentage: $0) }) else { return nil }
        guard share.partsPerBillion > 0, mayBeWhole || share.rest.partsPerBillion > 0 else {
            report(
                at: entry.place, "\"\(share)\" for \"\(entry.name)\"",
                expected: "more than 0% and less than 100%, which would leave no error budget at all")
            return nil
        }
        return share
    }

    /// Reads `alerts`.
    mutating func alerts(_ entry: MappingEntry) -> [JourneyDefinition.Alert]? {
        guard case .sequence(let sequence) = entry.value else {
            report(
                at: entry.place, "\(NodeReader.read(entry.value)) for \"alerts\"",
                expected: "a list such as - {page: 14.4, long: 1h, short: 5m}")
            return nil
        }
        return sequence.compactMap { alert($0) }
    }

    private mutating func alert(_ node: Node) -> JourneyDefinition.Alert? {
        guard let entries = entries(node, of: JourneyKeyTable.alert) else { return nil }
        let severities = entries.filter { $0.name == "page" || $0.name == "warn" }
        guard severities.count == 1, let severity = severities.first else {
            report(
                at: place(node),
                severities.isEmpty
                    ? "an alert without \"page\" or \"warn\"" : "an alert with both \"page\" and \"warn\"",
                expected: "one of them, such as {page: 14.4, long: 1h, short: 5m}")
            return nil
        }
        let factor = scalar(severity) { text in (try? BurnFactor(text: text)).flatMap { $0.thousandths > 0 ? $0 : nil }
        }
        let long = entries.first { $0.name == "long" }.flatMap { scalar($0, JourneyReader.positiveDuration) }
        let short = entries.first { $0.name == "short" }.flatMap { scalar($0, JourneyReader.positiveDuration) }
        guard let factor, let long, let short else { return nil }
        guard short < long else {
            report(
                at: place(node),
                "an alert whose short window of \(DurationText.text(short)) is not shorter than its long one",
                expected: "short below \(DurationText.text(long))")
            return nil
        }
        return JourneyDefinition.Alert(
            severity: severity.name == "page" ? .page : .warn, factor: factor, long: long, short: short)
    }

    /// Checks what needs several keys at once.
    mutating func checkWhole(_ definition: JourneyDefinition, _ entries: [MappingEntry]) {
        let places = Dictionary(entries.map { ($0.name, $0.keyPlace) }) { first, _ in first }
        if places["entry"] == nil, places["join"] == nil, case .spans = definition.source {
            report(
                at: definition.place, "a journey without \"entry\"",
                expected: "entry: \(JourneyKeyValue.filter.expectation)")
        }
        if let join = places["join"], definition.steps.isEmpty {
            report(at: join, "\"join\" without \"steps\"", expected: "the steps that are joined")
        }
        for key in ["again", "within"] {
            if let place = places[key], places["join"] == nil {
                report(.warning, at: place, "\"\(key)\" means nothing without \"join\"")
            }
        }
        for objective in definition.objectives where objective.complete && places["join"] == nil {
            report(
                .warning, at: places["slo"] ?? definition.place,
                "\"complete\" of the objective \"\(objective.name)\" means nothing without \"join\"")
        }
        if let place = places["alerts"] ?? places["max-bad"], definition.objectives.isEmpty, places["alerts"] != nil {
            report(.warning, at: place, "\"alerts\" means nothing without an objective under \"slo\"")
        }
        checkAlerts(definition, at: places["alerts"] ?? places["slo"] ?? definition.place)
    }

    /// Refuses alerts that can never fire, and says which defaults are left out for the same reason.
    private mutating func checkAlerts(_ definition: JourneyDefinition, at place: SourcePlace) {
        let objectives = definition.objectives
        guard !objectives.isEmpty else { return }
        for alert in definition.alerts ?? JourneyDefinition.defaultAlerts {
            let missed = objectives.filter { !alert.factor.isReachable(for: $0.target) }
            guard let example = missed.first else { continue }
            let reason =
                "\(alert.severity.rawValue) \(alert.factor) can never be reached by "
                + missed.map { "\"\($0.name)\"" }.joined(separator: ", ")
                + ": \(alert.factor) × (100% − \(example.target)) is more than all runs"
            let highest = DecimalText.text(1_000 * ExactShare.whole / example.target.rest.partsPerBillion, decimals: 3)
            if definition.alerts == nil {
                report(.note, at: place, "the default alert \(reason); it is left out there")
            } else if missed.count == objectives.count {
                report(at: place, reason, expected: "a factor of at most \(highest)")
            } else {
                report(.warning, at: place, reason + "; it is left out there")
            }
        }
    }
}

extension JourneyDefinition {
    /// The most objectives a journey may have.
    package static let maximumObjectives = 16
}
