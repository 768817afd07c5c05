import Telemetry

/// What an indicator measures: the keys of a journey and of an objective that its metric sources and annotations give.
struct OpenSLOMeasure {
    /// How the values of a `thresholdMetric` are compared.
    struct Threshold {
        /// The length of the unit of its values, in nanoseconds.
        let unit: UInt64
    }

    /// The keys, each once, with the objects they stand in.
    var entries: [(entry: MappingEntry, object: OpenSLOObject)] = []
    /// Whether the indicator is a `thresholdMetric` of durations; nil for a ratio.
    var threshold: Threshold?
    /// Whether the runs' good ones are told by a key rather than by the objective's threshold.
    private static let objectiveKeys: Set<String> = ["of", "under", "complete"]
    private static let ownKeys: Set<String> = [
        "journey", "objective", "runbook", "window", "slices", "alerts", "unit",
    ]

    /// The keys of the journey.
    var journeyEntries: [(entry: MappingEntry, object: OpenSLOObject)] {
        entries.filter {
            !OpenSLOMeasure.objectiveKeys.contains($0.entry.name) && !OpenSLOMeasure.ownKeys.contains($0.entry.name)
        }
    }

    /// The key of a name.
    subscript(name: String) -> (entry: MappingEntry, object: OpenSLOObject)? {
        entries.first { $0.entry.name == name }
    }

    /// Whether runs are selected at all.
    var selectsRuns: Bool { ["entry", "join", "from"].contains { self[$0] != nil } }
}

/// A metric source that waymark cannot ask.
private struct ForeignSource {
    let place: SourcePlace
    let object: OpenSLOObject
    let text: String
}

extension OpenSLOLibrary {
    /// Reads the metric sources of an SLI, and the annotations of it and its SLO.
    mutating func measure(_ indicator: OpenSLOObject, _ slo: OpenSLOObject) -> OpenSLOMeasure {
        var measure = OpenSLOMeasure()
        let list = read(indicator) { $0.filled(indicator.spec.value, of: .openSLOIndicator) }
        let spec = OpenSLOEntries(indicator, list)
        var foreign: [ForeignSource] = []
        switch (spec["ratioMetric"], spec["thresholdMetric"]) {
        case (let ratio?, nil): readRatio(ratio, indicator, &measure, &foreign)
        case (nil, let threshold?):
            measure.threshold = OpenSLOMeasure.Threshold(unit: 1_000_000_000)
            readMetric(threshold, indicator, &measure, &foreign)
            if let (entry, object) = measure["unit"] {
                let unit = read(object) { reader in
                    reader.scalar(entry) { text in DurationText.units.first { $0.name == text }?.nanoseconds }
                }
                measure.threshold = OpenSLOMeasure.Threshold(unit: unit ?? 1)
            }
        case (.some, .some), (nil, nil):
            if list != nil {
                let both = spec["ratioMetric"] != nil
                read(indicator) {
                    $0.report(
                        at: indicator.spec.place,
                        both
                            ? "an SLI with \"ratioMetric\" and \"thresholdMetric\""
                            : "an SLI without \"ratioMetric\" or \"thresholdMetric\"",
                        expected: "one of them")
                }
            }
            return measure
        }
        for object in slo.place == indicator.place ? [slo] : [slo, indicator] {
            for entry in object.annotations { gather(entry, object, &measure) }
        }
        judge(foreign, measure)
        return measure
    }

    /// Says of queries of others that they are not evaluated: an error, unless the runs are selected in another way.
    private mutating func judge(_ foreign: [ForeignSource], _ measure: OpenSLOMeasure) {
        for source in foreign {
            let selects = measure.selectsRuns
            read(source.object) {
                $0.report(
                    selects ? .note : .error, at: source.place,
                    source.text
                        + (selects
                            ? " is not evaluated; the runs are those of \"entry\""
                            : " cannot be evaluated from spans"),
                    expected: selects
                        ? nil
                        : "a metricSource of type waymark with spec: {entry: FILTER}, or the annotation "
                            + "\(OpenSLO.prefix)entry: FILTER on the SLO or its SLI")
            }
            if !selects { return }
        }
    }

