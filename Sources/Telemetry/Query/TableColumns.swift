/// The columns of a table that filters walk over, ready to be read row by row.
///
/// Reading an element of a ``Column`` counts references to its storage; for plain columns that is done here once. The
/// table is kept alive as long as this is, and elements below its count never change, so the pointers stay good. Rows
/// and offsets are those of the table itself; callers check a row once. A packed table's columns are read as they are.
final class TableColumns {
    /// The columns as plain memory.
    private struct Plain {
        let names: UnsafePointer<UInt32>
        let kindAndStatus: UnsafePointer<UInt8>
        let statusMessages: UnsafePointer<UInt32>
        let resourceOf: UnsafePointer<UInt32>
        let scopeOf: UnsafePointer<UInt32>
        let attributeValues: UnsafePointer<UInt32>
        let starts: UnsafePointer<UInt64>
        let ends: UnsafePointer<UInt64>
        let shapes: UnsafePointer<UInt32>
        let offsets: UnsafePointer<UInt32>
        let valueKinds: UnsafePointer<UInt8>
        let valuePayloads: UnsafePointer<UInt64>

        init(_ table: SpanTable) {
            names = UnsafePointer(table.names.storage.base)
            kindAndStatus = UnsafePointer(table.kindAndStatus.storage.base)
            statusMessages = UnsafePointer(table.statusMessages.storage.base)
            resourceOf = UnsafePointer(table.resourceOf.storage.base)
            scopeOf = UnsafePointer(table.scopeOf.storage.base)
            attributeValues = UnsafePointer(table.attributeValues.storage.base)
            starts = UnsafePointer(table.starts.storage.base)
            ends = UnsafePointer(table.ends.storage.base)
            shapes = UnsafePointer(table.attributeShapes.storage.base)
            offsets = UnsafePointer(table.attributeOffsets.storage.base)
            valueKinds = UnsafePointer(table.values.kinds.storage.base)
            valuePayloads = UnsafePointer(table.values.payloads.storage.base)
        }
    }

    let table: SpanTable
    let count: Int
    let valueCount: Int
    let packed: PackedTable?
    private let plain: Plain?
    /// The bytes of all distinct values, which are never packed.
    private let valueBytes: UnsafeRawBufferPointer

    init(_ table: SpanTable) {
        self.table = table
        count = table.count
        valueCount = table.values.count
        packed = table.packed
        plain = table.packed == nil ? Plain(table) : nil
        valueBytes = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(table.values.bytes.storage.base), count: table.values.bytes.visible)
    }

    func name(_ row: Int) -> UInt32 { plain?.names[row] ?? table.names[row] }
    func kindAndStatus(_ row: Int) -> UInt8 { plain?.kindAndStatus[row] ?? table.kindAndStatus[row] }
    func statusMessage(_ row: Int) -> UInt32 { plain?.statusMessages[row] ?? table.statusMessages[row] }
    func resource(_ row: Int) -> UInt32 { plain?.resourceOf[row] ?? table.resourceOf[row] }
    func scope(_ row: Int) -> UInt32 { plain?.scopeOf[row] ?? table.scopeOf[row] }

    /// The same as ``SpanTable/duration(_:)``.
    func duration(_ row: Int) -> UInt64 {
        guard let plain else { return table.duration(row) }
        return plain.ends[row] > plain.starts[row] ? plain.ends[row] - plain.starts[row] : 0
    }

    /// Marks the rows of a range whose durations lie in another one; `false` when there are durations beyond signed
    /// numbers, or for packed columns.
    func markDurations(_ rows: Range<Int>, in range: ClosedRange<UInt64>, into target: UnsafeMutablePointer<UInt8>)
        -> Bool
    {
        guard let plain else { return false }
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows out of range of the bound table")
        let size = range.upperBound - range.lowerBound
        var all: UInt64 = 0
        for row in rows {
            let duration = plain.ends[row] > plain.starts[row] ? plain.ends[row] &- plain.starts[row] : 0
            all |= duration
            target[row &- rows.lowerBound] = duration &- range.lowerBound <= size ? 1 : 0
        }
        return all <= UInt64(Int64.max)
    }

    /// The kind of a distinct value, which must be one of the table's.
    func valueKind(_ entry: Int) -> ValueKind {
        precondition(entry >= 0 && entry < valueCount, "no such value")
        if let plain { return ValueKind(rawValue: plain.valueKinds[entry]) ?? .empty }
        guard let packed else { return .empty }
        return ValueKind(rawValue: UInt8(truncatingIfNeeded: packed.numbers.number(packed.layout.valueKinds, entry)))
            ?? .empty
    }

    /// The bytes of a distinct value that is a text; they stay as long as the columns do.
    func valueText(_ entry: Int) -> UnsafeRawBufferPointer {
        precondition(entry >= 0 && entry < valueCount, "no such value")
        var place = 0
        var length = 0
        if let plain {
            place = Int(plain.valuePayloads[entry] >> 32)
            length = Int(plain.valuePayloads[entry] & 0xFFFF_FFFF)
        } else if let packed {
            place = Int(packed.numbers.number(packed.layout.valuePlaces, entry))
            length = Int(packed.numbers.number(packed.layout.valueLengths, entry))
        }
        precondition(place <= valueBytes.count && length <= valueBytes.count - place, "a text ends within its table")
        return UnsafeRawBufferPointer(rebasing: valueBytes[place..<place + length])
    }

    func attributes(_ row: Int) -> AttributeList {
        guard let plain else { return table.attributes(row) }
        return AttributeList(shape: plain.shapes[row], offset: plain.offsets[row])
    }

    func valueCode(_ list: AttributeList, _ position: Int) -> ValueCode {
        guard let plain else { return table.valueCode(list, position) }
        return ValueCode(bits: plain.attributeValues[Int(list.offset) + position])
    }
}

/// A fixed run of plain elements that its owner frees; copies are the same memory.
struct Memory<Element: BitwiseCopyable> {
    private let elements: UnsafeMutableBufferPointer<Element>

    /// No memory at all for no elements.
    init(_ count: Int, _ element: Element) {
        guard count > 0 else {
            elements = UnsafeMutableBufferPointer(start: nil, count: 0)
            return
        }
        elements = .allocate(capacity: count)
        elements.initialize(repeating: element)
    }

    var count: Int { elements.count }

    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < elements.count, "index out of range")
            return elements[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < elements.count, "index out of range")
            elements[index] = newValue
        }
    }

    /// The elements as memory, valid until they are freed.
    var base: UnsafeMutablePointer<Element>? { elements.baseAddress }

    /// Gives the memory back; nobody may use it afterwards.
    func free() { elements.deallocate() }
}
