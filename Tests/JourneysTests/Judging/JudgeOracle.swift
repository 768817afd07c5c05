import Foundation
import Journeys
import Telemetry

/// A run as plainly as can be.
struct PlainRun: Sendable {
    var time: UInt64
    var failed = false
    var duration: UInt64 = 100_000_000
    /// For how many runs it stands: 1, 2, 4 or 16.
    var weight: UInt64 = 1
    /// When it arrives; not before it ended.
    var arrival: UInt64

    init(_ time: UInt64, failed: Bool = false, duration: UInt64 = 100_000_000, weight: UInt64 = 1, late: UInt64 = 0) {
        self.time = time
        self.failed = failed
        self.duration = duration
        self.weight = weight
        arrival = time + late
    }

    func isGood(_ objective: JourneyDefinition.Objective) -> Bool {
        !failed && objective.under.map { duration < $0 } ?? true
    }

    func span(_ number: UInt64) -> TestSpan {
        var span = TestSpan.make(trace: number + 1, span: number + 1, failed: failed)
        span.end = time
        span.start = time - duration
        span.traceState = [1: "", 2: "ot=th:8", 4: "ot=th:c", 16: "ot=th:f"][weight] ?? ""
        return span
    }
}

extension JourneyEngine {
    /// Takes in plain runs, in batches that arrive with their last run.
    mutating func take(_ runs: [PlainRun], firstNumber: Int = 0) {
        for start in stride(from: 0, to: runs.count, by: 1_000) {
            let batch = runs[start..<min(start + 1_000, runs.count)]
            let spans = batch.indices.map { batch[$0].span(UInt64(firstNumber + $0)) }
            take(spans, arrival: batch.map(\.arrival).max() ?? 0)
        }
    }
}

/// What a window holds, by looking at every run.
struct PlainTally: Equatable {
    var runs = 0
    var badRuns = 0
    var total = 0
    var bad = 0
}

/// Judging as the rules say it, over raw runs, with loops and nothing clever.
struct JudgeOracle {
    static let second: UInt64 = 1_000_000_000

    var runs: [PlainRun]
    let objective: JourneyDefinition.Objective
    let window: JourneyDefinition.Window
    let alerts: [JourneyDefinition.Alert]
    private var firing: [Int: UInt64] = [:]

    init(_ definition: JourneyDefinition, objective number: Int, runs: [PlainRun] = []) {
        objective = definition.objectives[number]
        window = definition.window
        self.runs = runs
        alerts = (definition.alerts ?? JourneyDefinition.defaultAlerts).filter { alert in
            // A burn of `factor` is reached when all runs are bad at most.
            alert.factor.thousandths * (1_000_000_000 - definition.objectives[number].target.partsPerBillion)
                <= 1_000 * 1_000_000_000
        }
    }

    private var rest: Int { 1_000_000_000 - Int(objective.target.partsPerBillion) }
    private var firstSecond: UInt64? { runs.map(\.time).min().map { $0 / Self.second * Self.second } }

    /// The window of a length at a second, by the definition.
    func window(_ length: UInt64, at t: UInt64) -> (from: UInt64, to: UInt64) {
        if let slice = objective.slices {
            let end = t / slice * slice
            return (end - max(length, slice) / slice * slice, end)
        }
        let hour = 3_600 * Self.second
        let step =
            length <= hour
            ? Self.second
            : length <= 6 * hour
                ? 10 * Self.second
                : length <= 672 * hour ? 60 * Self.second : 900 * Self.second
        var from = t - length
        while from % step != 0 { from += Self.second - from % Self.second }
        return (from, t)
    }

    func tally(_ window: (from: UInt64, to: UInt64)) -> PlainTally {
        var tally = PlainTally()
        guard let slice = objective.slices, let target = objective.sliceTarget else {
            for run in runs where run.time >= window.from && run.time < window.to {
                let good = run.isGood(objective)
                tally.runs += 1
                tally.total += Int(run.weight)
                if !good {
                    tally.badRuns += 1
                    tally.bad += Int(run.weight)
                }
            }
            return tally
        }
        guard let first = firstSecond else { return tally }
        var begin = (window.from + slice - 1) / slice * slice
        var slices: [UInt64: (total: Int, good: Int)] = [:]
        for run in runs where run.time >= begin && run.time < window.to / slice * slice {
            tally.runs += 1
            slices[run.time / slice, default: (0, 0)].total += Int(run.weight)
            if run.isGood(objective) {
                slices[run.time / slice, default: (0, 0)].good += Int(run.weight)
            } else {
                tally.badRuns += 1
            }
        }
        begin = max(begin, first / slice * slice)
        if window.to / slice * slice > begin { tally.total = Int((window.to / slice * slice - begin) / slice) }
        for (number, slice) in slices where number * (objective.slices ?? 1) >= begin {
            if slice.good * 1_000_000_000 < slice.total * Int(target.partsPerBillion) { tally.bad += 1 }
        }
        return tally
    }

