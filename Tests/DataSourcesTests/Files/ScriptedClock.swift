import Synchronization

/// A clock that never waits: each sleep runs the next step of a script, and past the script's end it throws, which ends
/// whoever waits for more.
final class ScriptedClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var steps: [@Sendable () async -> Void]
        var sleeps: [Duration] = []
    }

    private let state: Mutex<State>
    private let isEndless: Bool

    /// A clock that sleeps as often as it is asked to.
    init() {
        state = Mutex(State(steps: []))
        isEndless = true
    }

    /// A clock that runs these steps, one a sleep, and ends with them.
    init(_ steps: [@Sendable () async -> Void]) {
        state = Mutex(State(steps: steps))
        isEndless = false
    }

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    /// Nanoseconds slept so far.
    var nanoseconds: UInt64 {
        let parts = now.offset.components
        return UInt64(parts.seconds) * 1_000_000_000 + UInt64(parts.attoseconds / 1_000_000_000)
    }

    /// How long each sleep was to be.
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let step: (@Sendable () async -> Void)? = state.withLock { state in
            state.sleeps.append(deadline.offset - state.now.offset)
            state.now = max(state.now, deadline)
            return state.steps.isEmpty ? nil : state.steps.removeFirst()
        }
        if let step {
            await step()
        } else if !isEndless {
            throw CancellationError()
        }
        await Task.yield()
    }
}
