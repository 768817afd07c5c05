import Telemetry

/// Turns accepted rows into journeys, as they come, and hands out pictures of them.
///
/// One writer owns it; pictures are values that never change. Nothing is ever looked at twice: a run is judged when
/// its entry span arrives, a step when its span does. The picture does not depend on the order or on the batches in
/// which rows arrive, as long as no bound is reached: on found journeys, environments, versions and error labels told
/// apart, and on the traces whose steps are remembered.
///
/// Joined runs are the exception: what became of them follows from all spans of a session, so they are decided later and
/// once, by ``settle(through:)`` for streams and ``finish()`` for files.
///
/// The engine trusts its caller in two things: that rows are free of duplicates, and that ``resolveOrphan(_:row:chunk:arrival:)``
/// is called at most once for a row that ``ingest(_:rows:chunk:arrival:)`` named as pending.
package struct JourneyEngine: Sendable {
    /// How the engine is set up.
    package struct Options: Sendable {
        /// Whether arrival counts as such, or event time stands for it.
        package var base: RunClock.Base
        /// How many found journeys are told apart at once; the rest are one row.
        package var foundLimit: Int
        /// How many environments are told apart; runs of further ones belong to the environment `…`.
        package var environmentLimit: Int
        /// How many runs of a joined journey are open at once; past that the oldest are counted as unjudged.
        package var openLimit: Int

        /// Makes options; the defaults are those of a live receiver.
        package init(
            base: RunClock.Base = .stream, foundLimit: Int = 256, environmentLimit: Int = 64, openLimit: Int = 100_000
        ) {
            self.base = base
            self.foundLimit = foundLimit
            self.environmentLimit = environmentLimit
            self.openLimit = openLimit
        }
    }

    /// Where a ledger belongs.
    struct LedgerKey: Hashable {
        let journey: Int
        let environment: Int
    }

    let clock: RunClock
    private(set) var matcher: JourneyMatcher
    var reader = RunReader()
    var ledgers: [JourneyLedger] = []
    /// The joined journeys, by their number.
    var joins: [Int: JoinedJourney] = [:]
    /// The latest end of a span that can be right: how far the data has come.
    var latestEnd: UInt64 = 0
    private(set) var watermark: UInt64 = 0
    var firstSeen: UInt64?

    private let options: Options
    private var trackers: [StepTracker]

    private var found: FoundJourneys
    private var environments: [String] = []
    private var environmentNumbers: [String: Int] = [:]
    private var owners: [LedgerKey] = []
    private var ledgerNumbers: [LedgerKey: Int] = [:]
    private var freeLedgers: [Int] = []
    /// By journey from a file, then by environment: the number of its ledger plus one; zero for not looked up.
    private var fileLedgers: [Int32] = []
    private let environmentPlaces: Int
    /// What journeys show of which no run was seen.
    private var unseen: [Int: JourneyLedger] = [:]

    /// Makes an engine for journeys; each must have a name of its own.
    package init(journeys: [JourneyDefinition], options: Options = Options()) {
        self.options = options
        clock = RunClock(options.base)
        matcher = JourneyMatcher(journeys)
        trackers = journeys.map { _ in JourneyEngine.tracker(options.base) }
        found = FoundJourneys(limit: options.foundLimit)
        // The last place is for the environment of all further ones.
        environmentPlaces = options.environmentLimit + 1
        fileLedgers = Array(repeating: 0, count: journeys.count * environmentPlaces)
        for (number, journey) in journeys.enumerated() where journey.join != nil && journey.source == .spans {
            joins[number] = JoinedJourney(journey, base: options.base, openLimit: options.openLimit)
        }
    }

    /// The journeys from files.
    package var journeys: [JourneyDefinition] { matcher.journeys }

    private static func tracker(_ base: RunClock.Base) -> StepTracker {
        base == .file ? StepTracker(generationLimit: 500_000, generationAge: 3_600_000_000_000) : StepTracker()
    }

    /// Takes in rows that the store accepted.
    ///
    /// - Returns: The rows whose role depends on whether their parent is absent.
    package mutating func ingest(_ accepted: AcceptedRows) -> [SpanReference] {
        ingest(
            accepted.chunk.table, rows: accepted.rows, chunk: accepted.chunk.sequence, arrival: accepted.arrival
        ).map { SpanReference(chunk: accepted.chunk.sequence, row: $0) }
    }

    /// Takes in rows of a table.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - rows: The rows, free of duplicates.
    ///   - chunk: The number of the store's chunk, if the rows stay there.
    ///   - arrival: When they arrived, in Unix nanoseconds; for files it is not looked at.
    /// - Returns: The rows whose role depends on whether their parent is absent: SERVER and CONSUMER spans with a parent
    ///   that no journey's entry selects.
    package mutating func ingest(_ table: SpanTable, rows: Range<Int>, chunk: UInt64?, arrival: UInt64) -> [Int] {
        RunColumns.with(table) { ingest($0, rows.clamped(to: 0..<table.count), chunk, arrival) }
    }

    /// Takes in the rows of a chunk of the store again, as they arrived.
    ///
    /// - Parameters:
    ///   - chunk: The chunk.
    ///   - runs: Rows that arrived together, free of duplicates, with their arrival in Unix nanoseconds.
    /// - Returns: By run, the rows whose role depends on whether their parent is absent.
    package mutating func ingest(_ chunk: Chunk, runs: [(rows: Range<Int>, arrival: UInt64)]) -> [[Int]] {
        let table = chunk.table
        return RunColumns.with(table) { columns in
            runs.map { ingest(columns, $0.rows.clamped(to: 0..<table.count), chunk.sequence, $0.arrival) }
        }
    }

    private mutating func ingest(
        _ columns: RunColumns, _ rows: Range<Int>, _ chunk: UInt64?, _ arrival: UInt64
    ) -> [Int] {
        guard !rows.isEmpty else { return [] }
        moveWatermark(columns.ends, rows, arrival)
        if !joins.isEmpty { noteEnds(columns.ends, rows, arrival) }
        let matched = matcher.match(columns, rows: rows, chunk: chunk)
        reader.begin(columns.table, chunk)
        countEntries(matched.entries, columns, chunk, arrival)
        countSteps(matched.steps, columns, arrival)
        countJoined(matched.joined, columns.table, chunk, arrival)
        for row in matched.found {
            let process = process(Int(columns.resourceOf[row]), of: columns.table)
            let facts = reader.facts(row, of: columns, .found, process)
            countFound(
                facts, Symbol(code: columns.names[row]), columns.table.kind(row), process.environment, row, chunk,
                arrival)
        }
        return matched.pending
    }

    private mutating func moveWatermark(
        _ ends: UnsafeBufferPointer<UInt64>, _ rows: Range<Int>, _ arrival: UInt64
    ) {
        // Of streams only the arrival counts, which is that of all rows.
        guard clock.base == .file else {
            watermark = max(watermark, clock.watermark(end: 0, arrival: arrival))
            return
        }
        var latest: UInt64 = 0
        for row in rows { latest = max(latest, ends[row]) }
        // Nearly always every end can be right.
        if clock.watermark(end: latest, arrival: arrival) != latest {
            latest = rows.reduce(0) { max($0, clock.watermark(end: ends[$1], arrival: arrival)) }
        }
        watermark = max(watermark, latest)
    }

    /// What is known of a resource of the table at hand.
    private mutating func process(_ resource: Int, of table: SpanTable) -> RunProcess {
        if let known = reader.process(resource) { return known }
        let environment = environmentNumber(table.resources[resource].environment.text)
        return reader.learn(resource, of: table, environment: environment)
    }

    /// Counts a pending row as a run of a found journey: its parent is absent, and that is decided once.
    package mutating func resolveOrphan(_ table: SpanTable, row: Int, chunk: UInt64?, arrival: UInt64) {
        guard !matcher.isTaken(row, of: table) else { return }
        let environment = environmentNumber(table.resource(row).environment.text)
        let facts = reader.facts(row, of: table, .found, wantsLabel: true)
        countFound(facts, table.name(row), table.kind(row), environment, row, chunk, arrival)
    }

    /// Exchanges the journeys from files. Journeys whose definition says the same keep their counts; changed ones too as
    /// far as their counting rules are the same, new ones start with what the history kept, and those that are gone are
    /// forgotten.
    ///
    /// - Parameters:
    ///   - journeys: The journeys from now on.
    ///   - history: What the history has of those that are new.
    package mutating func replace(journeys: [JourneyDefinition], history: RestoredHistory = .empty) {
        let before = picture()
        var next = JourneyEngine(journeys: journeys, options: options)
        next.found = found
        next.environments = environments
        next.environmentNumbers = environmentNumbers
        next.watermark = watermark
        next.firstSeen = firstSeen
        next.reader = reader
        next.reader.forgetProcesses()
        next.latestEnd = latestEnd
        var numbers: [Int: Int] = [:]
        for (number, journey) in journeys.enumerated() {
            guard let old = matcher.journeys.firstIndex(of: journey) else { continue }
            numbers[old] = number
        }
        var ledgerMap: [Int: Int] = [:]
        for (number, owner) in owners.enumerated() {
            let journey = owner.journey < 0 ? owner.journey : numbers[owner.journey]
            guard let journey, journey != FoundJourneys.nobody else { continue }
            ledgerMap[number] = next.ledgers.count
            next.adopt(ledgers[number], LedgerKey(journey: journey, environment: owner.environment))
        }
        for (old, number) in numbers { next.trackers[number] = trackers[old].renumbered(ledgerMap) }
        next.adoptJoins(of: self)
        let known = Set(matcher.journeys.map { CountingName($0) })
        let kept = Set(numbers.values.map { CountingName(journeys[$0]) })
        var past = RestoredHistory.empty
        let changed = before.journeys.filter { !($0.definition.map { kept.contains(CountingName($0)) } ?? true) }
        past.series = changed.compactMap(\.durable)
        past.series += history.series.filter { !known.contains(CountingName($0.key)) }
        next.restore(past)
        self = next
    }

    /// A picture of everything counted so far.
    package func picture() -> JourneysPicture {
        var copy = self
        return copy.takePicture()
    }

    /// A picture of everything counted so far, which leaves less to do for the next one.
    package mutating func takePicture() -> JourneysPicture {
        for number in ledgers.indices { ledgers[number].settle(watermark: watermark) }
        var views: [JourneyView] = []
        views.reserveCapacity(ledgers.count)
        let bounds = JourneyView.Bounds(watermark: watermark, firstSeen: firstSeen)
        var isSeen = [Bool](repeating: false, count: matcher.journeys.count)
        for (number, owner) in owners.enumerated() {
            let environment = environments[owner.environment]
            if owner.journey >= 0 {
                isSeen[owner.journey] = true
                var view = JourneyView(
                    matcher.journeys[owner.journey], environment: environment, ledgers[number], bounds)
                view.openRuns = joins[owner.journey]?.open(in: owner.environment) ?? 0
                views.append(view)
            } else if let identity = found.identity(of: owner.journey) {
                views.append(JourneyView(identity, environment: environment, ledgers[number], bounds))
            }
        }
        for (number, journey) in matcher.journeys.enumerated() where !isSeen[number] {
            let ledger = unseen[number] ?? JourneyLedger(definition: journey)
            unseen[number] = ledger
            views.append(JourneyView(journey, environment: nil, ledger, bounds))
        }
        return JourneysPicture(views: views, bounds: bounds, otherNames: found.otherNames)
    }

    @discardableResult
    private mutating func adopt(_ ledger: JourneyLedger, _ key: LedgerKey) -> Int {
        let number = freeLedgers.popLast() ?? ledgers.count
        ledgerNumbers[key] = number
        if number < ledgers.count {
            ledgers[number] = ledger
            owners[number] = key
        } else {
            ledgers.append(ledger)
            owners.append(key)
        }
        return number
    }
}

