/// How a field's bytes are laid out on the wire.
enum WireType: UInt8, Sendable {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case startGroup = 3
    case endGroup = 4
    case fixed32 = 5
}

/// Why bytes are not a protobuf message of the expected kind, and where.
///
/// A plain value without text, so that throwing it costs nothing on the way that never throws.
struct ProtobufFault: Error, Equatable {
    enum Kind: UInt8 {
        case truncatedVarint, longVarint, fieldNumber, reservedWireType, wireType, length, fixed, group, groupDepth
        case packedLength, valueDepth
    }

    let kind: Kind
    let offset: Int

    /// The fault as the error that callers see.
    var error: DecodingError {
        DecodingError(format: "OTLP protobuf", offset: offset, reason: reason)
    }

    private var reason: String {
        switch kind {
        case .truncatedVarint: "a varint runs past the end of its message; the message is cut short or is not protobuf"
        case .longVarint: "a varint is longer than 64 bits; at most 10 bytes are expected"
        case .fieldNumber: "a field number is 0 or above 536870911; the bytes are not a protobuf message"
        case .reservedWireType: "a wire type is 6 or 7, expected 0 to 5; the bytes are not a protobuf message"
        case .wireType: "a known field has another wire type than OTLP gives it; check that this is the right signal"
        case .length: "a length is larger than what is left of the enclosing message; the message is cut short"
        case .fixed: "a fixed-size number runs past the end of its message; the message is cut short"
        case .group: "a group ends that was not begun, or is not ended"
        case .groupDepth: "groups are nested more than \(maximumValueDepth) deep"
        case .packedLength: "packed 8-byte numbers whose length is not a multiple of 8"
        case .valueDepth: "an attribute's value is nested more than \(maximumValueDepth) deep; send flatter values"
        }
    }
}

