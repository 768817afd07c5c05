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
    func send(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try send([$0]) } }

    /// Sends pieces one after the other, in as few calls as possible and without copying them.
    func send(_ pieces: [UnsafeRawBufferPointer]) throws {
        var vectors = pieces.filter { !$0.isEmpty }.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }[...]
        while !vectors.isEmpty {
            let count = vectors.withUnsafeMutableBufferPointer { vectors in
                var message = msghdr()
                message.msg_iov = vectors.baseAddress
                message.msg_iovlen = min(vectors.count, 1_024)
                return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw BenchmarkError(reason: "the program does not take more: \(String(cString: strerror(errno)))")
            }
            var sent = count
            while let first = vectors.first, sent >= first.iov_len {
                sent -= first.iov_len
                vectors.removeFirst()
            }
            guard sent > 0, let first = vectors.first else { continue }
            vectors[vectors.startIndex] = iovec(iov_base: first.iov_base + sent, iov_len: first.iov_len - sent)
        }
    }

    /// Adds what has come, at least a byte of it.
    func receive(into bytes: inout [UInt8]) throws {
        try withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
            while true {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count > 0 { return bytes.append(contentsOf: buffer[..<count]) }
                if count < 0, errno == EINTR { continue }
                throw BenchmarkError(reason: "the program closed the connection")
            }
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
    private var answer: [UInt8] = []

    init(port: Int) throws { connection = try Connection(port: port) }

    func export(_ message: [UInt8]) throws {
        let head = Self.head + Array("\(message.count)\r\n\r\n".utf8)
        try head.withUnsafeBytes { head in
            try message.withUnsafeBytes { try connection.send([head, $0]) }
        }
        answer.removeAll(keepingCapacity: true)
        repeat { try connection.receive(into: &answer) } while isIncomplete
        guard answer.starts(with: Self.success) else {
            throw BenchmarkError(reason: "answer: \(String(decoding: answer.prefix(200), as: UTF8.self))")
        }
    }

    private static let head = Array(
        """
        POST /v1/traces HTTP/1.1\r
        Host: 127.0.0.1\r
        Content-Type: application/x-protobuf\r
        Content-Length:\u{20}
        """.utf8)
    private static let success = Array("HTTP/1.1 200".utf8)
    private static let end = Array("\r\n\r\n".utf8)
    private static let emptyBody = Array("content-length: 0\r\n".utf8)

    /// The answer to what is taken has no body.
    private var isIncomplete: Bool {
        guard answer.suffix(4).elementsEqual(Self.end) else { return true }
        let header = answer.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        return answer.starts(with: Self.success)
            && !header.indices.contains { header[$0...].starts(with: Self.emptyBody) }
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
        let length = withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) }
        let prefix = [0] + length
        try message.withUnsafeBytes { message in
            var sent = 0
            var isBegun = false
            while sent < message.count {
                let room = min(streamWindow, connectionWindow) - (isBegun ? 0 : prefix.count)
                guard room > 0 else {
                    try take(try receiveFrame())
                    continue
                }
                let part = min(room, maximumFrame - prefix.count, message.count - sent)
                let isLast = sent + part == message.count
                let count = part + (isBegun ? 0 : prefix.count)
                var before = isBegun ? [] : header(Kind.headers, flags: 0x4, stream: stream, headers.count) + headers
                before += header(Kind.data, flags: isLast ? 0x1 : 0, stream: stream, count)
                if !isBegun { before += prefix }
                let piece = UnsafeRawBufferPointer(rebasing: message[sent..<(sent + part)])
                try before.withUnsafeBytes { try connection.send([$0, piece]) }
                isBegun = true
                sent += part
                streamWindow -= count
                connectionWindow -= count
            }
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
        try connection.send(header(kind, flags: flags, stream: stream, payload.count) + Array(payload))
    }

    /// What comes before so many bytes of a frame.
    private func header(_ kind: UInt8, flags: UInt8, stream: UInt32, _ count: Int) -> [UInt8] {
        [UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), kind, flags]
            + withUnsafeBytes(of: stream.bigEndian) { Array($0) }
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
            try connection.receive(into: &buffer)
        }
    }
}
