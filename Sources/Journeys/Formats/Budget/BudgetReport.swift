/// How much of each promise's error budget is left, at one moment: data that can be written as Markdown, CSV or JSON.
package struct BudgetReport: Sendable {
    /// One promise of one journey in one environment.
    package struct Row: Sendable {
        /// The journey.
        package var journey: String
        /// What users call it.
        package var title: String?
        /// The team that answers for it.
        package var owner: String?
        /// The environment; nil when no run was seen.
        package var environment: String?
        /// The window as written in the journey file.
        package var window: String
        /// How the journey stands.
        package var state: JourneyState
        /// How the promise stands.
        package var verdict: ObjectiveVerdict

        /// The burn over the last hour.
        package var burnOfHour: Double? { verdict.burn(over: 3_600_000_000_000)?.burn }
    }

    /// The moment, in Unix nanoseconds.
    package let now: UInt64
    /// The promises: journeys as they were judged, objectives as in their file.
    package let rows: [Row]
    /// The journeys that promise nothing, each once, by name.
    package let unpromised: [String]

    /// Makes a report.
    ///
    /// - Parameters:
    ///   - verdicts: What was judged.
    ///   - definitions: The journeys, for what a verdict does not say: titles, owners and windows.
    package init(_ verdicts: JourneyVerdicts, definitions: [JourneyDefinition]) {
        now = verdicts.now
        let known = Dictionary(definitions.map { ($0.name, $0) }) { first, _ in first }
        rows = verdicts.journeys.flatMap { verdict in
            verdict.objectives.map { objective in
                let definition = known[verdict.id.name]
                return Row(
                    journey: verdict.id.name, title: definition?.title, owner: definition?.owner,
                    environment: verdict.id.environment,
                    window: definition?.window.text ?? DurationText.text(objective.fullLength), state: verdict.state,
                    verdict: objective)
            }
        }
        unpromised = Set(verdicts.journeys.filter(\.objectives.isEmpty).map(\.id.name)).sorted()
    }
}

/// The numbers of a report as people read them.
enum BudgetText {
    static let missing = "–"

    /// A share in percent, cut off rather than rounded, so that a broken promise never looks kept.
    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return missing }
        let thousandths = (share * 100_000).rounded(.down)
        guard abs(thousandths) < 1e15 else { return missing }
        let digits = DecimalText.text(UInt64(abs(thousandths)), decimals: 3)
        return (thousandths < 0 ? "-" : "") + digits + "%"
    }

    /// The attainment, or between what it lies.
    static func attainment(_ verdict: ObjectiveVerdict) -> String {
        guard let range = verdict.attainmentRange else { return percent(verdict.attainment) }
        return "\(percent(range.lowerBound)) to \(percent(range.upperBound))"
    }

    /// A burn rate with one decimal.
    static func burn(_ burn: Double?) -> String {
        guard let burn, burn.isFinite, burn >= 0, burn < 1e14 else { return missing }
        return DecimalText.text(UInt64((burn * 10).rounded()), decimals: 1) + "×"
    }

    /// A time in its two largest units.
    static func time(_ nanoseconds: UInt64?) -> String {
        guard let nanoseconds else { return missing }
        let seconds = nanoseconds / 1_000_000_000
        let parts = [
            (seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h"), (seconds % 3_600 / 60, "m"), (seconds % 60, "s"),
        ]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0s" }
        return parts[first..<min(first + 2, parts.count)].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }
            .joined(separator: " ")
    }

    /// An instant as RFC 3339 in UTC, to the second; years past 9999 are cut there.
    static func instant(_ nanoseconds: UInt64) -> String {
        let seconds = min(nanoseconds / 1_000_000_000, 253_402_300_799)
        let (year, month, day) = date(days: Int(seconds / 86_400))
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let time = [seconds % 86_400 / 3_600, seconds % 3_600 / 60, seconds % 60].map { padded(Int($0), 2) }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(time.joined(separator: ":"))Z"
    }

    /// The Gregorian date of a day counted from 1970-01-01.
    private static func date(days: Int) -> (year: Int, month: Int, day: Int) {
        // Years that begin in March put the leap day at their end; eras of 400 years have 146,097 days each.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let isNextYear = month >= 10
        return (
            yearOfEra + era * 400 + (isNextYear ? 1 : 0), month + (isNextYear ? -9 : 3),
            ofYear - (153 * month + 2) / 5 + 1
        )
    }
}
