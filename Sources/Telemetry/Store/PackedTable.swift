/// What the rows of a packed ``SpanTable`` are made of: attribute values by key, and the columns that filters walk over.
///
/// A list of attributes is known by its shape and its number among the lists of that shape: the spans' lists come first,
/// in the order of the rows, then those of events, links, resources and scopes. The values at one position of a shape are
/// a column. Where they are few, the column has places in the list of those that occur.
final class PackedTable: Sendable {
    /// Numbers as they are, or places in a list of the distinct ones where these are few.
    struct Words: BitwiseCopyable {
        /// The first block of the numbers, or of their places among the distinct ones.
        var first = 0
        /// The first block of the distinct numbers, and how many there are; none when the numbers stand as they are.
        var distinct = 0
        var distinctCount = 0

        /// How an element of such a column is worked out.
        var form: ColumnSource.Form { distinctCount > 0 ? .listed(first, in: distinct) : .plain(first) }
    }

    /// Where everything stands in the packed numbers: each column by its first block.
    struct Layout: Sendable {
        /// By shape: the place of its first position in `values`, how many lists it has, how many of them are spans'.
        var firstValues: [Int] = []
        var listCounts: [Int] = []
        var spanListCounts: [Int] = []
        var values: [Words] = []
        var names = Words()
        var statusMessages = Words()
        var kindAndStatus = 0
        var resourceOf = 0
        var scopeOf = 0
        var attributeShapes = 0
        /// The numbers of the rows' lists within their shapes.
        var attributeNumbers = 0
        /// The rows' durations with the sign bit turned over; nil when one does not fit.
        var durations: Int?
        /// Where there are durations: their codes, and the shortest and the longest of each block, negative ones as none.
        var durationCodes = 0
        var durationBounds: [ClosedRange<UInt64>] = []
        var traces = PackedTraces()
        /// The kinds of the distinct values, and where those that are bytes begin, and how long they are.
        var valueKinds = 0
        var valuePlaces = 0
        var valueLengths = 0
        /// What the memory of the numbers is for.
        var bytesByPart: [(name: String, bytes: Int)] = []
    }

    let numbers: PackedNumbers
    let layout: Layout

    init(_ numbers: PackedNumbers, _ layout: Layout) {
        self.numbers = numbers
        self.layout = layout
    }

    /// The memory held, in bytes.
    var byteCount: Int {
        numbers.byteCount + layout.values.count * MemoryLayout<Words>.stride
            + 3 * layout.firstValues.count * MemoryLayout<Int>.stride
            + layout.durationBounds.count * MemoryLayout<ClosedRange<UInt64>>.stride
    }

    /// The values at a position of a shape, which must have so many.
    func values(_ shape: Int, _ position: Int) -> Words { layout.values[layout.firstValues[shape] + position] }

    /// The code at a position of a list.
    func code(_ list: AttributeList, _ position: Int) -> ValueCode {
        let shape = Int(list.shape)
        let number = Int(list.offset)
        precondition(number < layout.listCounts[shape], "no such list of attributes")
        return code(values(shape, position), number)
    }

    /// The code of the list with a number, which must be one of the shape's.
    func code(_ values: Words, _ number: Int) -> ValueCode {
        let stored = numbers.number(values.first, number)
        let code = values.distinctCount > 0 ? numbers.number(values.distinct, Int(stored)) : stored
        return ValueCode(bits: UInt32(truncatingIfNeeded: code))
    }
}

extension PackedTable {
    /// Whether a list or a map is among the first `count` distinct values.
    func hasComposites(_ count: Int) -> Bool {
        marked(layout.valueKinds, count, UInt64(ValueKind.composite.rawValue)) { _ in true }
    }

    /// The code of a string among the distinct values.
    func code(ofString text: String, in values: ValueTable) -> ValueCode? {
        var text = text
        var found: ValueCode?
        text.withUTF8 { wanted in
            let wanted = UnsafeRawBufferPointer(wanted)
            _ = marked(layout.valueLengths, values.count, UInt64(wanted.count)) { entry in
                let code = ValueCode(bits: UInt32(truncatingIfNeeded: entry))
                guard values.kind(of: code) == .string else { return false }
                let isFound = values.holds(wanted, at: Int(values.payloads[entry] >> 32))
                if isFound { found = code }
                return isFound
            }
        }
        return found
    }

    /// Calls `body` with the places of a number in a column of `count`, until it gives `true`; tells whether it did.
    private func marked(_ column: Int, _ count: Int, _ number: UInt64, _ body: (Int) -> Bool) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PackedNumbers.blockSize) { marks in
            guard let base = marks.baseAddress else { return false }
            for start in stride(from: 0, to: count, by: PackedNumbers.blockSize) {
                let block = numbers.block(column + start / PackedNumbers.blockSize)
                guard number >= block.base, number - block.base <= block.mask else { continue }
                let size = min(PackedNumbers.blockSize, count - start)
                numbers.isInside(number...number, block, size, into: base)
                for index in 0..<size where base[index] == 1 && body(start + index) { return true }
            }
            return false
        }
    }
}

/// The distinct traces of a packed table, numbered as they first appear, and which rows belong to them.
struct PackedTraces: Sendable {
    /// The trace's number, by row.
    var first = 0
    /// The halves of the ids, by number.
    var high = 0
    var low = 0
    var count = 0
    /// Open addressing by the id's hash: numbers plus one; zero is free.
    var slots = 0
    var slotCount = 1
    /// Whether some ids found no slot in time, so that the slots do not say what is not there.
    var isCrowded = false

    /// How many slots are looked at for one id.
    static let reach = 64

    static func hash(_ high: UInt64, _ low: UInt64) -> Int {
        Int(truncatingIfNeeded: mixed(low ^ mixed(high)) >> 20)
    }

    /// The rows of a trace, in order.
    func rows(of trace: TraceID, in numbers: PackedNumbers, rowCount: Int) -> [Int] {
        var rows: [Int] = []
        for number in self.numbers(of: trace, in: numbers) { append(number, to: &rows, numbers, rowCount) }
        if isCrowded { rows.sort() }
        return rows
    }

    private func numbers(of trace: TraceID, in numbers: PackedNumbers) -> [Int] {
        func isTrace(_ number: Int) -> Bool {
            numbers.number(low, number) == trace.low && numbers.number(high, number) == trace.high
        }
        if isCrowded { return (0..<count).filter(isTrace) }
        var slot = PackedTraces.hash(trace.high, trace.low) & (slotCount - 1)
        while true {
            let found = Int(numbers.number(slots, slot))
            if found == 0 { return [] }
            if isTrace(found - 1) { return [found - 1] }
            slot = (slot + 1) & (slotCount - 1)
        }
    }

    private func append(_ number: Int, to rows: inout [Int], _ numbers: PackedNumbers, _ rowCount: Int) {
        var start = 0
        while start < rowCount {
            let end = min(rowCount, start + PackedNumbers.blockSize)
            let block = numbers.block(first + start / PackedNumbers.blockSize)
            // Below the base no number of the block is, and above it none by more than the mask.
            if UInt64(number) >= block.base, UInt64(number) - block.base <= block.mask {
                if block.width == 0 {
                    // All of the block belongs to one trace.
                    rows.append(contentsOf: start..<end)
                } else {
                    for row in start..<end where numbers.number(first, row) == UInt64(number) { rows.append(row) }
                }
            }
            start = end
        }
    }
}
