/// Reads and writes durations as people spell them: `1.2s`, `500ms`, `1h30m`, `28d`.
package enum DurationText {
    /// What a duration looks like, for messages.
    package static let form = "a duration such as 500ms, 1.2s, 5m, 1h30m or 28d"

    /// The known units with their length in nanoseconds, longest first.
    package static let units: [(name: String, nanoseconds: UInt64)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// Reads a duration as whole nanoseconds, or returns nil when it is none, has parts of a nanosecond or is too long.
    package static func nanoseconds(_ text: String) -> UInt64? {
        var rest = Substring(text)
        var total: UInt64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) }
            rest = rest[unit.endIndex...]
            guard let part = nanoseconds(number, unit: unit) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        return total
    }

    /// Writes a duration in the largest unit that says it exactly with at most three decimals.
    package static func text(_ nanoseconds: UInt64) -> String {
        guard nanoseconds > 0 else { return "0s" }
        for unit in units where unit.name != "w" && nanoseconds >= unit.nanoseconds {
            if nanoseconds.isMultiple(of: unit.nanoseconds) { return "\(nanoseconds / unit.nanoseconds)\(unit.name)" }
            let decimal = unit.nanoseconds <= 1_000_000_000 && unit.nanoseconds >= 1_000
            if decimal, nanoseconds.isMultiple(of: unit.nanoseconds / 1_000) {
                return DecimalText.text(nanoseconds / (unit.nanoseconds / 1_000), decimals: 3) + unit.name
            }
        }
        return "\(nanoseconds)ns"
    }

    private static func nanoseconds(_ number: Substring, unit name: Substring) -> UInt64? {
        let spelled = name == "µs" || name == "μs" ? "us" : String(name)
        guard let unit = units.first(where: { $0.name == spelled })?.nanoseconds else { return nil }
        let point = number.firstIndex(of: ".") ?? number.endIndex
        let billion: UInt64 = 1_000_000_000
        guard let whole = try? DecimalText.scaled(number[..<point], decimals: 0),
            let fraction = try? DecimalText.scaled("0" + number[point...], decimals: 9)
        else { return nil }
        let (high, low) = fraction.multipliedFullWidth(by: unit)
        let (part, remainder) = billion.dividingFullWidth((high, low))
        let (product, over) = whole.multipliedReportingOverflow(by: unit)
        let (sum, carry) = product.addingReportingOverflow(part)
        return remainder == 0 && !over && !carry ? sum : nil
    }
}
