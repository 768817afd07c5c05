/// The runs of a journey in a window.
package struct RunCounts: Sendable, Hashable {
    /// The good and all runs of one objective.
    package struct Promise: Sendable, Hashable {
        /// The objective's name.
        package let name: String
        /// The runs that count for it.
        package let total: UInt64
        /// The good ones among them.
        package let good: UInt64
        /// The estimate of all runs that count for it, where some were sampled away.
        package let estimatedTotal: Double
        /// The estimate of the good ones.
        package let estimatedGood: Double

        /// The share of good runs by estimate; nil when there was none.
        package var attainment: Double? { estimatedTotal > 0 ? estimatedGood / estimatedTotal : nil }
    }

    /// The length of the window in seconds.
    package let seconds: Double
    /// The runs received.
    package let total: UInt64
    /// Those that failed.
    package let failed: UInt64
    /// Those that failed or were not faster than the tightest promise.
    package let bad: UInt64
    /// The estimate of all runs, where some were sampled away.
    package let estimatedTotal: Double
    /// The estimate of those that failed.
    package let estimatedFailed: Double
    /// The estimate of those that failed or were not faster than the tightest promise.
    package let estimatedBad: Double
    /// Runs that ended before they began.
    package let backwards: UInt64
    /// Runs that count at their arrival because their own times cannot be right.
    package let suspect: UInt64
    /// Whether runs were sampled away, so that estimates differ from what was received.
    package let isSampled: Bool
    /// The objectives, in the order of the file.
    package let promises: [Promise]

    init(_ sums: [UInt64], seconds: Double, objectives: [String]) {
        self.seconds = seconds
        total = sums[CountColumn.total]
        failed = sums[CountColumn.failed]
        bad = sums[CountColumn.bad]
        estimatedTotal = RunWeight.runs(sums[CountColumn.totalWeight])
        estimatedFailed = RunWeight.runs(sums[CountColumn.failedWeight])
        estimatedBad = RunWeight.runs(sums[CountColumn.badWeight])
        backwards = sums[CountColumn.backwards]
        suspect = sums[CountColumn.suspect]
        isSampled = sums[CountColumn.sampled] > 0
        promises = objectives.enumerated().map { number, name in
            func sum(_ column: Int) -> UInt64 { sums[CountColumn.objective(number, column)] }
            return Promise(
                name: name, total: sum(CountColumn.objectiveTotal), good: sum(CountColumn.objectiveGood),
                estimatedTotal: RunWeight.runs(sum(CountColumn.objectiveTotalWeight)),
                estimatedGood: RunWeight.runs(sum(CountColumn.objectiveGoodWeight)))
        }
    }

    /// Runs a second by estimate; nil for an empty window.
    package var rate: Double? { seconds > 0 ? estimatedTotal / seconds : nil }

    /// The share of failed runs by estimate; nil when there was none.
    package var errorShare: Double? { estimatedTotal > 0 ? estimatedFailed / estimatedTotal : nil }

    /// The share of runs that failed or were not faster than the tightest promise, by estimate; nil when there was none.
    package var badShare: Double? { estimatedTotal > 0 ? estimatedBad / estimatedTotal : nil }
}

extension JourneyView {
    /// The runs in a window.
    package func counts(in window: TimeWindow) -> RunCounts {
        let sums = ledger.counts.sums(in: window, watermark: bounds.watermark)
        return RunCounts(sums, seconds: window.seconds, objectives: ledger.objectives.map(\.name))
    }

    /// The runs in a window, which is cut into equal columns; nil for columns before the first run of any journey or
    /// after the watermark.
    ///
    /// A column narrower than ``countSlot(at:)`` may hold nothing although there were runs.
    package func countSeries(in window: TimeWindow, columns: Int) -> [RunCounts?] {
        guard columns > 0 else { return [] }
        let width = ledger.counts.width
        var sums = [UInt64](repeating: 0, count: width * columns)
        ledger.counts.forEachSlot(in: window, watermark: bounds.watermark) { begin, numbers in
            let base = window.column(of: begin, of: columns) * width
            for (offset, number) in numbers.enumerated() {
                sums[base + offset] = saturatingSum(sums[base + offset], number)
            }
        }
        let names = ledger.objectives.map(\.name)
        return (0..<columns).map { number in
            let column = window.column(number, of: columns)
            let numbers = Array(sums[number * width..<(number + 1) * width])
            guard numbers[CountColumn.total] > 0 || isCovered(column) else { return nil }
            return RunCounts(numbers, seconds: column.seconds, objectives: names)
        }
    }

    /// The length of the slots in which runs are counted at an instant, in nanoseconds.
    package func countSlot(at time: UInt64) -> UInt64 {
        ledger.counts.slotLength(at: time, watermark: bounds.watermark)
    }
}
