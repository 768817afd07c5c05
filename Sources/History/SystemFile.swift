import Foundation

/// Words for what the system refused.
enum SystemError {
    /// The text of the last refusal.
    static func text(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

    /// The text of an error of Foundation: the system's where there is one below it.
    static func text(of error: any Error) -> String {
        let below = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let below, below.domain == NSPOSIXErrorDomain { return text(Int32(below.code)) }
        return (error as NSError).localizedDescription
    }
}

/// Files as the system knows them.
enum SystemFile {
    /// Which file it is, however it is called, and how it was last changed.
    struct Identity: Hashable {
        let device: UInt64
        let number: UInt64
        let bytes: Int64
        let changedSeconds: Int
        let changedNanoseconds: Int
    }

    /// Whether something has this path.
    static func exists(_ path: String) -> Bool { identity(path) != nil }

    /// What the system says about a path; nil when nothing is there.
    static func identity(_ path: String) -> Identity? {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        return Identity(
            device: UInt64(facts.st_dev), number: UInt64(facts.st_ino), bytes: Int64(facts.st_size),
            changedSeconds: facts.st_mtim.tv_sec, changedNanoseconds: facts.st_mtim.tv_nsec)
    }

    /// Makes an empty file that only its owner may read, where none is.
    static func makePrivate(_ path: String) throws(HistoryError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw HistoryError(.inaccessible, "\(path) cannot be opened for writing: \(SystemError.text())")
        }
        close(descriptor)
    }

    /// Copies a file's bytes to a new private file.
    static func copy(_ path: String, to target: String) throws(HistoryError) {
        let from = open(path, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw HistoryError(.inaccessible, "\(path) cannot be read: \(SystemError.text())") }
        defer { close(from) }
        let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard to >= 0 else { throw HistoryError(.inaccessible, "\(target) cannot be made: \(SystemError.text())") }
        defer { close(to) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(from, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw HistoryError(.inaccessible, "\(path) cannot be read: \(SystemError.text())")
            }
            if count == 0 { return }
            var written = 0
            while written < count {
                let step = buffer.withUnsafeBytes { write(to, $0.baseAddress.map { $0 + written }, count - written) }
                if step < 0, errno == EINTR { continue }
                guard step > 0 else {
                    throw HistoryError(.inaccessible, "\(target) cannot be written: \(SystemError.text())")
                }
                written += step
            }
        }
    }
}
