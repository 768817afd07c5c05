import Telemetry
import Testing

@Suite struct SpanStoreTests {
    /// Many plain spans, eight to a trace.
    private func many(_ range: Range<UInt64>) -> SpanBatch {
        SpanBatch.make(range.map { id in .make(id + 1, parent: id % 8 == 0 ? 0 : id, trace: id / 8 + 1) })
    }

    private func spans(_ snapshot: StoreSnapshot) -> [FullSpan] { snapshot.chunks.flatMap(\.table.spans) }

    @Test func keepsWhatItIsGivenInOrder() {
        var store = SpanStore()
        var random = SeededRandom(4)
        var wanted: [FullSpan] = []
        for batch in 0..<20 as Range<UInt64> {
            let spans = (0..<17).map { number in
                FullSpan.random(&random, trace: TraceID(high: 0, low: batch + 1), id: UInt64(number + 1))
            }
            wanted += spans
            let accepted = store.append(.make(spans), arrival: 100 + batch)
            #expect(accepted.flatMap { part in part.rows.map { part.chunk.table.fullSpan($0) } } == spans)
            #expect(accepted.allSatisfy { $0.arrival == 100 + batch })
        }
        let snapshot = store.snapshot()
        #expect(spans(snapshot) == wanted)
        #expect(snapshot.counters.accepted == wanted.count)
        #expect(snapshot.chunks.count == 1)
        #expect(snapshot.chunks[0].table.arrival(0) == 100)
        #expect(snapshot.chunks[0].table.arrival(17) == 101)
        #expect(snapshot.chunks[0].table.arrival(339) == 119)
    }

