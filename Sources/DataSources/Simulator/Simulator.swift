import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The built-in shop: services in Go and Rust whose telemetry is a pure function of a seed and a time range.
///
/// Every second of every journey has random numbers of its own, so that a range can be made in any pieces and in any
/// order and always holds the same spans. Nothing here looks at a clock.
package struct Simulator: Sendable {
    /// Which shop.
    package let configuration: SimulatorConfiguration

    /// No run takes longer than this from its start to the export of its last span, in nanoseconds.
    static let longestRun: UInt64 = 60_000_000_000

    private static let second: UInt64 = 1_000_000_000

    /// Makes a shop.
    package init(_ configuration: SimulatorConfiguration) { self.configuration = configuration }

    /// The telemetry that the shop's processes send between two times (Unix nanoseconds; the end is not included), in the
    /// order in which they send it, in batches of at most `maximumRows` spans. A shop that opens at `from` has no runs under
    /// way then.
    package func batches(from: UInt64, to: UInt64, maximumRows: Int = 65_536, isOpening: Bool = false) -> [SpanBatch] {
        var timeline = SimulatorTimeline(self, from: from, isOpening: isOpening)
        var batches: [SpanBatch] = []
        var writer = ShopWriter(environment: configuration.environment)
        var time = from
        while time < to {
            time = min(to, time &+ 60 * Self.second)
            for span in timeline.advance(to: time) {
                writer.write(span)
                if writer.count >= max(1, maximumRows) { batches.append(writer.take()) }
            }
        }
        if writer.count > 0 { batches.append(writer.take()) }
        return batches
    }

    /// All spans of the runs that start in one second, by run.
    func spans(startingIn second: UInt64) -> [ShopSpan] {
        var spans: [ShopSpan] = []
        for journey in ShopJourney.allCases {
            let place = UInt64(journey.rawValue)
            var random = ShopRandom(seed: configuration.seed, second, place)
            let count = random.poisson(runsPerSecond(journey, at: second))
            for number in 0..<count {
                let offset = UInt64(random.unit() * 1e9)
                spans += run(journey, at: second * Self.second + offset, second, place, UInt64(number))
            }
        }
        for index in spans.indices { spans[index].export = exportTime(of: spans[index]) }
        return spans
    }

    private func run(_ journey: ShopJourney, at start: UInt64, _ place: UInt64...) -> [ShopSpan] {
        if journey == .search, configuration.fault == .silence, start >= configuration.faultTime { return [] }
        let random = ShopRandom(seed: configuration.seed, place[0], place[1], place[2])
        var run = ShopRun(configuration: configuration, random: random, start: start)
        switch journey {
        case .checkout: run.checkout()
        case .search: run.search()
        case .browse: run.browse()
        case .login: run.login()
        case .cartAdd: run.cartAdd()
        }
        return run.spans
    }

    /// Traffic swells and ebbs by a fifth over half an hour, and a little faster on top of that.
    private func runsPerSecond(_ journey: ShopJourney, at second: UInt64) -> Double {
        let time = Double(second % 1_000_000_000)
        let slow = 0.15 * sin(2 * Double.pi * (time / 1800 + Double(journey.rawValue) / 5))
        let fast = 0.05 * sin(2 * Double.pi * time / 311)
        return journey.runsPerSecond * configuration.rate * (1 + slow + fast)
    }

    /// Every process sends what has ended once a second, at a moment of its own; one time in two hundred the network is
    /// slow and it takes eight seconds more.
    private func exportTime(of span: ShopSpan) -> UInt64 {
        let phase = mixed(configuration.seed ^ UInt64(span.instance.index)) % Self.second
        let round = (span.end &- phase) / Self.second + 1
        let luck = mixed(mixed(configuration.seed &+ round) ^ UInt64(span.instance.index))
        return round * Self.second + phase + (luck % 200 == 0 ? 8 * Self.second : 0)
    }
}
