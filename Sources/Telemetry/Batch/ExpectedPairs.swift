/// The last attributes as they stood on the wire, by the kind of their list and by their position in it.
///
/// A guess is never trusted: only bytes that are the same from the first to the last mean the same key and value.
struct ExpectedPairs: Sendable {
    /// A pair and where its bytes stand in ``bytes``; no pair has zero bytes.
    private struct Entry: Sendable, BitwiseCopyable {
        var offset: UInt32 = 0
        var count: UInt16 = 0
        var room: UInt16 = 0
        var key: UInt32 = 0
        var value: UInt32 = 0
        /// The key's place in the pair; a count of zero says that nobody knows it.
        var keyOffset: UInt16 = 0
        var keyCount: UInt16 = 0
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []

    /// The longest pair that is remembered, in bytes.
    static let maximumCount = 256
    /// Rooms for bytes are multiples of this, so that a pair often fits where another was.
    private static let step = 32

    /// The pair at a place if it has these bytes.
    @inline(__always) func find(_ raw: UnsafeRawBufferPointer, at place: Int) -> (key: UInt32, value: UInt32)? {
        guard place < entries.count, let start = raw.baseAddress else { return nil }
        let entry = entries[place]
        guard Int(entry.count) == raw.count else { return nil }
        let isSame = bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return false }
            // An entry's bytes lie within `bytes`, and there are as many as in `raw`.
            return equalBytes(base + Int(entry.offset), start, raw.count)
        }
        return isSame ? (entry.key, entry.value) : nil
    }

    /// The key of the pair at a place if it has these bytes.
    @inline(__always) func key(_ raw: UnsafeRawBufferPointer, at place: Int) -> UInt32? {
        // No bytes are what stands for a key that nobody knows.
        guard place < entries.count, !raw.isEmpty, let start = raw.baseAddress else { return nil }
        let entry = entries[place]
        guard Int(entry.keyCount) == raw.count else { return nil }
        let isSame = bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return false }
            // An entry's key lies within its bytes, which lie within `bytes`.
            return equalBytes(base + Int(entry.offset) + Int(entry.keyOffset), start, raw.count)
        }
        return isSame ? entry.key : nil
    }

    /// Remembers a pair for one of `places` places.
    ///
    /// - Parameter keyRange: where its key stands in it; empty where nobody knows.
    mutating func learn(
        _ raw: UnsafeRawBufferPointer, key: UInt32, keyRange: Range<Int>, value: UInt32, at place: Int, of places: Int
    ) {
        guard raw.count <= Self.maximumCount, let start = raw.baseAddress, raw.count > 0 else { return }
        if entries.count != places {
            // Rooms that became too small included, each place takes a kilobyte or so at most.
            entries = Array(repeating: Entry(), count: places)
            bytes.removeAll(keepingCapacity: true)
        }
        var entry = entries[place]
        if Int(entry.room) < raw.count {
            let room = (raw.count + Self.step - 1) / Self.step * Self.step
            entry.offset = UInt32(bytes.count)
            entry.room = UInt16(room)
            bytes.append(contentsOf: repeatElement(0, count: room))
        }
        entry.count = UInt16(raw.count)
        entry.key = key
        entry.value = value
        // A range in `raw`, whose count was compared with the maximum.
        entry.keyOffset = UInt16(truncatingIfNeeded: keyRange.lowerBound)
        entry.keyCount = UInt16(truncatingIfNeeded: keyRange.count)
        entries[place] = entry
        bytes.withUnsafeMutableBytes { all in
            // The room of `raw.count` bytes or more was appended to `bytes` when the entry got it.
            all.baseAddress?.advanced(by: Int(entry.offset)).copyMemory(from: start, byteCount: raw.count)
        }
    }
}
