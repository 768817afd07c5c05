import Telemetry

extension OpenSLOLibrary {
    /// Reads one SLO into a journey with its objectives.
    mutating func part(_ slo: OpenSLOObject) -> OpenSLOPart {
        journey = slo.annotation("journey")?.value.scalar?.string ?? slo.name
        let before = errorCount
        needsBroken = false
        var definition = JourneyDefinition(name: journey ?? "", entry: nil, place: slo.place)
        var checks: [MappingEntry] = []
        let spec = OpenSLOEntries(slo, read(slo) { $0.filled(slo.spec.value, of: .openSLOObjectives) })
        if let indicator = indicator(spec) {
            if slo.annotation("journey") == nil, let entry = indicator.annotation("journey") {
                journey = entry.value.scalar?.string
            }
            describe(&definition, slo, indicator)
            let measure = measure(indicator, slo)
            apply(measure, to: &definition)
            if let window = window(spec) { definition.window = window }
            definition.objectives = objectives(spec, measure)
            definition.alerts = alerts(spec, definition.objectives)
            checks = self.checks(definition, spec, measure)
        }
        return OpenSLOPart(
            name: JourneyReader.journeyName(journey ?? ""), object: slo, definition: definition, checks: checks,
            isWhole: errorCount == before && !needsBroken && !slo.isBroken)
    }

    /// Reads an SLI that no SLO uses but that names a journey: one without a promise.
    mutating func unpromised(_ indicator: OpenSLOObject) -> OpenSLOPart {
        journey = indicator.annotation("journey")?.value.scalar?.string
        let before = errorCount
        needsBroken = false
        var definition = JourneyDefinition(name: journey ?? "", entry: nil, place: indicator.place)
        describe(&definition, indicator, indicator)
        let measure = measure(indicator, indicator)
        apply(measure, to: &definition)
        return OpenSLOPart(
            name: JourneyReader.journeyName(journey ?? ""), object: indicator, definition: definition,
            checks: checks(definition, OpenSLOEntries(indicator, []), measure),
            isWhole: errorCount == before && !needsBroken && !indicator.isBroken)
    }

    private mutating func indicator(_ spec: OpenSLOEntries) -> OpenSLOObject? {
        let slo = spec.object
        if let both = spec["indicatorRef"], spec["indicator"] != nil {
            read(slo) {
                $0.report(at: both.keyPlace, "an SLO with \"indicator\" and \"indicatorRef\"", expected: "one of them")
            }
            return nil
        }
        if let reference = spec["indicatorRef"] {
            let found = object(.indicator, reference, of: slo)
            if let found { usedIndicators.insert(found.name) }
            return found
        }
        guard let entry = spec["indicator"] else {
            if !refuseComposite(spec) {
                read(slo) {
                    $0.report(
                        at: slo.spec.place, "an SLO without \"indicator\"",
                        expected: "indicator: an SLI in place, or indicatorRef: the name of one")
                }
            }
            return nil
        }
        return read(slo) { OpenSLOObject(entry.value, kind: .indicator, &$0) }
    }

    /// Says of an SLO whose objectives have indicators of their own that it is not read.
    private mutating func refuseComposite(_ spec: OpenSLOEntries) -> Bool {
        guard case .sequence(let sequence)? = spec["objectives"]?.value else { return false }
        let slo = spec.object
        for node in sequence {
            guard case .mapping(let mapping) = node, mapping["indicator"] ?? mapping["indicatorRef"] != nil else {
                continue
            }
            read(slo) {
                $0.report(
                    at: $0.place(node), "a composite SLO, whose objectives have indicators of their own",
                    expected: "one SLO for each indicator; with the same \(OpenSLO.prefix)journey they are one journey")
            }
            return true
        }
        return false
    }

    /// The name, title, owner and runbook, from the SLO or else from its SLI.
    private mutating func describe(
        _ definition: inout JourneyDefinition, _ slo: OpenSLOObject, _ indicator: OpenSLOObject
    ) {
        let named =
            slo.annotation("journey").map { ($0, slo) } ?? indicator.annotation("journey").map { ($0, indicator) }
        if let (entry, object) = named {
            definition.name = read(object) { $0.scalar(entry, JourneyReader.journeyName) } ?? ""
        } else {
            definition.name = slo.name
            if JourneyReader.journeyName(slo.name) == nil {
                read(slo) {
                    $0.report(
                        at: slo.namePlace, "\"\(slo.name)\" as the name of a journey",
                        expected: "\(JourneyKeyValue.name.expectation), or the annotation "
                            + "\(OpenSLO.prefix)journey with one")
                }
            }
        }
        definition.title = slo.displayName
        definition.owner = slo.owner ?? indicator.owner
        let runbook =
            slo.annotation("runbook").map { ($0, slo) } ?? indicator.annotation("runbook").map { ($0, indicator) }
        if let (entry, object) = runbook {
            definition.runbook = read(object) { $0.scalar(entry, JourneyReader.runbook) }
        }
    }

    /// Reads what selects and judges the runs into the definition.
    private mutating func apply(_ measure: OpenSLOMeasure, to definition: inout JourneyDefinition) {
        for (entry, object) in measure.journeyEntries { read(object) { $0.apply(entry, to: &definition) } }
    }

    /// The keys that are checked together when the journey is whole.
    private func checks(
        _ definition: JourneyDefinition, _ spec: OpenSLOEntries, _ measure: OpenSLOMeasure
    ) -> [MappingEntry] {
        var entries = measure.entries.map(\.entry)
        func add(_ name: String, _ entry: MappingEntry?) {
            guard let entry else { return }
            entries.append(
                MappingEntry(
                    key: entry.key, name: name, keyPlace: entry.keyPlace, value: entry.value, place: entry.place))
        }
        add("slo", spec["objectives"])
        if definition.alerts != nil { add("alerts", spec["alertPolicies"]) }
        return entries
    }

    /// The window: the one element of `timeWindow`.
    private mutating func window(_ spec: OpenSLOEntries) -> JourneyDefinition.Window? {
        let slo = spec.object
        return read(slo) { reader -> JourneyDefinition.Window? in
            guard let entry = spec["timeWindow"] else {
                reader.report(.note, at: slo.spec.place, "no \"timeWindow\"; the last 28 days are judged")
                return nil
            }
            guard let nodes = reader.elements(entry) else { return nil }
            guard nodes.count == 1, let node = nodes.first else {
                reader.report(at: entry.place, "\(nodes.count) elements in \"timeWindow\"", expected: "exactly one")
                return nil
            }
            guard let parts = reader.filled(node, of: .openSLOWindow) else { return nil }
            return reader.window(OpenSLOEntries(slo, parts), exact: slo.annotation("window"))
        }
    }
}

/// The entries of a mapping, by name, with the object they stand in.
struct OpenSLOEntries {
    let object: OpenSLOObject
    let list: [MappingEntry]

    init(_ object: OpenSLOObject, _ list: [MappingEntry]?) {
        self.object = object
        self.list = list ?? []
    }

    /// The entry of a name; one without a value is as good as none.
    subscript(name: String) -> MappingEntry? {
        list.first { $0.name == name }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
