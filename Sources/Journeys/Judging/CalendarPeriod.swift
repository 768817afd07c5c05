import Foundation

/// The week, month or quarter of a time zone that an instant lies in.
///
/// A week begins on Monday. Days begin at the first instant of their date, so they have 23 or 25 hours when clocks
/// change, and a period is as long as its days are.
struct CalendarPeriod: Sendable, Hashable {
    /// The first nanosecond.
    let start: UInt64
    /// The nanosecond after the last.
    let end: UInt64

    /// The period that holds an instant; without a known time zone that of UTC.
    init(unit: String, timeZone: String, containing time: UInt64) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: timeZone) ?? .gmt
        let date = Date(timeIntervalSince1970: Double(time / 1_000_000_000))
        let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
        var first = DateComponents(year: parts.year, month: parts.month, day: 1)
        var next = first
        switch unit {
        case "week":
            // Sunday is 1.
            first.day = (parts.day ?? 1) - ((parts.weekday ?? 2) + 5) % 7
            next.day = (first.day ?? 1) + 7
        case "quarter":
            first.month = ((parts.month ?? 1) - 1) / 3 * 3 + 1
            next.month = (first.month ?? 1) + 3
        default:
            next.month = (parts.month ?? 1) + 1
        }
        let start = CalendarPeriod.nanoseconds(calendar.date(from: first)) ?? time
        let end = CalendarPeriod.nanoseconds(calendar.date(from: next)) ?? time
        self.start = min(start, time)
        self.end = max(end, time + 1)
    }

    private static func nanoseconds(_ date: Date?) -> UInt64? {
        guard let seconds = date?.timeIntervalSince1970, seconds < 9e9 else { return nil }
        return UInt64(max(0, seconds.rounded())) * 1_000_000_000
    }
}

/// Knows the periods that were asked for last: they change a few times a year.
struct CalendarPeriods: Sendable {
    private struct Key: Hashable {
        let unit: String
        let timeZone: String
    }

    private var known: [Key: CalendarPeriod] = [:]

    mutating func period(unit: String, timeZone: String, containing time: UInt64) -> CalendarPeriod {
        let key = Key(unit: unit, timeZone: timeZone)
        if let period = known[key], time >= period.start, time < period.end { return period }
        let period = CalendarPeriod(unit: unit, timeZone: timeZone, containing: time)
        known[key] = period
        return period
    }
}
