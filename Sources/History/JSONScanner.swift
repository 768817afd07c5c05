import Journeys

/// Reads JSON from front to back and knows the line it is on and the field it is in.
struct JSONScanner {
    private let bytes: [UInt8]
    private let file: String
    private var place = 0
    private var line = 1
    private var path: [String] = []

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// An error at this place.
    func wrong(_ problem: String) -> HistoryError {
        let field = path.reduce(into: "") { text, step in
            text += step.hasPrefix("[") || text.isEmpty ? step : "." + step
        }
        return HistoryError(.badInput, "\(file):\(line): \(field.isEmpty ? "" : field + ": ")\(problem)")
    }

    private mutating func skipSpace() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x0A:
                line += 1
                place += 1
            case 0x20, 0x09, 0x0D: place += 1
            default: return
            }
        }
    }

    /// The next byte that is not white space; nil at the end.
    private mutating func peek() -> UInt8? {
        skipSpace()
        return place < bytes.count ? bytes[place] : nil
    }

    private var found: String {
        guard place < bytes.count else { return "the end" }
        let rest = bytes[place..<min(bytes.count, place + 24)].prefix { $0 != 0x0A && $0 != 0x0D }
        return "\"" + String(decoding: rest, as: UTF8.self) + "\""
    }

    private mutating func expect(_ character: Character) throws(HistoryError) {
        guard peek() == character.asciiValue else { throw wrong("expected \"\(character)\", found \(found)") }
        place += 1
    }

    /// Reads an object; `body` reads the value of every key, or skips it.
    mutating func object(_ body: (inout JSONScanner, String) throws(HistoryError) -> Void) throws(HistoryError) {
        try expect("{")
        if peek() == UInt8(ascii: "}") {
            place += 1
            return
        }
        var keys: Set<String> = []
        while true {
            let key = try string()
            guard keys.insert(key).inserted else { throw wrong("the key \"\(key)\" stands here twice") }
            try expect(":")
            path.append(key)
            try body(&self, key)
            path.removeLast()
            guard peek() == UInt8(ascii: ",") else { return try expect("}") }
            place += 1
        }
    }

    /// Reads an array; `body` reads every element.
    mutating func array(_ body: (inout JSONScanner) throws(HistoryError) -> Void) throws(HistoryError) {
        try expect("[")
        if peek() == UInt8(ascii: "]") {
            place += 1
            return
        }
        var number = 0
        while true {
            path.append("[\(number)]")
            try body(&self)
            path.removeLast()
            number += 1
            guard peek() == UInt8(ascii: ",") else { return try expect("]") }
            place += 1
        }
    }

    /// Whether the next value is `null`, which is then read.
    mutating func isNull() throws(HistoryError) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        guard bytes[place...].starts(with: Array("null".utf8)) else { throw wrong("expected null, found \(found)") }
        place += 4
        return true
    }

    /// Reads a whole number from zero on.
    mutating func unsigned() throws(HistoryError) -> UInt64 {
        let text = try number("a whole number from 0 to 18446744073709551615")
        guard let value = UInt64(text), text.first != "+" else {
            throw wrong("expected a whole number from 0 to 18446744073709551615, found \(text)")
        }
        return value
    }

    /// Reads a whole number within bounds.
    mutating func signed(_ bounds: ClosedRange<Int64>) throws(HistoryError) -> Int64 {
        let words = "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        let text = try number(words)
        guard let value = Int64(text), text.first != "+", bounds.contains(value) else {
            throw wrong("expected \(words), found \(text)")
        }
        return value
    }

    private mutating func number(_ words: String) throws(HistoryError) -> String {
        _ = peek()
        let begin = place
        while place < bytes.count {
            let byte = bytes[place]
            let belongs = byte >= 0x30 && byte <= 0x39 || byte == 0x2D || byte == 0x2B || byte == 0x2E
            guard belongs || byte == 0x65 || byte == 0x45 else { break }
            place += 1
        }
        guard place > begin else { throw wrong("expected \(words), found \(found)") }
        return String(decoding: bytes[begin..<place], as: UTF8.self)
    }

    /// Reads a string.
    mutating func string() throws(HistoryError) -> String {
        guard peek() == UInt8(ascii: "\"") else { throw wrong("expected a string, found \(found)") }
        let begin = place
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            guard bytes[place] >= 0x20 else { throw wrong("a control character within a string") }
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < bytes.count else { throw wrong("a string without an end") }
        place += 1
        let text = "[" + String(decoding: bytes[begin..<place], as: UTF8.self) + "]"
        guard let value = TextList.texts(text)?.first else { throw wrong("a string that cannot be read") }
        return value
    }

    /// Reads any value and gives it back as it stands.
    mutating func raw() throws(HistoryError) -> String {
        _ = peek()
        let begin = place
        var depth = 0
        repeat {
            switch peek() {
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                place += 1
                continue
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                place += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw wrong("expected a value, found \(found)") }
                place += 1
                continue
            case nil: throw wrong("expected a value, found the end")
            default:
                let start = place
                while place < bytes.count, !",:]}[{\" \t\r\n".utf8.contains(bytes[place]) { place += 1 }
                guard place > start else { throw wrong("expected a value, found \(found)") }
            }
        } while depth > 0
        guard depth == 0 else { throw wrong("expected a value") }
        return String(decoding: bytes[begin..<place], as: UTF8.self)
    }

    /// Checks that nothing comes any more.
    mutating func end() throws(HistoryError) {
        guard peek() == nil else { throw wrong("expected the end, found \(found)") }
    }
}
