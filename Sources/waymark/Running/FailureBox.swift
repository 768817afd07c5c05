import Synchronization

/// Keeps the first failure of work that runs beside the dashboard.
final class FailureBox: Sendable {
    private let box = Mutex<Failure?>(nil)

    /// The first failure, if there was one.
    var value: Failure? { box.withLock { $0 } }

    /// Keeps a failure, unless there is one already.
    func set(_ failure: Failure) { box.withLock { $0 = $0 ?? failure } }
}
