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
        }
    }

    let table: SpanTable
    let count: Int
    let valueCount: Int
    let packed: PackedTable?
    private let plain: Plain?

    init(_ table: SpanTable) {
        self.table = table
        count = table.count
        valueCount = table.values.count
        packed = table.packed
        plain = table.packed == nil ? Plain(table) : nil
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
