import Telemetry
import TelemetryCodecs

/// Whole records of a file, to be decoded beside others: in memory of their own, or still in the file.
///
/// Unchecked: everything that changes is touched only before the segment is handed to the one task that decodes it, by
/// that task, and, for ``takeMemory()``, after it.
final class FileSegment: @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    /// Which bytes of the memory are there and not used up; they begin with a record.
    private var held: Range<Int>
    /// How many bytes of the segment are still in the file.
    private var unread = 0
    private var windowBytes = 0
    private let file: (any OpenedFile)?
    /// How many bytes the records have.
    let count: Int
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
        held = range
        count = range.count
        file = nil
        self.offset = offset
        self.rawRange = rawRange
        self.decoder = decoder
    }

    /// A part of a plain file that has places, read when it is decoded, a window at a time.
    ///
    /// - Parameter memory: Taken over, to be read into; other memory is taken when it is too small.
    init(
        _ file: any OpenedFile, _ place: Range<Int>, windowBytes: Int, memory: UnsafeMutableRawBufferPointer,
        decoder: RecordDecoder
    ) {
        self.memory = memory
        held = 0..<0
        count = place.count
        unread = place.count
        self.windowBytes = max(1, windowBytes)
        self.file = file
        offset = place.lowerBound
        rawRange = place
        self.decoder = decoder
    }

    deinit { memory.deallocate() }

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
    /// - Parameter room: how much the batches will hold, as far as that can be told.
    ///
    /// Other tasks get their turn now and then; when the task is cancelled the result is not whole.
    func decode(
        batchRows: Int, _ detail: SpanDetail, room: BatchRoom = BatchRoom(), times: StageTimes?
    ) async -> DecodedSegment {
        var result = DecodedSegment(segment: self)
        var decoder = decoder
        var at = 0
        var line = 0
        var window = windowBytes
        var isUsedUp = true
        var block = DecodedBlock(batch: SpanBatch(detail, room: room))
        while at < count {
            if Task.isCancelled { return result }
            if isUsedUp, !times.measure(.read, { fill(window) }) {
                result.stoppedAt = at
                break
            }
            let limit = min(batchRows, block.batch.count + Self.rowsAtOnce)
            let part = times.measure(.decode) {
                decoder.decode(bytes, into: &block.batch, rowLimit: limit, isFinal: false)
            }
            block.part.add(part, at: at, line: line)
            held = held.lowerBound + part.consumed..<held.upperBound
            at += part.consumed
            line += part.lines
            block.part.consumed = at
            // A record that is longer than the window needs a larger one.
            window = part.consumed == 0 ? max(window, held.count) * 2 : windowBytes
            isUsedUp = part.needsMore
            if block.part.isBroken || part.consumed == 0 && unread == 0 { break }
            if block.batch.count >= batchRows {
                result.blocks.append(block)
                block = DecodedBlock(batch: SpanBatch(detail, room: block.batch.room))
            }
            await Task.yield()
        }
        block.part.consumed = at
        if block.batch.count > 0 || block.part.records > 0 || block.part.problemCount > 0 || block.part.lines > 0 {
            result.blocks.append(block)
        }
        result.isWhole = true
        return result
    }

    /// How many rows are decoded before other tasks get their turn.
    private static let rowsAtOnce = 4_096

    private var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[held]) }

    /// Reads on until so many bytes are there, or all; false when the file does not give them.
    private func fill(_ wanted: Int) -> Bool {
        guard unread > 0, let file else { return true }
        let wanted = min(wanted, held.count + unread)
        makeRoom(wanted)
        while held.count < wanted {
            let room = UnsafeMutableRawBufferPointer(rebasing: memory[held.upperBound..<wanted])
            guard let count = try? file.read(at: offset + count - unread, into: room), count > 0 else { return false }
            held = held.lowerBound..<held.upperBound + min(count, room.count)
            unread -= min(count, room.count)
        }
        return true
    }

    /// Moves what is there to the front of memory with room for so many bytes.
    private func makeRoom(_ wanted: Int) {
        let rest = bytes
        if memory.count < wanted {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: wanted, alignment: 16)
            larger.copyMemory(from: rest)
            memory.deallocate()
            memory = larger
        } else if held.lowerBound > 0, !rest.isEmpty {
            memory.copyMemory(from: rest)
        }
        held = 0..<rest.count
    }
}

/// Spans, and what else the records gave that they come from.
struct DecodedBlock: Sendable {
    var batch: SpanBatch
    var part = DecodedPart()
}

/// What the records of a segment gave.
struct DecodedSegment: Sendable {
    /// Where they came from.
    let segment: FileSegment
    /// The batches in their order. `consumed` counts from the beginning of the segment.
    var blocks: [DecodedBlock] = []
    /// Whether all records were looked at.
    var isWhole = false
    /// How many bytes were used up before the file gave less than it was said to have, or a fault; nil when it did not.
    var stoppedAt: Int?

    /// How many rows there are in all.
    var rows: Int { blocks.reduce(0) { $0 + $1.batch.count } }
}

extension DecodedPart {
    /// Adds what a later part gave, which began at this byte and line of the same segment.
    mutating func add(_ part: DecodedPart, at offset: Int, line: Int) {
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
