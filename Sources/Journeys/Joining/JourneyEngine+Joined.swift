import Telemetry

extension JourneyEngine {
    /// How long the decision on joined runs waits for data that has stopped coming, in nanoseconds.
    static let patience: UInt64 = 300_000_000_000

    /// Decides the joined runs whose time has come. To be called every second or so while spans come in.
    ///
    /// A run is decided when its end (for one that is not complete, its start and `within`) lies before the horizon.
    /// The horizon does not pass the latest end of a span seen so far: where the data is behind, or has stopped coming,
    /// nothing is called abandoned that may only be late; but for no longer than five minutes.
    ///
    /// - Parameter horizon: The instant up to which spans are expected to have come, in Unix nanoseconds: what the clock
    ///   said 30 s ago.
    package mutating func settle(through horizon: UInt64) {
        let held = max(latestEnd, horizon > JourneyEngine.patience ? horizon - JourneyEngine.patience : 0)
        for number in joins.keys.sorted() {
            let endings = joins[number]?.settle(through: min(horizon, held)) ?? []
            for ending in endings { count(ending, of: number) }
        }
    }

    /// Decides all joined runs of files: the input has ended, and what is not complete is abandoned. Does nothing for
    /// streams.
    package mutating func finish() {
        for number in joins.keys.sorted() {
            let endings = joins[number]?.finish(at: watermark) ?? []
            for ending in endings { count(ending, of: number) }
        }
    }

    /// Takes over the open runs of journeys that are still counted by the same rules.
    mutating func adoptJoins(of other: JourneyEngine) {
        for number in joins.keys {
            let journey = matcher.journeys[number]
            let name = CountingName(journey)
            let old = other.joins.keys.first { old in
                let before = other.matcher.journeys[old]
                return CountingName(before) == name && before.objectives.map(\.of) == journey.objectives.map(\.of)
            }
            if let old { joins[number] = other.joins[old] }
        }
    }

    /// Notes how far the data has come.
    mutating func noteEnds(_ ends: UnsafeBufferPointer<UInt64>, _ rows: Range<Int>, _ arrival: UInt64) {
        for row in rows where ends[row] > latestEnd && ends[row] <= arrival { latestEnd = ends[row] }
    }

    /// Takes in the spans of joined journeys; those without the attribute are counted.
    mutating func countJoined(
        _ stages: [MatchedRows.Step], _ table: SpanTable, _ chunk: UInt64?, _ arrival: UInt64
    ) {
        var part = stages[...]
        while let first = part.first {
            let own = part.prefix { $0.journey == first.journey }
            part = part.dropFirst(own.count)
            join(own, first.journey, table, chunk, arrival)
        }
    }

    private mutating func join(
        _ stages: ArraySlice<MatchedRows.Step>, _ number: Int, _ table: SpanTable, _ chunk: UInt64?, _ arrival: UInt64
    ) {
        guard let joined = joins[number] else { return }
        let journey = matcher.journeys[number]
        let judge = matcher.judge(number, in: table)
        let key = Words.existing(joined.attribute)
        var seen: Set<Int> = []
        for stage in stages {
            let row = stage.row
            let isFirst = seen.insert(row).inserted
            let facts = reader.facts(row, of: table, judge, wantsLabel: true)
            let reading = clock.read(start: facts.start, end: facts.end, arrival: arrival)
            let environment = environmentNumber(RunReader.environment(row, of: table, scope: journey.scope))
            let ledger = ledgerNumber(LedgerKey(journey: number, environment: environment))
            guard let text = JoinReader.value(row, of: table, key: key) else {
                if isFirst { ledgers[ledger].addEnd(JoinColumn.unjoinable, at: reading.time, watermark: watermark) }
                continue
            }
            if isFirst { ledgers[ledger].note(facts.sighting(reading, environment: environment), watermark: watermark) }
            let reference = chunk.map { SpanReference(chunk: $0, row: row) }
            joins[number]?.take(
                JoinReader.event(stage: stage.step, facts, reading, reference),
                of: JoinKey(environment: environment, text: text), arrival: arrival)
        }
    }

    /// Counts the end of a run.
    private mutating func count(_ ending: JoinEnding, of number: Int) {
        let journey = matcher.journeys[number]
        guard let facts = ending.facts(objectives: journey.objectives.count), let last = ending.steps.last else {
            return
        }
        let ledger = ledgerNumber(LedgerKey(journey: number, environment: ending.environment))
        switch ending.outcome {
        case .unjudged:
            ledgers[ledger].addEnd(JoinColumn.unjudged, at: ending.time, watermark: watermark)
            return
        case .completed:
            ledgers[ledger].addEnd(JoinColumn.completed, at: ending.time, watermark: watermark)
            ledgers[ledger].add(
                facts, ending.reading, last.reference, notesVersion: false, watermark: watermark)
        case .abandoned:
            ledgers[ledger].addEnd(JoinColumn.abandoned(after: last.stage), at: ending.time, watermark: watermark)
            ledgers[ledger].addAbandoned(facts, at: ending.time, watermark: watermark)
        }
        firstSeen = min(firstSeen ?? ending.time, ending.time)
        let firstStep = joins[number]?.firstStep ?? 0
        for step in ending.steps where step.stage >= firstStep {
            let run = StepRun(ledger: ledger, time: ending.time, weight: facts.weight)
            ledgers[ledger].apply(
                StepChange(run: run, step: step.stage - firstStep, before: nil, after: step.duration),
                watermark: watermark)
        }
    }
}
