import DataSources
import Synchronization
import Telemetry

/// A sink that remembers what it was given and does what a test wants it to do.
package final class RecordingSink: BatchSink {
    /// What the sink does with a delivery.
    package enum Answer: Sendable {
        case accept
        case refuse(SinkRefusal)
    }

    /// One span that was delivered.
    package struct Key: Hashable, Sendable {
        /// The trace.
        package let trace: TraceID
        /// The span.
        package let span: SpanID
        /// The kind, since Zipkin's halves share ids.
        package let kind: SpanKind
        /// The start, in Unix nanoseconds.
        package let start: UInt64

        /// Makes a key.
        package init(trace: TraceID, span: SpanID, kind: SpanKind, start: UInt64) {
            self.trace = trace
            self.span = span
            self.kind = kind
            self.start = start
        }
    }

    private struct State {
        var calls = 0
        var accepted: [Key] = []
        var batchSizes: [Int] = []
        var logRecords = 0
        var metricPoints = 0
        var rejected = 0
    }

    private let state = Mutex(State())
    private let answer: @Sendable (Int) async -> Answer

    /// Makes a sink.
    ///
    /// - Parameter answer: Is asked with the number of the call, from zero, what to do.
    package init(answer: @escaping @Sendable (Int) async -> Answer = { _ in .accept }) { self.answer = answer }

    package func accept(_ delivery: consuming Delivery) async throws(SinkRefusal) {
        let call = state.withLock { state in
            state.calls += 1
            return state.calls - 1
        }
        if case .refuse(let refusal) = await answer(call) { throw refusal }
        let keys = delivery.spans.map { Self.keys($0.table) } ?? []
        let counts = (delivery.logRecords, delivery.metricPoints, delivery.rejected)
        state.withLock { state in
            state.accepted += keys
            state.batchSizes.append(keys.count)
            state.logRecords += counts.0
            state.metricPoints += counts.1
            state.rejected += counts.2
        }
    }

    /// The keys of all rows of a table.
    package static func keys(_ table: SpanTable) -> [Key] {
        (0..<table.count).map { row in
            Key(trace: table.traceID(row), span: table.spanID(row), kind: table.kind(row), start: table.starts[row])
        }
    }

    /// The spans accepted so far, in order.
    package var accepted: [Key] { state.withLock { $0.accepted } }
    /// How many rows each accepted delivery had.
    package var batchSizes: [Int] { state.withLock { $0.batchSizes } }
    /// How often the sink was asked.
    package var calls: Int { state.withLock { $0.calls } }
    /// Log records accepted so far.
    package var logRecords: Int { state.withLock { $0.logRecords } }
    /// Metric points accepted so far.
    package var metricPoints: Int { state.withLock { $0.metricPoints } }
    /// Items that sources said they dropped.
    package var rejected: Int { state.withLock { $0.rejected } }
}

