import Telemetry
import TelemetryCodecs

/// Whole records of a file in memory of their own, so that they can be decoded beside others.
///
/// Unchecked: the bytes are written before the segment is made and only read after that; the memory is handed on by
/// ``takeMemory()`` when nobody reads it any more.
final class FileSegment: @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    private let range: Range<Int>
    /// Where the first byte lies in the unpacked file.
    let offset: Int
    /// How much had been taken from the file, packed as it is, before and after the segment was read.
    let rawRange: Range<Int>
    /// What the records are.
    let decoder: RecordDecoder

    /// Takes over the memory, in which the records lie at `range`.
    init(
        _ memory: UnsafeMutableRawBufferPointer, _ range: Range<Int>, offset: Int, rawRange: Range<Int>,
        decoder: RecordDecoder
    ) {
        self.memory = memory
        self.range = range
        self.offset = offset
        self.rawRange = rawRange
        self.decoder = decoder
    }

    deinit { memory.deallocate() }

    /// How many bytes the records have.
    var count: Int { range.count }

    /// Gives the memory away, for another segment; this one has no bytes any more.
    func takeMemory() -> UnsafeMutableRawBufferPointer {
        defer { memory = UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        return memory
    }

    /// How much of the file was taken, packed as it is, when so many bytes of the segment are used up.
    func rawPosition(at consumed: Int) -> Int {
        guard count > 0, consumed < count else { return rawRange.upperBound }
        let share = Double(consumed) / Double(count)
        return rawRange.lowerBound + Int(Double(rawRange.count) * share)
    }

    /// Decodes all records into batches of at most `batchRows` rows, unless one record has more.
    ///
    /// Other tasks get their turn now and then; when the task is cancelled the result is not whole.
    func decode(batchRows: Int, _ detail: SpanDetail, times: StageTimes?) async -> DecodedSegment {
        var result = DecodedSegment(segment: self)
        var decoder = decoder
        var at = 0
        var line = 0
        var block = DecodedBlock(batch: SpanBatch(detail))
        while at < count {
            if Task.isCancelled { return result }
            let batch = block.batch
            block.batch = SpanBatch()
            let limit = min(batchRows, batch.count + Self.rowsAtOnce)
            let part = times.measure(.decode) {
                decoder.decode(bytes(from: at), into: batch, rowLimit: limit, isFinal: false)
            }
            block.add(part, at: at, line: line)
            at += part.consumed
            line += part.lines
            block.consumed = at
            if block.isBroken || part.consumed == 0 { break }
            if block.batch.count >= batchRows {
                result.blocks.append(block)
                block = DecodedBlock(batch: SpanBatch(detail))
            }
            await Task.yield()
        }
        block.consumed = at
        if block.batch.count > 0 || block.records > 0 || block.problemCount > 0 || block.lines > 0 {
            result.blocks.append(block)
        }
        result.isWhole = true
        return result
    }

    /// How many rows are decoded before other tasks get their turn.
    private static let rowsAtOnce = 4_096

    private func bytes(from place: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[range.lowerBound + place..<range.upperBound])
    }
}

/// What the records of a segment gave.
struct DecodedSegment: Sendable {
    /// Where they came from.
    let segment: FileSegment
    /// The batches in their order. `consumed` counts from the beginning of the segment.
    var blocks: [DecodedBlock] = []
    /// Whether all records were looked at.
    var isWhole = false

    /// How many rows there are in all.
    var rows: Int { blocks.reduce(0) { $0 + $1.batch.count } }
}

extension DecodedBlock {
    /// Adds what a later part gave, which began at this byte and line of the same segment.
    mutating func add(_ part: DecodedBlock, at offset: Int, line: Int) {
        batch = part.batch
        counts += part.counts
        records += part.records
        lines += part.lines
        problemCount += part.problemCount
        isBroken = part.isBroken
        for problem in part.problems where problems.count < FileReport.maximumProblems {
            var problem = problem
            problem.offset += offset
            problem.line += line
            problems.append(problem)
        }
    }
}
