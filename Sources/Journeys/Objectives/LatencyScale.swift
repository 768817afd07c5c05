import Synchronization

/// The bucket edges of a latency histogram: T·2^(k/64), with T the tightest promise, so that an edge lies exactly on it.
///
/// Bucket `k` holds the durations from edge `k` up to but not including edge `k + 1`; all buckets below zero are
/// faster than the promise, all others are not. Edges are whole nanoseconds, computed once by multiplication of square
/// roots, so every machine gets the same; a duration is put into its bucket by comparing integers only.
package struct LatencyScale: Sendable, Hashable {
    /// T, in nanoseconds.
    package let anchor: UInt64
    /// How many buckets there are between a duration and its double.
    package static let bucketsPerOctave = 64
    /// The anchor of journeys that promise no duration: 1 ms.
    package static let defaultAnchor: UInt64 = 1_000_000

    /// The scale of journeys that promise no duration.
    package static let standard = LatencyScale(anchor: defaultAnchor)

    /// The number of the first edge.
    private let firstBucket: Int
    /// The edges in ascending order, from ``firstBucket`` on; the first is zero.
    private let edges: [UInt64]
    /// By the leading digits of a duration: how many edges lie at or below the least duration with these digits.
    private let firstEdges: [UInt16]

    /// Makes the scale of an anchor in nanoseconds; zero counts as one.
    package init(anchor: UInt64) {
        let anchor = max(1, anchor)
        self.anchor = anchor
        let roots = LatencyScale.roots()
        let below = 64 - anchor.leadingZeroBitCount
        let above = anchor.leadingZeroBitCount
        var edges: [UInt64] = [0]
        edges.reserveCapacity(64 * 65)
        for bucket in (1 - below * 64)..<(above * 64 + 1) {
            let octave = LatencyScale.floorDivide(bucket, 64)
            let exact = Double(anchor) * roots[bucket - octave * 64] * LatencyScale.power(of: octave)
            edges.append(bucket == 0 ? anchor : LatencyScale.whole(exact))
        }
        firstBucket = -below * 64
        self.edges = edges
        var count = 0
        firstEdges = (0..<LatencyScale.leadingCount).map { leading in
            let least = LatencyScale.least(leading)
            while count < edges.count, edges[count] <= least { count += 1 }
            return UInt16(count)
        }
    }

    /// The scales made so far, so that journeys with the same promise share one.
    private static let known = Mutex<[UInt64: LatencyScale]>([:])

    /// The scale of an anchor in nanoseconds, made once.
    static func shared(anchor: UInt64) -> LatencyScale {
        if let known = known.withLock({ $0[anchor] }) { return known }
        let made = LatencyScale(anchor: anchor)
        known.withLock { known in
            if known.count >= 256 { known.removeAll() }
            known[anchor] = made
        }
        return made
    }

    /// How many leading binary digits of a duration are looked at after the first.
    private static let leadingBits = 7
    /// How many different leading digits there are: a duration below 2⁷ stands for itself.
    private static let leadingCount = (64 - leadingBits + 1) << leadingBits

    /// The leading digits of a duration: the larger the duration, the larger the number.
    @inline(__always)
    private static func leading(_ duration: UInt64) -> Int {
        let length = 64 - duration.leadingZeroBitCount
        guard length > leadingBits else { return Int(duration) }
        let shift = length - 1 - leadingBits
        let digits = Int(truncatingIfNeeded: duration >> UInt64(shift)) & (1 << leadingBits - 1)
        return (shift + 1) << leadingBits + digits
    }

    /// The least duration with these leading digits.
    private static func least(_ leading: Int) -> UInt64 {
        let shift = leading >> leadingBits - 1
        guard shift >= 0 else { return UInt64(leading) }
        return UInt64(1 << leadingBits + leading & (1 << leadingBits - 1)) << UInt64(shift)
    }

    /// Two scales are equal when their anchors are.
    package static func == (one: LatencyScale, other: LatencyScale) -> Bool { one.anchor == other.anchor }

    /// Hashes the anchor.
    package func hash(into hasher: inout Hasher) { hasher.combine(anchor) }

    /// The bucket of a duration in nanoseconds.
    package func bucket(of duration: UInt64) -> Int {
        // Durations with the same leading digits differ by less than 0.8 %, so an edge or two lie between them; near zero
        // there are more edges than whole numbers, but then every duration has digits of its own.
        var place = Int(firstEdges[LatencyScale.leading(duration)])
        while place < edges.count, edges[place] <= duration { place += 1 }
        return firstBucket + place - 1
    }

    /// Writes the buckets of durations in nanoseconds, cut to 32 bits, into the high halves of as many numbers.
    func putBuckets(of durations: UnsafePointer<UInt64>, _ count: Int, into keys: UnsafeMutablePointer<UInt64>) {
        edges.withUnsafeBufferPointer { edges in
            firstEdges.withUnsafeBufferPointer { firstEdges in
                for index in 0..<count {
                    let duration = durations[index]
                    var place = Int(firstEdges[LatencyScale.leading(duration)])
                    // Nearly always one more edge may lie below; to add it is faster than to guess whether it does.
                    place &+= place < edges.count && edges[min(place, edges.count &- 1)] <= duration ? 1 : 0
                    while place < edges.count, edges[place] <= duration { place &+= 1 }
                    // There are 64 × 65 edges at most.
                    keys[index] = UInt64(UInt32(truncatingIfNeeded: firstBucket &+ place &- 1)) << 32
                }
            }
        }
    }

    /// The lower edge of a bucket in nanoseconds; for buckets beyond the scale the nearest edge there is.
    package func edge(_ bucket: Int) -> UInt64 {
        let index = bucket - firstBucket
        return index < edges.count ? edges[max(0, index)] : .max
    }

    /// The duration that stands for a bucket: the geometric mean of the least and the greatest it can hold, so that the
    /// error is at most half a bucket, 0.55 %.
    package func representative(_ bucket: Int) -> UInt64 {
        let low = edge(bucket)
        let high = max(low, edge(bucket + 1) &- 1)
        guard low > 0 else { return high / 2 }
        return LatencyScale.whole((Double(low).squareRoot() * Double(high).squareRoot()))
    }

    /// 2^(k/64) for k from 0 to 63, as products of 2^(1/2), 2^(1/4) … 2^(1/64).
    private static func roots() -> [Double] {
        var factors: [Double] = []
        var root = 2.0
        for _ in 0..<6 {
            root = root.squareRoot()
            factors.append(root)
        }
        return (0..<64).map { number in
            var product = 1.0
            for (bit, factor) in factors.enumerated() where number & (32 >> bit) != 0 { product *= factor }
            return product
        }
    }

    private static func power(of octave: Int) -> Double {
        Double(sign: .plus, exponent: octave, significand: 1)
    }

    private static func whole(_ value: Double) -> UInt64 {
        value >= 18_446_744_073_709_549_568 ? .max : UInt64(max(0, value.rounded()))
    }

    /// Division that rounds down, also below zero.
    static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}

/// A quantile, exactly.
package struct Quantile: Sendable, Hashable {
    /// The quantile times a million.
    package let partsPerMillion: UInt64

    /// Makes a quantile; more than a million parts are cut to the maximum.
    package init(partsPerMillion: UInt64) {
        self.partsPerMillion = min(partsPerMillion, 1_000_000)
    }

    /// The median.
    package static let p50 = Quantile(partsPerMillion: 500_000)
    /// What 95 of 100 runs do not exceed.
    package static let p95 = Quantile(partsPerMillion: 950_000)
    /// What 99 of 100 runs do not exceed.
    package static let p99 = Quantile(partsPerMillion: 990_000)

    /// The place of the quantile among `count` sorted values, from 1: the ⌈q·n⌉-th smallest.
    package func rank(of count: UInt64) -> UInt64 {
        let (high, low) = count.multipliedFullWidth(by: partsPerMillion)
        let (quotient, remainder) = UInt64(1_000_000).dividingFullWidth((high, low))
        return min(count, max(1, remainder == 0 ? quotient : quotient + 1))
    }
}
