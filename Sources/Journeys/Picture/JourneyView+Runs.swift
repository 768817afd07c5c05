import Telemetry

/// Which single runs are wanted.
package struct RunSelection: Sendable, Hashable {
    /// When the runs count.
    package var window: TimeWindow
    /// The least duration in nanoseconds.
    package var atLeast: UInt64
    /// The duration that is already too long, in nanoseconds; nil for none.
    package var below: UInt64?
    /// Whether only failed runs are wanted.
    package var failedOnly: Bool

    /// Makes a selection.
    package init(window: TimeWindow, atLeast: UInt64 = 0, below: UInt64? = nil, failedOnly: Bool = false) {
        self.window = window
        self.atLeast = atLeast
        self.below = below
        self.failedOnly = failedOnly
    }

    func contains(_ run: JourneyRun) -> Bool {
        guard window.contains(run.time), !failedOnly || run.failed else { return false }
        guard let duration = run.duration else { return atLeast == 0 && below == nil }
        return duration >= atLeast && below.map { duration < $0 } ?? true
    }
}

extension JourneyView {
    /// Single runs of a selection, in order, at most `limit`.
    ///
    /// They are a bounded choice from all runs (see ``RunLog``): all lists come from kept runs, all numbers from counts.
    package func runs(_ selection: RunSelection, order: RunOrder, limit: Int) -> [JourneyRun] {
        let kept = ledger.log.runs(in: selection.window, watermark: bounds.watermark)
        return Array(kept.filter(selection.contains).sorted(by: order.comesFirst).prefix(max(0, limit)))
    }

    /// How many runs of a window are kept singly.
    package func keptRuns(in window: TimeWindow) -> Int {
        ledger.log.runs(in: window, watermark: bounds.watermark).count
    }
}
