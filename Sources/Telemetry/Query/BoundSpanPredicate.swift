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
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: RowBlock.size) { found in
            guard let base = found.baseAddress else { return }
            forEachMatch(in: rows) {
                selected.append(UInt32(truncatingIfNeeded: $0))
            } block: { start, marks in
                let count = marks.write(UInt32(truncatingIfNeeded: start), into: base)
                selected.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
            }
        }
    }

    /// How many rows of a range match; the range is cut to the table's rows.
    package func count(_ rows: Range<Int>) -> Int {
        var count = 0
        forEachMatch(in: rows) { _ in
            count += 1
        } block: {
            count += $1.count
        }
        return count
    }

    // MARK: - Many rows at once

    /// Fewer rows than this are walked one by one.
    private static let fewRows = 64

    /// Whether a single clause decides.
    private var isOneQuestion: Bool {
        clauses.count == 1 && jumps[0].ifTrue == SpanPredicate.accept && jumps[0].ifFalse == SpanPredicate.reject
    }

    /// Calls `single` with matching rows, or `block` with the first row of a block and which of its rows match.
    private func forEachMatch(in rows: Range<Int>, _ single: (Int) -> Void, block body: (Int, RowMarks) -> Void) {
        let rows = rows.clamped(to: 0..<rowCount)
        guard rows.count >= BoundSpanPredicate.fewRows, entry >= 0 else {
            for row in rows where matches(row) { single(row) }
            return
        }
        let block = RowBlock(steps: clauses.count)
        defer { block.free() }
        // Blocks are those of packed columns.
        var start = rows.lowerBound / RowBlock.size * RowBlock.size
        var isReady = false
        while start < rows.upperBound {
            let end = min(start + RowBlock.size, rowCount)
            let wanted = rows.clamped(to: start..<end)
            if isOneQuestion, wanted.count == RowBlock.size {
                // All rows of a whole block wait for the only clause, and its verdicts, 1 or 0, are the answer.
                if !isReady { block.begin(0..<RowBlock.size, at: entry) }
                isReady = true
                clauses[entry].judge(wanted, block.waiting(entry), into: block.verdicts)
                body(start, block.verdicts)
            } else {
                isReady = false
                if judge(start..<end, wanted, block) { body(start, block.accepted) }
            }
            start = end
        }
    }

    /// Sends a block's rows through the clauses, each clause all its rows at once; tells whether any may be accepted.
    ///
    /// Jumps only lead to clauses of lower number (see `SpanPredicateCompiler`), so going down once is enough.
    private func judge(_ rows: Range<Int>, _ wanted: Range<Int>, _ block: RowBlock) -> Bool {
        block.begin(wanted.lowerBound - rows.lowerBound..<wanted.upperBound - rows.lowerBound, at: entry)
        for step in stride(from: clauses.count - 1, through: 0, by: -1) where block.isWaiting[step] {
            clauses[step].judge(rows, block.waiting(step), into: block.verdicts)
            block.send(from: step, ifTrue: jumps[step].ifTrue, ifFalse: jumps[step].ifFalse)
        }
        return block.isAccepting
    }
}

/// One byte a row of a block, 1 or 0, eight of which are looked at together.
struct RowMarks {
    /// Memory for ``RowBlock/size`` bytes, aligned to words.
    let words: UnsafeMutablePointer<UInt64>

    static let wordCount = RowBlock.size / 8

