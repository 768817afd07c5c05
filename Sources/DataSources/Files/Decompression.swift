import CZlib
import CZstd

/// How the bytes of a file are packed, told by their first bytes, never by the file's name.
package enum Compression: String, Sendable, CaseIterable {
    case none
    case gzip
    case zlib
    case zstd

    /// How many of the first bytes ``init(prefix:)`` wants to see.
    package static let prefixBytes = 4

    /// Looks at the first bytes of a file.
    ///
    /// zstd's skippable frames count as zstd. A zlib header is two bytes whose number is a multiple of 31 with a
    /// window of at most 32 KiB (RFC 1950); no telemetry format that waymark reads begins like that.
    package init(prefix: some Collection<UInt8>) {
        let bytes = Array(prefix.prefix(Self.prefixBytes))
        self = .none
        guard bytes.count >= 2 else { return }
        if bytes[0] == 0x1F, bytes[1] == 0x8B {
            self = .gzip
        } else if bytes[0] == 0x78, (UInt32(bytes[0]) << 8 | UInt32(bytes[1])) % 31 == 0 {
            self = .zlib
        } else if bytes.count == 4 {
            let magic = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50 { self = .zstd }
        }
    }
}

/// Packed bytes that cannot be unpacked: which packing, where in the packed bytes, and why.
package struct DecompressionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The packing, such as `gzip`.
    package var compression: Compression
    /// The offset in the packed bytes at which unpacking stopped.
    package var offset: Int
    /// What is wrong there.
    package var reason: String

    /// Makes an error.
    package init(compression: Compression, offset: Int, reason: String) {
        self.compression = compression
        self.offset = offset
        self.reason = reason
    }

    /// The error as one line.
    package var description: String { "\(compression.rawValue), byte \(offset): \(reason)" }
}

/// What one step of a ``StreamDecompressor`` did.
package struct DecompressionStep: Sendable, Equatable {
    /// How many packed bytes were used up.
    package var consumed: Int
    /// How many unpacked bytes were written.
    package var produced: Int
}

/// Unpacks bytes piece by piece with bounded memory.
///
/// Rules: a step uses up some input, writes some output or both, until there is nothing more to do with what it was
/// given; members (gzip) and frames (zstd) that follow each other are one stream; at ``isAtBoundary`` the packed bytes
/// may end. After an error the decompressor is not used again.
package protocol StreamDecompressor: AnyObject {
    /// Whether everything so far was whole: nothing is missing if the input ends here.
    var isAtBoundary: Bool { get }
    /// Unpacks as much of `input` as fits into `output`.
    func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecompressionStep
}

extension Compression {
    /// A decompressor for this packing, or nil for none.
    ///
    /// `maximumOutput` limits the unpacked bytes of the whole stream; one byte more is an error.
    package func makeDecompressor(maximumOutput: Int = .max) throws(DecompressionError) -> (any StreamDecompressor)? {
        switch self {
        case .none: nil
        case .gzip, .zlib: try InflateDecompressor(self, maximumOutput: maximumOutput)
        case .zstd: try ZstdDecompressor(maximumOutput: maximumOutput)
        }
    }
}

/// gzip (RFC 1952) and zlib (RFC 1950) by Debian's zlib.
package final class InflateDecompressor: StreamDecompressor {
    // On the heap: zlib's own state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let compression: Compression
    private let maximumOutput: Int
    private var consumed = 0
    private var produced = 0
    /// Between members: before the first byte, or after the last byte of a trailer.
    package private(set) var isAtBoundary = true
    private var isFirstMember = true
    private var isPadding = false

    /// Makes a decompressor for `.gzip` or `.zlib`.
    package init(_ compression: Compression, maximumOutput: Int = .max) throws(DecompressionError) {
        self.compression = compression
        self.maximumOutput = maximumOutput
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window; 16 more asks for gzip's header and checksum.
        let bits: Int32 = compression == .gzip ? 15 + 16 : 15
        guard inflateInit2_(stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw DecompressionError(compression: compression, offset: 0, reason: "zlib could not start: no memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    package func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecompressionStep {
        guard input.count > 0 || !isAtBoundary else { return DecompressionStep(consumed: 0, produced: 0) }
        if isAtBoundary, !isFirstMember, let skipped = try padding(input) { return skipped }
        let room = min(output.count, maximumOutput - produced + (maximumOutput == .max ? 0 : 1), Int(UInt32.max))
        let given = min(input.count, Int(UInt32.max))
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(given)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        isAtBoundary = false
        let code = inflate(stream, Z_NO_FLUSH)
        let step = DecompressionStep(
            consumed: given - Int(stream.pointee.avail_in), produced: room - Int(stream.pointee.avail_out))
        consumed += step.consumed
        produced += step.produced
        switch code {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END:
            isAtBoundary = true
            isFirstMember = false
            inflateReset(stream)
        default: throw failure(code)
        }
        guard produced <= maximumOutput else {
            throw error("unpacks to more than the \(maximumOutput) bytes allowed")
        }
        return step
    }

    /// Zeros after the last member are padding, as on tapes; other bytes that begin no member are an error.
    private func padding(_ input: UnsafeRawBufferPointer) throws(DecompressionError) -> DecompressionStep? {
        guard compression == .gzip, input[0] == 0x1F, !isPadding else {
            let zeros = input.firstIndex { $0 != 0 } ?? input.count
            consumed += zeros
            isPadding = true
            guard zeros == input.count else { throw error("bytes follow its end that are no further member") }
            return DecompressionStep(consumed: zeros, produced: 0)
        }
        return nil
    }

    private func failure(_ code: Int32) -> DecompressionError {
        if code == Z_NEED_DICT { return error("needs a preset dictionary, which files do not carry") }
        let detail = stream.pointee.msg.map { String(cString: $0) }
        return error("is damaged: \(detail ?? "zlib says \(code)")")
    }

    private func error(_ reason: String) -> DecompressionError {
        DecompressionError(compression: compression, offset: consumed, reason: reason)
    }
}

/// zstd (RFC 8878) by Debian's libzstd.
package final class ZstdDecompressor: StreamDecompressor {
    private let context: OpaquePointer
    private let maximumOutput: Int
    private var consumed = 0
    private var produced = 0
    package private(set) var isAtBoundary = true

    /// Frames whose window is larger than this (2^27 bytes, zstd's own default) are refused: it is memory.
    private static let maximumWindowLog: Int32 = 27

    /// Makes a decompressor.
    package init(maximumOutput: Int = .max) throws(DecompressionError) {
        guard let context = ZSTD_createDCtx() else {
            throw DecompressionError(compression: .zstd, offset: 0, reason: "libzstd could not start: no memory")
        }
        self.context = context
        self.maximumOutput = maximumOutput
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.maximumWindowLog)
    }

    deinit { ZSTD_freeDCtx(context) }

    package func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecompressionStep {
        guard input.count > 0 || !isAtBoundary else { return DecompressionStep(consumed: 0, produced: 0) }
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let left = ZSTD_decompressStream(context, &target, &source)
        consumed += source.pos
        produced += target.pos
        if ZSTD_isError(left) != 0 {
            throw error("is damaged: \(String(cString: ZSTD_getErrorName(left)))")
        }
        isAtBoundary = left == 0
        guard produced <= maximumOutput else {
            throw error("unpacks to more than the \(maximumOutput) bytes allowed")
        }
        return DecompressionStep(consumed: source.pos, produced: target.pos)
    }

    private func error(_ reason: String) -> DecompressionError {
        DecompressionError(compression: .zstd, offset: consumed, reason: reason)
    }
}
