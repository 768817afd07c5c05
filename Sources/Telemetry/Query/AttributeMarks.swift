/// The marks of all spans' lists of a packed table, by shape and number.
struct AttributeMarks {
    /// Says that the span's own attributes do not decide.
    static let elsewhere: UInt8 = 2

    /// Where the marks of a shape's lists stand.
    struct Place: BitwiseCopyable {
        /// The place of the first mark; none for shapes without the key.
        var start: UInt32 = 0
        /// All bits for shapes with the key, whose lists have marks of their own, else none.
        var mask: UInt32 = 0
    }

    /// The marks of lists whose shape has the key, one shape after another, behind the one mark of all other lists.
    let marks: Memory<UInt8>
    /// By shape.
    let places: Memory<Place>

    /// Marks the first rows of a block; `false` when one of them does not decide.
    ///
    /// - Parameter room: has room for the numbers of two blocks.
    func judge(
        _ block: Int, _ count: Int, _ packed: PackedTable, _ room: UnsafeMutablePointer<UInt32>,
        into target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let numbers = packed.numbers
        let shapes = numbers.block(packed.layout.attributeShapes + block)
        let lists = numbers.block(packed.layout.attributeNumbers + block)
        let shape = UInt32(truncatingIfNeeded: shapes.base)
        let list = UInt32(truncatingIfNeeded: lists.base)
        // Numbers of whole bytes are read where they stand: `start` has found `count` of them.
        if let shapeBytes = numbers.start(shapes, count), let listBytes = numbers.start(lists, count) {
            switch (shapes.width, lists.width) {
            case (8, 8): return look(shapeBytes, UInt8.self, shape, listBytes, UInt8.self, list, count, target)
            case (8, 16): return look(shapeBytes, UInt8.self, shape, listBytes, UInt16.self, list, count, target)
            case (16, 16): return look(shapeBytes, UInt16.self, shape, listBytes, UInt16.self, list, count, target)
            default: break
            }
        }
        let others = room + PackedNumbers.blockSize
        numbers.unpack(shapes, count, into: room)
        numbers.unpack(lists, count, into: others)
        return look(room, UInt32.self, shape, others, UInt32.self, list, count, target)
    }

    /// Looks up marks of lists; `false` when one of them does not decide.
    @inline(__always)
    private func look<Shape: FixedWidthInteger & BitwiseCopyable, List: FixedWidthInteger & BitwiseCopyable>(
        _ shapes: UnsafeRawPointer, _: Shape.Type, _ firstShape: UInt32, _ lists: UnsafeRawPointer, _: List.Type,
        _ firstList: UInt32, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        guard let marks = marks.base, let places = places.base else { return true }
        var all: UInt8 = 0
        for index in 0..<count {
            // A packed row's shape is one of the table's, and its list one of the shape's spans' lists: packing numbered
            // them so. There is a place for every shape, and from a shape's start on a mark for each of its lists.
            let shape = shapes.loadUnaligned(fromByteOffset: index &* MemoryLayout<Shape>.size, as: Shape.self)
            let list = lists.loadUnaligned(fromByteOffset: index &* MemoryLayout<List>.size, as: List.self)
            let place = places[Int(UInt32(truncatingIfNeeded: shape) &+ firstShape)]
            let mark = marks[Int(place.start &+ (UInt32(truncatingIfNeeded: list) &+ firstList) & place.mask)]
            target[index] = mark
            all |= mark
        }
        return all & AttributeMarks.elsewhere == 0
    }

    func free() {
        marks.free()
        places.free()
    }
}

/// Fills in the marks of the values at one position of a shape after another.
struct MarkFiller {
    /// The mark of a code that was not judged yet.
    private static let unknown: UInt8 = 3

    let clause: BoundClause
    let packed: PackedTable
    let marks: Memory<UInt8>
    /// The mark of a missing value.
    let missing: UInt8
    /// Whether any mark is another than that of all lists without the key, or that does not decide.
    var isMixed: Bool
    private let numbers = Memory<UInt32>(PackedNumbers.blockSize, 0)
    /// The marks of distinct values; none until they are needed.
    private var known = Memory<UInt8>(0, 0)
    /// The code that alone has the wanted word; nil while nobody asked, or where codes are not enough to know.
    private var wantedCode: UInt32??

    init(clause: BoundClause, packed: PackedTable, marks: Memory<UInt8>, missing: UInt8) {
        self.clause = clause
        self.packed = packed
        self.marks = marks
        self.missing = missing
        isMixed = missing == AttributeMarks.elsewhere
    }

    func free() {
        numbers.free()
        known.free()
    }

    mutating func fill(_ shape: Int, _ position: Int, from start: Int) {
        let values = packed.values(shape, position)
        let count = packed.layout.spanListCounts[shape]
        precondition(start >= 0 && start + count <= marks.count, "there is a mark for every list")
        guard let base = marks.base.map({ $0 + start }) else { return }
        if values.distinctCount > 0 {
            let listed = Memory<UInt8>(values.distinctCount, missing)
            defer { listed.free() }
            for place in 0..<values.distinctCount {
                listed[place] = mark(UInt32(truncatingIfNeeded: packed.numbers.number(values.distinct, place)))
            }
            guard let first = (0..<listed.count).first(where: { listed[$0] != missing }) else { return }
            isMixed = true
            if listed.count == 1 { return base.update(repeating: listed[first], count: count) }
            walk(values.first, count) { base[$0] = listed[Int($1)] }
        } else if let wanted = findWantedCode() {
            isMixed = true
            let no = clause.mark(.no)
            let yes = clause.mark(.yes)
            let missing = missing
            if no == 0 && yes == 1 && missing == 0 { return mark(values.first, count, wanted, into: base) }
            walk(values.first, count) { base[$0] = $1 == wanted ? yes : $1 == 0 ? missing : no }
        } else {
            isMixed = true
            judge(values.first, count, into: base)
        }
    }

    /// Marks the codes of a column that are a certain one.
    private func mark(_ column: Int, _ count: Int, _ wanted: UInt32, into target: UnsafeMutablePointer<UInt8>) {
        for start in stride(from: 0, to: count, by: PackedNumbers.blockSize) {
            let block = packed.numbers.block(column + start / PackedNumbers.blockSize)
            packed.numbers.isInside(
                UInt64(wanted)...UInt64(wanted), block, min(PackedNumbers.blockSize, count - start),
                into: target + start)
        }
    }

    /// Marks the codes of a column by the values they stand for.
    private mutating func judge(_ column: Int, _ count: Int, into target: UnsafeMutablePointer<UInt8>) {
        if known.count == 0 { known = Memory(max(1, clause.shared.valueCount), MarkFiller.unknown) }
        let known = known
        guard let marks = known.base else { return }
        walk(column, count) { index, code in
            // Codes that hold an integer have the highest bit, beyond any number of values.
            let isValue = Int(code) < known.count
            var found = isValue ? marks[Int(code)] : MarkFiller.unknown
            if found == MarkFiller.unknown {
                found = mark(code)
                if isValue { marks[Int(code)] = found }
            }
            target[index] = found
        }
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
