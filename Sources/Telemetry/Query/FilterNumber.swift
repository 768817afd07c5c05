/// A number as a filter writes it, with its unit.
package enum FilterNumber: Sendable, Hashable {
    case integer(Int64)
    case decimal(Double)
    /// Nanoseconds.
    case duration(Int64)
    case bytes(Int64)
    /// As written: `99.5%` is 99.5. It compares as the fraction 0.995.
    case percent(Double)

    /// The number as a whole, when it is one: nanoseconds for durations, bytes for sizes.
    package var wholeValue: Int64? {
        switch self {
        case .integer(let value), .duration(let value), .bytes(let value): value
        case .decimal(let value): Int64(exactly: value)
        case .percent(let value): Int64(exactly: value / 100)
        }
    }

    /// The number as a double: nanoseconds for durations, bytes for sizes, the fraction for percents.
    package var doubleValue: Double {
        switch self {
        case .integer(let value), .duration(let value), .bytes(let value): Double(value)
        case .decimal(let value): value
        case .percent(let value): value / 100
        }
    }

    /// Which numbers can stand at the two ends of one range.
    var unitClass: Int {
        switch self {
        case .integer, .decimal: 0
        case .duration: 1
        case .bytes: 2
        case .percent: 3
        }
    }

    /// Whether `self` is at most `other`; both have the same unit class.
    func isAtMost(_ other: FilterNumber) -> Bool {
        if let left = wholeValue, let right = other.wholeValue { return left <= right }
        return doubleValue <= other.doubleValue
    }
}

// MARK: - Reading

extension FilterNumber {
    /// What a run of characters is, read as a number.
    enum Reading: Equatable {
        case number(FilterNumber)
        /// Not a number at all, such as a word or `0042` (an id, not forty-two).
        case notANumber
        /// A number followed by a unit that is none.
        case unknownUnit(String)
        case tooLarge
    }

    private enum Unit {
        case nanoseconds(UInt64)
        case bytes(UInt64)
        case percent

        init?(_ text: String) {
            switch text {
            case "ns": self = .nanoseconds(1)
            case "us", "\u{B5}s", "\u{3BC}s": self = .nanoseconds(1_000)
            case "ms": self = .nanoseconds(1_000_000)
            case "s": self = .nanoseconds(1_000_000_000)
            case "m": self = .nanoseconds(60_000_000_000)
            case "h": self = .nanoseconds(3_600_000_000_000)
            case "B": self = .bytes(1)
            case "KiB": self = .bytes(1 << 10)
            case "MiB": self = .bytes(1 << 20)
            case "%": self = .percent
            default: return nil
            }
        }
    }

    /// Digits of one number, before its unit: mantissa / 10^fractionDigits.
    private struct Digits {
        var mantissa: UInt64 = 0
        var fractionDigits = 0
        var overflowed = false
        var hasFraction = false

        private static let mostFractionDigits = 15

        mutating func append(_ digit: UInt8, inFraction: Bool) {
            if inFraction && fractionDigits == Digits.mostFractionDigits { return }
            let (shifted, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(UInt64(digit))
            if overflow || carry {
                overflowed = true
                return
            }
            mantissa = sum
            if inFraction { fractionDigits += 1 }
        }

        /// The number times `factor`, cut to a whole; nil when it does not fit 64 bits.
        func scaled(by factor: UInt64) -> UInt64? {
            guard !overflowed else { return nil }
            var divisor: UInt64 = 1
            for _ in 0..<fractionDigits { divisor *= 10 }
            let product = mantissa.multipliedFullWidth(by: factor)
            guard product.high < divisor else { return nil }
            return divisor.dividingFullWidth(product).quotient
        }
    }

