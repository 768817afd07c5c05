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
        guard let start = bytes.baseAddress, pairs.entries.count == expected.places else {
            return (range.lowerBound, 0)
        }
        // Taken out for the time of the walk, which changes them beside the dictionary.
        var entries: [ExpectedPair] = []
        var learned: [UInt8] = []
        swap(&entries, &pairs.entries)
        swap(&learned, &pairs.bytes)
        var walk = PairWalk(start: start, at: range.lowerBound, end: range.upperBound, tags: tags)
        entries.withUnsafeMutableBufferPointer { entries in
            learned.withUnsafeMutableBytes { learned in
                guard let base = learned.baseAddress else { return }
                while addSome(&walk, entries, base) {}
            }
        }
        swap(&entries, &pairs.entries)
        swap(&learned, &pairs.bytes)
        repairsBeforePair = repairCount
        return (walk.at, walk.count)
    }

    /// Where a walk over pairs stands.
    private struct PairWalk {
        let start: UnsafeRawPointer
        var at: Int
        let end: Int
        let tags: PairTags
        /// How many pairs were added.
        var count = 0
    }

    /// How many pairs room is made for at a time.
    private static var pairsAtOnce: Int { 32 }

    /// Adds some expected pairs; whether there may be more.
    @inline(__always) private mutating func addSome(
        _ walk: inout PairWalk, _ entries: UnsafeMutableBufferPointer<ExpectedPair>, _ learned: UnsafeMutableRawPointer
    ) -> Bool {
        let room = min(Self.pairsAtOnce, Self.maximumAttributes &- pendingKeys.count)
        let first = expected.place(pendingKeys.count)
        let mask = entries.count &- 1
        // Both places are written before anything else happens to the columns.
        let keys = pendingKeys.place(forMore: room)
        let values = pendingValues.place(forMore: room)
        let (start, end, tag) = (walk.start, walk.end, walk.tags.pair)
        var at = walk.at
        var added = 0
        // Tag, length and one more byte, which a length of two bytes needs.
        while added < room, end &- at >= 3, start.load(fromByteOffset: at, as: UInt8.self) == tag {
            var length = Int(start.load(fromByteOffset: at &+ 1, as: UInt8.self))
            var begin = at &+ 2
            if length >= 0x80 {
                let second = Int(start.load(fromByteOffset: begin, as: UInt8.self))
                guard second < 0x80 else { break }
                length = length & 0x7F | second << 7
                begin &+= 1
            }
            guard length > 0, length <= end &- begin else { break }
            let place = (first &+ added) & mask
            // A pair's bytes lie within what was learned, and there are as many as in the one that came.
            if Int(entries[place].count) != length
                || !equalBytes(learned + Int(entries[place].offset), start + begin, length)
            {
                let pair = UnsafeRawBufferPointer(start: start + begin, count: length)
                guard readValue(pair, walk.tags, &entries[place], learned) else { break }
            }
            keys[added] = entries[place].key
            values[added] = entries[place].value
            added &+= 1
            at = begin &+ length
        }
        pendingKeys.appendWritten(added)
        pendingValues.appendWritten(added)
        walk.at = at
        walk.count &+= added
        return added == room && room > 0
    }

    /// Reads the value of a pair whose key is the expected one; false, and nothing done, where anything else stands.
    ///
    /// The pair is expected from then on, unless something was mended in it: that is to be mended and counted each time.
    @inline(never) private mutating func readValue(
        _ pair: UnsafeRawBufferPointer, _ tags: PairTags, _ entry: inout ExpectedPair,
        _ learned: UnsafeMutableRawPointer
    ) -> Bool {
        // The key with its tag and length, the value's tag and, behind that, at least three bytes of a value. A key that
        // somebody knows begins behind two bytes and ends before the value's tag, as the pair was laid out.
        let head = Int(entry.keyCount) &+ 3
        guard let start = pair.baseAddress, entry.keyCount > 0, entry.keyOffset == 2, pair.count >= head &+ 3,
            pair.count <= Int(entry.room), equalBytes(learned + Int(entry.offset), start, head),
            var value = PlainValue(pair, at: head)
        else { return false }
        let repairs = repairCount
        let code: ValueCode
        switch value.tag {
        case tags.string:
            guard let count = value.length(), count == value.left else { return false }
            code = dictionary.code(string: UnsafeRawBufferPointer(start: start + value.at, count: count))
        case tags.int:
            guard let number = value.varint(), value.left == 0 else { return false }
            code = dictionary.code(int: number)
        case tags.double:
            guard value.left == 8 else { return false }
            let bits = start.loadUnaligned(fromByteOffset: value.at, as: UInt64.self)
            code = dictionary.code(double: Double(bitPattern: UInt64(littleEndian: bits)))
        case tags.bool:
            guard value.left == 1, pair[value.at] < 0x80 else { return false }
            code = dictionary.code(bool: pair[value.at] != 0)
        default: return false
        }
        entry.value = code.bits
        if repairs == repairCount {
            // There is room for the pair, as was compared above.
            (learned + Int(entry.offset)).copyMemory(from: start, byteCount: pair.count)
            entry.count = UInt16(truncatingIfNeeded: pair.count)
        } else {
            entry.count = 0
        }
        return true
    }

    /// A value that fills the rest of a pair: its length, a tag of one byte, and what that says.
    private struct PlainValue {
        let bytes: UnsafeRawBufferPointer
        private(set) var at: Int
        private(set) var tag: UInt8 = 0

        /// `nil` when the value's length is another than what is left of the pair.
        @inline(__always) init?(_ bytes: UnsafeRawBufferPointer, at place: Int) {
            self.bytes = bytes
            at = place
            guard let count = length(), count == left, count >= 2 else { return nil }
            tag = bytes[at]
            at &+= 1
        }

        /// How many bytes of the pair are left.
        @inline(__always) var left: Int { bytes.count &- at }

        /// Reads a length of one or two bytes.
        @inline(__always) mutating func length() -> Int? {
            guard left >= 2 else { return left == 1 && bytes[at] == 0 ? next() : nil }
            let first = Int(bytes[at])
            if first < 0x80 { return next() }
            let second = Int(bytes[at &+ 1])
            guard second < 0x80 else { return nil }
            at &+= 2
            return first & 0x7F | second << 7
        }

        /// Reads a byte, of which there is one.
        @inline(__always) private mutating func next() -> Int {
            at &+= 1
            return Int(bytes[at &- 1])
        }

        /// Reads an integer of at most nine groups of seven bits.
        @inline(__always) mutating func varint() -> Int64? {
            var number: UInt64 = 0
            var shift: UInt64 = 0
            while left > 0, shift < 63 {
                let byte = bytes[at]
                at &+= 1
                number |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return Int64(bitPattern: number) }
                shift &+= 7
            }
            return nil
        }
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
