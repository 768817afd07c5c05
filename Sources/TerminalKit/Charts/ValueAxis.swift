import Foundation

/// Where values lie between the bottom and the top of a chart.
package struct ValueAxis: Hashable, Sendable {
    package enum Scale: Hashable, Sendable {
        /// Counts and shares.
        case linear
        /// Latencies.
        case logarithmic
    }

    package let scale: Scale
    /// The value at the bottom edge.
    package let low: Double
    /// The value at the top edge; always above `low`.
    package let high: Double

    /// An axis between two values; logarithmic needs both above zero, else it becomes linear.
    package init(_ scale: Scale, low: Double, high: Double) {
        let bottom = low.isFinite ? low : 0
        let top = high.isFinite && high > bottom ? high : bottom + max(1, abs(bottom))
        self.low = bottom
        self.high = top
        self.scale = bottom > 0 ? scale : .linear
    }

    /// A logarithmic axis between round values around all values and the threshold.
    package static func logarithmic(fitting values: some Sequence<Double?>, threshold: Double? = nil) -> ValueAxis {
        var known = values.compactMap { $0 }.filter { $0.isFinite && $0 > 0 }
        if let threshold, threshold > 0 { known.append(threshold) }
        guard let least = known.min(), let most = known.max() else {
            return ValueAxis(.logarithmic, low: 1, high: 10)
        }
        let low = roundDown(least)
        let high = roundUp(most)
        return ValueAxis(.logarithmic, low: low, high: high > low ? high : low * 2)
    }

    /// A linear axis from zero to a round value above all values.
    package static func fromZero(fitting values: some Sequence<Double?>) -> ValueAxis {
        let most = values.compactMap { $0 }.filter(\.isFinite).max() ?? 0
        return ValueAxis(.linear, low: 0, high: most > 0 ? roundUp(most) : 1)
    }

    /// 0 at the bottom, 1 at the top; values outside are moved to the nearer edge.
    package func position(of value: Double) -> Double {
        guard value.isFinite else { return value == .infinity ? 1 : 0 }
        if value <= low { return 0 }
        if value >= high { return 1 }
        let share =
            switch scale {
            case .linear: (value - low) / (high - low)
            case .logarithmic: (log(value) - log(low)) / (log(high) - log(low))
            }
        // Extreme edges overflow to infinity or nothing; charts need a place all the same.
        return share.isFinite ? min(max(share, 0), 1) : 0
    }

    private static let steps: [Double] = [1, 1.5, 2, 3, 4, 5, 6, 8, 10]

    private static func decade(_ value: Double) -> Double { pow(10, floor(log10(value) + 1e-12)) }

    static func roundUp(_ value: Double) -> Double {
        let base = decade(value)
        return base * (steps.first { $0 * base >= value * (1 - 1e-9) } ?? 10)
    }

    static func roundDown(_ value: Double) -> Double {
        let base = decade(value)
        return base * (steps.last { $0 * base <= value * (1 + 1e-9) } ?? 1)
    }
}
