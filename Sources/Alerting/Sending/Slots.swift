/// Lets so many at a time pass; the others wait in their order.
package actor Slots {
    private var free: Int
    private var waiting: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    private var next = 0

    /// Makes so many slots, at least one.
    package init(_ count: Int) {
        free = max(1, count)
    }

    /// Runs an operation as soon as there is a slot.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits, and what the operation throws.
    package func withSlot<Value: Sendable>(
        _ operation: @Sendable () async throws -> Value
    ) async throws -> Value {
        guard await take() else { throw CancellationError() }
        defer { give() }
        return try await operation()
    }

    private func take() async -> Bool {
        if Task.isCancelled { return false }
        if free > 0 {
            free -= 1
            return true
        }
        let number = next
        next += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiting.append((number, continuation))
            }
        } onCancel: {
            // It hops to the actor, which is busy until the continuation stands in the row.
            Task { await self.cancel(number) }
        }
    }

    private func cancel(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }

    private func give() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().continuation.resume(returning: true)
        }
    }
}
