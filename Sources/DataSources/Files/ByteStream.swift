/// The unpacked bytes of one opened file.
///
/// What the file is packed with is found from its first bytes. Plain bytes go from the file to the caller's buffer
/// without a stop.
final class ByteStream {

    private let file: any OpenedFile
    private var compression: Compression?
    private var decompressor: (any StreamDecompressor)?
    private var raw: UnsafeMutableRawBufferPointer
    private var rawStart = 0
    private var rawEnd = 0
    /// Bytes taken from the file, packed as they are.
    private(set) var rawPosition = 0
    /// Whether the last step filled the whole output, so that more may wait inside.
    private var mayHoldOutput = false

    private static let rawBytes = 256 << 10

    init(_ file: any OpenedFile) {
        self.file = file
        raw = .allocate(byteCount: Self.rawBytes, alignment: 16)
    }

    deinit { raw.deallocate() }

    /// What the file is packed with; nil until its first bytes are known.
    var packing: Compression? { compression }

    /// How many bytes of a plain file were given out, or passed over by ``move(to:)``.
    var plainPosition: Int { rawPosition - (rawEnd - rawStart) }

    /// Goes on at another place of a plain file, which must have places.
    func move(to offset: Int) throws(FileAccessError) {
        try file.move(to: offset)
        freeRaw()
        rawPosition = offset
    }

    /// Reads unpacked bytes into the buffer, which must not be empty.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> ReadOutcome {
        if compression == nil, let early = try detect() { return early }
        guard let decompressor else { return try readPlain(into: buffer) }
        while true {
            if rawStart == rawEnd {
                let outcome = try fill()
                if case .bytes = outcome {} else if !mayHoldOutput { return outcome }
            }
            let input = UnsafeRawBufferPointer(rebasing: raw[rawStart..<rawEnd])
            let step = try decompressor.step(input, into: buffer)
            rawStart += step.consumed
            mayHoldOutput = step.produced == buffer.count
            if step.produced > 0 { return .bytes(step.produced) }
        }
    }

    /// Checks that the packed bytes are whole, when no more will come.
    func finish() throws(DecompressionError) {
        guard let decompressor, let compression, !decompressor.isAtBoundary else { return }
        throw DecompressionError(
            compression: compression, offset: rawPosition, reason: "ends in the middle: the file is cut short")
    }

    /// Reads enough to know the packing; gives an outcome when that is not possible yet.
    private func detect() throws -> ReadOutcome? {
        while rawEnd < Compression.prefixBytes {
            let outcome = try fill()
            switch outcome {
            case .bytes: continue
            case .notYet: return .notYet
            case .end:
                // A file of one to three bytes is no packed file; an empty one may still grow.
                if rawEnd == 0 { return .end }
            }
            break
        }
        let found = Compression(prefix: raw[0..<min(rawEnd, Compression.prefixBytes)])
        decompressor = try found.makeDecompressor()
        compression = found
        return nil
    }

    private func readPlain(into buffer: UnsafeMutableRawBufferPointer) throws -> ReadOutcome {
        if rawStart < rawEnd {
            let count = min(buffer.count, rawEnd - rawStart)
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: raw[rawStart..<rawStart + count]))
            rawStart += count
            if rawStart == rawEnd { freeRaw() }
            return .bytes(count)
        }
        let outcome = try file.read(into: buffer)
        if case .bytes(let count) = outcome { rawPosition += count }
        return outcome
    }

    /// Plain files need no bytes in between once the first ones were looked at.
    private func freeRaw() {
        raw.deallocate()
        raw = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        rawStart = 0
        rawEnd = 0
    }

    /// Appends to the raw bytes; starts over when all were used.
    private func fill() throws -> ReadOutcome {
        if rawStart == rawEnd, compression != nil {
            rawStart = 0
            rawEnd = 0
        }
        let outcome = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: raw[rawEnd...]))
        if case .bytes(let count) = outcome {
            rawEnd += count
            rawPosition += count
        }
        return outcome
    }
}
