import Journeys
import TerminalKit

/// Until when somebody wants silence.
struct MuteUntil: Equatable {
    /// Unix nanoseconds.
    let instant: UInt64

    /// What cannot be understood, and what was expected.
    struct Problem: Error, Equatable {
        let message: String
    }

    private static let day: UInt64 = 86_400_000_000_000

    /// An instant that is known, in Unix nanoseconds.
    init(instant: UInt64) { self.instant = instant }

    /// Reads `2h`, `08:00` for the next time it is eight (UTC), or `2026-04-13T08:00`.
    init(_ text: String, now: UInt64) throws(Problem) {
        guard !text.isEmpty else { throw Problem(message: "until when? 2h, 08:00 or 2026-04-13T08:00 (UTC)") }
        guard let instant = MuteUntil.instant(text, now: now) else {
            throw Problem(message: "\"\(text)\" is no time: expected 2h, 08:00 or 2026-04-13T08:00 (UTC)")
        }
        guard instant > now else { throw Problem(message: "\(text) is over already") }
        self.instant = instant
    }

    /// When and how long from now, such as `08:00 (4h47m)`.
    func text(now: UInt64) -> String {
        let isToday = instant / MuteUntil.day == now / MuteUntil.day
        let time = (isToday ? "" : NumberFormat.isoDate(instant) + " ") + NumberFormat.timeOfDay(instant)
        return "\(time) UTC (\(NumberFormat.elapsed(instant - min(now, instant))))"
    }

    private static func instant(_ text: String, now: UInt64) -> UInt64? {
        if let length = DurationText.nanoseconds(text), length > 0 {
            let (sum, overflow) = now.addingReportingOverflow(length)
            return overflow ? nil : sum
        }
        if let time = timeOfDay(text[...]) {
            let today = now / day * day + time
            return today > now ? today : today + day
        }
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let date = date(parts[0]), let time = timeOfDay(parts[1]) else { return nil }
        return date * day + time
    }

    /// Nanoseconds after midnight of `08:00` or `08:00:30`.
    private static func timeOfDay(_ text: Substring) -> UInt64? {
        let text = text.hasSuffix("Z") ? text.dropLast() : text
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { number($0) }
        guard (2...3).contains(parts.count), !parts.contains(nil) else { return nil }
        let numbers = parts.compactMap { $0 } + (parts.count == 2 ? [0] : [])
        guard numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
        return (numbers[0] * 3600 + numbers[1] * 60 + numbers[2]) * 1_000_000_000
    }

    /// Days from 1970 to a date such as `2026-04-13`.
    private static func date(_ text: Substring) -> UInt64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { number($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            (1970...2500).contains(year), (1...12).contains(month), day >= 1
        else { return nil }
        let isLeap = (year.isMultiple(of: 4) && !year.isMultiple(of: 100)) || year.isMultiple(of: 400)
        let lengths: [UInt64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month) - 1] else { return nil }
        let before = year - 1
        let leaps = (before / 4 - before / 100 + before / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400)
        return (year - 1970) * 365 + leaps + lengths.prefix(Int(month) - 1).reduce(0, +) + day - 1
    }

    /// A number of at most four digits.
    private static func number(_ text: Substring) -> UInt64? {
        guard (1...4).contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return UInt64(text)
    }
}
