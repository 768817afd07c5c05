/// A burn alert as it is written, over runs one by one: a slow and obvious second opinion on the judge.
struct BurnRule {
    /// A run: when it ended, and whether it was bad.
    struct Run {
        let end: UInt64
        let isBad: Bool
    }

    /// The lengths of its windows in seconds.
    let long: UInt64
    let short: UInt64
    /// Which share of the runs must be bad, in percent: the factor times what the target leaves.
    let percent: Int

    /// The first second at which both windows hold 30 runs, enough of which are bad.
    ///
    /// - Parameter last: The last second that was judged.
    func first(_ runs: [Run], through last: UInt64) -> UInt64? {
        let runs = runs.sorted { $0.end < $1.end }
        guard let begin = runs.first?.end else { return nil }
        var moment = begin / second * second
        while moment <= last {
            if holds(runs, at: moment, seconds: long), holds(runs, at: moment, seconds: short) { return moment }
            moment += second
        }
        return nil
    }

    /// Whether a window that ends before a moment has enough runs and enough bad ones.
    private func holds(_ runs: [Run], at moment: UInt64, seconds: UInt64) -> Bool {
        let window = runs[place(of: moment - seconds * second, runs)..<place(of: moment, runs)]
        return window.count >= 30 && window.count { $0.isBad } * 100 >= window.count * percent
    }

    /// How many runs ended before a moment.
    private func place(of moment: UInt64, _ runs: [Run]) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].end < moment { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
