/// Hands out the shop's spans in the order in which its processes send them.
///
/// What comes out does not depend on the steps in which time goes on.
struct SimulatorTimeline {
    private static let second: UInt64 = 1_000_000_000

    private let simulator: Simulator
    private var time: UInt64
    private var nextSecond: UInt64
    private var waiting: [ShopSpan] = []

    /// Begins at a time, Unix nanoseconds; runs under way then are under way, unless the shop opens just then.
    init(_ simulator: Simulator, from time: UInt64, isOpening: Bool = false) {
        self.simulator = simulator
        self.time = time
        // An opening shop begins with the next whole second, so that nothing was sent before.
        let first = isOpening ? time + Self.second - 1 : time - min(time, Simulator.longestRun)
        nextSecond = first / Self.second
    }

    /// Everything that is sent up to, not including, this time and was not handed out before.
    mutating func advance(to end: UInt64) -> [ShopSpan] {
        guard end > time else { return [] }
        // Nothing that starts at the end or later can be sent before it.
        while nextSecond * Self.second < end {
            waiting += simulator.spans(startingIn: nextSecond)
            nextSecond += 1
        }
        var due: [ShopSpan] = []
        var later: [ShopSpan] = []
        for span in waiting where span.export >= time {
            if span.export < end { due.append(span) } else { later.append(span) }
        }
        waiting = later
        time = end
        due.sort { ($0.export, $0.instance.index, $0.end, $0.id) < ($1.export, $1.instance.index, $1.end, $1.id) }
        return due
    }
}
