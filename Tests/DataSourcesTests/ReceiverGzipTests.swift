import DataSources
import Testing

/// Gzip that lies, breaks, or explodes, over both protocols.
@Suite struct ReceiverGzipTests {
    private static let take = Array("take 1".utf8)

    static let bodies: [(name: String, bytes: [UInt8], isGood: Bool)] = [
        ("one member", gzip(take), true),
        ("two members", gzip(Array("ta".utf8)) + gzip(Array("ke 1".utf8)), true),
        ("an empty member between", gzip(Array("ta".utf8)) + gzip([]) + gzip(Array("ke 1".utf8)), true),
        ("over a mebibyte", gzip([UInt8](repeating: 0, count: 3 << 20) + take), true),
        ("no bytes", [], false),
        ("not gzip", take, false),
        ("cut off", Array(gzip(take).dropLast(3)), false),
        ("cut off early", Array(gzip(take).prefix(11)), false),
        ("junk after the end", gzip(take) + [1, 2, 3], false),
        ("a false size in the trailer", Array(gzip(take).dropLast(4)) + [0xff, 0xff, 0xff, 0x7f], false),
        (
            "a false checksum",
            {
                var bytes = gzip(take); bytes[bytes.count - 7] ^= 1; return bytes
            }(), false
        ),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: bodies.indices)
    func http(index: Int) async throws {
        let (name, bytes, isGood) = Self.bodies[index]
        try await TestReceiver.with { test in
            let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
            let reply = try await post(test.httpPort, "/v1/logs", headers: headers, body: bytes)
            #expect(reply.status == (isGood ? 200 : 400), "\(name)")
            #expect(test.sink.deliveries.map(\.logRecords) == (isGood ? [1] : []), "\(name)")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: bodies.indices)
    func grpc(index: Int) async throws {
        let (name, bytes, isGood) = Self.bodies[index]
        try await TestReceiver.with { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let reply = try await client.export(
                .logs, data: framed(bytes, flag: 1), headers: [("grpc-encoding", "gzip")])
            try await client.close()
            #expect(reply.status == (isGood ? 0 : 3), "\(name)")
            #expect(test.sink.deliveries.map(\.logRecords) == (isGood ? [1] : []), "\(name)")
        }
    }

    @Test("fifty bombs on one connection are refused, and cost next to nothing", .timeLimit(.minutes(2)))
    func bombs() async throws {
        let limit = 2 << 20
        let bomb = framed(gzip([UInt8](repeating: 0, count: 4 * limit)), flag: 1)
        // Fifty times the wire bytes fit; not one bomb's inflated bytes would.
        try await TestReceiver.with(limits: {
            $0.messageBytes = limit
            $0.bytesInFlight = 50 * bomb.count
        }) { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await client.export(.traces, data: bomb, headers: [("grpc-encoding", "gzip")]).status
                    }
                }
                for try await status in group { #expect(status == 8) }
            }
            try await client.close()
        }
    }
}
