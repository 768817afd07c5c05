/// A growing array of plain values whose written elements never change, so that readers can share it with its writer.
///
/// A copy shares the elements below its `count`. The writer appends past them in place, and a reader that holds a copy
/// never looks there: nothing it can reach is written again. Only when two copies append does the second one
/// move to storage of its own. When the storage is full the elements move to a larger one and readers keep the old.
///
/// Sending a copy to another thread needs a synchronising hand-over (a lock, a message), as any value does; then
/// the reader sees every element below the copy's `count`.
package struct Column<Element: BitwiseCopyable & Sendable>: Sendable {
    /// The memory of a column and how much of it has been handed out to a writer.
    ///
    /// Unchecked: `used` is read and written only by appends, of which one thread at a time may run (the writer's),
    /// and elements below any published count are never written again.
    @usableFromInline final class Storage: @unchecked Sendable {
        @usableFromInline let base: UnsafeMutablePointer<Element>
        @usableFromInline let capacity: Int
        @usableFromInline var used = 0

        @usableFromInline init(capacity: Int) {
            self.capacity = capacity
            base = .allocate(capacity: Swift.max(1, capacity))
        }

        deinit { base.deallocate() }
    }

    @usableFromInline var storage: Storage
    /// How many elements this copy can see.
    @inlinable package var count: Int { visible }
    @usableFromInline var visible = 0

    /// Makes an empty column with room for `capacity` elements.
    @inlinable package init(capacity: Int = 0) {
        storage = Storage(capacity: capacity)
    }

    /// Makes a column of these elements.
    package init(_ elements: some Collection<Element>) {
        self.init(capacity: elements.count)
        for element in elements { append(element) }
    }

    /// Whether the column has no element.
    @inlinable package var isEmpty: Bool { visible == 0 }

    /// The memory held, in bytes.
    @inlinable package var byteCount: Int { storage.capacity &* MemoryLayout<Element>.stride }

    /// The element at `index`, which must be in `0..<count`.
    @inlinable package subscript(index: Int) -> Element {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: visible), "index out of range of a column")
        return storage.base[index]
    }

    /// Appends one element.
    @inlinable package mutating func append(_ element: Element) {
        let storage = storage
        if visible == storage.used, visible < storage.capacity {
            (storage.base + visible).initialize(to: element)
            visible &+= 1
            storage.used = visible
        } else {
            move(toCapacity: visible &+ 1)
            append(element)
        }
    }

    /// Appends the elements of a buffer.
    @inlinable package mutating func append(contentsOf buffer: UnsafeBufferPointer<Element>) {
        guard let source = buffer.baseAddress, !buffer.isEmpty else { return }
        if visible != storage.used || visible &+ buffer.count > storage.capacity {
            move(toCapacity: visible &+ buffer.count)
        }
        (storage.base + visible).initialize(from: source, count: buffer.count)
        visible &+= buffer.count
        storage.used = visible
    }

    /// Forgets the elements from `count` on; what is appended later takes their place.
    ///
    /// In place when nobody shares the storage, else later appends go to storage of their own.
    package mutating func truncate(to count: Int) {
        guard count < visible else { return }
        visible = count
        if isKnownUniquelyReferenced(&storage) { storage.used = count }
    }

    /// Makes room for `capacity` elements in all.
    package mutating func reserveCapacity(_ capacity: Int) {
        if capacity > storage.capacity { move(toCapacity: capacity) }
    }

    /// Gives all elements as one buffer, valid during the call.
    @inlinable package func withUnsafeBuffer<R, E: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(E) -> R
    ) throws(E) -> R {
        // The storage is kept alive by `self` for the whole call.
        try body(UnsafeBufferPointer(start: storage.base, count: visible))
    }

    @usableFromInline mutating func move(toCapacity needed: Int) {
        let grown = visible == storage.capacity ? Swift.max(needed, visible &* 2, 16) : Swift.max(needed, visible, 16)
        let larger = Storage(capacity: grown)
        larger.base.initialize(from: storage.base, count: visible)
        larger.used = visible
        storage = larger
    }
}
