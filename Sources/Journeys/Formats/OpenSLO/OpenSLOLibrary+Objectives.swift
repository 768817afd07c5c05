import Telemetry
import Yams

extension OpenSLOLibrary {
    /// Reads `budgetingMethod` and `objectives`.
    mutating func objectives(_ spec: OpenSLOEntries, _ measure: OpenSLOMeasure) -> [JourneyDefinition.Objective] {
        let slo = spec.object
        guard let entry = spec["objectives"], let method = method(spec),
            let nodes = read(slo, { $0.elements(entry) })
        else { return [] }
        guard !nodes.isEmpty else {
            read(slo) { $0.report(at: entry.keyPlace, "an SLO without an objective", expected: "at least one") }
            return []
        }
        if measure.threshold != nil, nodes.count > 1 {
            read(slo) {
                $0.report(
                    at: entry.keyPlace, "\(nodes.count) objectives of a \"thresholdMetric\"",
                    expected: "one; with the same \(OpenSLO.prefix)journey several SLOs are one journey")
            }
            return []
        }
        let parts = nodes.map { node in
            read(slo) { OpenSLOEntries(slo, $0.filled(node, of: .openSLOObjective)) }
        }
        let names = names(parts, slo)
        return zip(nodes, zip(names, parts)).compactMap { node, pair in
            objective(node, pair.0, pair.1, inSlices: method == "Timeslices", measure)
        }
    }

    private mutating func method(_ spec: OpenSLOEntries) -> String? {
        guard let entry = spec["budgetingMethod"] else { return nil }
        let known = ["Occurrences", "Timeslices", "RatioTimeslices"]
        return read(spec.object) { reader -> String? in
            guard let method = reader.text(entry) else { return nil }
            guard known.contains(method) else {
                reader.report(
                    at: entry.place, "\"\(method)\" for \"budgetingMethod\"",
                    expected: "Occurrences or Timeslices",
                    suggestion: known.first { $0.lowercased() == method.lowercased() }
                        ?? EditDistance.nearest(to: method, among: known))
                return nil
            }
            guard method != "RatioTimeslices" else {
                reader.report(
                    at: entry.place, "RatioTimeslices: a mean of the shares of slices, which waymark does not judge",
                    expected: "Occurrences, which counts good runs, or Timeslices, which counts good slices")
                return nil
            }
            return method
        }
    }

    /// The names of the objectives: the annotation's, else those that people see, made fit, each once.
    private mutating func names(_ parts: [OpenSLOEntries], _ slo: OpenSLOObject) -> [String] {
        if let entry = slo.annotation("objective") {
            guard parts.count == 1 else {
                read(slo) {
                    $0.report(
                        at: entry.keyPlace, "\"\(OpenSLO.prefix)objective\" on an SLO with \(parts.count) objectives",
                        expected: "it only where there is one")
                }
                return parts.map { _ in "objective" }
            }
            let name = read(slo) { reader in
                reader.scalar(entry) { $0 == "window" ? nil : JourneyReader.journeyName($0) }
            }
            return [name ?? "objective"]
        }
        var names: [String] = []
        for part in parts {
            let shown = part["displayName"]?.value.scalar?.string ?? ""
            let wanted = JourneyReader.journeyName(shown) ?? FoundJourney.journeyName(service: "", name: shown)
            let base = shown.isEmpty || wanted == "window" ? "objective" : wanted
            var name = base
            var number = 2
            while names.contains(name) {
                name = "\(base)-\(number)"
                number += 1
            }
            names.append(name)
        }
        return names
    }

    private mutating func objective(
        _ node: Node, _ name: String, _ parts: OpenSLOEntries, inSlices: Bool, _ measure: OpenSLOMeasure
    ) -> JourneyDefinition.Objective? {
        let slo = parts.object
        guard let target = read(slo, { $0.objectiveTarget(parts, node) }) else { return nil }
        var objective = JourneyDefinition.Objective(name: name, target: target)
        if let (entry, object) = measure["of"] { objective.of = read(object) { $0.filter(entry) } }
        if let (entry, object) = measure["under"] {
            objective.under = read(object) { $0.scalar(entry, JourneyReader.positiveDuration) }
        }
        if let (entry, object) = measure["complete"] {
            objective.complete = read(object) { $0.scalar(entry, JourneyReader.flag) } ?? false
        }
        read(slo) { reader in
            reader.slices(parts, node, inSlices: inSlices, exact: slo.annotation("slices"), &objective)
            if let threshold = measure.threshold {
                objective.under = reader.threshold(parts, node, unit: threshold.unit)
            } else {
                reader.refuseThreshold(parts)
            }
            for key in ["indicator", "indicatorRef", "compositeWeight"] {
                guard let entry = parts[key] else { continue }
                reader.report(
                    at: entry.keyPlace, "\"\(key)\" in an objective: a composite SLO",
                    expected: "one SLO for each indicator; with the same \(OpenSLO.prefix)journey they are one journey")
            }
        }
        return objective
    }
}

extension NodeReader {
    private static let share = "a number such as 0.995, more than 0 and less than 1, with at most 9 decimals"
    private static let percent = "a number such as 99.5, more than 0 and less than 100, with at most 7 decimals"

