import Foundation

/// The files of a history in its folder.
package struct HistoryFolder: Sendable, Hashable {
    /// The folder.
    package let path: String

    /// Names a folder.
    package init(path: String) {
        self.path = path
    }

    /// `$XDG_STATE_HOME/waymark`, or `~/.local/state/waymark`.
    package init(environment: [String: String]) {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            path = state + "/waymark"
        } else {
            path = (environment["HOME"] ?? "") + "/.local/state/waymark"
        }
    }

    /// The database.
    package var database: String { path + "/history.sqlite" }
    /// Held by the one who writes, with the process id in it.
    var lock: String { path + "/history.lock" }
    /// Held by the one who writes for the time of a commit, and by who makes a copy for the time of that.
    var gate: String { path + "/history.gate" }

    /// Makes the folder where it is not there; only its owner may look into it.
    ///
    /// - Throws: ``HistoryError`` that names the folder.
    func make() throws(HistoryError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw HistoryError(
                .inaccessible, "the folder \(path) cannot be made: \(SystemError.text(of: error)); set XDG_STATE_HOME")
        }
    }

    /// Gives the database, and what SQLite keeps beside it, a dated name that nothing has yet.
    ///
    /// - Parameters:
    ///   - why: A word for the name, such as `corrupt`.
    ///   - now: Unix nanoseconds.
    /// - Returns: The new path.
    /// - Throws: ``HistoryError`` when the file cannot be renamed.
    func setAside(_ why: String, now: UInt64) throws(HistoryError) -> String {
        let stem = "\(path)/history-\(CalendarText.stamp(now))-\(why)"
        var target = stem + ".sqlite"
        var number = 2
        while SystemFile.exists(target) || SystemFile.exists(target + "-wal") {
            target = "\(stem)-\(number).sqlite"
            number += 1
        }
        for suffix in ["-wal", "-journal", "-shm", ""] where SystemFile.exists(database + suffix) {
            guard rename(database + suffix, target + suffix) == 0 else {
                throw HistoryError(
                    .inaccessible,
                    "\(database)\(suffix) cannot be set aside as \(target)\(suffix): \(SystemError.text())")
            }
        }
        return target
    }
}

/// Moments in names of files.
package enum CalendarText {
    /// A moment as `20261123T081500Z`.
    package static func stamp(_ nanoseconds: UInt64) -> String {
        let moment = civil(nanoseconds)
        return "\(padded(moment.year, 4))\(padded(moment.month, 2))\(padded(moment.day, 2))T"
            + "\(padded(moment.hour, 2))\(padded(moment.minute, 2))\(padded(moment.second, 2))Z"
    }

    /// A moment as `2026-11-23T08:15:00Z`, without parts of a second.
    package static func text(_ nanoseconds: UInt64) -> String {
        let moment = civil(nanoseconds)
        return "\(padded(moment.year, 4))-\(padded(moment.month, 2))-\(padded(moment.day, 2))T"
            + "\(padded(moment.hour, 2)):\(padded(moment.minute, 2)):\(padded(moment.second, 2))Z"
    }

    private struct Civil {
        let year, month, day, hour, minute, second: Int
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The proleptic Gregorian date of a Unix time, counted in years that begin in March so that leap days come last.
    private static func civil(_ nanoseconds: UInt64) -> Civil {
        let seconds = Int(nanoseconds / 1_000_000_000)
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return Civil(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shifted + 2) / 5 + 1,
            hour: seconds / 3_600 % 24, minute: seconds / 60 % 60, second: seconds % 60)
    }
}
