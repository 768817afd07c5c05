/// The text of a filter as bytes, with a place in it.
struct FilterScanner {
    let bytes: [UInt8]
    var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position >= bytes.count }

    /// The byte `offset` places on; nil past the end.
    func peek(_ offset: Int = 0) -> UInt8? {
        let index = position + offset
        return index < bytes.count ? bytes[index] : nil
    }

    func next(is scalar: Unicode.Scalar) -> Bool { peek() == UInt8(ascii: scalar) }

    mutating func skipSpace() {
        while let byte = peek(), FilterScanner.isSpace(byte) { position += 1 }
    }

    /// Steps over `text` if it stands here.
    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { return false }
        position += count
        return true
    }

    /// Takes bytes while they satisfy `isPart`, and gives where they stood.
    mutating func takeRun(_ isPart: (UInt8) -> Bool) -> Range<Int> {
        let start = position
        while let byte = peek(), isPart(byte) { position += 1 }
        return start..<position
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    // MARK: - Classes of bytes

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    static func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
    }

    /// A byte that operators are made of.
    static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "~"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// A byte of a bare word: neither white space, quote, bracket, brace, comma nor operator.
    static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: "&"), UInt8(ascii: "|"):
            false
        default: !isSpace(byte) && !isQuote(byte) && !isOperator(byte)
        }
    }

    /// A byte of a bare value; where a value stands, a colon can only be part of it (`host=db:5432`).
    static func isBareValue(_ byte: UInt8) -> Bool { isBare(byte) || byte == UInt8(ascii: ":") }

    // MARK: - Quoted text

    /// Takes a quoted text; nil when its end is missing.
    ///
    /// Between `"` or `'` a backslash stands before a quote or backslash, and `\n`, `\r`, `\t` are what they are
    /// everywhere; other backslashes are themselves, so that `"\d+"` needs no second one. Between backticks all
    /// is literal.
    mutating func takeQuoted() -> String? {
        guard let quote = peek() else { return nil }
        position += 1
        var content: [UInt8] = []
        while let byte = peek() {
            position += 1
            if byte == quote { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`"), let escaped = unescaped(peek()) {
                content.append(escaped)
                position += 1
            } else {
                content.append(byte)
            }
        }
        return nil
    }

    private func unescaped(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "\\"): byte
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }
}
