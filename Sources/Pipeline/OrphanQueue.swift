import Telemetry

/// Rows that are runs of a found journey if their parent turns out to be absent.
///
/// For streams a row is decided 30 s after it arrived, for files at the end of the input; once decided, that is
/// never taken back. Rows that lie in a store are known by their place there: nothing is held for them alone.
struct OrphanQueue: Sendable {
    /// Rows of one table that arrived together.
    struct Entry: Sendable {
        let table: SpanTable
        let chunk: UInt64?
        let arrival: UInt64
        var rows: [Int]
    }

    /// A table that is in no store.
    private final class Held: Sendable {
        let table: SpanTable

        init(_ table: SpanTable) { self.table = table }
    }

    /// Rows that wait, the next `count` ones of ``OrphanQueue/rows``.
    private struct Waiting: Sendable {
        let chunk: UInt64
        /// nil when the rows lie in the store's chunk.
        let held: Held?
        let arrival: UInt64
        /// When they were received, by the clock that patience is measured with.
        let received: UInt64
        let count: Int
    }

    /// How long a parent may take to arrive, in nanoseconds.
    static let patience: UInt64 = 30_000_000_000
    /// How many entries are decided and then dropped from the front at a time.
    private static let slack = 4_096

    private var waiting: [Waiting] = []
    private var rows: [UInt32] = []
    /// How many of both are decided.
    private var decided = 0
    private var decidedRows = 0

    /// How many rows wait.
    var count: Int { rows.count - decidedRows }

    /// Adds rows; those whose parent is there already need not wait.
    ///
    /// - Parameter chunk: The number of the store's chunk that the rows lie in; nil when they lie in none.
    mutating func add(
        _ rows: [Int], of table: SpanTable, chunk: UInt64?, arrival: UInt64, received: UInt64, in store: SpanStore
    ) {
        guard !rows.isEmpty else { return }
        let absent = store.rowsWithoutParent(rows, of: table)
        guard !absent.isEmpty else { return }
        add(absent, held: chunk == nil ? Held(table) : nil, chunk: chunk ?? 0, arrival, received)
    }

    private mutating func add(_ rows: [Int], held: Held?, chunk: UInt64, _ arrival: UInt64, _ received: UInt64) {
        self.rows += rows.lazy.map { UInt32(truncatingIfNeeded: $0) }
        waiting.append(
            Waiting(chunk: chunk, held: held, arrival: arrival, received: received, count: rows.count))
    }

    /// Takes out the rows that were received before `deadline` and whose parent is absent in a trace that lost no rows.
    ///
    /// - Parameter limit: After about how many rows to stop.
    /// - Returns: Those rows, and whether there may be more to decide.
    mutating func decide(
        receivedBefore deadline: UInt64, in store: SpanStore, limit: Int = .max
    ) -> (entries: [Entry], isDone: Bool) {
        var entries: [Entry] = []
        var looked = 0
        while decided < waiting.count, waiting[decided].received < deadline {
            guard looked < limit else { return (entries, false) }
            let next = waiting[decided]
            let candidates = rows[decidedRows..<(decidedRows + next.count)].map { Int($0) }
            decided += 1
            decidedRows += next.count
            looked += next.count
            // Of a chunk that was evicted every trace has lost rows.
            guard let table = next.held?.table ?? store.chunk(next.chunk)?.table else { continue }
            let absent = store.rowsWithoutParent(candidates, of: table)
            guard !absent.isEmpty else { continue }
            entries.append(
                Entry(table: table, chunk: next.held == nil ? next.chunk : nil, arrival: next.arrival, rows: absent))
        }
        dropDecided()
        return (entries, true)
    }

    /// Gives back the places of what is decided, once they are many.
    private mutating func dropDecided() {
        guard decided == waiting.count || decided > max(Self.slack, waiting.count / 2) else { return }
        waiting.removeFirst(decided)
        rows.removeFirst(decidedRows)
        decided = 0
        decidedRows = 0
    }

    /// Lets go of rows whose parent has come, and of the tables they lie in: few rows are copied to a table of their own.
    mutating func compact(in store: SpanStore) {
        var kept = SpanBatch()
        let arrival = waiting.last?.arrival ?? 0
        for entry in decide(receivedBefore: .max, in: store).entries {
            var map = SpanBatch.CodeMap()
            kept.append(entry.rows, of: entry.table, using: &map)
        }
        if kept.count > 0 { add(Array(0..<kept.count), held: Held(kept.table), chunk: 0, arrival, 0) }
    }
}
