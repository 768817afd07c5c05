import TelemetryCodecs

/// What the first unpacked bytes of a file say about the rest.
enum FormatGuess: Equatable {
    /// Records of this format, laid out like this, after so many bytes to skip.
    case records(RecordFormat, RecordLayout, skip: Int)
    /// Nothing but white space.
    case empty
    /// Another kind of file, and why it is thought to be one.
    case refused(String)

    /// Looks at the first bytes of a file; they may end anywhere.
    init(prefix: UnsafeRawBufferPointer) {
        let hasMark = prefix.starts(with: [0xEF, 0xBB, 0xBF])
        let skip = hasMark ? 3 : 0
        let bytes = UnsafeRawBufferPointer(rebasing: prefix[skip..<min(prefix.count, FormatDetection.prefixBytes)])
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }) {
            self = .empty
            return
        }
        switch FormatDetection.detect(bytes) {
        case .otlpJSON(let layout): self = .records(.otlpJSON, Self.layout(layout, of: bytes), skip: skip)
        case .jaegerJSON(let layout): self = .records(.jaegerJSON, Self.layout(layout, of: bytes), skip: skip)
        case .zipkinJSON(let layout): self = .records(.zipkinJSON, Self.layout(layout, of: bytes), skip: skip)
        case .otlpProtobuf:
            self = Self.protobuf(bytes, skip) ?? .refused("is no OTLP protobuf, though it begins a little like it")
        case .unknown(let reason):
            // Protobuf that begins with another field than most is told by its whole structure, and JSON lines whose
            // first ones are broken by a later line.
            self =
                Self.protobuf(bytes, skip) ?? Self.laterLine(bytes, skip)
                ?? .refused("cannot be read as traces: \(reason)")
        }
    }

    private static func protobuf(_ bytes: UnsafeRawBufferPointer, _ skip: Int) -> FormatGuess? {
        ProtobufFrames.detect(prefix: bytes).map { .records(.otlpProtobuf, RecordLayout($0), skip: skip) }
    }

    /// A first line that is broken looks like the beginning of a document over many lines, but for the next line, which
    /// begins with the same key.
    private static func layout(_ layout: JSONLines.Layout, of bytes: UnsafeRawBufferPointer) -> RecordLayout {
        guard layout == .document, let lineEnd = bytes.firstIndex(of: 0x0A),
            let keyEnd = bytes[..<lineEnd].firstIndex(of: UInt8(ascii: ":"))
        else { return RecordLayout(layout) }
        let isAlike = bytes[(lineEnd + 1)...].starts(with: bytes[...keyEnd])
        return isAlike ? .jsonLines : .jsonDocuments
    }

    /// How many lines at the beginning of a file may be broken.
    private static let maximumBrokenLines = 20

    private static func laterLine(_ bytes: UnsafeRawBufferPointer, _ skip: Int) -> FormatGuess? {
        var lines = JSONLines(bytes)
        _ = lines.next()
        for _ in 0..<maximumBrokenLines {
            let start = lines.consumed
            guard let line = lines.next() ?? lines.last() else { return nil }
            switch FormatDetection.detect(UnsafeRawBufferPointer(rebasing: bytes[line])) {
            case .otlpJSON: return .records(.otlpJSON, .jsonLines, skip: skip)
            case .jaegerJSON: return .records(.jaegerJSON, .jsonLines, skip: skip)
            case .zipkinJSON: return .records(.zipkinJSON, .jsonLines, skip: skip)
            case .otlpProtobuf, .unknown: if lines.consumed == start { return nil }
            }
        }
        return nil
    }
}
