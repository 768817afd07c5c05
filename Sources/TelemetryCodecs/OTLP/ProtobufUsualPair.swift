/// A `KeyValue` laid out as encoders write nearly all: the key, then the value, which is a string, an integer or a truth
/// value and nothing else.
///
/// Told by its tags and lengths alone, which must add up to the message; anything else is for the general way.
struct UsualPair {
    enum Kind {
        case string, int, bool
    }

    let key: Range<Int>
    let kind: Kind
    /// The place of a string.
    private(set) var string = 0..<0
    /// The number otherwise.
    private(set) var bits: UInt64 = 0

    /// `nil` when the pair is laid out in another way.
    @inline(__always) init?(_ message: ProtobufReader) {
        let bytes = message.bytes
        let start = message.position
        let end = message.end
        // Each step compares the place of the bytes it reads with `end`, which lies in the buffer.
        guard end &- start >= 6, bytes[start] == 1 << 3 | 2, bytes[start &+ 1] < 0x80 else {
            return nil
        }
        let keyEnd = start &+ 2 &+ Int(bytes[start &+ 1])
        guard end &- keyEnd >= 4, bytes[keyEnd] == 2 << 3 | 2 else { return nil }
        var value = keyEnd &+ 1
        guard let length = Self.length(bytes, &value, end), value &+ length == end, length >= 2 else {
            return nil
        }
        key = Range(uncheckedBounds: (start &+ 2, keyEnd))
        let tag = bytes[value]
        value &+= 1
        switch tag {
        case 1 << 3 | 2:
            kind = .string
            guard let count = Self.length(bytes, &value, end), value &+ count == end else { return nil }
            string = Range(uncheckedBounds: (value, end))
        case 3 << 3, 2 << 3:
            kind = tag == 3 << 3 ? .int : .bool
            guard let number = Self.number(bytes, value, end) else { return nil }
            bits = number
        default: return nil
        }
    }

    /// A varint of at most nine bytes that ends at `end`.
    @inline(__always) private static func number(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        for place in start..<end where shift < 63 {
            let byte = bytes[place]
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return place &+ 1 == end ? number : nil }
            shift &+= 7
        }
        return nil
    }

    /// A varint of one or two bytes.
    @inline(__always) private static func length(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ end: Int
    ) -> Int? {
        guard place < end else { return nil }
        let first = bytes[place]
        if first < 0x80 {
            place &+= 1
            return Int(first)
        }
        guard end &- place >= 2, bytes[place &+ 1] < 0x80 else { return nil }
        let value = Int(first & 0x7F) | Int(bytes[place &+ 1]) << 7
        place &+= 2
        return value
    }
}
