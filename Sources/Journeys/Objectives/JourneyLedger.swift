import Telemetry

/// The columns of a journey's counts: some of its own, then four for every objective.
///
/// The history keeps them by name: whoever adds one names it in `CountColumn.ownNames`.
enum CountColumn {
    static let total = 0
    static let failed = 1
    /// Failed, or not faster than the tightest promise.
    static let bad = 2
    static let totalWeight = 3
    static let failedWeight = 4
    static let badWeight = 5
    static let backwards = 6
    static let suspect = 7
    /// Runs that stand for more than themselves.
    static let sampled = 8
    static let own = 9

    static let objectiveTotal = 0
    static let objectiveGood = 1
    static let objectiveTotalWeight = 2
    static let objectiveGoodWeight = 3
    static let perObjective = 4

    static func objective(_ number: Int, _ column: Int) -> Int { own + number * perObjective + column }
    static func width(objectives: Int) -> Int { own + objectives * perObjective }
    /// The columns of a journey: those of joined runs (see ``JoinColumn``) stand after those of the objectives.
    static func width(_ definition: JourneyDefinition?) -> Int {
        let plain = width(objectives: definition?.objectives.count ?? 0)
        guard let definition, definition.join != nil else { return plain }
        return plain + JoinColumn.width(stages: definition.stageNames.count)
    }
}

/// A version of a service that was seen on a journey.
struct VersionRecord: Sendable {
    let service: Symbol
    let version: Symbol
    var firstSeen: UInt64
    var lastSeen: UInt64
    var instances: Set<UInt64> = []
    var latency: SparseSeries

    static let maximumInstances = 4_096
}

/// Everything counted for one journey in one environment.
///
/// It is a value whose parts share their memory with copies until they change: the writer goes on with its own while
/// the dashboard reads a copy.
struct JourneyLedger: Sendable {
    let objectives: [JourneyDefinition.Objective]
    let scale: LatencyScale
    let tightestUnder: UInt64?
    private let plan: SlotPlan

    private(set) var counts: CountSeries
    private(set) var latency: SparseSeries
    private(set) var steps: [SparseSeries]
    private(set) var errors: SparseSeries
    private(set) var errorLabels: [String] = []
    private(set) var versions: [VersionRecord] = []
    private(set) var versionsLeftOut = 0
    private(set) var log: RunLog
    /// What the stages of joined runs are called; empty for a journey that joins nothing.
    let stageNames: [String]
    /// The first and the last instant that a run counts at; nil before the first run.
    private(set) var seen: ClosedRange<UInt64>?

    /// What was read from ``latency``; shared by all copies.
    let windows = WindowHistograms()
    private var gathered: GatheredRuns
    private var versionNumbers: [UInt64: Int] = [:]
    /// Which instances of which versions were noted last, by the low bits of both.
    private var notedLast: [NotedInstance]
    private var labelNumbers: [String: Int] = [:]
    private var deltas: [UInt64]

    /// An instance of a version that is known to be noted.
    private struct NotedInstance: Sendable {
        var key: UInt64 = 0
        var instance: UInt64 = 0
        var version = -1
    }

    /// How many instances are remembered as noted; a power of two.
    private static let noteCount = 16

    /// The key of a run or step without a duration.
    static let noDuration = Int(Int32.min)
    static let maximumVersions = 128
    static let maximumLabels = 64

    init(definition: JourneyDefinition?, base: RunClock.Base = .stream) {
        objectives = definition?.objectives ?? []
        tightestUnder = definition?.tightestUnder
        scale = definition?.tightestUnder.map { LatencyScale.shared(anchor: $0) } ?? .standard
        plan = definition == nil ? .found : base == .file ? .recording : .file
        stageNames = definition?.join == nil ? [] : definition?.stageNames ?? []
        let width = CountColumn.width(definition)
        counts = CountSeries(width: width, levels: plan.counts)
        latency = SparseSeries(levels: plan.histograms)
        errors = SparseSeries(levels: plan.histograms)
        steps = (definition?.steps ?? []).map { [plan] _ in SparseSeries(levels: plan.histograms) }
        log = RunLog(limits: definition == nil ? .found : .file, retention: plan.runs)
        deltas = [UInt64](repeating: 0, count: width)
        notedLast = [NotedInstance](repeating: NotedInstance(), count: JourneyLedger.noteCount)
        gathered = GatheredRuns(
            promises: objectives.map { GatheredRuns.Promise(under: $0.under) }, tightestUnder: tightestUnder,
            slot: plan.histograms.first?.slot ?? 1)
    }

