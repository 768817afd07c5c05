extension NumberFormat {
    private static let second: UInt64 = 1_000_000_000

    /// A duration in nanoseconds, 6 cells: `742ns`, `38.2ms`, `1.68s`, `94.0s`, `6m12s`, `2d09h`.
    package static func duration(_ nanoseconds: UInt64?) -> String {
        guard let value = nanoseconds else { return missing }
        if value < 1000 { return "\(value)ns" }
        if let text = threeDigits(value, unit: 1000) { return text + "µs" }
        if let text = threeDigits(value, unit: 1_000_000) { return text + "ms" }
        // One decimal is the last step that fits below 100 s; 99.95 s already reads as 1m40s.
        if value < 99_950_000_000, let text = threeDigits(value, unit: second) { return text + "s" }
        return twoUnits(seconds: value / second + (value % second >= second / 2 ? 1 : 0))
    }

    /// Time gone by, in whole seconds and at most two units: `42s`, `3m12s`, `9h32m`, `2d09h`.
    package static func elapsed(_ nanoseconds: UInt64?) -> String {
        guard let value = nanoseconds else { return missing }
        let seconds = value / second
        return seconds < 60 ? "\(seconds)s" : twoUnits(seconds: seconds)
    }

    /// An age in one unit, rounded down: `41s`, `25m`, `1h`, `11d`.
    package static func age(_ nanoseconds: UInt64?) -> String {
        guard let value = nanoseconds else { return missing }
        let seconds = value / second
        switch seconds {
        case 0..<60: return "\(seconds)s"
        case 60..<3600: return "\(seconds / 60)m"
        case 3600..<86_400: return "\(seconds / 3600)h"
        default: return "\(seconds / 86_400)d"
        }
    }

    /// Time of day in UTC, of Unix nanoseconds: `03:12:40`.
    package static func time(_ unixNanoseconds: UInt64?) -> String {
        guard let value = unixNanoseconds else { return missing }
        return clock(seconds: value / second)
    }

    /// Hours and minutes in UTC: `03:12`.
    package static func timeOfDay(_ unixNanoseconds: UInt64?) -> String {
        guard let value = unixNanoseconds else { return missing }
        return String(clock(seconds: value / second).prefix(5))
    }

    /// Time of day in UTC with milliseconds: `03:12:31.204`.
    package static func timeWithMilliseconds(_ unixNanoseconds: UInt64?) -> String {
        guard let value = unixNanoseconds else { return missing }
        return clock(seconds: value / second) + "." + padded(value % second / 1_000_000, to: 3)
    }

    /// Time of day if the instant is on the same UTC day as `now`, else the date: `12 Nov`.
    package static func time(_ unixNanoseconds: UInt64?, now: UInt64) -> String {
        guard let value = unixNanoseconds else { return missing }
        let day = second * 86_400
        return value / day == now / day ? time(value) : date(value)
    }

    /// Day and month in UTC: `12 Nov`.
    package static func date(_ unixNanoseconds: UInt64?) -> String {
        guard let value = unixNanoseconds else { return missing }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = civilDate(daysSinceEpoch: Int(value / second / 86_400))
        return "\(date.day) \(names[date.month - 1])"
    }

    /// Full date in UTC: `2024-11-12`.
    package static func isoDate(_ unixNanoseconds: UInt64?) -> String {
        guard let value = unixNanoseconds else { return missing }
        let date = civilDate(daysSinceEpoch: Int(value / second / 86_400))
        return padded(UInt64(date.year), to: 4) + "-" + padded(UInt64(date.month), to: 2) + "-"
            + padded(UInt64(date.day), to: 2)
    }

    /// Three digits of `value / unit`, or nil if that rounds to 1000 or more.
    private static func threeDigits(_ value: UInt64, unit: UInt64) -> String? {
        let half = unit / 2
        if value < unit * 10 {
            let hundredths = (value * 100 + half) / unit
            if hundredths < 1000 { return "\(hundredths / 100)." + padded(hundredths % 100, to: 2) }
        }
        if value < unit * 100 {
            let tenths = (value * 10 + half) / unit
            if tenths < 1000 { return "\(tenths / 10).\(tenths % 10)" }
        }
        guard value < unit * 1000 else { return nil }
        let whole = (value + half) / unit
        return whole < 1000 ? "\(whole)" : nil
    }

    /// Seconds in two units, the second one with two digits; days alone from 100 days, years from 10,000.
    private static func twoUnits(seconds: UInt64) -> String {
        if seconds < 3600 { return "\(seconds / 60)m" + padded(seconds % 60, to: 2) + "s" }
        let minutes = seconds / 60
        if minutes < 1440 { return "\(minutes / 60)h" + padded(minutes % 60, to: 2) + "m" }
        let hours = minutes / 60
        if hours < 2400 { return "\(hours / 24)d" + padded(hours % 24, to: 2) + "h" }
        let days = hours / 24
        return days < 10_000 ? "\(days)d" : "\(days / 365)y"
    }

    private static func clock(seconds: UInt64) -> String {
        let day = seconds % 86_400
        return padded(day / 3600, to: 2) + ":" + padded(day / 60 % 60, to: 2) + ":" + padded(day % 60, to: 2)
    }

    /// Gregorian date of a day, counting in years that start in March so that the leap day comes last.
    private static func civilDate(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
