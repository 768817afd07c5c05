/// Reads decimal numbers exactly, without a detour over binary fractions.
///
/// `99.95` has no exact binary value; a promise is judged to the last run, so it is kept as an integer.
package enum DecimalText {
    /// Why a text is not a number of the wanted form.
    package enum Failure: Error, Hashable, Sendable {
        /// It is not digits with at most one point between them.
        case notANumber
        /// It has more decimals than can be kept.
        case tooPrecise(decimals: Int)
        /// It does not fit 64 bits.
        case tooLarge
    }

    /// The value of a plain decimal number times `10^decimals`.
    ///
    /// - Throws: ``Failure`` when the text is anything but digits with one optional point, has more significant
    ///   decimals than `decimals`, or does not fit.
    package static func scaled(_ text: some StringProtocol, decimals: Int) throws(Failure) -> UInt64 {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.utf8.allSatisfy(isDigit) else { throw .notANumber }
        var fraction: [UInt8] = []
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy(isDigit) else { throw .notANumber }
            fraction = Array(parts[1].utf8)
            while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        }
        guard fraction.count <= decimals else { throw .tooPrecise(decimals: decimals) }
        fraction += [UInt8](repeating: UInt8(ascii: "0"), count: decimals - fraction.count)
        var value: UInt64 = 0
        for digit in Array(whole.utf8) + fraction {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !over, !carry else { throw .tooLarge }
            value = sum
        }
        return value
    }

    /// Writes a scaled value back without needless zeros: 99_950_000 with 6 decimals is `99.95`.
    package static func text(_ value: UInt64, decimals: Int) -> String {
        var digits = Array(String(value))
        while digits.count <= decimals { digits.insert("0", at: 0) }
        let whole = String(digits.dropLast(decimals))
        var fraction = Array(digits.suffix(decimals))
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? whole : whole + "." + String(fraction)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}

/// An exact share between 0 and 1, in parts per billion.
package struct ExactShare: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// One, in parts per billion.
    package static let whole: UInt64 = 1_000_000_000
    /// The share, from 0 to 1,000,000,000.
    package let partsPerBillion: UInt64

    /// Makes a share; more than the whole is cut to it.
    package init(partsPerBillion: UInt64) {
        self.partsPerBillion = min(partsPerBillion, ExactShare.whole)
    }

    /// Reads a percentage such as `99.95%`.
    ///
    /// - Throws: ``DecimalText/Failure`` when it has no percent sign, is over 100 % or has more than 7 decimals.
    package init(percentage text: String) throws(DecimalText.Failure) {
        guard text.hasSuffix("%") else { throw .notANumber }
        let value = try DecimalText.scaled(text.dropLast(), decimals: 7)
        guard value <= ExactShare.whole else { throw .tooLarge }
        partsPerBillion = value
    }

    /// What is left to the whole: the share of runs that may be bad.
    package var rest: ExactShare { ExactShare(partsPerBillion: ExactShare.whole - partsPerBillion) }

    /// The share as a binary fraction, for drawing only.
    package var fraction: Double { Double(partsPerBillion) / Double(ExactShare.whole) }

    /// A percentage, such as `99.95%`.
    package var description: String { DecimalText.text(partsPerBillion, decimals: 7) + "%" }

    /// Orders shares by size.
    package static func < (one: ExactShare, other: ExactShare) -> Bool {
        one.partsPerBillion < other.partsPerBillion
    }
}

/// A burn factor such as 14.4, kept in thousandths.
package struct BurnFactor: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The factor times 1,000.
    package let thousandths: UInt64

    /// Makes a factor from thousandths.
    package init(thousandths: UInt64) {
        self.thousandths = thousandths
    }

    /// Reads a factor such as `14.4`, `14.4x` or `14.4×`.
    ///
    /// - Throws: ``DecimalText/Failure`` when it is not a number with at most three decimals.
    package init(text: String) throws(DecimalText.Failure) {
        let number = text.hasSuffix("×") || text.hasSuffix("x") ? String(text.dropLast()) : text
        thousandths = try DecimalText.scaled(number, decimals: 3)
    }

    /// Whether a share of bad runs of at most 1 can ever reach this factor times the error budget of a target.
    package func isReachable(for target: ExactShare) -> Bool {
        let (product, overflow) = thousandths.multipliedReportingOverflow(by: target.rest.partsPerBillion)
        return !overflow && product <= 1_000 * ExactShare.whole
    }

    /// The factor as a binary fraction.
    package var value: Double { Double(thousandths) / 1_000 }

    /// The factor with its sign, such as `14.4×`.
    package var description: String { DecimalText.text(thousandths, decimals: 3) + "×" }

    /// Orders factors by size.
    package static func < (one: BurnFactor, other: BurnFactor) -> Bool {
        one.thousandths < other.thousandths
    }
}
