import Telemetry

/// What metrics and labels are called: by default as the Collector's `spanmetrics` connector and Prometheus name them.
package struct PrometheusNames: Sendable {
    /// The counter of spans.
    package var calls = "traces_span_metrics_calls_total"
    /// The histogram of spans' durations, without `_bucket` and `_count`.
    package var duration = "traces_span_metrics_duration_milliseconds"
    /// The length of the histogram's unit in nanoseconds.
    package var durationUnit: UInt64 = 1_000_000
    /// The labels of intrinsic fields and attributes whose name is not the usual one, by the field as a filter spells it.
    package var labels: [String: String] = [:]

    /// The usual names.
    package init() {}

    /// The units that the name of a histogram may say, with their lengths in nanoseconds.
    package static let units: [(name: String, nanoseconds: UInt64)] = [
        ("milliseconds", 1_000_000), ("seconds", 1_000_000_000), ("microseconds", 1_000), ("nanoseconds", 1),
    ]

    /// The length of the unit that the name of a histogram ends with; nil when it says none.
    package static func unit(of metric: String) -> UInt64? {
        units.first { metric == $0.name || metric.hasSuffix("_" + $0.name) }?.nanoseconds
    }

    /// Whether a text can be the name of a metric.
    package static func isMetric(_ text: String) -> Bool { isName(text, also: ":") }

    /// Whether a text can be the name of a label.
    package static func isLabel(_ text: String) -> Bool { isName(text, also: "") }

    private static func isName(_ text: String, also more: String) -> Bool {
        guard let first = text.unicodeScalars.first, !("0"..."9").contains(first) else { return false }
        return text.unicodeScalars.allSatisfy { isPlain($0) || more.unicodeScalars.contains($0) }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
    }

    /// The name that Prometheus gives an attribute: what no label may hold becomes `_`.
    static func sanitized(_ key: String) -> String {
        var result = ""
        for scalar in key.unicodeScalars { result.unicodeScalars.append(isPlain(scalar) ? scalar : "_") }
        return result.unicodeScalars.first.map { ("0"..."9").contains($0) } == true ? "key_" + result : result
    }

    /// The dimensions that the connector has without being told.
    private static let given: Set<String> = ["service", "name", "kind", "status", "service.name"]

    /// The label of a field, with the dimension that the connector must be told; nil where no metric has the field.
    func label(_ field: FilterField) -> (label: String, dimension: String?)? {
        let key: String
        switch field {
        case .intrinsic(.service): key = "service.name"
        case .intrinsic(.name): key = "span.name"
        case .intrinsic(.kind): key = "span.kind"
        case .intrinsic(.status): key = "status.code"
        case .intrinsic(.env): key = "deployment.environment.name"
        case .intrinsic(.version): key = "service.version"
        case .intrinsic(.instance): key = "service.instance.id"
        case .intrinsic: return nil
        case .attribute(.any, let name), .attribute(.span, let name), .attribute(.resource, let name): key = name
        case .attribute: return nil
        }
        let spelling = field.shortSpelling
        let dimension = PrometheusNames.given.contains(spelling) || key == "service.name" ? nil : key
        return (labels[spelling] ?? labels[key] ?? PrometheusNames.sanitized(key), dimension)
    }

    /// The label that holds a run's environment.
    func environment(_ journey: JourneyDefinition) -> (label: String, dimension: String) {
        let key = journey.scope.first ?? "deployment.environment.name"
        let mapped = labels[key] ?? (journey.scope == JourneyDefinition.defaultScope ? labels["env"] : nil)
        return (mapped ?? PrometheusNames.sanitized(key), key)
    }
}
