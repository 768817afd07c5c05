/// How a clause judges many rows of a packed table at once: by walking over columns.
final class ColumnPlan {
    /// What to walk over.
    enum Way {
        /// Nothing: rows are judged one by one.
        case rows
        /// All rows have the same mark.
        case same(UInt8)
        /// Numbers of a column by the range that they must lie in, or must not.
        case range(ClosedRange<UInt64>, column: Int, isInverse: Bool)
        /// Numbers of a column by their own marks.
        case marks(Memory<UInt8>, column: Int)
        /// Lists of attributes by their shapes and their numbers.
        case attributes(AttributeMarks)
    }

    private let packed: PackedTable?
    private let way: Way
    private let numbers: Memory<UInt32>

    /// The way to judge the rows of a table, which must be packed for any but the row by row way.
    init(_ packed: PackedTable?, _ way: Way) {
        self.packed = packed
        self.way = way
        switch way {
        case .marks, .attributes: numbers = Memory(2 * PackedNumbers.blockSize, 0)
        case .rows, .same, .range: numbers = Memory(0, 0)
        }
    }

    deinit {
        numbers.free()
        switch way {
        case .marks(let marks, _): marks.free()
        case .attributes(let marks): marks.free()
        case .rows, .same, .range: break
        }
    }

    /// Marks the verdicts on the rows of a block; `false` where rows must be judged one by one.
    ///
    /// - Parameter elsewhere: the mark of a row whose own attributes do not decide.
    func judge(
        _ rows: Range<Int>, _ waiting: RowMarks, into verdicts: RowMarks, elsewhere: (Int) -> UInt8
    ) -> Bool {
        guard let packed else { return false }
        // Verdicts have room for a block's rows, of which there are no more than its size.
        precondition(rows.lowerBound % PackedNumbers.blockSize == 0 && rows.count <= PackedNumbers.blockSize)
        let block = rows.lowerBound / PackedNumbers.blockSize
        let target = verdicts.bytes
        switch way {
        case .rows: return false
        case .same(let mark): target.update(repeating: mark, count: rows.count)
        case .range(let range, let column, let isInverse):
            packed.numbers.isInside(range, packed.numbers.block(column + block), rows.count, into: target)
            if isInverse { for index in 0..<rows.count { target[index] ^= 1 } }
        case .marks(let marks, let column):
            guard let base = numbers.base else { return false }
            let block = packed.numbers.block(column + block)
            packed.numbers.unpack(block, rows.count, into: base)
            let first = UInt32(truncatingIfNeeded: block.base)
            for index in 0..<rows.count { target[index] = marks[Int(base[index] &+ first)] }
        case .attributes(let marks):
            guard let base = numbers.base else { return false }
            let shapes = packed.numbers.block(packed.layout.attributeShapes + block)
            let lists = packed.numbers.block(packed.layout.attributeNumbers + block)
            packed.numbers.unpack(shapes, rows.count, into: base)
            packed.numbers.unpack(lists, rows.count, into: base + PackedNumbers.blockSize)
            let isDecided = marks.look(
                base, UInt32(truncatingIfNeeded: shapes.base), base + PackedNumbers.blockSize,
                UInt32(truncatingIfNeeded: lists.base), rows.count, into: target)
            if !isDecided {
                for index in 0..<rows.count where target[index] == AttributeMarks.elsewhere {
                    target[index] = waiting.bytes[index] == 0 ? 0 : elsewhere(rows.lowerBound + index)
                }
            }
        }
        return true
    }
}

/// The marks of all spans' lists of a table, by shape and number.
struct AttributeMarks {
    /// Says that the span's own attributes do not decide.
    static let elsewhere: UInt8 = 2

    /// The marks of lists whose shape has the key, one shape after another, behind the one mark of all other lists.
    let marks: Memory<UInt8>
    /// By shape: the place of its first mark; none for shapes without the key.
    let starts: Memory<UInt32>
    /// By shape: all bits for shapes with the key, whose lists have marks of their own, else none.
    let masks: Memory<UInt32>

    /// Looks up marks of lists; `false` when one of them does not decide.
    func look(
        _ shapes: UnsafePointer<UInt32>, _ firstShape: UInt32, _ lists: UnsafePointer<UInt32>, _ firstList: UInt32,
        _ count: Int, into target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        guard let marks = marks.base, let starts = starts.base, let masks = masks.base else { return true }
        var all: UInt8 = 0
        for index in 0..<count {
            // A packed row's shape is one of the table's, and its list one of the shape's spans' lists: packing numbered
            // them so. There is a start and a mask for every shape, and from a shape's start on a mark for each of them.
            let shape = Int(shapes[index] &+ firstShape)
            let mark = marks[Int(starts[shape] &+ (lists[index] &+ firstList) & masks[shape])]
            target[index] = mark
            all |= mark
        }
        return all & AttributeMarks.elsewhere == 0
    }

    func free() {
        marks.free()
        starts.free()
        masks.free()
    }
}

