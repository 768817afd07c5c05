import Telemetry

/// What two older tracing formats have in common: microseconds and ids with fewer digits.
enum LegacyUnits {
    /// Nanoseconds from microseconds; `nil` when they are past the year 2554.
    static func nanoseconds(microseconds: UInt64) -> UInt64? {
        let (nanoseconds, over) = microseconds.multipliedReportingOverflow(by: 1000)
        return over ? nil : nanoseconds
    }

    /// The number that up to 32 hexadecimal digits in either case spell; `nil` for any other text.
    static func hexadecimal(_ text: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        guard !text.isEmpty, text.count <= 32 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in text {
            guard let digit = hexDigit(byte) else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return (high, low)
    }
}

extension JSONReader {
    /// Reads a time or a duration in microseconds as nanoseconds; `nil` when it is negative or too large.
    mutating func microseconds() throws(DecodingError) -> UInt64? {
        if significant() == UInt8(ascii: "-") {
            try skipNumber()
            return nil
        }
        return LegacyUnits.nanoseconds(microseconds: try uint64())
    }

    /// Adds an attribute of any JSON value: a string, number or truth value as such, a list or an object as its text.
    mutating func addAttribute(_ key: Symbol, to batch: inout SpanBatch) throws(DecodingError) {
        switch try kind() {
        case .string: batch.addAttribute(key, string: try string())
        case .bool: batch.addAttribute(key, bool: try bool())
        case .number:
            let (int, double) = try number()
            if let int { batch.addAttribute(key, int: int) } else { batch.addAttribute(key, double: double) }
        case .null:
            try literal("null")
            batch.addAttribute(key, value: .empty)
        case .object, .array:
            let start = position
            try skip()
            batch.addAttribute(key, string: slice(start, position - start))
        }
    }
}

extension StaticString {
    /// The text's bytes.
    var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
