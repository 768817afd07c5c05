import NIOCore

/// The body of a request, of either protocol.
struct RequestBody: WireBody {
    /// The bytes, as they were on the wire.
    var buffer: ByteBuffer
    /// Whether they are gzip.
    var isCompressed: Bool

    /// Bodies of more bytes are decoded by the threads that all connections share.
    private static let bytesDecodedHere = 512 << 10

    /// Whether it is decoded at once by the thread that read it: a usual request is; one that would hold up the other
    /// connections of that thread is not.
    var isUsual: Bool { !isCompressed && wireBytes <= Self.bytesDecodedHere }

    var wireBytes: Int { buffer.readableBytes }

    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try buffer.withUnsafeReadableBytes(body)
    }
}
