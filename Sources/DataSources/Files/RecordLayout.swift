import TelemetryCodecs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How records follow each other in a file.
package enum RecordLayout: String, Sendable, CaseIterable {
    /// One JSON value a line.
    case jsonLines
    /// JSON documents with line ends inside, usually just one; the elements of their long lists are the records.
    case jsonDocuments
    /// Protobuf messages, each after its length as a varint.
    case varintFrames
    /// Protobuf messages, each after its length as four bytes, most significant first: the Collector's file exporter.
    case bigEndianFrames
    /// One protobuf message, whose top-level fields are read one by one.
    case bareMessage

    /// The layout of protobuf messages that follow each other in this way.
    init(_ kind: ProtobufFrames.Kind) {
        switch kind {
        case .varintDelimited: self = .varintFrames
        case .bigEndian32: self = .bigEndianFrames
        case .single: self = .bareMessage
        }
    }

    /// The layout of JSON that begins like this; undecided beginnings are read as lines.
    init(_ layout: JSONLines.Layout) {
        switch layout {
        case .lines, .undecided: self = .jsonLines
        case .document: self = .jsonDocuments
        }
    }
}

/// Finds where records begin and end, block by block.
///
/// A block always begins where a record begins. What was looked through in vain is remembered, so that a record that
/// comes in many pieces is looked through once.
struct RecordSplitter: Sendable {
    /// What is at the front of the bytes.
    enum Step: Equatable {
        /// A record, and where the next one begins.
        case record(Range<Int>, next: Int)
        /// The record goes on beyond the bytes.
        case needsMore
        /// The bytes end inside a record that begins here, and no more will come.
        case cut(at: Int)
        /// Something that is no record, and where the next one begins.
        case invalid(at: Int, next: Int, reason: String)
        /// No record can begin here, and where the next one begins is unknown.
        case broken(at: Int, reason: String)
        /// All bytes are used up.
        case end
    }

    /// A line that is longer than this is taken apart like a document, in bytes.
    private static let longLineBytes = 32 << 20

    private(set) var layout: RecordLayout
    /// A longer record is refused.
    let maximumRecordBytes: Int
    /// What the last record needs around it.
    private(set) var wrapping = JSONDocumentSplitter.Wrapping.none
    private var looked = 0
    private var documents: JSONDocumentSplitter

    init(format: RecordFormat, layout: RecordLayout, maximumRecordBytes: Int = 1 << 30) {
        self.layout = layout
        self.maximumRecordBytes = maximumRecordBytes
        documents = JSONDocumentSplitter(keys: format.listKeys, maximumRecordBytes: maximumRecordBytes)
    }

    /// Whether the last document had elements that were records of their own.
    var hadElements: Bool { documents.hadElements }

    /// The record that begins at `start`.
    ///
    /// - Parameter isFinal: Whether nothing follows these bytes.
    mutating func next(in bytes: UnsafeRawBufferPointer, from start: Int, isFinal: Bool) -> Step {
        let step =
            switch layout {
            case .jsonLines: line(bytes, start, isFinal)
            case .jsonDocuments: document(bytes, start, isFinal)
            case .varintFrames: frame(bytes, start, .varintDelimited, isFinal)
            case .bigEndianFrames: frame(bytes, start, .bigEndian32, isFinal)
            case .bareMessage: frame(bytes, start, .single, isFinal)
            }
        if step != .needsMore {
            looked = 0
        } else if bytes.count - start > maximumRecordBytes {
            return .broken(at: start, reason: "is longer than \(maximumRecordBytes) bytes")
        }
        return step
    }

    // MARK: JSON

    private mutating func line(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ isFinal: Bool) -> Step {
        let from = start + looked
        if from < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + from, 0x0A, bytes.count - from)
        {
            let end = UnsafeRawPointer(found) - base
            return .record(start..<end, next: end + 1)
        }
        looked = bytes.count - start
        if looked > Self.longLineBytes {
            layout = .jsonDocuments
            return document(bytes, start, isFinal)
        }
        guard isFinal else { return .needsMore }
        return start < bytes.count ? .record(start..<bytes.count, next: bytes.count) : .end
    }

    private mutating func document(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ isFinal: Bool) -> Step {
        switch documents.next(in: bytes, from: start, isFinal: isFinal) {
        case .record(let range, let next, let wrapping):
            self.wrapping = wrapping
            return .record(range, next: next)
        case .invalid(let place, let next, let reason): return .invalid(at: place, next: next, reason: reason)
        case .needsMore: return .needsMore
        case .cut(let place): return .cut(at: place)
        case .tooLong(let place):
            return .broken(at: place, reason: "a JSON value is longer than \(maximumRecordBytes) bytes")
        case .end: return .end
        }
    }

    // MARK: Protobuf

    private func frame(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ kind: ProtobufFrames.Kind, _ isFinal: Bool
    ) -> Step {
        guard start < bytes.count else { return isFinal ? .end : .needsMore }
        var frames = ProtobufFrames(UnsafeRawBufferPointer(rebasing: bytes[start...]), kind: kind)
        do throws(DecodingError) {
            guard let range = try frames.next() else { return isFinal ? .cut(at: start) : .needsMore }
            return .record(start + range.lowerBound..<start + range.upperBound, next: start + frames.consumed)
        } catch {
            return .broken(at: start + error.offset, reason: error.reason)
        }
    }
}