extension JourneyEngine {
    private mutating func countEntries(
        _ entries: [MatchedRows.Entry], _ columns: RunColumns, _ chunk: UInt64?, _ arrival: UInt64
    ) {
        var first = 0
        while first < entries.count {
            let number = entries[first].journey
            var end = first + 1
            while end < entries.count, entries[end].journey == number { end += 1 }
            countEntries(entries[first..<end], of: number, columns, chunk, arrival)
            first = end
        }
    }

    /// Counts runs of one journey.
    private mutating func countEntries(
        _ entries: ArraySlice<MatchedRows.Entry>, of number: Int, _ columns: RunColumns, _ chunk: UInt64?,
        _ arrival: UInt64
    ) {
        let filters = matcher.filters(number, in: columns.table)
        let scope = matcher.journeys[number].scope
        let hasUsualScope = scope == JourneyDefinition.defaultScope
        let hasSteps = !matcher.journeys[number].steps.isEmpty
        var entries = entries
        if hasUsualScope, filters.countsForAll, entries.count >= RunBlock.fewest {
            // What is left counts for more than itself, or has no duration.
            entries = countBlocks(entries, of: number, filters, columns, chunk, arrival)[...]
        }
        for entry in entries {
            let row = entry.row
            let ledger: Int
            let facts: RunFacts
            if hasUsualScope {
                let process = process(Int(columns.resourceOf[row]), of: columns.table)
                ledger = fileLedger(number, process.environment)
                facts = reader.facts(row, of: columns, filters, process)
            } else {
                ledger = ledgerNumber(number, row, columns.table, scope: scope)
                facts = reader.facts(row, of: columns.table, filters, wantsLabel: true)
            }
            let reading = count(facts, ledger, row, chunk, arrival)
            guard hasSteps else { continue }
            let run = StepRun(ledger: ledger, time: reading.time, weight: facts.weight)
            follow(trackers[number].enter(facts.trace, run, now: watermark), of: number)
        }
    }

