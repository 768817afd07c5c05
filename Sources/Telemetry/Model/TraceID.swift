/// The 16 bytes that identify a trace, as two big-endian halves.
///
/// All zero is invalid in OpenTelemetry and means "no trace" here.
package struct TraceID: Hashable, Sendable, Comparable, BitwiseCopyable {
    /// The first eight bytes, most significant first. Zero for 64-bit ids of older systems.
    package let high: UInt64
    /// The last eight bytes; the random part that sampling looks at.
    package let low: UInt64

    /// Makes an id from its two halves.
    @inlinable @inline(__always) package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 1 to 32 hexadecimal digits in either case; `nil` for anything else.
    package init?(hex: String) {
        guard let value = hexadecimal(hex, maximumDigits: 32) else { return nil }
        self.init(high: value.high, low: value.low)
    }

    /// Whether every byte is zero.
    @inlinable @inline(__always) package var isZero: Bool { high | low == 0 }

    /// The 32 lower-case hexadecimal digits.
    package var hex: String { paddedHex(high) + paddedHex(low) }

    /// Orders ids like their hexadecimal text.
    @inlinable package static func < (a: TraceID, b: TraceID) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }
}

/// The 8 bytes that identify a span within its trace; zero means "none".
package struct SpanID: Hashable, Sendable, Comparable, BitwiseCopyable {
    /// The eight bytes, most significant first.
    package let value: UInt64

    /// Makes an id from its bytes read as a big-endian number.
    @inlinable @inline(__always) package init(_ value: UInt64) { self.value = value }

    /// Reads 1 to 16 hexadecimal digits in either case; `nil` for anything else.
    package init?(hex: String) {
        guard let value = hexadecimal(hex, maximumDigits: 16) else { return nil }
        self.init(value.low)
    }

    /// Whether every byte is zero: no span.
    @inlinable @inline(__always) package var isZero: Bool { value == 0 }

    /// The 16 lower-case hexadecimal digits.
    package var hex: String { paddedHex(value) }

    /// Orders ids like their hexadecimal text.
    @inlinable package static func < (a: SpanID, b: SpanID) -> Bool { a.value < b.value }
}

private func paddedHex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

private func hexadecimal(_ text: String, maximumDigits: Int) -> (high: UInt64, low: UInt64)? {
    guard !text.isEmpty, text.utf8.count <= maximumDigits else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for byte in text.utf8 {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        default: return nil
        }
        high = high << 4 | low >> 60
        low = low << 4 | UInt64(digit)
    }
    return (high, low)
}
