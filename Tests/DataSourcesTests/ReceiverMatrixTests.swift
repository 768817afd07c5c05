import DataSources
import Testing

/// The rows of TRUST.md, section 1, over every protocol, signal and compression.
@Suite struct ReceiverMatrixTests {
    /// How a request travels.
    enum Way: String, CaseIterable, Sendable {
        case grpc
        case protobuf
        case json
    }

    /// One cell of the matrix.
    struct Cell: Sendable, CustomStringConvertible, CustomTestStringConvertible {
        var way: Way
        var signal: OTLPReceiver.Signal
        var isCompressed: Bool
        var row: Row
        var description: String { "\(row.id) \(way) \(signal) \(isCompressed ? "gzip" : "plain")" }
        var testDescription: String { description }
    }

    /// One row: what is sent and what has to come back.
    struct Row: Sendable {
        var id: String
        var line: String
        var sink: ReceivingSink.Mood = .accepting
        var messageBytes = 64 << 20
        var bytesInFlight = 256 << 20
        var padding = 0
        var isCorrupt = false
        var http = 200
        var grpc = 0
        var rejected = 0
        var message = ""
        var retryAfter: Int?
        var delivered = 0
    }

    static let rows: [Row] = [
        Row(id: "C6 full success", line: "take 3", delivered: 1),
        Row(id: "C7 empty request", line: "", delivered: 1),
        Row(id: "C8 partial success", line: "reject 3 bad \"id\"", rejected: 3, message: "bad \"id\"", delivered: 1),
        Row(id: "C8 rejected one", line: "reject 1 ünfit", rejected: 1, message: "ünfit", delivered: 1),
        Row(id: "C9 warning", line: "warn old schema", message: "old schema", delivered: 1),
        Row(id: "C10 bad data", line: "junk", http: 400, grpc: 3, message: "unreadable at byte 0"),
        Row(id: "C2 C3 over the limit", line: "take 1", messageBytes: 4096, padding: 5000, http: 413, grpc: 8),
        Row(id: "C2 C3 at the limit", line: "take 1", messageBytes: 5006, padding: 5000, delivered: 1),
        Row(id: "C2 C3 one over", line: "take 1", messageBytes: 5005, padding: 5000, http: 413, grpc: 8),
        Row(
            id: "C15 C16 overloaded", line: "take 1", sink: .refusing(.overloaded(retryAfterSeconds: 7)), http: 503,
            grpc: 14, retryAfter: 7),
        Row(
            id: "C16 Retry-After at least 1", line: "take 1", sink: .refusing(.overloaded(retryAfterSeconds: 0)),
            http: 503, grpc: 14, retryAfter: 1),
        Row(id: "C32 stopped sink", line: "take 1", sink: .refusing(.stopped), http: 503, grpc: 14, retryAfter: 1),
        Row(
            id: "C4 bytes in flight", line: "take 1", bytesInFlight: 3000, padding: 5000, http: 503, grpc: 14,
            retryAfter: 1),
        Row(id: "C29 corrupt gzip", line: "take 1", isCorrupt: true, http: 400, grpc: 3),
    ]

