/// Writes and reads moments as RFC 3339 in UTC, exactly and without a locale.
package enum Timestamp {
    private static let billion: UInt64 = 1_000_000_000

    /// A moment in Unix nanoseconds as `2026-11-23T02:49:00.120Z`; milliseconds are left out where they are zero.
    package static func text(_ nanoseconds: UInt64) -> String {
        let seconds = nanoseconds / billion
        let (year, month, day) = civil(days: Int(seconds / 86_400))
        let rest = Int(seconds % 86_400)
        let milliseconds = Int(nanoseconds % billion / 1_000_000)
        let clock = "\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        let fraction = milliseconds == 0 ? "" : "." + (milliseconds < 100 ? "0" : "") + two(milliseconds)
        return "\(year)-\(two(month))-\(two(day))T\(clock)\(fraction)Z"
    }

    /// Unix nanoseconds of an RFC 3339 time with its zone, or of whole nanoseconds in digits; nil for anything else.
    package static func nanoseconds(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        guard bytes.count <= 40 else { return nil }
        if bytes.count >= 15, bytes.allSatisfy(isDigit) { return UInt64(text) }
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            year >= 1970, (1...12).contains(month), (1...length(of: month, year: year)).contains(day), hour < 24,
            minute < 60, second < 60
        else { return nil }
        guard let (fraction, zone) = fraction(bytes[19...]), let offset = offset(zone) else { return nil }
        let seconds = days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        guard seconds >= 0 else { return nil }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: billion)
        let (sum, carry) = product.addingReportingOverflow(fraction)
        return overflow || carry ? nil : sum
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.allSatisfy(isDigit) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// The nanoseconds after the point, and what follows them.
    private static func fraction(_ bytes: ArraySlice<UInt8>) -> (UInt64, ArraySlice<UInt8>)? {
        guard bytes.first == UInt8(ascii: ".") else { return (0, bytes) }
        let digits = bytes.dropFirst().prefix(while: isDigit)
        guard !digits.isEmpty, digits.count <= 9, let value = number(digits) else { return nil }
        let scaled = (digits.count..<9).reduce(UInt64(value)) { value, _ in value * 10 }
        return (scaled, bytes[digits.endIndex...])
    }

    /// How far a zone is ahead of UTC, in seconds.
    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
        let zone = Array(bytes)
        if zone.count == 1 { return zone[0] | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        guard zone.count == 6, zone[3] == UInt8(ascii: ":"), let hours = number(zone[1..<3]),
            let minutes = number(zone[4..<6]), hours < 24, minutes < 60
        else { return nil }
        switch zone[0] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private static func length(of month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970 to the first of a year.
    private static func days(toYear year: Int) -> Int {
        let before = year - 1
        return 365 * (year - 1_970) + (before / 4 - before / 100 + before / 400)
            - (1_969 / 4 - 1_969 / 100 + 1_969 / 400)
    }

    private static func days(year: Int, month: Int, day: Int) -> Int {
        days(toYear: year) + (1..<month).reduce(0) { $0 + length(of: $1, year: year) } + day - 1
    }

    /// The calendar day so many days after 1 January 1970.
    private static func civil(days: Int) -> (Int, Int, Int) {
        var year = 1_970 + days / 366
        while Self.days(toYear: year + 1) <= days { year += 1 }
        var rest = days - Self.days(toYear: year)
        var month = 1
        while rest >= length(of: month, year: year) {
            rest -= length(of: month, year: year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}
