/// OpenSLO's short form of durations: a whole number and one of `m h d w M Q Y`.
struct OpenSLODuration: Hashable {
    /// What it looks like, for messages.
    static let form = "a whole number and one of m, h, d, w, M, Q, Y, such as 5m, 28d or 1M"

    /// The number before the unit.
    let count: UInt64
    /// The unit's letter.
    let unit: Character

    private static let minute: UInt64 = 60_000_000_000
    /// The units of a fixed length in nanoseconds, longest first.
    private static let fixed: [(unit: Character, nanoseconds: UInt64)] = [
        ("w", 10_080 * minute), ("d", 1_440 * minute), ("h", 60 * minute), ("m", minute),
    ]
    /// What a unit of the calendar is read as where it rolls, in days: what the format's own tools do.
    private static let days: [Character: UInt64] = ["M": 30, "Q": 90, "Y": 365]

    /// Reads a duration; nil when it is none.
    init?(_ text: String) {
        guard let unit = text.last, OpenSLODuration.isUnit(unit),
            let count = try? DecimalText.scaled(text.dropLast(), decimals: 0), !text.contains(".")
        else { return nil }
        self.count = count
        self.unit = unit
    }

    /// The duration that is at least so many nanoseconds, and whether it is exactly that.
    static func covering(_ nanoseconds: UInt64) -> (text: String, isExact: Bool) {
        for (unit, length) in fixed where unit != "w" && nanoseconds.isMultiple(of: length) && nanoseconds > 0 {
            return ("\(nanoseconds / length)\(unit)", true)
        }
        return ("\(nanoseconds / minute + 1)m", false)
    }

    /// Whether the unit is one of the calendar, whose length varies.
    var isCalendar: Bool { OpenSLODuration.days[unit] != nil }

    /// The length in nanoseconds, months being 30 days, quarters 90 and years 365; nil when it does not fit.
    var nanoseconds: UInt64? {
        let length = OpenSLODuration.fixed.first { $0.unit == unit }?.nanoseconds
        guard let each = length ?? OpenSLODuration.days[unit].map({ $0 * 1_440 * OpenSLODuration.minute }) else {
            return nil
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: each)
        return overflow ? nil : product
    }

    private static func isUnit(_ letter: Character) -> Bool {
        fixed.contains { $0.unit == letter } || days[letter] != nil
    }
}
