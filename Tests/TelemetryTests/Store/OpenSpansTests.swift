import Telemetry
import Testing

/// Spans that are decoded straight into chunks are kept as if they had been copied there.
@Suite("Chunks that others write to")
struct OpenSpansTests {
    private func many(_ range: Range<UInt64>) -> [FullSpan] {
        range.map { .make($0 + 1, trace: $0 / 8 + 1) }
    }

    private func spans(_ snapshot: StoreSnapshot) -> [FullSpan] { snapshot.chunks.flatMap(\.table.spans) }

    @Test(arguments: 0..<8)
    func whatIsWrittenToChunks_IsWhatIsCopied_DuplicatesAndWithdrawalsIncluded(_ seed: UInt64) {
        var random = SeededRandom(seed)
        var copying = SpanStore()
        var lending = SpanStore()
        var idle = [OpenSpans(), OpenSpans()]
        var snapshots: [(StoreSnapshot, [FullSpan])] = []
        for request in 0..<60 as Range<UInt64> {
            let own = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                let id = UInt64.random(in: 1...400, using: &random)
                var fixed = SeededRandom(id)
                return FullSpan.random(&fixed, trace: TraceID(high: 0, low: id / 8 + 1), id: id)
            }
            let open = idle.remove(at: Int.random(in: 0..<idle.count, using: &random))
            for span in own { open.batch.add(span) }
            if request % 7 == 3 {
                open.withdraw()
                #expect(open.count == 0)
            } else {
                let copied = copying.append(.make(own), arrival: request + 1)
                let (rows, isSealed) = lending.append(open, arrival: request + 1)
                let mine = [rows].compactMap(\.self).flatMap { part in part.rows.map(part.chunk.table.fullSpan) }
                let theirs = copied.flatMap { part in part.rows.map(part.chunk.table.fullSpan) }
                #expect(mine == theirs)
                #expect(!isSealed)
                if let rows { #expect(rows.chunk.table.arrival(rows.rows.lowerBound) == request + 1) }
            }
            idle.append(open)
            let snapshot = lending.snapshot()
            snapshots.append((snapshot, spans(snapshot)))
        }
        let snapshot = lending.snapshot()
        let copied = copying.snapshot()
        let mine = spans(snapshot).sorted { $0.id < $1.id }
        let theirs = spans(copied).sorted { $0.id < $1.id }
        #expect(mine == theirs)
        #expect(snapshot.counters.accepted == copied.counters.accepted)
        #expect(snapshot.counters.duplicates == copied.counters.duplicates)
        #expect(snapshot.chunks.map(\.sequence) == snapshot.chunks.map(\.sequence).sorted())
        // What a reader was given never changes, whatever is written or withdrawn later.
        for (earlier, wanted) in snapshots { #expect(spans(earlier) == wanted) }
    }

    @Test func aFullChunk_IsSealed_InTheOrderOfNumbers() {
        var store = SpanStore()
        let (first, second) = (OpenSpans(), OpenSpans())
        for span in many(0..<10) { first.batch.add(span) }
        let begun = store.append(first, arrival: 1)
        #expect(!begun.isSealed)
        for span in many(100..<100 + UInt64(SpanStore.chunkRows)) { second.batch.add(span) }
        let (rows, isSealed) = store.append(second, arrival: 2)
        #expect(isSealed)
        #expect(rows?.chunk.isSealed == true)
        for span in many(1_000_000..<1_000_000 + UInt64(SpanStore.chunkRows)) { first.batch.add(span) }
        let filled = store.append(first, arrival: 3)
        #expect(filled.isSealed)
        let snapshot = store.snapshot()
        #expect(snapshot.chunks.map(\.table.count) == [10 + SpanStore.chunkRows, SpanStore.chunkRows])
        #expect(snapshot.chunks.allSatisfy { $0.isSealed })
        for chunk in snapshot.chunks { #expect(snapshot.chunk(chunk.sequence) === chunk) }
    }

    @Test func openChunks_CountTowardsTheBudget() {
        var store = SpanStore(options: .init(memoryBudget: 8 << 20))
        for first in stride(from: 0, to: UInt64(8 * SpanStore.chunkRows), by: SpanStore.chunkRows) {
            let open = OpenSpans()
            for span in many(first..<first + UInt64(SpanStore.chunkRows)) { open.batch.add(span) }
            let (_, isSealed) = store.append(open, arrival: 1)
            #expect(isSealed)
        }
        let snapshot = store.snapshot()
        #expect(snapshot.counters.evicted > 0)
        #expect(snapshot.spanCount + snapshot.counters.evicted == 8 * SpanStore.chunkRows)
    }
}
