/// The value of an attribute, as OpenTelemetry's `AnyValue` defines it.
package indirect enum AttributeValue: Hashable, Sendable {
    case empty
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AttributeValue])
    case map([Attribute])

    /// The value as people read it: text without quotes, lists and maps as JSON, bytes in hexadecimal.
    package var text: String {
        switch self {
        case .empty: ""
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
        case .bytes(let bytes): hex(bytes)
        case .array, .map: json
        }
    }

    /// The value as JSON text; nested values deeper than the codecs accept cannot occur.
    package var json: String {
        switch self {
        case .empty: return "null"
        case .string(let text): return quoted(text)
        case .bool, .int, .double: return text
        case .bytes(let bytes): return quoted(hex(bytes))
        case .array(let values): return "[" + values.map(\.json).joined(separator: ",") + "]"
        case .map(let pairs):
            return "{" + pairs.map { quoted($0.key) + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }
}

/// One key with its value.
package struct Attribute: Hashable, Sendable {
    /// The key, such as `http.route`.
    package var key: String
    /// What the telemetry says for that key.
    package var value: AttributeValue

    /// Makes a pair.
    package init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }
}

private func hex(_ bytes: [UInt8]) -> String {
    var text = ""
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        if byte < 16 { text += "0" }
        text += String(byte, radix: 16)
    }
    return text
}

private func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        case let control where control.value < 0x20:
            let digits = String(control.value, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}