/// A cursor over one protobuf message inside a buffer.
///
/// Invariant, on which every unchecked read rests: `0 <= position <= end <= bytes.count`. The initialisers are given
/// ranges inside the buffer, and a cursor moves only after the step has been compared with `end - position`.
struct ProtobufReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    let end: Int

    /// A cursor over the whole buffer.
    @inline(__always) init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    /// A cursor over a range inside the buffer, such as ``lengthDelimited()`` gives.
    @inline(__always) init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// All bytes from here to the end of the message.
    @inline(__always) var whole: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Range(uncheckedBounds: (position, end))])
    }

    /// Whether nothing is left.
    @inline(__always) var isAtEnd: Bool { position == end }

    /// Moves to a place that an earlier read has proven to lie in the message.
    @inline(__always) mutating func move(to place: Int) { position = place }

    /// Reads the tag of the next field: `number << 3 | wire type`, with a number from 1 to 2^29 - 1.
    @inline(__always) mutating func tag() throws(ProtobufFault) -> UInt32 {
        // position < end is what callers have asked before; a one-byte tag of fields 1 to 15 is the rule.
        let first = bytes[position]
        if first < 0x80, first >= 8 {
            position &+= 1
            return UInt32(first)
        }
        return try longTag()
    }

    @inline(never) private mutating func longTag() throws(ProtobufFault) -> UInt32 {
        let start = position
        let value = try varint()
        guard value >= 8, value <= UInt64(UInt32.max) else { throw ProtobufFault(kind: .fieldNumber, offset: start) }
        return UInt32(value)
    }

    /// Reads a varint of at most ten bytes and 64 bits.
    @inline(__always) mutating func varint() throws(ProtobufFault) -> UInt64 {
        if position < end {
            let first = bytes[position]
            if first < 0x80 {
                position &+= 1
                return UInt64(first)
            }
            if end &- position >= 2 {
                let second = bytes[position &+ 1]
                if second < 0x80 {
                    position &+= 2
                    return UInt64(first & 0x7F) | UInt64(second) << 7
                }
            }
        }
        return try longVarint()
    }

    @inline(never) private mutating func longVarint() throws(ProtobufFault) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position &+= 1
            if shift == 63, byte > 1 { throw ProtobufFault(kind: .longVarint, offset: start) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw ProtobufFault(kind: .truncatedVarint, offset: start)
    }

    /// Reads a length and gives the range of the bytes it counts, which lies inside the message.
    @inline(__always) mutating func lengthDelimited() throws(ProtobufFault) -> Range<Int> {
        let start = position
        let length = try varint()
        guard length <= UInt64(truncatingIfNeeded: end &- position) else {
            throw ProtobufFault(kind: .length, offset: start)
        }
        let begin = position
        position = begin &+ Int(truncatingIfNeeded: length)
        // position >= begin because length is not larger than what was left.
        return Range(uncheckedBounds: (begin, position))
    }

    /// Reads a length and gives the bytes it counts.
    @inline(__always) mutating func buffer() throws(ProtobufFault) -> UnsafeRawBufferPointer {
        let range = try lengthDelimited()
        return slice(range)
    }

    /// The bytes of a range that lies inside the message.
    @inline(__always) func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// Reads a length and gives a cursor over the embedded message.
    @inline(__always) mutating func message() throws(ProtobufFault) -> ProtobufReader {
        ProtobufReader(bytes, try lengthDelimited())
    }

    /// Reads an embedded message with this one-byte tag and a length of one or two bytes; `nil`, and no step, where
    /// anything else stands.
    @inline(__always) mutating func usualMessage(_ tag: UInt8) -> ProtobufReader? {
        // Tag, length and one more byte, which a length of two bytes needs.
        guard end &- position >= 3, bytes[position] == tag else { return nil }
        var length = Int(bytes[position &+ 1])
        var begin = position &+ 2
        if length >= 0x80 {
            let second = Int(bytes[begin])
            guard second < 0x80 else { return nil }
            length = length & 0x7F | second << 7
            begin &+= 1
        }
        guard length <= end &- begin else { return nil }
        position = begin &+ length
        return ProtobufReader(bytes, Range(uncheckedBounds: (begin, position)))
    }

    /// Reads a number of four bytes with this two-byte tag, the first byte in the low half; `nil`, and no step, where
    /// anything else stands.
    @inline(__always) mutating func usualFixed32(_ tag: UInt16) -> UInt32? {
        // Tag and number lie in the message, as is compared first.
        guard end &- position >= 6,
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self)) == tag
        else { return nil }
        let value = bytes.loadUnaligned(fromByteOffset: position &+ 2, as: UInt32.self)
        position &+= 6
        return UInt32(littleEndian: value)
    }

    /// Steps over embedded messages with this one-byte tag, up to the first field that is laid out in another way.
    @inline(__always) mutating func skipMessages(_ tag: UInt8) {
        while usualMessage(tag) != nil {}
    }

    /// Reads eight bytes, least significant first.
    @inline(__always) mutating func fixed64() throws(ProtobufFault) -> UInt64 {
        guard end &- position >= 8 else { throw ProtobufFault(kind: .fixed, offset: position) }
        // Eight bytes are left in the message and so in the buffer.
        let value = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        position &+= 8
        return UInt64(littleEndian: value)
    }

    /// Reads four bytes, least significant first.
    @inline(__always) mutating func fixed32() throws(ProtobufFault) -> UInt32 {
        guard end &- position >= 4 else { throw ProtobufFault(kind: .fixed, offset: position) }
        // Four bytes are left in the message and so in the buffer.
        let value = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        position &+= 4
        return UInt32(littleEndian: value)
    }

    /// Steps over the value of a field whose tag has just been read.
    mutating func skip(_ tag: UInt32) throws(ProtobufFault) {
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: _ = try fixed64()
        case 2: _ = try lengthDelimited()
        case 3: try skipGroup(tag >> 3)
        case 4: throw ProtobufFault(kind: .group, offset: position)
        case 5: _ = try fixed32()
        default: throw ProtobufFault(kind: .reservedWireType, offset: position)
        }
    }

    /// Steps over a group and the groups in it, without recursion.
    @inline(never) private mutating func skipGroup(_ number: UInt32) throws(ProtobufFault) {
        let start = position
        var open = [number]
        while let innermost = open.last {
            guard !isAtEnd else { throw ProtobufFault(kind: .group, offset: start) }
            let place = position
            let tag = try tag()
            switch tag & 7 {
            case 3:
                guard open.count < maximumValueDepth else { throw ProtobufFault(kind: .groupDepth, offset: place) }
                open.append(tag >> 3)
            case 4:
                guard tag >> 3 == innermost else { throw ProtobufFault(kind: .group, offset: place) }
                open.removeLast()
            default: try skip(tag)
            }
        }
    }

    /// Steps over the value of a field that the schema does not know.
    ///
    /// `wireTypes` has a bit for each field number up to 63 that the schema does know: such a field is here only
    /// because its wire type is another one, which is an error as it is in the OpenTelemetry Collector.
    @inline(never) mutating func skipUnknown(_ tag: UInt32, known: UInt64) throws(ProtobufFault) {
        let number = tag >> 3
        if number < 64, known >> UInt64(number) & 1 == 1 { throw ProtobufFault(kind: .wireType, offset: position) }
        try skip(tag)
    }
}