    private mutating func readRatio(
        _ ratio: MappingEntry, _ indicator: OpenSLOObject, _ measure: inout OpenSLOMeasure,
        _ foreign: inout [ForeignSource]
    ) {
        guard let list = read(indicator, { $0.filled(ratio.value, of: .openSLORatio) }) else { return }
        let parts = OpenSLOEntries(indicator, list)
        if let counter = parts["counter"] { read(indicator) { _ = $0.scalar(counter, JourneyReader.flag) } }
        if let raw = parts["raw"] {
            if parts["good"] ?? parts["bad"] ?? parts["total"] != nil || parts["rawType"] == nil {
                read(indicator) {
                    $0.report(
                        at: raw.keyPlace, "a \"raw\" ratio that is not alone with its \"rawType\"",
                        expected: "raw and rawType: success or failure, or total with good or bad")
                }
            }
            readMetric(raw, indicator, &measure, &foreign)
            return
        }
        guard parts["total"] != nil, (parts["good"] == nil) != (parts["bad"] == nil) else {
            read(indicator) {
                $0.report(
                    at: ratio.keyPlace, "a \"ratioMetric\" that is not \"total\" and one of \"good\" and \"bad\"",
                    expected: "total and good, or total and bad")
            }
            return
        }
        if let type = parts["rawType"] {
            read(indicator) {
                $0.report(at: type.keyPlace, "\"rawType\" without \"raw\"", expected: "it only with raw")
            }
        }
        for part in parts.list where ["good", "bad", "total"].contains(part.name) && !part.isEmpty {
            readMetric(part, indicator, &measure, &foreign)
        }
    }

    /// Reads one metric: its keys when it is of type waymark, else what to say about it.
    private mutating func readMetric(
        _ metric: MappingEntry, _ indicator: OpenSLOObject, _ measure: inout OpenSLOMeasure,
        _ foreign: inout [ForeignSource]
    ) {
        guard let holder = read(indicator, { $0.filled(metric.value, of: .openSLOMetric) }),
            let source = holder.first,
            let list = read(indicator, { $0.filled(source.value, of: .openSLOSource) })
        else { return }
        let parts = OpenSLOEntries(indicator, list)
        guard let type = type(of: parts, source) else { return }
        guard type.lowercased() == OpenSLO.sourceType else {
            foreign.append(unknown(type, metric, parts, source))
            return
        }
        guard let spec = parts["spec"] else { return }
        guard let entries = read(indicator, { $0.filled(spec.value, of: .openSLOSpans) }) else { return }
        for entry in entries {
            if let expected = misplaced(entry, in: metric.name) {
                read(indicator) {
                    $0.report(
                        at: entry.keyPlace, "\"\(entry.name)\" in a spec of \"\(metric.name)\"", expected: expected)
                }
            }
            gather(entry, indicator, &measure)
        }
    }

    /// Where a key belongs that cannot mean anything in this metric.
    private func misplaced(_ key: MappingEntry, in metric: String) -> String? {
        switch (key.name, metric) {
        case ("under", "bad"): "it under good: a bad run is one that is not faster"
        case ("under", "thresholdMetric"): "op: lt and value in the objective instead"
        case ("unit", "good"), ("unit", "bad"), ("unit", "total"), ("unit", "raw"): "it only with a thresholdMetric"
        default: nil
        }
    }

    /// The type of a metric source, its own or that of the DataSource it refers to.
    private mutating func type(of parts: OpenSLOEntries, _ source: MappingEntry) -> String? {
        if let type = parts["type"] { return read(parts.object) { $0.text(type) } }
        guard let reference = parts["metricSourceRef"] else {
            read(parts.object) {
                $0.report(
                    at: source.place, "a metricSource without \"type\"",
                    expected: "type: waymark, or metricSourceRef: the name of a DataSource")
            }
            return nil
        }
        guard let data = object(.dataSource, reference, of: parts.object) else { return nil }
        let entries = read(data) { $0.filled(data.spec.value, of: .openSLODataSource) }
        guard let type = OpenSLOEntries(data, entries)["type"] else { return nil }
        return read(data) { $0.text(type) }
    }

    private func unknown(
        _ type: String, _ metric: MappingEntry, _ parts: OpenSLOEntries, _ source: MappingEntry
    ) -> ForeignSource {
        var place = (parts["type"] ?? parts["metricSourceRef"])?.place ?? source.place
        var text = "the metric \"\(metric.name)\" of type \"\(type)\""
        if case .mapping(let mapping)? = parts["spec"]?.value, let query = mapping["query"], let scalar = query.scalar {
            let shown = scalar.string.count > 60 ? scalar.string.prefix(59) + "…" : scalar.string[...]
            text += " with the query \"\(shown.split(whereSeparator: \.isNewline).joined(separator: " "))\""
            if let mark = query.mark {
                place = SourcePlace(
                    file: parts.object.file, line: parts.object.linesBefore + mark.line, column: mark.column)
            }
        }
        return ForeignSource(place: place, object: parts.object, text: text)
    }

    /// Takes in a key; where two places give it they must agree.
    private mutating func gather(_ entry: MappingEntry, _ object: OpenSLOObject, _ measure: inout OpenSLOMeasure) {
        guard let (first, _) = measure[entry.name] else {
            measure.entries.append((entry, object))
            return
        }
        let isSame =
            if let one = first.value.scalar, let other = entry.value.scalar {
                one.string == other.string
            } else {
                first.value == entry.value
            }
        guard !isSame else { return }
        diagnostics.append(
            JourneyDiagnostic(
                at: entry.place, journey: journey, problem: "another \"\(entry.name)\" for the same journey",
                expected: "the same in every metric source and annotation", other: first.place))
    }
}
