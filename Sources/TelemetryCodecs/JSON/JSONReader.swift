/// What a JSON value is, told by its first byte.
package enum JSONKind: Sendable {
    case object, array, string, number, bool, null
}

/// A cursor over one JSON text (RFC 8259) that builds nothing: the caller says what it wants next.
///
/// ```
/// var more = try reader.beginObject()
/// while more {
///     let key = try reader.key()
///     if key.is("name") { name = try reader.string() } else { try reader.skip() }
///     more = try reader.nextMember()
/// }
/// try reader.finish()
/// ```
///
/// Strings are handed out as bytes of the input or, where they hold escapes, of a scratch buffer that is valid until
/// the next string is read. Their UTF-8 is not checked here; whoever keeps a string mends it. Every error names the
/// offset, what was expected and what was read.
package struct JSONReader: ~Copyable {
    /// The whole input.
    let bytes: UnsafeRawBufferPointer
    /// How many bytes the input has.
    let count: Int
    /// The name of the format, for errors.
    let format: String
    /// The offset of the next byte to read; may be set back to an offset of a value seen before.
    package var position: Int
    private var keyScratch = JSONScratch()
    private var valueScratch = JSONScratch()

    /// How deep objects and lists may be nested.
    package static let maximumDepth = 512

    /// Starts at the first byte, after a byte order mark if there is one; `bytes` must outlive the reader.
    package init(_ bytes: UnsafeRawBufferPointer, format: String) {
        self.bytes = bytes
        self.format = format
        count = bytes.count
        let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        position = hasMark ? 3 : 0
    }

    deinit {
        keyScratch.free()
        valueScratch.free()
    }

    // MARK: Structure

    /// Skips white space and gives the next byte without consuming it; zero at the end, which no JSON text contains.
    @inline(__always) mutating func significant() -> UInt8 {
        while position < count {
            let byte = bytes[position]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position &+= 1
        }
        return 0
    }

    /// Consumes `{`; true when a key follows, false when the object is empty and consumed.
    package mutating func beginObject() throws(DecodingError) -> Bool {
        guard significant() == UInt8(ascii: "{") else { throw unexpected("an object") }
        position &+= 1
        let byte = significant()
        if byte == UInt8(ascii: "\"") { return true }
        guard byte == UInt8(ascii: "}") else { throw unexpected("a key or '}'") }
        position &+= 1
        return false
    }

    /// Consumes what follows a member's value: true after a comma, false after the `}` that ends the object.
    package mutating func nextMember() throws(DecodingError) -> Bool {
        let byte = significant()
        if byte == UInt8(ascii: "}") {
            position &+= 1
            return false
        }
        guard byte == UInt8(ascii: ",") else { throw unexpected("',' or '}' after a value") }
        position &+= 1
        guard significant() == UInt8(ascii: "\"") else { throw unexpected("a key after ','") }
        return true
    }

    /// Consumes `[`; true when a value follows, false when the list is empty and consumed.
    package mutating func beginArray() throws(DecodingError) -> Bool {
        guard significant() == UInt8(ascii: "[") else { throw unexpected("a list") }
        position &+= 1
        guard significant() == UInt8(ascii: "]") else { return true }
        position &+= 1
        return false
    }

    /// Consumes what follows an element: true after a comma, false after the `]` that ends the list.
    package mutating func nextElement() throws(DecodingError) -> Bool {
        let byte = significant()
        if byte == UInt8(ascii: "]") {
            position &+= 1
            return false
        }
        guard byte == UInt8(ascii: ",") else { throw unexpected("',' or ']' after a value") }
        position &+= 1
        return true
    }

    /// What the next value is.
    package mutating func kind() throws(DecodingError) -> JSONKind {
        switch significant() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw unexpected("a value")
        }
    }

    /// Consumes a `null` if it is next.
    @inline(__always) package mutating func takeNull() throws(DecodingError) -> Bool {
        guard significant() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// Reads `true` or `false`.
    package mutating func bool() throws(DecodingError) -> Bool {
        switch significant() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw unexpected("true or false")
        }
    }

    /// Checks that only white space is left.
    package mutating func finish() throws(DecodingError) {
        _ = significant()
        guard position >= count else { throw unexpected("nothing after the end of the document") }
    }

    mutating func literal(_ text: StaticString) throws(DecodingError) {
        let length = text.utf8CodeUnitCount
        var i = 0
        while i < length {
            guard position + i < count, bytes[position + i] == text.utf8Start[i] else { throw unexpected("\(text)") }
            i += 1
        }
        position += length
    }

    // MARK: Keys and strings

    /// Reads a key and the colon after it.
    package mutating func key() throws(DecodingError) -> JSONKey {
        let (start, length, escaped) = try keySpan()
        guard escaped else { return JSONKey(bytes, at: start, count: length) }
        let scratch = keyScratch.reserve(length)
        let text = unescape(start, length, into: scratch)
        return JSONKey(text, at: 0, count: text.count)
    }

    /// Reads a key as text and the colon after it; the bytes are valid until the next key is read.
    package mutating func keyText() throws(DecodingError) -> UnsafeRawBufferPointer {
        let (start, length, escaped) = try keySpan()
        guard escaped else { return slice(start, length) }
        let scratch = keyScratch.reserve(length)
        return unescape(start, length, into: scratch)
    }

    /// Reads a string; the bytes are valid until the next string is read.
    package mutating func string() throws(DecodingError) -> UnsafeRawBufferPointer {
        guard significant() == UInt8(ascii: "\"") else { throw unexpected("a string") }
        let start = position &+ 1
        let (end, escaped) = try scanString(from: start)
        position = end &+ 1
        return escaped ? unescaped(start, end &- start) : slice(start, end &- start)
    }

    private mutating func unescaped(_ start: Int, _ length: Int) -> UnsafeRawBufferPointer {
        let scratch = valueScratch.reserve(length)
        return unescape(start, length, into: scratch)
    }

    @inline(__always) private mutating func keySpan() throws(DecodingError) -> (Int, Int, Bool) {
        guard significant() == UInt8(ascii: "\"") else { throw unexpected("a key") }
        let start = position &+ 1
        let (end, escaped) = try scanString(from: start)
        position = end &+ 1
        guard significant() == UInt8(ascii: ":") else { throw unexpected("':' after a key") }
        position &+= 1
        return (start, end &- start, escaped)
    }

    @inline(__always) func slice(_ start: Int, _ length: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<start &+ length])
    }

    // MARK: Errors

    /// An error at the next byte: what was expected there and what stands there.
    @inline(never) package func unexpected(_ expected: String) -> DecodingError {
        failure(at: position, "expected \(expected), read \(found(at: position))")
    }

    /// An error at an offset.
    @inline(never) package func failure(at offset: Int, _ reason: String) -> DecodingError {
        DecodingError(format: format, offset: min(offset, count), reason: reason)
    }

    /// How an error calls the byte at an offset.
    func found(at offset: Int) -> String {
        guard offset < count else { return "the end" }
        let byte = bytes[offset]
        if byte > 0x20, byte < 0x7F { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.count == 1 ? "0" : "") + digits
    }
}

/// Memory for strings without their escapes, owned by a reader.
private struct JSONScratch {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// Memory of at least this many bytes; what was there before is lost.
    mutating func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(byteCount: max(256, count * 2), alignment: 8)
        }
        return memory
    }

    func free() { memory.deallocate() }
}