    @Test func smallBatchesFillChunksAndBigOnesAreSealedAsTheyAre() {
        var store = SpanStore()
        let big = UInt64(SpanStore.sealedBatchRows)
        _ = store.append(many(0..<100), arrival: 1)
        let sealed = store.append(many(1000..<1000 + big), arrival: 2)
        #expect(sealed.count == 1)
        #expect(sealed[0].chunk.isSealed)
        _ = store.append(many(50_000..<50_010), arrival: 3)
        let snapshot = store.snapshot()
        #expect(snapshot.chunks.map(\.table.count) == [100, Int(big), 10])
        #expect(snapshot.chunks.map(\.isSealed) == [true, true, false])
        #expect(snapshot.chunks.map(\.sequence) == snapshot.chunks.map(\.sequence).sorted())
        for chunk in snapshot.chunks { #expect(snapshot.chunk(chunk.sequence) === chunk) }
        #expect(snapshot.chunk(999) == nil)
    }

    @Test func aFullChunkIsFollowedByANewOne() {
        var store = SpanStore()
        let step: UInt64 = 10_000
        var parts: [AcceptedRows] = []
        for number in 0..<8 as Range<UInt64> {
            parts += store.append(many(number * step..<(number + 1) * step), arrival: number)
        }
        let snapshot = store.snapshot()
        #expect(snapshot.chunks.map(\.table.count) == [SpanStore.chunkRows, 80_000 - SpanStore.chunkRows])
        #expect(parts.reduce(0) { $0 + $1.rows.count } == 80_000)
        #expect(spans(snapshot).map(\.id) == Array(1...80_000))
        #expect(snapshot.trace(TraceID(high: 0, low: 8193))?.spans.count == 8)
    }

    @Test func duplicatesCountOnce() {
        var store = SpanStore()
        let first = (1...10).map { FullSpan.make(UInt64($0)) }
        _ = store.append(.make(first), arrival: 1)
        let again = [first[3], .make(11), first[3], .make(11), first[9]]
        let accepted = store.append(.make(again), arrival: 2)
        #expect(accepted.flatMap { part in part.rows.map { part.chunk.table.spanID($0).value } } == [11])
        #expect(store.append(.make(first), arrival: 3).isEmpty)
        let snapshot = store.snapshot()
        #expect(snapshot.counters.accepted == 11)
        #expect(snapshot.counters.duplicates == 14)
        #expect(spans(snapshot).map(\.id) == Array(1...11))
    }

    @Test func spansThatDifferInKindServiceOrStartAreNotDuplicates() {
        var store = SpanStore()
        let span = FullSpan.make(1)
        let others: [FullSpan] = [
            .make(1) { $0.kind = .server }, .make(1) { $0.resource = [Attribute("service.name", .string("b"))] },
            .make(1) { $0.start = 5 }, .make(1, trace: 2), .make(2),
        ]
        // These are the same span told differently.
        let same: [FullSpan] = [.make(1) { $0.name = "other" }, .make(1) { $0.end = 9 }]
        _ = store.append(.make([span] + others + same), arrival: 1)
        #expect(store.snapshot().counters.accepted == 1 + others.count)
        #expect(store.snapshot().counters.duplicates == same.count)
    }

    /// Spans whose rows take more memory than what is kept to know them again.
    private func heavy(_ range: Range<UInt64>) -> SpanBatch {
        .make(
            range.map { number in
                .make(number + 1, trace: number / 8 + 1) { span in
                    span.attributes = [Attribute("a", .string(String(repeating: "x", count: 200) + "\(number)"))]
                }
            })
    }

    @Test func theOldestChunkGoesFirstAndIsCounted() {
        let rows = UInt64(SpanStore.sealedBatchRows)
        var probe = SpanStore()
        _ = probe.append(heavy(0..<rows), arrival: 1)
        let bytes = probe.snapshot().byteCount
        var store = SpanStore(options: .init(memoryBudget: bytes * 4))
        for number in 0..<12 as Range<UInt64> {
            _ = store.append(heavy(number * rows..<(number + 1) * rows), arrival: number)
            let snapshot = store.snapshot()
            #expect(snapshot.byteCount <= bytes * 4)
            #expect(snapshot.spanCount + snapshot.counters.evicted == Int((number + 1) * rows))
            #expect(snapshot.chunks.last?.table.spanID(Int(rows) - 1).value == (number + 1) * rows)
        }
        let snapshot = store.snapshot()
        #expect(snapshot.counters.evicted > 0)
        #expect(snapshot.spanCount > 0)
        #expect(snapshot.trace(TraceID(high: 0, low: 1)) == nil)
        // What was evicted is new again, and does not count as a duplicate.
        _ = store.append(heavy(0..<8), arrival: 20)
        #expect(store.snapshot().counters.duplicates == 0)
        #expect(store.snapshot().trace(TraceID(high: 0, low: 1))?.spans.count == 8)
    }

    @Test func aLostParentIsNotCalledMissing() {
        let rows = UInt64(SpanStore.sealedBatchRows)
        var store = SpanStore(options: .init(memoryBudget: 1))
        var child = SpanBatch.make([.make(900_000, parent: 3, trace: 1), .make(900_001, parent: 3, trace: 999_999)])
        child.add(.make(900_002, parent: 0, trace: 1))
        child.add(.make(900_003, parent: 900_002, trace: 1))
        #expect(store.hasParent(0, of: child.table) == false)
        _ = store.append(many(0..<rows), arrival: 1)
        #expect(store.snapshot().counters.evicted == Int(rows))
        _ = store.append(child, arrival: 2)
        #expect(store.hasParent(0, of: child.table) == nil)
        #expect(store.hasParent(1, of: child.table) == false)
        #expect(store.hasParent(2, of: child.table) == false)
        #expect(store.hasParent(3, of: child.table) == true)
        #expect(store.rowsWithoutParent([0, 1, 2, 3], of: child.table) == [1, 2])
    }

    @Test func tracesAreCountedWhenAsked() {
        var options = SpanStore.Options()
        options.countsTraces = true
        options.keepsRows = false
        var store = SpanStore(options: options)
        for _ in 0..<2 { _ = store.append(many(0..<800), arrival: 1) }
        let snapshot = store.snapshot()
        #expect(snapshot.counters.traces == 100)
        #expect(snapshot.counters.accepted == 800)
        #expect(snapshot.counters.duplicates == 800)
        #expect(snapshot.chunks.isEmpty)
    }

    @Test func aSnapshotDoesNotChangeWhileTheWriterGoesOn() async {
        var store = SpanStore(options: .init(memoryBudget: 40 << 20))
        await withTaskGroup(of: Bool.self) { group in
            var random = SeededRandom(11)
            for number in 0..<150 as Range<UInt64> {
                let count = UInt64.random(in: 1...900, using: &random)
                let first = number * 1000
                _ = store.append(many(first..<first + count), arrival: number)
                guard number % 3 == 0 else { continue }
                let snapshot = store.snapshot()
                let sums = snapshot.chunks.map(\.checksum)
                group.addTask {
                    for _ in 0..<3 {
                        guard snapshot.chunks.map(\.checksum) == sums else { return false }
                        guard let last = snapshot.chunks.last else { return false }
                        guard last.table.fullSpan(last.table.count - 1).id == first + count else { return false }
                        guard snapshot.trace(TraceID(high: 0, low: first / 8 + 1)) != nil else { return false }
                        await Task.yield()
                    }
                    return true
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }

    @Test func everyChangeChangesTheChecksum() throws {
        func sum(_ change: (inout FullSpan) -> Void) throws -> UInt64 {
            var span = FullSpan.make(1) { span in
                span.attributes = [Attribute("a", .int(1)), Attribute("b", .string("x"))]
                span.scopeAttributes = [Attribute("c", .string("y"))]
                span.events = [FullSpan.Event(time: 4, name: "e", attributes: [Attribute("f", .string("x"))])]
                span.links = [
                    FullSpan.Link(
                        trace: TraceID(high: 1, low: 2), span: SpanID(3), state: "s",
                        attributes: [Attribute("g", .string("y"))])
                ]
            }
            change(&span)
            var store = SpanStore()
            _ = store.append(.make([span]), arrival: 1)
            return try #require(store.snapshot().chunks.first).checksum
        }
        let changes: [(inout FullSpan) -> Void] = [
            { _ in }, { $0.trace = TraceID(high: 5, low: 1) }, { $0.trace = TraceID(high: 0, low: 5) }, { $0.id = 2 },
            { $0.parent = 2 }, { $0.start += 1 }, { $0.end += 1 }, { $0.name = "other" }, { $0.kind = .client },
            { $0.status = .error }, { $0.flags = 1 }, { $0.message = "m" }, { $0.state = "t" },
            { $0.resource = [Attribute("service.name", .string("shoq"))] }, { $0.scope = "lic" },
            { $0.scopeVersion = "2" }, { $0.scopeAttributes = [] }, { $0.attributes[0].value = .int(2) },
            { $0.attributes[0].key = "aa" }, { $0.attributes[1].value = .string("z") }, { $0.attributes.swapAt(0, 1) },
            { $0.events[0].time = 5 }, { $0.events[0].name = "d" }, { $0.events[0].attributes = [] },
            { $0.links[0].trace = TraceID(high: 2, low: 2) }, { $0.links[0].trace = TraceID(high: 1, low: 3) },
            { $0.links[0].span = SpanID(4) }, { $0.links[0].state = "r" }, { $0.links[0].attributes = [] },
            { $0.events = [] }, { $0.links = [] },
        ]
        let sums = try changes.map(sum)
        #expect(Set(sums).count == changes.count)
        #expect(try sum { _ in } == sums[0])
    }
}