    static let cells: [Cell] = rows.flatMap { row in
        Way.allCases.flatMap { way in
            OTLPReceiver.Signal.allCases.flatMap { signal in
                [false, true].filter { $0 || !row.isCorrupt }.map {
                    Cell(way: way, signal: signal, isCompressed: $0, row: row)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: cells, [false, true])
    func answers(cell: Cell, acceptsNow: Bool) async throws {
        let row = cell.row
        let body = [UInt8](repeating: 0, count: row.padding) + Array(row.line.utf8)
        var wire = cell.isCompressed ? gzip(body) : body
        if row.isCorrupt { wire[wire.count - 6] ^= 0xff }
        try await TestReceiver.with(
            sink: ReceivingSink(row.sink, acceptsNow: acceptsNow),
            limits: {
                $0.messageBytes = row.messageBytes
                $0.bytesInFlight = row.bytesInFlight
            },
            { test in
                switch cell.way {
                case .grpc: try await checkGRPC(cell, wire, test)
                case .protobuf: try await checkHTTP(cell, wire, "application/x-protobuf", test)
                case .json: try await checkHTTP(cell, wire, "application/json; charset=utf-8", test)
                }
                check(test, row, wireBytes: wire.count)
            })
    }

    private func check(_ test: TestReceiver, _ row: Row, wireBytes: Int) {
        #expect(test.sink.deliveries.count == row.delivered)
        #expect(test.counters.requests == 1)
        #expect(test.counters.refused == (row.http == 200 ? 0 : 1))
        #expect(test.counters.refusedRetryable == (row.retryAfter == nil ? 0 : 1))
        #expect(test.counters.rejected == UInt64(row.rejected))
        if row.delivered == 1 {
            #expect(test.sink.deliveries.first?.wireBytes == wireBytes)
            #expect(test.counters.bytes == UInt64(wireBytes))
            #expect(test.receiver.status.current.lastArrival == 42)
            #expect(test.receiver.status.current.state == .receiving)
        }
    }

    private func checkGRPC(_ cell: Cell, _ wire: [UInt8], _ test: TestReceiver) async throws {
        let client = try await RawGRPC.connect(test.grpcPort)
        let coding = [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "identity, gzip")]
        let reply = try await client.export(
            cell.signal, data: framed(wire, flag: cell.isCompressed ? 1 : 0), headers: cell.isCompressed ? coding : [])
        try await client.close()
        let row = cell.row
        #expect(reply.status == row.grpc)
        #expect(reply.headers[":status"] == "200")
        if row.grpc == 0 {
            #expect(reply.headers["grpc-encoding"] == (cell.isCompressed ? "gzip" : nil))
            #expect(reply.message1 == Expected.protobuf(rejected: row.rejected, message: row.message))
        } else if !row.message.isEmpty {
            #expect(reply.message == row.message)
        }
        let details = reply.headers["grpc-status-details-bin"]
        #expect((details != nil) == (row.retryAfter != nil))
        if let seconds = row.retryAfter, let details {
            #expect(Expected.unbase64(details).suffix(6) == [0x12, 4, 0x0a, 2, 8, UInt8(seconds)])
        }
    }

    private func checkHTTP(_ cell: Cell, _ wire: [UInt8], _ type: String, _ test: TestReceiver) async throws {
        var headers = [("Content-Type", type)]
        if cell.isCompressed { headers += [("Content-Encoding", "gzip"), ("Accept-Encoding", "gzip, deflate")] }
        let reply = try await post(test.httpPort, cell.signal.httpPath, headers: headers, body: wire)
        let row = cell.row
        #expect(reply.status == row.http)
        #expect(reply.headers["content-type"] == (cell.way == .json ? "application/json" : "application/x-protobuf"))
        #expect(reply.headers["content-encoding"] == (cell.isCompressed && !reply.body.isEmpty ? "gzip" : nil))
        #expect(reply.headers["retry-after"] == row.retryAfter.map { "\($0)" })
        switch (cell.way, row.http) {
        case (.json, 200):
            let expected = Expected.json(cell.signal, rejected: row.rejected, message: row.message)
            #expect(reply.plainText == expected)
        case (_, 200):
            #expect(reply.plainBody == Expected.protobuf(rejected: row.rejected, message: row.message))
        case (.json, _):
            #expect(reply.plainText.hasPrefix("{\"code\":\(row.grpc),\"message\":\"\(row.message)"))
        default:
            #expect(reply.plainBody.prefix(3) == [0x08, UInt8(row.grpc), 0x12])
        }
    }
}

/// Answers written down from opentelemetry-proto, independently of the code under test.
enum Expected {
    /// Export…ServiceResponse: partial_success = 1 { rejected = 1, error_message = 2 }; short values only.
    static func protobuf(rejected: Int, message: String) -> [UInt8] {
        let text = Array(message.utf8)
        var inner: [UInt8] = rejected > 0 ? [0x08, UInt8(rejected)] : []
        if !text.isEmpty { inner += [0x12, UInt8(text.count)] + text }
        return inner.isEmpty ? [] : [0x0a, UInt8(inner.count)] + inner
    }

    /// The same in JSON.
    static func json(_ signal: OTLPReceiver.Signal, rejected: Int, message: String) -> String {
        let names: [OTLPReceiver.Signal: String] = [
            .traces: "rejectedSpans", .metrics: "rejectedDataPoints", .logs: "rejectedLogRecords",
        ]
        if message.isEmpty { return "{}" }
        let text = message.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
        let count = rejected > 0 ? "\"\(names[signal] ?? "")\":\"\(rejected)\"," : ""
        return "{\"partialSuccess\":{\(count)\"errorMessage\":\"\(text)\"}}"
    }

    /// Base64 with or without padding.
    static func unbase64(_ text: String) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bits = 0
        var word = 0
        var result: [UInt8] = []
        for character in text.utf8 {
            guard let digit = digits.firstIndex(of: character) else { break }
            word = (word << 6 | digit) & 0xffff
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: word >> bits))
            }
        }
        return result
    }
}
