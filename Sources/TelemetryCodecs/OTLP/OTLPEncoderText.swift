/// The pieces of JSON text that OTLP needs.
struct OTLPEncoderText {
    private(set) var bytes: [UInt8] = []

    /// Text that is JSON already.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Text that is JSON already, put together from numbers.
    mutating func built(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// A string of valid UTF-8, quoted; everything but quotes, backslashes and controls stays as it is.
    mutating func string(_ text: some Sequence<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x0A: raw("\\n")
            case 0x0D: raw("\\r")
            case 0x09: raw("\\t")
            case 0..<0x20:
                raw("\\u00")
                bytes.append(digit(byte >> 4))
                bytes.append(digit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Sixteen lower-case hexadecimal digits.
    mutating func hex(_ value: UInt64) {
        for i in 0..<16 { bytes.append(digit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * i)) & 15)) }
    }

    /// The shortest number that reads back the same; what JSON has no number for as the strings of protobuf's JSON.
    mutating func double(_ value: Double) {
        if value.isNaN {
            raw("\"NaN\"")
        } else if value.isInfinite {
            raw(value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    /// Base64 with the standard alphabet and padding (RFC 4648, section 4), without quotes.
    mutating func base64(_ data: [UInt8]) {
        var i = 0
        while i < data.count {
            let group = data[i..<min(i + 3, data.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let six = UInt8(truncatingIfNeeded: bits >> UInt32(18 - 6 * place)) & 63
                bytes.append(place <= group.count ? sextet(six) : UInt8(ascii: "="))
            }
            i += 3
        }
    }

    private func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : value - 10 + UInt8(ascii: "a")
    }

    private func sextet(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: value - 26 + UInt8(ascii: "a")
        case 52..<62: value - 52 + UInt8(ascii: "0")
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
