/// Numbers as people read them on every screen (SCREENS section 13): three digits and a unit.
///
/// Missing and not representable (nil, NaN, infinite) is `—`, never 0. Minus is U+2212.
package enum NumberFormat {
    /// What stands for a number that is not there.
    package static let missing = "—"
    /// What stands for a number that makes no sense here.
    package static let notApplicable = "n/a"
    /// What stands for a number whose query failed.
    package static let failed = "err"

    // MARK: Counts and rates

    /// A count, at most 5 cells: `400`, `12.9k`, `1.21M`.
    package static func count(_ value: Int?) -> String {
        guard let value else { return missing }
        let digits = magnitude(Double(value.magnitude), wholeBelow: 1000)
        return value < 0 ? minus + digits : digits
    }

    /// A rate from events per second: `42.6/s`, `1.90k/s`; below 0.1/s per minute, below 10/h per hour.
    package static func rate(perSecond: Double?) -> String {
        guard let value = perSecond, value.isFinite, value >= 0 else { return missing }
        if value == 0 { return "0/m" }
        if value >= 0.1 { return magnitude(value) + "/s" }
        if value * 3600 >= 10 - 1e-9 { return trimmed(value * 60) + "/m" }
        let hourly = value * 3600
        return hourly < 0.1 ? "<0.1/h" : trimmed(hourly) + "/h"
    }

    /// Bytes in binary units: `412MiB`, `4.19GiB`.
    package static func bytes(_ value: UInt64?) -> String {
        guard let value else { return missing }
        if value < 1000 { return "\(value)B" }
        var amount = Double(value)
        var unit = 0
        repeat {
            amount /= 1024
            unit += 1
        } while rounded(amount, decimals: 0) >= 1000 && unit < 6
        return threeDigits(amount) + ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][unit]
    }

    /// Bytes per second in decimal units, as networks are billed: `1.90MB/s`.
    package static func byteRate(perSecond: Double?) -> String {
        guard let value = perSecond, value.isFinite, value >= 0 else { return missing }
        let digits = magnitude(value, wholeBelow: 1000)
        guard let last = digits.last, last.isLetter else { return digits + "B/s" }
        return digits + "B/s"
    }

    // MARK: Shares

    /// A share between 0 and 1 as percent: `1.90%`, `21.3%`, `99.80%`, `<0.01%`.
    ///
    /// `100%` is printed for all, and never for nearly all.
    package static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return missing }
        let text = percentDigits(abs(share) * 100) + "%"
        return share < 0 && !text.allSatisfy({ "0.%".contains($0) }) ? minus + text : text
    }

    /// The share of `part` in `total`; below the floor the counts themselves: `0/7`.
    package static func share(
        _ part: Int, of total: Int, floor: SampleFloor = .errorRate
    ) -> String {
        guard total > 0 else { return missing }
        guard floor.allows(total) else { return "\(part)/\(total)" }
        return percent(Double(part) / Double(total))
    }

    /// How many times faster than allowed a budget burns: `0.4×`, `42.6×`, `113×`.
    package static func burn(_ factor: Double?) -> String {
        guard let factor, factor.isFinite, factor >= 0 else { return missing }
        return times(factor) + "×"
    }

    /// A ratio: `×4.5`, `×15.7`, `×411`.
    package static func ratio(_ factor: Double?) -> String {
        guard let factor, factor.isFinite, factor >= 0 else { return missing }
        return "×" + times(factor)
    }

    private static func times(_ factor: Double) -> String {
        if rounded(factor, decimals: 1) < 100 { return fixed(factor, decimals: 1) }
        return magnitude(factor, wholeBelow: 1000)
    }

    private static func percentDigits(_ percent: Double) -> String {
        if percent == 0 { return "0.00" }
        if percent < 0.01 { return "<0.01" }
        if rounded(percent, decimals: 2) < 10 { return fixed(percent, decimals: 2) }
        if rounded(percent, decimals: 1) < 99 { return fixed(percent, decimals: 1) }
        if percent < 100 { return fixed(min(percent, 99.99), decimals: 2) }
        return magnitude(percent, wholeBelow: 1000)
    }

    // MARK: Changes

    /// A change of a duration, always signed: `+1.28s`, `−6ms`; whole units below a second unless `precise`.
    package static func change(nanoseconds: Int64?, precise: Bool = false) -> String {
        guard let value = nanoseconds else { return missing }
        if value == 0 { return "0ms" }
        let size = value.magnitude
        let text = precise || size >= 999_500_000 ? duration(size) : wholeDuration(size)
        return sign(negative: value < 0) + text
    }

    /// A change of a share, in percentage points: `+4.51pp`, `−0.01pp`, `0.00pp`.
    package static func change(share: Double?) -> String {
        guard let share, share.isFinite else { return missing }
        let points = abs(share) * 100
        if rounded(points, decimals: 2) == 0 { return "0.00pp" }
        let digits =
            rounded(points, decimals: 2) < 10
            ? fixed(points, decimals: 2)
            : rounded(points, decimals: 1) < 100 ? fixed(points, decimals: 1) : times(points)
        return sign(negative: share < 0) + digits + "pp"
    }

    /// A change of a count: `+12`, `−3`, `0`.
    package static func change(count value: Int?) -> String {
        guard let value else { return missing }
        return value == 0 ? "0" : sign(negative: value < 0) + count(Int(clamping: value.magnitude))
    }

    private static func sign(negative: Bool) -> String { negative ? minus : "+" }

    /// Whole nanoseconds, microseconds or milliseconds.
    private static func wholeDuration(_ nanoseconds: UInt64) -> String {
        if nanoseconds < 1000 { return "\(nanoseconds)ns" }
        let micro = (nanoseconds + 500) / 1000
        if micro < 1000 { return "\(micro)µs" }
        return "\((nanoseconds + 500_000) / 1_000_000)ms"
    }

    // MARK: Digits

    static let minus = "\u{2212}"

    /// Three digits with k, M, G, T, P, E; numbers below `wholeBelow` as whole numbers.
    private static func magnitude(_ value: Double, wholeBelow: Double = 0) -> String {
        if value < wholeBelow, rounded(value, decimals: 0) < 1000 { return fixed(value, decimals: 0) }
        var amount = value
        var unit = 0
        while rounded(amount, decimals: 0) >= 1000, unit < 6 {
            amount /= 1000
            unit += 1
        }
        return threeDigits(amount) + ["", "k", "M", "G", "T", "P", "E"][unit]
    }

    /// Three digits; a whole number loses its decimals (`7`, not `7.00`).
    private static func trimmed(_ value: Double) -> String {
        let text = threeDigits(value)
        guard abs(value - value.rounded()) < 0.005 else { return text }
        return fixed(value, decimals: 0)
    }

    /// Three digits: 2 decimals below 10, 1 below 100, none above; rounding never shows four.
    private static func threeDigits(_ value: Double) -> String {
        if rounded(value, decimals: 2) < 10 { return fixed(value, decimals: 2) }
        if rounded(value, decimals: 1) < 100 { return fixed(value, decimals: 1) }
        return fixed(value, decimals: 0)
    }

    private static func scale(_ decimals: Int) -> Double { decimals == 0 ? 1 : decimals == 1 ? 10 : 100 }

    private static func rounded(_ value: Double, decimals: Int) -> Double {
        (value * scale(decimals)).rounded() / scale(decimals)
    }

    /// A number with 0, 1 or 2 decimals; without Foundation and its locale.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scaled = (abs(value) * scale(decimals)).rounded()
        guard scaled < 9e18 else { return ">9E" }
        let whole = UInt64(scaled)
        let unit = UInt64(scale(decimals))
        let sign = value < 0 && whole > 0 ? minus : ""
        guard decimals > 0 else { return sign + "\(whole)" }
        return sign + "\(whole / unit)." + padded(whole % unit, to: decimals)
    }

    /// A number with leading zeros.
    static func padded(_ value: UInt64, to digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// How many samples a statistic needs before it is shown (SCREENS section 13).
package enum SampleFloor: Int, Sendable, CaseIterable {
    case p50 = 5
    case p95 = 20
    /// Error shares and burn, per window.
    case errorRate = 30
    /// p99, and latency of a release on each side.
    case p99 = 100

    package static let burn = SampleFloor.errorRate
    package static let releaseLatency = SampleFloor.p99

    /// True if this many samples are enough.
    package func allows(_ samples: Int) -> Bool { samples >= rawValue }
}
