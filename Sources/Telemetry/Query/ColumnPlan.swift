/// How a clause judges many rows of a packed table at once: by walking over columns.
final class ColumnPlan {
    /// What to walk over.
    enum Way {
        /// Nothing: rows are judged one by one.
        case rows
        /// All rows have the same mark.
        case same(UInt8)
        /// Durations, whose column is the one given, by their codes first.
        case durations(DurationMarks, column: Int)
        /// Durations of plain columns by the range that they must lie in, or must not.
        case plainDurations(ClosedRange<UInt64>, isInverse: Bool)
        /// Numbers of a column by their own marks.
        case marks(Memory<UInt8>, column: Int)
        /// Lists of attributes by their shapes and their numbers.
        case attributes(AttributeMarks)
    }

    private let shared: TableColumns
    private let way: Way
    private let numbers: Memory<UInt32>

    /// The way to judge the rows of a table, which must be packed for marks, attributes and durations by codes.
    init(_ shared: TableColumns, _ way: Way) {
        self.shared = shared
        self.way = way
        switch way {
        case .marks, .attributes: numbers = Memory(2 * PackedNumbers.blockSize, 0)
        case .rows, .same, .durations, .plainDurations: numbers = Memory(0, 0)
        }
    }

    deinit {
        numbers.free()
        switch way {
        case .marks(let marks, _): marks.free()
        case .attributes(let marks): marks.free()
        case .rows, .same, .durations, .plainDurations: break
        }
    }

    /// Marks the verdicts on the rows of a block; `false` where rows must be judged one by one.
    ///
    /// - Parameter elsewhere: the mark of a row whose own attributes do not decide.
    func judge(
        _ rows: Range<Int>, _ waiting: RowMarks, into verdicts: RowMarks, elsewhere: (Int) -> UInt8
    ) -> Bool {
        // Verdicts have room for a block's rows, of which there are no more than its size.
        precondition(rows.lowerBound % PackedNumbers.blockSize == 0 && rows.count <= PackedNumbers.blockSize)
        let block = rows.lowerBound / PackedNumbers.blockSize
        let target = verdicts.bytes
        switch way {
        case .rows: return false
        case .same(let mark): target.update(repeating: mark, count: rows.count)
        case .durations(let marks, let column):
            guard let packed = shared.packed else { return false }
            marks.judge(rows, packed, durations: column, into: verdicts)
        case .plainDurations(let range, let isInverse):
            guard shared.markDurations(rows, in: range, into: target) else { return false }
            if isInverse { for index in 0..<rows.count { target[index] ^= 1 } }
        case .marks(let marks, let column):
            guard let packed = shared.packed, let base = numbers.base else { return false }
            let block = packed.numbers.block(column + block)
            packed.numbers.unpack(block, rows.count, into: base)
            let first = UInt32(truncatingIfNeeded: block.base)
            for index in 0..<rows.count { target[index] = marks[Int(base[index] &+ first)] }
        case .attributes(let marks):
            guard let packed = shared.packed, let base = numbers.base else { return false }
            if !marks.judge(block, rows.count, packed, base, into: target) {
                for index in 0..<rows.count where target[index] == AttributeMarks.elsewhere {
                    target[index] = waiting.bytes[index] == 0 ? 0 : elsewhere(rows.lowerBound + index)
                }
            }
        }
        return true
    }
}

extension BoundClause {
    /// Finds the fastest way to judge many rows.
    func makePlan() -> ColumnPlan {
        ColumnPlan(shared, shared.packed.map(way) ?? plainWay)
    }

    private var plainWay: ColumnPlan.Way {
        guard case .duration = source, let numberTest, !wantsMissing else { return .rows }
        let (numbers, isInverse) = numberTest.range()
        guard let numbers else { return .rows }
        return .plainDurations(numbers, isInverse: isInverse)
    }

