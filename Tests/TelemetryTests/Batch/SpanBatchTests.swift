import Telemetry
import Testing

@Suite struct SpanBatchTests {
    private func randomSpans(_ seed: UInt64, count: Int) -> [FullSpan] {
        var random = SeededRandom(seed)
        return (0..<count).map { number in
            FullSpan.random(&random, trace: TraceID(high: 3, low: UInt64(number % 7)), id: UInt64(number + 1))
        }
    }

    @Test func whatWasAppendedIsReadAgain() {
        for seed in 0..<30 as Range<UInt64> {
            let spans = randomSpans(seed, count: 40)
            #expect(SpanBatch.make(spans).table.spans == spans, "seed \(seed)")
        }
    }

    @Test func copiedRowsDecodeTheSame() {
        for seed in 100..<130 as Range<UInt64> {
            let first = randomSpans(seed, count: 30)
            let second = randomSpans(seed + 1000, count: 30)
            var target = SpanBatch.make(first)
            let source = SpanBatch.make(second).table
            let rows = stride(from: 29, through: 0, by: -2).map { $0 }
            var map = SpanBatch.CodeMap()
            target.append(rows, of: source, using: &map)
            target.append(rows, of: source, using: &map)
            let wanted = first + rows.map { second[$0] } + rows.map { second[$0] }
            #expect(target.table.spans == wanted, "seed \(seed)")
        }
    }

    @Test func aCopyDoesNotRepeatWhatIsThereAlready() {
        let spans = randomSpans(5, count: 50)
        var target = SpanBatch.make(spans)
        let source = target.table
        var map = SpanBatch.CodeMap()
        target.append(0..<50, of: source, using: &map)
        let table = target.table
        #expect(table.resources.count == source.resources.count)
        #expect(table.scopes.count == source.scopes.count)
        #expect(table.values.count == source.values.count)
        #expect(table.shapes.count == source.shapes.count)
    }

    @Test func aDroppedSpanLeavesItsNeighboursAlone() {
        let spans = (1...6).map { id in
            FullSpan.make(UInt64(id)) { span in
                span.attributes = [Attribute("n", .int(Int64(id)))]
                span.events = [FullSpan.Event(time: UInt64(id), name: "event \(id)")]
                span.links = [FullSpan.Link(trace: TraceID(high: 0, low: UInt64(id)), span: SpanID(1))]
            }
        }
        var batch = SpanBatch()
        for (number, span) in spans.enumerated() {
            if number % 2 == 0 {
                batch.add(span)
            } else {
                batch.addEventsAndLinks(of: span)
                batch.addAttribute(Symbol("lost"), int: 1)
                batch.dropSpan()
            }
        }
        #expect(batch.table.spans == [spans[0], spans[2], spans[4]])
    }

    @Test func eventsOfASpanToComeAreNotTheLastSpans() {
        var batch = SpanBatch.make([.make(1)])
        batch.addEventsAndLinks(
            of: .make(2) { span in
                span.events = [FullSpan.Event(time: 1, name: "x")]
                span.links = [FullSpan.Link(trace: TraceID(high: 0, low: 1), span: SpanID(1))]
            })
        let between = batch.table
        #expect(between.eventCount(0) == 0)
        #expect(between.linkCount(0) == 0)
        #expect(between.spans == [.make(1)])
        batch.add(.make(2))
        #expect(batch.table.eventCount(1) == 1)
        #expect(batch.table.linkCount(1) == 1)
        #expect(batch.table.events(1).count == 1)
    }

    @Test func truncatingForgetsRowsWithTheirEventsAndLinks() {
        for keep in 0...12 {
            let spans = randomSpans(7, count: 12)
            let more = randomSpans(8, count: 5)
            var batch = SpanBatch.make(spans)
            let before = batch.table
            batch.addEventsAndLinks(of: more[0])
            batch.truncate(to: keep)
            #expect(batch.count == min(keep, 12))
            for span in more { batch.add(span) }
            #expect(batch.table.spans == Array(spans.prefix(keep)) + more)
            #expect(before.spans == spans)
        }
    }

    @Test func aTableIsNotChangedByLaterAppends() {
        let spans = randomSpans(9, count: 60)
        var batch = SpanBatch()
        var tables: [SpanTable] = []
        for span in spans {
            batch.add(span)
            tables.append(batch.table)
        }
        for (number, table) in tables.enumerated() { #expect(table.spans == Array(spans.prefix(number + 1))) }
    }

    @Test func twoCopiesOfABatchGoTheirOwnWays() {
        let spans = randomSpans(10, count: 30)
        var one = SpanBatch.make(Array(spans[..<10]))
        var other = one
        for span in spans[10..<20] { one.add(span) }
        for span in spans[20...] { other.add(span) }
        #expect(one.table.spans == Array(spans[..<20]))
        #expect(other.table.spans == Array(spans[..<10] + spans[20...]))
    }

    @Test func attributesPastTheMostAreDroppedAndCounted() {
        var batch = SpanBatch()
        for number in 0..<SpanBatch.maximumAttributes + 3 { batch.addAttribute(Symbol("k"), int: Int64(number)) }
        var fields = SpanFields()
        fields.resource = 0
        fields.attributes = batch.takeAttributes()
        _ = batch.appendResource(.none)
        _ = batch.appendScope(name: .empty, version: .empty, attributes: .none)
        batch.appendSpan(fields)
        #expect(batch.repairs.droppedAttributes == 3)
        #expect(batch.table.count(batch.table.attributes(0)) == SpanBatch.maximumAttributes)
        // The last of equal keys counts.
        let code = batch.table.valueCode(batch.table.attributes(0), key: Symbol("k"))
        #expect(code?.inlineInt == Int64(SpanBatch.maximumAttributes - 1))
    }

    @Test func resourcesSayServiceVersionAndEnvironment() {
        var batch = SpanBatch.make([
            .make(1) {
                $0.resource = [
                    Attribute("service.name", .string("pay")), Attribute("service.version", .double(2.5)),
                    Attribute("deployment.environment", .string("old")),
                    Attribute("deployment.environment.name", .string("prod")),
                ]
            },
            .make(2) { $0.resource = [] },
        ])
        let table = batch.table
        #expect(table.resource(0).service.text == "pay")
        #expect(table.resource(0).version.text == "2.5")
        #expect(table.resource(0).environment.text == "prod")
        #expect(table.service(1).text == "unknown_service")
        let again = batch.appendResource(batch.list([]))
        #expect(again == table.resourceOf[1])
    }
}
