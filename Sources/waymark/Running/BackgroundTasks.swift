import Synchronization

/// Tasks that run beside the dashboard and end with it.
final class BackgroundTasks: Sendable {
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// Starts a task.
    func add(_ work: @escaping @Sendable () async -> Void) {
        let task = Task { await work() }
        tasks.withLock { $0.append(task) }
    }

    /// Cancels all tasks and waits until they have ended, at most two seconds.
    func end() async {
        let all = tasks.withLock { $0 }
        for task in all { task.cancel() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for task in all { await task.value } }
            group.addTask { try? await Task.sleep(for: .seconds(2)) }
            await group.next()
            group.cancelAll()
        }
    }
}