    var bytes: UnsafeMutablePointer<UInt8> {
        // Words may be looked at as bytes.
        UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt8.self)
    }

    func clear() { words.update(repeating: 0, count: RowMarks.wordCount) }

    /// Calls `body` with the number of every marked row, in order.
    @inline(__always) func forEach(_ body: (Int) -> Void) {
        for number in 0..<RowMarks.wordCount {
            var word = UInt64(littleEndian: words[number])
            while word != 0 {
                body(number &* 8 &+ word.trailingZeroBitCount >> 3)
                word &= word &- 1
            }
        }
    }

    /// How many rows are marked.
    var count: Int {
        var count = 0
        for number in 0..<RowMarks.wordCount {
            // Adds up the bytes, which are 1 or 0, in the highest of them.
            count &+= Int(truncatingIfNeeded: (words[number] &* 0x0101_0101_0101_0101) >> 56)
        }
        return count
    }

    /// Writes the numbers of the marked rows, counted from `first`, in order; tells how many there are.
    ///
    /// - Parameter target: has room for as many numbers as a block has rows.
    func write(_ first: UInt32, into target: UnsafeMutablePointer<UInt32>) -> Int {
        // Where few rows are marked it is faster to jump to them, where many are it is faster not to jump.
        count * 4 < RowBlock.size ? writeFew(first, into: target) : writeMany(first, into: target)
    }

    private func writeFew(_ first: UInt32, into target: UnsafeMutablePointer<UInt32>) -> Int {
        var count = 0
        for number in stride(from: 0, to: RowMarks.wordCount, by: 8) {
            // The marks of 64 rows as 64 bits; a block has a multiple of as many.
            var bits: UInt64 = 0
            for byte in 0..<8 {
                bits |= RowMarks.bits(UInt64(littleEndian: words[number &+ byte])) << UInt64(byte &* 8)
            }
            let row = first &+ UInt32(truncatingIfNeeded: number &* 8)
            while bits != 0 {
                // Before a row no more numbers have been kept than there are rows before it: there is room for one more.
                target[count] = row &+ UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
                count &+= 1
                bits &= bits &- 1
            }
        }
        return count
    }

    /// Eight bytes, each 1 or 0, as eight bits in the same order.
    @inline(__always)
    private static func bits(_ word: UInt64) -> UInt64 {
        // Byte n is added to the highest byte at bit n, and no two sums meet: their places differ for every pair.
        (word &* 0x0102_0408_1020_4080) >> 56
    }

    private func writeMany(_ first: UInt32, into target: UnsafeMutablePointer<UInt32>) -> Int {
        var count = 0
        for number in 0..<RowMarks.wordCount {
            var word = UInt64(littleEndian: words[number])
            if word == 0 { continue }
            let row = first &+ UInt32(truncatingIfNeeded: number &* 8)
            for byte: UInt32 in 0..<8 {
                // Before a row no more numbers have been kept than there are rows before it: there is room for one more.
                target[count] = row &+ byte
                count &+= Int(truncatingIfNeeded: word & 1)
                word >>= 8
            }
        }
        return count
    }

    /// Marks the rows too that are marked in `waiting` and in `verdicts` (or not, when `isInverse`); tells whether any are.
    func add(_ waiting: RowMarks, _ verdicts: RowMarks, isInverse: Bool) -> Bool {
        let inverse: UInt64 = isInverse ? ~0 : 0
        var any: UInt64 = 0
        for number in 0..<RowMarks.wordCount {
            let added = waiting.words[number] & (verdicts.words[number] ^ inverse)
            words[number] |= added
            any |= added
        }
        return any != 0
    }
}

/// Marks for the rows of a block on their way through the clauses.
final class RowBlock {
    /// How many rows a block has: as many as a block of packed numbers.
    static let size = PackedNumbers.blockSize

    /// By clause, then for those who got through, and for the verdicts of the clause at work.
    private let marks: Memory<UInt64>
    private let steps: Int
    /// By clause: whether rows wait for it.
    let isWaiting: Memory<Bool>
    private(set) var isAccepting = false

    init(steps: Int) {
        self.steps = steps
        marks = Memory((steps + 2) * RowMarks.wordCount, 0)
        isWaiting = Memory(steps, false)
    }

    /// The rows that wait for a clause.
    func waiting(_ step: Int) -> RowMarks {
        precondition(step >= 0 && step < steps + 2, "no such clause")
        guard let base = marks.base else { preconditionFailure("a block of rows has marks") }
        return RowMarks(words: base + step * RowMarks.wordCount)
    }

    /// The rows that got through.
    var accepted: RowMarks { waiting(steps) }

    /// What the clause at work says.
    var verdicts: RowMarks { waiting(steps + 1) }

    /// Begins anew with some rows of a block, which wait for the first clause.
    func begin(_ rows: Range<Int>, at entry: Int) {
        accepted.clear()
        isAccepting = false
        let first = waiting(entry)
        first.clear()
        precondition(rows.lowerBound >= 0 && rows.upperBound <= RowBlock.size, "a block has no such rows")
        (first.bytes + rows.lowerBound).update(repeating: 1, count: rows.count)
        isWaiting[entry] = true
    }

    /// Sends the rows that wait for a clause on, by its verdicts.
    func send(from step: Int, ifTrue: Int, ifFalse: Int) {
        isWaiting[step] = false
        send(waiting(step), to: ifTrue, isInverse: false)
        send(waiting(step), to: ifFalse, isInverse: true)
    }

    private func send(_ rows: RowMarks, to target: Int, isInverse: Bool) {
        if target == SpanPredicate.reject { return }
        if target == SpanPredicate.accept {
            isAccepting = accepted.add(rows, verdicts, isInverse: isInverse) || isAccepting
            return
        }
        if !isWaiting[target] { waiting(target).clear() }
        isWaiting[target] = waiting(target).add(rows, verdicts, isInverse: isInverse) || isWaiting[target]
    }

    func free() {
        marks.free()
        isWaiting.free()
    }
}

extension SpanPredicate {
    /// Appends the matching rows of a table's range, in order.
    package func select(in table: SpanTable, rows: Range<Int>, into selected: inout [UInt32]) {
        bind(to: table).select(rows, into: &selected)
    }
}
