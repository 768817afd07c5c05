import Telemetry

/// Who adds time: mean time on the critical path by service and by operation, now and in a baseline.
package struct Contribution: Sendable, Equatable {
    /// What the time between the two sides of a call is listed under.
    package static let gapName = "network/gap"

    /// One service, one operation of a service, or the gap.
    package struct Row: Sendable, Equatable {
        /// The service, or ``Contribution/gapName``.
        package let service: String
        /// The span name; empty in rows by service.
        package let operation: String
        /// Whether this is the time between the two sides of calls.
        package let isGap: Bool
        /// What the service is written in, short; empty where it is not said.
        package let language: String
        /// Nanoseconds on the critical path, per trace.
        package let mean: UInt64
        /// The share of all time on the path, from 0 to 1; the shares of a list sum to 1.
        package let share: Double
        /// The share in whole percent; those of a list sum to exactly 100, unless there is no time at all.
        package internal(set) var percent = 0
        /// Nanoseconds per trace in the baseline; `nil` without a baseline, zero where it was not there.
        package let baseline: UInt64?

        /// Nanoseconds more than in the baseline; `nil` without one.
        package var delta: Int64? {
            baseline.map { Int64(clamping: mean) - Int64(clamping: $0) }
        }
    }

    /// By service, the most time first.
    package let services: [Row]
    /// By service and operation, the most time first.
    package let operations: [Row]
    /// Nanoseconds on the path per trace.
    package let mean: UInt64
    /// The same in the baseline; `nil` without one.
    package let baselineMean: UInt64?
    /// How many traces were looked at.
    package let traces: Int
    /// How many traces the baseline has.
    package let baselineTraces: Int

    /// Compares traces with those of a baseline, which may be empty.
    package init(of traces: some Sequence<Trace>, baseline: some Sequence<Trace>) {
        self.init(ContributionSums(traces), baseline: ContributionSums(baseline))
    }

    /// Compares sums with those of a baseline, which may be empty.
    package init(_ now: ContributionSums, baseline: ContributionSums = ContributionSums()) {
        services = Self.rows(now, baseline, \.services)
        operations = Self.rows(now, baseline, \.operations)
        mean = Self.mean(now.total, now.traces)
        baselineMean = baseline.traces == 0 ? nil : Self.mean(baseline.total, baseline.traces)
        traces = now.traces
        baselineTraces = baseline.traces
    }

    private static func mean(_ time: UInt64, _ traces: Int) -> UInt64 {
        guard traces > 0 else { return 0 }
        let count = UInt64(traces)
        return time / count + (time % count * 2 >= count ? 1 : 0)
    }

    private static func rows(
        _ now: ContributionSums, _ before: ContributionSums,
        _ sums: KeyPath<ContributionSums, [ContributionSums.Key: ContributionSums.Sum]>
    ) -> [Row] {
        let mine = now[keyPath: sums]
        let theirs = before[keyPath: sums]
        func row(_ service: String, _ name: String, gap: Bool, _ language: String, _ time: UInt64, _ base: UInt64)
            -> Row
        {
            Row(
                service: service, operation: name, isGap: gap, language: language, mean: mean(time, now.traces),
                share: now.total == 0 ? 0 : Double(time) / Double(now.total),
                baseline: before.traces == 0 ? nil : mean(base, before.traces))
        }
        var times: [UInt64] = []
        var rows: [Row] = []
        for key in Set(mine.keys).union(theirs.keys) {
            let sum = mine[key]
            let base = theirs[key]
            let language = [sum?.language, base?.language].compactMap { $0 }.first { !$0.isEmpty } ?? ""
            let time = sum?.time ?? 0
            rows.append(
                row(key.service.text, key.operation.text, gap: false, language, time, base?.time ?? 0))
            times.append(time)
        }
        if now.gap > 0 || before.gap > 0 {
            rows.append(row(gapName, "", gap: true, "", now.gap, before.gap))
            times.append(now.gap)
        }
        for (index, percent) in percents(times).enumerated() { rows[index].percent = percent }
        return rows.sorted(by: comesFirst)
    }

    private static func comesFirst(_ a: Row, _ b: Row) -> Bool {
        if a.mean != b.mean { return a.mean > b.mean }
        if a.baseline != b.baseline { return (a.baseline ?? 0) > (b.baseline ?? 0) }
        return (a.service, a.operation, a.isGap ? 1 : 0) < (b.service, b.operation, b.isGap ? 1 : 0)
    }

    /// Whole percents that sum to 100, by the method of largest remainders.
    private static func percents(_ times: [UInt64]) -> [Int] {
        let total = times.reduce(0.0) { $0 + Double($1) }
        guard total > 0 else { return times.map { _ in 0 } }
        let exact = times.map { Double($0) / total * 100 }
        var percents = exact.map { Int($0.rounded(.down)) }
        let byRemainder = exact.indices.sorted { a, b in
            let first = exact[a] - exact[a].rounded(.down)
            let second = exact[b] - exact[b].rounded(.down)
            return first != second ? first > second : times[a] > times[b]
        }
        for index in byRemainder.prefix(max(0, 100 - percents.reduce(0, +))) { percents[index] += 1 }
        return percents
    }
}
