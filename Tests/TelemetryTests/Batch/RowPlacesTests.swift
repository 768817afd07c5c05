import Telemetry
import Testing

/// Rows are written past what columns show; nobody may see more or other rows than those it was given.
@Suite("Rows of batches that were copied and shown")
struct RowPlacesTests {
    private func spans(_ ids: some Sequence<Int>) -> [FullSpan] { ids.map { FullSpan.make(UInt64($0)) } }

    @Test("copies of a batch go on by themselves")
    func copies() {
        for shared in [0, 1, 63, 64, 65, 300] {
            var one = SpanBatch.make(spans(1..<shared + 1))
            var other = one
            for span in spans(1000..<1100) { one.add(span) }
            var third = other
            for span in spans(2000..<2100) { other.add(span) }
            for span in spans(3000..<3010) { third.add(span) }
            #expect(one.table.spans == spans(Array(1..<shared + 1) + Array(1000..<1100)))
            #expect(other.table.spans == spans(Array(1..<shared + 1) + Array(2000..<2100)))
            #expect(third.table.spans == spans(Array(1..<shared + 1) + Array(3000..<3010)))
        }
    }

    @Test("a table keeps its rows while its batch goes on, forgets rows and writes others")
    func tables() {
        var random = SeededRandom(11)
        var batch = SpanBatch()
        var model: [Int] = []
        var shown: [(SpanTable, [Int])] = []
        var copies: [(SpanBatch, [Int])] = []
        var next = 1
        for _ in 0..<2_000 {
            switch random.next() % 8 {
            case 0:
                shown.append((batch.table, model))
                if shown.count > 3 { shown.removeFirst() }
            case 1:
                let count = model.isEmpty ? 0 : Int(random.next() % UInt64(model.count + 1))
                batch.truncate(to: max(count, model.count - 20))
                model.removeLast(model.count - max(count, model.count - 20))
            case 2:
                copies.append((batch, model))
                if copies.count > 2 { copies.removeFirst() }
            case 3 where !copies.isEmpty:
                let last = copies.count - 1
                swap(&batch, &copies[last].0)
                swap(&model, &copies[last].1)
            default:
                for _ in 0...Int(random.next() % 12) {
                    batch.add(FullSpan.make(UInt64(next)))
                    model.append(next)
                    next += 1
                }
            }
            #expect(batch.count == model.count)
        }
        #expect(batch.table.spans == spans(model))
        for (table, model) in shown { #expect(table.spans == spans(model)) }
        for (batch, model) in copies { #expect(batch.table.spans == spans(model)) }
    }
}