    /// Counts a run; the series follow with ``settle(watermark:)``.
    ///
    /// - Parameter notesVersion: Whether the version of its entry span has still to be noted.
    mutating func add(
        _ facts: RunFacts, _ reading: RunClock.Reading, _ reference: SpanReference?, notesVersion: Bool = true,
        watermark: UInt64
    ) {
        let time = reading.time
        if let known = seen {
            if time < known.lowerBound || time > known.upperBound {
                seen = min(known.lowerBound, time)...max(known.upperBound, time)
            }
        } else {
            seen = time...time
        }
        if let duration = reading.duration, facts.weight == .one {
            gather(facts, reading, duration, notesVersion: notesVersion, watermark)
        } else {
            fillDeltas(facts, reading)
            counts.add(deltas, at: time, watermark: watermark)
            if let duration = reading.duration {
                latency.add(scale.bucket(of: duration), weight: facts.weight, at: time, watermark: watermark)
            }
            if notesVersion { note(facts.sighting(reading, environment: 0), watermark: watermark) }
        }
        if let label = facts.errorLabel {
            errors.add(labelNumber(label), weight: facts.weight, at: time, watermark: watermark)
        }
        let sight = RunSight(
            traceHigh: facts.trace.high, traceLow: facts.trace.low, span: facts.span.value, time: time,
            duration: reading.duration, failed: facts.failed)
        log.add(
            JourneyRun(
                trace: facts.trace, span: facts.span, time: time, start: facts.start, duration: reading.duration,
                failed: facts.failed, isSuspect: reading.isSuspect, weight: facts.weight, version: facts.version,
                reference: reference), sight, watermark: watermark)
    }

    /// Counts the runs of a block, fact by fact; the series follow with ``settle(watermark:)``.
    ///
    /// - Parameters:
    ///   - block: the runs.
    ///   - range: the first and the last of their instants.
    ///   - columns: the columns of their table.
    ///   - processes: what is known of the table's resources: of those of the runs, everything.
    ///   - watermark: how far time has come.
    mutating func add(
        _ block: RunBlock, in range: ClosedRange<UInt64>, _ columns: RunColumns,
        _ processes: UnsafeBufferPointer<RunProcess?>, watermark: UInt64
    ) {
        seen =
            seen.map { min($0.lowerBound, range.lowerBound)...max($0.upperBound, range.upperBound) } ?? range
        scale.putBuckets(of: block.durations, block.count, into: block.keys)
        putVersions(block, processes)
        var index = 0
        while index < block.count {
            let time = block.times[index]
            let place = gathered.places(of: time) ?? makePlace(for: time, watermark)
            index = gathered.add(block, from: index, side: place.slot)
        }
        if block.hasFailed { addErrors(block, columns, watermark) }
        log.add(block, processes, watermark: watermark)
    }

    /// Counts why runs of a block failed.
    private mutating func addErrors(_ block: RunBlock, _ columns: RunColumns, _ watermark: UInt64) {
        // Few reasons are different, and the same value has the same label.
        var known: [(code: ValueCode, label: Int)] = []
        for index in 0..<block.count where block.failed(index) == 1 {
            let row = Int(block.rows[index])
            let code = RunReader.errorCode(row, of: columns.table)
            var label = code.flatMap { code in known.first { $0.code == code }?.label }
            if label == nil {
                let number = labelNumber(RunReader.errorLabel(row, code, of: columns.table))
                if let code, known.count < JourneyLedger.noteCount { known.append((code, number)) }
                label = number
            }
            errors.add(label ?? 0, weight: .one, at: block.times[index], watermark: watermark)
        }
    }

    /// A resource, the number of its version here, and when it was seen in a block.
    private struct NotedResource {
        var resource: UInt32
        var version: Int
        var seen: ClosedRange<UInt64>
    }

    /// Notes the versions of a block's runs, and writes their numbers beside the buckets.
    private mutating func putVersions(_ block: RunBlock, _ processes: UnsafeBufferPointer<RunProcess?>) {
        withUnsafeTemporaryAllocation(of: NotedResource.self, capacity: JourneyLedger.noteCount) { noted in
            noted.initialize(repeating: NotedResource(resource: .max, version: -1, seen: 0...0))
            for index in 0..<block.count {
                let resource = block.resources[index]
                let time = block.times[index]
                let place = Int(resource) & (JourneyLedger.noteCount - 1)
                if noted[place].resource != resource {
                    note(noted[place])
                    noted[place] = NotedResource(resource: resource, version: -1, seen: time...time)
                    if let process = processes[Int(resource)] {
                        noted[place].version =
                            versionNumber(process.service, process.version, process.instance, at: time) ?? -1
                    }
                } else {
                    let seen = noted[place].seen
                    if time < seen.lowerBound { noted[place].seen = time...seen.upperBound }
                    if time > seen.upperBound { noted[place].seen = seen.lowerBound...time }
                    if noted[place].version < 0 { versionsLeftOut += 1 }
                }
                block.keys[index] |= UInt64(UInt32(truncatingIfNeeded: noted[place].version))
            }
            for place in noted.indices { note(noted[place]) }
        }
    }

