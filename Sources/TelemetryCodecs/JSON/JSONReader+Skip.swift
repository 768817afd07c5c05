extension JSONReader {
    /// Consumes the next value, whatever it is, without building anything.
    ///
    /// Within an object or a list, brackets must pair up and strings must be proper, but the commas, colons, numbers and
    /// words between them are not looked at: nobody reads them. The walk is iterative, at most ``maximumDepth`` deep.
    package mutating func skip() throws(DecodingError) {
        switch try kind() {
        case .object, .array: try skipContainer()
        case .string: position = try scanString(from: position &+ 1).end &+ 1
        case .number: try skipNumber()
        case .bool: _ = try bool()
        case .null: try literal("null")
        }
    }

    private mutating func skipContainer() throws(DecodingError) {
        // One bit a level: set for an object.
        var objects = InlineArray<8, UInt64>(repeating: 0)
        var depth = 0
        var i = position
        while i < count {
            let byte = bytes[i]
            switch byte {
            case UInt8(ascii: "\""): i = try scanString(from: i &+ 1).end
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < Self.maximumDepth else {
                    throw failure(at: i, "objects and lists are nested more than \(Self.maximumDepth) deep")
                }
                let bit: UInt64 = 1 << UInt64(depth & 63)
                if byte == UInt8(ascii: "{") { objects[depth >> 6] |= bit } else { objects[depth >> 6] &= ~bit }
                depth &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth &-= 1
                let isObject = objects[depth >> 6] >> UInt64(depth & 63) & 1 == 1
                guard isObject == (byte == UInt8(ascii: "}")) else {
                    throw failure(at: i, "expected '\(isObject ? "}" : "]")', read \(found(at: i))")
                }
                if depth == 0 {
                    position = i &+ 1
                    return
                }
            default: break
            }
            i &+= 1
        }
        throw failure(at: count, "the text ends within an object or a list that began at byte \(position)")
    }
}
