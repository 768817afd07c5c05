import Telemetry

/// What the rows of one batch mean to the journeys.
package struct MatchedRows: Sendable {
    /// A row that is a run of a file's journey.
    package struct Entry: Sendable, Hashable {
        /// The journey's number in the matcher.
        package let journey: Int
        /// The row.
        package let row: Int
    }

    /// A row that shows a step of a file's journey.
    package struct Step: Sendable, Hashable {
        /// The journey's number in the matcher.
        package let journey: Int
        /// The step's number in the journey.
        package let step: Int
        /// The row.
        package let row: Int
    }

    /// The runs of journeys from files.
    package var entries: [Entry] = []
    /// The steps of journeys from files.
    package var steps: [Step] = []
    /// The rows that may be stages of joined runs: the entry, where the journey has one, then the steps.
    package var joined: [Step] = []
    /// The rows without a parent that no file's entry selects: runs of found journeys.
    package var found: [Int] = []
    /// The SERVER and CONSUMER rows with a parent that no file's entry selects: runs of found journeys, should the
    /// parent turn out to be absent.
    package var pending: [Int] = []

    /// Nothing.
    package init() {}
}

/// Looks at rows with the filters of all journeys; it keeps nothing between batches.
package struct JourneyMatcher: Sendable {
    /// The compiled filters of one journey.
    private struct Compiled: Sendable {
        let entry: SpanPredicate?
        let ignore: SpanPredicate?
        let failed: SpanPredicate?
        let steps: [SpanPredicate]
        let of: [SpanPredicate?]
    }

    /// The journeys, by number.
    package let journeys: [JourneyDefinition]
    private let compiled: [Compiled]

    /// Compiles the filters of journeys.
    ///
    /// Journeys that take their runs from metrics select nothing here.
    package init(_ journeys: [JourneyDefinition]) {
        self.journeys = journeys
        compiled = journeys.map { journey in
            let usesSpans = journey.source == .spans
            return Compiled(
                entry: usesSpans ? journey.entry.map { SpanPredicate($0.expression) } : nil,
                ignore: journey.ignore.map { SpanPredicate($0.expression) },
                failed: journey.failed.map { SpanPredicate($0.expression) },
                steps: usesSpans && (journey.entry != nil || journey.join != nil)
                    ? journey.steps.map { SpanPredicate($0.filter.expression) } : [],
                of: journey.objectives.map { $0.of.map { SpanPredicate($0.expression) } })
        }
    }

    /// What rows of a table mean.
    package func match(_ table: SpanTable, rows: Range<Int>) -> MatchedRows {
        var matched = MatchedRows()
        var isTaken = [Bool](repeating: false, count: rows.count)
        var selected: [UInt32] = []
        for (number, filters) in compiled.enumerated() {
            guard journeys[number].join == nil else {
                matchJoined(number, table, rows, &isTaken, &matched)
                continue
            }
            guard let entry = filters.entry else { continue }
            selected.removeAll(keepingCapacity: true)
            entry.bind(to: table).select(rows, into: &selected)
            if !selected.isEmpty {
                let ignore = filters.ignore?.bind(to: table)
                for row in selected {
                    let row = Int(row)
                    isTaken[row - rows.lowerBound] = true
                    if ignore?.matches(row) != true { matched.entries.append(.init(journey: number, row: row)) }
                }
            }
            for (step, filter) in filters.steps.enumerated() {
                selected.removeAll(keepingCapacity: true)
                filter.bind(to: table).select(rows, into: &selected)
                for row in selected { matched.steps.append(.init(journey: number, step: step, row: Int(row))) }
            }
        }
        for row in rows where !isTaken[row - rows.lowerBound] { sort(row, of: table, into: &matched) }
        return matched
    }

    /// Finds the rows of a joined journey. Only its entry takes rows away from found journeys: its steps are runs of
    /// their own as well.
    private func matchJoined(
        _ number: Int, _ table: SpanTable, _ rows: Range<Int>, _ isTaken: inout [Bool], _ matched: inout MatchedRows
    ) {
        let filters = compiled[number]
        let ignore = filters.ignore?.bind(to: table)
        var selected: [UInt32] = []
        let stages = (filters.entry.map { [$0] } ?? []) + filters.steps
        for (stage, filter) in stages.enumerated() {
            selected.removeAll(keepingCapacity: true)
            filter.bind(to: table).select(rows, into: &selected)
            for row in selected {
                let row = Int(row)
                if stage == 0, filters.entry != nil { isTaken[row - rows.lowerBound] = true }
                guard ignore?.matches(row) != true else { continue }
                matched.joined.append(.init(journey: number, step: stage, row: row))
            }
        }
    }

    private func sort(_ row: Int, of table: SpanTable, into matched: inout MatchedRows) {
        if table.parentIDs[row] == 0 {
            matched.found.append(row)
        } else {
            switch table.kind(row) {
            case .server, .consumer: matched.pending.append(row)
            default: break
            }
        }
    }

    /// Whether an entry of any file's journey selects a row, ignored or not.
    package func isTaken(_ row: Int, of table: SpanTable) -> Bool {
        compiled.contains { $0.entry?.bind(to: table).matches(row) == true }
    }

    /// Judges rows of a journey for what its filters say beyond being a run.
    func judge(_ journey: Int, in table: SpanTable) -> RunJudge {
        let filters = compiled[journey]
        return RunJudge(
            table: table, failed: filters.failed?.bind(to: table), of: filters.of.map { $0?.bind(to: table) })
    }
}

/// The filters `failed` and `of` of one journey, bound to one table.
struct RunJudge {
    let table: SpanTable
    let failed: BoundSpanPredicate?
    let of: [BoundSpanPredicate?]

    /// The judge of found journeys: a run failed when its status says so.
    init(table: SpanTable, failed: BoundSpanPredicate? = nil, of: [BoundSpanPredicate?] = []) {
        self.table = table
        self.failed = failed
        self.of = of
    }

    func isFailed(_ row: Int) -> Bool {
        failed?.matches(row) ?? (table.status(row) == .error)
    }

    /// Whether a run counts for an objective.
    func counts(_ row: Int, objective: Int) -> Bool {
        of[objective]?.matches(row) ?? true
    }
}
