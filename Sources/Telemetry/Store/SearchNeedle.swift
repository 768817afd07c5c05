/// A text that is looked for in others; upper and lower case are one.
package struct SearchNeedle: Sendable {
    /// The text in lower case.
    private let bytes: [UInt8]
    private let isASCII: Bool
    /// The text as part of a hexadecimal id, and how many digits it has; no digits where it cannot be one.
    private let idPart: (value: UInt64, digits: Int)
    /// Whether the text could be part of a whole number.
    let canBeNumber: Bool

    /// Prepares a text.
    package init(_ text: String) {
        bytes = Array(text.lowercased().utf8)
        isASCII = bytes.allSatisfy { $0 < 0x80 }
        canBeNumber = bytes.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
        let isID =
            bytes.count <= 16
            && bytes.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
        idPart = isID ? (UInt64(String(decoding: bytes, as: UTF8.self), radix: 16) ?? 0, bytes.count) : (0, 0)
    }

    /// Whether there is nothing to look for.
    package var isEmpty: Bool { bytes.isEmpty }

    /// Whether the sixteen digits of an id hold the text.
    func isPart(ofID id: UInt64) -> Bool {
        guard idPart.digits > 0 else { return false }
        let mask = UInt64.max >> UInt64(64 - 4 * idPart.digits)
        for shift in stride(from: 0, through: 64 - 4 * idPart.digits, by: 4)
        where id >> UInt64(shift) & mask == idPart.value {
            return true
        }
        return false
    }

    func isFound(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { isFound(in: UnsafeRawBufferPointer($0)) }
    }

    /// Whether a text in UTF-8 holds the needle; only what is not ASCII goes the long way of Unicode's lower case.
    func isFound(in text: UnsafeRawBufferPointer) -> Bool {
        var seen: UInt8 = 0
        for byte in text { seen |= byte }
        guard seen >= 0x80 else { return isASCII && isHeld(by: text) }
        return Array(String(decoding: text, as: UTF8.self).lowercased().utf8).withUnsafeBytes { isHeld(by: $0) }
    }

    private func isHeld(by text: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBufferPointer { wanted in
            guard let first = wanted.first, text.count >= wanted.count else { return false }
            for start in 0...text.count - wanted.count where Self.lower(text[start]) == first {
                var length = 1
                while length < wanted.count, Self.lower(text[start + length]) == wanted[length] { length += 1 }
                if length == wanted.count { return true }
            }
            return false
        }
    }

    /// A letter of ASCII in lower case; other bytes, those of longer characters too, as they are.
    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
