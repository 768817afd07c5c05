import DataSources
import Journeys
import Synchronization
import Telemetry

/// Everything there is to show at one moment, as one value.
package struct PipelinePicture: Sendable {
    /// Unix nanoseconds; for files the latest end of a span.
    package var now: UInt64
    /// The spans.
    package var store: StoreSnapshot
    /// The journeys.
    package var journeys: JourneysPicture
    /// What is missing from the numbers.
    package var health: DataHealthCounts
    /// Log records taken in.
    package var logRecords: Int
    /// Metric data points taken in.
    package var metricPoints: Int
    /// Since when the sources have been silent although they used to send; nil while they are not, and for files.
    package var staleSince: UInt64?
    /// How far the data reaches while the sources are catching up, in Unix nanoseconds; nil when that is now.
    package var behindSince: UInt64?
}

/// The running whole: what sources deliver goes into the store and through the journeys, and comes out as one picture.
///
/// One writer at a time, behind a lock; a picture shares the writer's columns and never changes, so whoever
/// looks at one holds nobody up.
package final class Pipeline: BatchSink {
    /// What stands for time.
    package enum Base: Sendable {
        /// Sources that go on: the clock runs.
        case live
        /// Files: time stands still at the latest end.
        case file
    }

    struct State: Sendable {
        var store: SpanStore
        var engine: JourneyEngine
        var orphans = OrphanQueue()
        var horizon = DataHorizon()
        var health: HealthMeter
        var arrivals = ArrivalMeter()
        var changes = ChangeObserver()
        var latestEnd: UInt64 = 0
        var logRecords = 0
        var metricPoints = 0
        var refused = 0
        var isStopped = false
        /// Changes that sources reported and nobody has taken yet.
        var reported: [TimelineEvent] = []
        /// What the history had of every journey when it was counted for the first time since the start.
        var past: [SeriesKey: RestoredHistory.Series] = [:]
        /// Every journey that was ever counted since the start.
        var counted: Set<CountingName> = []
    }

    /// What stands for time.
    package let base: Base
    private let clock: @Sendable () -> UInt64
    private let patienceClock: @Sendable () -> UInt64
    private let state: Mutex<State>
    /// Chunks of the store that receivers decode into.
    private struct Lending {
        /// Those that are not full and that nobody writes to at the moment; the one used last is the last.
        var free: [OpenSpans] = []
        /// What the last one came to that was full.
        var room = BatchRoom()
    }

    private let lending = Mutex(Lending())
    private let journeyLimitations: JourneyEngine.Options

    /// Makes a pipeline.
    ///
    /// - Parameters:
    ///   - journeys: The journeys from files, each with a name of its own.
    ///   - base: Whether the clock runs.
    ///   - memoryBudget: How many bytes spans may take; `nil` keeps everything.
    ///   - clock: The time in Unix nanoseconds.
    ///   - patienceClock: What waiting for absent parents is measured with, in nanoseconds; the clock itself, unless that
    ///     one runs at another speed than the network.
    package init(
        journeys: [JourneyDefinition], base: Base, memoryBudget: Int?, clock: @escaping @Sendable () -> UInt64,
        patienceClock: (@Sendable () -> UInt64)? = nil
    ) {
        self.base = base
        self.clock = clock
        self.patienceClock = patienceClock ?? clock
        journeyLimitations = JourneyEngine.Options(base: base == .live ? .stream : .file)
        var options = SpanStore.Options(memoryBudget: memoryBudget)
        options.countsTraces = false
        options.leavesChores = true
        state = Mutex(
            State(
                store: SpanStore(options: options),
                engine: JourneyEngine(journeys: journeys, options: journeyLimitations),
                health: HealthMeter(started: base == .live ? clock() : .max)))
    }

    /// Takes in a delivery; returns once it can be seen in the next picture.
    package func accept(_ delivery: consuming Delivery) async throws(SinkRefusal) { try acceptNow(delivery) }

    /// Nobody waits for more than others that deliver, and for moments.
    package var acceptsNow: Bool { true }

    /// Takes in a delivery; returns once it can be seen in the next picture.
    package func acceptNow(_ delivery: consuming Delivery) throws(SinkRefusal) {
        let batch = delivery.spans
        let lent = delivery.lent
        let logs = delivery.logRecords
        let metrics = delivery.metricPoints
        let deployments = delivery.deployments
        let arrival = base == .live ? clock() : 0
        let received = base == .live ? patienceClock() : 0
        var isFull = false
        var chores: [StoreChore] = []
        let isTaken = state.withLock { state in
            guard !state.isStopped else { return false }
            state.logRecords += logs
            state.metricPoints += metrics
            state.reported += deployments.map { TimelineEvent($0, arrival: arrival) }
            if let batch { state.take(batch, arrival: arrival, received: received) }
            isFull = lent.map { state.take($0, arrival: arrival, received: received) } ?? false
            chores = state.store.takeChores()
            return true
        }
        if let lent { if isFull { lending.withLock { $0.room = lent.batch.room } } else { giveBack(lent) } }
        if !chores.isEmpty { tidy(chores) }
        if !isTaken { throw .stopped }
    }

    /// Packs full chunks and forgets evicted ones: whoever delivered the spans that filled one waits for it, but nobody
    /// else does, except for moments.
    private func tidy(_ chores: [StoreChore]) {
        var left = chores
        while !left.isEmpty {
            var work = left.removeFirst().prepared()
            var isDone = false
            while !isDone {
                state.withLock { state in
                    isDone = state.store.goOn(with: &work)
                    left += state.store.takeChores()
                }
            }
        }
    }

    /// Lends a chunk of the store to decode spans into.
    package func lend() -> OpenSpans? {
        lending.withLock { lending in
            lending.free.popLast() ?? OpenSpans(room: lending.room)
        }
    }

    /// Takes back a chunk, without rows that the store has not taken in.
    package func giveBack(_ open: OpenSpans) {
        open.withdraw()
        lending.withLock { $0.free.append(open) }
    }

    /// Takes in nothing more.
    package func stop() {
        state.withLock { $0.isStopped = true }
    }

    /// Decides what is due: spans whose parent has not come within 30 s, and joined runs that ended 30 s ago.
    package func tick() {
        guard base == .live else { return }
        let now = patienceClock()
        let time = clock()
        decideOrphans(receivedBefore: now > OrphanQueue.patience ? now - OrphanQueue.patience : 0)
        state.withLock { state in
            if let horizon = state.horizon.advance(patience: now, clock: time) {
                state.engine.settle(through: horizon)
            }
        }
    }

    /// Says that the input has ended: parents and steps that have not come will not come.
    package func finish() {
        decideOrphans(receivedBefore: .max)
        state.withLock { state in
            if base == .file { state.engine.finish() }
        }
    }

    /// How many rows are decided at a time, so that it takes a fraction of a millisecond.
    private static let rowsDecided = 2_048

    private func decideOrphans(receivedBefore deadline: UInt64) {
        var isDone = false
        while !isDone {
            isDone = state.withLock { $0.decideOrphans(receivedBefore: deadline, limit: Self.rowsDecided) }
        }
    }

    /// One consistent picture of now.
    package func picture() -> PipelinePicture {
        let time = base == .live ? clock() : 0
        return state.withLock { state in
            let now = base == .live ? time : state.latestEnd
            return PipelinePicture(
                now: now, store: state.store.snapshot(), journeys: state.engine.takePicture(),
                health: base == .live ? state.health.counts(now: now) : DataHealthCounts(),
                logRecords: state.logRecords, metricPoints: state.metricPoints,
                staleSince: base == .live ? state.arrivals.staleSince(now: now) : nil,
                behindSince: base == .live ? state.arrivals.behindSince(now: now) : nil)
        }
    }

    /// The time: Unix nanoseconds of the clock; for files the latest end of a span.
    package var now: UInt64 { base == .live ? clock() : state.withLock { $0.latestEnd } }

    /// The journeys from files.
    package var definitions: [JourneyDefinition] { state.withLock { $0.engine.journeys } }

    /// The changes that have become certain since this was asked last, oldest first.
    package func takeChanges() -> [TimelineEvent] {
        let time = base == .live ? clock() : 0
        return state.withLock { state in
            let now = base == .live ? time : state.latestEnd
            let found = state.changes.settle(now: now) + state.reported
            state.reported.removeAll()
            return found.sorted { $0.time < $1.time }
        }
    }

    /// Goes on with what the history kept. Best called before anything is taken in; later it is added to what is there.
    ///
    /// - Returns: The journeys right after, which are what the history has; nil when something had been counted before.
    package func restore(_ history: RestoredHistory) -> JourneysPicture? {
        state.withLock { state in
            state.remember(history)
            return state.engine.restore(history) ? state.engine.picture() : nil
        }
    }

    /// Exchanges the journeys.
    ///
    /// While all spans ever taken in are still held they go through the new journeys from the beginning, so that a
    /// new one has its past; else journeys that count by the same rules keep their counts and new ones begin now. In both
    /// cases what the history kept comes first.
    ///
    /// - Parameters:
    ///   - journeys: The journeys from now on.
    ///   - history: What the history has of these journeys now, just after a commit.
    package func replace(journeys: [JourneyDefinition], history: RestoredHistory = .empty) {
        let options = journeyLimitations
        let received = patienceClock()
        state.withLock { state in
            state.remember(history)
            let snapshot = state.store.snapshot()
            guard snapshot.counters.evicted == 0 else {
                state.engine.replace(journeys: journeys, history: history)
                return
            }
            var engine = JourneyEngine(journeys: journeys, options: options)
            var orphans = OrphanQueue()
            for chunk in snapshot.chunks {
                let runs = chunk.table.arrivalRuns
                for (run, pending) in zip(runs, engine.ingest(chunk, runs: runs)) {
                    orphans.add(
                        pending, of: chunk.table, chunk: chunk.sequence, arrival: run.arrival, received: received,
                        in: state.store)
                }
            }
            if !state.past.isEmpty {
                let before = state.engine.picture()
                engine.restore(
                    RestoredHistory(
                        series: Array(state.past.values), watermark: before.watermark, firstSeen: before.firstSeen,
                        events: []))
            }
            state.engine = engine
            state.orphans = orphans
        }
        if base == .file { finish() } else { tick() }
    }
}