    /// Counts runs of one journey that stand for themselves alone and have a duration; gives the others.
    private mutating func countBlocks(
        _ entries: ArraySlice<MatchedRows.Entry>, of number: Int, _ filters: RunFilters, _ columns: RunColumns,
        _ chunk: UInt64?, _ arrival: UInt64
    ) -> [MatchedRows.Entry] {
        var left: [MatchedRows.Entry] = []
        RunBlock.with(entries.count, of: columns, chunk) { block in
            var ledger = -1
            // By the low digits of a resource: the one that was looked up last, and its ledger.
            var known: InlineArray<8, (resource: UInt32, ledger: Int)> = .init(repeating: (.max, -1))
            for entry in entries {
                let row = entry.row
                if columns.traceStates[row] != ValueCode.empty.bits {
                    left.append(entry)
                    continue
                }
                let resource = columns.resourceOf[row]
                let place = Int(resource & 7)
                if known[place].resource != resource {
                    let environment = process(Int(resource), of: columns.table).environment
                    known[place] = (resource, fileLedger(number, environment))
                }
                if known[place].ledger != ledger || block.isFull {
                    hand(&block, of: number, to: ledger, columns, arrival, &left)
                    ledger = known[place].ledger
                }
                block.append(
                    row, resource, failed: filters.isFailed(row, kindAndStatus: columns.kindAndStatus[row]))
            }
            hand(&block, of: number, to: ledger, columns, arrival, &left)
        }
        return left
    }

