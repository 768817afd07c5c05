import Telemetry
import Testing

/// What a store leaves to be done later ends as if it had been done at once.
@Suite("Chores of the store")
struct StoreChoreTests {
    private func store(_ budget: Int?) -> SpanStore {
        var options = SpanStore.Options(memoryBudget: budget)
        options.leavesChores = true
        return SpanStore(options: options)
    }

    private func batch(_ number: UInt64, count: Int = SpanStore.sealedBatchRows) -> SpanBatch {
        let first = number * 1_000_000
        let spans = (1...UInt64(count)).map { (id: UInt64) -> FullSpan in
            let parent = id == 1 ? 0 : first + id / 2
            return FullSpan.make(first + id, parent: parent, trace: first + 1)
        }
        return SpanBatch.make(spans)
    }

    private func tidy(_ store: inout SpanStore) {
        var left = store.takeChores()
        while !left.isEmpty {
            var work = left.removeFirst().prepared()
            while !store.goOn(with: &work) { left += store.takeChores() }
            left += store.takeChores()
        }
    }

    @Test func fullChunks_CanBeSeenAtOnce_AndArePackedLater() {
        var atOnce = SpanStore()
        var later = store(nil)
        for number in 0..<3 as Range<UInt64> {
            _ = atOnce.append(batch(number), arrival: number + 1)
            _ = later.append(batch(number), arrival: number + 1)
        }
        let before = later.snapshot()
        let wanted = atOnce.snapshot()
        #expect(before.chunks.map(\.table.spans) == wanted.chunks.map(\.table.spans))
        #expect(before.byteCount > wanted.byteCount)
        tidy(&later)
        let after = later.snapshot()
        #expect(after.chunks.map(\.table.spans) == wanted.chunks.map(\.table.spans))
        #expect(after.chunks.map(\.sequence) == wanted.chunks.map(\.sequence))
        #expect(after.byteCount == wanted.byteCount)
        #expect(after.chunks.allSatisfy { $0.isSealed })
        for chunk in after.chunks { #expect(later.chunk(chunk.sequence) === chunk) }
        #expect(later.chunk(99) == nil)
        // Nobody's view changes.
        #expect(before.chunks.map(\.table.spans) == wanted.chunks.map(\.table.spans))
    }

    @Test func evictedRows_AreForgotten_InSmallParts() {
        var store = store(1 << 20)
        let first = batch(0)
        _ = store.append(first, arrival: 1)
        tidy(&store)
        #expect(store.hasParent(8, of: first.table) == true)
        for number in 1..<12 as Range<UInt64> {
            _ = store.append(batch(number), arrival: number + 1)
            tidy(&store)
        }
        let counters = store.snapshot().counters
        #expect(counters.evicted > 0)
        #expect(store.snapshot().spanCount + counters.evicted == counters.accepted)
        // Nobody can say whether the parent was there: rows of the trace are gone.
        #expect(store.hasParent(8, of: first.table) == nil)
        let again = store.append(first, arrival: 20)
        #expect(again.map(\.rows.count) == [first.count])
    }

    @Test func aChunkEvictedBeforeItIsPacked_StaysAway() {
        var store = store(1)
        _ = store.append(batch(0), arrival: 1)
        _ = store.append(batch(1), arrival: 2)
        tidy(&store)
        #expect(store.snapshot().chunks.isEmpty)
        #expect(store.snapshot().byteCount == 0)
        #expect(store.snapshot().counters.evicted == 2 * SpanStore.sealedBatchRows)
    }
}
