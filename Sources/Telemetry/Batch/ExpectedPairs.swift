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

/// A pair as it stands on the wire.
package struct WirePair: BitwiseCopyable {
    /// All its bytes: the tag and the length that stand before a pair, and the pair.
    package let bytes: UnsafeRawBufferPointer
    /// Where the pair itself begins in them.
    package let start: Int

    /// Takes bytes that hold one pair, with its tag and length.
    @inlinable @inline(__always) package init(_ bytes: UnsafeRawBufferPointer, start: Int) {
        self.bytes = bytes
        self.start = start
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
    /// How many bytes the key has; zero says that nobody knows. A key that somebody knows begins behind two bytes, its tag
    /// and length, and the value's tag stands behind it.
    var keyCount: UInt16 = 0
    /// Where the pair itself begins, behind its tag and length.
    var start: UInt16 = 0
}

/// The last attributes as they stood on the wire, by the kind of their list and by their position in it.
///
/// A guess is never trusted: only bytes that are the same from the first to the last mean the same key and value.
///
/// Unchecked: written only by the one batch that holds it, which makes a copy first when somebody else holds it too.
final class ExpectedPairs: @unchecked Sendable {
    /// How many places there are.
    let places: Int
    /// By place.
    let entries: UnsafeMutablePointer<ExpectedPair>
    /// The bytes of all pairs.
    private(set) var bytes: UnsafeMutableRawPointer
    private var used: Int
    private var capacity: Int

    /// The longest pair that is remembered, in bytes.
    static let maximumCount = 256
    /// Rooms for bytes are multiples of this, so that a pair often fits where another was.
    private static let step = 32
    /// What every batch begins with: no places.
    static let none = ExpectedPairs()

    private init() {
        places = 0
        entries = .allocate(capacity: 0)
        used = 0
        capacity = 0
        bytes = .allocate(byteCount: 0, alignment: 16)
    }

    /// The same pairs once more, with room for at least as many places.
    init(copying other: ExpectedPairs, places: Int) {
        self.places = places
        entries = .allocate(capacity: places)
        entries.initialize(from: other.entries, count: other.places)
        (entries + other.places).initialize(repeating: ExpectedPair(), count: places - other.places)
        used = other.used
        capacity = max(other.capacity, 1_024)
        bytes = .allocate(byteCount: capacity, alignment: 16)
        bytes.copyMemory(from: other.bytes, byteCount: used)
    }

    deinit {
        entries.deallocate()
        bytes.deallocate()
    }

    /// The key of the pair at a place, which must be one, if it has these bytes.
    @inline(__always) func key(_ raw: UnsafeRawBufferPointer, at place: Int) -> UInt32? {
        // No bytes are what stands for a key that nobody knows.
        let entry = entries[place]
        guard !raw.isEmpty, let start = raw.baseAddress, Int(entry.keyCount) == raw.count else { return nil }
        // An entry's key lies within its bytes, which lie within `bytes`.
        let known = bytes + (Int(entry.offset) &+ Int(entry.start) &+ 2)
        return equalBytes(known, start, raw.count) ? entry.key : nil
    }

    /// Remembers a pair for a place, which must be one.
    ///
    /// - Parameter keyCount: how many bytes its key has, behind its tag and length; zero where nobody knows.
    func learn(_ pair: WirePair, key: UInt32, keyCount: Int, value: UInt32, at place: Int) {
        let raw = pair.bytes
        guard raw.count <= Self.maximumCount, let source = raw.baseAddress, raw.count > 0 else { return }
        if Int(entries[place].room) < raw.count { makeRoom(at: place, for: raw.count) }
        // All counts were compared with the maximum.
        entries[place].count = UInt16(truncatingIfNeeded: raw.count)
        entries[place].key = key
        entries[place].value = value
        entries[place].keyCount = UInt16(truncatingIfNeeded: keyCount)
        entries[place].start = UInt16(truncatingIfNeeded: pair.start)
        // The room of `raw.count` bytes or more was taken from `bytes` when the entry got it.
        copyFew(source, to: bytes + Int(entries[place].offset), raw.count)
    }

    /// Gives a place room of its own; rooms that became too small included, each takes a kilobyte or so at most.
    private func makeRoom(at place: Int, for count: Int) {
        let room = (count + Self.step - 1) / Self.step * Self.step
        if used + room > capacity {
            let larger = max(capacity * 2, used + room)
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            moved.copyMemory(from: bytes, byteCount: used)
            bytes.deallocate()
            bytes = moved
            capacity = larger
        }
        entries[place].offset = UInt32(used)
        entries[place].room = UInt16(room)
        used += room
    }
}
