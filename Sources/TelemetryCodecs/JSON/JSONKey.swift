/// The key of an object's member as three words and a length, so that two keys compare without walking bytes.
///
/// Only the first 24 bytes are kept; no key that a codec knows is longer, and the length tells longer ones apart.
package struct JSONKey: Equatable, Sendable {
    /// How many bytes the whole key has.
    package let count: Int
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64

    /// Reads a key of `count` bytes that begins at `offset` and lies within `bytes`.
    @inline(__always) init(_ bytes: UnsafeRawBufferPointer, at offset: Int, count: Int) {
        self.count = count
        if offset &+ 24 <= bytes.count {
            // All 24 bytes lie within `bytes`, as was just compared.
            first = masked(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), count)
            second = masked(bytes.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self), count &- 8)
            third = masked(bytes.loadUnaligned(fromByteOffset: offset &+ 16, as: UInt64.self), count &- 16)
        } else {
            first = gathered(bytes, offset, count)
            second = gathered(bytes, offset &+ 8, count &- 8)
            third = gathered(bytes, offset &+ 16, count &- 16)
        }
    }

    /// The key with this spelling; at most 24 bytes.
    @inline(__always) init(_ text: StaticString) {
        count = text.utf8CodeUnitCount
        let start = UnsafeRawPointer(text.utf8Start)
        first = spelled(start, count)
        second = count > 8 ? spelled(start + 8, count &- 8) : 0
        third = count > 16 ? spelled(start + 16, count &- 16) : 0
    }

    /// Whether the key has this spelling.
    @inline(__always) func `is`(_ text: StaticString) -> Bool { self == JSONKey(text) }
}

/// The first up to eight of `count` bytes as a little-endian number; for constants, whose loads cost nothing at run time.
@inline(__always) private func spelled(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
    // Every load lies within the `count` bytes: the bits of a count below eight say which pieces it is made of.
    if count >= 8 { return UInt64(littleEndian: start.loadUnaligned(as: UInt64.self)) }
    var word: UInt64 = 0
    if count & 4 != 0 { word = UInt64(UInt32(littleEndian: start.loadUnaligned(as: UInt32.self))) }
    if count & 2 != 0 {
        let pair = start.loadUnaligned(fromByteOffset: count & 4, as: UInt16.self)
        word |= UInt64(UInt16(littleEndian: pair)) << UInt64((count & 4) &* 8)
    }
    if count & 1 != 0 {
        word |= UInt64(start.load(fromByteOffset: count & 6, as: UInt8.self)) << UInt64((count & 6) &* 8)
    }
    return word
}

/// The first `count` bytes of a word that was loaded from memory, as a little-endian number.
@inline(__always) private func masked(_ word: UInt64, _ count: Int) -> UInt64 {
    let word = UInt64(littleEndian: word)
    if count >= 8 { return word }
    return count <= 0 ? 0 : word & ((1 << UInt64(count &* 8)) &- 1)
}

/// Up to eight bytes as a little-endian number, read one by one near the end of a buffer.
private func gathered(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ count: Int) -> UInt64 {
    var word: UInt64 = 0
    var i = 0
    while i < min(count, 8) {
        word |= UInt64(bytes[offset + i]) << UInt64(i * 8)
        i += 1
    }
    return word
}
