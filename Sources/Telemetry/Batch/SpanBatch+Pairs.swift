/// Pairs of a key and a value that are compared, as they stand on the wire, with what stood at the same place before.
extension SpanBatch {
    /// Adds pairs for as long as each has the key that stood at its position of the last list of its kind, and a plain
    /// value: most have the very bytes that stood there.
    ///
    /// The first one that is not expected is to be read and added, either by ``addPair(_:key:string:)`` and its sisters or
    /// by other ways and then named to ``learnPair(_:)``.
    ///
    /// - Parameters:
    ///   - bytes: where the pairs stand.
    ///   - range: where the first pair's tag stands and where the last may end, inside the bytes.
    /// - Returns: where the first pair that was not added begins, or what stands there instead, and how many were added.
    package mutating func addExpected(
        in bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ tags: PairTags
    ) -> (end: Int, count: Int) {
        repairsBeforePair = repairCount
        guard let start = bytes.baseAddress else { return (range.lowerBound, 0) }
        ownPairs()
        var walk = PairWalk(start: start, at: range.lowerBound, end: range.upperBound, limit: bytes.count, tags: tags)
        while addSome(&walk) {}
        repairsBeforePair = repairCount
        return (walk.at, walk.count)
    }

    /// Where a walk over pairs stands.
    private struct PairWalk {
        let start: UnsafeRawPointer
        var at: Int
        /// Where the last pair may end.
        let end: Int
        /// How many bytes can be read from `start` on.
        let limit: Int
        let tags: PairTags
        /// How many pairs were added.
        var count = 0
    }

    /// How many pairs room is made for at a time.
    private static var pairsAtOnce: Int { 32 }

    /// Sees to it that the pairs are this batch's own, and has room for all places.
    @inline(__always) private mutating func ownPairs() {
        if pairs.places < expected.places || !isKnownUniquelyReferenced(&pairs) { copyPairs() }
    }

    @inline(never) private mutating func copyPairs() {
        let places = pairs.places < expected.places ? max(expected.places, pairs.places * 2) : pairs.places
        pairs = ExpectedPairs(copying: pairs, places: places)
    }

    /// Adds some expected pairs; whether there may be more.
    @inline(__always) private mutating func addSome(_ walk: inout PairWalk) -> Bool {
        let room = min(Self.pairsAtOnce, Self.maximumAttributes &- pendingKeys.count)
        let position = pendingKeys.count
        // Nothing is learned in the walk, which might move the bytes; both belong to this batch alone (``ownPairs()``).
        let entries = pairs.entries + expected.firstPlace
        let learned = pairs.bytes
        // Both places are written before anything else happens to the columns.
        let keys = pendingKeys.place(forMore: room)
        let values = pendingValues.place(forMore: room)
        var at = walk.at
        var added = 0
        while added < room {
            // One of the places that the list has, for which there are entries.
            let entry = entries + (position &+ added) & ExpectedAttributes.lastPosition
            let count = Int(entry.pointee.count)
            // A pair's bytes lie within what was learned, and as many are left of those that came. A pair that begins with
            // the same tag and length, and goes on with the same bytes, is the same pair.
            if count &- 1 < walk.end &- at, count != 0,
                equalBytes(learned + Int(entry.pointee.offset), walk.start + at, count)
            {
                at &+= count
            } else if let end = readValue(&walk, at, entry, learned) {
                at = end
            } else {
                break
            }
            keys[added] = entry.pointee.key
            values[added] = entry.pointee.value
            added &+= 1
        }
        pendingKeys.appendWritten(added)
        pendingValues.appendWritten(added)
        walk.at = at
        walk.count &+= added
        return added == room && room > 0
    }

    /// Reads the value of a pair whose key is the expected one; `nil`, and nothing done, where anything else stands.
    ///
    /// The pair is expected from then on, unless something was mended in it: that is to be mended and counted each time.
    ///
    /// - Returns: where the pair ends.
    @inline(never) private mutating func readValue(
        _ walk: inout PairWalk, _ at: Int, _ entry: UnsafeMutablePointer<ExpectedPair>,
        _ learned: UnsafeMutableRawPointer
    ) -> Int? {
        let expected = entry.pointee
        // The tag, a length of one or two bytes; then the key with its tag and length, the value's tag and, behind that,
        // at least three bytes of a value.
        let head = Int(expected.keyCount) &+ 3
        guard expected.keyCount > 0, walk.end &- at >= head &+ 5,
            walk.start.load(fromByteOffset: at, as: UInt8.self) == walk.tags.pair
        else { return nil }
        var begin = at &+ 2
        var length = Int(walk.start.load(fromByteOffset: at &+ 1, as: UInt8.self))
        if length >= 0x80 {
            let second = Int(walk.start.load(fromByteOffset: begin, as: UInt8.self))
            guard second < 0x80 else { return nil }
            length = length & 0x7F | second << 7
            begin &+= 1
        }
        let end = begin &+ length
        // What was learned has a key of that length behind its own tag and length, and the value's tag.
        guard length >= head &+ 3, end <= walk.end, end &- at <= Int(expected.room),
            equalBytes(learned + (Int(expected.offset) &+ Int(expected.start)), walk.start + begin, head),
            var value = PlainValue(walk.start, at: begin &+ head, end: end)
        else { return nil }
        var isMended = false
        switch value.tag {
        case walk.tags.string:
            guard let count = value.length(), count == value.left else { return nil }
            let repairs = repairCount
            let text = UnsafeRawBufferPointer(start: walk.start + value.at, count: count)
            entry.pointee.value = dictionary.code(string: text).bits
            isMended = repairs != repairCount
        case walk.tags.int:
            guard let number = value.varint(limit: walk.limit) else { return nil }
            entry.pointee.value = dictionary.code(int: number).bits
        case walk.tags.double:
            guard value.left == 8 else { return nil }
            let bits = walk.start.loadUnaligned(fromByteOffset: value.at, as: UInt64.self)
            entry.pointee.value = dictionary.code(double: Double(bitPattern: UInt64(littleEndian: bits))).bits
        case walk.tags.bool:
            guard value.left == 1, let flag = value.varint(limit: walk.limit) else { return nil }
            entry.pointee.value = dictionary.code(bool: flag != 0).bits
        default: return nil
        }
        // There is room for the pair, as was compared above, and so for its count and place.
        copyFew(walk.start + at, to: learned + Int(expected.offset), end &- at)
        entry.pointee.count = isMended ? 0 : UInt16(truncatingIfNeeded: end &- at)
        entry.pointee.start = UInt16(truncatingIfNeeded: begin &- at)
        return end
    }

