import Foundation

/// Between what a share lies when only some of all runs were seen: Clopper and Pearson's interval, which holds at least
/// as often as it says for any number of runs (Biometrika 26, 1934, pages 404–413).
package enum ExactInterval {
    /// The interval that holds the true share in at least 95 of 100 cases.
    ///
    /// - Parameters:
    ///   - part: The runs that count, such as the bad ones.
    ///   - total: All runs.
    /// - Returns: The interval; from 0 to 1 when there are no runs.
    package static func of(_ part: Double, in total: Double) -> ClosedRange<Double> {
        guard total > 0, total.isFinite, part.isFinite else { return 0...1 }
        let part = min(max(part, 0), total)
        let lower = part <= 0 ? 0 : quantile(0.025, part, total - part + 1)
        let upper = part >= total ? 1 : quantile(0.975, part + 1, total - part)
        return min(lower, upper)...max(lower, upper)
    }

    /// Where the beta distribution reaches a probability, by bisection.
    private static func quantile(_ probability: Double, _ alpha: Double, _ beta: Double) -> Double {
        var low = 0.0
        var high = 1.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if cumulative(middle, alpha, beta) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The regularized incomplete beta function by its continued fraction (DLMF 8.17.22), evaluated after Lentz.
    private static func cumulative(_ x: Double, _ alpha: Double, _ beta: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        let logarithm =
            lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta) + alpha * log(x) + beta * log1p(-x)
        if x < (alpha + 1) / (alpha + beta + 2) { return exp(logarithm) * fraction(x, alpha, beta) / alpha }
        return 1 - exp(logarithm) * fraction(1 - x, beta, alpha) / beta
    }

    private static func fraction(_ x: Double, _ alpha: Double, _ beta: Double) -> Double {
        let tiny = 1e-300
        func apart(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var numerator = 1.0
        var denominator = 1 / apart(1 - (alpha + beta) * x / (alpha + 1))
        var result = denominator
        for step in 1...300 {
            let term = Double(step)
            let even = term * (beta - term) * x / ((alpha + 2 * term - 1) * (alpha + 2 * term))
            denominator = 1 / apart(1 + even * denominator)
            numerator = apart(1 + even / numerator)
            result *= denominator * numerator
            let odd = -(alpha + term) * (alpha + beta + term) * x / ((alpha + 2 * term) * (alpha + 2 * term + 1))
            denominator = 1 / apart(1 + odd * denominator)
            numerator = apart(1 + odd / numerator)
            let change = denominator * numerator
            result *= change
            if abs(change - 1) < 1e-14 { break }
        }
        return result
    }
}
