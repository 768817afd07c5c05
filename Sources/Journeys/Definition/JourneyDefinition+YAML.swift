import Telemetry

extension JourneyDefinition {
    /// The definition as a document of a journey file, in the order of the reference and without what is default anyway.
    package var yaml: String {
        var lines = ["journey: \(YAMLText.scalar(name))"]
        func add(_ key: String, _ value: String?) {
            if let value { lines.append("\(key): \(YAMLText.scalar(value))") }
        }
        add("title", title)
        add("owner", owner)
        add("runbook", runbook?.text)
        add("entry", entry?.text)
        if scope != JourneyDefinition.defaultScope { add("scope", scope.first) }
        if !breakdowns.isEmpty { lines.append("by: [\(breakdowns.map(YAMLText.flowScalar).joined(separator: ", "))]") }
        if !links.isEmpty {
            lines.append("links:")
            lines += links.map { "  \(YAMLText.scalar($0.name)): \(YAMLText.scalar($0.address))" }
        }
        add("failed", failed?.text)
        add("ignore", ignore?.text)
        if !steps.isEmpty {
            lines.append("steps:")
            lines += steps.map { "  - \(YAMLText.scalar($0.name)): \(YAMLText.scalar($0.filter.text))" }
        }
        add("join", join)
        if again { lines.append("again: true") }
        if within != JourneyDefinition.defaultWithin { add("within", DurationText.text(within)) }
        lines += promiseLines
        if let alerts { lines += alertLines(alerts) }
        add("max-bad", maxBad.map(String.init))
        if traffic != .usual { add("traffic", traffic.text) }
        if case .metric(let latency, let filter) = source {
            lines.append("from:")
            lines.append("  latency: \(YAMLText.scalar(latency))")
            if let filter { lines.append("  filter: \(YAMLText.scalar(filter.text))") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var promiseLines: [String] {
        let hasWindow = window != .rolling(nanoseconds: 28 * 86_400_000_000_000)
        guard hasWindow || !objectives.isEmpty else { return [] }
        var lines = ["slo:", "  window: \(window.text)"]
        for objective in objectives {
            var parts = ["target: \(objective.target)"]
            if let under = objective.under { parts.append("under: \(DurationText.text(under))") }
            if let of = objective.of { parts.append("of: \(YAMLText.flowScalar(of.text))") }
            if let slices = objective.slices { parts.append("slices: \(DurationText.text(slices))") }
            if let share = objective.sliceTarget { parts.append("slice-target: \(share)") }
            if objective.complete { parts.append("complete: true") }
            lines.append("  \(YAMLText.scalar(objective.name)): {\(parts.joined(separator: ", "))}")
        }
        return lines
    }

    private func alertLines(_ alerts: [Alert]) -> [String] {
        guard !alerts.isEmpty else { return ["alerts: []"] }
        return ["alerts:"]
            + alerts.map { alert in
                let factor = DecimalText.text(alert.factor.thousandths, decimals: 3)
                return "  - {\(alert.severity.rawValue): \(factor), long: \(DurationText.text(alert.long)), "
                    + "short: \(DurationText.text(alert.short))}"
            }
    }
}

/// Writes YAML scalars so that they are read back as the same text.
enum YAMLText {
    /// A scalar where the rest of the line is its own.
    static func scalar(_ text: String) -> String {
        isPlain(text, special: "") ? text : quoted(text)
    }

    /// A scalar inside `[…]` or `{…}`.
    static func flowScalar(_ text: String) -> String {
        isPlain(text, special: "[]{},\"'") ? text : quoted(text)
    }

    private static func isPlain(_ text: String, special: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
        if "-?:,[]{}#&*!|>'\"%@` =~".unicodeScalars.contains(first) || last == ":" || last == " " { return false }
        if ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased()) { return false }
        if text.contains(": ") || text.contains(" #") || text.hasPrefix("...") { return false }
        return text.unicodeScalars.allSatisfy { isPrintable($0) && !special.unicodeScalars.contains($0) }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 32 && scalar.value != 127 && !(0x80...0x9F).contains(scalar.value)
            && ![0x2028, 0x2029, 0xFEFF].contains(scalar.value)
    }

    /// Single quotes where nothing needs an escape, else double quotes.
    private static func quoted(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy(isPrintable) {
            return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        }
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                result += "\\\(scalar)"
            } else if isPrintable(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let width = scalar.value > 0xFFFF ? 8 : 4
                result += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return result + "\""
    }
}
