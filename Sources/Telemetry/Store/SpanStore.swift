/// What happened to spans on their way into and out of the store.
package struct StoreCounters: Sendable, Equatable {
    /// Spans taken in, duplicates not counted.
    package var accepted = 0
    /// Spans that were there already.
    package var duplicates = 0
    /// Spans dropped with the oldest chunks to stay within the memory budget.
    package var evicted = 0
    /// Distinct trace ids ever taken in, when the store counts them.
    package var traces = 0
    /// What was mended or cut in what was taken in.
    package var repairs = BatchRepairs()

    /// All zero.
    package init() {}
}

/// One consistent picture of the store, which never changes.
package struct StoreSnapshot: Sendable {
    /// The chunks, oldest first.
    package let chunks: [Chunk]
    /// What happened so far.
    package let counters: StoreCounters
    /// The memory held by rows, in bytes.
    package let byteCount: Int

    /// A picture without rows.
    package static let empty = StoreSnapshot(chunks: [], counters: StoreCounters(), byteCount: 0)

    /// How many spans are held.
    package var spanCount: Int { chunks.reduce(0) { $0 + $1.table.count } }

    /// The chunk with this number, while it is held.
    package func chunk(_ sequence: UInt64) -> Chunk? {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < chunks.count && chunks[low].sequence == sequence ? chunks[low] : nil
    }
}

/// Where a span lies in the store.
package struct SpanReference: Hashable, Sendable, BitwiseCopyable {
    /// The number of the chunk.
    package let chunk: UInt64
    /// The row in that chunk.
    package let row: UInt32

    /// Makes a reference.
    package init(chunk: UInt64, row: Int) {
        self.chunk = chunk
        self.row = UInt32(row)
    }
}

/// Rows that the store has just taken in.
package struct AcceptedRows: Sendable {
    /// The chunk they lie in, visible up to the last of them.
    package let chunk: Chunk
    /// The rows.
    package let rows: Range<Int>
    /// When they arrived, in Unix nanoseconds; for files the end of each span itself counts instead.
    package let arrival: UInt64
}

