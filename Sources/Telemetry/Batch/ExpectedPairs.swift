/// What the bytes of a pair begin with on the wire, as a codec has them: protobuf's tags of one byte.
package struct PairTags: Sendable, BitwiseCopyable {
    /// Before the pair and its length.
    package let pair: UInt8
    /// In the value, before a string and its length.
    package let string: UInt8
    /// In the value, before a truth value of one byte.
    package let bool: UInt8
    /// In the value, before an integer as groups of seven bits, least significant first.
    package let int: UInt8
    /// In the value, before a floating point number of eight bytes, least significant first.
    package let double: UInt8

    /// Makes tags.
    @inlinable package init(pair: UInt8, string: UInt8, bool: UInt8, int: UInt8, double: UInt8) {
        self.pair = pair
        self.string = string
        self.bool = bool
        self.int = int
        self.double = double
    }
}

/// A pair as it last stood at a place; no pair has zero bytes.
struct ExpectedPair: Sendable, BitwiseCopyable {
    /// Where its bytes stand in ``ExpectedPairs/bytes``, how many there are, and for how many there is room.
    var offset: UInt32 = 0
    var count: UInt16 = 0
    var room: UInt16 = 0
    /// What it means.
    var key: UInt32 = 0
    var value: UInt32 = 0
    /// The key's place in the pair; a count of zero says that nobody knows it.
    var keyOffset: UInt16 = 0
    var keyCount: UInt16 = 0
}

/// The last attributes as they stood on the wire, by the kind of their list and by their position in it.
///
/// A guess is never trusted: only bytes that are the same from the first to the last mean the same key and value.
struct ExpectedPairs: Sendable {
    /// By place; none before the first pair was learned.
    var entries: [ExpectedPair] = []
    /// The bytes of all pairs.
    var bytes: [UInt8] = []

    /// The longest pair that is remembered, in bytes.
    static let maximumCount = 256
    /// Rooms for bytes are multiples of this, so that a pair often fits where another was.
    private static let step = 32

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
            entries = Array(repeating: ExpectedPair(), count: places)
            bytes.removeAll(keepingCapacity: true)
        }
        if Int(entries[place].room) < raw.count { makeRoom(at: place, for: raw.count) }
        let offset = entries.withUnsafeMutableBufferPointer { entries in
            entries[place].count = UInt16(truncatingIfNeeded: raw.count)
            entries[place].key = key
            entries[place].value = value
            // A range in `raw`, whose count was compared with the maximum.
            entries[place].keyOffset = UInt16(truncatingIfNeeded: keyRange.lowerBound)
            entries[place].keyCount = UInt16(truncatingIfNeeded: keyRange.count)
            return Int(entries[place].offset)
        }
        bytes.withUnsafeMutableBytes { all in
            // The room of `raw.count` bytes or more was appended to `bytes` when the entry got it.
            all.baseAddress?.advanced(by: offset).copyMemory(from: start, byteCount: raw.count)
        }
    }

    private mutating func makeRoom(at place: Int, for count: Int) {
        let room = (count + Self.step - 1) / Self.step * Self.step
        entries[place].offset = UInt32(bytes.count)
        entries[place].room = UInt16(room)
        bytes.append(contentsOf: repeatElement(0, count: room))
    }
}