/// What every source has to keep, whatever it reads.
///
/// A violation is a sentence; a source that keeps the contract has none:
///
/// ```
/// let contract = SourceContract { … a fresh subject … }
/// #expect(await contract.violations() == [])
/// ```
package struct SourceContract: Sendable {
    /// A source that was not run yet, and what it is expected to deliver.
    package struct Subject: Sendable {
        /// The source.
        package var source: any DataSource
        /// The source's status.
        package var status: @Sendable () -> SourceStatus
        /// Every span that must be delivered exactly once.
        package var spans: Set<RecordingSink.Key>
        /// How many items the source must say it dropped.
        package var rejected: Int
        /// Runs beside the source: a client of a receiver. When it returns, a source that is live is cancelled.
        package var drive: @Sendable () async throws -> Void

        /// Makes a subject.
        package init(
            source: any DataSource, status: @escaping @Sendable () -> SourceStatus, spans: Set<RecordingSink.Key>,
            rejected: Int = 0, drive: @escaping @Sendable () async throws -> Void = {}
        ) {
            self.source = source
            self.status = status
            self.spans = spans
            self.rejected = rejected
            self.drive = drive
        }
    }

    private let make: @Sendable () async throws -> Subject

    /// Makes a contract over subjects that are made anew for each rule. Their clocks must not really wait.
    package init(_ make: @escaping @Sendable () async throws -> Subject) { self.make = make }

    /// Checks every rule; gives what was violated, in words.
    package func violations() async throws -> [String] {
        var all: [String] = []
        all += try await deliversEverythingOnce()
        all += try await survivesRefusals()
        all += try await endsWhenCancelled()
        all += try await endsWhenTheSinkStops()
        return all
    }

    // MARK: Rules

    private func deliversEverythingOnce() async throws -> [String] {
        let subject = try await make()
        let sink = RecordingSink()
        try await run(subject, sink)
        return complete("an accepting sink", subject, sink)
    }

    private func survivesRefusals() async throws -> [String] {
        let subject = try await make()
        let sink = RecordingSink { call in
            call % 3 == 1 ? .accept : .refuse(.overloaded(retryAfterSeconds: 1))
        }
        try await run(subject, sink)
        var found = complete("a sink that is overloaded two times in three", subject, sink)
        let counters = subject.status().counters
        if counters.refusedRetryable == 0 { found.append("refusals were not counted as retryable") }
        return found
    }

    private func endsWhenCancelled() async throws -> [String] {
        let subject = try await make()
        let (reached, signal) = AsyncStream.makeStream(of: Void.self)
        let sink = RecordingSink { _ in
            signal.yield()
            // Until cancelled there is never room.
            return .refuse(.overloaded(retryAfterSeconds: 1))
        }
        let task = Task {
            try await subject.source.run(SourceRequest(), into: sink)
        }
        let driver = Task { try await subject.drive() }
        for await _ in reached { break }
        task.cancel()
        _ = await task.result
        driver.cancel()
        _ = await driver.result
        signal.finish()
        var found: [String] = []
        if !sink.accepted.isEmpty { found.append("after cancellation a refused delivery counts as accepted") }
        if subject.status().counters.spans != 0 { found.append("spans that no sink took are counted") }
        return found
    }

    private func endsWhenTheSinkStops() async throws -> [String] {
        let subject = try await make()
        let sink = RecordingSink { call in call == 0 ? .accept : .refuse(.stopped) }
        try await run(subject, sink)
        var found: [String] = []
        let counters = subject.status().counters
        if counters.spans != UInt64(sink.accepted.count) {
            found.append(
                "with a sink that stops, \(counters.spans) spans are counted, \(sink.accepted.count) were taken")
        }
        if sink.accepted.count < subject.spans.count, counters.refused == 0 {
            found.append("with a sink that stops, spans are missing and nothing says so")
        }
        return found
    }

    // MARK: Helpers

    private func run(_ subject: Subject, _ sink: RecordingSink) async throws {
        let isLive = try await subject.source.capabilities().contains(.live)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await subject.source.run(SourceRequest(), into: sink) }
            try await subject.drive()
            if isLive { group.cancelAll() }
            try await group.waitForAll()
        }
    }

    private func complete(_ place: String, _ subject: Subject, _ sink: RecordingSink) -> [String] {
        var found: [String] = []
        let accepted = sink.accepted
        let distinct = Set(accepted)
        let status = subject.status()
        if accepted.count != distinct.count {
            found.append("with \(place), \(accepted.count - distinct.count) spans came twice")
        }
        let missing = subject.spans.subtracting(distinct).count
        if missing > 0 { found.append("with \(place), \(missing) spans are missing") }
        let extra = distinct.subtracting(subject.spans).count
        if extra > 0 { found.append("with \(place), \(extra) spans came from nowhere") }
        if sink.rejected != subject.rejected {
            found.append("with \(place), \(sink.rejected) items are said to be dropped, not \(subject.rejected)")
        }
        if status.counters.spans != UInt64(accepted.count) {
            found.append("with \(place), the status counts \(status.counters.spans) spans of \(accepted.count)")
        }
        if status.counters.rejected != UInt64(subject.rejected) {
            found.append("with \(place), the status counts \(status.counters.rejected) dropped items")
        }
        if status.state != .done { found.append("with \(place), the state at the end is \(status.state)") }
        return found
    }
}
