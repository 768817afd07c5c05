/// Pairs of a key and a value that are compared, as they stand on the wire, with what stood at the same place before.
extension SpanBatch {
    /// Adds pairs for as long as each has the bytes that stood at its position of the last list of its kind.
    ///
    /// A pair stands behind a tag of one byte and a length of one or two, least significant seven bits first. The first
    /// one that is not expected is to be read and added, either by ``addPair(_:key:string:)`` and its sisters or by
    /// other ways and then named to ``learnPair(_:)``.
    ///
    /// - Parameters:
    ///   - bytes: where the pairs stand.
    ///   - range: where the first pair's tag stands and where the last may end, inside the bytes.
    /// - Returns: where the first pair that was not added begins, or what stands there instead, and how many were added.
    package mutating func addExpected(
        in bytes: UnsafeRawBufferPointer, _ range: Range<Int>, tag: UInt8
    ) -> (end: Int, count: Int) {
        let end = range.upperBound
        let first = pendingKeys.count
        var at = range.lowerBound
        // Tag, length and one more byte, which a length of two bytes needs.
        while end &- at >= 3, bytes[at] == tag, pendingKeys.count < Self.maximumAttributes {
            var length = Int(bytes[at &+ 1])
            var begin = at &+ 2
            if length >= 0x80 {
                let second = Int(bytes[begin])
                guard second < 0x80 else { break }
                length = length & 0x7F | second << 7
                begin &+= 1
            }
            guard length <= end &- begin else { break }
            let pair = UnsafeRawBufferPointer(
                rebasing: bytes[Range(uncheckedBounds: (begin, begin &+ length))])
            guard let known = pairs.find(pair, at: expected.place(pendingKeys.count)) else { break }
            add(Symbol(code: known.key), ValueCode(bits: known.value))
            at = begin &+ length
        }
        repairsBeforePair = repairCount
        return (at, pendingKeys.count &- first)
    }

    /// Remembers that the bytes of a pair that was not expected mean the attribute that was added last.
    ///
    /// Not when something was mended in it: that is to be mended and counted each time.
    package mutating func learnPair(_ pair: UnsafeRawBufferPointer) {
        guard let last = lastPending, repairsBeforePair == repairCount else { return }
        pairs.learn(
            pair, key: last.key, keyRange: 0..<0, value: last.value, at: expected.place(pendingKeys.count - 1),
            of: expected.places)
    }

    /// Adds a pair that was not expected, with its key at a range of its bytes and this string.
    package mutating func addPair(
        _ pair: UnsafeRawBufferPointer, key: Range<Int>, string: UnsafeRawBufferPointer
    ) {
        addPair(pair, key: key, dictionary.code(string: string))
    }

    /// Adds a pair that was not expected, with its key at a range of its bytes and this integer.
    package mutating func addPair(_ pair: UnsafeRawBufferPointer, key: Range<Int>, int: Int64) {
        addPair(pair, key: key, dictionary.code(int: int))
    }

    /// Adds a pair that was not expected, with its key at a range of its bytes and this truth value.
    package mutating func addPair(_ pair: UnsafeRawBufferPointer, key: Range<Int>, bool: Bool) {
        addPair(pair, key: key, dictionary.code(bool: bool))
    }

    @inline(__always) private mutating func addPair(
        _ pair: UnsafeRawBufferPointer, key range: Range<Int>, _ code: ValueCode
    ) {
        let place = expected.place(pendingKeys.count)
        let bytes = UnsafeRawBufferPointer(rebasing: pair[range])
        let key = pairs.key(bytes, at: place) ?? words.symbol(bytes).code
        add(Symbol(code: key), code)
        guard repairsBeforePair == repairCount else { return }
        pairs.learn(pair, key: key, keyRange: range, value: code.bits, at: place, of: expected.places)
    }
}
