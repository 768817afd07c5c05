/// Shortcuts for what writers of telemetry usually write: no white space, no escapes, short whole numbers.
///
/// Each looks only, and says `nil` or false for anything unusual, which is then read by the general way from where it
/// stands. So they change the cost of reading and nothing else.
extension JSONReader {
    /// Whether the text has these bytes, 1 to 16 of them, at an offset.
    @inline(__always) func holds(_ text: StaticString, at offset: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard offset &+ length <= count else { return false }
        // `length` bytes from `offset` on lie within the buffer, as was just compared, and every load below lies within
        // the first `length` bytes of both; the lengths are constants, so that only one way is compiled for each text.
        let wanted = UnsafeRawPointer(text.utf8Start)
        if length >= 8 {
            return wanted.loadUnaligned(as: UInt64.self) == bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                && wanted.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
                    == bytes.loadUnaligned(fromByteOffset: offset &+ length &- 8, as: UInt64.self)
        }
        if length >= 4 {
            return wanted.loadUnaligned(as: UInt32.self) == bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                && wanted.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)
                    == bytes.loadUnaligned(fromByteOffset: offset &+ length &- 4, as: UInt32.self)
        }
        return wanted.load(as: UInt8.self) == bytes[offset]
            && wanted.load(fromByteOffset: length >> 1, as: UInt8.self) == bytes[offset &+ length >> 1]
            && wanted.load(fromByteOffset: length &- 1, as: UInt8.self) == bytes[offset &+ length &- 1]
    }

    /// Everything from an offset on.
    @inline(__always) func rest(_ offset: Int) -> UnsafeRawBufferPointer { slice(offset, count &- offset) }

    /// The offset of the quote that ends a string without escapes.
    @inline(__always) func plainEnd(from start: Int) -> Int? {
        let end = nextStop(bytes, count, from: start)
        return end < count && bytes[end] == UInt8(ascii: "\"") ? end : nil
    }

    /// The number that 1 to 19 digits from an offset on spell, without a zero before others, and where they end.
    @inline(__always) func digits(from start: Int) -> (value: UInt64, end: Int)? {
        var i = start
        var value: UInt64 = 0
        while i &+ 8 <= count, i &- start <= 8 {
            // Eight bytes from `i` on lie within the buffer, as was just compared.
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self))
            guard let eight = eightDigits(word) else { break }
            value = value &* 100_000_000 &+ eight
            i &+= 8
        }
        while i < count {
            let digit = bytes[i] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // 19 digits never exceed 64 bits.
            guard i &- start < 19 else { return nil }
            value = value &* 10 &+ UInt64(digit)
            i &+= 1
        }
        guard i > start, bytes[start] != UInt8(ascii: "0") || i == start &+ 1 else { return nil }
        return (value, i)
    }

    /// Consumes a whole number that is not negative, in quotes or, unless they are asked for, without.
    @inline(__always) mutating func usualNumber(quotable: Bool) -> UInt64? {
        let isQuoted = significant() == UInt8(ascii: "\"")
        guard quotable || !isQuoted, let (value, end) = digits(from: isQuoted ? position &+ 1 : position) else {
            return nil
        }
        if isQuoted {
            guard end < count, bytes[end] == UInt8(ascii: "\"") else { return nil }
            position = end &+ 1
        } else {
            guard end < count, bytes[end] != UInt8(ascii: "."), bytes[end] | 0x20 != UInt8(ascii: "e") else {
                return nil
            }
            position = end
        }
        return value
    }

    /// Consumes a string of 32 hexadecimal digits.
    @inline(__always) mutating func usualTraceID() -> (high: UInt64, low: UInt64)? {
        let start = position &+ 1
        // All four loads lie between the quotes.
        guard start &+ 33 <= count, bytes[position] == UInt8(ascii: "\""), bytes[start &+ 32] == UInt8(ascii: "\""),
            let a = hexadecimal8(bytes, start), let b = hexadecimal8(bytes, start &+ 8),
            let c = hexadecimal8(bytes, start &+ 16), let d = hexadecimal8(bytes, start &+ 24)
        else { return nil }
        position = start &+ 33
        return (a << 32 | b, c << 32 | d)
    }

    /// Consumes a string of 16 hexadecimal digits.
    @inline(__always) mutating func usualSpanID() -> UInt64? {
        let start = position &+ 1
        // Both loads lie between the quotes.
        guard start &+ 17 <= count, bytes[position] == UInt8(ascii: "\""), bytes[start &+ 16] == UInt8(ascii: "\""),
            let a = hexadecimal8(bytes, start), let b = hexadecimal8(bytes, start &+ 8)
        else { return nil }
        position = start &+ 17
        return a << 32 | b
    }
}

/// The number that eight digits spell, the first of them in the lowest byte; `nil` when one is no digit.
@inline(__always) func eightDigits(_ word: UInt64) -> UInt64? {
    // Digits are 0x30 to 0x39: their high half is 3, and still is after adding 6.
    let high: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
    guard word & high == 0x3030_3030_3030_3030, (word &+ 0x0606_0606_0606_0606) & high == 0x3030_3030_3030_3030 else {
        return nil
    }
    // Pairs, then fours, then all eight; nothing runs over into a neighbour.
    let pairs = ((word & 0x0F0F_0F0F_0F0F_0F0F) &* (10 << 8 | 1)) >> 8 & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* (100 << 16 | 1)) >> 16 & 0x0000_FFFF_0000_FFFF
    return (fours &* (10_000 << 32 | 1)) >> 32
}
