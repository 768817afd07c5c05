import Telemetry
import TelemetryCodecs

/// Reads one opened file from its beginning to its end, and further when it grows.
///
/// Decisions about when to read and what to do at the end are the caller's; this type turns bytes into batches.
package final class FileReader {
    /// Why ``advance(isLast:rowLimit:)`` came back.
    package enum Pause: Equatable {
        /// A batch is full, or a block is used up; call again.
        case more
        /// Nothing more is there now.
        case idle(ReadOutcome)
        /// Nothing more can be read from this file.
        case finished
    }

    let stream: ByteStream
    let buffer: RecordBuffer
    let options: FileSource.Options
    private(set) var decoder: RecordDecoder?
    var batch: SpanBatch
    var batchCounts = DecodedCounts()
    private var blockBytes: Int
    private var deliveredRaw = 0
    /// How much of the file, packed as it is, was read for what was decoded so far.
    var rawTaken = 0
    var triedTail = 0
    /// What became of the file so far.
    package internal(set) var report: FileReport
    private(set) var isFinished = false
    var failure: (any Error)?
    /// Where the last segment ended, packed as the file is.
    var cutRaw = 0
    /// Up to this byte there is no whole record to cut off.
    var uncutUntil = 0
    /// Up to where parts of the file may be read by themselves; nil when they may not, or it is not known yet.
    var placedEnd: Int?
    var asksForPlaces = true
    var segmentSize: SegmentSize
    /// Memory of segments that were used up.
    var spares: [UnsafeMutableRawBufferPointer] = []

    /// The file that is read.
    let file: any OpenedFile

    /// Makes a reader of a file that nothing was read from; `size` is nil for a stream.
    package init(_ file: any OpenedFile, path: String, size: Int?, options: FileSource.Options) {
        self.file = file
        self.options = options
        batch = SpanBatch(options.detail)
        stream = ByteStream(file)
        blockBytes = options.firstBlockBytes
        buffer = RecordBuffer(capacity: options.firstBlockBytes)
        segmentSize = SegmentSize(first: options.firstBlockBytes, limits: options.segmentLimits)
        report = FileReport(path: path)
        report.bytesTotal = size
    }

    deinit { dropSpares() }

    /// Bytes taken from the file, packed as they are.
    var position: Int { stream.rawPosition }

    /// Rows that wait to be delivered.
    var pendingRows: Int { batch.count }

    /// Whether something was decoded that is not delivered yet.
    var isPending: Bool { batch.count > 0 || batchCounts != DecodedCounts() }

    /// The number of the first line that was not taken in, from one.
    var takenLine: Int { buffer.line }

    /// Reads and decodes a step further.
    ///
    /// - Parameters:
    ///   - isLast: Whether the file's end is final. Otherwise what is unfinished there waits for its rest.
    ///   - rowLimit: How many rows a batch may have before it is delivered.
    package func advance(isLast: Bool, rowLimit: Int) -> Pause {
        if isFinished { return .finished }
        goOnInTurn()
        let outcome = fillOrFail(isLast: isLast)
        rawTaken = stream.rawPosition
        cutRaw = stream.rawPosition
        // What came before a failure is read to its last whole record; the cut is then the failure's own.
        let isFinal = outcome == .end && isLast && failure == nil
        let atEnd = outcome == .end
        if decoder == nil {
            guard detect(isWhole: atEnd, isIdle: outcome == .notYet, isLast: isLast) else {
                return isFinished ? .finished : pause(after: outcome, isLast: isLast)
            }
        }
        let full = decode(rowLimit: rowLimit, isFinal: isFinal, isIdle: atEnd && !isFinal)
        if isFinished { return .finished }
        if full { return .more }
        return pause(after: outcome, isLast: isLast)
    }

    /// Takes what was decoded and not yet delivered; nil when there is nothing to say.
    package func takeDelivery() -> Delivery? {
        let counts = batchCounts
        let wire = max(0, rawTaken - deliveredRaw)
        report.bytesRead = rawTaken
        if let total = report.bytesTotal, report.bytesRead > total { report.bytesTotal = report.bytesRead }
        guard batch.count > 0 || counts != DecodedCounts() else { return nil }
        let delivery = Delivery(
            spans: batch.count > 0 ? batch : nil, logRecords: counts.logRecords, metricPoints: counts.metricPoints,
            rejectedSpans: counts.rejectedSpans, rejectedLogRecords: counts.rejectedLogRecords,
            rejectedDataPoints: counts.rejectedMetricPoints, message: counts.message, wireBytes: wire,
            deployments: counts.deployments)
        deliveredRaw = rawTaken
        batch = SpanBatch(options.detail, room: batch.room)
        batchCounts = DecodedCounts()
        return delivery
    }

    /// Says that the sink took a delivery.
    package func delivered(spans: Int, rejected: Int) {
        report.spans += spans
        report.rejectedSpans += rejected
    }

    /// Says that nothing more will be read.
    func close() {
        report.bytesRead = max(stream.rawPosition, cutRaw)
        report.isDone = true
        isFinished = true
    }

    /// Adds something to the report.
    func note(_ kind: FileProblem.Kind, _ reason: String) {
        report.note(FileProblem(kind, path: report.path, offset: buffer.offset, reason: reason))
    }

    // MARK: Steps

    /// Reads at most so many bytes to the end of the buffer.
    func read(upTo count: Int) throws -> ReadOutcome {
        try options.times.measure(.read) { try stream.read(into: buffer.room(upTo: count)) }
    }

    /// Reads until a block is full or nothing more is there.
    private func fill() throws -> ReadOutcome {
        let wanted = decoder == nil ? max(blockBytes, options.detectionBytes) : blockBytes
        while buffer.count < wanted {
            let outcome = try read(upTo: wanted - buffer.count)
            guard case .bytes(let count) = outcome else { return outcome }
            buffer.filled(count)
            triedTail = 0
            // What a detector has not seen yet is not worth waiting for.
            if decoder == nil, buffer.count >= options.detectionBytes { break }
        }
        return .bytes(buffer.count)
    }

    /// Finds the format; false when that is not possible (yet).
    private func detect(isWhole: Bool, isIdle: Bool, isLast: Bool) -> Bool {
        report.compression = stream.packing ?? .none
        let waits = !isWhole && buffer.count < options.detectionBytes
        if waits, !(isIdle && buffer.bytes.contains(0x0A)) { return false }
        // A file that is followed may be empty, or hold half a line, when it is first seen.
        if isWhole, !isLast, !buffer.bytes.contains(0x0A), buffer.count < 64 { return false }
        switch FormatGuess(prefix: buffer.bytes) {
        case .records(let format, let layout, let skip):
            report.format = format
            report.layout = layout
            buffer.skip(skip)
            decoder = RecordDecoder(format: format, layout: layout, maximumRecordBytes: options.maximumRecordBytes)
            return true
        case .empty:
            return false
        case .refused(let reason):
            report.note(FileProblem(.refused, path: report.path, reason: reason))
            close()
            return false
        }
    }

    /// Decodes what the buffer holds; true when the batch is full or the next block should be read at once.
    private func decode(rowLimit: Int, isFinal: Bool, isIdle: Bool) -> Bool {
        guard var decoder else { return false }
        // A tail that was tried and is not whole is not tried again before it grew.
        let isTentative = isIdle && buffer.count != triedTail
        let part = options.times.measure(.decode) {
            decoder.decode(buffer.bytes, into: &batch, rowLimit: rowLimit, isFinal: isFinal, isTentative: isTentative)
        }
        self.decoder = decoder
        batchCounts += part.counts
        report.records += part.records
        take(
            part.problems, total: part.problemCount, at: buffer.offset, line: buffer.line, column: buffer.column)
        buffer.use(part.consumed, lines: part.lines)
        if isTentative { triedTail = buffer.count }
        if part.isBroken {
            close()
        } else if part.needsMore, buffer.count >= blockBytes {
            blockBytes = buffer.count * 2
        } else {
            blockBytes = min(max(blockBytes * 2, options.firstBlockBytes), options.blockBytes)
        }
        return !part.needsMore
    }

    /// Notes problems of a block that begins at this byte and line of the file, `column` bytes into the line.
    func take(_ problems: [RecordProblem], total: Int, at offset: Int, line: Int, column: Int = 0) {
        for problem in problems {
            let isText = report.format?.isText == true
            var reason = problem.reason
            if problem.kind == .cut {
                reason = "\(problem.reason) at byte \(offset + problem.offset)"
                reason += ": \(report.spans + batch.count) spans were read before it"
            } else if !isText {
                reason = "byte \(offset + problem.offset): \(problem.reason)"
            }
            report.note(
                FileProblem(
                    problem.kind, path: report.path, line: isText ? line + problem.line : nil,
                    column: isText ? problem.column + (problem.line == 0 ? column : 0) : nil,
                    offset: offset + problem.offset, reason: reason))
        }
        report.problemCount += max(0, total - problems.count)
    }

    private func pause(after outcome: ReadOutcome, isLast: Bool) -> Pause {
        switch outcome {
        case .bytes: return .more
        case .notYet: return .idle(.notYet)
        case .end:
            if let failure { report(failure) }
            guard isLast || failure != nil else {
                buffer.rest()
                return .idle(.end)
            }
            close()
            return .finished
        }
    }

    /// Reads a block; a failure is kept until everything before it was decoded, and looks like the end until then.
    private func fillOrFail(isLast: Bool) -> ReadOutcome {
        if failure != nil { return .end }
        do {
            let outcome = try fill()
            if outcome == .end, isLast { try stream.finish() }
            return outcome
        } catch {
            failure = error
            return .end
        }
    }

    private func report(_ error: any Error) {
        let reason =
            switch error {
            case let error as DecompressionError: "\(error); \(report.spans + batch.count) spans were read before it"
            case let error as FileAccessError: error.reason
            default: "\(error)"
            }
        note(.unreadable, reason)
    }
}