    private func way(_ packed: PackedTable) -> ColumnPlan.Way {
        let layout = packed.layout
        switch source {
        case .name:
            return marks(layout.names, packed) { mark(name(Symbol(code: $0))) }
        case .statusMessage:
            return marks(layout.statusMessages, packed) { mark(message(ValueCode(bits: $0))) }
        case .status, .kind:
            return marks(layout.kindAndStatus, count: 256) { mark(kindOrStatus(UInt8(truncatingIfNeeded: $0))) }
        case .duration: return durations(layout)
        case .service, .version, .environment, .instance, .attribute(.resource):
            return marks(layout.resourceOf, count: max(1, shared.table.resources.count)) {
                mark(resource(UInt32(truncatingIfNeeded: $0)))
            }
        case .scopeName, .scopeVersion, .attribute(.scope):
            return marks(layout.scopeOf, count: max(1, shared.table.scopes.count)) {
                mark(scope(UInt32(truncatingIfNeeded: $0)))
            }
        case .attribute(.span): return attributes(packed, isAnywhere: false)
        case .attribute(.any): return attributes(packed, isAnywhere: true)
        case .attribute(.log): return .same(mark(.missing))
        default: return .rows
        }
    }

    private func durations(_ layout: PackedTable.Layout) -> ColumnPlan.Way {
        guard let column = layout.durations, let numberTest, !wantsMissing else { return .rows }
        let (numbers, isInverse) = numberTest.range()
        guard let numbers else { return .same(isInverse ? 1 : 0) }
        return .durations(DurationMarks(numbers, isInverse: isInverse), column: column)
    }

    /// The way over words that are listed.
    private func marks(
        _ words: PackedTable.Words, _ packed: PackedTable, _ mark: (UInt32) -> UInt8
    ) -> ColumnPlan.Way {
        guard words.distinctCount > 0 else { return .rows }
        return marks(words.first, count: words.distinctCount) {
            mark(UInt32(truncatingIfNeeded: packed.numbers.number(words.distinct, $0)))
        }
    }

    /// The way over numbers below `count`.
    private func marks(_ column: Int, count: Int, _ mark: (Int) -> UInt8) -> ColumnPlan.Way {
        let marks = Memory<UInt8>(count, 0)
        var sum = 0
        for number in 0..<count {
            marks[number] = mark(number)
            sum += Int(marks[number])
        }
        guard sum > 0 && sum < count else {
            marks.free()
            return .same(sum > 0 ? 1 : 0)
        }
        return .marks(marks, column: column)
    }

    // MARK: - Attributes

    private func attributes(_ packed: PackedTable, isAnywhere: Bool) -> ColumnPlan.Way {
        guard key != nil else { return .same(mark(.missing)) }
        let shapeCount = shared.table.shapes.count
        let places = Memory<AttributeMarks.Place>(shapeCount, AttributeMarks.Place())
        var total = 1
        var isElsewhere = false
        for shape in 0..<shapeCount where position(inShape: shape) != nil {
            places[shape] = AttributeMarks.Place(start: UInt32(truncatingIfNeeded: total), mask: ~0)
            total += packed.layout.spanListCounts[shape]
            isElsewhere = isElsewhere || packed.layout.listCounts[shape] > packed.layout.spanListCounts[shape]
        }
        // A span without the attribute asks its resource, scope, events and links, if any of the table's has it.
        let missing = isAnywhere && isElsewhere ? AttributeMarks.elsewhere : mark(.missing)
        let marks = Memory<UInt8>(total, missing)
        var filler = MarkFiller(clause: self, packed: packed, marks: marks, missing: missing)
        for shape in 0..<shapeCount {
            guard let position = position(inShape: shape), packed.layout.spanListCounts[shape] > 0 else { continue }
            filler.fill(shape, position, from: Int(places[shape].start))
        }
        filler.free()
        let found = AttributeMarks(marks: marks, places: places)
        guard filler.isMixed else {
            found.free()
            return .same(missing)
        }
        return .attributes(found)
    }
}
