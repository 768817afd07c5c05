import Telemetry

/// Rows that are runs of a found journey if their parent turns out to be absent.
///
/// For streams a row is decided 30 s after it arrived, for files at the end of the input; once decided, that is
/// never taken back.
struct OrphanQueue: Sendable {
    /// Rows of one table that arrived together.
    struct Entry: Sendable {
        let table: SpanTable
        let chunk: UInt64?
        let arrival: UInt64
        /// When they were received, by the clock that patience is measured with.
        let received: UInt64
        var rows: [Int]
    }

    /// How long a parent may take to arrive, in nanoseconds.
    static let patience: UInt64 = 30_000_000_000

    private var entries: [Entry] = []

    /// How many rows wait.
    var count: Int { entries.reduce(0) { $0 + $1.rows.count } }

    /// Adds rows; those whose parent is there already need not wait.
    mutating func add(
        _ rows: [Int], of table: SpanTable, chunk: UInt64?, arrival: UInt64, received: UInt64, in store: SpanStore
    ) {
        let waiting = store.rowsWithoutParent(rows, of: table)
        guard !waiting.isEmpty else { return }
        entries.append(Entry(table: table, chunk: chunk, arrival: arrival, received: received, rows: waiting))
    }

    /// Takes out the rows that were received before `deadline` and whose parent is absent in a trace that lost no rows.
    mutating func decide(receivedBefore deadline: UInt64, in store: SpanStore) -> [Entry] {
        let due = entries.prefix { $0.received < deadline }
        guard !due.isEmpty else { return [] }
        entries.removeFirst(due.count)
        return due.compactMap { entry in
            var entry = entry
            entry.rows = store.rowsWithoutParent(entry.rows, of: entry.table)
            return entry.rows.isEmpty ? nil : entry
        }
    }

    /// Lets go of rows whose parent has come, and of the tables they lie in: few rows are copied to a table of their own.
    mutating func compact(in store: SpanStore) {
        var kept = SpanBatch()
        for entry in entries {
            let waiting = store.rowsWithoutParent(entry.rows, of: entry.table)
            guard !waiting.isEmpty else { continue }
            var map = SpanBatch.CodeMap()
            kept.append(waiting, of: entry.table, using: &map)
        }
        let arrival = entries.last?.arrival ?? 0
        let rows = Array(0..<kept.count)
        entries = rows.isEmpty ? [] : [Entry(table: kept.table, chunk: nil, arrival: arrival, received: 0, rows: rows)]
    }
}
