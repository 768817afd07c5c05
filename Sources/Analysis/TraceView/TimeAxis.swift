/// The time axis of a waterfall: from zero to a length that grows in steps, so that bars do not creep while spans come in.
package struct TimeAxis: Sendable, Equatable {
    /// Nanoseconds from the left edge to the right; at least one.
    package private(set) var length: UInt64

    /// An axis that ends where the trace ends.
    package init(holding total: UInt64) { length = max(1, total) }

    /// Makes room for a trace that has grown, by half of the length as often as it takes.
    package mutating func grow(toHold total: UInt64) {
        while length < total {
            let sum = length.addingReportingOverflow(max(1, length / 2))
            length = sum.overflow ? .max : sum.partialValue
        }
    }

    /// The column of a time, from zero to `columns - 1`; times beyond the axis belong to its edges.
    package func column(of time: UInt64, columns: Int) -> Int {
        guard columns > 0, time < length else { return max(0, columns - 1) }
        // The product's high half is below the length, because the time is.
        let product = time.multipliedFullWidth(by: UInt64(columns))
        guard product.high < length else { return columns - 1 }
        return Int(length.dividingFullWidth(product).quotient)
    }
}
