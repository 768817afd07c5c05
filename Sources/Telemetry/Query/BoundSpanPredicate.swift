/// A filter that answers for the rows of one table.
///
/// It remembers what it has worked out, so it belongs to one thread; the table it was bound to does not change.
package final class BoundSpanPredicate {
    /// Where to go on from a clause; apart from the clauses so that the walk touches nothing counted.
    private struct Jump {
        let ifTrue: Int
        let ifFalse: Int
    }

    private let entry: Int
    private let jumps: [Jump]
    private let clauses: [BoundClause]
    private let rowCount: Int

    init(_ predicate: SpanPredicate, _ table: SpanTable, _ context: (any SpanFilterContext)?) {
        let shared = TableColumns(table)
        entry = predicate.entry
        rowCount = table.count
        jumps = predicate.steps.map { Jump(ifTrue: $0.ifTrue, ifFalse: $0.ifFalse) }
        clauses = predicate.steps.map { BoundClause($0.clause, shared, context) }
    }

    /// Whether the row's span matches; the row must be one of the table's.
    package func matches(_ row: Int) -> Bool {
        precondition(row >= 0 && row < rowCount, "row out of range of the bound table")
        var place = entry
        while place >= 0 {
            place = clauses[place].matches(row) ? jumps[place].ifTrue : jumps[place].ifFalse
        }
        return place == SpanPredicate.accept
    }

    /// Appends the matching rows of a range, in order; the range is cut to the table's rows.
    package func select(_ rows: Range<Int>, into selected: inout [UInt32]) {
        forEachMatch(in: rows) { selected.append(UInt32(truncatingIfNeeded: $0)) }
    }

    /// How many rows of a range match; the range is cut to the table's rows.
    package func count(_ rows: Range<Int>) -> Int {
        var count = 0
        forEachMatch(in: rows) { _ in count += 1 }
        return count
    }

    // MARK: - Many rows at once

    private static let blockSize = 1024
    /// Fewer rows than this are walked one by one.
    private static let fewRows = 64

    private func forEachMatch(in rows: Range<Int>, _ body: (Int) -> Void) {
        let rows = rows.clamped(to: 0..<rowCount)
        guard rows.count >= BoundSpanPredicate.fewRows, entry >= 0 else {
            for row in rows where matches(row) { body(row) }
            return
        }
        let block = RowBlock(steps: clauses.count, size: BoundSpanPredicate.blockSize)
        defer { block.free() }
        var start = rows.lowerBound
        while start < rows.upperBound {
            let end = min(start + BoundSpanPredicate.blockSize, rows.upperBound)
            judge(start..<end, block)
            for row in start..<end where block.isAccepted[row - start] {
                block.isAccepted[row - start] = false
                body(row)
            }
            start = end
        }
    }

    /// Sends a block's rows through the clauses, each clause all its rows at once.
    ///
    /// Jumps only lead to clauses of lower number (see `SpanPredicateCompiler`), so going down once is enough.
    private func judge(_ rows: Range<Int>, _ block: RowBlock) {
        for row in rows { block.add(row, to: entry) }
        for step in stride(from: clauses.count - 1, through: 0, by: -1) where block.counts[step] > 0 {
            let count = block.counts[step]
            block.counts[step] = 0
            clauses[step].judge(block.waiting, from: step * block.size, count: count, into: block.verdicts)
            for index in 0..<count {
                let row = Int(block.waiting[step * block.size + index])
                let target = block.verdicts[index] ? jumps[step].ifTrue : jumps[step].ifFalse
                if target >= 0 {
                    block.add(row, to: target)
                } else if target == SpanPredicate.accept {
                    block.isAccepted[row - rows.lowerBound] = true
                }
            }
        }
    }
}

/// Room for the rows of a block on their way through the clauses.
private struct RowBlock {
    let size: Int
    /// By clause, `size` places each: the rows that wait for it.
    let waiting: Memory<UInt32>
    /// By clause: how many wait.
    let counts: Memory<Int>
    /// By place in the list of the clause at work.
    let verdicts: Memory<Bool>
    /// By row of the block.
    let isAccepted: Memory<Bool>

    init(steps: Int, size: Int) {
        self.size = size
        waiting = Memory(steps * size, 0)
        counts = Memory(steps, 0)
        verdicts = Memory(size, false)
        isAccepted = Memory(size, false)
    }

    func add(_ row: Int, to step: Int) {
        waiting[step * size + counts[step]] = UInt32(truncatingIfNeeded: row)
        counts[step] += 1
    }

    func free() {
        waiting.free()
        counts.free()
        verdicts.free()
        isAccepted.free()
    }
}

extension SpanPredicate {
    /// Appends the matching rows of a table's range, in order.
    package func select(in table: SpanTable, rows: Range<Int>, into selected: inout [UInt32]) {
        bind(to: table).select(rows, into: &selected)
    }
}
