import Synchronization

/// A clock that runs at a multiple of the wall clock's speed from the moment it is made.
///
/// Everything that looks at the simulator's telemetry "now" must look at this clock: at ten times the speed, an hour of
/// events takes six minutes on the wall.
package struct SimulatedTime: Sendable {
    /// When the clock began to run, by the wall; `nil` while it is held.
    private final class Beginning: Sendable {
        let wall: Mutex<UInt64?>

        init(_ wall: UInt64?) { self.wall = Mutex(wall) }
    }

    /// Where simulated time begins, Unix nanoseconds.
    package let start: UInt64
    /// Simulated seconds a second on the wall, from 0.001 to 1000.
    package let speed: Double
    private let wall: @Sendable () -> UInt64
    private let beginning: Beginning

    /// Starts a clock.
    ///
    /// - Parameters:
    ///   - isHeld: Whether the clock stands still until ``release()``, so that a past can be sent first, however long that
    ///     takes.
    ///   - wall: The time on the wall in Unix nanoseconds.
    package init(speed: Double = 1, isHeld: Bool = false, wall: @escaping @Sendable () -> UInt64) {
        self.speed = speed.isFinite ? min(1000, max(0.001, speed)) : 1
        self.wall = wall
        start = wall()
        beginning = Beginning(isHeld ? nil : start)
    }

    /// Lets a held clock run; does nothing when it runs already.
    package func release() {
        beginning.wall.withLock { $0 = $0 ?? wall() }
    }

    /// The simulated time, Unix nanoseconds; never before ``start``.
    package var now: UInt64 {
        let wall = wall()
        guard let begun = beginning.wall.withLock({ $0 }), wall > begun else { return start }
        return start &+ UInt64(Double(wall - begun) * speed)
    }
}
