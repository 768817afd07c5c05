/// Writes protobuf fields, with the lengths of embedded messages filled in when they are complete.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    mutating func varint(_ field: UInt32, _ value: UInt64) {
        tag(field, .varint)
        varint(value)
    }

    mutating func fixed64(_ field: UInt32, _ value: UInt64) {
        tag(field, .fixed64)
        for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * i))) }
    }

    mutating func fixed32(_ field: UInt32, _ value: UInt32) {
        tag(field, .fixed32)
        for i in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * i))) }
    }

    mutating func bytes(_ field: UInt32, _ contents: some Collection<UInt8>) {
        tag(field, .bytes)
        varint(UInt64(contents.count))
        bytes.append(contentsOf: contents)
    }

    /// A number as eight bytes, most significant first, in a byte string.
    mutating func id(_ field: UInt32, _ halves: UInt64...) {
        tag(field, .bytes)
        varint(UInt64(8 * halves.count))
        for half in halves { for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * i))) } }
    }

    /// Begins an embedded message; what it gives goes to ``end(_:)``.
    mutating func begin(_ field: UInt32) -> Int {
        tag(field, .bytes)
        bytes.append(0)
        return bytes.count
    }

    /// Ends the message begun last: writes its length into the byte left free, making room where one is not enough.
    mutating func end(_ start: Int) {
        var length = bytes.count - start
        guard length >= 0x80 else {
            bytes[start - 1] = UInt8(length)
            return
        }
        bytes[start - 1] = UInt8(truncatingIfNeeded: length) | 0x80
        length >>= 7
        var rest: [UInt8] = []
        while length >= 0x80 {
            rest.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        rest.append(UInt8(length))
        bytes.insert(contentsOf: rest, at: start)
    }

    private mutating func tag(_ field: UInt32, _ type: WireType) {
        varint(UInt64(field) << 3 | UInt64(type.rawValue))
    }
}
