import CZlib

/// Gzip in memory, with a limit on what comes out.
package enum Gzip {
    /// Why bytes could not be inflated.
    package enum Failure: Error, Equatable {
        /// Not gzip, damaged, or cut off.
        case corrupt
        /// More than the limit would come out.
        case tooLarge
        /// The budget has no room for the result now.
        case noRoom
    }

    /// Results up to this size are inflated in one go; larger ones are measured first.
    ///
    /// Measuring costs a second pass over the input but no memory, so that a bomb never takes more than this, not even
    /// fifty at a time, and an honest large body is allocated once, at its exact size.
    static let singlePassBytes = 1 << 20

    private static let scratchBytes = 64 << 10
    /// 15 bits of window, plus 16 for a gzip header and trailer.
    private static let gzipWindowBits: Int32 = 15 + 16

    /// Inflates one or more gzip members.
    ///
    /// - Parameters:
    ///   - input: The compressed bytes, whole.
    ///   - limit: The most bytes that may come out.
    ///   - share: Is charged before memory is taken.
    package static func inflate(
        _ input: UnsafeRawBufferPointer, limit: Int, share: ByteShare
    ) throws(Failure) -> [UInt8] {
        let hint = sizeHint(of: input)
        if hint <= min(limit, singlePassBytes) {
            guard share.grow(by: hint) else { throw .noRoom }
            if let result = try inflateExactly(input, size: hint) { return result }
        }
        let size = try measure(input, limit: limit)
        guard share.grow(by: size) else { throw .noRoom }
        guard let result = try inflateExactly(input, size: size) else { throw .corrupt }
        return result
    }

    /// Compresses bytes into one gzip member; nil when zlib is out of memory.
    package static func compress(_ input: [UInt8]) -> [UInt8]? {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        let started = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { return nil }
        defer { deflateEnd(stream) }
        let bound = Int(deflateBound(stream, UInt(input.count)))
        var finished = false
        let output = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            input.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(clamping: input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(clamping: bound)
                finished = deflate(stream, Z_FINISH) == Z_STREAM_END
            }
            count = finished ? Int(stream.pointee.total_out) : 0
        }
        return finished ? output : nil
    }

    /// What the trailer says comes out (modulo 2^32); may be false, and is of the last member only.
    private static func sizeHint(of input: UnsafeRawBufferPointer) -> Int {
        guard input.count >= 18 else { return 0 }
        let raw = input.loadUnaligned(fromByteOffset: input.count - 4, as: UInt32.self)
        return Int(UInt32(littleEndian: raw))
    }

    /// How many bytes come out, found without keeping them.
    private static func measure(_ input: UnsafeRawBufferPointer, limit: Int) throws(Failure) -> Int {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchBytes, alignment: 16)
        defer { scratch.deallocate() }
        let inflater = try Inflater(input)
        var total = 0
        while true {
            let step = try inflater.next(into: scratch)
            total += step.written
            if total > limit { throw .tooLarge }
            if step.finished { return total }
        }
    }

    /// The result when exactly this many bytes come out, else nil.
    private static func inflateExactly(_ input: UnsafeRawBufferPointer, size: Int) throws(Failure) -> [UInt8]? {
        let inflater = try Inflater(input)
        var outcome: Result<Bool, Failure> = .success(false)
        // One byte more than expected, so that a result that is too long shows.
        let output = [UInt8](unsafeUninitializedCapacity: size + 1) { output, count in
            let room = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<(size + 1)])
            var filled = 0
            outcome = Result { () throws(Failure) -> Bool in
                while filled < room.count {
                    let step = try inflater.next(into: UnsafeMutableRawBufferPointer(rebasing: room[filled...]))
                    filled += step.written
                    if step.finished { return filled == size }
                }
                return false
            }
            count = min(filled, size)
        }
        return try outcome.get() ? output : nil
    }
}

/// One walk over gzip members.
private final class Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeRawBufferPointer
    /// How many bytes of the input have been handed to zlib.
    private var handed = 0

    init(_ input: UnsafeRawBufferPointer) throws(Gzip.Failure) {
        self.input = input
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .noRoom
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Fills the room as far as it goes; finished once the last member has ended.
    func next(into room: UnsafeMutableRawBufferPointer) throws(Gzip.Failure) -> (written: Int, finished: Bool) {
        guard let base = room.baseAddress, room.count > 0 else { return (0, false) }
        let capacity = min(room.count, 1 << 30)
        stream.pointee.next_out = base.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(capacity)
        while true {
            handOver()
            let before = (stream.pointee.avail_in, stream.pointee.avail_out)
            let code = inflate(stream, Z_NO_FLUSH)
            let written = capacity - Int(stream.pointee.avail_out)
            switch code {
            case Z_STREAM_END:
                if stream.pointee.avail_in == 0 && handed == input.count { return (written, true) }
                // Another member has to follow; anything else fails on its header.
                guard inflateReset(stream) == Z_OK else { throw .corrupt }
            case Z_OK:
                if stream.pointee.avail_out == 0 { return (written, false) }
                let stuck = before == (stream.pointee.avail_in, stream.pointee.avail_out)
                if stuck && handed == input.count { throw .corrupt }
            case Z_BUF_ERROR:
                if stream.pointee.avail_out == 0 { return (written, false) }
                if handed == input.count { throw .corrupt }
            case Z_MEM_ERROR:
                throw .noRoom
            default:
                throw .corrupt
            }
        }
    }

    /// Gives zlib its next stretch of input when it has none; its counters are of 32 bits.
    private func handOver() {
        guard stream.pointee.avail_in == 0, handed < input.count, let base = input.baseAddress else { return }
        let count = min(input.count - handed, 1 << 30)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: base.advanced(by: handed).assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(count)
        handed += count
    }
}
