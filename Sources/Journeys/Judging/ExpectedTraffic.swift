/// For how long a journey has been silent, and how many runs that silence should have had.
///
/// With `traffic: usual` the silence (its last day, when it is longer) is held against the same stretch one, two, three
/// and four weeks ago: the mean of those weeks that the journey was watched in. Clocks change by an hour twice a year,
/// so of each week the least counts among the stretch itself, an hour earlier and an hour later. Before there is such a
/// week, the hour before the silence counts, if at least half of it was watched: its rate times the length of the
/// silence, for as long again as was watched at most; and the same stretch yesterday, where that was watched, if it had
/// fewer. A silence is a state when at least ten runs were expected (sixteen where no earlier week says so)
/// and none came, and when it has lasted a minute: exporters send every few seconds, and nothing follows from the time
/// between two of their requests.
struct ExpectedTraffic {
    let view: JourneyView
    let second: UInt64
    /// Since when a journey is watched that never had a run.
    let watchedSince: UInt64

    private static let week = 7 * JudgedTime.day

    /// The beginning and the length of the silence and what was expected; nil when it is no state.
    func silence() -> (since: UInt64, length: UInt64, expected: Double)? {
        guard let definition = view.definition, definition.traffic != .never else { return nil }
        let since = silentSince()
        guard since < second else { return nil }
        let length = second - since
        guard length >= JudgeLimit.silence else { return nil }
        switch definition.traffic {
        case .never: return nil
        case .rate(let thousandths, let per):
            let expected = UInt128(length) * UInt128(thousandths)
            let unit = UInt128(max(per, 1)) * 1_000
            guard expected >= unit * UInt128(JudgeLimit.expected) else { return nil }
            return (since, length, Double(length) / Double(max(per, 1)) * Double(thousandths) / 1_000)
        case .usual:
            guard let first = view.seen?.lowerBound else { return nil }
            let stretch = TimeWindow(from: max(since, second - min(second, JudgedTime.day)), to: second)
            guard let expected = usual(stretch, since: since, first: first) else { return nil }
            let (runs, parts, least) = expected
            // A sum over so many weeks, or a rate in parts of an hour: compared without division.
            guard runs >= UInt128(least) * parts else { return nil }
            return (since, length, Double(runs) / Double(parts))
        }
    }

    /// The end of the last slot with a run.
    private func silentSince() -> UInt64 {
        let all = TimeWindow(from: 0, to: second)
        let watermark = view.bounds.watermark
        guard let last = view.ledger.counts.lastSlot(with: CountColumn.total, in: all, watermark: watermark) else {
            return watchedSince / JudgedTime.second * JudgedTime.second
        }
        return min(last + view.ledger.counts.slotLength(at: last, watermark: watermark), second)
    }

    /// The expected runs as a fraction, and how many must be expected for their absence to be a state.
    private func usual(
        _ stretch: TimeWindow, since: UInt64, first: UInt64
    ) -> (runs: UInt128, parts: UInt128, least: UInt64)? {
        var sum: UInt128 = 0
        var weeks: UInt128 = 0
        for number in 1...UInt64(4) {
            let back = number * Self.week
            guard stretch.from >= back + JudgedTime.hour, first <= stretch.from - back - JudgedTime.hour else { break }
            let earlier = TimeWindow(
                from: stretch.from - back - JudgedTime.hour, to: stretch.to - back - JudgedTime.hour)
            let counts = (0...UInt64(2)).map { runs(in: earlier, later: $0 * JudgedTime.hour) }
            sum += UInt128(counts.min() ?? 0)
            weeks += 1
        }
        if weeks > 0 { return (sum, weeks, JudgeLimit.expected) }
        let hour = TimeWindow(
            from: max(since - min(since, JudgedTime.hour), first / JudgedTime.second * JudgedTime.second), to: since)
        guard hour.length * 2 >= JudgedTime.hour else { return nil }
        let rate = (
            runs: UInt128(runs(in: hour)) * UInt128(min(stretch.length, hour.length)), parts: UInt128(hour.length),
            least: JudgeLimit.expectedByRate
        )
        guard stretch.from >= JudgedTime.day, first <= stretch.from - JudgedTime.day else { return rate }
        let yesterday = TimeWindow(from: stretch.from - JudgedTime.day, to: stretch.to - JudgedTime.day)
        let before = UInt128(runs(in: yesterday))
        return before * rate.parts < rate.runs ? (before, 1, JudgeLimit.expectedByRate) : rate
    }

    private func runs(in window: TimeWindow, later shift: UInt64 = 0) -> UInt64 {
        let moved = TimeWindow(from: window.from + shift, to: window.to + shift)
        let total = CountColumn.total
        return view.ledger.counts.sums(of: total..<total + 1, in: moved, watermark: view.bounds.watermark)[0]
    }
}
