import Telemetry

/// What the rows of one batch mean to the journeys.
package struct MatchedRows: Sendable {
    /// A row that is a run of a file's journey.
    package struct Entry: Sendable, Hashable {
        /// The journey's number in the matcher.
        package let journey: Int
        /// The row.
        package let row: Int

        /// Makes an entry.
        package init(journey: Int, row: Int) {
            self.journey = journey
            self.row = row
        }
    }

    /// A row that shows a step of a file's journey.
    package struct Step: Sendable, Hashable {
        /// The journey's number in the matcher.
        package let journey: Int
        /// The step's number in the journey.
        package let step: Int
        /// The row.
        package let row: Int

        /// Makes a step.
        package init(journey: Int, step: Int, row: Int) {
            self.journey = journey
            self.step = step
            self.row = row
        }
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

/// Looks at rows with the filters of all journeys.
///
/// What all journeys make of a sort of spans (see ``SpanSort``) is worked out once and kept between batches, so that most
/// rows cost one look-up, however many journeys there are. Only clauses that ask for more than the sort are asked about
/// single rows, and only where the rest of their filter leaves that open.
package struct JourneyMatcher: Sendable {
    /// The compiled filters of one journey.
    private struct Compiled: Sendable {
        let ignore: SortedFilter?
        let failed: SpanPredicate?
        let of: [SpanPredicate?]
        let hasPromiseFilters: Bool
    }

    /// What a span that a filter selects is to its journey.
    private enum Role: Sendable {
        case entry
        case step(Int)
        /// A stage of a joined run.
        case stage(Int, isEntry: Bool)
    }

    /// One filter that finds rows. They are numbered by journey, then by step: the order of what is found.
    private struct Finder: Sendable {
        let journey: Int
        let role: Role
        let filter: SortedFilter
        /// Whether a row that it selects is no run of a found journey.
        let takes: Bool
        /// Whether the journey's `ignore` holds for it.
        let heedsIgnore: Bool
    }

    /// What one finder makes of a sort.
    private struct Claim: Sendable, Hashable {
        let finder: Int32
        let selects: SortVerdict
        let ignores: SortVerdict
    }

    /// What all finders make of a sort.
    private struct Plan: Sendable {
        let claims: [Claim]
        /// Whether every span of the sort is taken by an entry.
        let takesAll: Bool
    }

    /// The journeys, by number.
    package let journeys: [JourneyDefinition]
    private let compiled: [Compiled]
    private let finders: [Finder]

    /// The plan of no claims is the first.
    private var plans = [Plan(claims: [], takesAll: false)]
    private var planNumbers: [[Claim]: Int32] = [[]: 0]
    private var sorts = SortIndex()
    private var processes: [ProcessName: UInt32] = [:]
    /// By resource of the table looked at last: the number of its process.
    private var processOf: [UInt32] = []
    private var chunk: UInt64?
    private var shelf = ChunkShelf<[UInt32]>()

    /// What a sort knows of the process.
    private struct ProcessName: Hashable {
        let service: Symbol
        let version: Symbol
        let environment: Symbol
    }

    private static let unknown = UInt32.max

    /// Compiles the filters of journeys.
    ///
    /// Journeys that take their runs from metrics select nothing here.
    package init(_ journeys: [JourneyDefinition]) {
        self.journeys = journeys
        compiled = journeys.map { journey in
            Compiled(
                ignore: journey.ignore.map { SortedFilter($0.expression) },
                failed: journey.failed.map { SpanPredicate($0.expression) },
                of: journey.objectives.map { $0.of.map { SpanPredicate($0.expression) } },
                hasPromiseFilters: journey.objectives.contains { $0.of != nil })
        }
        finders = journeys.enumerated().flatMap { JourneyMatcher.finders(of: $1, number: $0) }
    }

    private static func finders(of journey: JourneyDefinition, number: Int) -> [Finder] {
        guard journey.source == .spans, journey.entry != nil || journey.join != nil else { return [] }
        let isJoined = journey.join != nil
        var finders: [Finder] = []
        if let entry = journey.entry {
            finders.append(
                Finder(
                    journey: number, role: isJoined ? .stage(0, isEntry: true) : .entry,
                    filter: SortedFilter(entry.expression), takes: true, heedsIgnore: true))
        }
        // The steps of joined runs are runs of their own as well: only an entry takes rows away from found journeys.
        let firstStage = finders.count
        for (step, definition) in journey.steps.enumerated() {
            finders.append(
                Finder(
                    journey: number, role: isJoined ? .stage(firstStage + step, isEntry: false) : .step(step),
                    filter: SortedFilter(definition.filter.expression), takes: false, heedsIgnore: isJoined))
        }
        return finders
    }

    /// What rows of a table mean; each list is in the order of journeys, then steps, then rows.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - rows: The rows.
    ///   - chunk: The number of the store's chunk, if the rows lie in one: what is known of its resources is then kept.
    package mutating func match(_ table: SpanTable, rows: Range<Int>, chunk: UInt64? = nil) -> MatchedRows {
        RunColumns.with(table) { match($0, rows: rows.clamped(to: 0..<table.count), chunk: chunk) }
    }

    /// What rows mean, all of which there are.
    mutating func match(_ columns: RunColumns, rows: Range<Int>, chunk: UInt64?) -> MatchedRows {
        begin(columns.table, chunk)
        var look = Look(finders: finders.count)
        var row = rows.lowerBound
        while row < rows.upperBound {
            row = scan(columns, row..<rows.upperBound, &look)
            if row < rows.upperBound { learn(row, of: columns.table, &look) }
        }
        return sorted(look)
    }

    /// What was found so far, and filters bound to the table.
    private struct Look {
        var matched = MatchedRows()
        /// What finders selected: the finder in the high half, the row in the low.
        var selected: [UInt64] = []
        /// By finder: how many rows it selected.
        var counts: [Int]
        /// By finder: its filter and its journey's `ignore`, once they were needed.
        var filters: [Int: BoundSpanPredicate] = [:]
        var ignores: [Int: BoundSpanPredicate] = [:]
        /// By finder: what it says of sorts; empty before a sort was new.
        var sortFilters: [(selects: BoundSortedFilter, ignores: BoundSortedFilter?)] = []

        init(finders: Int) { counts = Array(repeating: 0, count: finders) }
    }

    /// Looks at rows up to one whose sort is not known; gives that row, or the end.
    private func scan(_ columns: RunColumns, _ rows: Range<Int>, _ look: inout Look) -> Int {
        let server = SpanKind.server.rawValue
        let consumer = SpanKind.consumer.rawValue
        var lastKey: UInt64 = 0
        var lastPlan: Int32 = -1
        return sorts.places.withUnsafeBufferPointer { places in
            processOf.withUnsafeBufferPointer { processOf in
                for row in rows {
                    let process = processOf[Int(columns.resourceOf[row])]
                    if process == JourneyMatcher.unknown { return row }
                    let kind = columns.kindAndStatus[row]
                    let key = SpanSort(name: columns.names[row], process: process, kindAndStatus: kind).key
                    if key != lastKey || lastPlan < 0 {
                        lastPlan = SortIndex.number(of: key, in: places)
                        if lastPlan < 0 { return row }
                        lastKey = key
                    }
                    if lastPlan != 0, claim(row, Int(lastPlan), columns.table, &look) { continue }
                    if columns.parentIDs[row] == 0 {
                        look.matched.found.append(row)
                    } else if kind & 0x0F == server || kind & 0x0F == consumer {
                        look.matched.pending.append(row)
                    }
                }
                return rows.upperBound
            }
        }
    }

    /// Notes what a row is to the journeys; whether an entry takes it.
    private func claim(_ row: Int, _ plan: Int, _ table: SpanTable, _ look: inout Look) -> Bool {
        let plan = plans[plan]
        var isTaken = plan.takesAll
        for claim in plan.claims {
            let number = Int(claim.finder)
            if claim.selects == .open {
                let filter = look.filters[number] ?? finders[number].filter.predicate.bind(to: table)
                look.filters[number] = filter
                guard filter.matches(row) else { continue }
            }
            if finders[number].takes { isTaken = true }
            if claim.ignores == .all { continue }
            if claim.ignores == .open, let predicate = compiled[finders[number].journey].ignore?.predicate {
                let ignore = look.ignores[number] ?? predicate.bind(to: table)
                look.ignores[number] = ignore
                if ignore.matches(row) { continue }
            }
            look.selected.append(UInt64(claim.finder) << 32 | UInt64(row))
            look.counts[number] += 1
        }
        return isTaken
    }

    /// Puts what was selected into its order: by finder, then by row, as it was found.
    private func sorted(_ look: Look) -> MatchedRows {
        var matched = look.matched
        guard !look.selected.isEmpty else { return matched }
        var next = look.counts
        var sum = 0
        for number in next.indices {
            let count = next[number]
            next[number] = sum
            sum += count
        }
        var rows = [UInt32](repeating: 0, count: sum)
        for selected in look.selected {
            let number = Int(selected >> 32)
            rows[next[number]] = UInt32(truncatingIfNeeded: selected)
            next[number] += 1
        }
        matched.entries.reserveCapacity(sum)
        var place = 0
        for (number, count) in look.counts.enumerated() where count > 0 {
            let own = rows[place..<place + count]
            place += count
            let journey = finders[number].journey
            switch finders[number].role {
            case .entry: for row in own { matched.entries.append(.init(journey: journey, row: Int(row))) }
            case .step(let step):
                for row in own { matched.steps.append(.init(journey: journey, step: step, row: Int(row))) }
            case .stage(let stage, _):
                for row in own { matched.joined.append(.init(journey: journey, step: stage, row: Int(row))) }
            }
        }
        return matched
    }

    /// Whether an entry of any file's journey selects a row, ignored or not.
    package mutating func isTaken(_ row: Int, of table: SpanTable) -> Bool {
        let process = number(of: table.resource(row))
        let key = SpanSort(name: table.names[row], process: process, kindAndStatus: table.kindAndStatus[row]).key
        var plan = sorts.number(of: key)
        if plan < 0 {
            var look = Look(finders: 0)
            plan = learn(key, row, of: table, &look)
        }
        return plans[Int(plan)].claims.contains { claim in
            guard finders[Int(claim.finder)].takes else { return false }
            return claim.selects == .all || finders[Int(claim.finder)].filter.predicate.bind(to: table).matches(row)
        }
    }

    /// Judges rows of a journey for what its filters say beyond being a run.
    func judge(_ journey: Int, in table: SpanTable) -> RunJudge {
        RunJudge(table: table, filters: filters(journey, in: table))
    }

    /// What a journey's filters say of rows beyond being a run.
    func filters(_ journey: Int, in table: SpanTable) -> RunFilters {
        let filters = compiled[journey]
        return RunFilters(
            failed: filters.failed?.bind(to: table),
            of: filters.hasPromiseFilters ? filters.of.map { $0?.bind(to: table) } : nil)
    }
}

// MARK: - Getting to know

extension JourneyMatcher {
    /// Makes ready for rows of a table, which may be a chunk that was looked at before, with more rows.
    private mutating func begin(_ table: SpanTable, _ chunk: UInt64?) {
        let count = table.resources.count
        if chunk != self.chunk { processOf = shelf.exchange(processOf, of: self.chunk, for: chunk) ?? [] }
        if chunk == nil || count < processOf.count { processOf.removeAll(keepingCapacity: true) }
        self.chunk = chunk
        while processOf.count < count { processOf.append(JourneyMatcher.unknown) }
    }

    /// Gets to know the sort of a row of the table at hand.
    private mutating func learn(_ row: Int, of table: SpanTable, _ look: inout Look) {
        if sorts.count >= SpanSort.mostSorts { forget() }
        let resource = Int(table.resourceOf[row])
        let process = number(of: table.resources[resource])
        processOf[resource] = process
        let key = SpanSort(name: table.names[row], process: process, kindAndStatus: table.kindAndStatus[row]).key
        if sorts.number(of: key) < 0 { learn(key, row, of: table, &look) }
    }

    @discardableResult
    private mutating func learn(_ key: UInt64, _ row: Int, of table: SpanTable, _ look: inout Look) -> Int32 {
        if look.sortFilters.isEmpty {
            look.sortFilters = finders.map { finder in
                let ignore = finder.heedsIgnore ? compiled[finder.journey].ignore : nil
                return (finder.filter.bind(to: table), ignore?.bind(to: table))
            }
        }
        var claims: [Claim] = []
        for (number, filters) in look.sortFilters.enumerated() {
            let selects = filters.selects.verdict(onSortOf: row)
            guard selects != .none else { continue }
            let ignores = filters.ignores?.verdict(onSortOf: row) ?? .none
            claims.append(Claim(finder: Int32(truncatingIfNeeded: number), selects: selects, ignores: ignores))
        }
        let number: Int32
        if let known = planNumbers[claims] {
            number = known
        } else {
            number = Int32(truncatingIfNeeded: plans.count)
            let takesAll = claims.contains { $0.selects == .all && finders[Int($0.finder)].takes }
            plans.append(Plan(claims: claims, takesAll: takesAll))
            planNumbers[claims] = number
        }
        sorts.insert(key, number)
        return number
    }

    private mutating func number(of resource: ResourceRow) -> UInt32 {
        let name = ProcessName(
            service: resource.service, version: resource.version, environment: resource.environment)
        if let known = processes[name] { return known }
        if processes.count >= SpanSort.mostProcesses { forget() }
        let number = UInt32(truncatingIfNeeded: processes.count)
        processes[name] = number
        return number
    }

    /// Forgets all sorts and processes, so that names without end cannot fill memory.
    private mutating func forget() {
        plans = [Plan(claims: [], takesAll: false)]
        planNumbers = [[]: 0]
        sorts = SortIndex()
        processes = [:]
        shelf.removeAll()
        for resource in processOf.indices { processOf[resource] = JourneyMatcher.unknown }
    }
}

/// The filters `failed` and `of` of one journey, bound to one table.
struct RunFilters {
    /// Those of found journeys: a run failed when its status says so.
    static var found: RunFilters { RunFilters(failed: nil, of: nil) }

    fileprivate let failed: BoundSpanPredicate?
    /// Nil when every run counts for every objective.
    fileprivate let of: [BoundSpanPredicate?]?

    /// Whether a run failed, whose row has this kind and status.
    @inline(__always)
    func isFailed(_ row: Int, kindAndStatus: UInt8) -> Bool {
        failed?.matches(row) ?? (kindAndStatus >> 4 == StatusCode.error.rawValue)
    }

    /// Whether every run counts for every objective.
    var countsForAll: Bool { of == nil }

    /// By objective: whether a run counts for it; nil when it counts for all.
    @inline(__always)
    func counts(_ row: Int) -> [Bool]? { of.map { $0.map { $0?.matches(row) ?? true } } }
}

/// ``RunFilters`` with the table they are bound to.
struct RunJudge {
    let table: SpanTable
    let filters: RunFilters

    /// The judge of found journeys, unless filters say otherwise.
    init(table: SpanTable, filters: RunFilters = .found) {
        self.table = table
        self.filters = filters
    }

    func isFailed(_ row: Int) -> Bool { filters.isFailed(row, kindAndStatus: table.kindAndStatus[row]) }
}
