#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file system of the machine.
package struct SystemFiles: FileReading {
    /// Makes the one there is.
    package init() {}

    /// How many processors are there to work, at least one.
    package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    package func info(_ path: String) throws(FileAccessError) -> FileInfo {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileAccessError(path: path, doing: "looking", errno) }
        return FileInfo(status)
    }

    package func names(inFolder path: String) throws(FileAccessError) -> [String] {
        guard let folder = opendir(path) else { throw FileAccessError(path: path, doing: "listing", errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    package func open(_ path: String) throws(FileAccessError) -> any OpenedFile {
        // Without O_NONBLOCK opening a pipe without a writer would wait for one.
        let descriptor = systemOpen(path)
        guard descriptor >= 0 else { throw FileAccessError(path: path, doing: "opening", errno) }
        return DescriptorFile(descriptor: descriptor, path: path, ownsDescriptor: true)
    }

    package func openStandardInput() throws(FileAccessError) -> any OpenedFile {
        DescriptorFile(descriptor: 0, path: "standard input", ownsDescriptor: false)
    }
}

private func systemOpen(_ path: String) -> Int32 {
    open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
}

/// A file descriptor. Reads are `read` calls, not a mapping: a mapped file that is cut short kills its reader.
private final class DescriptorFile: OpenedFile {
    /// How long a quiet pipe is waited for, in milliseconds: one whose writer is just a little slower than its reader is
    /// read at full speed, and the thread is soon free again when there is no writer.
    private static let patience: Int32 = 10

    private let descriptor: Int32
    private let path: String
    private let ownsDescriptor: Bool

    init(descriptor: Int32, path: String, ownsDescriptor: Bool) {
        self.descriptor = descriptor
        self.path = path
        self.ownsDescriptor = ownsDescriptor
    }

    deinit {
        if ownsDescriptor { close(descriptor) }
    }

    func info() throws(FileAccessError) -> FileInfo {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileAccessError(path: path, doing: "looking", errno) }
        return FileInfo(status)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> ReadOutcome {
        while true {
            // Standard input may be a pipe in blocking mode, shared with other programs: ask before reading.
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&ready, 1, Self.patience) == 0 { return .notYet }
            let count = systemRead(descriptor, buffer)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if errno == EAGAIN { return .notYet }
            if errno != EINTR { throw FileAccessError(path: path, doing: "reading", errno) }
        }
    }

    /// Where standard input begins is its giver's business: it is read in turn only.
    var hasPlaces: Bool {
        guard ownsDescriptor, let info = try? info() else { return false }
        return info.kind == .regular
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw FileAccessError(path: path, doing: "reading", errno) }
        }
    }

    func move(to offset: Int) throws(FileAccessError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
            throw FileAccessError(path: path, doing: "reading", errno)
        }
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}

extension FileInfo {
    fileprivate init(_ status: stat) {
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .folder
            case S_IFIFO, S_IFCHR: .stream
            default: .other
            }
        let identity = Identity(
            device: UInt64(truncatingIfNeeded: status.st_dev), file: UInt64(truncatingIfNeeded: status.st_ino))
        self.init(kind: kind, size: kind == .regular ? Int(status.st_size) : 0, identity: identity)
    }
}

extension FileAccessError {
    fileprivate init(path: String, doing what: String, _ code: Int32) {
        let kind: Kind =
            switch code {
            case ENOENT, ENOTDIR: .missing
            case EACCES, EPERM: .denied
            default: .failed
            }
        let reason =
            switch code {
            case ENOENT: "there is no such file or folder"
            case ENOTDIR: "a part of the path is not a folder"
            case EACCES, EPERM: "\(what) it is not allowed"
            case EMFILE, ENFILE: "\(what) it failed: too many files are open"
            default: "\(what) it failed: \(String(cString: strerror(code)))"
            }
        self.init(kind: kind, path: path, reason: reason)
    }
}