    /// Counts the runs of a block, and makes room in it; those without a duration are left.
    private mutating func hand(
        _ block: inout RunBlock, of number: Int, to ledger: Int, _ columns: RunColumns, _ arrival: UInt64,
        _ left: inout [MatchedRows.Entry]
    ) {
        let seen = block.read(columns.ends, clock, arrival) { left.append(.init(journey: number, row: $0)) }
        guard let seen else { return }
        firstSeen = min(firstSeen ?? seen.lowerBound, seen.lowerBound)
        let processes = reader.processes
        processes.withUnsafeBufferPointer { ledgers[ledger].add(block, in: seen, columns, $0, watermark: watermark) }
        if !matcher.journeys[number].steps.isEmpty {
            for index in 0..<block.count {
                let run = StepRun(ledger: ledger, time: block.times[index], weight: .one)
                follow(trackers[number].enter(block.trace(index), run, now: watermark), of: number)
            }
        }
        block.clear()
    }

    /// The ledger of a journey from a file in an environment.
    @inline(__always)
    private mutating func fileLedger(_ journey: Int, _ environment: Int) -> Int {
        let place = journey * environmentPlaces + environment
        guard environment < environmentPlaces, place < fileLedgers.count else {
            return ledgerNumber(LedgerKey(journey: journey, environment: environment))
        }
        if fileLedgers[place] > 0 { return Int(fileLedgers[place]) - 1 }
        let number = ledgerNumber(LedgerKey(journey: journey, environment: environment))
        fileLedgers[place] = Int32(truncatingIfNeeded: number + 1)
        return number
    }

    private mutating func countSteps(_ steps: [MatchedRows.Step], _ columns: RunColumns, _ arrival: UInt64) {
        for step in steps {
            let row = step.row
            let process = process(Int(columns.resourceOf[row]), of: columns.table)
            let facts = reader.facts(row, of: columns, .found, process, wantsLabel: false)
            let reading = clock.read(start: facts.start, end: facts.end, arrival: arrival)
            let scope = matcher.journeys[step.journey].scope
            let environment =
                scope == JourneyDefinition.defaultScope
                ? process.environment
                : environmentNumber(RunReader.environment(row, of: columns.table, scope: scope))
            let sighting = facts.sighting(reading, environment: environment)
            follow(
                trackers[step.journey].reach(facts.trace, step: step.step, sighting, now: watermark), of: step.journey)
        }
    }