    func reaches(_ tally: PlainTally, _ factor: BurnFactor) -> Bool {
        tally.total > 0 && tally.bad * 1_000 * 1_000_000_000 >= Int(factor.thousandths) * rest * tally.total
    }

    func burn(_ tally: PlainTally) -> Double? {
        tally.total > 0 ? Double(tally.bad) / Double(tally.total) * 1e9 / Double(rest) : nil
    }

    /// The window of the objective, and the seconds of the full one.
    func whole(at t: UInt64) -> (window: (from: UInt64, to: UInt64), full: UInt64) {
        switch window {
        case .rolling(let length):
            let slice = objective.slices ?? Self.second
            return (window(length, at: t), max(length, slice) / slice * slice)
        case .calendar(let unit, let zone):
            let period = PlainCalendar(zone).period(unit, of: t)
            return ((period.from, t), period.to - period.from)
        }
    }

    /// Whether the budget is used up: exactly, and by enough runs.
    func isOut(at t: UInt64) -> (isUsedUp: Bool, isOut: Bool, left: Double?) {
        let (window, full) = whole(at: t)
        let tally = tally(window)
        guard tally.total > 0, let first = firstSecond else { return (false, false, nil) }
        let slice = objective.slices ?? Self.second
        let end = window.to / slice * slice
        let covered = max((end - min(end, max(window.from, first / slice * slice))) / Self.second, 1)
        let fullSeconds = full / Self.second
        // bad / (total × rest) ≥ full / covered
        let left =
            1 - Double(tally.bad) / Double(tally.total) * 1e9 / Double(rest) * Double(covered) / Double(fullSeconds)
        let used = Decimal(tally.bad) * Decimal(1_000_000_000) * Decimal(covered)
        let allowed = Decimal(tally.total) * Decimal(rest) * Decimal(fullSeconds)
        let isUsedUp = tally.bad > 0 && used >= allowed
        return (isUsedUp, isUsedUp && tally.runs >= 30, left)
    }

    /// Goes on to a second: which alerts fire since when.
    mutating func step(to t: UInt64) -> [UInt64?] {
        for (number, alert) in alerts.enumerated() {
            let long = tally(window(alert.long, at: t))
            let short = tally(window(alert.short, at: t))
            let reached = reaches(long, alert.factor) && reaches(short, alert.factor)
            if firing[number] != nil {
                let isHeld = reaches(long, alert.factor) && (reaches(short, alert.factor) || short.total == 0)
                if !isHeld { firing[number] = nil }
            } else if reached, long.runs >= 30, short.runs >= 30 {
                firing[number] = t
            }
        }
        return alerts.indices.map { firing[$0] }
    }
}

/// Calendars by counting days.
struct PlainCalendar {
    let zone: TimeZone

    init(_ name: String) {
        zone = TimeZone(identifier: name) ?? .gmt
    }

    /// A number that is the same for all instants of a period.
    private func number(_ unit: String, _ t: UInt64) -> Int {
        let seconds = Int(t / 1_000_000_000)
        let local = seconds + zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
        let days = local / 86_400
        // 1970-01-01 was a Thursday: weeks begin on Monday.
        if unit == "week" { return (days + 3) / 7 }
        var year = 1970
        var left = days
        func length(_ year: Int) -> Int { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365 }
        while left >= length(year) {
            left -= length(year)
            year += 1
        }
        let months = [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var month = 0
        while left >= months[month] {
            left -= months[month]
            month += 1
        }
        return year * 12 + (unit == "quarter" ? month / 3 * 3 : month)
    }

    /// The period of an instant, found by going from quarter of an hour to quarter of an hour.
    func period(_ unit: String, of t: UInt64) -> (from: UInt64, to: UInt64) {
        let step: UInt64 = 900_000_000_000
        let mine = number(unit, t)
        var from = t / step * step
        while number(unit, from - step) == mine { from -= step }
        var to = t / step * step + step
        while number(unit, to) == mine { to += step }
        return (from, to)
    }
}
