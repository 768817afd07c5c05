import DataSources
import Synchronization

/// A file system in memory whose calls can be made to fail.
final class MemoryFiles: FileReading {
    /// What can be made to fail.
    enum Call: Hashable, Sendable {
        case info, names, open, read
    }

    /// A file that several opened files may share.
    final class Node: Sendable {
        struct State {
            var bytes: [UInt8]
            /// A pipe gives `notYet` at its end until it is closed.
            var isPipe: Bool
            var isClosed = true
        }

        let identity: FileInfo.Identity
        let state: Mutex<State>

        init(_ bytes: [UInt8], number: UInt64, isPipe: Bool = false) {
            identity = FileInfo.Identity(device: 1, file: number)
            state = Mutex(State(bytes: bytes, isPipe: isPipe, isClosed: !isPipe))
        }
    }

    private struct State {
        var nodes: [String: Node] = [:]
        var folders: [String: [String]] = [:]
        var failures: [Call: [String: (after: Int, error: FileAccessError)]] = [:]
        var nextNumber: UInt64 = 1
        var standardInput: Node?
    }

    private let state = Mutex(State())
    private let pieceBytes: Int
    private let hasPlaces: Bool

    /// Makes an empty file system whose reads give at most `pieceBytes` bytes, and whose files can be read in turn only
    /// unless they have places.
    init(pieceBytes: Int = .max, hasPlaces: Bool = false) {
        self.pieceBytes = pieceBytes
        self.hasPlaces = hasPlaces
    }

    // MARK: What tests do

    /// Puts a new file at a path, whatever was there before.
    func put(_ path: String, _ bytes: [UInt8]) {
        state.withLock { state in
            state.nodes[path] = Node(bytes, number: state.nextNumber)
            state.nextNumber += 1
        }
    }

    func append(_ path: String, _ bytes: [UInt8]) {
        state.withLock { $0.nodes[path] }?.state.withLock { $0.bytes += bytes }
    }

    func cut(_ path: String, to count: Int) {
        state.withLock { $0.nodes[path] }?.state.withLock { $0.bytes = Array($0.bytes.prefix(count)) }
    }

    func move(_ path: String, to other: String) {
        state.withLock { state in
            state.nodes[other] = state.nodes.removeValue(forKey: path)
        }
    }

    func makeFolder(_ path: String, _ names: [String]) { state.withLock { $0.folders[path] = names } }

    func pipe(_ bytes: [UInt8]) {
        state.withLock { $0.standardInput = Node(bytes, number: 0, isPipe: true) }
    }

    func closePipe(after bytes: [UInt8] = []) {
        state.withLock { $0.standardInput }?.state.withLock { state in
            state.bytes += bytes
            state.isClosed = true
        }
    }

    /// Lets a call on a path fail, after so many that succeed.
    func fail(_ call: Call, _ path: String, after: Int = 0, kind: FileAccessError.Kind = .failed, _ reason: String) {
        state.withLock {
            $0.failures[call, default: [:]][path] = (after, FileAccessError(kind: kind, path: path, reason: reason))
        }
    }

    func heal(_ call: Call, _ path: String) { state.withLock { $0.failures[call]?[path] = nil } }

    // MARK: FileReading

    private func check(_ call: Call, _ path: String) throws(FileAccessError) {
        let error: FileAccessError? = state.withLock { state in
            guard let failure = state.failures[call]?[path] else { return nil }
            state.failures[call]?[path]?.after -= 1
            return failure.after <= 0 ? failure.error : nil
        }
        if let error { throw error }
    }

    private func node(_ path: String) throws(FileAccessError) -> Node {
        guard let node = state.withLock({ $0.nodes[path] }) else {
            throw FileAccessError(kind: .missing, path: path, reason: "there is no such file or folder")
        }
        return node
    }

    func info(_ path: String) throws(FileAccessError) -> FileInfo {
        try check(.info, path)
        if state.withLock({ $0.folders[path] }) != nil {
            return FileInfo(kind: .folder, size: 0, identity: FileInfo.Identity(device: 1, file: 0))
        }
        return Self.info(try node(path))
    }

    func names(inFolder path: String) throws(FileAccessError) -> [String] {
        try check(.names, path)
        return state.withLock { $0.folders[path] ?? [] }
    }

    func open(_ path: String) throws(FileAccessError) -> any OpenedFile {
        try check(.open, path)
        return File(node: try node(path), path: path, files: self)
    }

    func openStandardInput() throws(FileAccessError) -> any OpenedFile {
        try check(.open, "-")
        guard let node = state.withLock({ $0.standardInput }) else {
            throw FileAccessError(kind: .missing, path: "-", reason: "closed")
        }
        return File(node: node, path: "-", files: self)
    }

    private static func info(_ node: Node) -> FileInfo {
        node.state.withLock {
            FileInfo(
                kind: $0.isPipe ? .stream : .regular, size: $0.isPipe ? 0 : $0.bytes.count, identity: node.identity)
        }
    }

    private final class File: OpenedFile {
        let node: Node
        let path: String
        let files: MemoryFiles
        let position = Mutex(0)

        init(node: Node, path: String, files: MemoryFiles) {
            self.node = node
            self.path = path
            self.files = files
        }

        func info() throws(FileAccessError) -> FileInfo {
            MemoryFiles.info(node)
        }

        var hasPlaces: Bool { files.hasPlaces && !node.state.withLock { $0.isPipe } }

        func move(to offset: Int) throws(FileAccessError) { position.withLock { $0 = offset } }

        func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> Int {
            try files.check(.read, path)
            return node.state.withLock { state in
                let piece = state.bytes.dropFirst(offset).prefix(min(buffer.count, files.pieceBytes))
                buffer.copyBytes(from: piece)
                return piece.count
            }
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> ReadOutcome {
            try files.check(.read, path)
            return position.withLock { position in
                node.state.withLock { state in
                    let rest = state.bytes.dropFirst(position)
                    let piece = rest.prefix(min(buffer.count, files.pieceBytes))
                    guard !piece.isEmpty else { return state.isClosed ? .end : .notYet }
                    buffer.copyBytes(from: piece)
                    position += piece.count
                    return .bytes(piece.count)
                }
            }
        }
    }
}
