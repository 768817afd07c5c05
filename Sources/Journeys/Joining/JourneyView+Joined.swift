/// What became of the joined runs of a journey, in a window.
package struct JoinedCounts: Sendable, Hashable {
    /// The runs abandoned after one step.
    package struct Abandoned: Sendable, Hashable {
        /// The last step they reached; `entry` where the journey has an entry and no step was reached.
        package let step: String
        /// How many runs.
        package let count: UInt64

        /// Makes a count.
        package init(step: String, count: UInt64) {
            self.step = step
            self.count = count
        }
    }

    /// The attribute that joins.
    package let attribute: String
    /// The runs that reached the last step in time; they count at the end of that step.
    package let completed: UInt64
    /// The runs that did not, by the last step they reached, in the order of the steps; they count when their time was
    /// over. There is one for each step but the last.
    package let abandonedAfter: [Abandoned]
    /// The runs given up because too many were open; they count when that happened.
    package let unjudged: UInt64
    /// The spans of steps without the attribute.
    package let unjoinable: UInt64
    /// The runs that have begun and are not decided, now; a window does not matter.
    package let open: Int
    /// Whether the journey has an entry, so that a run may be abandoned before its first step.
    package let hasEntry: Bool

    /// Makes counts.
    package init(
        attribute: String, hasEntry: Bool = false, completed: UInt64, abandonedAfter: [Abandoned], unjudged: UInt64,
        unjoinable: UInt64, open: Int
    ) {
        self.attribute = attribute
        self.hasEntry = hasEntry
        self.completed = completed
        self.abandonedAfter = abandonedAfter
        self.unjudged = unjudged
        self.unjoinable = unjoinable
        self.open = open
    }

    /// All abandoned runs.
    package var abandoned: UInt64 { abandonedAfter.reduce(0) { saturatingSum($0, $1.count) } }
    /// The runs that were completed or abandoned: those that the steps funnel is about.
    package var judged: UInt64 { saturatingSum(completed, abandoned) }

    /// The judged runs that reached a step, counted from zero.
    package func reached(step: Int) -> UInt64 {
        let stage = hasEntry ? step + 1 : step
        return abandonedAfter.dropFirst(stage).reduce(completed) { saturatingSum($0, $1.count) }
    }
}

extension JourneyDefinition {
    /// What the stages of a joined run are called: `entry`, where the journey has one, then the steps.
    package var stageNames: [String] { (entry == nil ? [] : ["entry"]) + steps.map(\.name) }
}

extension JoinedCounts {
    /// Makes counts from the columns of a ledger.
    init(_ definition: JourneyDefinition, _ sums: [UInt64], open: Int) {
        let names = definition.stageNames
        let places = names.count > 1 ? names.indices.dropLast() : names.indices[...]
        self.init(
            attribute: definition.join ?? "", hasEntry: definition.entry != nil, completed: sums[JoinColumn.completed],
            abandonedAfter: places.map {
                Abandoned(step: names[$0], count: sums[JoinColumn.abandoned(after: $0)])
            },
            unjudged: sums[JoinColumn.unjudged], unjoinable: sums[JoinColumn.unjoinable], open: open)
    }
}

extension JourneyView {
    /// What became of joined runs in a window; nil for a journey that joins nothing.
    package func joinedCounts(in window: TimeWindow) -> JoinedCounts? {
        guard let definition, !ledger.stageNames.isEmpty else { return nil }
        let sums = ledger.counts.sums(in: window, watermark: bounds.watermark)
        let ends = sums.dropFirst(CountColumn.width(objectives: ledger.objectives.count))
        return JoinedCounts(definition, Array(ends), open: openRuns)
    }
}
