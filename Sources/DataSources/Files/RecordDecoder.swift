import Telemetry
import TelemetryCodecs

/// What records of a file hold.
package enum RecordFormat: String, Sendable, CaseIterable {
    case otlpJSON = "OTLP JSON"
    case otlpProtobuf = "OTLP protobuf"
    case jaegerJSON = "Jaeger JSON"
    case zipkinJSON = "Zipkin JSON"

    /// Whether records are text with lines.
    package var isText: Bool { self != .otlpProtobuf }

    /// The keys of a document whose lists are long and can be read element by element.
    var listKeys: [String] {
        switch self {
        case .otlpJSON: ["resourceSpans", "resourceLogs", "resourceMetrics"]
        case .jaegerJSON: ["data"]
        case .otlpProtobuf, .zipkinJSON: []
        }
    }
}

/// A problem with one record, placed relative to the block it was found in.
struct RecordProblem: Equatable, Sendable {
    var kind: FileProblem.Kind
    /// Line ends in the block before the place.
    var line: Int
    /// The byte in that line, from one.
    var column: Int
    /// The byte in the block.
    var offset: Int
    var reason: String
}

/// What one pass over a block gave beside the spans.
struct DecodedPart: Sendable {
    var counts = DecodedCounts()
    var records = 0
    var problems: [RecordProblem] = []
    var problemCount = 0
    /// How much of the block was used up, in bytes.
    var consumed = 0
    /// Line ends in the used part.
    var lines = 0
    /// Whether the rest of the block needs more bytes, as opposed to a batch that is full.
    var needsMore = false
    /// Whether nothing behind the used part can be read.
    var isBroken = false
}

/// The pure step from bytes to columns: no file, no clock, no sink. Blocks that begin where records begin can be decoded
/// side by side.
struct RecordDecoder: Sendable {
    let format: RecordFormat
    private var splitter: RecordSplitter

    /// How records follow each other; lines that are very long are taken apart like documents from then on.
    var layout: RecordLayout { splitter.layout }
    /// A longer record is refused.
    var maximumRecordBytes: Int { splitter.maximumRecordBytes }

    init(format: RecordFormat, layout: RecordLayout, maximumRecordBytes: Int = 1 << 30) {
        self.format = format
        splitter = RecordSplitter(format: format, layout: layout, maximumRecordBytes: maximumRecordBytes)
    }

    /// Decodes records until the block is used up or the batch has `rowLimit` rows; one record is never divided.
    ///
    /// - Parameters:
    ///   - isFinal: Whether nothing follows the block. A record that the end cuts is then a problem.
    ///   - isTentative: Whether what follows the last whole record is tried as a record and left alone when it is none.
    mutating func decode(
        _ bytes: UnsafeRawBufferPointer, into batch: inout SpanBatch, rowLimit: Int, isFinal: Bool,
        isTentative: Bool = false
    ) -> DecodedPart {
        var part = DecodedPart()
        while batch.count < rowLimit {
            let start = part.consumed
            switch splitter.next(in: bytes, from: start, isFinal: isFinal || isTentative) {
            case .record(let range, let next):
                let isTail = splitter.layout == .jsonLines && range.upperBound == bytes.count
                if isTentative, isTail, !isWhole(bytes, range) {
                    part.needsMore = true
                    return part
                }
                decode(bytes, range, isTail: isTail && isFinal, into: &batch, &part)
                part.lines += lineEnds(bytes, start..<next)
                part.consumed = next
            case .needsMore:
                part.needsMore = true
                return part
            case .end:
                part.consumed = bytes.count
                part.needsMore = true
                return part
            case .cut(let place):
                if isTentative {
                    part.needsMore = true
                    return part
                }
                note(.cut, at: place, in: bytes, "ends in the middle of a record", &part)
                part.consumed = bytes.count
                part.needsMore = true
                return part
            case .invalid(let place, let next, let reason):
                note(.invalidRecord, at: place, in: bytes, "\(format.rawValue): \(reason)", &part)
                part.lines += lineEnds(bytes, start..<next)
                part.consumed = next
            case .broken(let place, let reason):
                note(.unreadable, at: place, in: bytes, "\(reason); nothing behind it can be read", &part)
                part.consumed = bytes.count
                part.isBroken = true
                return part
            }
        }
        return part
    }

    // MARK: One record

    private func decode(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, isTail: Bool, into batch: inout SpanBatch,
        _ part: inout DecodedPart
    ) {
        let record = UnsafeRawBufferPointer(rebasing: bytes[range])
        if splitter.layout == .jsonLines, isBlank(record) { return }
        let rows = batch.count
        do throws(DecodingError) {
            if splitter.layout == .jsonDocuments {
                try decodePart(record, into: &batch, &part)
            } else {
                part.records += 1
                part.counts += try decodeRecord(record, into: &batch)
            }
        } catch {
            batch.truncate(to: rows)
            let isCut = isTail && error.offset >= trimmedCount(record)
            let reason = isCut ? "ends in the middle of a record" : "\(error.format): \(error.reason)"
            note(isCut ? .cut : .invalidRecord, at: range.lowerBound + error.offset, in: bytes, reason, &part)
        }
    }

