import Telemetry

/// For how many runs one sampled run stands, in fixed point.
///
/// OpenTelemetry's consistent probability sampling writes the rejection threshold of a span into its trace state
/// (`ot=th:`), and the span stands for `2^56 / (2^56 − threshold)` runs. Sums of binary fractions would depend on the
/// order in which spans arrive, so weights are whole numbers of 2⁻²⁴ runs; sums that would overflow stay at the limit,
/// which does not depend on the order either.
package struct RunWeight: Sendable, Hashable, Comparable {
    /// The weight in units of 2⁻²⁴ runs.
    package let units: UInt64

    /// How many binary digits stand behind the point.
    package static let fractionBits = 24
    /// The weight of a run that was not sampled.
    package static let one = RunWeight(units: 1 << fractionBits)
    /// The greatest weight: about 69 billion runs.
    package static let largest = RunWeight(units: 1 << 60)

    /// Makes a weight from units of 2⁻²⁴ runs.
    package init(units: UInt64) {
        self.units = min(units, 1 << 60)
    }

    /// The weight of a rejection threshold of 56 bits; more than that counts as the largest.
    package init(threshold: UInt64) {
        let whole: UInt64 = 1 << 56
        guard threshold < whole else {
            self = .largest
            return
        }
        let kept = UInt128(whole - threshold)
        let exact = ((UInt128(whole) << UInt128(RunWeight.fractionBits)) + kept / 2) / kept
        self.init(units: exact > UInt128(RunWeight.largest.units) ? RunWeight.largest.units : UInt64(exact))
    }

    /// The weight that a trace state names; one where it names none that can be read.
    package init(traceState: some StringProtocol) {
        self = RunWeight.threshold(in: traceState).map { RunWeight(threshold: $0) } ?? .one
    }

    /// The weight in runs.
    package var runs: Double { RunWeight.runs(units) }

    /// A sum of units in runs.
    package static func runs(_ units: UInt64) -> Double {
        Double(units) / Double(UInt64(1) << fractionBits)
    }

    /// Orders weights by size.
    package static func < (one: RunWeight, other: RunWeight) -> Bool { one.units < other.units }

    /// The rejection threshold: 1 to 14 hexadecimal digits, of which trailing zeros may be left out.
    private static func threshold(in traceState: some StringProtocol) -> UInt64? {
        for member in traceState.split(separator: ",") {
            let text = member.drop { $0 == " " || $0 == "\t" }
            guard text.hasPrefix("ot=") else { continue }
            for part in text.dropFirst(3).split(separator: ";") where part.hasPrefix("th:") {
                let digits = part.dropFirst(3).prefix { $0 != " " && $0 != "\t" }
                guard (1...14).contains(digits.utf8.count), let value = UInt64(digits, radix: 16) else { return nil }
                guard digits.first != "+", digits.first != "-" else { return nil }
                return value << UInt64(4 * (14 - digits.utf8.count))
            }
        }
        return nil
    }
}

/// A sum that stays at the limit instead of overflowing.
@inline(__always)
func saturatingSum(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? .max : sum
}
