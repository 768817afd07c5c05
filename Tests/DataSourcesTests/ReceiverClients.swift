import AsyncHTTPClient
import CZlib
import DataSources
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOPosix

/// An HTTP answer as a test looks at it.
struct HTTPReply: Equatable {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body, inflated when it says that it is gzip.
    var plainBody: [UInt8] { headers["content-encoding"] == "gzip" ? gunzip(body) : body }
    var plainText: String { String(decoding: plainBody, as: UTF8.self) }
}

/// Sends one request over HTTP.
func post(
    _ port: Int, _ path: String, method: HTTPMethod = .POST, headers: [(String, String)], body: [UInt8]
) async throws -> HTTPReply {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.method = method
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if !body.isEmpty { request.body = .bytes(body) }
    let response = try await plainClient.execute(request, timeout: .seconds(300))
    let bytes = try await response.body.collect(upTo: 8 << 20)
    var found: [String: String] = [:]
    for (name, value) in response.headers { found[name.lowercased()] = value }
    return HTTPReply(status: Int(response.status.code), headers: found, body: Array(bytes.readableBytesView))
}

/// Writes raw bytes to a port and returns what comes back until the other side closes.
func exchange(_ port: Int, _ bytes: [UInt8], endsOutput: Bool = false) async throws -> String {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        if !bytes.isEmpty { try await outbound.write(ByteBuffer(bytes: bytes)) }
        if endsOutput { outbound.finish() }
        var reply = ByteBuffer()
        do {
            for try await part in inbound { reply.writeImmutableBuffer(part) }
        } catch {
            // A reset ends the answer as a close does.
        }
        return String(buffer: reply)
    }
}

/// A gRPC answer as a test looks at it.
struct GRPCReply {
    var headers: [String: String] = [:]
    var messages: [UInt8] = []
    var reset: Bool = false

    var status: Int? { headers["grpc-status"].flatMap { Int($0) } }
    var message: String { headers["grpc-message"] ?? "" }

    /// The first message without its five-byte prefix, inflated when flagged.
    var message1: [UInt8]? {
        guard messages.count >= 5 else { return nil }
        let body = Array(messages[5...])
        return messages[0] == 1 ? gunzip(body) : body
    }
}

/// One HTTP/2 connection that sends whatever frames a test wants: an oracle independent of gRPC libraries.
struct RawGRPC {
    private let channel: any Channel
    private let streams: NIOHTTP2Handler.AsyncStreamMultiplexer<Void>

    static func connect(_ port: Int) async throws -> RawGRPC {
        let (channel, streams) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.configureAsyncHTTP2Pipeline(mode: .client) { $0.eventLoop.makeSucceededVoidFuture() }
                    .map { (channel, $0) }
            }
        return RawGRPC(channel: channel, streams: streams)
    }

    func close() async throws { try await channel.close() }

    /// Waits until the other side has closed it.
    func closed() async throws { try await channel.closeFuture.get() }

    /// Calls `Export`; data is sent as it is, prefix included.
    func export(
        _ signal: OTLPReceiver.Signal, data: [UInt8], headers extra: [(String, String)] = [], ends: Bool = true,
        path: String? = nil
    ) async throws -> GRPCReply {
        var headers = HPACKHeaders([
            (":method", "POST"), (":scheme", "http"), (":path", path ?? "/\(signal.grpcService)/Export"),
            (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"),
        ])
        for (name, value) in extra { headers.add(name: name, value: value) }
        typealias Frame = HTTP2Frame.FramePayload
        let stream = try await streams.openStream { stream in
            stream.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<Frame, Frame>(wrappingChannelSynchronously: stream)
            }
        }
        let opening = headers
        return try await stream.executeThenClose { inbound, outbound in
            try await outbound.write(.headers(.init(headers: opening)))
            // A refusal may come while the data is still being sent.
            try? await outbound.write(.data(.init(data: .byteBuffer(ByteBuffer(bytes: data)), endStream: ends)))
            var reply = GRPCReply()
            do {
                for try await frame in inbound where reply.take(frame) { break }
            } catch {
                reply.reset = true
            }
            return reply
        }
    }
}

extension GRPCReply {
    /// Adds a frame; true when it was the last.
    fileprivate mutating func take(_ frame: HTTP2Frame.FramePayload) -> Bool {
        switch frame {
        case .headers(let part):
            for (name, value, _) in part.headers { headers[name] = value }
            return part.endStream
        case .data(let part):
            if case .byteBuffer(let bytes) = part.data { messages += Array(bytes.readableBytesView) }
            return part.endStream
        case .rstStream:
            reset = true
            return true
        default:
            return false
        }
    }
}

/// A message with its gRPC prefix.
func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    [flag] + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) } + message
}

/// One gzip member.
func gzip(_ input: [UInt8]) -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    deflateInit2_(stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(stream) }
    var input = input
    var output = [UInt8](repeating: 0, count: input.count / 500 + input.count + 1024)
    let size = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            deflate(stream, Z_FINISH)
            return Int(stream.pointee.total_out)
        }
    }
    return Array(output[..<size])
}

/// The inflated bytes of one member; empty when it is not gzip.
func gunzip(_ input: [UInt8]) -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { inflateEnd(stream) }
    var input = input
    var output = [UInt8](repeating: 0, count: 1 << 20)
    let size = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            inflate(stream, Z_FINISH)
            return Int(stream.pointee.total_out)
        }
    }
    return Array(output[..<size])
}

/// A client that neither asks for gzip nor inflates by itself; it lives as long as the tests.
private let plainClient = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
