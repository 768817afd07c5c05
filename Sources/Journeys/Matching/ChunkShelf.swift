/// What is known of the few chunks that are being written at the same time, by receivers side by side: their batches come
/// in turns, and what was worked out for one chunk shall not be worked out again after each batch of another.
struct ChunkShelf<Knowledge: Sendable>: Sendable {
    /// Of how many chunks besides the one at hand something is kept.
    private static var most: Int { 3 }

    private var kept: [(chunk: UInt64, knowledge: Knowledge)] = []

    /// Puts away what is known of one chunk and gives what is known of another; nil when nothing is.
    ///
    /// - Parameters:
    ///   - knowledge: What is known of the chunk at hand so far.
    ///   - chunk: Its number; nil when the rows lay in no chunk, and then nothing of it is kept.
    ///   - next: The number of the chunk that comes.
    mutating func exchange(_ knowledge: consuming Knowledge, of chunk: UInt64?, for next: UInt64?) -> Knowledge? {
        let found = kept.firstIndex { $0.chunk == next }.map { kept.remove(at: $0).knowledge }
        if let chunk {
            // Those that were used last are the last.
            if kept.count >= Self.most { kept.removeFirst() }
            kept.append((chunk, knowledge))
        }
        return found
    }

    /// Forgets everything.
    mutating func removeAll() { kept.removeAll() }
}
