/// A number's text taken apart: mantissa · 10^exponent, and where it stands.
private struct Decimal {
    var negative = false
    var mantissa: UInt64 = 0
    var exponent = 0
    /// Whether digits other than zero did not fit the mantissa.
    var isCut = false
    /// Whether any digit did not fit.
    var isFull = false
    var start = 0
    var end = 0

    /// Takes one digit; digits past the mantissa's room move the exponent.
    @inline(__always) mutating func append(_ digit: UInt8, fraction: Bool) {
        let (tenfold, over) = mantissa.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit))
        if over || carry || isFull {
            // Once a digit is left out all later ones are, even where they would fit again.
            isFull = true
            isCut = isCut || digit != 0
            if !fraction { exponent &+= 1 }
            return
        }
        mantissa = sum
        if fraction { exponent &-= 1 }
    }

    /// The whole number's magnitude; `nil` when it is not whole or does not fit.
    var magnitude: UInt64? {
        guard !isCut else { return nil }
        var value = mantissa
        var exponent = exponent
        if value == 0 { return 0 }
        while exponent < 0 {
            guard value % 10 == 0 else { return nil }
            value /= 10
            exponent += 1
        }
        while exponent > 0 {
            let (tenfold, over) = value.multipliedReportingOverflow(by: 10)
            if over { return nil }
            value = tenfold
            exponent -= 1
        }
        return value
    }
}

/// The powers of ten that a double holds exactly.
private let exactPowers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]

extension JSONReader {
    /// Reads a whole number from 0 to 2^64−1, written as a number or as a string; `1e3` and `2.0` are whole.
    package mutating func uint64() throws(DecodingError) -> UInt64 {
        if let value = usualNumber(quotable: true) { return value }
        if try isEscaped() { return try unescaped { (reader) throws(DecodingError) in try reader.uint64() } }
        let number = try decimal(quotable: true)
        guard let value = number.magnitude, !number.negative || value == 0 else {
            throw failure(at: number.start, "expected a whole number from 0 to 2^64-1, read \(text(number))")
        }
        return value
    }

    /// Reads a whole number from −2^63 to 2^63−1, written as a number or as a string.
    package mutating func int64() throws(DecodingError) -> Int64 {
        let start = position
        if let value = usualNumber(quotable: true), let signed = Int64(exactly: value) { return signed }
        position = start
        if try isEscaped() { return try unescaped { (reader) throws(DecodingError) in try reader.int64() } }
        let number = try decimal(quotable: true)
        if let value = number.magnitude, let signed = signed(value, number.negative) { return signed }
        throw failure(at: number.start, "expected a whole number from -2^63 to 2^63-1, read \(text(number))")
    }

    /// Reads a whole number of 32 bits, written as a number and not as a string, as enums are.
    package mutating func enumNumber() throws(DecodingError) -> Int32 {
        guard significant() != UInt8(ascii: "\"") else {
            throw unexpected("an enum as an integer, not as a name")
        }
        let start = position
        if let value = usualNumber(quotable: false), let small = Int32(exactly: value) { return small }
        position = start
        let number = try decimal(quotable: false)
        if let value = number.magnitude, let signed = signed(value, number.negative), let small = Int32(exactly: signed)
        {
            return small
        }
        throw failure(at: number.start, "expected an enum as an integer of 32 bits, read \(text(number))")
    }

    /// Reads a floating point number, written as a number, as a number in a string, or as `"NaN"`, `"Infinity"` or
    /// `"-Infinity"`.
    package mutating func double() throws(DecodingError) -> Double {
        if significant() == UInt8(ascii: "\"") {
            let start = position
            let word = try string()
            if JSONKey(word, at: 0, count: word.count).is("NaN") { return .nan }
            if JSONKey(word, at: 0, count: word.count).is("Infinity") { return .infinity }
            if JSONKey(word, at: 0, count: word.count).is("-Infinity") { return -.infinity }
            position = start
        }
        if try isEscaped() { return try unescaped { (reader) throws(DecodingError) in try reader.double() } }
        return try value(decimal(quotable: true))
    }

    /// Reads a number as an integer when it is written without fraction and exponent and fits, else as a double.
    package mutating func number() throws(DecodingError) -> (int: Int64?, double: Double) {
        let number = try decimal(quotable: false)
        let isPlain = slice(number.start, number.end - number.start).allSatisfy { $0 < 0x3A && $0 != 0x2E }
        let int = isPlain ? number.magnitude.flatMap { signed($0, number.negative) } : nil
        return (int, try value(number))
    }

