import Telemetry

/// One row of `waymark summary`: a journey in an environment, exactly.
package struct JourneySummaryRow: Sendable, Hashable {
    /// One of the longest runs.
    package struct Run: Sendable, Hashable {
        /// Its trace.
        package let trace: TraceID
        /// Its duration in nanoseconds.
        package let duration: UInt64
    }

    /// The journey's name; `service name` for a found one.
    package let name: String
    /// Whether it was found rather than read from a file.
    package let isFound: Bool
    /// The environment; empty where runs have none.
    package let environment: String
    /// How many runs there are.
    package let count: UInt64
    /// How many failed.
    package let errors: UInt64
    /// For how many runs they stand.
    package let estimatedCount: Double
    /// For how many failed runs they stand.
    package let estimatedErrors: Double
    /// The nearest-rank percentiles of all durations in nanoseconds, unweighted; nil when no run has a duration.
    package let p50: UInt64?
    /// The 95th percentile.
    package let p95: UInt64?
    /// The 99th percentile.
    package let p99: UInt64?
    /// The shortest duration.
    package let min: UInt64?
    /// The longest duration.
    package let max: UInt64?
    /// The ten longest runs, by duration descending, then by trace id.
    package let slowest: [Run]
    /// What became of joined runs; nil for a journey that joins nothing. Then all other numbers are those of the completed
    /// runs.
    package let joined: JoinedCounts?
}

