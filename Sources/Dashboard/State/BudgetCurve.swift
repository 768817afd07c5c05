import Journeys
import Telemetry

/// How the error budget of a promise was used up over its window: a line that ends at what is left now.
struct BudgetCurve: Sendable {
    /// The row.
    let row: JourneyView.ID
    /// The promise's name.
    let objective: String
    /// When it was computed, in Unix nanoseconds of event time.
    let at: UInt64
    /// The window that the values cut into equal parts.
    let window: TimeWindow
    /// The share of the budget left at the end of each part, oldest first; `nil` where nothing was counted.
    let values: [Double?]

    /// How many parts there are: two dots a cell on all but the widest screens.
    private static let parts = 160

    /// Computes the line by going back from what is left now: each part's bad runs are what was left more before it.
    ///
    /// Whatever came before the counts that are held lies outside, so the line begins there.
    init?(_ view: JourneyView, _ verdict: ObjectiveVerdict, at: UInt64) {
        guard let left = verdict.budgetLeft, verdict.allowedBad > 0, verdict.window.length > 0 else { return nil }
        row = view.id
        objective = verdict.objective.name
        self.at = at
        window = BudgetCurve.counted(view, verdict, at: at)
        let bad = BudgetCurve.bad(view, verdict, in: window)
        var values = [Double?](repeating: nil, count: bad.count)
        var lost = 0.0
        for part in bad.indices.reversed() {
            guard let here = bad[part] else { continue }
            values[part] = left + lost / verdict.allowedBad
            lost += here
        }
        self.values = values
    }

    /// The part of the window that runs were counted in, an hour at least: a line of one dot says nothing.
    private static func counted(_ view: JourneyView, _ verdict: ObjectiveVerdict, at: UInt64) -> TimeWindow {
        let hour: UInt64 = 3_600_000_000_000
        let latest = max(at, hour) - hour
        let first = min(view.seen?.lowerBound ?? latest, latest)
        return TimeWindow(from: max(verdict.window.from, first), to: verdict.window.to)
    }

    /// How much of the promise's window the line covers.
    func share(of promise: ObjectiveVerdict) -> Double {
        promise.window.length > 0 ? window.seconds / promise.window.seconds : 1
    }

    /// Bad runs, or slices, by part of the window; `nil` where nothing could be counted.
    private static func bad(_ view: JourneyView, _ verdict: ObjectiveVerdict, in window: TimeWindow) -> [Double?] {
        let name = verdict.objective.name
        guard let slice = verdict.objective.slices, slice > 0 else {
            return view.countSeries(in: window, columns: parts).map { counts in
                guard let promise = counts?.promises.first(where: { $0.name == name }) else { return nil }
                return max(0, promise.estimatedTotal - promise.estimatedGood)
            }
        }
        // Slices of a month in minutes are 43,200; shorter ones are not worth a line.
        let count = window.length / slice
        guard (1...50_000).contains(count) else { return [] }
        let least = verdict.objective.sliceTarget?.fraction ?? 1
        let whole = TimeWindow(from: window.from, to: window.from + count * slice)
        var bad = [Double?](repeating: nil, count: parts)
        for (number, counts) in view.countSeries(in: whole, columns: Int(count)).enumerated() {
            guard let promise = counts?.promises.first(where: { $0.name == name }) else { continue }
            let isBad = promise.attainment.map { $0 < least } ?? false
            bad[number * parts / Int(count), default: 0] += isBad ? 1 : 0
        }
        return bad
    }
}

extension [Double?] {
    /// The value at a place, or the default where there is none.
    fileprivate subscript(place: Int, default fallback: Double) -> Double {
        get { self[place] ?? fallback }
        set { self[place] = newValue }
    }
}