    /// `target` or `targetPercent`.
    fileprivate mutating func objectiveTarget(_ parts: OpenSLOEntries, _ node: Node) -> ExactShare? {
        switch (parts["target"], parts["targetPercent"]) {
        case (let entry?, nil):
            return value(entry, expected: NodeReader.share) { NodeReader.share($0, decimals: 9, below: true) }
        case (nil, let entry?):
            return value(entry, expected: NodeReader.percent) { NodeReader.share($0, decimals: 7, below: true) }
        case (.some, let entry?):
            report(at: entry.keyPlace, "an objective with \"target\" and \"targetPercent\"", expected: "one of them")
        case (nil, nil):
            report(
                at: place(node), "an objective without \"target\"",
                expected: "target: \(NodeReader.share); or targetPercent")
        }
        return nil
    }

    /// A share that leaves something to hold and, where it is a target, something to miss.
    private static func share(_ text: String, decimals: Int, below: Bool) -> ExactShare? {
        guard let value = try? DecimalText.scaled(text, decimals: decimals), value > 0 else { return nil }
        guard below ? value < ExactShare.whole : value <= ExactShare.whole else { return nil }
        return ExactShare(partsPerBillion: value)
    }

    /// `timeSliceTarget` and `timeSliceWindow`.
    fileprivate mutating func slices(
        _ parts: OpenSLOEntries, _ node: Node, inSlices: Bool, exact: MappingEntry?,
        _ objective: inout JourneyDefinition.Objective
    ) {
        guard inSlices else {
            for entry in [parts["timeSliceTarget"], parts["timeSliceWindow"]].compactMap({ $0 }) {
                report(
                    .warning, at: entry.keyPlace,
                    "\"\(entry.name)\" means nothing with budgetingMethod: Occurrences")
            }
            return
        }
        for key in ["timeSliceTarget", "timeSliceWindow"] where parts[key] == nil {
            report(
                at: place(node), "an objective without \"\(key)\" under budgetingMethod: Timeslices",
                expected: "timeSliceTarget: 0.95 and timeSliceWindow: 1m, for example")
        }
        if let entry = parts["timeSliceTarget"] {
            objective.sliceTarget = value(
                entry, expected: "a number such as 0.95, more than 0 and at most 1, with at most 9 decimals"
            ) { NodeReader.share($0, decimals: 9, below: false) }
        }
        if let entry = parts["timeSliceWindow"] {
            let form = "a number of minutes, or \(OpenSLODuration.form)"
            let duration = value(entry, expected: form) { text in
                OpenSLODuration(text) ?? OpenSLODuration(text + "m")
            }
            guard let nanoseconds = duration.flatMap({ length($0, entry) }) else { return }
            objective.slices = self.exact(exact, or: nanoseconds)
            if let slices = objective.slices, !slices.isMultiple(of: 1_000_000_000) {
                report(
                    at: exact?.place ?? entry.place, "slices of \(DurationText.text(slices))", expected: "whole seconds"
                )
            }
        }
    }

    /// `op` and `value` of a threshold on durations: the runs below it are good.
    fileprivate mutating func threshold(_ parts: OpenSLOEntries, _ node: Node, unit: UInt64) -> UInt64? {
        guard let op = parts["op"], let entry = parts["value"] else {
            report(
                at: place(node), "an objective of a \"thresholdMetric\" without \"op\" or \"value\"",
                expected: "op: lt and value: 1.2, for example")
            return nil
        }
        guard let word = scalar(op, { ["lt", "lte", "gt", "gte"].contains($0) ? $0 : nil }) else { return nil }
        guard word.hasPrefix("lt") else {
            report(
                at: op.place, "\"\(word)\": runs that take longer would be the good ones",
                expected: "lt or lte: good runs are faster than the value")
            return nil
        }
        let expected = "a duration in the unit of the metric, such as 1.2, in whole nanoseconds"
        let nanoseconds = value(entry, expected: expected) { text -> UInt64? in
            let name = DurationText.units.first { $0.nanoseconds == unit }?.name ?? "s"
            return DurationText.nanoseconds(text + name)
        }
        guard let nanoseconds else { return nil }
        // Durations are whole nanoseconds, so "at most" is "less than one more".
        let under = word == "lt" ? nanoseconds : nanoseconds &+ 1
        guard under > 0, under <= 3_650 * 86_400_000_000_000 else {
            report(
                at: entry.place, "\"\(entry.value.scalar?.string ?? "")\" for \"value\"", expected: "more than nothing")
            return nil
        }
        return under
    }

    /// `value`, and an `op` that asks for less, mean nothing with a ratio, of which more is better.
    fileprivate mutating func refuseThreshold(_ parts: OpenSLOEntries) {
        if let entry = parts["value"] {
            report(.warning, at: entry.keyPlace, "\"value\" means nothing with a \"ratioMetric\"")
        }
        guard let op = parts["op"], let word = scalar(op, { ["lt", "lte", "gt", "gte"].contains($0) ? $0 : nil }) else {
            return
        }
        if word.hasPrefix("lt") {
            report(at: op.place, "\"\(word)\" with a \"ratioMetric\"", expected: "gt or gte: more good runs are better")
        }
    }
}