/// The embedded store: one writer appends batches, any number of readers hold snapshots.
///
/// Not a lock in sight: the one writer owns the value, and hands out snapshots, which share the columns and never
/// change. A batch of at least ``sealedBatchRows`` rows becomes a chunk as it is, smaller ones are copied into the open
/// chunk until that has ``chunkRows`` rows.
package struct SpanStore: Sendable {
    /// How many rows a chunk has at most, unless one batch brings more.
    package static let chunkRows = 65_536
    /// From how many rows on a batch is sealed as it is.
    package static let sealedBatchRows = 16_384

    /// How the store keeps what it is given.
    package struct Options: Sendable {
        /// The memory budget for rows, in bytes; the oldest chunks beyond it are evicted. `nil` keeps everything.
        package var memoryBudget: Int?
        /// Whether distinct trace ids are counted over the store's whole life (8 to 16 bytes a trace).
        package var countsTraces = false
        /// Whether rows are kept once their readers have seen them; without, only fingerprints stay.
        package var keepsRows = true
        /// How many spans are to come, as far as that can be told; room for their fingerprints is made at once.
        package var expectedSpans = 0
        /// Whether full chunks wait for ``SpanStore/takeChores()`` to be packed and evicted ones to be forgotten.
        package var leavesChores = false

        /// A store with a memory budget in bytes, or one that keeps everything.
        package init(memoryBudget: Int? = nil) { self.memoryBudget = memoryBudget }
    }

    private let options: Options
    private var sealed: [Chunk] = []
    private var sealedBytes = 0
    private var open: SpanBatch?
    private var openSequence: UInt64 = 0
    private var openView: Chunk?
    /// What is visible of the chunks that others write to, by number.
    private var lentViews: [Chunk] = []
    private var nextSequence: UInt64 = 0
    private var fingerprints: Fingerprints
    private var traces = HashSet64()
    private var lossy = HashSet64()
    private var counters = StoreCounters()
    private var chores: [StoreChore] = []
    /// The chunks that are full and wait to be packed, with their bytes.
    private var unpacked: [UInt64: Int] = [:]

    /// Makes an empty store.
    package init(options: Options = Options()) {
        self.options = options
        fingerprints = Fingerprints(
            minimumCapacity: min(max(1_024, options.expectedSpans), 1 << 22), shards: options.leavesChores ? 256 : 1)
    }

    /// Takes in a batch and says which rows are new; duplicates are counted and left out.
    package mutating func append(_ batch: SpanBatch, arrival: UInt64) -> [AcceptedRows] {
        guard batch.count > 0 else { return [] }
        counters.repairs += batch.repairs
        let table = batch.table
        let fresh = newRows(0..<table.count, of: table)
        counters.accepted += fresh?.count ?? table.count
        counters.duplicates += table.count - (fresh?.count ?? table.count)
        defer { evict() }
        if let fresh {
            return fresh.isEmpty ? [] : copy(fresh, of: table, arrival: arrival)
        }
        if table.count >= Self.sealedBatchRows || !options.keepsRows {
            return [seal(batch, arrival: arrival)]
        }
        return copy(0..<table.count, of: table, arrival: arrival)
    }

    /// One consistent picture of what the store holds now.
    package mutating func snapshot() -> StoreSnapshot {
        var counters = counters
        counters.traces = traces.count
        var chunks = sealed + (currentView().map { [$0] } ?? []) + lentViews
        if !lentViews.isEmpty { chunks.sort { $0.sequence < $1.sequence } }
        return StoreSnapshot(chunks: chunks, counters: counters, byteCount: sealedBytes + openBytes)
    }

    /// Whether the parent of a row is held; `nil` when the row's trace has lost rows, so that nobody can say.
    package func hasParent(_ row: Int, of table: SpanTable) -> Bool? {
        let parent = table.parentIDs[row]
        guard parent != 0 else { return false }
        let high = table.traceHigh[row]
        let low = table.traceLow[row]
        if fingerprints.contains(key: Fingerprints.key(traceHigh: high, traceLow: low, span: parent)) { return true }
        return lossy.contains(traceHash(high, low)) ? nil : false
    }

    /// The memory held by chunks that are not sealed, in bytes.
    private var openBytes: Int { lentViews.reduce(openView?.byteCount ?? 0) { $0 + $1.byteCount } }

    // MARK: Chunks that others write to

    mutating func note(_ repairs: BatchRepairs) { counters.repairs += repairs }

    /// The rows of a range that are no duplicates, counted; `nil` when all are new.
    mutating func admit(_ rows: Range<Int>, of table: SpanTable) -> [Int]? {
        let fresh = newRows(rows, of: table)
        counters.accepted += fresh?.count ?? rows.count
        counters.duplicates += rows.count - (fresh?.count ?? rows.count)
        return fresh
    }

    /// Shows a chunk with more rows than before, or with its last ones.
    mutating func show(_ chunk: Chunk) {
        lentViews.removeAll { $0.sequence == chunk.sequence }
        if chunk.isSealed { keep(chunk) } else { lentViews.append(chunk) }
        evict()
    }

    /// Seals a chunk as it was last shown.
    mutating func close(_ sequence: UInt64?) {
        guard let place = lentViews.firstIndex(where: { $0.sequence == sequence }) else { return }
        let view = lentViews.remove(at: place)
        keep(Chunk(sequence: view.sequence, table: view.table, isSealed: true))
        evict()
    }

    /// The rows among these whose parent is known to be absent: those for which ``hasParent(_:of:)`` is false.
    package func rowsWithoutParent(_ rows: [Int], of table: SpanTable) -> [Int] {
        var absent: [Int] = []
        var first = 0
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Fingerprints.groupSize) { keys in
            while first < rows.count {
                let group = rows[first..<min(rows.count, first + Fingerprints.groupSize)]
                for (number, row) in group.enumerated() {
                    let key = Fingerprints.key(
                        traceHigh: table.traceHigh[row], traceLow: table.traceLow[row], span: table.parentIDs[row])
                    keys.initializeElement(at: number, to: key)
                }
                fingerprints.look(for: UnsafeBufferPointer(rebasing: keys[..<group.count])) { number, isThere in
                    let row = group[group.startIndex + number]
                    let isRoot = table.parentIDs[row] == 0
                    guard isRoot || !isThere else { return }
                    let isLossy = !isRoot && lossy.contains(traceHash(table.traceHigh[row], table.traceLow[row]))
                    if !isLossy { absent.append(row) }
                }
                first += group.count
            }
        }
        return absent
    }

    // MARK: Writing

    /// The rows of a range that are not duplicates, or `nil` when all are new.
    private mutating func newRows(_ range: Range<Int>, of table: SpanTable) -> [Int]? {
        var fresh: [Int]?
        var first = range.lowerBound
        while first < range.upperBound {
            let rows = first..<min(range.upperBound, first + Fingerprints.groupSize)
            Self.withPrints(of: rows, table) { prints in
                fingerprints.insert(prints) { number, isNew in
                    let row = rows.lowerBound + number
                    if isNew {
                        fresh?.append(row)
                    } else if fresh == nil {
                        fresh = Array(range.lowerBound..<row)
                    }
                }
            }
            first = rows.upperBound
        }
        if options.countsTraces { countTraces(range, of: table) }
        return fresh
    }

    /// Gives the fingerprints of some rows, valid during the call.
    private static func withPrints(
        of rows: Range<Int>, _ table: SpanTable, _ body: (UnsafeBufferPointer<Fingerprints.Print>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Fingerprints.Print.self, capacity: rows.count) { prints in
            for row in rows {
                prints.initializeElement(at: row - rows.lowerBound, to: Fingerprints.Print(row, of: table))
            }
            body(UnsafeBufferPointer(prints))
        }
    }

    /// Counts the traces of all rows; a duplicate's trace was counted before.
    private mutating func countTraces(_ rows: Range<Int>, of table: SpanTable) {
        table.traceHigh.withUnsafeBuffer { highs in
            table.traceLow.withUnsafeBuffer { lows in
                for row in rows
                where row == rows.lowerBound || lows[row] != lows[row - 1] || highs[row] != highs[row - 1] {
                    traces.insert(traceHash(highs[row], lows[row]))
                }
            }
        }
    }

    private func traceHash(_ high: UInt64, _ low: UInt64) -> UInt64 { Fingerprints.trace(high, low) }

    private mutating func seal(_ batch: SpanBatch, arrival: UInt64) -> AcceptedRows {
        sealOpen()
        var batch = batch
        batch.markArrival(arrival, firstRow: 0)
        let chunk = Chunk(sequence: takeSequence(), table: batch.table, isSealed: true)
        if options.keepsRows { keep(chunk) }
        return AcceptedRows(chunk: chunk, rows: 0..<chunk.table.count, arrival: arrival)
    }

    private mutating func copy(_ rows: some RandomAccessCollection<Int>, of table: SpanTable, arrival: UInt64)
        -> [AcceptedRows]
    {
        var accepted: [AcceptedRows] = []
        var map = SpanBatch.CodeMap()
        var left = rows[...]
        while !left.isEmpty {
            if open == nil {
                openSequence = takeSequence()
                map = SpanBatch.CodeMap()
            }
            // Taken out while it is written, so that its dictionaries have one owner.
            var batch = open ?? SpanBatch()
            open = nil
            let first = batch.count
            let part = left.prefix(Self.chunkRows - first)
            left = left.dropFirst(part.count)
            batch.append(part, of: table, using: &map)
            batch.markArrival(arrival, firstRow: first)
            let isFull = batch.count >= Self.chunkRows
            let view = Chunk(sequence: openSequence, table: batch.table, isSealed: isFull)
            accepted.append(AcceptedRows(chunk: view, rows: first..<batch.count, arrival: arrival))
            if !options.keepsRows || isFull {
                if isFull, options.keepsRows { keep(view) }
                openView = nil
            } else {
                open = batch
                openView = view
            }
        }
        return accepted
    }

    private mutating func sealOpen() {
        guard let batch = open else { return }
        keep(Chunk(sequence: openSequence, table: batch.table, isSealed: true))
        open = nil
        openView = nil
    }

    /// Keeps a chunk that is full, in as little memory as it can have.
    private mutating func keep(_ chunk: Chunk) {
        if options.leavesChores {
            unpacked[chunk.sequence] = chunk.byteCount
            chores.append(StoreChore(.pack(chunk)))
            hold(chunk)
        } else {
            hold(chunk.packed())
        }
    }

    private mutating func hold(_ chunk: Chunk) {
        // Chunks that others wrote to may be done in another order than they were begun in.
        var place = sealed.count
        while place > 0, sealed[place - 1].sequence > chunk.sequence { place -= 1 }
        sealed.insert(chunk, at: place)
        sealedBytes += chunk.byteCount
    }

    mutating func takeSequence() -> UInt64 {
        HugePages.askForHeap()
        nextSequence += 1
        return nextSequence
    }

    private func currentView() -> Chunk? { openView }

    // MARK: Eviction

    private mutating func evict() {
        guard let budget = options.memoryBudget else { return }
        var dropped = 0
        while dropped < sealed.count, expectedBytes > budget {
            let chunk = sealed[dropped]
            unpacked[chunk.sequence] = nil
            sealedBytes -= chunk.byteCount
            counters.evicted += chunk.table.count
            if options.leavesChores {
                chores.append(StoreChore(.forget(chunk)))
            } else {
                var lost = LostRows(chunk)
                _ = forget(&lost, atMost: .max)
            }
            dropped += 1
        }
        sealed.removeFirst(dropped)
    }

    /// The bytes held once what is full is packed: then about a quarter is left of it.
    private var expectedBytes: Int {
        let unpackedBytes = unpacked.isEmpty ? 0 : unpacked.values.reduce(0, +)
        return sealedBytes + openBytes + fingerprints.byteCount - unpackedBytes / 4 * 3
    }

    /// How many traces that lost rows are remembered; past that all are forgotten and orphans may be called roots.
    private static let maximumLossyTraces = 1 << 22

    /// Forgets some rows that were evicted; whether that were all.
    private mutating func forget(_ lost: inout LostRows, atMost count: Int) -> Bool {
        if lossy.count > Self.maximumLossyTraces { lossy = HashSet64() }
        let end = lost.prints.count - lost.next > count ? lost.next + count : lost.prints.count
        for print in lost.prints[lost.next..<end] { fingerprints.remove(print) }
        // A trace is known to have lost rows before any of them is gone.
        for trace in lost.traces { lossy.insert(trace) }
        lost.traces = []
        lost.next = end
        return end == lost.prints.count
    }

    // MARK: Chores

    /// How many rows are forgotten at a time, so that it takes a fraction of a millisecond.
    private static let rowsForgotten = 2_048

    /// What is left to be done since this was asked last, by ``StoreChore/prepared()`` and ``goOn(with:)``.
    package mutating func takeChores() -> [StoreChore] {
        guard !chores.isEmpty else { return [] }
        defer { chores.removeAll(keepingCapacity: true) }
        return chores
    }

    /// Takes over a part of what was prepared; whether all of it is done.
    package mutating func goOn(with work: inout PreparedChore) -> Bool {
        switch work.result {
        case .packed(let chunk):
            if unpacked.removeValue(forKey: chunk.sequence) != nil,
                let place = sealed.lastIndex(where: { $0.sequence == chunk.sequence })
            {
                sealedBytes += chunk.byteCount - sealed[place].byteCount
                sealed[place] = chunk
                evict()
            }
            return true
        case .lost(var lost):
            work.result = .lost(LostRows())
            let isDone = forget(&lost, atMost: Self.rowsForgotten)
            work.result = .lost(lost)
            return isDone
        }
    }

    /// The chunk with this number, while it is held.
    package func chunk(_ sequence: UInt64) -> Chunk? {
        var low = 0
        var high = sealed.count
        while low < high {
            let middle = (low + high) / 2
            if sealed[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        if low < sealed.count, sealed[low].sequence == sequence { return sealed[low] }
        if let openView, openView.sequence == sequence { return openView }
        return lentViews.first { $0.sequence == sequence }
    }
}
