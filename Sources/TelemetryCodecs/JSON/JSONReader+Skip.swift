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
    /// Consumes the next value like ``skip()``, but within an object or a list looks at nothing except quotes and
    /// brackets: that there are as many closing ones as opening ones.
    ///
    /// Eight bytes at a time. For values of which nobody ever asks anything.
    package mutating func skipQuickly() throws(DecodingError) {
        let first = significant()
        guard first == UInt8(ascii: "["), let base = bytes.baseAddress else { return try skip() }
        var i = position
        var depth = 0
        var isInString = false
        while count &- i >= 8 {
            // Eight bytes from `i` on are there.
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: i, as: UInt64.self))
            guard let step = SkipStep(word, isInString: isInString), depth &- step.closing > 0 || step.closing == 0
            else {
                if try skipSlowly(&i, &depth, &isInString) { return }
                continue
            }
            depth &+= step.opening &- step.closing
            guard depth <= Self.maximumDepth else { throw tooDeep(at: i) }
            isInString = step.endsInString
            i &+= 8
        }
        while i < count {
            if try skipSlowly(&i, &depth, &isInString) { return }
        }
        throw failure(at: count, "the text ends within an object or a list that began at byte \(position)")
    }

    /// Up to eight bytes one by one, a backslash with what it escapes; true when the value has ended.
    private mutating func skipSlowly(
        _ i: inout Int, _ depth: inout Int, _ isInString: inout Bool
    ) throws(DecodingError) -> Bool {
        let end = min(count, i &+ 8)
        while i < end {
            let byte = bytes[i]
            i &+= 1
            if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if isInString {
                if byte == UInt8(ascii: "\\") { i &+= 1 }
            } else if byte | 0x20 == UInt8(ascii: "{") {
                depth &+= 1
                guard depth <= Self.maximumDepth else { throw tooDeep(at: i) }
            } else if byte | 0x20 == UInt8(ascii: "}") {
                depth &-= 1
                if depth == 0 {
                    position = i
                    return true
                }
            }
        }
        return false
    }

    private func tooDeep(at place: Int) -> DecodingError {
        failure(at: place, "objects and lists are nested more than \(Self.maximumDepth) deep")
    }
}

/// What eight bytes of JSON do to the nesting.
private struct SkipStep {
    /// How many brackets open and close outside strings.
    let opening: Int
    let closing: Int
    /// Whether the byte after the eight is in a string.
    let endsInString: Bool

    /// `nil` when there is a backslash among the bytes.
    @inline(__always) init?(_ word: UInt64, isInString: Bool) {
        guard Self.places(of: UInt8(ascii: "\\"), in: word) == 0 else { return nil }
        let quotes = Self.places(of: UInt8(ascii: "\""), in: word) >> 7
        // Each byte of the product is the number of quotes up to it: the lowest bit says whether a string is open.
        let open = (quotes &* Self.ones) ^ (isInString ? Self.ones : 0)
        // Outside strings, JSON has no other character that is equal to a bracket in these bits.
        let brackets = Self.places(of: 0x59, in: word & (0xD9 &* Self.ones)) >> 7 & ~open
        // Of an opening bracket, the second lowest bit is set.
        let openings = brackets & word >> 1
        opening = Int(truncatingIfNeeded: (openings &* Self.ones) >> 56)
        closing = Int(truncatingIfNeeded: ((brackets ^ openings) &* Self.ones) >> 56)
        endsInString = open >> 56 & 1 == 1
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The highest bit of each byte that equals `byte`.
    @inline(__always) private static func places(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        return ~(((difference & low) &+ low) | difference | low)
    }
}
