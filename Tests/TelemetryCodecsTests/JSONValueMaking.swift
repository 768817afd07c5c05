import Foundation
import TelemetryCodecs

/// A JSON text read whole, for comparing the reader with others.
indirect enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// Reads a text with the reader under test.
    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        try bytes.withUnsafeBytes { raw in
            var reader = JSONReader(raw, format: "JSON")
            let value = try read(&reader)
            try reader.finish()
            return value
        }
    }

    private static func read(_ reader: inout JSONReader) throws -> JSONValue {
        switch try reader.kind() {
        case .null:
            _ = try reader.takeNull()
            return .null
        case .bool: return .bool(try reader.bool())
        case .number: return .number(try reader.double())
        case .string: return .string(String(decoding: try reader.string(), as: UTF8.self))
        case .array:
            var values: [JSONValue] = []
            var more = try reader.beginArray()
            while more {
                values.append(try read(&reader))
                more = try reader.nextElement()
            }
            return .list(values)
        case .object:
            var members: [String: JSONValue] = [:]
            var more = try reader.beginObject()
            while more {
                let key = String(decoding: try reader.keyText(), as: UTF8.self)
                members[key] = try read(&reader)
                more = try reader.nextMember()
            }
            return .object(members)
        }
    }

    /// Whether both are the same but for the last digit of numbers: Foundation rounds twice, by way of a decimal.
    func isClose(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.number(let a), .number(let b)): abs(a - b) <= abs(b) * 1e-15
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isClose(to: $1) }
        case (.object(let a), .object(let b)):
            a.count == b.count && a.allSatisfy { key, value in b[key].map(value.isClose(to:)) ?? false }
        default: self == other
        }
    }

    /// Takes over what Foundation has read.
    init(foundation value: Any) {
        switch value {
        case let text as String: self = .string(text)
        case let list as [Any]: self = .list(list.map(JSONValue.init(foundation:)))
        case let object as [String: Any]: self = .object(object.mapValues(JSONValue.init(foundation:)))
        case let number as NSNumber:
            self = CFBooleanLike.isBool(number) ? .bool(number.boolValue) : .number(number.doubleValue)
        default: self = .null
        }
    }
}

private enum CFBooleanLike {
    static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}

/// SplitMix64: the same numbers from the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var x = state
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }
}

/// Writes random JSON texts, and rewrites given ones, as no writer would but every reader must take.
struct JSONTextMaker {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    mutating func space() -> String {
        chance(4) ? ["", " ", "\n", "\t", "\r\n", "    "].randomElement(using: &random) ?? "" : ""
    }

    /// A random document, at most `depth` lists and objects deep.
    mutating func document(depth: Int) -> String {
        space() + value(depth: depth) + space()
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: return "null"
        case 1: return Bool.random(using: &random) ? "true" : "false"
        case 2: return number()
        case 3, 4: return quoted(text())
        case 5, 6:
            var members: [String] = []
            for index in 0..<Int.random(in: 0..<5, using: &random) {
                members.append(
                    space() + quoted("\(index)" + text()) + space() + ":" + space() + value(depth: depth - 1))
            }
            return "{" + members.joined(separator: space() + ",") + space() + "}"
        default:
            var elements: [String] = []
            for _ in 0..<Int.random(in: 0..<5, using: &random) { elements.append(space() + value(depth: depth - 1)) }
            return "[" + elements.joined(separator: space() + ",") + space() + "]"
        }
    }

    mutating func number() -> String {
        var text = chance(3) ? "-" : ""
        let digits = Int.random(in: 1...(chance(8) ? 24 : 9), using: &random)
        text += chance(5) ? "0" : String(Int.random(in: 1...9, using: &random))
        if text.last != "0" { for _ in 1..<digits { text += String(Int.random(in: 0...9, using: &random)) } }
        if chance(3) {
            text += "."
            for _ in 0..<digits { text += String(Int.random(in: 0...9, using: &random)) }
        }
        if chance(4) {
            text += ["e", "E", "e+", "E-", "e-"].randomElement(using: &random) ?? "e"
            text += String(Int.random(in: 0...40, using: &random))
        }
        return text
    }

    mutating func text() -> String {
        let alphabet: [Character] = [
            "a", "Z", "9", " ", "\"", "\\", "/", "\n", "\u{1}", "ä", "€", "😀", "\u{7F}", "{", "]",
        ]
        let count = Int.random(in: 0..<20, using: &random)
        return String((0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }

    /// A string as JSON, with more escapes than needed.
    mutating func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar.value < 0x20 || chance(6) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else if scalar == "/", chance(2) {
                out += "\\/"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// A value with its keys shuffled, escapes and white space added and unknown members put in.
    mutating func rewritten(_ value: Any, unknowns: Bool = true) -> String {
        switch value {
        case let text as String: return quoted(text)
        case let list as [Any]:
            var elements: [String] = []
            for element in list { elements.append(space() + rewritten(element, unknowns: unknowns)) }
            return "[" + elements.joined(separator: space() + ",") + space() + "]"
        case let object as [String: Any]:
            var members: [String] = []
            for (key, member) in object.sorted(by: { $0.key < $1.key }) {
                members.append(quoted(key) + space() + ":" + space() + rewritten(member, unknowns: unknowns))
            }
            if unknowns, chance(4) { members.append("\"unknown\":" + document(depth: 2)) }
            if unknowns, chance(6) { members.append("\"name\":null") }
            members.shuffle(using: &random)
            return "{" + members.map { space() + $0 }.joined(separator: ",") + space() + "}"
        case let number as NSNumber:
            if CFBooleanLike.isBool(number) { return number.boolValue ? "true" : "false" }
            return number.stringValue
        default: return "null"
        }
    }
}