extension BoundClause {
    /// Finds the fastest way to judge many rows.
    func makePlan() -> ColumnPlan {
        guard let packed = shared.packed else { return ColumnPlan(nil, .rows) }
        return ColumnPlan(packed, way(packed))
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
        // Durations stand with the sign bit turned over; a negative one counts as none.
        let sign: UInt64 = 1 << 63
        let low = numbers.lowerBound == 0 ? 0 : numbers.lowerBound | sign
        return .range(low...(numbers.upperBound | sign), column: column, isInverse: isInverse)
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
        let starts = Memory<UInt32>(shapeCount, 0)
        let masks = Memory<UInt32>(shapeCount, 0)
        var total = 1
        var isElsewhere = false
        for shape in 0..<shapeCount where position(inShape: shape) != nil {
            starts[shape] = UInt32(truncatingIfNeeded: total)
            masks[shape] = ~0
            total += packed.layout.spanListCounts[shape]
            isElsewhere = isElsewhere || packed.layout.listCounts[shape] > packed.layout.spanListCounts[shape]
        }
        // A span without the attribute asks its resource, scope, events and links, if any of the table's has it.
        let missing = isAnywhere && isElsewhere ? AttributeMarks.elsewhere : mark(.missing)
        let marks = Memory<UInt8>(total, missing)
        var filler = MarkFiller(clause: self, packed: packed, marks: marks, missing: missing)
        for shape in 0..<shapeCount {
            guard let position = position(inShape: shape), packed.layout.spanListCounts[shape] > 0 else { continue }
            filler.fill(shape, position, from: Int(starts[shape]))
        }
        filler.free()
        let found = AttributeMarks(marks: marks, starts: starts, masks: masks)
        guard filler.isMixed else {
            found.free()
            return .same(missing)
        }
        return .attributes(found)
    }
}

/// Fills in the marks of the values at one position of a shape after another.
private struct MarkFiller {
    let clause: BoundClause
    let packed: PackedTable
    let marks: Memory<UInt8>
    /// The mark of a missing value.
    let missing: UInt8
    /// Whether any mark is another than that of all lists without the key, or that does not decide.
    var isMixed: Bool
    private let numbers = Memory<UInt32>(PackedNumbers.blockSize, 0)
    /// The code that alone has the wanted word; nil while nobody asked, or where codes are not enough to know.
    private var wantedCode: UInt32??

    init(clause: BoundClause, packed: PackedTable, marks: Memory<UInt8>, missing: UInt8) {
        self.clause = clause
        self.packed = packed
        self.marks = marks
        self.missing = missing
        isMixed = missing == AttributeMarks.elsewhere
    }

    func free() { numbers.free() }

    mutating func fill(_ shape: Int, _ position: Int, from start: Int) {
        let values = packed.values(shape, position)
        let count = packed.layout.spanListCounts[shape]
        if values.distinctCount > 0 {
            let listed = Memory<UInt8>(values.distinctCount, missing)
            defer { listed.free() }
            for place in 0..<values.distinctCount {
                listed[place] = mark(UInt32(truncatingIfNeeded: packed.numbers.number(values.distinct, place)))
            }
            guard let first = (0..<listed.count).first(where: { listed[$0] != missing }) else { return }
            isMixed = true
            if listed.count == 1 { return fill(start, count, listed[first]) }
            walk(values.first, count) { marks[start &+ $0] = listed[Int($1)] }
        } else if let wanted = findWantedCode() {
            isMixed = true
            let no = clause.mark(.no)
            let yes = clause.mark(.yes)
            let missing = missing
            walk(values.first, count) { marks[start &+ $0] = $1 == wanted ? yes : $1 == 0 ? missing : no }
        } else {
            isMixed = true
            walk(values.first, count) { marks[start &+ $0] = mark($1) }
        }
    }

    private func fill(_ start: Int, _ count: Int, _ mark: UInt8) {
        for index in 0..<count { marks[start + index] = mark }
    }

    /// The mark of a code.
    private func mark(_ code: UInt32) -> UInt8 {
        let verdict = clause.value(ValueCode(bits: code))
        return verdict == .missing ? missing : clause.mark(verdict)
    }

    /// Calls `body` with the place and the number of the first `count` numbers of a column.
    @inline(__always) private func walk(_ column: Int, _ count: Int, _ body: (Int, UInt32) -> Void) {
        guard let base = numbers.base else { return }
        var start = 0
        while start < count {
            let block = packed.numbers.block(column + start / PackedNumbers.blockSize)
            let size = min(PackedNumbers.blockSize, count - start)
            packed.numbers.unpack(block, size, into: base)
            let low = UInt32(truncatingIfNeeded: block.base)
            for index in 0..<size { body(start &+ index, base[index] &+ low) }
            start += size
        }
    }

    /// The code of the word that `=` compares with; nil when other values may match too, or it is not about a word.
    ///
    /// A word that the table does not have gets a code that no value has.
    private mutating func findWantedCode() -> UInt32? {
        if let wantedCode { return wantedCode }
        wantedCode = .some(nil)
        guard let word = clause.clause.wantedWord else { return nil }
        // Lists match when one of their elements does.
        guard !packed.hasComposites(clause.shared.valueCount) else { return nil }
        let found = packed.code(ofString: word, in: clause.shared.table.values)?.bits ?? UInt32(0x7FFF_FFFF)
        wantedCode = found
        return found
    }
}
