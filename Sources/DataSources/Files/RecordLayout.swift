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
    /// JSON values with line ends inside, usually just one.
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
struct RecordSplitter {
    /// What is at the front of the bytes.
    enum Step: Equatable {
        /// A record, and where the next one begins.
        case record(Range<Int>, next: Int)
        /// The record goes on beyond the bytes.
        case needsMore
        /// The bytes end inside a record that begins here, and no more will come.
        case cut(at: Int)
        /// No record can begin here, and where the next one begins is unknown.
        case broken(at: Int, reason: String)
        /// All bytes are used up.
        case end
    }

    let layout: RecordLayout
    /// A longer record is refused.
    let maximumRecordBytes: Int
    private var looked = 0
    private var scan = JSONValueScan()

    init(layout: RecordLayout, maximumRecordBytes: Int = 1 << 30) {
        self.layout = layout
        self.maximumRecordBytes = maximumRecordBytes
    }

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
            scan = JSONValueScan()
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
        guard isFinal else { return .needsMore }
        return start < bytes.count ? .record(start..<bytes.count, next: bytes.count) : .end
    }

    private mutating func document(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ isFinal: Bool) -> Step {
        if let end = scan.end(in: bytes, from: start + looked) { return .record(start..<end, next: end) }
        looked = bytes.count - start
        guard isFinal else { return .needsMore }
        return scan.hasBegun ? .record(start..<bytes.count, next: bytes.count) : .end
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

/// Finds the end of one JSON value by its brackets and quotes, across pieces; the decoder checks all the rest.
struct JSONValueScan {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Whether anything but white space came.
    private(set) var hasBegun = false

    /// The place after the value's last bracket, or nil when the value goes on.
    ///
    /// A value that is no object and no list ends at the next line end.
    mutating func end(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                hasBegun = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                hasBegun = true
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                hasBegun = true
                if depth <= 0 { return index }
            case 0x0A:
                if hasBegun, depth == 0 { return index }
            case 0x20, 0x09, 0x0D: break
            default: hasBegun = true
            }
        }
        return nil
    }
}