    private mutating func note(_ noted: NotedResource) {
        guard noted.version >= 0 else { return }
        let number = noted.version
        versions[number].firstSeen = min(versions[number].firstSeen, noted.seen.lowerBound)
        versions[number].lastSeen = max(versions[number].lastSeen, noted.seen.upperBound)
    }

    /// Takes in a run that stands for itself alone.
    @inline(__always)
    private mutating func gather(
        _ facts: RunFacts, _ reading: RunClock.Reading, _ duration: UInt64, notesVersion: Bool, _ watermark: UInt64
    ) {
        let place = gathered.places(of: reading.time) ?? makePlace(for: reading.time, watermark)
        var version = -1
        if notesVersion {
            version = versionNumber(facts.service, facts.version, facts.instance, at: reading.time) ?? -1
        }
        gathered.add(
            facts, duration: duration, isSuspect: reading.isSuspect, bucket: scale.bucket(of: duration),
            version: version, at: place)
    }

    @inline(never)
    private mutating func makePlace(for time: UInt64, _ watermark: UInt64) -> (second: Int, slot: Int) {
        handOver(before: time, watermark)
        return gathered.open(time)
    }

    /// Counts in the series what was gathered, so that they hold every run.
    mutating func settle(watermark: UInt64) {
        if !gathered.isEmpty { handOver(before: nil, watermark) }
    }

    /// Counts in the series what an instant cannot be gathered with.
    private mutating func handOver(before time: UInt64?, _ watermark: UInt64) {
        for place in 0..<GatheredRuns.openSeconds {
            guard let begin = gathered.begin(of: place, before: time) else { continue }
            if gathered.count(place, GatheredRuns.Column.total) > 0 {
                fillDeltas(place)
                counts.add(deltas, at: begin, watermark: watermark)
            }
            gathered.close(place)
        }
        for (begin, durations) in gathered.takeDurations(before: time) {
            let all = GatheredRuns.buckets(of: durations, version: nil)
            latency.add(all, at: begin, watermark: watermark)
            let numbers = GatheredRuns.versions(in: durations)
            for number in numbers {
                let isAll = numbers.count == 1 && !durations.contains { Int32(truncatingIfNeeded: $0) < 0 }
                let own = isAll ? all : GatheredRuns.buckets(of: durations, version: number)
                versions[number].latency.add(own, at: begin, watermark: watermark)
            }
        }
    }

    /// What a second of gathered runs adds to all columns: they stand for themselves alone and have durations.
    private mutating func fillDeltas(_ place: Int) {
        for column in deltas.indices { deltas[column] = 0 }
        let one = RunWeight.one.units
        deltas[CountColumn.total] = gathered.count(place, GatheredRuns.Column.total)
        deltas[CountColumn.failed] = gathered.count(place, GatheredRuns.Column.failed)
        deltas[CountColumn.bad] = gathered.count(place, GatheredRuns.Column.bad)
        deltas[CountColumn.suspect] = gathered.count(place, GatheredRuns.Column.suspect)
        deltas[CountColumn.totalWeight] = deltas[CountColumn.total] &* one
        deltas[CountColumn.failedWeight] = deltas[CountColumn.failed] &* one
        deltas[CountColumn.badWeight] = deltas[CountColumn.bad] &* one
        for number in objectives.indices {
            let column = GatheredRuns.Column.own + number * GatheredRuns.Column.perObjective
            let total = gathered.count(place, column)
            let good = gathered.count(place, column + 1)
            deltas[CountColumn.objective(number, CountColumn.objectiveTotal)] = total
            deltas[CountColumn.objective(number, CountColumn.objectiveTotalWeight)] = total &* one
            deltas[CountColumn.objective(number, CountColumn.objectiveGood)] = good
            deltas[CountColumn.objective(number, CountColumn.objectiveGoodWeight)] = good &* one
        }
    }

