import DataSources
import Synchronization

/// A file in memory that gives its bytes in pieces.
final class MemoryFile: OpenedFile {
    private struct State {
        var position = 0
        var end: Int
        var random: FuzzRandom
    }

    private let bytes: [UInt8]
    private let longestPiece: Int
    private let state: Mutex<State>

    /// - Parameter visible: How much of the file is there until it ``grow()``s.
    init(_ bytes: UnsafeRawBufferPointer, longestPiece: Int, visible: Int? = nil) {
        self.bytes = Array(bytes)
        self.longestPiece = longestPiece
        state = Mutex(State(end: visible ?? bytes.count, random: FuzzRandom(bytes)))
    }

    /// Makes the rest of the file readable.
    func grow() { state.withLock { $0.end = bytes.count } }

    func info() throws(FileAccessError) -> FileInfo {
        FileInfo(kind: .regular, size: bytes.count, identity: .init(device: 1, file: 1))
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileAccessError) -> ReadOutcome {
        let piece = state.withLock { state in
            let wanted = longestPiece == .max ? Int.max : 1 + state.random.below(longestPiece)
            let start = state.position
            state.position += min(wanted, buffer.count, state.end - start)
            return start..<state.position
        }
        guard !piece.isEmpty else { return .end }
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[piece])) }
        return .bytes(piece.count)
    }
}
