/// Work that a store leaves to whoever writes to it, so that readers need not wait for it: most of it needs no store.
///
/// ```
/// for chore in store.takeChores() {
///     var work = chore.prepared()  // without the lock
///     while !store.goOn(with: &work) {}  // with the lock, each time for a moment
/// }
/// ```
package struct StoreChore: Sendable {
    enum Kind: Sendable {
        /// A chunk is full.
        case pack(Chunk)
        /// A chunk was evicted.
        case forget(Chunk)
    }

    private let kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// Does what needs no store.
    package func prepared() -> PreparedChore {
        switch kind {
        case .pack(let chunk): PreparedChore(result: .packed(chunk.packed()))
        case .forget(let chunk): PreparedChore(result: .lost(LostRows(chunk)))
        }
    }
}

/// What a ``StoreChore`` came to, for the store to take over.
package struct PreparedChore: Sendable {
    enum Result: Sendable {
        case packed(Chunk)
        case lost(LostRows)
    }

    var result: Result
}

/// What the store knows of the rows of a chunk that it no longer holds.
struct LostRows: Sendable {
    var prints: [Fingerprints.Print] = []
    /// The hashes of their traces, few of them more than once.
    var traces: [UInt64] = []
    /// The first print that was not removed yet.
    var next = 0

    /// No rows.
    init() {}

    /// All rows of a chunk.
    init(_ chunk: Chunk) {
        var table = chunk.table
        table.traceHigh = table.traceHigh.plain
        table.traceLow = table.traceLow.plain
        table.spanIDs = table.spanIDs.plain
        table.starts = table.starts.plain
        table.resourceOf = table.resourceOf.plain
        table.kindAndStatus = table.kindAndStatus.plain
        prints.reserveCapacity(table.count)
        for row in 0..<table.count {
            prints.append(Fingerprints.Print(row, of: table))
            let trace = Fingerprints.trace(table.traceHigh[row], table.traceLow[row])
            if traces.last != trace { traces.append(trace) }
        }
    }
}

extension Fingerprints {
    /// A hash of a trace's id.
    static func trace(_ high: UInt64, _ low: UInt64) -> UInt64 { mixed(low ^ mixed(high)) }
}

extension Fingerprints.Print {
    /// The print of a row.
    @inline(__always)
    init(_ row: Int, of table: SpanTable) {
        self.init(
            traceHigh: table.traceHigh[row], traceLow: table.traceLow[row], span: table.spanIDs[row],
            kind: table.kindAndStatus[row] & 0x0F, service: table.service(row).code, start: table.starts[row])
    }
}

extension Chunk {
    /// The same rows in as little memory as they can have.
    func packed() -> Chunk {
        TablePacker.packed(table).map { Chunk(sequence: sequence, table: $0, isSealed: true) } ?? self
    }
}
