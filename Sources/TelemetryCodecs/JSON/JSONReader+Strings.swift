/// Every byte of a word set to this byte.
@inline(__always) private func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

/// A word whose lowest set bit marks the first byte that is a quote, a backslash or a control character.
///
/// Subtraction carries only upwards, so bytes below the first hit are never marked falsely.
@inline(__always) private func stops(_ word: UInt64) -> UInt64 {
    let quote = word ^ each(0x22)
    let backslash = word ^ each(0x5C)
    let quotes = (quote &- each(1)) & ~quote
    let backslashes = (backslash &- each(1)) & ~backslash
    let controls = (word &- each(0x20)) & ~word
    return (quotes | backslashes | controls) & each(0x80)
}

/// The offset of the first quote, backslash or control character at or after `start`; `count` when there is none.
@inline(__always) func nextStop(_ bytes: UnsafeRawBufferPointer, _ count: Int, from start: Int) -> Int {
    var i = start
    while i &+ 8 <= count {
        // Eight bytes from `i` on lie within the buffer, as was just compared.
        let hit = stops(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)))
        if hit != 0 { return i &+ hit.trailingZeroBitCount >> 3 }
        i &+= 8
    }
    while i < count {
        let byte = bytes[i]
        if byte == 0x22 || byte == 0x5C || byte < 0x20 { return i }
        i &+= 1
    }
    return count
}

extension JSONReader {
    /// Finds the closing quote of a string whose contents begin at `start`, and whether there are escapes before it.
    ///
    /// Escapes are checked here, so that unescaping cannot fail.
    @inline(__always) func scanString(from start: Int) throws(DecodingError) -> (end: Int, escaped: Bool) {
        let first = nextStop(bytes, count, from: start)
        if first < count, bytes[first] == 0x22 { return (first, false) }
        return try scanRest(from: first, start: start)
    }

    private func scanRest(from stop: Int, start: Int) throws(DecodingError) -> (end: Int, escaped: Bool) {
        var i = stop
        var escaped = false
        while i < count {
            switch bytes[i] {
            case 0x22: return (i, escaped)
            case 0x5C:
                escaped = true
                i = nextStop(bytes, count, from: try escapeEnd(i))
            default: throw failure(at: i, "a control character in a string must be escaped, read \(found(at: i))")
            }
        }
        throw failure(at: count, "a string that began at byte \(start - 1) is not closed")
    }

    /// The offset after the escape that begins at `offset`.
    private func escapeEnd(_ offset: Int) throws(DecodingError) -> Int {
        guard offset + 1 < count else { throw failure(at: count, "the text ends within an escape") }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return offset + 2
        case UInt8(ascii: "u"):
            guard codeUnit(at: offset) != nil else {
                throw failure(at: offset, "'\\u' must be followed by four hexadecimal digits")
            }
            return offset + 6
        default:
            throw failure(
                at: offset + 1, "unknown escape, expected one of \" \\ / b f n r t u, read \(found(at: offset + 1))")
        }
    }

    /// The UTF-16 code unit that the escape `\uXXXX` at `offset` stands for.
    private func codeUnit(at offset: Int) -> UInt32? {
        guard offset + 6 <= count else { return nil }
        var value: UInt32 = 0
        for i in offset + 2..<offset + 6 {
            guard let digit = hexDigit(bytes[i]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Writes a checked string without its escapes into a scratch buffer; it never gets longer than it was.
    func unescape(_ start: Int, _ length: Int, into scratch: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        var written = 0
        var i = start
        let end = start + length
        while i < end {
            guard bytes[i] == 0x5C else {
                scratch[written] = bytes[i]
                written += 1
                i += 1
                continue
            }
            i = unescapeOne(at: i, end: end, into: scratch, &written)
        }
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[..<written])
    }

    private func unescapeOne(
        at offset: Int, end: Int, into scratch: UnsafeMutableRawBufferPointer, _ written: inout Int
    )
        -> Int
    {
        let plain: UInt8
        switch bytes[offset + 1] {
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            let (scalar, next) = scalar(at: offset, end: end)
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                scratch[written] = byte
                written += 1
            }
            return next
        case let other: plain = other
        }
        scratch[written] = plain
        written += 1
        return offset + 2
    }

    /// The character of a `\u` escape, which may be two escapes; half a pair is U+FFFD.
    private func scalar(at offset: Int, end: Int) -> (Unicode.Scalar, Int) {
        let unit = codeUnit(at: offset) ?? 0xFFFD
        if let scalar = Unicode.Scalar(unit) { return (scalar, offset + 6) }
        let next = offset + 6
        if unit < 0xDC00, next + 6 <= end, bytes[next] == 0x5C, bytes[next + 1] == UInt8(ascii: "u"),
            let low = codeUnit(at: next), low >= 0xDC00, low < 0xE000,
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        {
            return (scalar, next + 6)
        }
        return ("\u{FFFD}", next)
    }
}

/// The value of a hexadecimal digit in either case.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// Reads eight hexadecimal digits in either case at `offset`, which must have eight bytes after it.
@inline(__always) func hexadecimal8(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64? {
    let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    // With all top bits clear, adding less than 0x80 to each byte never carries into the next one.
    guard word & each(0x80) == 0 else { return nil }
    let digits = (word &+ each(0x80 - 0x30)) & ~(word &+ each(0x80 - 0x3A))
    let lower = word | each(0x20)
    let letters = (lower &+ each(0x80 - 0x61)) & ~(lower &+ each(0x80 - 0x67))
    guard (digits | letters) & each(0x80) == each(0x80) else { return nil }
    var value = ((word & each(0x0F)) &+ 9 &* ((word >> 6) & each(1))).byteSwapped
    value = (value | value >> 4) & 0x00FF_00FF_00FF_00FF
    value = (value | value >> 8) & 0x0000_FFFF_0000_FFFF
    return (value | value >> 16) & 0xFFFF_FFFF
}
