import Journeys
import TerminalKit

/// The numbers of a promise as the columns show them.
enum PromiseText {
    /// Attainment against target, 11 cells: `99.80/99.50`; a range where the numbers are not certain.
    static func attainment(_ verdict: ObjectiveVerdict) -> String {
        let target = hundredths(verdict.objective.target)
        if let range = verdict.attainmentRange {
            let low = percent(range.lowerBound, digits: 2)
            let high = percent(range.upperBound, digits: 2)
            if low != high { return "\(low)–\(high)" }
        }
        guard let attainment = verdict.attainment else { return "\(NumberFormat.missing)/\(target)" }
        let decimals = target.contains(".") ? target.split(separator: ".").last?.count ?? 0 : 2
        let text = attainment >= 1 ? "100" : percent(attainment, digits: min(max(2, decimals), 4))
        let whole = "\(text)/\(target)"
        guard whole.count > 11, let dot = target.firstIndex(of: "."), text.hasPrefix(target[..<dot] + ".") else {
            return whole
        }
        // Both have the same whole percents when the target is this strict.
        return "\(text)/\(target[dot...])"
    }

    /// A target as percent without the sign and with at least two decimals: `99.50`, `99.995`.
    private static func hundredths(_ share: ExactShare) -> String {
        let text = String(share.description.dropLast())
        guard text != "100" else { return text }
        guard let dot = text.firstIndex(of: ".") else { return text + ".00" }
        let decimals = text.distance(from: dot, to: text.endIndex) - 1
        return text + String(repeating: "0", count: max(0, 2 - decimals))
    }

    /// A share as percent without the sign, rounded down, so that a promise that is broken never looks kept.
    static func percent(_ share: Double, digits: Int) -> String {
        guard share.isFinite else { return NumberFormat.missing }
        let scale: UInt64 = [1, 10, 100, 1000, 10_000][min(max(0, digits), 4)]
        // A billionth repairs what binary fractions lose.
        let value = UInt64((min(max(share, 0), 1) * 100 + 1e-9) * Double(scale))
        let rest = String(value % scale)
        let zeros = String(repeating: "0", count: max(0, digits - rest.count))
        return digits == 0 ? "\(value / scale)" : "\(value / scale).\(zeros)\(rest)"
    }

    /// The share of the budget that is left, at most 5 cells: `60.5%`, `100%`, `−23%`.
    static func left(_ share: Double?) -> String {
        guard let share, share.isFinite else { return NumberFormat.missing }
        if share >= 1 { return "100%" }
        if share >= 0 { return percent(share, digits: 1) + "%" }
        guard share > -9.995 else { return "<−9k%" }
        return "−" + "\(UInt64((-share * 100).rounded(.up)))%"
    }

    /// What one more bad run costs: `−14%`.
    static func cost(_ share: Double?) -> String {
        guard let share, share.isFinite, share >= 0 else { return NumberFormat.missing }
        if share < 0.001 { return "−<0.1%" }
        if share < 0.01 { return "−" + percent(share, digits: 1) + "%" }
        guard share < 10 else { return "−" + ">999%" }
        return "−" + "\(UInt64((share * 100).rounded()))%"
    }

    /// The burn with its arrow: `42.6×↑`.
    static func burn(_ verdict: ObjectiveVerdict) -> String {
        guard let burn = verdict.burn else { return NumberFormat.missing + " " }
        return NumberFormat.burn(burn) + arrow(verdict.trend)
    }

    static func arrow(_ trend: ObjectiveVerdict.Trend) -> String {
        switch trend {
        case .rising: "↑"
        case .easing: "↓"
        case .steady: "→"
        }
    }

    /// When the budget is empty at this burn: `9h32m`, `~9h32m` while the window fills.
    static func empty(_ verdict: ObjectiveVerdict) -> String {
        if let left = verdict.budgetLeft, left <= 0 { return "empty" }
        guard let time = verdict.emptyIn else { return NumberFormat.missing }
        guard isFilling(verdict) else { return NumberFormat.elapsed(time) }
        let text = "~" + NumberFormat.elapsed(time)
        // An estimate needs no minutes beside hours, nor hours beside days, where they do not fit.
        return text.count > 6 ? "~" + NumberFormat.age(time) : text
    }

    /// Whether there is not yet data for the whole window; what a hundredth of it lacks is not worth a mark.
    static func isFilling(_ verdict: ObjectiveVerdict) -> Bool {
        verdict.covered < verdict.window.length - verdict.window.length / 100
    }

    /// The promise in words: `"fast" (99.5% < 1.2s)`.
    static func promise(_ objective: JourneyDefinition.Objective) -> String {
        "\"\(objective.name)\" (\(terms(objective, less: " < ")))"
    }

    /// The promise in few words: `99.5% <1.2s`.
    static func terms(_ objective: JourneyDefinition.Objective, less: String = " <") -> String {
        objective.target.description + (objective.under.map { less + DurationText.text($0) } ?? "")
    }

    /// The window of a journey's promises: `28d`, `month`.
    static func window(_ window: JourneyDefinition.Window) -> String {
        switch window {
        case .rolling(let nanoseconds): DurationText.text(nanoseconds)
        case .calendar(let unit, _): unit
        }
    }
}
