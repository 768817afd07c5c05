/// What one window holds for one objective.
///
/// `total` and `bad` are what is compared with the target: the weights of runs in units of ``RunWeight``, or slices.
/// Without sampling every weight is the same, so that shares of weights are exactly those of runs.
struct PromiseTally: Sendable, Hashable {
    /// The runs received.
    var runs: UInt64 = 0
    /// The bad ones among them.
    var badRuns: UInt64 = 0
    /// The weight of all runs, or all slices.
    var total: UInt64 = 0
    /// The weight of the bad ones.
    var bad: UInt64 = 0

    /// Whether there are enough runs to say anything about a share of them.
    var isEnough: Bool { runs >= JudgeLimit.runs }

    /// Whether the share of bad ones is at least `factor` times the budget, exactly; never for an empty window.
    func reaches(_ factor: BurnFactor, of budget: ExactShare) -> Bool {
        guard total > 0 else { return false }
        let (wanted, overflow) = factor.thousandths.multipliedReportingOverflow(by: budget.partsPerBillion)
        guard !overflow else { return false }
        // At most 2^64 × 10^12 on the left; a product that does not fit on the right cannot be reached.
        let (right, isTooMuch) = UInt128(total).multipliedReportingOverflow(by: UInt128(wanted))
        return !isTooMuch && UInt128(bad) * UInt128(1_000 * ExactShare.whole) >= right
    }

    /// The share of bad ones divided by the budget; nil for an empty window.
    func burn(_ budget: ExactShare) -> Double? {
        guard total > 0 else { return nil }
        return Double(bad) / Double(total) / budget.fraction
    }
}

/// A full window's error budget, scaled from the part of it that there is data for.
///
/// A window that has been watched for a day of its month allows as many bad runs as the whole month would at the traffic
/// seen so far. Slices are known in advance: a month has its number of them.
struct BudgetScale: Sendable, Hashable {
    /// The seconds there is data for, at least one.
    let covered: UInt64
    /// The seconds of the full window.
    let full: UInt64

    init(covered: UInt64, full: UInt64) {
        // 32 bits are 136 years, and keep products within 128 bits.
        let full = min(max(full / JudgedTime.second, 1), UInt64(UInt32.max))
        self.full = full
        self.covered = min(max(covered / JudgedTime.second, 1), full)
    }

    /// Whether the bad ones use up what the full window allows, exactly.
    func isUsedUp(_ tally: PromiseTally, budget: ExactShare) -> Bool {
        guard tally.bad > 0 else { return false }
        let used = UInt128(tally.bad) * UInt128(ExactShare.whole) * UInt128(covered)
        return used >= UInt128(tally.total) * UInt128(budget.partsPerBillion) * UInt128(full)
    }

    /// How many of `total` may be bad over the full window.
    func allowed(of total: Double, budget: ExactShare) -> Double {
        // In this order whole numbers stay whole: 5 % of 20,160 slices are 1,008.
        total * Double(budget.partsPerBillion) * Double(full) / Double(covered) / Double(ExactShare.whole)
    }
}
