import NIOCore
import Synchronization

/// Rewrites one call's bytes so that grpc-swift carries a compressed message without inflating it.
///
/// A gRPC message is a flag byte, four bytes of length, and the message. The guard sends on: flag 0, the length plus
/// nine, the original flag, an eight-byte token, and the message. The token finds the call's share of the byte budget
/// again, which has to live as long as the message's bytes, even when the stream is gone.
struct MessageCover {
    /// How many bytes are put before the message.
    static let length = 9
    /// Flag and length.
    private static let prefixLength = 5

    private let token: UInt64
    private let isGzipCall: Bool
    private let limit: Int
    private var prefix: [UInt8] = []
    private var remaining = 0
    private var messages = 0

    init(token: UInt64, isGzipCall: Bool, limit: Int) {
        self.token = token
        self.isGzipCall = isGzipCall
        self.limit = limit
    }

    /// The bytes to send on for these, or why the call is refused.
    mutating func rewrite(_ bytes: ByteBuffer) -> Result<ByteBuffer, Refusal> {
        var bytes = bytes
        if remaining >= bytes.readableBytes {
            remaining -= bytes.readableBytes
            return .success(bytes)
        }
        var output = ByteBuffer()
        output.reserveCapacity(bytes.readableBytes + Self.length)
        while bytes.readableBytes > 0 {
            if remaining > 0, var part = bytes.readSlice(length: min(remaining, bytes.readableBytes)) {
                remaining -= part.readableBytes
                output.writeBuffer(&part)
            } else if let byte = bytes.readInteger(as: UInt8.self) {
                prefix.append(byte)
                if prefix.count == Self.prefixLength, let refusal = open(&output) { return .failure(refusal) }
            }
        }
        return .success(output)
    }

    /// Takes a whole prefix and writes the new one.
    private mutating func open(_ output: inout ByteBuffer) -> Refusal? {
        let flag = prefix[0]
        let length = prefix[1...].reduce(0) { $0 << 8 | Int($1) }
        prefix.removeAll(keepingCapacity: true)
        messages += 1
        if messages > 1 || flag > 1 { return .notOneMessage }
        if flag == 1 && !isGzipCall { return .compressedWithoutEncoding }
        if length > limit { return .tooLarge(limit: limit) }
        remaining = length
        output.writeInteger(UInt8(0))
        output.writeInteger(UInt32(truncatingIfNeeded: length + Self.length))
        output.writeInteger(flag)
        output.writeInteger(token)
        return nil
    }
}

/// Shares of the byte budget on their way from the guard of a stream to the handler of its call.
final class MessageCovers: Sendable {
    private struct State {
        var next: UInt64 = 0
        var shares: [UInt64: ByteShare] = [:]
    }

    private let state = Mutex(State())

    /// Keeps a share and returns the token that finds it.
    func checkIn(_ share: ByteShare) -> UInt64 {
        state.withLock {
            $0.next &+= 1
            $0.shares[$0.next] = share
            return $0.next
        }
    }

    /// The share of a token while its stream lives.
    func share(for token: UInt64) -> ByteShare? { state.withLock { $0.shares[token] } }

    /// Forgets a token; whoever found the share still has it.
    func forget(_ token: UInt64) {
        state.withLock { $0.shares[token] = nil }
    }
}