    /// Reads a whole run of characters: an optional minus, digits with an optional fraction, an optional unit.
    /// Durations may be compound (`1h30m`).
    static func read(_ text: some Sequence<UInt8>) -> Reading {
        let bytes = Array(text)
        var position = 0
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { position = 1 }
        guard hasCanonicalStart(bytes, at: position) else { return .notANumber }

        var nanoseconds: UInt64 = 0
        var isCompound = false
        while position < bytes.count {
            let start = position
            guard let digits = readDigits(bytes, &position) else { return .notANumber }
            let unitStart = position
            while position < bytes.count, !isDigit(bytes[position]) { position += 1 }
            let unitText = String(decoding: bytes[unitStart..<position], as: UTF8.self)
            if unitText.isEmpty {
                guard !isCompound else { return .notANumber }
                return plain(digits, text: bytes[start..<position], isNegative: isNegative)
            }
            guard let unit = Unit(unitText) else {
                return position == bytes.count && !isCompound ? .unknownUnit(unitText) : .notANumber
            }
            if case .nanoseconds(let factor) = unit {
                guard let part = digits.scaled(by: factor) else { return .tooLarge }
                let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
                guard !overflow else { return .tooLarge }
                nanoseconds = sum
                isCompound = true
                continue
            }
            guard position == bytes.count, !isCompound else { return .notANumber }
            return single(digits, unit, text: bytes[start..<unitStart], isNegative: isNegative)
        }
        guard let value = signed(nanoseconds, isNegative) else { return .tooLarge }
        return .number(.duration(value))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// A digit, but no leading zero before another digit.
    private static func hasCanonicalStart(_ bytes: [UInt8], at position: Int) -> Bool {
        guard position < bytes.count, isDigit(bytes[position]) else { return false }
        let next = position + 1
        return bytes[position] != 0x30 || next == bytes.count || !isDigit(bytes[next])
    }

    private static func readDigits(_ bytes: [UInt8], _ position: inout Int) -> Digits? {
        var digits = Digits()
        guard position < bytes.count, isDigit(bytes[position]) else { return nil }
        while position < bytes.count, isDigit(bytes[position]) {
            digits.append(bytes[position] - 0x30, inFraction: false)
            position += 1
        }
        guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return digits }
        position += 1
        guard position < bytes.count, isDigit(bytes[position]) else { return nil }
        digits.hasFraction = true
        while position < bytes.count, isDigit(bytes[position]) {
            digits.append(bytes[position] - 0x30, inFraction: true)
            position += 1
        }
        return digits
    }

    private static func plain(_ digits: Digits, text: ArraySlice<UInt8>, isNegative: Bool) -> Reading {
        if !digits.hasFraction, !digits.overflowed, let value = signed(digits.mantissa, isNegative) {
            return .number(.integer(value))
        }
        return finite(text, isNegative).map { .number(.decimal($0)) } ?? .tooLarge
    }

    private static func single(
        _ digits: Digits, _ unit: Unit, text: ArraySlice<UInt8>, isNegative: Bool
    ) -> Reading {
        switch unit {
        case .percent:
            return finite(text, isNegative).map { .number(.percent($0)) } ?? .tooLarge
        case .bytes(let factor), .nanoseconds(let factor):
            // Durations come in parts and are summed by the caller; only sizes get here.
            guard let value = digits.scaled(by: factor).flatMap({ signed($0, isNegative) }) else { return .tooLarge }
            return .number(.bytes(value))
        }
    }

    private static func finite(_ text: ArraySlice<UInt8>, _ isNegative: Bool) -> Double? {
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return isNegative ? -value : value
    }

    private static func signed(_ magnitude: UInt64, _ isNegative: Bool) -> Int64? {
        if !isNegative { return Int64(exactly: magnitude) }
        if magnitude == UInt64(Int64.max) + 1 { return Int64.min }
        return Int64(exactly: magnitude).map { -$0 }
    }
}

// MARK: - Writing

extension FilterNumber {
    /// The number as a filter writes it; reading it gives the same number.
    package var spelling: String {
        switch self {
        case .integer(let value): String(value)
        case .decimal(let value): FilterNumber.positional(value)
        case .duration(let value): FilterNumber.durationSpelling(value)
        case .bytes(let value): "\(value)B"
        case .percent(let value): FilterNumber.trimmed(value) + "%"
        }
    }

    private static func durationSpelling(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "0s" }
        let units: [(Int64, String)] = [
            (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"),
        ]
        for (factor, unit) in units where nanoseconds % factor == 0 { return "\(nanoseconds / factor)\(unit)" }
        return "\(nanoseconds)ns"
    }

    private static func trimmed(_ value: Double) -> String {
        let text = positional(value)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The shortest digits that read back as the same double, never with an exponent.
    private static func positional(_ value: Double) -> String {
        let text = value.description
        guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else {
            return text
        }
        let isNegative = value.sign == .minus
        let mantissa = text[..<mark].filter { $0 != "-" }
        let whole = mantissa.prefix { $0 != "." }
        let fraction = mantissa.dropFirst(whole.count + 1)
        var digits = whole + fraction
        if fraction == "0" { digits = whole }
        let point = whole.count + exponent
        let magnitude: String
        if point <= 0 {
            magnitude = "0." + String(repeating: "0", count: -point) + digits
        } else if point >= digits.count {
            magnitude = digits + String(repeating: "0", count: point - digits.count) + ".0"
        } else {
            magnitude = digits.prefix(point) + "." + digits.dropFirst(point)
        }
        return isNegative ? "-" + magnitude : magnitude
    }
}
