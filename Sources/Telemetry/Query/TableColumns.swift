/// The columns of a table that filters walk over, as plain memory.
///
/// Reading an element of a ``Column`` counts references to its storage; here that is done once. The table is kept
/// alive as long as this is, and elements below its count never change, so the pointers stay good. Rows and offsets
/// are those of the table itself; callers check a row once.
final class TableColumns {
    let table: SpanTable
    let count: Int
    let valueCount: Int
    let names: UnsafePointer<UInt32>
    let kindAndStatus: UnsafePointer<UInt8>
    let statusMessages: UnsafePointer<UInt32>
    let resourceOf: UnsafePointer<UInt32>
    let scopeOf: UnsafePointer<UInt32>
    let attributeValues: UnsafePointer<UInt32>
    private let starts: UnsafePointer<UInt64>
    private let ends: UnsafePointer<UInt64>
    private let shapes: UnsafePointer<UInt32>
    private let offsets: UnsafePointer<UInt32>

    init(_ table: SpanTable) {
        self.table = table
        count = table.count
        valueCount = table.values.count
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

    /// The same as ``SpanTable/duration(_:)``.
    func duration(_ row: Int) -> UInt64 { ends[row] > starts[row] ? ends[row] - starts[row] : 0 }

    func attributes(_ row: Int) -> AttributeList { AttributeList(shape: shapes[row], offset: offsets[row]) }
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

    /// Gives the memory back; nobody may use it afterwards.
    func free() { elements.deallocate() }
}
