extension FuzzRandom {
    /// The bytes with one to four small changes, some of them taken from another input.
    package mutating func mutated(_ bytes: [UInt8], with other: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0...below(4) { mutate(&result, other) }
        return result
    }

    private mutating func mutate(_ bytes: inout [UInt8], _ other: [UInt8]) {
        let place = below(bytes.count + 1)
        let length = below(min(bytes.count - place, 16) + 1)
        switch below(7) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: next())
        case 2: bytes.removeSubrange(place..<place + length)
        case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: below(bytes.count + 1))
        case 4 where !other.isEmpty:
            let start = below(other.count)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 1 + below(32))], at: place)
        case 5: bytes.removeSubrange(place...)
        default: bytes.insert(UInt8(truncatingIfNeeded: next()), at: place)
        }
    }
}