extension Pipeline.State {
    /// Keeps the past of journeys that are not counted yet: spans taken in since the start are not in it, so both can be
    /// added whenever journeys are exchanged.
    mutating func remember(_ history: RestoredHistory) {
        for series in history.series where !counted.contains(CountingName(series.key)) {
            past[series.key] = series
        }
        for series in history.series { counted.insert(CountingName(series.key)) }
        for journey in engine.journeys { counted.insert(CountingName(journey)) }
    }

    mutating func take(_ batch: SpanBatch, arrival: UInt64, received: UInt64) {
        var reach: UInt64 = 0
        for accepted in store.append(batch, arrival: arrival) { reach = max(reach, take(accepted, received: received)) }
        note(batch.count, arrival: arrival, reach: reach)
    }

    /// Takes in what was decoded into a chunk of the store; whether that is full.
    mutating func take(_ open: OpenSpans, arrival: UInt64, received: UInt64) -> Bool {
        let count = open.count
        let (accepted, isSealed) = store.append(open, arrival: arrival)
        note(count, arrival: arrival, reach: accepted.map { take($0, received: received) } ?? 0)
        return isSealed
    }

    private mutating func note(_ spans: Int, arrival: UInt64, reach: UInt64) {
        latestEnd = max(latestEnd, reach)
        if arrival > 0 { arrivals.add(spans, at: arrival, reach: reach > 0 ? reach : nil) }
    }

