import Foundation
import Journeys

/// Traffic without an incident that is anything but even: day and night, weekends, bursts of load, pauses of a few
/// seconds, errors that come in clusters, and deployments that do no harm.
struct QuietTraffic {
    /// How noisy it is.
    struct Noise: Sendable {
        /// Runs a second on a weekday on average.
        var rate = 1.0
        /// The median duration in milliseconds and the spread of its logarithm.
        var median = 80.0
        var spread = 0.5
        /// The spread of the level over minutes and over hours.
        var wander = 0.06
        var drift = 0.08
        /// The share of failed runs, and how unevenly they come.
        var failed = 0.003
        var failedSpread = 0.6
        /// Episodes a day: load, pauses, errors, deployments.
        var loads = 6.0
        var pauses = 12.0
        var clusters = 4.0
        var deployments = 2.0
    }

    /// An episode that changes some of the runs for a while.
    private struct Episode {
        var until: UInt64 = 0
        var share = 0.0
        var factor = 1.0
    }

    private let noise: Noise
    private var numbers: SplitMix
    private var time: UInt64
    private var wander = 0.0
    private var drift = 0.0
    private var errors = 0.0
    private var release = 0.0
    private var load = Episode()
    private var pause = Episode()
    private var cluster = Episode()
    private var warmUp = Episode()

    private static let day = 86_400.0

    /// Traffic that begins at an instant.
    init(_ noise: Noise, seed: UInt64, from time: UInt64) {
        self.noise = noise
        numbers = SplitMix(state: seed)
        self.time = time
    }

    /// Adds the runs of one more second to a history.
    mutating func addSecond(to history: inout OnsetHistory) {
        forEachRun { history.add(at: $0, duration: $1, failed: $2) }
    }

    /// Calls `body` with the end, the duration and the failure of every run of one more second.
    mutating func forEachRun(_ body: (UInt64, UInt64, Bool) -> Void) {
        step()
        let hour = Double(time / second % 86_400) / 3_600
        let weekday = time / second / 86_400 % 7
        let day = 1 + 0.7 * sin((hour - 9) / 24 * 2 * .pi)
        let busy = day * (weekday == 2 || weekday == 3 ? 0.5 : 1)
        let level = noise.median * exp(noise.wander * wander + noise.drift * drift + release) * (1 + 0.12 * busy)
        let rate = noise.rate * busy * (time < load.until ? load.factor : 1)
        let isLoaded = time < load.until
        for _ in 0..<numbers.poisson(rate) {
            var duration = level * exp(noise.spread * numbers.normal()) * (isLoaded ? 1 + load.share : 1)
            if time < pause.until, numbers.unit() < pause.share { duration *= pause.factor }
            if time < warmUp.until, numbers.unit() < warmUp.share { duration *= warmUp.factor }
            if numbers.unit() < 0.004 { duration *= 3 + 9 * numbers.unit() }
            var share = noise.failed * exp(noise.failedSpread * errors - noise.failedSpread * noise.failedSpread / 2)
            if time < cluster.until { share += cluster.share }
            let instant = time + UInt64(numbers.unit() * 0.999e9)
            body(instant, UInt64(duration * 1e6), numbers.unit() < share)
        }
        time += second
    }

    /// Moves the levels on by a second and begins episodes.
    private mutating func step() {
        wander = moved(wander, over: 120)
        drift = moved(drift, over: 3_600)
        errors = moved(errors, over: 300)
        if begins(noise.loads) {
            load = Episode(
                until: after(60...600), share: 0.05 + 0.15 * numbers.unit(), factor: 1.5 + 2.5 * numbers.unit())
        }
        if begins(noise.pauses) {
            pause = Episode(until: after(3...20), share: 0.1 + 0.5 * numbers.unit(), factor: 2 + 6 * numbers.unit())
        }
        if begins(noise.clusters) { cluster = Episode(until: after(5...25), share: 0.02 + 0.18 * numbers.unit()) }
        if begins(noise.deployments) {
            release = min(0.25, max(-0.25, release + 0.25 * numbers.unit() - 0.11))
            warmUp = Episode(until: after(40...90), share: 0.125, factor: 2)
        }
    }

    private mutating func moved(_ level: Double, over seconds: Double) -> Double {
        let kept = exp(-1 / seconds)
        return kept * level + (1 - kept * kept).squareRoot() * numbers.normal()
    }

    private mutating func begins(_ perDay: Double) -> Bool { numbers.unit() < perDay / QuietTraffic.day }

    private mutating func after(_ seconds: ClosedRange<Double>) -> UInt64 {
        time + UInt64((seconds.lowerBound + (seconds.upperBound - seconds.lowerBound) * numbers.unit()) * 1e9)
    }
}

/// Numbers that are the same in every run.
struct SplitMix {
    var state: UInt64
    private var spare: Double?

    init(state: UInt64) { self.state = state }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Evenly from zero to one.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// From the standard normal distribution.
    mutating func normal() -> Double {
        if let number = spare {
            spare = nil
            return number
        }
        let radius = (-2 * log(1 - unit())).squareRoot()
        let angle = 2 * Double.pi * unit()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    /// From Poisson's distribution.
    mutating func poisson(_ mean: Double) -> Int {
        if mean > 60 { return max(0, Int((mean + mean.squareRoot() * normal()).rounded())) }
        let limit = exp(-mean)
        var product = unit()
        var count = 0
        while product > limit {
            product *= unit()
            count += 1
        }
        return count
    }
}
