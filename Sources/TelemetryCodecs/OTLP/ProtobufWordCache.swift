import Telemetry

/// The symbols of words met before in the same buffer, so that a batch is asked once a word rather than once a span.
///
/// Direct-mapped: a word that falls on another's place replaces it. Words are compared byte by byte, in steps of eight.
struct ProtobufWordCache {
    private struct Entry {
        /// The word's place in the buffer.
        var offset = 0
        /// The word's length in bytes; -1 for a free place.
        var count = -1
        var symbol = Symbol.empty
    }

    private static let size = 256
    private var entries = [Entry](repeating: Entry(), count: size)

    /// The symbol of the word at a range of the buffer.
    ///
    /// - Parameter range: a range inside the buffer; always the same buffer for one cache.
    @inline(__always) mutating func symbol(
        _ range: Range<Int>,
        in bytes: UnsafeRawBufferPointer,
        _ batch: inout SpanBatch
    ) -> Symbol {
        let place = Self.place(range, in: bytes)
        let entry = entries[place]
        if entry.count == range.count, Self.same(entry.offset, range.lowerBound, range.count, in: bytes) {
            return entry.symbol
        }
        let symbol = batch.word(UnsafeRawBufferPointer(rebasing: bytes[range]))
        entries[place] = Entry(offset: range.lowerBound, count: range.count, symbol: symbol)
        return symbol
    }

    /// Where a word belongs: from its length and its first and last up to eight bytes.
    @inline(__always) private static func place(_ range: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Int {
        let count = range.count
        var mix = UInt64(truncatingIfNeeded: count)
        if count >= 8 {
            // Both loads lie in the range, which is at least eight bytes long.
            let first = bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self)
            let last = bytes.loadUnaligned(fromByteOffset: range.upperBound &- 8, as: UInt64.self)
            mix ^= first &+ (last << 17 | last >> 47)
        } else {
            for offset in range { mix = mix << 8 ^ UInt64(bytes[offset]) }
        }
        return Int(truncatingIfNeeded: (mix &* 0x9E37_79B9_7F4A_7C15) >> 56)
    }

    /// Whether two places of the buffer with this many bytes, all inside it, hold the same.
    @inline(__always) private static func same(_ a: Int, _ b: Int, _ count: Int, in bytes: UnsafeRawBufferPointer)
        -> Bool
    {
        var i = 0
        while i &+ 8 <= count {
            // `i + 8 <= count`, so both loads lie inside the two words.
            let left = bytes.loadUnaligned(fromByteOffset: a &+ i, as: UInt64.self)
            if left != bytes.loadUnaligned(fromByteOffset: b &+ i, as: UInt64.self) { return false }
            i &+= 8
        }
        while i < count {
            if bytes[a &+ i] != bytes[b &+ i] { return false }
            i &+= 1
        }
        return true
    }
}
