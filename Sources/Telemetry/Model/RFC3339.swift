/// Moments as RFC 3339 writes them, such as `2026-11-23T03:12:40.25+01:00`, and Unix nanoseconds.
package enum RFC3339 {
    /// The moment in Unix nanoseconds; nil for a text that is none, or is before 1970 or after 2554.
    ///
    /// Digits of a second past the ninth are left out. A leap second counts as the second after it.
    package static func nanoseconds(_ text: String) -> UInt64? {
        var scan = Scan(bytes: Array(text.utf8))
        guard let year = scan.number(4), scan.take("-"), let month = scan.number(2), scan.take("-"),
            let day = scan.number(2), scan.take("T", "t", " "), let hour = scan.number(2), scan.take(":"),
            let minute = scan.number(2), scan.take(":"), let second = scan.number(2),
            (1...12).contains(month), (1...days(in: month, year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        guard let fraction = scan.fraction(), let offset = scan.offset(), scan.isAtEnd else { return nil }
        let seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        guard seconds >= 0 else { return nil }
        let (product, isOver) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isAlsoOver) = product.addingReportingOverflow(fraction)
        return isOver || isAlsoOver ? nil : sum
    }

    /// The moment as text in UTC, with nine digits of a second where it is not a whole one.
    package static func text(_ nanoseconds: UInt64) -> String {
        let seconds = Int(nanoseconds / 1_000_000_000)
        let rest = nanoseconds % 1_000_000_000
        let (year, month, day) = date(daysSince1970: seconds / 86_400)
        let time = seconds % 86_400
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let clock = "\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
        return "\(date)T\(clock)\(rest == 0 ? "" : ".\(padded(Int(rest), 9))")Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(in month: Int, _ year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Leap days from the year 1 to the end of the year before.
    private static func leapDays(before year: Int) -> Int {
        let last = year - 1
        return last / 4 - last / 100 + last / 400
    }

    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let years = (year - 1970) * 365 + leapDays(before: max(1, year)) - leapDays(before: 1970)
        return years + (1..<month).reduce(0) { $0 + days(in: $1, year) } + day - 1
    }

    private static func date(daysSince1970 count: Int) -> (year: Int, month: Int, day: Int) {
        // 146,097 days are 400 years; the guess is right or one too many.
        var year = 1970 + count * 400 / 146_097
        while daysSince1970(year, 1, 1) > count { year -= 1 }
        while daysSince1970(year + 1, 1, 1) <= count { year += 1 }
        var rest = count - daysSince1970(year, 1, 1)
        var month = 1
        while rest >= days(in: month, year) {
            rest -= days(in: month, year)
            month += 1
        }
        return (year, month, rest + 1)
    }

    private struct Scan {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func digit() -> Int? {
            guard position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 else { return nil }
            position += 1
            return Int(bytes[position - 1] - 0x30)
        }

        mutating func number(_ width: Int) -> Int? {
            var number = 0
            for _ in 0..<width {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        mutating func take(_ choices: Unicode.Scalar...) -> Bool {
            guard position < bytes.count, choices.contains(Unicode.Scalar(bytes[position])) else { return false }
            position += 1
            return true
        }

        /// The fraction of a second in nanoseconds; zero without one, nil for a point without digits.
        mutating func fraction() -> UInt64? {
            guard take(".") else { return 0 }
            guard let first = digit() else { return nil }
            var value = UInt64(first) * 100_000_000
            var scale: UInt64 = 10_000_000
            while let digit = digit() {
                value += UInt64(digit) * scale
                scale /= 10
            }
            return value
        }

        /// The distance from UTC in seconds.
        mutating func offset() -> Int? {
            if take("Z", "z") { return 0 }
            let sign = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
            else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}