    /// Counts an abandoned run: it is bad for the objectives that ask for completion, and says nothing about others.
    mutating func addAbandoned(_ facts: RunFacts, at time: UInt64, watermark: UInt64) {
        seen = seen.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
        for column in deltas.indices { deltas[column] = 0 }
        var isJudged = false
        for (number, objective) in objectives.enumerated()
        where objective.complete && (facts.counts?[number] ?? true) {
            deltas[CountColumn.objective(number, CountColumn.objectiveTotal)] = 1
            deltas[CountColumn.objective(number, CountColumn.objectiveTotalWeight)] = facts.weight.units
            isJudged = true
        }
        if isJudged { counts.add(deltas, at: time, watermark: watermark) }
    }

    /// Counts an end of a joined run, or a span that cannot be joined, in a column of ``JoinColumn``.
    mutating func addEnd(_ column: Int, at time: UInt64, watermark: UInt64) {
        guard column < JoinColumn.width(stages: stageNames.count), !stageNames.isEmpty else { return }
        for column in deltas.indices { deltas[column] = 0 }
        deltas[CountColumn.width(objectives: objectives.count) + column] = 1
        counts.add(deltas, at: time, watermark: watermark)
    }

    /// Notes that a span of a service at a version took part.
    mutating func note(_ sighting: VersionSighting, watermark: UInt64) {
        let time = sighting.time
        guard let number = versionNumber(sighting.service, sighting.version, sighting.instance, at: time) else {
            return
        }
        let bucket = bucket(StepDuration(nanoseconds: sighting.duration))
        versions[number].latency.add(bucket, weight: sighting.weight, at: time, watermark: watermark)
    }

    /// The number of a version that was seen at an instant on an instance; nil when there are too many versions.
    private mutating func versionNumber(
        _ service: Symbol, _ version: Symbol, _ instance: UInt64, at time: UInt64
    ) -> Int? {
        let key = UInt64(service.code) << 32 | UInt64(version.code)
        let place =
            Int(truncatingIfNeeded: (instance ^ key) &* 0x9E37_79B9_7F4A_7C15 >> 60) & (JourneyLedger.noteCount - 1)
        let noted = notedLast[place]
        var number = noted.version
        if number < 0 || noted.key != key || noted.instance != instance {
            guard let found = versionNumbers[key] ?? newVersion(service, version, key, at: time) else { return nil }
            number = found
            notedLast[place] = NotedInstance(key: key, instance: instance, version: number)
            if instance != 0, versions[number].instances.count < VersionRecord.maximumInstances {
                versions[number].instances.insert(instance)
            }
        }
        if time < versions[number].firstSeen { versions[number].firstSeen = time }
        if time > versions[number].lastSeen { versions[number].lastSeen = time }
        return number
    }

    /// Follows a change of the steps of a run.
    mutating func apply(_ change: StepChange, watermark: UInt64) {
        guard steps.indices.contains(change.step) else { return }
        let run = change.run
        if let before = change.before {
            steps[change.step].remove(bucket(before), weight: run.weight, at: run.time, watermark: watermark)
        }
        steps[change.step].add(bucket(change.after), weight: run.weight, at: run.time, watermark: watermark)
    }

    private func bucket(_ duration: StepDuration) -> Int {
        duration.nanoseconds.map { scale.bucket(of: $0) } ?? JourneyLedger.noDuration
    }

    private mutating func newVersion(_ service: Symbol, _ version: Symbol, _ key: UInt64, at time: UInt64) -> Int? {
        guard versions.count < JourneyLedger.maximumVersions else {
            versionsLeftOut += 1
            return nil
        }
        versions.append(
            VersionRecord(
                service: service, version: version, firstSeen: time, lastSeen: time,
                latency: SparseSeries(levels: plan.histograms)))
        versionNumbers[key] = versions.count - 1
        return versions.count - 1
    }

    private mutating func labelNumber(_ label: String) -> Int {
        if let known = labelNumbers[label] { return known }
        guard errorLabels.count < JourneyLedger.maximumLabels else { return labelNumbers["other"] ?? 0 }
        // The last free number is for everything that finds no place of its own.
        let text = errorLabels.count == JourneyLedger.maximumLabels - 1 ? "other" : label
        if let known = labelNumbers[text] { return known }
        errorLabels.append(text)
        labelNumbers[text] = errorLabels.count - 1
        return errorLabels.count - 1
    }

