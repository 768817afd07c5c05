/// How fast an error budget burns over one window: the share of bad runs divided by the share that may be bad.
package struct BurnReading: Sendable, Hashable {
    /// The length of the window in nanoseconds.
    package var window: UInt64
    /// The runs (or slices) in the window.
    package var total: UInt64
    /// The bad ones among them.
    package var bad: UInt64
    /// The burn rate; nil when the window holds nothing.
    package var burn: Double?

    /// Makes a reading.
    package init(window: UInt64, total: UInt64, bad: UInt64, burn: Double?) {
        self.window = window
        self.total = total
        self.bad = bad
        self.burn = burn
    }
}

/// One multi-window burn alert and how near it is.
package struct AlertVerdict: Sendable, Hashable {
    /// The rule.
    package var alert: JourneyDefinition.Alert
    /// The burn over its long window.
    package var long: BurnReading
    /// The burn over its short window.
    package var short: BurnReading
    /// Whether both windows reach the factor.
    package var isFiring: Bool
    /// Since when it fires, in Unix nanoseconds; nil while it does not.
    package var firedAt: UInt64?

    /// Makes a verdict.
    package init(
        alert: JourneyDefinition.Alert, long: BurnReading, short: BurnReading, isFiring: Bool, firedAt: UInt64?
    ) {
        self.alert = alert
        self.long = long
        self.short = short
        self.isFiring = isFiring
        self.firedAt = firedAt
    }
}

/// Whether one promise holds over its window, and for how long it still will.
package struct ObjectiveVerdict: Sendable, Hashable {
    /// Where the five-minute burn goes, compared with that of the hour.
    package enum Trend: Sendable, Hashable {
        case rising, easing, steady
    }

    /// The promise.
    package var objective: JourneyDefinition.Objective
    /// The window that is judged, up to now; event time.
    package var window: TimeWindow
    /// How much of the window there is data for, in nanoseconds; less than the full length while it fills.
    package var covered: UInt64
    /// The full length of the window, in nanoseconds; for calendar windows to their end.
    package var fullLength: UInt64
    /// The runs that count (or slices, for an objective with slices).
    package var total: UInt64
    /// The good ones among them.
    package var good: UInt64
    /// Good by total, by estimate where runs were sampled away; nil when nothing counts.
    package var attainment: Double?
    /// Between what the attainment lies when data is late, dropped or sampled; nil when it is exact.
    package var attainmentRange: ClosedRange<Double>?
    /// How many bad ones the full window allows: `total` × (1 − target), scaled by ``fullLength`` / ``covered`` while the
    /// window fills, so that the budget of a month is not used up by its first bad run. An estimate of runs where some
    /// were sampled away.
    package var allowedBad: Double
    /// How many bad ones there are, by estimate where runs were sampled away: what the budget is charged with.
    package var estimatedBad: Double = 0
    /// The share of the budget that is left: 1 is all, 0 none, negative is overspent; nil when nothing counts.
    package var budgetLeft: Double?
    /// Which share of the budget one more bad run uses; nil when nothing counts.
    package var nextBadCost: Double?
    /// The burn over 5m, 1h, 6h, 3d, then over the further windows that alerts name, shortest first.
    package var burns: [BurnReading]
    /// The faster of the burns over 5m and 1h; nil when both are.
    package var burn: Double?
    /// Where the burn goes.
    package var trend: Trend
    /// When the budget is empty at this burn, in nanoseconds from now; nil when the burn is at most 1 or nothing is left.
    package var emptyIn: UInt64?
    /// The alerts in force.
    package var alerts: [AlertVerdict]
    /// Alerts that this target could never reach, and that are left out therefore.
    package var unreachable: [JourneyDefinition.Alert]
    /// Whether the last hour has too few runs for a ratio.
    package var isFew = false
    /// Whether the budget of the full window is used up, exactly, by enough runs to say so.
    package var isOut = false

    /// Makes a verdict on nothing: no runs yet.
    package init(objective: JourneyDefinition.Objective, window: TimeWindow, fullLength: UInt64) {
        self.objective = objective
        self.window = window
        self.fullLength = fullLength
        covered = 0
        total = 0
        good = 0
        allowedBad = 0
        burns = []
        trend = .steady
        alerts = []
        unreachable = []
    }

    /// The bad runs (or slices).
    package var bad: UInt64 { total - min(good, total) }

    /// The burn over a window of so many nanoseconds, if it is one of those read.
    package func burn(over window: UInt64) -> BurnReading? { burns.first { $0.window == window } }
}
