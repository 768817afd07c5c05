/// A chunk that is being written: whoever holds it decodes straight into its batch, and the store takes the rows in where
/// they lie.
///
/// Unchecked: it has one holder at a time, who got it from a lock and gives it back through one. Readers see tables of
/// rows that the store accepted, and nobody writes to those again.
package final class OpenSpans: @unchecked Sendable {
    /// The spans; rows before ``first`` belong to the store already.
    package var batch: SpanBatch
    /// The first row that the store has not taken in.
    package fileprivate(set) var first = 0
    /// The number of the chunk; nil before the store has taken in a row.
    fileprivate var sequence: UInt64?
    fileprivate var repairs = BatchRepairs()

    /// From how many bytes on a chunk is sealed, whatever the number of its rows.
    fileprivate static let mostBytes = 128 << 20

    /// Makes a chunk without rows, with room for what will come, as far as that can be told.
    package init(room: BatchRoom = BatchRoom()) { batch = SpanBatch(room: room) }

    /// How many rows the store has not taken in.
    package var count: Int { batch.count - first }

    /// Forgets the rows that the store has not taken in, such as those of a request that turned out to be broken.
    package func withdraw() { batch.withdraw(to: first) }

    /// What was mended or cut since this was asked last.
    fileprivate func takeRepairs() -> BatchRepairs {
        let all = batch.repairs
        defer { repairs = all }
        var new = BatchRepairs()
        new.invalidUTF8 = all.invalidUTF8 - repairs.invalidUTF8
        new.truncatedValues = all.truncatedValues - repairs.truncatedValues
        new.droppedAttributes = all.droppedAttributes - repairs.droppedAttributes
        return new
    }
}

extension SpanStore {
    /// Takes in the rows that were added to an open chunk since the last time; duplicates are counted and left out.
    ///
    /// - Returns: The rows that are new, and whether the chunk was sealed: then nobody may write to it any more.
    package mutating func append(_ open: OpenSpans, arrival: UInt64) -> (rows: AcceptedRows?, isSealed: Bool) {
        note(open.takeRepairs())
        let before = open.first
        if open.count > 0, let fresh = admit(before..<open.batch.count, of: open.batch.table) {
            // The copies hold no memory of the batch's, which is then nobody else's from the first of these rows on.
            let copies = SpanBatch.copy(of: fresh, of: open.batch.table)
            open.batch.withdraw(to: before)
            var map = SpanBatch.CodeMap()
            open.batch.append(0..<copies.count, of: copies.table, using: &map)
        }
        open.batch.markArrival(arrival, firstRow: before)
        open.first = open.batch.count
        let table = open.batch.table
        let isFull = table.count >= Self.chunkRows || table.byteCount >= OpenSpans.mostBytes
        guard open.first > before else {
            if isFull { close(open.sequence) }
            return (nil, isFull)
        }
        let sequence = open.sequence ?? takeSequence()
        open.sequence = sequence
        let chunk = Chunk(sequence: sequence, table: table, isSealed: isFull)
        show(chunk)
        return (AcceptedRows(chunk: chunk, rows: before..<open.first, arrival: arrival), isFull)
    }
}

extension SpanBatch {
    /// Some rows of a table in a batch of their own.
    fileprivate static func copy(of rows: [Int], of table: SpanTable) -> SpanBatch {
        var batch = SpanBatch()
        var map = CodeMap()
        batch.append(rows, of: table, using: &map)
        return batch
    }
}