/// Counts every run of finite input exactly: it keeps each duration, and knows neither windows nor limits.
package struct JourneySummary: Sendable {
    private struct Key: Hashable {
        let journey: Int
        let service: Symbol
        let name: Symbol
        let environment: String
    }

    /// Where in ``records`` the runs of a found journey are counted; no place for one that was not met yet.
    private struct FoundPlace: Sendable {
        var service = Symbol.empty
        var name = Symbol.empty
        var environment = Symbol.empty
        var place: Int?
    }

    private struct Record: Sendable {
        var durations: [UInt64] = []
        var count: UInt64 = 0
        var errors: UInt64 = 0
        var weight: UInt128 = 0
        var errorWeight: UInt128 = 0
        var slowest: [JourneySummaryRow.Run] = []
        /// The columns of ``JoinColumn``; empty for a journey that joins nothing.
        var ends: [UInt64] = []

        mutating func add(trace: TraceID, duration: UInt64?, failed: Bool, weight runWeight: UInt128) {
            count += 1
            weight += runWeight
            if failed {
                errors += 1
                errorWeight += runWeight
            }
            guard let duration else { return }
            durations.append(duration)
            let run = JourneySummaryRow.Run(trace: trace, duration: duration)
            if slowest.count >= JourneySummary.slowestCount, let last = slowest.last, !comesFirst(run, last) { return }
            let place = slowest.firstIndex { comesFirst(run, $0) } ?? slowest.count
            slowest.insert(run, at: place)
            if slowest.count > JourneySummary.slowestCount { slowest.removeLast() }
        }

        private func comesFirst(_ one: JourneySummaryRow.Run, _ other: JourneySummaryRow.Run) -> Bool {
            one.duration == other.duration ? one.trace < other.trace : one.duration > other.duration
        }

        func row(name: String, isFound: Bool, environment: String, _ journey: JourneyDefinition?) -> JourneySummaryRow {
            let sorted = durations.sorted()
            func value(_ quantile: Quantile) -> UInt64? {
                sorted.isEmpty ? nil : sorted[Int(quantile.rank(of: UInt64(sorted.count))) - 1]
            }
            func runs(_ units: UInt128) -> Double { Double(units) / Double(RunWeight.one.units) }
            return JourneySummaryRow(
                name: name, isFound: isFound, environment: environment, count: count, errors: errors,
                estimatedCount: runs(weight), estimatedErrors: runs(errorWeight), p50: value(.p50), p95: value(.p95),
                p99: value(.p99), min: sorted.first, max: sorted.last, slowest: slowest,
                joined: ends.isEmpty ? nil : journey.map { JoinedCounts($0, ends, open: 0) })
        }
    }

    /// How many of the longest runs are named.
    package static let slowestCount = 10

    private var matcher: JourneyMatcher
    private var reader = RunReader()
    private var records: [Record] = []
    private var places: [Key: Int] = [:]
    /// Where runs of found journeys went last, so that a key is put together once a journey rather than once a run.
    private var foundPlaces = [FoundPlace](repeating: FoundPlace(), count: 256)
    private var joins: [Int: JoinedJourney] = [:]
    private var environments: [String] = []
    private var environmentNumbers: [String: Int] = [:]

    /// Makes a summary of journeys from files; what they do not select becomes found journeys.
    package init(journeys: [JourneyDefinition]) {
        matcher = JourneyMatcher(journeys)
        for (number, journey) in journeys.enumerated() where journey.join != nil && journey.source == .spans {
            joins[number] = JoinedJourney(journey, base: .file, openLimit: .max)
        }
    }

    /// Takes in rows of a table that are free of duplicates.
    ///
    /// - Returns: The rows whose role depends on whether their parent is absent; name them to
    ///   ``addOrphan(_:of:)`` at the end of the input if it is.
    package mutating func add(_ table: SpanTable, rows: Range<Int>) -> [Int] {
        let matched = matcher.match(table, rows: rows)
        var judge: (journey: Int, judge: RunJudge)?
        for entry in matched.entries {
            if judge?.journey != entry.journey { judge = (entry.journey, matcher.judge(entry.journey, in: table)) }
            guard let bound = judge?.judge else { continue }
            let scope = matcher.journeys[entry.journey].scope
            let key = Key(
                journey: entry.journey, service: .empty, name: .empty,
                environment: RunReader.environment(entry.row, of: table, scope: scope))
            count(entry.row, bound, at: place(of: key))
        }
        join(matched.joined, table)
        let found = RunJudge(table: table)
        for row in matched.found { countFound(row, found) }
        return matched.pending
    }

    /// Decides all joined runs: the input has ended. To be called once, before ``rows()``.
    package mutating func finish() {
        for number in joins.keys.sorted() {
            for ending in joins[number]?.finish(at: .max) ?? [] { count(ending, of: number) }
        }
    }

    private mutating func join(_ stages: [MatchedRows.Step], _ table: SpanTable) {
        var judge: (journey: Int, judge: RunJudge)?
        var unjoinable: Set<MatchedRows.Entry> = []
        for stage in stages {
            guard let attribute = joins[stage.journey]?.attribute else { continue }
            if judge?.journey != stage.journey { judge = (stage.journey, matcher.judge(stage.journey, in: table)) }
            guard let bound = judge?.judge else { continue }
            let scope = matcher.journeys[stage.journey].scope
            let environment = RunReader.environment(stage.row, of: table, scope: scope)
            guard let text = JoinReader.value(stage.row, of: table, key: Words.existing(attribute)) else {
                guard unjoinable.insert(.init(journey: stage.journey, row: stage.row)).inserted else { continue }
                end(JoinColumn.unjoinable, key(stage.journey, environment))
                continue
            }
            let facts = reader.facts(stage.row, of: table, bound, wantsLabel: false)
            let reading = RunClock(.file).read(start: facts.start, end: facts.end, arrival: 0)
            let key = JoinKey(environment: number(of: environment), text: text)
            joins[stage.journey]?.take(
                JoinReader.event(stage: stage.step, facts, reading, nil), of: key, arrival: 0)
        }
    }

    private mutating func count(_ ending: JoinEnding, of number: Int) {
        let objectives = matcher.journeys[number].objectives.count
        guard let facts = ending.facts(objectives: objectives), let last = ending.steps.last else { return }
        let key = key(number, environments[ending.environment])
        switch ending.outcome {
        case .completed:
            end(JoinColumn.completed, key)
            records[place(of: key)].add(
                trace: facts.trace, duration: ending.reading.duration, failed: facts.failed,
                weight: UInt128(facts.weight.units))
        case .abandoned: end(JoinColumn.abandoned(after: last.stage), key)
        case .unjudged: end(JoinColumn.unjudged, key)
        }
    }

    private mutating func end(_ column: Int, _ key: Key) {
        let place = place(of: key)
        if records[place].ends.isEmpty {
            let stages = matcher.journeys[key.journey].stageNames.count
            records[place].ends = [UInt64](repeating: 0, count: JoinColumn.width(stages: stages))
        }
        records[place].ends[column] += 1
    }

    /// Where a journey in an environment is counted.
    private mutating func place(of key: Key) -> Int {
        if let known = places[key] { return known }
        records.append(Record())
        places[key] = records.count - 1
        return records.count - 1
    }

    private func key(_ journey: Int, _ environment: String) -> Key {
        Key(journey: journey, service: .empty, name: .empty, environment: environment)
    }

    private mutating func number(of environment: String) -> Int {
        if let known = environmentNumbers[environment] { return known }
        environments.append(environment)
        environmentNumbers[environment] = environments.count - 1
        return environments.count - 1
    }

    /// Counts a row as a run of a found journey, since its parent is absent.
    package mutating func addOrphan(_ row: Int, of table: SpanTable) {
        guard !matcher.isTaken(row, of: table) else { return }
        countFound(row, RunJudge(table: table))
    }

    private mutating func countFound(_ row: Int, _ judge: RunJudge) {
        let resource = judge.table.resource(row)
        let name = judge.table.name(row)
        let hash = UInt64(name.code) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(resource.service.code) << 56
        let slot = Int(truncatingIfNeeded: hash >> 56) & (foundPlaces.count - 1)
        let last = foundPlaces[slot]
        if let place = last.place, last.name == name, last.service == resource.service,
            last.environment == resource.environment
        {
            return count(row, judge, at: place)
        }
        let environment = RunReader.environment(row, of: judge.table, scope: JourneyDefinition.defaultScope)
        let place = place(of: Key(journey: -1, service: resource.service, name: name, environment: environment))
        foundPlaces[slot] = FoundPlace(
            service: resource.service, name: name, environment: resource.environment, place: place)
        count(row, judge, at: place)
    }

    private mutating func count(_ row: Int, _ judge: RunJudge, at place: Int) {
        let table = judge.table
        let failed = judge.isFailed(row)
        let weight = UInt128(reader.weight(row, of: table).units)
        let reading = RunClock(.file).read(start: table.starts[row], end: table.ends[row], arrival: 0)
        records[place].add(
            trace: table.traceID(row), duration: reading.duration, failed: failed, weight: weight)
    }

    /// One row for each journey and environment: journeys from files first, then found ones, by name and environment.
    package func rows() -> [JourneySummaryRow] {
        let rows = places.map { key, place in
            records[place].row(
                name: key.journey >= 0 ? matcher.journeys[key.journey].name : "\(key.service.text) \(key.name.text)",
                isFound: key.journey < 0, environment: key.environment,
                key.journey >= 0 ? matcher.journeys[key.journey] : nil)
        }
        return rows.sorted { one, other in
            if one.isFound != other.isFound { return other.isFound }
            return one.name == other.name ? one.environment < other.environment : one.name < other.name
        }
    }
}
