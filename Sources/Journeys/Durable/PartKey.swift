/// One part of what is counted for a journey: its counts, or one of its distributions.
package struct PartKey: Sendable, Hashable {
    /// What a part holds.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Counts in columns.
        case counts
        /// The durations of runs.
        case latency
        /// The longest durations of a step in each run.
        case step
        /// Why runs failed.
        case errors
        /// The durations of the spans of a version.
        case version

        /// How many slots a block has.
        package var slotsPerBlock: UInt64 {
            self == .counts ? CountSeries.slotsPerPage : SparseSeries.slotsPerPage
        }

        /// Whether keys are buckets of durations.
        package var isOfDurations: Bool { self == .latency || self == .step || self == .version }
    }

    /// What it holds.
    package let kind: Kind
    /// The step's name or the version's service; else empty.
    package let name: String
    /// The step's filter or the version itself; else empty.
    package let detail: String
    /// The promise that the buckets are anchored at, in nanoseconds; zero for counts and errors.
    package let anchor: UInt64
    /// The names of the columns of counts, in their order; else empty.
    package let columns: [String]

    /// Makes a key.
    package init(_ kind: Kind, name: String = "", detail: String = "", anchor: UInt64 = 0, columns: [String] = []) {
        self.kind = kind
        self.name = name
        self.detail = detail
        self.anchor = anchor
        self.columns = columns
    }
}

extension CountColumn {
    /// The names of a journey's own columns in the history, in their order; that of the third has the promise.
    static func ownNames(under: UInt64?) -> [String] {
        let bad = badName(under: under)
        return [
            "runs", "failed", bad, "runs.weight", "failed.weight", bad + ".weight", "backwards", "suspect", "sampled",
        ]
    }

    /// The name of the column of runs that failed or were not faster than the tightest promise.
    static func badName(under: UInt64?) -> String { "bad[\(under.map { "under=" + DurationText.text($0) } ?? "")]" }

    /// The names of all columns of a journey in the history, in their order.
    static func names(objectives: [JourneyDefinition.Objective], under: UInt64?, stages: [String] = []) -> [String] {
        var names = ownNames(under: under)
        for objective in objectives {
            let name = objective.durableName
            names += ["\(name).total", "\(name).good", "\(name).total.weight", "\(name).good.weight"]
        }
        return names + JoinColumn.names(stages: stages)
    }
}

/// The columns of a block of counts, and which of them are best written as the difference to another.
package struct CountLayout: Sendable, Hashable {
    /// The names of the columns.
    package let columns: [String]
    /// For every column the one whose runs it holds the weights of; -1 for none.
    let bases: [Int]

    /// How many columns there are.
    package var width: Int { columns.count }

    /// Makes the layout of columns: `x.weight` is the weight of the runs that `x` counts.
    package init(columns: [String]) {
        self.columns = columns
        var numbers: [String: Int] = [:]
        for (number, name) in columns.enumerated() { numbers[name] = number }
        bases = columns.enumerated().map { column, name in
            guard name.hasSuffix(".weight"), let runs = numbers[String(name.dropLast(7))] else { return -1 }
            // What is read first cannot be the difference to what is read later.
            return runs < column ? runs : -1
        }
    }
}
