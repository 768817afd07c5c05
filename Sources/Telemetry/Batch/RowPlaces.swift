/// Where a batch writes its rows: the places of all columns that have one element a row, so that a row costs one check.
///
/// The columns own the memory. Their storages are claimed whole for one writer (``Column/claim(_:)``): no other copy of a
/// column may append there. Copies of a batch share this object; ``used`` tells which of them may write the next
/// row here, namely the one that has as many rows. Any other one first moves to places of its own.
///
/// Unchecked: as with a ``Column``, one thread at a time may append, and rows that a reader was given are not written
/// again, since a batch forgets rows in place only while nobody else holds the columns.
final class RowPlaces: @unchecked Sendable {
    /// How many rows have room.
    let capacity: Int
    /// How many rows were written.
    var used: Int
    let traceHigh: UnsafeMutablePointer<UInt64>
    let traceLow: UnsafeMutablePointer<UInt64>
    let spanIDs: UnsafeMutablePointer<UInt64>
    let parentIDs: UnsafeMutablePointer<UInt64>
    let starts: UnsafeMutablePointer<UInt64>
    let ends: UnsafeMutablePointer<UInt64>
    let names: UnsafeMutablePointer<UInt32>
    let resourceOf: UnsafeMutablePointer<UInt32>
    let scopeOf: UnsafeMutablePointer<UInt32>
    let kindAndStatus: UnsafeMutablePointer<UInt8>
    let flags: UnsafeMutablePointer<UInt32>
    let statusMessages: UnsafeMutablePointer<UInt32>
    let traceStates: UnsafeMutablePointer<UInt32>
    let attributeShapes: UnsafeMutablePointer<UInt32>
    let attributeOffsets: UnsafeMutablePointer<UInt32>
    let eventOffsets: UnsafeMutablePointer<UInt32>
    let linkOffsets: UnsafeMutablePointer<UInt32>

    /// Moves the rows of a table to memory with room for `capacity` rows, which must be more than it has.
    ///
    /// The places are good for as long as the table's row columns are not moved or changed by anyone else.
    init(in table: inout SpanTable, capacity: Int) {
        table.showRows()
        self.capacity = capacity
        used = table.count
        traceHigh = table.traceHigh.claim(capacity)
        traceLow = table.traceLow.claim(capacity)
        spanIDs = table.spanIDs.claim(capacity)
        parentIDs = table.parentIDs.claim(capacity)
        starts = table.starts.claim(capacity)
        ends = table.ends.claim(capacity)
        names = table.names.claim(capacity)
        resourceOf = table.resourceOf.claim(capacity)
        scopeOf = table.scopeOf.claim(capacity)
        kindAndStatus = table.kindAndStatus.claim(capacity)
        flags = table.flags.claim(capacity)
        statusMessages = table.statusMessages.claim(capacity)
        traceStates = table.traceStates.claim(capacity)
        attributeShapes = table.attributeShapes.claim(capacity)
        attributeOffsets = table.attributeOffsets.claim(capacity)
        eventOffsets = table.eventOffsets.claim(capacity)
        linkOffsets = table.linkOffsets.claim(capacity)
    }

    /// Places without room for a row.
    private init() {
        capacity = 0
        used = 0
        // No row is below the capacity, so nothing is ever written through these.
        let nowhere = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        let nowhere32 = UnsafeMutableRawPointer(nowhere).assumingMemoryBound(to: UInt32.self)
        traceHigh = nowhere
        traceLow = nowhere
        spanIDs = nowhere
        parentIDs = nowhere
        starts = nowhere
        ends = nowhere
        names = nowhere32
        resourceOf = nowhere32
        scopeOf = nowhere32
        kindAndStatus = UnsafeMutableRawPointer(nowhere).assumingMemoryBound(to: UInt8.self)
        flags = nowhere32
        statusMessages = nowhere32
        traceStates = nowhere32
        attributeShapes = nowhere32
        attributeOffsets = nowhere32
        eventOffsets = nowhere32
        linkOffsets = nowhere32
    }

    /// The places that every batch begins with: none.
    static let none = RowPlaces()

    /// Writes a row, which must be below the capacity and one that nobody was given.
    @inline(__always) func write(_ fields: SpanFields, at row: Int, event: UInt32, link: UInt32) {
        // Each column has room for `capacity` elements, of which `row` is one.
        traceHigh[row] = fields.trace.high
        traceLow[row] = fields.trace.low
        spanIDs[row] = fields.span.value
        parentIDs[row] = fields.parent.value
        starts[row] = fields.start
        ends[row] = fields.end
        names[row] = fields.name.code
        resourceOf[row] = fields.resource
        scopeOf[row] = fields.scope
        kindAndStatus[row] = fields.kind.rawValue | fields.status.rawValue << 4
        flags[row] = fields.flags
        statusMessages[row] = fields.statusMessage.bits
        traceStates[row] = fields.traceState.bits
        attributeShapes[row] = fields.attributes.shape
        attributeOffsets[row] = fields.attributes.offset
        eventOffsets[row] = event
        linkOffsets[row] = link
        used = row &+ 1
    }
}

extension Column {
    /// Moves to storage of its own with room for `capacity` elements, none of which another copy may append, and gives
    /// the place of the first.
    ///
    /// The caller writes elements there itself and shows them with ``show(_:)``.
    mutating func claim(_ capacity: Int) -> UnsafeMutablePointer<Element> {
        let claimed = Self.makeStorage(used: capacity, capacity: capacity)
        claimed.base.initialize(from: storage.base, count: visible)
        storage = claimed
        return claimed.base
    }

    /// Shows the first `count` elements of claimed storage; all of them must have been written.
    mutating func show(_ count: Int) { visible = count }

    /// Whether nobody else holds the elements.
    mutating func isUnshared() -> Bool { isKnownUniquelyReferenced(&storage) }
}

extension SpanTable {
    /// Shows all rows in the row columns, which a batch writes past what they show.
    mutating func showRows() {
        traceHigh.show(count)
        traceLow.show(count)
        spanIDs.show(count)
        parentIDs.show(count)
        starts.show(count)
        ends.show(count)
        names.show(count)
        resourceOf.show(count)
        scopeOf.show(count)
        kindAndStatus.show(count)
        flags.show(count)
        statusMessages.show(count)
        traceStates.show(count)
        attributeShapes.show(count)
        attributeOffsets.show(count)
        eventOffsets.show(count)
        linkOffsets.show(count)
    }

    /// Whether nobody else holds any of the row columns.
    mutating func areRowsUnshared() -> Bool {
        traceHigh.isUnshared() && traceLow.isUnshared() && spanIDs.isUnshared() && parentIDs.isUnshared()
            && starts.isUnshared() && ends.isUnshared() && names.isUnshared() && resourceOf.isUnshared()
            && scopeOf.isUnshared() && kindAndStatus.isUnshared() && flags.isUnshared() && statusMessages.isUnshared()
            && traceStates.isUnshared() && attributeShapes.isUnshared() && attributeOffsets.isUnshared()
            && eventOffsets.isUnshared() && linkOffsets.isUnshared()
    }
}
