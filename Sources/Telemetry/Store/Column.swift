/// A growing array of plain values whose written elements never change, so that readers can share it with its writer.
///
/// A copy shares the elements below its `count`. The writer appends past them in place, and a reader that holds a copy
/// never looks there: nothing it can reach is written again. Only when two copies append does the second one
/// move to storage of its own. When the storage is full the elements move to a larger one and readers keep the old.
///
/// Sending a copy to another thread needs a synchronising hand-over (a lock, a message), as any value does; then
/// the reader sees every element below the copy's `count`.
///
/// A column that will not grow any more may be packed: its elements are then worked out when they are read, by a
/// ``ColumnSource``. It reads the same, only slower, and writing to it first makes it a column as the others.
///
/// Unchecked: what its memory counts as used is read and written only by appends, of which one thread at a time may run
/// (the writer's), and elements below any published count are never written again.
package struct Column<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    /// How much memory a column has and how much of it has been handed out to a writer.
    @usableFromInline struct Header: Sendable {
        @usableFromInline var used: Int
        @usableFromInline let capacity: Int
        /// Set for a packed column, which has no memory of its own, and how many elements it has.
        @usableFromInline let source: ColumnSource?
        @usableFromInline let packedCount: Int

        @inlinable init(used: Int, capacity: Int, source: ColumnSource? = nil, packedCount: Int = 0) {
            self.used = used
            self.capacity = capacity
            self.source = source
            self.packedCount = packedCount
        }
    }

    /// The header and the elements in one piece of memory, freed with the last copy of the column.
    @usableFromInline final class Storage: ManagedBuffer<Header, Element> {
        // Both pointers stay valid while the storage lives, and whoever asks for one holds it to the end of its use.
        // Going around `header` spares a run-time check for overlapping accesses, which one writer cannot make.
        @inlinable @inline(__always) var state: UnsafeMutablePointer<Header> {
            withUnsafeMutablePointerToHeader { $0 }
        }

        @inlinable @inline(__always) var base: UnsafeMutablePointer<Element> {
            withUnsafeMutablePointerToElements { $0 }
        }
    }

    @usableFromInline var storage: Storage
    /// How many elements this copy can see.
    @inlinable package var count: Int { visible != 0 ? visible : storage.state.pointee.packedCount }
    /// The elements in the storage that this copy can see; none of a packed column's are there.
    @usableFromInline var visible = 0

    /// Makes an empty column with room for `capacity` elements.
    @inlinable package init(capacity: Int = 0) {
        storage = Self.makeStorage(used: 0, capacity: capacity)
    }

    @inlinable static func makeStorage(used: Int, capacity: Int) -> Storage {
        let made = Storage.create(minimumCapacity: capacity) { _ in Header(used: used, capacity: capacity) }
        // `create` makes an instance of the class it is called on.
        return unsafeDowncast(made, to: Storage.self)
    }

    /// Makes a packed column; its elements are plain numbers of at most eight bytes.
    init(_ source: ColumnSource, count: Int) {
        precondition(MemoryLayout<Element>.size <= MemoryLayout<UInt64>.size, "elements too large to be packed")
        let made = Storage.create(minimumCapacity: 0) { _ in
            Header(used: 0, capacity: 0, source: source, packedCount: count)
        }
        // `create` makes an instance of the class it is called on.
        storage = unsafeDowncast(made, to: Storage.self)
    }

    /// Makes a column of these elements.
    package init(_ elements: some Collection<Element>) {
        self.init(capacity: elements.count)
        for element in elements { append(element) }
    }

    /// Whether the column has no element.
    @inlinable package var isEmpty: Bool { count == 0 }

    /// Whether the elements are worked out when they are read.
    @inlinable package var isPacked: Bool { storage.state.pointee.packedCount != 0 }

    /// The memory held, in bytes.
    @inlinable package var byteCount: Int { storage.state.pointee.capacity &* MemoryLayout<Element>.stride }

    /// The element at `index`, which must be in `0..<count`.
    @inlinable package subscript(index: Int) -> Element {
        guard UInt(bitPattern: index) < UInt(bitPattern: visible) else { return unpacked(index) }
        return storage.base[index]
    }

    /// An element that is not in the storage: a packed column's.
    @inlinable @inline(never) func unpacked(_ index: Int) -> Element {
        let header = storage.state
        precondition(
            visible == 0 && UInt(bitPattern: index) < UInt(bitPattern: header.pointee.packedCount),
            "index out of range of a column")
        return Self.element(header.pointee.source?.number(at: index) ?? 0)
    }

    @inlinable static func element(_ number: UInt64) -> Element {
        // An element has at most these eight bytes (`init`), and any bytes make one.
        withUnsafeBytes(of: number.littleEndian) { $0.loadUnaligned(as: Element.self) }
    }

    /// The same elements in storage of their own, no larger than they need.
    func trimmed() -> Self {
        var copy = Self(capacity: visible)
        withUnsafeBuffer { copy.append(contentsOf: $0) }
        return copy
    }

    /// Appends one element.
    @inlinable @inline(__always) package mutating func append(_ element: Element) {
        if visible != storage.state.pointee.used || visible >= storage.state.pointee.capacity {
            move(toCapacity: count &+ 1)
        }
        // Nobody was given the place at `visible`, and it lies below the capacity: asked above, or just made so.
        (storage.base + visible).initialize(to: element)
        visible &+= 1
        storage.state.pointee.used = visible
    }

    /// Appends the elements of a buffer.
    @inlinable package mutating func append(contentsOf buffer: UnsafeBufferPointer<Element>) {
        guard let source = buffer.baseAddress, !buffer.isEmpty else { return }
        if visible != storage.state.pointee.used || visible &+ buffer.count > storage.state.pointee.capacity {
            move(toCapacity: count &+ buffer.count)
        }
        (storage.base + visible).initialize(from: source, count: buffer.count)
        visible &+= buffer.count
        storage.state.pointee.used = visible
    }

    /// Makes room for `more` elements and gives the place of the first of them.
    ///
    /// The caller writes as many as it likes there, one after another, and says how many with ``appendWritten(_:)`` before
    /// it does anything else with the column.
    @inlinable @inline(__always) mutating func place(forMore more: Int) -> UnsafeMutablePointer<Element> {
        let capacity = storage.state.pointee.capacity
        if visible != storage.state.pointee.used || visible &+ more > capacity {
            move(toCapacity: visible &+ more > capacity ? Swift.max(visible &+ more, capacity &* 2) : visible &+ more)
        }
        // Nobody was given the places from `visible` on, and so many lie below the capacity: asked above, or made so.
        return storage.base + visible
    }

    /// Appends the elements that were written at a ``place(forMore:)``.
    @inlinable @inline(__always) mutating func appendWritten(_ count: Int) {
        visible &+= count
        storage.state.pointee.used = visible
    }

    /// Forgets the elements from `count` on; what is appended later takes their place.
    ///
    /// In place when nobody shares the storage, else later appends go to storage of their own.
    @inlinable package mutating func truncate(to count: Int) {
        guard count < self.count else { return }
        if isPacked { move(toCapacity: self.count) }
        visible = count
        if isKnownUniquelyReferenced(&storage) { storage.state.pointee.used = count }
    }

    /// Forgets the elements from `count` on, which no other copy may see: then later appends take their place even where
    /// the elements before are shared.
    @inlinable package mutating func withdraw(to count: Int) {
        guard count < visible else { return }
        // Only for the copy that appended last is every element handed out its own.
        if storage.state.pointee.used == visible { storage.state.pointee.used = count }
        visible = count
    }

    /// Makes room for `capacity` elements in all.
    package mutating func reserveCapacity(_ capacity: Int) {
        if capacity > storage.state.pointee.capacity { move(toCapacity: Swift.max(capacity, count)) }
    }

    /// Gives all elements as one buffer, valid during the call; those of a packed column are written out for it.
    @inlinable package func withUnsafeBuffer<R, E: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(E) -> R
    ) throws(E) -> R {
        if isPacked { return try withUnpackedBuffer(body) }
        // The storage is kept alive by `self` for the whole call.
        return try body(UnsafeBufferPointer(start: storage.base, count: visible))
    }

    /// Apart, and not a call of itself, so that the usual way is taken into its callers, with what they capture.
    @inline(never) @usableFromInline func withUnpackedBuffer<R, E: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(E) -> R
    ) throws(E) -> R {
        let plain = unpacked()
        // The storage is kept alive by `plain` for the whole call.
        return try withExtendedLifetime(plain) { () throws(E) in
            try body(UnsafeBufferPointer(start: plain.storage.base, count: plain.visible))
        }
    }

    /// The same elements in memory, to be read many times.
    var plain: Self { isPacked ? unpacked() : self }

    @inlinable @inline(never) func unpacked() -> Self {
        let count = count
        var plain = Self(capacity: count)
        guard let source = storage.state.pointee.source else { return plain }
        // `plain` has room for `count` elements, is alive until it is returned, and nobody else knows of it.
        let target = plain.storage.base
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: ColumnSource.blockSize) { numbers in
            guard let base = numbers.baseAddress else { return }
            for start in stride(from: 0, to: count, by: ColumnSource.blockSize) {
                let size = Swift.min(ColumnSource.blockSize, count - start)
                source.write(start, size, into: base)
                for index in 0..<size { (target + (start &+ index)).initialize(to: Self.element(base[index])) }
            }
        }
        plain.visible = count
        plain.storage.state.pointee.used = count
        return plain
    }

    @inlinable @inline(never) mutating func move(toCapacity needed: Int) {
        if isPacked { self = unpacked() }
        let isFull = visible == storage.state.pointee.capacity
        let grown = isFull ? Swift.max(needed, visible &* 2, 16) : Swift.max(needed, visible, 16)
        let larger = Self.makeStorage(used: visible, capacity: grown)
        let source = storage.base
        larger.base.initialize(from: source, count: visible)
        storage = larger
    }
}