    /// Takes in rows that are in the store; the latest end among them that can be right.
    private mutating func take(_ accepted: AcceptedRows, received: UInt64) -> UInt64 {
        let table = accepted.chunk.table
        let pending = engine.ingest(
            table, rows: accepted.rows, chunk: accepted.chunk.sequence, arrival: accepted.arrival)
        orphans.add(
            pending, of: table, chunk: accepted.chunk.sequence, arrival: accepted.arrival, received: received,
            in: store)
        health.add(accepted)
        changes.observe(accepted)
        return table.ends.withUnsafeBuffer { ends in
            accepted.rows.reduce(0) { ends[$1] < Pipeline.latestCredible ? max($0, ends[$1]) : $0 }
        }
    }

    /// Decides about so many rows; whether those were all.
    mutating func decideOrphans(receivedBefore deadline: UInt64, limit: Int) -> Bool {
        let (entries, isDone) = orphans.decide(receivedBefore: deadline, in: store, limit: limit)
        for entry in entries {
            for row in entry.rows {
                engine.resolveOrphan(entry.table, row: row, chunk: entry.chunk, arrival: entry.arrival)
            }
        }
        return isDone
    }
}

extension Pipeline {
    /// The first instant that no clock shows: the year 2200. Later ends do not move a file's time.
    static let latestCredible: UInt64 = 7_258_118_400_000_000_000
}

extension SpanTable {
    /// The runs of rows that arrived together, with their arrival in Unix nanoseconds.
    var arrivalRuns: [(rows: Range<Int>, arrival: UInt64)] {
        (0..<arrivals.count).map { index in
            let end = index + 1 < arrivals.count ? Int(arrivals[index + 1].firstRow) : count
            return (Int(arrivals[index].firstRow)..<end, arrivals[index].time)
        }
    }
}