    /// Whether a string with escapes is next; no writer escapes digits, but any may.
    @inline(__always) private mutating func isEscaped() throws(DecodingError) -> Bool {
        guard significant() == UInt8(ascii: "\"") else { return false }
        return try scanString(from: position &+ 1).escaped
    }

    /// Reads a number from the text of a string without its escapes.
    private mutating func unescaped<R>(
        _ read: (inout JSONReader) throws(DecodingError) -> R
    ) throws(DecodingError) -> R {
        let start = position
        let text = try string()
        var inner = JSONReader(text, format: format)
        guard let first = text.first, first == UInt8(ascii: "-") || (first &- UInt8(ascii: "0")) < 10,
            let value = try? read(&inner), inner.position == text.count
        else {
            throw failure(
                at: start,
                "expected a number within the quotes, read \(String(decoding: text.prefix(64), as: UTF8.self))")
        }
        return value
    }

    private func signed(_ magnitude: UInt64, _ negative: Bool) -> Int64? {
        if !negative { return Int64(exactly: magnitude) }
        return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }

    private func value(_ number: Decimal) throws(DecodingError) -> Double {
        if !number.isCut, !number.isFull, number.mantissa <= 1 << 53, abs(number.exponent) < exactPowers.count {
            // Both factors are exact, so one rounding gives the nearest double.
            let power = exactPowers[abs(number.exponent)]
            let magnitude = number.exponent < 0 ? Double(number.mantissa) / power : Double(number.mantissa) * power
            return number.negative ? -magnitude : magnitude
        }
        let digits = String(decoding: slice(number.start, number.end - number.start), as: UTF8.self)
        guard let double = Double(digits), double.isFinite else {
            throw failure(at: number.start, "a number too large for a double: \(text(number))")
        }
        return double
    }

    private func text(_ number: Decimal) -> String {
        String(decoding: slice(number.start, min(number.end - number.start, 1024)), as: UTF8.self)
    }

    /// Reads a number's text, within quotes when they are allowed and there.
    private mutating func decimal(quotable: Bool) throws(DecodingError) -> Decimal {
        guard significant() == UInt8(ascii: "\""), quotable else {
            let number = try scanNumber(from: position)
            position = number.end
            return number
        }
        let number = try scanNumber(from: position &+ 1)
        guard number.end < count, bytes[number.end] == UInt8(ascii: "\"") else {
            throw failure(at: number.end, "expected a number within the quotes, read \(found(at: number.end))")
        }
        position = number.end &+ 1
        return number
    }

    /// Consumes a number without converting it.
    mutating func skipNumber() throws(DecodingError) {
        position = try scanNumber(from: position).end
    }

    private func scanNumber(from start: Int) throws(DecodingError) -> Decimal {
        var number = Decimal()
        number.start = start
        var i = start
        if i < count, bytes[i] == UInt8(ascii: "-") {
            number.negative = true
            i &+= 1
        }
        let integer = i
        while let digit = digit(at: i) {
            number.append(digit, fraction: false)
            i &+= 1
        }
        guard i > integer else { throw failure(at: i, "expected a number, read \(found(at: i))") }
        if bytes[integer] == UInt8(ascii: "0"), i > integer &+ 1 {
            throw failure(at: integer, "a number must not begin with a zero before other digits")
        }
        if i < count, bytes[i] == UInt8(ascii: ".") {
            i &+= 1
            let fraction = i
            while let digit = digit(at: i) {
                number.append(digit, fraction: true)
                i &+= 1
            }
            guard i > fraction else { throw failure(at: i, "expected a digit after '.', read \(found(at: i))") }
        }
        number.end = i
        if i < count, bytes[i] | 0x20 == UInt8(ascii: "e") { try scanExponent(from: i &+ 1, &number) }
        return number
    }

    private func scanExponent(from start: Int, _ number: inout Decimal) throws(DecodingError) {
        var i = start
        var negative = false
        if i < count, bytes[i] == UInt8(ascii: "-") || bytes[i] == UInt8(ascii: "+") {
            negative = bytes[i] == UInt8(ascii: "-")
            i &+= 1
        }
        let digits = i
        var exponent = 0
        while let digit = digit(at: i) {
            exponent = min(exponent * 10 + Int(digit), 1_000_000)
            i &+= 1
        }
        guard i > digits else { throw failure(at: i, "expected a digit in an exponent, read \(found(at: i))") }
        number.exponent += negative ? -exponent : exponent
        number.end = i
    }

    @inline(__always) private func digit(at offset: Int) -> UInt8? {
        guard offset < count else { return nil }
        let digit = bytes[offset] &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }
}
