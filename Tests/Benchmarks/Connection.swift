import Foundation

/// A connection to a port of this machine whose calls wait: the cheapest sender there is.
struct Connection: ~Copyable {
    private let descriptor: Int32

    /// Connects.
    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchmarkError(reason: "socket: \(String(cString: strerror(errno)))") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                pointer.baseAddress.map { connect(descriptor, $0, socklen_t(bytes.count)) == 0 } ?? false
            }
        }
        guard isConnected else {
            close(descriptor)
            throw BenchmarkError(reason: "port \(port): \(String(cString: strerror(errno)))")
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends everything.
    func send(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try send($0) } }

    /// Sends everything.
    func send(_ bytes: UnsafeRawBufferPointer) throws {
        var sent = 0
        while sent < bytes.count {
            let part = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            let count = Glibc.send(descriptor, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw BenchmarkError(reason: "the program does not take more: \(String(cString: strerror(errno)))")
            }
            sent += count
        }
    }

    /// What has come, at least a byte of it.
    func receive() throws -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, used in
                count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                used = max(0, count)
            }
            if count > 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            throw BenchmarkError(reason: "the program closed the connection")
        }
    }
}

/// Sends export requests and waits for the answer to each.
protocol Sender {
    /// Sends one request.
    ///
    /// - Throws: ``BenchmarkError`` when it is not taken as a whole.
    mutating func export(_ message: [UInt8]) throws
}

/// OTLP over HTTP/1.1 on one connection.
final class HTTPSender: Sender {
    private let connection: Connection

    init(port: Int) throws { connection = try Connection(port: port) }

    func export(_ message: [UInt8]) throws {
        let head = """
            POST /v1/traces HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/x-protobuf\r
            Content-Length: \(message.count)\r
            \r\n
            """
        try connection.send(Array(head.utf8))
        try connection.send(message)
        var answer = try connection.receive()
        while Self.isIncomplete(answer) { answer += try connection.receive() }
        guard answer.starts(with: Array("HTTP/1.1 200".utf8)) else {
            throw BenchmarkError(reason: "answer: \(String(decoding: answer.prefix(200), as: UTF8.self))")
        }
    }

    private static func isIncomplete(_ answer: [UInt8]) -> Bool {
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return true }
        let lengths = text[..<end.lowerBound].lowercased().split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("content-length:") }
        let length = lengths?.split(separator: ":").last.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } ?? 0
        return text[end.upperBound...].utf8.count < length
    }
}

/// OTLP over gRPC on one connection, one call after the other: just enough of HTTP/2 (RFC 9113).
final class GRPCSender: Sender {
    private struct Frame {
        let kind: UInt8
        let flags: UInt8
        let stream: UInt32
        let payload: ArraySlice<UInt8>
    }

    private enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
    }

    private let connection: Connection
    private var buffer: [UInt8] = []
    private var nextStream: UInt32 = 1
    private var connectionWindow = 65_535
    private var initialWindow = 65_535
    private var streamWindow = 65_535
    private var maximumFrame = 16_384
    private let headers: [UInt8]

    init(port: Int) throws {
        connection = try Connection(port: port)
        let fields = [
            (":method", "POST"), (":scheme", "http"), (":authority", "127.0.0.1"),
            (":path", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]
        // Literals that are not indexed and not compressed (RFC 7541, 6.2.2); all are shorter than 127 bytes.
        var headers: [UInt8] = []
        for (name, value) in fields {
            headers += [0, UInt8(name.utf8.count)]
            headers += Array(name.utf8)
            headers.append(UInt8(value.utf8.count))
            headers += Array(value.utf8)
        }
        self.headers = headers
        try connection.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
        try send(Kind.settings, flags: 0, stream: 0, [])
    }

    func export(_ message: [UInt8]) throws {
        let stream = nextStream
        nextStream += 2
        streamWindow = initialWindow
        try send(Kind.headers, flags: 0x4, stream: stream, headers)
        let length = withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) }
        let body = [0] + length + message
        var sent = 0
        while sent < body.count {
            let room = min(streamWindow, connectionWindow)
            guard room > 0 else {
                try take(try receiveFrame())
                continue
            }
            let part = min(room, maximumFrame, body.count - sent)
            let isLast = sent + part == body.count
            try send(Kind.data, flags: isLast ? 0x1 : 0, stream: stream, body[sent..<(sent + part)])
            sent += part
            streamWindow -= part
            connectionWindow -= part
        }
        try waitForAnswer(on: stream)
    }

    /// A call that is taken is answered by a message; one that is refused by trailers alone.
    private func waitForAnswer(on stream: UInt32) throws {
        var hasMessage = false
        while true {
            let frame = try receiveFrame()
            try take(frame)
            guard frame.stream == stream else { continue }
            if frame.kind == Kind.data, !frame.payload.isEmpty {
                hasMessage = true
                // What was read may be sent again.
                let count = withUnsafeBytes(of: UInt32(frame.payload.count).bigEndian) { Array($0) }
                try send(Kind.windowUpdate, flags: 0, stream: 0, count)
            }
            guard frame.flags & 0x1 != 0, frame.kind == Kind.data || frame.kind == Kind.headers else { continue }
            guard hasMessage else { throw BenchmarkError(reason: "a call was refused") }
            return
        }
    }

    /// Does what a frame asks of the connection.
    private func take(_ frame: Frame) throws {
        switch frame.kind {
        case Kind.settings where frame.flags & 0x1 == 0:
            let values = Array(frame.payload)
            for place in stride(from: 0, to: values.count - 5, by: 6) {
                let value = values[(place + 2)..<(place + 6)].reduce(0) { $0 << 8 | Int($1) }
                switch values[place + 1] {
                case 4:
                    streamWindow += value - initialWindow
                    initialWindow = value
                case 5: maximumFrame = min(value, 1 << 20)
                default: break
                }
            }
            try send(Kind.settings, flags: 0x1, stream: 0, [])
        case Kind.ping where frame.flags & 0x1 == 0: try send(Kind.ping, flags: 0x1, stream: 0, frame.payload)
        case Kind.windowUpdate:
            let value = frame.payload.reduce(0) { $0 << 8 | Int($1) }
            if frame.stream == 0 { connectionWindow += value } else { streamWindow += value }
        case Kind.reset: throw BenchmarkError(reason: "a call was reset")
        case Kind.goAway: throw BenchmarkError(reason: "the program ends the connection")
        default: break
        }
    }

    private func send(_ kind: UInt8, flags: UInt8, stream: UInt32, _ payload: some Collection<UInt8>) throws {
        let count = payload.count
        var bytes = [UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), kind, flags]
        bytes += withUnsafeBytes(of: stream.bigEndian) { Array($0) }
        try connection.send(bytes + Array(payload))
    }

    private func receiveFrame() throws -> Frame {
        while true {
            if buffer.count >= 9 {
                let length = Int(buffer[0]) << 16 | Int(buffer[1]) << 8 | Int(buffer[2])
                if buffer.count >= 9 + length {
                    let stream = buffer[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
                    let frame = Frame(
                        kind: buffer[3], flags: buffer[4], stream: stream, payload: buffer[9..<(9 + length)])
                    buffer.removeFirst(9 + length)
                    return frame
                }
            }
            buffer += try connection.receive()
        }
    }
}
