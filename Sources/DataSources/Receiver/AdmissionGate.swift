import Synchronization

/// The door that closes when a receiver stops: nothing enters afterwards, and one can wait until all have left.
final class AdmissionGate: Sendable {
    private struct State {
        var isOpen = true
        var inside = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Whether one may still enter.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Enters; false when closed. Whoever entered has to leave.
    func enter() -> Bool {
        state.withLock {
            guard $0.isOpen else { return false }
            $0.inside += 1
            return true
        }
    }

    /// Leaves.
    func leave() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.inside -= 1
            guard !state.isOpen, state.inside == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Closes the door and returns when the last one has left.
    func closeAndDrain() async {
        await withCheckedContinuation { continuation in
            let empty = state.withLock { state in
                state.isOpen = false
                if state.inside > 0 { state.waiting.append(continuation) }
                return state.inside == 0
            }
            if empty { continuation.resume() }
        }
    }
}
