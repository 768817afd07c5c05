/// The `startTime` of a calendar window: a date and a time of day without a zone.
struct OpenSLOStart {
    /// What it looks like, for messages.
    static let form = "a date and a time such as 2024-01-01 00:00:00"

    private let month: Int
    private let day: Int
    private let isMidnight: Bool
    private let daysSinceMonday: Int

    /// Reads `2024-01-01 00:00:00`, also with a `T` between its parts; nil when it is no such time.
    init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == " " || $0 == "T" }
        guard parts.count == 2,
            let date = OpenSLOStart.numbers(parts[0], "-", digits: [4, 2, 2]),
            let time = OpenSLOStart.numbers(parts[1], ":", digits: [2, 2, 2]),
            (1...12).contains(date[1]), (1...OpenSLOStart.days(in: date[1], of: date[0])).contains(date[2]),
            time[0] < 24, time[1] < 60, time[2] < 60
        else { return nil }
        month = date[1]
        day = date[2]
        isMidnight = time == [0, 0, 0]
        daysSinceMonday = OpenSLOStart.daysSinceMonday(date[0], date[1], date[2])
    }

    /// Whether a week, month or quarter of the calendar begins at this time.
    func begins(_ unit: String) -> Bool {
        switch unit {
        case "week": isMidnight && daysSinceMonday == 0
        case "month": isMidnight && day == 1
        default: isMidnight && day == 1 && month % 3 == 1
        }
    }

    private static func numbers(_ text: Substring, _ separator: Character, digits: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == digits else { return nil }
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
        }
        return numbers.count == digits.count ? numbers : nil
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// How many days a date lies after a Monday; the Gregorian calendar from the year 0 on, which began on a Saturday.
    private static func daysSinceMonday(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let before = max(0, year - 1)
        let leapDays = year == 0 ? 0 : before / 4 - before / 100 + before / 400 + 1
        let earlier = (1..<month).reduce(0) { $0 + days(in: $1, of: year) }
        return (year * 365 + leapDays + earlier + day - 1 + 5) % 7
    }
}
