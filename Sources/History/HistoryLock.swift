import Foundation

/// A lock that the system gives back when the process ends, however it ends.
final class HistoryLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Takes a lock that one at a time can have, and writes the process id into its file.
    ///
    /// The descriptor is closed in programs that this one starts, so that a hook that outlives waymark holds nothing.
    ///
    /// - Throws: ``HistoryError`` of kind `busy` when somebody has it, `inaccessible` when the file cannot be had.
    static func exclusive(_ path: String, pid: Int32) throws(HistoryError) -> HistoryLock {
        let descriptor = try opened(path)
        let lock = HistoryLock(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else {
                throw HistoryError(.inaccessible, "\(path) cannot be locked: \(SystemError.text())")
            }
            let owner = Self.owner(path)
            throw HistoryError(
                .busy(pid: owner),
                "another waymark\(owner.map { " (pid \($0))" } ?? "") writes the history in \(path); end it first")
        }
        let text = Array("\(pid)\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            // Whoever finds the lock taken cannot say by whom; that is all there is to lose.
            return lock
        }
        return lock
    }

    /// Waits for a lock, at most so many milliseconds; nil when it could not be had.
    ///
    /// - Parameters:
    ///   - isShared: Whether several may have it at once.
    static func waited(_ path: String, isShared: Bool, milliseconds: Int) throws(HistoryError) -> HistoryLock? {
        let lock = HistoryLock(descriptor: try opened(path))
        var waited = 0
        while flock(lock.descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            guard waited < milliseconds, errno == EWOULDBLOCK || errno == EINTR else { return nil }
            usleep(5_000)
            waited += 5
        }
        return lock
    }

    /// The process id that the owner of a lock wrote into it.
    static func owner(_ path: String) -> Int32? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return Int32(text.prefix { $0.isASCII && $0.isNumber })
    }

    private static func opened(_ path: String) throws(HistoryError) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw HistoryError(.inaccessible, "\(path) cannot be opened for writing: \(SystemError.text())")
        }
        return descriptor
    }
}