    private mutating func fillDeltas(_ facts: RunFacts, _ reading: RunClock.Reading) {
        for column in deltas.indices { deltas[column] = 0 }
        let weight = facts.weight.units
        var bad = facts.failed
        if let under = tightestUnder, let duration = reading.duration, duration >= under { bad = true }
        deltas[CountColumn.total] = 1
        deltas[CountColumn.totalWeight] = weight
        if facts.failed {
            deltas[CountColumn.failed] = 1
            deltas[CountColumn.failedWeight] = weight
        }
        if bad {
            deltas[CountColumn.bad] = 1
            deltas[CountColumn.badWeight] = weight
        }
        deltas[CountColumn.backwards] = reading.isBackwards ? 1 : 0
        deltas[CountColumn.suspect] = reading.isSuspect ? 1 : 0
        deltas[CountColumn.sampled] = facts.weight == .one ? 0 : 1
        for (number, objective) in objectives.enumerated() where facts.counts?[number] ?? true {
            // Without a duration a run says nothing about latency, but still whether it failed.
            if objective.under != nil, reading.duration == nil { continue }
            let good = objective.isGood(failed: facts.failed, duration: reading.duration)
            deltas[CountColumn.objective(number, CountColumn.objectiveTotal)] = 1
            deltas[CountColumn.objective(number, CountColumn.objectiveTotalWeight)] = weight
            deltas[CountColumn.objective(number, CountColumn.objectiveGood)] = good ? 1 : 0
            deltas[CountColumn.objective(number, CountColumn.objectiveGoodWeight)] = good ? weight : 0
        }
    }
}

extension JourneyLedger {
    /// Adds the pages of the counts.
    mutating func mergeCounts(_ cells: [UInt64], level: Int, page: UInt64) {
        counts.merge(cells, level: level, page: page)
    }

    /// Adds the slots of the durations of runs.
    mutating func mergeLatency(_ slots: [[SparseEntry]], level: Int, page: UInt64) {
        latency.merge(slots, level: level, page: page)
    }

    /// Adds the slots of a step.
    mutating func mergeStep(_ number: Int, _ slots: [[SparseEntry]], level: Int, page: UInt64) {
        guard steps.indices.contains(number) else { return }
        steps[number].merge(slots, level: level, page: page)
    }

    /// Adds the slots of why runs failed; their keys are numbers in a list of labels of their own.
    mutating func mergeErrors(_ slots: [[SparseEntry]], labels: [String], level: Int, page: UInt64) {
        let numbers = labels.map { labelNumber($0) }
        let isSame = numbers == Array(numbers.indices)
        let mapped = isSame ? slots : slots.map { JourneyLedger.renumbered($0, numbers) }
        errors.merge(mapped, level: level, page: page)
    }

    private static func renumbered(_ entries: [SparseEntry], _ numbers: [Int]) -> [SparseEntry] {
        var sum = Distribution()
        for entry in entries where numbers.indices.contains(Int(entry.key)) {
            sum.add([
                SparseEntry(key: Int32(numbers[Int(entry.key)]), count: entry.count, weight: entry.weight)
            ])
        }
        return sum.entries
    }

    /// Adds what is known of a version; the number it has here, or nil when there are too many versions.
    mutating func mergeVersion(
        service: Symbol,
        version: Symbol,
        firstSeen: UInt64,
        lastSeen: UInt64,
        instances: [UInt64]
    ) -> Int? {
        let key = UInt64(service.code) << 32 | UInt64(version.code)
        let known = versionNumbers[key]
        guard known != nil || versions.count < JourneyLedger.maximumVersions else { return nil }
        let number = known ?? versions.count
        if known == nil {
            versions.append(
                VersionRecord(
                    service: service, version: version, firstSeen: firstSeen, lastSeen: lastSeen,
                    latency: SparseSeries(levels: plan.histograms)))
            versionNumbers[key] = number
        }
        versions[number].firstSeen = min(versions[number].firstSeen, firstSeen)
        versions[number].lastSeen = max(versions[number].lastSeen, lastSeen)
        for instance in instances
        where versions[number].instances.count < VersionRecord.maximumInstances {
            versions[number].instances.insert(instance)
        }
        return number
    }

    /// Adds the slots of a version's durations.
    mutating func mergeVersionLatency(
        _ number: Int, _ slots: [[SparseEntry]], level: Int, page: UInt64
    ) {
        guard versions.indices.contains(number) else { return }
        versions[number].latency.merge(slots, level: level, page: page)
    }

    /// Adds when runs were seen, the labels of errors in their order, and how many sightings were left out.
    mutating func mergeFacts(seen other: ClosedRange<UInt64>?, labels: [String], leftOut: Int) {
        if let other {
            seen =
                seen.map {
                    min($0.lowerBound, other.lowerBound)...max($0.upperBound, other.upperBound)
                } ?? other
        }
        for label in labels { _ = labelNumber(label) }
        versionsLeftOut = versionsLeftOut.addingReportingOverflow(max(0, leftOut)).partialValue
    }
}
