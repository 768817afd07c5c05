import Telemetry
import Testing

@Suite struct TraceTests {
    private func trace(_ spans: [FullSpan]) throws -> Trace {
        var store = SpanStore()
        _ = store.append(.make(spans), arrival: 1)
        return try #require(store.snapshot().trace(spans[0].trace))
    }

    /// The tree as pairs of child and parent, by id.
    private func tree(_ trace: Trace) -> [UInt64: UInt64?] {
        Dictionary(uniqueKeysWithValues: trace.spans.map { ($0.id.value, $0.parent.map { trace.spans[$0].id.value }) })
    }

    @Test func lookupsMatchBruteForce() {
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededRandom(seed)
            var store = SpanStore()
            var all: [TraceID: [FullSpan]] = [:]
            for batch in 0..<12 {
                let size = batch == 5 ? SpanStore.sealedBatchRows : Int.random(in: 1...40, using: &random)
                let spans = (0..<size).map { number in
                    let trace = TraceID(
                        high: UInt64.random(in: 0...1, using: &random), low: UInt64.random(in: 1...400, using: &random))
                    return FullSpan.make(UInt64(batch * 100_000 + number + 1), parent: random.next() % 50) { span in
                        span.trace = trace
                    }
                }
                for span in spans { all[span.trace, default: []].append(span) }
                _ = store.append(.make(spans), arrival: 1)
            }
            let snapshot = store.snapshot()
            #expect(snapshot.chunks.contains { !$0.isSealed } && snapshot.chunks.contains { $0.isSealed })
            #expect(snapshot.trace(TraceID(high: 9, low: 9)) == nil)
            for (id, spans) in all {
                let found = snapshot.trace(id)
                let ids = found?.spans.map(\.id.value)
                let wanted = spans.sorted { ($0.start, $0.id) < ($1.start, $1.id) }.map(\.id)
                if ids != wanted { Issue.record("seed \(seed), trace \(id.hex)") }
                if found?.preorder.sorted() != Array(wanted.indices) { Issue.record("seed \(seed): not a tree") }
            }
        }
    }

    @Test func randomParentsFormATree() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed)
            let count = UInt64.random(in: 1...30, using: &random)
            var spans: [FullSpan] = []
            for id in 1...count {
                let parent = UInt64.random(in: 0...count + 3, using: &random)
                let start = UInt64.random(in: 0...50, using: &random)
                spans.append(.make(id, parent: parent) { $0.start = start })
            }
            let trace = try trace(spans)
            #expect(trace.preorder.sorted() == Array(trace.spans.indices), "seed \(seed)")
            for (number, span) in trace.spans.enumerated() {
                for child in trace.children(of: number) {
                    #expect(trace.spans[child].parent == number)
                    #expect(trace.spans[child].depth == span.depth + 1)
                }
                #expect(trace.children(of: number) == trace.children(of: number).sorted())
                let id = span.parentID.value
                if id == 0 {
                    #expect(span.parent == nil && span.missingParent == nil && !span.isCycleCut)
                } else if id > count {
                    #expect(span.missingParent == SpanID(id))
                } else if let parent = span.parent {
                    #expect(trace.spans[parent].id.value == id)
                } else {
                    #expect(span.isCycleCut && span.missingParent == nil)
                }
            }
        }
    }

    @Test(arguments: [1, 200, 3_000, 1 << 62] as [UInt64])
    func manySpansComeByStartThenById(latest: UInt64) throws {
        var random = SeededRandom(latest)
        var spans = (1...2_000 as ClosedRange<UInt64>).map { id in
            FullSpan.make(id, parent: id / 3) { $0.start = UInt64.random(in: 0...latest, using: &random) }
        }
        spans.shuffle(using: &random)
        let trace = try trace(spans)
        let wanted = spans.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
        #expect(trace.spans.map(\.id.value) == wanted.map(\.id))
        let parents = Dictionary(uniqueKeysWithValues: spans.map { ($0.id, $0.parent) })
        for span in trace.spans {
            #expect((span.parent.map { trace.spans[$0].id.value } ?? 0) == parents[span.id.value])
        }
        for (number, span) in trace.spans.enumerated() {
            #expect(trace.children(of: number).allSatisfy { trace.spans[$0].parent == number })
            #expect(trace.reference(of: span).row == UInt32(spans.firstIndex { $0.id == span.id.value } ?? -1))
        }
        #expect(trace.preorder.sorted() == Array(trace.spans.indices))
    }

    @Test func cyclesAreCutAtTheirFirstSpan() throws {
        let trace = try trace([
            .make(1, parent: 3), .make(2, parent: 1), .make(3, parent: 2), .make(4, parent: 2), .make(5, parent: 5),
        ])
        #expect(tree(trace) == [1: nil, 2: 1, 3: 2, 4: 2, 5: nil])
        #expect(trace.spans.filter(\.isCycleCut).map(\.id.value) == [1, 5])
        #expect(trace.spans.allSatisfy { $0.missingParent == nil })
        #expect(trace.roots.map { trace.spans[$0].id.value } == [1, 5])
    }

    @Test func aMissingParentIsNamed() throws {
        let trace = try trace([.make(1), .make(2, parent: 77), .make(3, parent: 2)])
        #expect(trace.spans.map(\.missingParent) == [nil, SpanID(77), nil])
        #expect(trace.spans.map(\.depth) == [0, 0, 1])
    }

    @Test func halvesThatShareAnIdAreTwoSpans() throws {
        func half(_ kind: SpanKind, _ service: String, start: UInt64) -> FullSpan {
            .make(2, parent: 1) { span in
                span.kind = kind
                span.start = start
                span.resource = [Attribute("service.name", .string(service))]
            }
        }
        func child(_ id: UInt64, _ service: String) -> FullSpan {
            .make(id, parent: 2) { $0.resource = [Attribute("service.name", .string(service))] }
        }
        // The server's clock is behind, so that its half comes first.
        let trace = try trace([
            .make(1) { $0.start = 0 }, half(.client, "web", start: 20), half(.server, "pay", start: 10),
            child(3, "pay"), child(4, "web"), child(5, "other"),
        ])
        func number(_ id: UInt64, _ kind: SpanKind) -> Int? {
            trace.spans.firstIndex { $0.id.value == id && $0.kind == kind }
        }
        let client = try #require(number(2, .client))
        let server = try #require(number(2, .server))
        #expect(trace.spans[server].parent == client)
        #expect(trace.spans[client].parent == number(1, .internal))
        #expect(trace.spans[number(3, .internal) ?? 0].parent == server)
        #expect(trace.spans[number(4, .internal) ?? 0].parent == client)
        #expect(trace.spans[number(5, .internal) ?? 0].parent == server)
        #expect(trace.roots.count == 1)
    }

    @Test func oneIdForAllSpansIsStillATree() throws {
        let count: UInt64 = 50_000
        let spans = (0..<count).map { number in
            FullSpan.make(1, parent: 1) { span in
                span.start = number
                span.kind = .server
            }
        }
        let trace = try trace(spans)
        #expect(trace.spans.count == Int(count))
        #expect(trace.preorder.count == Int(count))
    }

    @Test func aParentMayComeLater() throws {
        var store = SpanStore()
        _ = store.append(.make([.make(2, parent: 1)]), arrival: 1)
        let early = store.snapshot()
        _ = store.append(.make([.make(1)]), arrival: 2)
        let id = TraceID(high: 0, low: 1)
        #expect(early.trace(id)?.spans.map(\.missingParent) == [SpanID(1)])
        let late = try #require(store.snapshot().trace(id))
        #expect(tree(late) == [1: nil, 2: 1])
    }

    @Test func oddEndsAreMended() throws {
        let trace = try trace([.make(1) { ($0.start, $0.end) = (10, 5) }, .make(2) { ($0.start, $0.end) = (20, 0) }])
        #expect(trace.spans.map(\.duration) == [0, 0])
        #expect(trace.spans.map(\.isOpen) == [false, true])
        #expect(trace.start == 10)
        #expect(trace.end == 20)
    }
}
