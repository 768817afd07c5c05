/// What a file system could not do: with which path, what, and why.
package struct FileAccessError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure, for exit codes.
    package enum Kind: Sendable, Equatable {
        /// There is nothing at the path.
        case missing
        /// Something is there, and reading it is not allowed.
        case denied
        /// Anything else: an input/output error, too many open files.
        case failed
    }

    /// What kind of failure.
    package var kind: Kind
    /// The path as it was given.
    package var path: String
    /// What went wrong, such as `opening: permission denied`.
    package var reason: String

    /// Makes an error.
    package init(kind: Kind, path: String, reason: String) {
        self.kind = kind
        self.path = path
        self.reason = reason
    }

    /// The error as one line.
    package var description: String { "\(path): \(reason)" }
}

/// What is at a path.
package struct FileInfo: Sendable, Equatable {
    /// The kinds of things that can be at a path.
    package enum Kind: Sendable, Equatable {
        case regular
        case folder
        /// A named pipe or a character device such as a terminal: readable, without a size.
        case stream
        /// A socket, a block device.
        case other
    }

    /// Tells two files apart that had the same path at different times.
    package struct Identity: Hashable, Sendable {
        /// The device's number.
        package var device: UInt64
        /// The file's number on the device.
        package var file: UInt64

        /// Makes an identity.
        package init(device: UInt64, file: UInt64) {
            self.device = device
            self.file = file
        }
    }

    /// What it is.
    package var kind: Kind
    /// How many bytes it has now; zero for anything but a regular file.
    package var size: Int
    /// Which file it is.
    package var identity: Identity

    /// Makes an info.
    package init(kind: Kind, size: Int, identity: Identity) {
        self.kind = kind
        self.size = size
        self.identity = identity
    }
}

/// What one reading call gave.
package enum ReadOutcome: Sendable, Equatable {
    /// So many bytes, at least one.
    case bytes(Int)
    /// Nothing is there now, and more may come: a pipe whose writer is quiet.
    case notYet
    /// The end, for now at least: a regular file may grow.
    case end
}

/// A file that is open for reading from its beginning to its end.
package protocol OpenedFile: AnyObject, Sendable {
    /// What the file is now, also after its path was given to another one.
    func info() throws(FileAccessError) -> FileInfo
    /// Reads into the buffer, at most its size; waits a few milliseconds at most.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> ReadOutcome
    /// Whether any part of the file can be read at any time, as of regular files.
    var hasPlaces: Bool { get }
    /// Reads what lies at an offset, at most the buffer's size, wherever reading in turn stands; gives the number of bytes,
    /// zero at the end. Only of a file that ``hasPlaces``; by several threads at a time.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> Int
    /// Lets reading in turn go on at an offset. Only of a file that ``hasPlaces``.
    func move(to offset: Int) throws(FileAccessError)
}

extension OpenedFile {
    package var hasPlaces: Bool { false }

    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> Int { 0 }

    package func move(to offset: Int) throws(FileAccessError) {}
}

/// The file system, as far as readers of trace files need it. Injected, so that tests run on memory.
package protocol FileReading: Sendable {
    /// What is at a path; symbolic links are followed.
    func info(_ path: String) throws(FileAccessError) -> FileInfo
    /// The names in a folder, in any order, without `.` and `..`.
    func names(inFolder path: String) throws(FileAccessError) -> [String]
    /// Opens a file; it is closed when the last reference to it goes.
    func open(_ path: String) throws(FileAccessError) -> any OpenedFile
    /// Standard input.
    func openStandardInput() throws(FileAccessError) -> any OpenedFile
}
