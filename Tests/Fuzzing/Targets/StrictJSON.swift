/// Tells whether bytes are JSON as RFC 8259 has it, but for the UTF-8 in strings.
///
/// The readers step over what nobody asks for without looking at every comma, so some texts that are no JSON are taken,
/// and not all ways of stepping over them agree. Where they must agree is on JSON.
struct StrictJSON {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The open lists and objects, true for objects.
    private var open: [Bool] = []

    /// Whether the bytes are one value with white space around it.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = StrictJSON(bytes: bytes)
        return reader.document()
    }

    /// The same JSON with a space on both sides of every bracket, comma and colon.
    static func spaced(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 2)
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                result.append(byte)
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else if "{}[],:".utf8.contains(byte) {
                result += [0x20, byte, 0x20]
            } else {
                result.append(byte)
                isInString = byte == UInt8(ascii: "\"")
            }
        }
        return result
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func document() -> Bool {
        repeat {
            guard value() else { return false }
        } while !open.isEmpty
        return next() == nil
    }

    /// One value, or the beginning of a list or an object up to its first value, and whatever closes after it.
    private mutating func value() -> Bool {
        switch next() {
        case UInt8(ascii: "["):
            position += 1
            open.append(false)
            return next() == UInt8(ascii: "]") ? afterValue() : true
        case UInt8(ascii: "{"):
            position += 1
            open.append(true)
            return next() == UInt8(ascii: "}") ? afterValue() : key()
        case UInt8(ascii: "\""): return string() && afterValue()
        case UInt8(ascii: "t"): return word("true") && afterValue()
        case UInt8(ascii: "f"): return word("false") && afterValue()
        case UInt8(ascii: "n"): return word("null") && afterValue()
        default: return number() && afterValue()
        }
    }

    private mutating func afterValue() -> Bool {
        while let isObject = open.last {
            let byte = next()
            position += 1
            if byte == UInt8(ascii: ",") { return isObject ? key() : true }
            guard byte == UInt8(ascii: isObject ? "}" : "]") else { return false }
            open.removeLast()
        }
        return true
    }

    private mutating func key() -> Bool {
        guard next() == UInt8(ascii: "\""), string(), next() == UInt8(ascii: ":") else { return false }
        position += 1
        return true
    }

    // MARK: Scalars

    private mutating func string() -> Bool {
        position += 1
        while let byte = peek(), byte >= 0x20 {
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte == UInt8(ascii: "\\"), !escape() { return false }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let byte = peek() else { return false }
        position += 1
        guard byte == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(byte) }
        for _ in 0..<4 {
            guard let digit = peek(), isDigit(digit) || (0x61...0x66).contains(digit | 0x20) else { return false }
            position += 1
        }
        return true
    }

    private mutating func number() -> Bool {
        take("-")
        let isZero = peek() == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return false }
        if take("."), digits() == 0 { return false }
        guard take("e") || take("E") else { return true }
        if !take("+") { take("-") }
        return digits() > 0
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek(), isDigit(byte) { position += 1 }
        return position - start
    }

    private mutating func word(_ text: StaticString) -> Bool {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        defer { position = end }
        return text.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
    }

    // MARK: Bytes

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    @discardableResult private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    /// The next byte that is not white space.
    private mutating func next() -> UInt8? {
        while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
        return peek()
    }
}
