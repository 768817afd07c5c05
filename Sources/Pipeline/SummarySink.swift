import DataSources
import Journeys
import Synchronization
import Telemetry

/// What `waymark summary` says.
package struct SummaryReport: Sendable {
    /// Spans, duplicates counted once.
    package var spans: Int
    /// Distinct trace ids.
    package var traces: Int
    /// Spans that came again.
    package var duplicates: Int
    /// Log records.
    package var logRecords: Int
    /// Metric data points.
    package var metricPoints: Int
    /// Items left out because they were not valid.
    package var rejected: Int
    /// One row for each journey and environment.
    package var journeys: [JourneySummaryRow]
}

/// Counts everything that sources deliver, exactly: every run's duration, no windows, no limits, no eviction.
///
/// Rows are let go as soon as they are counted; what stays is a fingerprint a span and a duration a run.
package final class SummarySink: BatchSink {
    private struct State: Sendable {
        var store: SpanStore
        var summary: JourneySummary
        var orphans = OrphanQueue()
        /// Rows that came since the orphans were last compacted.
        var rowsSinceCompaction = 0
        var logRecords = 0
        var metricPoints = 0
        var rejected = 0
    }

    private let state: Mutex<State>
    private let times: StageTimes?
    private let rowsPerCompaction: Int

    /// Makes a sink that counts runs of these journeys and of found ones.
    ///
    /// - Parameters:
    ///   - times: the time that takes, where it is asked for.
    ///   - expectedSpans: how many spans are to come, as far as that can be told.
    ///   - rowsPerCompaction: after how many rows, at least, tables are let go that are only kept for few orphans.
    package init(
        journeys: [JourneyDefinition], times: StageTimes? = nil, expectedSpans: Int = 0,
        rowsPerCompaction: Int = 32_768
    ) {
        self.times = times
        self.rowsPerCompaction = rowsPerCompaction
        var options = SpanStore.Options()
        options.countsTraces = true
        options.keepsRows = false
        options.expectedSpans = expectedSpans
        state = Mutex(State(store: SpanStore(options: options), summary: JourneySummary(journeys: journeys)))
    }

    /// Counts a delivery.
    package func accept(_ delivery: consuming Delivery) async throws(SinkRefusal) {
        let delivery = delivery
        times.measure(.count) { count(delivery) }
    }

    private func count(_ delivery: Delivery) {
        state.withLock { state in
            state.logRecords += delivery.logRecords
            state.metricPoints += delivery.metricPoints
            state.rejected += delivery.rejected
            guard let batch = delivery.spans else { return }
            for accepted in state.store.append(batch, arrival: 0) {
                let table = accepted.chunk.table
                let pending = state.summary.add(table, rows: accepted.rows)
                state.orphans.add(pending, of: table, chunk: nil, arrival: 0, received: 0, in: state.store)
            }
            // Most parents come in the next batches; only the rest keeps a table of its own. It is copied again each time,
            // so that it is waited for until several times as many rows have come.
            state.rowsSinceCompaction += batch.count
            guard state.rowsSinceCompaction >= max(rowsPerCompaction, 4 * state.orphans.count) else { return }
            state.rowsSinceCompaction = 0
            state.orphans.compact(in: state.store)
        }
    }

    /// Decides about spans whose parents never came, and adds everything up.
    package func report() -> SummaryReport {
        times.measure(.count) { decideAndAddUp() }
    }

    private func decideAndAddUp() -> SummaryReport {
        state.withLock { state in
            for entry in state.orphans.decide(receivedBefore: .max, in: state.store).entries {
                for row in entry.rows { state.summary.addOrphan(row, of: entry.table) }
            }
            state.summary.finish()
            let counters = state.store.snapshot().counters
            return SummaryReport(
                spans: counters.accepted, traces: counters.traces, duplicates: counters.duplicates,
                logRecords: state.logRecords, metricPoints: state.metricPoints, rejected: state.rejected,
                journeys: state.summary.rows())
        }
    }
}
