import NIOCore

/// The one message of a call, as its pieces come: a flag byte, four bytes of length, the bytes.
struct GRPCMessage {
    /// Flag and length.
    private static let prefixLength = 5

    /// How much memory is set aside at once for a message that has only begun to come.
    private static let reservedBytes = 1 << 20

    private let isGzipCall: Bool
    private let limit: Int
    private var prefix: UInt64 = 0
    private var prefixBytes = 0
    private var length = 0

    /// What has come of the bytes.
    private(set) var bytes = ByteBuffer()

    /// A message of which nothing has come.
    ///
    /// - Parameters:
    ///   - isGzipCall: Whether the call may carry gzip.
    ///   - limit: The largest message in bytes.
    init(isGzipCall: Bool, limit: Int) {
        self.isGzipCall = isGzipCall
        self.limit = limit
    }

    /// Whether all of it has come.
    var isWhole: Bool { prefixBytes == Self.prefixLength && bytes.readableBytes == length }

    /// Whether the bytes are gzip; known with the prefix.
    var isCompressed: Bool { prefix >> 32 == 1 }

    /// Adds a piece, or says why the call is refused.
    mutating func take(_ piece: ByteBuffer) -> Refusal? {
        var piece = piece
        while prefixBytes < Self.prefixLength, let byte = piece.readInteger(as: UInt8.self) {
            prefix = prefix << 8 | UInt64(byte)
            prefixBytes += 1
            if prefixBytes == Self.prefixLength, let refusal = open() { return refusal }
        }
        let count = piece.readableBytes
        guard count > 0 else { return nil }
        guard count <= length - bytes.readableBytes else { return .notOneMessage }
        if count == length {
            // A message in one piece stays where it was read.
            bytes = piece
            return nil
        }
        // What the client announces is believed up to a bound; a message that grows would be copied again and again.
        if bytes.capacity == 0 { bytes.reserveCapacity(min(length, Self.reservedBytes)) }
        bytes.writeBuffer(&piece)
        return nil
    }

    /// Looks at a whole prefix.
    private mutating func open() -> Refusal? {
        let flag = prefix >> 32
        if flag > 1 { return .notOneMessage }
        if flag == 1, !isGzipCall { return .compressedWithoutEncoding }
        length = Int(prefix & 0xFFFF_FFFF)
        return length > limit ? .tooLarge(limit: limit) : nil
    }

    /// Gives the bytes away.
    mutating func takeBytes() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }
}