    /// A value that fills the rest of a pair: its length, a tag of one byte, and what that says.
    ///
    /// Everything up to `end` can be read.
    private struct PlainValue {
        let start: UnsafeRawPointer
        private(set) var at: Int
        let end: Int
        private(set) var tag: UInt8 = 0

        /// `nil` when the value's length is another than what is left of the pair.
        @inline(__always) init?(_ start: UnsafeRawPointer, at place: Int, end: Int) {
            self.start = start
            self.end = end
            at = place
            guard let count = length(), count == left, count >= 2 else { return nil }
            tag = byte(at)
            at &+= 1
        }

        /// How many bytes of the pair are left.
        @inline(__always) var left: Int { end &- at }

        @inline(__always) private func byte(_ place: Int) -> UInt8 { start.load(fromByteOffset: place, as: UInt8.self) }

        /// Reads a length of one or two bytes.
        @inline(__always) mutating func length() -> Int? {
            guard left >= 1 else { return nil }
            let first = Int(byte(at))
            if first < 0x80 {
                at &+= 1
                return first
            }
            guard left >= 2 else { return nil }
            let second = Int(byte(at &+ 1))
            guard second < 0x80 else { return nil }
            at &+= 2
            return first & 0x7F | second << 7
        }

        /// Reads an integer of at most nine groups of seven bits, which is all that is left.
        ///
        /// - Parameter limit: how many bytes from `start` on can be read.
        @inline(__always) mutating func varint(limit: Int) -> Int64? {
            guard left <= 8, limit &- at >= 8 else { return longVarint() }
            let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            // The first byte without a high bit is the last one of the number.
            let ends = ~word & 0x8080_8080_8080_8080
            guard ends.trailingZeroBitCount == left &* 8 &- 1 else { return nil }
            at = end
            // The groups up to that bit, moved together: two of seven bits to one of fourteen, and so on.
            var groups = word & (ends ^ (ends &- 1)) & 0x7F7F_7F7F_7F7F_7F7F
            groups = groups & 0x007F_007F_007F_007F | (groups & 0x7F00_7F00_7F00_7F00) >> 1
            groups = groups & 0x0000_3FFF_0000_3FFF | (groups & 0x3FFF_0000_3FFF_0000) >> 2
            groups = groups & 0x0000_0000_0FFF_FFFF | (groups & 0x0FFF_FFFF_0000_0000) >> 4
            return Int64(bitPattern: groups)
        }

        @inline(never) private mutating func longVarint() -> Int64? {
            var number: UInt64 = 0
            var shift: UInt64 = 0
            while left > 0, shift < 63 {
                let byte = byte(at)
                at &+= 1
                number |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return left == 0 ? Int64(bitPattern: number) : nil }
                shift &+= 7
            }
            return nil
        }
    }

    /// Remembers that the bytes of a pair that was not expected mean the attribute that was added last.
    ///
    /// Not when something was mended in it: that is to be mended and counted each time.
    package mutating func learnPair(_ pair: WirePair) {
        guard let last = lastPending, repairsBeforePair == repairCount else { return }
        ownPairs()
        pairs.learn(pair, key: last.key, keyCount: 0, value: last.value, at: expected.place(pendingKeys.count - 1))
    }

    /// Adds a pair that was not expected, with this key, which stands behind two bytes, and this string.
    package mutating func addPair(
        _ pair: WirePair, key: UnsafeRawBufferPointer, string: UnsafeRawBufferPointer
    ) {
        addPair(pair, key: key, dictionary.code(string: string))
    }

    /// Adds a pair that was not expected, with this key, which stands behind two bytes, and this integer.
    package mutating func addPair(_ pair: WirePair, key: UnsafeRawBufferPointer, int: Int64) {
        addPair(pair, key: key, dictionary.code(int: int))
    }

    /// Adds a pair that was not expected, with this key, which stands behind two bytes, and this truth value.
    package mutating func addPair(_ pair: WirePair, key: UnsafeRawBufferPointer, bool: Bool) {
        addPair(pair, key: key, dictionary.code(bool: bool))
    }

    @inline(__always) private mutating func addPair(
        _ pair: WirePair, key bytes: UnsafeRawBufferPointer, _ code: ValueCode
    ) {
        ownPairs()
        let place = expected.place(pendingKeys.count)
        let key = pairs.key(bytes, at: place) ?? words.symbol(bytes).code
        add(Symbol(code: key), code)
        guard repairsBeforePair == repairCount else { return }
        pairs.learn(pair, key: key, keyCount: bytes.count, value: code.bits, at: place)
    }
}
