/// The words of alerts and events.
enum JudgeWords {
    /// A rule as text, such as `page 14.4× 1h/5m`.
    static func rule(_ alert: JourneyDefinition.Alert) -> String {
        "\(alert.severity.rawValue) \(alert.factor) \(DurationText.text(alert.long))/\(DurationText.text(alert.short))"
    }

    /// What a burn alert says.
    static func burning(_ objective: String, _ alert: JourneyDefinition.Alert, long: Double?, short: Double?) -> String
    {
        let now = [(short, alert.short), (long, alert.long)].compactMap { burn, length in
            burn.map { "\(times($0))/\(DurationText.text(length))" }
        }
        let reading = now.isEmpty ? "burns its budget" : "burns " + now.joined(separator: " ")
        return "\"\(objective)\" \(reading), limit \(alert.factor) over \(DurationText.text(alert.long)) and "
            + DurationText.text(alert.short)
    }

    /// What an alert on a number of bad runs says.
    static func tooMany(_ objective: String?, bad: UInt64, limit: UInt64, window: String) -> String {
        let what = objective.map { "\"\($0)\" has \(bad) bad runs" } ?? "\(bad) runs failed"
        return "\(what) in \(window), max-bad is \(limit)"
    }

    /// What silence says.
    static func silence(_ length: UInt64, expected: Double) -> String {
        "no run for \(Self.length(length)), \(decimal(expected)) expected"
    }

    /// What a late source says.
    static func stale(_ length: UInt64) -> String {
        "the source is late by \(Self.length(length)): nothing can be judged"
    }

    /// What a change-point says.
    static func onset(_ onset: Onset) -> String {
        var parts: [String] = []
        if let before = onset.p95Before, let after = onset.p95After, onset.signals.contains(.latency) {
            parts.append("p95 \(duration(before)) → \(duration(after))")
        }
        if let before = onset.errorsBefore, let after = onset.errorsAfter, onset.signals.contains(.errors) {
            parts.append("errors \(decimal(before * 100, places: 2))% → \(decimal(after * 100, places: 2))%")
        }
        let what = onset.signals.map(\.rawValue).joined(separator: " and ")
        return parts.isEmpty ? "\(what) changed" : parts.joined(separator: ", ")
    }

    /// A burn rate, such as `42.6×`.
    static func times(_ burn: Double) -> String { decimal(burn, places: burn < 100 ? 1 : 0) + "×" }

    /// A number with so many decimals, rounded.
    static func decimal(_ value: Double, places: Int = 1) -> String {
        guard value.isFinite else { return "—" }
        let scale = [1.0, 10, 100][min(max(places, 0), 2)]
        let rounded = UInt64(min(abs(value) * scale, 1e15).rounded())
        let whole = rounded / UInt64(scale)
        let rest = String(rounded % UInt64(scale))
        let digits = String(repeating: "0", count: max(0, places - rest.utf8.count)) + rest
        return (value < 0 && rounded > 0 ? "−" : "") + (places > 0 ? "\(whole).\(digits)" : "\(whole)")
    }

    /// A length in its two greatest units, such as `23m40s`.
    static func length(_ nanoseconds: UInt64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3_600 { return "\(seconds / 60)m" + (seconds % 60 > 0 ? "\(seconds % 60)s" : "") }
        let minutes = seconds / 60
        if minutes < 1_440 { return "\(minutes / 60)h" + (minutes % 60 > 0 ? "\(minutes % 60)m" : "") }
        return "\(minutes / 1_440)d" + (minutes % 1_440 >= 60 ? "\(minutes % 1_440 / 60)h" : "")
    }

    /// A run's duration with about three digits.
    private static func duration(_ nanoseconds: UInt64) -> String {
        if nanoseconds >= 1_000_000_000 { return decimal(Double(nanoseconds) / 1e9, places: 2) + "s" }
        if nanoseconds >= 1_000_000 { return decimal(Double(nanoseconds) / 1e6, places: 0) + "ms" }
        return decimal(Double(nanoseconds) / 1e3, places: 0) + "µs"
    }
}
