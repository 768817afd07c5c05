/// Keys and values that are compared with what stood at the same place before, rather than looked up.
extension SpanBatch {
    /// Says that the attributes to be added next belong to a span of this name and kind, whose last attributes are a good
    /// guess.
    package mutating func expectAttributes(of name: Symbol, _ kind: SpanKind) {
        expected.expect(name.code, kind.rawValue)
    }

    /// The symbol of the next attribute's key.
    ///
    /// - Parameter isPlain: whether the key holds no character that JSON escapes.
    package mutating func key(_ bytes: UnsafeRawBufferPointer, isPlain: Bool = false) -> Symbol {
        let place = expected.place(pendingKeys.count)
        let guess = expected[place]
        if Int(guess.keyCount) == bytes.count, words.holds(bytes, at: Int(guess.keyOffset)) {
            return Symbol(code: guess.key)
        }
        return learnKey(bytes, place, isPlain)
    }

    @inline(never) private mutating func learnKey(
        _ bytes: UnsafeRawBufferPointer, _ place: Int, _ isPlain: Bool
    ) -> Symbol {
        let (symbol, offset) = words.find(bytes)
        if let offset, offset + bytes.count < Int(Int32.max) {
            expected[place].keyOffset = UInt32(offset)
            expected[place].keyCount = UInt32(bytes.count)
            expected[place].key = symbol.code
            expected[place].isKeyPlain = isPlain
        }
        return symbol
    }

    /// Adds a string.
    ///
    /// - Parameter isPlain: whether the string holds no character that JSON escapes.
    package mutating func addAttribute(
        _ key: Symbol, string bytes: UnsafeRawBufferPointer, isPlain: Bool = false
    ) {
        let place = expected.place(pendingKeys.count)
        let guess = expected[place]
        if Int(guess.valueCount) == bytes.count,
            dictionary.table.holds(bytes, at: Int(guess.valueOffset))
        {
            return add(key, ValueCode(bits: guess.value))
        }
        let code = dictionary.code(string: bytes)
        if let stored = dictionary.place(of: code) {
            var guess = guess
            guess.valueOffset = stored.offset
            guess.valueCount = stored.count
            guess.value = code.bits
            guess.isValuePlain = isPlain
            expected[place] = guess
        }
        add(key, code)
    }

    /// The next attribute's key, if the expected one stands at the beginning of a JSON text, with the quote after it.
    ///
    /// - Parameter text: the text after the opening quote; a whole text is needed, not just the key.
    ///
    /// Mutating, though it changes nothing: another module calls it on the batch itself then, and not on a copy.
    @inline(__always) package mutating func expectedKey(_ text: UnsafeRawBufferPointer) -> (
        key: Symbol, count: Int
    )? {
        let guess = expected[expected.place(pendingKeys.count)]
        let count = Int(guess.keyCount)
        guard guess.isKeyPlain, count < text.count, text[count] == UInt8(ascii: "\"") else {
            return nil
        }
        // `count` bytes are there, and a plain key has no quote or backslash in it: the quote after it ends it.
        let key = UnsafeRawBufferPointer(start: text.baseAddress, count: count)
        return words.holds(key, at: Int(guess.keyOffset)) ? (Symbol(code: guess.key), count) : nil
    }

    /// The next attribute's value, if the expected string stands at the beginning of a JSON text, with the quote after it.
    ///
    /// - Parameter text: the text after the opening quote; a whole text is needed, not just the string.
    /// Mutating for the same reason.
    package mutating func expectedString(_ text: UnsafeRawBufferPointer) -> (code: ValueCode, count: Int)? {
        let guess = expected[expected.place(pendingKeys.count)]
        let count = Int(guess.valueCount)
        guard guess.isValuePlain, count < text.count, text[count] == UInt8(ascii: "\"") else { return nil }
        // As above.
        let value = UnsafeRawBufferPointer(start: text.baseAddress, count: count)
        guard dictionary.table.holds(value, at: Int(guess.valueOffset)) else { return nil }
        return (ValueCode(bits: guess.value), count)
    }

    /// Adds a value by a code of this batch, such as ``expectedString(_:)`` gives.
    package mutating func addAttribute(_ key: Symbol, code: ValueCode) { add(key, code) }
}