    /// Decodes an element of a document with what it needs around it, or the rest of a document.
    private func decodePart(_ record: UnsafeRawBufferPointer, into batch: inout SpanBatch, _ part: inout DecodedPart)
        throws(DecodingError)
    {
        var text: [UInt8]
        var prefix = 0
        switch splitter.wrapping {
        case .none:
            part.records += 1
            part.counts += try decodeRecord(record, into: &batch)
            return
        case .element(let key):
            part.records += 1
            guard format == .otlpJSON else {
                part.counts += try decodeRecord(record, into: &batch)
                return
            }
            text = Array("{\"".utf8) + key + Array("\":[".utf8)
            prefix = text.count
            text.reserveCapacity(prefix + record.count + 2)
            text += record
            text += Array("]}".utf8)
        case .rest(let bytes):
            // Where in the file a fault of the rest is, is known only when nothing was taken out.
            if !splitter.hadElements { part.records += 1 }
            text = bytes
        }
        do throws(DecodingError) {
            part.counts += try decode(text, into: &batch)
        } catch {
            let offset = min(max(0, error.offset - prefix), record.count)
            throw DecodingError(format: error.format, offset: offset, reason: error.reason)
        }
    }

    private func decode(_ text: [UInt8], into batch: inout SpanBatch) throws(DecodingError) -> DecodedCounts {
        var result = Result<DecodedCounts, DecodingError>.success(DecodedCounts())
        text.withUnsafeBytes { bytes in
            do throws(DecodingError) {
                result = .success(try decodeRecord(bytes, into: &batch))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private func decodeRecord(
        _ record: UnsafeRawBufferPointer, into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        switch format {
        case .otlpJSON: try OTLPJSON.decodeAny(record, into: &batch)
        case .jaegerJSON: try JaegerJSON.decodeTraces(record, into: &batch)
        case .zipkinJSON: try ZipkinJSON.decodeTraces(record, into: &batch)
        case .otlpProtobuf: try anySignal(record, into: &batch)
        }
    }

    /// Protobuf does not say which signal it holds. Spans, log records and metrics disagree early about the types of
    /// their fields, so what is not spans is tried as the other two; when all fail, the words about spans stand.
    private func anySignal(
        _ record: UnsafeRawBufferPointer, into batch: inout SpanBatch
    ) throws(DecodingError) -> DecodedCounts {
        let rows = batch.count
        let failure: DecodingError?
        var spans = DecodedCounts()
        do throws(DecodingError) {
            spans = try OTLPProtobuf.decodeTraces(record, into: &batch)
            if spans.spans > 0 || spans.rejectedSpans == 0 { return spans }
            failure = nil
        } catch {
            failure = error
        }
        batch.truncate(to: rows)
        if let logs = try? OTLPProtobuf.countLogs(record), logs.logRecords > 0 { return logs }
        if let metrics = try? OTLPProtobuf.countMetrics(record), metrics.metricPoints > 0 { return metrics }
        if let failure { throw failure }
        return spans
    }

    /// Whether the last bytes of a file that is still written are a whole record already.
    private func isWhole(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        let record = UnsafeRawBufferPointer(rebasing: bytes[range])
        if isBlank(record) { return false }
        var scratch = SpanBatch()
        do throws(DecodingError) {
            _ = try decodeRecord(record, into: &scratch)
            return true
        } catch {
            return false
        }
    }

    // MARK: Places

    private func note(
        _ kind: FileProblem.Kind, at place: Int, in bytes: UnsafeRawBufferPointer, _ reason: String,
        _ part: inout DecodedPart
    ) {
        part.problemCount += 1
        guard part.problems.count < FileReport.maximumProblems else { return }
        let place = min(max(place, part.consumed), bytes.count)
        var lineStart = place
        while lineStart > 0, bytes[lineStart - 1] != 0x0A { lineStart -= 1 }
        let line = part.lines + lineEnds(bytes, part.consumed..<place)
        part.problems.append(
            RecordProblem(kind: kind, line: line, column: place - lineStart + 1, offset: place, reason: reason))
    }

    private func lineEnds(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
        guard format.isText else { return 0 }
        if splitter.layout == .jsonLines, range.upperBound > range.lowerBound {
            // A line has one line end, its last byte, if any.
            return bytes[range.upperBound - 1] == 0x0A ? 1 : 0
        }
        return bytes[range].reduce(0) { $1 == 0x0A ? $0 + 1 : $0 }
    }

    private func isBlank(_ record: UnsafeRawBufferPointer) -> Bool {
        record.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
    }

    private func trimmedCount(_ record: UnsafeRawBufferPointer) -> Int {
        var count = record.count
        while count > 0, [0x20, 0x09, 0x0D, 0x0A].contains(record[count - 1]) { count -= 1 }
        return count
    }
}
