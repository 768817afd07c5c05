import CScan

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

extension JSONReader {
    /// Consumes the next value like ``skip()``, but within a list looks at nothing except quotes and brackets: it ends at
    /// the first `]` up to which as many brackets of either kind close as open.
    ///
    /// 64 bytes at a time. For values of which nobody ever asks anything.
    package mutating func skipQuickly() throws(DecodingError) {
        guard significant() == UInt8(ascii: "["), let base = bytes.baseAddress else { return try skip() }
        // `position` is below `count` where a bracket was found, and `count` bytes from `base` on are there.
        let start = base.assumingMemoryBound(to: UInt8.self) + position
        let length = scan_list(start, count &- position, Self.maximumDepth)
        guard length > 0 else { throw listFault() }
        position &+= length
    }

    /// Why a list that begins here cannot be stepped over: it is nested too deep or not closed.
    @inline(never) private func listFault() -> DecodingError {
        var depth = 0
        var isInString = false
        var i = position
        while i < count {
            let byte = bytes[i]
            if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if isInString {
                if byte == UInt8(ascii: "\\") { i += 1 }
            } else if byte | 0x20 == UInt8(ascii: "{") {
                depth += 1
                if depth > Self.maximumDepth {
                    return failure(at: i, "objects and lists are nested more than \(Self.maximumDepth) deep")
                }
            } else if byte | 0x20 == UInt8(ascii: "}") {
                depth -= 1
            }
            i += 1
        }
        return failure(at: count, "the text ends within an object or a list that began at byte \(position)")
    }
}
