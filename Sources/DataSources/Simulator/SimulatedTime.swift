/// A clock that runs at a multiple of the wall clock's speed from the moment it is made.
///
/// Everything that looks at the simulator's telemetry "now" must look at this clock: at ten times the speed, an hour of
/// events takes six minutes on the wall.
package struct SimulatedTime: Sendable {
    /// When simulated time and the wall were the same, Unix nanoseconds.
    package let start: UInt64
    /// Simulated seconds a second on the wall, from 0.001 to 1000.
    package let speed: Double
    private let wall: @Sendable () -> UInt64

    /// Starts a clock.
    ///
    /// - Parameter wall: the time on the wall in Unix nanoseconds.
    package init(speed: Double = 1, wall: @escaping @Sendable () -> UInt64) {
        self.speed = speed.isFinite ? min(1000, max(0.001, speed)) : 1
        self.wall = wall
        start = wall()
    }

    /// The simulated time, Unix nanoseconds; never before ``start``.
    package var now: UInt64 {
        let wall = wall()
        guard wall > start else { return start }
        return start &+ UInt64(Double(wall - start) * speed)
    }
}