    private mutating func follow(_ outcome: StepOutcome, of journey: Int) {
        for change in outcome.changes { ledgers[change.run.ledger].apply(change, watermark: watermark) }
        for sighting in outcome.sightings {
            let number = ledgerNumber(LedgerKey(journey: journey, environment: sighting.environment))
            ledgers[number].note(sighting, watermark: watermark)
        }
    }

    private mutating func countFound(
        _ facts: RunFacts, _ name: Symbol, _ kind: SpanKind, _ environment: Int, _ row: Int, _ chunk: UInt64?,
        _ arrival: UInt64
    ) {
        let reading = clock.read(start: facts.start, end: facts.end, arrival: arrival)
        let number = found.number(
            service: facts.service, name: name, kind: kind, at: reading.time, watermark: watermark)
        if let retired = found.takeRetired() { drop(retired) }
        count(facts, ledgerNumber(LedgerKey(journey: number, environment: environment)), row, chunk, arrival)
    }

    @discardableResult
    private mutating func count(
        _ facts: RunFacts,
        _ ledger: Int,
        _ row: Int,
        _ chunk: UInt64?,
        _ arrival: UInt64
    ) -> RunClock.Reading {
        let reading = clock.read(start: facts.start, end: facts.end, arrival: arrival)
        firstSeen = min(firstSeen ?? reading.time, reading.time)
        let reference = chunk.map { SpanReference(chunk: $0, row: row) }
        ledgers[ledger].add(facts, reading, reference, watermark: watermark)
        return reading
    }

    /// The ledger of a journey in the environment of a row.
    mutating func ledgerNumber(_ journey: Int, _ row: Int, _ table: SpanTable, scope: [String]) -> Int {
        let name = RunReader.environment(row, of: table, scope: scope)
        return ledgerNumber(LedgerKey(journey: journey, environment: environmentNumber(name)))
    }

    /// The ledger of a journey in an environment, made where it is not there.
    mutating func ledgerNumber(_ key: LedgerKey) -> Int {
        if let known = ledgerNumbers[key] { return known }
        let definition = key.journey >= 0 ? matcher.journeys[key.journey] : nil
        return adopt(JourneyLedger(definition: definition, base: options.base), key)
    }

    mutating func environmentNumber(_ name: String) -> Int {
        if let known = environmentNumbers[name] { return known }
        let isFull = environments.count >= options.environmentLimit
        let text = isFull ? "…" : name
        if let known = environmentNumbers[text] { return known }
        environments.append(text)
        environmentNumbers[text] = environments.count - 1
        return environments.count - 1
    }

    /// Forgets the ledgers of a found journey that made room for another. Ledgers of file journeys never move, since
    /// step trackers know them by number.
    private mutating func drop(_ journey: Int) {
        for number in owners.indices where owners[number].journey == journey {
            ledgerNumbers[owners[number]] = nil
            owners[number] = LedgerKey(journey: FoundJourneys.nobody, environment: owners[number].environment)
            ledgers[number] = JourneyLedger(definition: nil)
            freeLedgers.append(number)
        }
    }
}

extension JourneyEngine {
    /// Goes on with what the history kept: counts of journeys whose counting rules are still the same are added to those
    /// there are, and time goes on from where it stood.
    ///
    /// - Returns: Whether nothing had been counted before, so that the picture now is what the history has.
    @discardableResult
    package mutating func restore(_ history: RestoredHistory) -> Bool {
        let wasUntouched = ledgers.isEmpty && firstSeen == nil
        watermark = max(watermark, min(history.watermark, RunClock.latest))
        if let first = history.firstSeen { firstSeen = min(firstSeen ?? first, first) }
        let fingerprints = matcher.journeys.map(\.countingFingerprint)
        for series in history.series {
            let number = matcher.journeys.indices.first {
                matcher.journeys[$0].name == series.key.journey && fingerprints[$0] == series.key.fingerprint
            }
            guard let number else { continue }
            let environment = environmentNumber(series.key.environment)
            let ledger = ledgerNumber(LedgerKey(journey: number, environment: environment))
            ledgers[ledger].merge(series, definition: matcher.journeys[number])
        }
        return wasUntouched
    }
}
