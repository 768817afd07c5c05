import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Random numbers that are the same for the same seed, on every machine and in every run.
///
/// SplitMix64: a counter whose values are mixed, so that a stream can be had for any seed without warming up.
package struct ShopRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A stream for a seed and a place, such as a second and a journey: near places have unrelated streams.
    package init(seed: UInt64, _ place: UInt64...) {
        state = place.reduce(mixed(seed &+ 0x9E37_79B9_7F4A_7C15)) { mixed($0 ^ mixed($1 &+ 0x9E37_79B9_7F4A_7C15)) }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return mixed(state)
    }

    /// A number from 0 up to, not including, 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Whether something happens that happens with this probability.
    package mutating func happens(_ probability: Double) -> Bool { unit() < probability }

    /// A whole number below a bound of at least one.
    package mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
    }

    /// A number of the normal distribution with mean 0 and deviation 1 (Box and Muller).
    package mutating func normal() -> Double {
        (-2 * log(1 - unit())).squareRoot() * cos(2 * Double.pi * unit())
    }

    /// A number of the log-normal distribution with this median.
    package mutating func logNormal(median: Double, sigma: Double) -> Double { median * exp(sigma * normal()) }

    /// How often something happens that happens `mean` times on average (Poisson, by Knuth's product of units).
    package mutating func poisson(_ mean: Double) -> Int {
        var left = mean
        var count = 0
        // The product would underflow for large means; a sum of Poisson numbers is one, too.
        while left > 0 {
            let part = min(left, 30)
            left -= part
            let floor = exp(-part)
            var product = unit()
            while product > floor {
                count += 1
                product *= unit()
            }
        }
        return count
    }
}
