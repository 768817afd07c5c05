import Telemetry
import TelemetryCodecs

/// How large the next segment is: twice the last one, until it holds about as many rows as a good batch.
struct SegmentSize {
    /// The rows that a segment should have: enough for a sealed chunk, few enough for a processor's cache.
    static let rows = 24_576

    private let limits: ClosedRange<Int>
    private var last: Int
    private var target: Int

    init(first: Int, limits: ClosedRange<Int>) {
        self.limits = limits
        last = max(1, first)
        target = limits.upperBound
    }

    /// The size of the next segment in bytes.
    mutating func next() -> Int {
        last = min(target, last * 2)
        return last
    }

    /// Learns from a segment that was decoded.
    mutating func learn(bytes: Int, rows: Int) {
        guard rows > 0, bytes > 0 else { return }
        let wanted = Double(bytes) / Double(rows) * Double(Self.rows)
        target = min(limits.upperBound, max(limits.lowerBound, Int(min(wanted, Double(limits.upperBound)))))
    }
}

extension FileSource.Options {
    /// The sizes that segments may settle at, in bytes.
    var segmentLimits: ClosedRange<Int> {
        let least = max(1, min(blockBytes, segmentBytes))
        return least...max(least, segmentBytes)
    }
}

extension FileReader {
    /// Cuts the next whole records off, to be decoded beside others; nil when ``advance(isLast:rowLimit:)`` is to go on:
    /// at the end, at a fault, while a pipe is quiet, and for records that lie in each other.
    ///
    /// Nothing may be pending then. Segments are handed back, in their order, to ``take(_:of:)``.
    func nextSegment() -> FileSegment? {
        guard !isFinished, failure == nil, let decoder, decoder.canBeCut, !isPending else { return nil }
        guard buffer.offset + buffer.count >= uncutUntil else { return nil }
        let wanted = segmentSize.next()
        if let segment = nextPlacedSegment(wanted, decoder) { return segment }
        goOnInTurn()
        if failure != nil { return nil }
        guard let outcome = fillSegment(wanted), outcome != .notYet else { return nil }
        let count = decoder.wholeRecords(in: buffer.bytes)
        guard count > 0 else {
            uncutUntil = buffer.offset + buffer.count + 1
            return nil
        }
        let raw = cutRaw..<max(cutRaw, stream.rawPosition)
        cutRaw = raw.upperBound
        triedTail = 0
        let spare = spares.popLast()
        return buffer.cut(count, spare: spare, capacity: wanted + wanted / 8) { memory, range, offset in
            FileSegment(memory, range, offset: offset, rawRange: raw, decoder: decoder.restarted)
        }
    }

    /// Takes in what one batch of a segment gave, as what is to be delivered next.
    func take(_ block: DecodedBlock, of segment: FileSegment) {
        batch = block.batch
        batchCounts += block.part.counts
        report.records += block.part.records
        take(block.part.problems, total: block.part.problemCount, at: segment.offset, line: takenLine)
        rawTaken = segment.rawPosition(at: block.part.consumed)
        if block.part.isBroken { close() }
    }

    /// Says that all of a segment was taken in; its memory serves the next one.
    ///
    /// Where the file gave less than it was said to have, or a fault, it is read in turn from there on, which says so.
    func finish(_ decoded: DecodedSegment) {
        if let place = decoded.stoppedAt {
            buffer.jump(to: decoded.segment.offset + place)
            cutRaw = buffer.offset
            placedEnd = nil
        }
        buffer.use(0, lines: decoded.blocks.reduce(0) { $0 + $1.part.lines })
        segmentSize.learn(bytes: decoded.segment.count, rows: decoded.rows)
        spares.append(decoded.segment.takeMemory())
    }

    /// Gives back the memory that waits for segments.
    func dropSpares() {
        for spare in spares { spare.deallocate() }
        spares = []
    }

    /// Reads until so many bytes are there, or nothing more is; nil after a failure, which is kept.
    private func fillSegment(_ wanted: Int) -> ReadOutcome? {
        do {
            while buffer.count < wanted {
                let outcome = try read(upTo: wanted - buffer.count)
                guard case .bytes(let count) = outcome else { return outcome }
                buffer.filled(count)
            }
            return .bytes(buffer.count)
        } catch {
            failure = error
            return nil
        }
    }
}

extension RecordDecoder {
    /// Whether records lie one after another, so that a block can be cut between them.
    var canBeCut: Bool { layout != .jsonDocuments }

    /// A decoder of the same records that begins with another block.
    var restarted: RecordDecoder {
        RecordDecoder(format: format, layout: layout, maximumRecordBytes: maximumRecordBytes)
    }

    /// How many bytes whole records take at the front of a block that begins with one.
    func wholeRecords(in bytes: UnsafeRawBufferPointer) -> Int {
        if layout == .jsonLines { return bytes.lastLineEnd }
        var splitter = RecordSplitter(format: format, layout: layout, maximumRecordBytes: maximumRecordBytes)
        var end = 0
        while case .record(_, let next) = splitter.next(in: bytes, from: end, isFinal: false) { end = next }
        return end
    }
}
