import DataSources
import Testing

/// What only gRPC has: framing, compression names, unknown methods, many streams.
@Suite struct ReceiverGRPCTests {
    private static let take = Array("take 1".utf8)

    @Test(
        "C30 unknown compression", .timeLimit(.minutes(1)), arguments: ["deflate", "zstd", "snappy"])
    func unknownCompression(name: String) async throws {
        try await TestReceiver.with { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let reply = try await client.export(
                .traces, data: framed(Self.take, flag: 1), headers: [("grpc-encoding", name)])
            #expect(reply.status == 12)
            #expect(reply.headers["grpc-accept-encoding"] == "identity,gzip")
            let next = try await client.export(.traces, data: framed(Self.take))
            #expect(next.status == 0, "the connection goes on")
            try await client.close()
        }
    }

    @Test("messages that are not exactly one", .timeLimit(.minutes(1)))
    func framing() async throws {
        try await TestReceiver.with { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let none = try await client.export(.logs, data: [])
            let half = try await client.export(.logs, data: Array(framed(Self.take).dropLast(2)))
            let prefix = try await client.export(.logs, data: [0, 0])
            let two = try await client.export(.logs, data: framed(Self.take) + framed(Self.take))
            let flag = try await client.export(.logs, data: framed(Self.take, flag: 7))
            let unnamed = try await client.export(.logs, data: framed(gzip(Self.take), flag: 1))
            #expect([none, half, prefix, two, flag].map(\.status) == [3, 3, 3, 3, 3])
            #expect(unnamed.status == 13)
            let mixed = try await client.export(
                .logs, data: framed(Self.take), headers: [("grpc-encoding", "gzip")])
            #expect(mixed.status == 0, "a call with compression may send a message without")
            try await client.close()
            #expect(test.sink.deliveries.count == 1)
            #expect(test.receiver.budget.bytesInUse == 0)
        }
    }

    @Test("unknown methods and types", .timeLimit(.minutes(1)))
    func unknownMethods() async throws {
        try await TestReceiver.with { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let method = try await client.export(
                .logs, data: framed(Self.take), path: "/opentelemetry.proto.collector.logs.v1.LogsService/Import")
            let service = try await client.export(.logs, data: framed(Self.take), path: "/x.Y/Export")
            #expect([method, service].map(\.status) == [12, 12])
            try await client.close()
        }
    }

    @Test("C2 a length over the limit is refused before the message comes", .timeLimit(.minutes(1)))
    func declaredLength() async throws {
        try await TestReceiver.with { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let reply = try await client.export(.logs, data: [0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3], ends: false)
            #expect(reply.status == 8)
            #expect(reply.headers["grpc-status-details-bin"] == nil)
            try await client.close()
        }
    }

    @Test("a slow body is refused, retryable, and its bytes are given back", .timeLimit(.minutes(1)))
    func slowBody() async throws {
        try await TestReceiver.with(limits: { $0.bodyTimeout = .milliseconds(50) }) { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let reply = try await client.export(.logs, data: Array(framed(Self.take).dropLast()), ends: false)
            #expect(reply.status == 4)
            try await client.close()
        }
    }

    @Test("a connection that says nothing is closed", .timeLimit(.minutes(1)))
    func silentConnection() async throws {
        try await TestReceiver.with(limits: { $0.headerTimeout = .milliseconds(50) }) { test in
            _ = try await exchange(test.grpcPort, Array("PRI * HTTP".utf8))
            #expect(test.counters.closedConnections == 1)
        }
    }

    @Test("C28 many connections and streams at once, while others are held", .timeLimit(.minutes(2)))
    func manyStreams() async throws {
        let (connections, streams) = (8, 100)
        let sink = ReceivingSink(.holding)
        try await TestReceiver.with(sink: sink) { test in
            try await withThrowingTaskGroup(of: [Int?].self) { group in
                for _ in 0..<connections {
                    group.addTask {
                        let client = try await RawGRPC.connect(test.grpcPort)
                        let statuses = try await withThrowingTaskGroup(of: Int?.self) { calls in
                            for _ in 0..<streams {
                                calls.addTask { try await client.export(.logs, data: framed(Self.take)).status }
                            }
                            return try await calls.reduce(into: []) { $0.append($1) }
                        }
                        try await client.close()
                        return statuses
                    }
                }
                // Every call is in the sink at the same time: none waits for another.
                await sink.holds(connections * streams)
                sink.letGo()
                for try await statuses in group { #expect(statuses.allSatisfy { $0 == 0 }) }
            }
            #expect(test.counters.logRecords == UInt64(connections * streams))
        }
    }

    @Test("a large message arrives whole", .timeLimit(.minutes(1)))
    func largeMessage() async throws {
        try await TestReceiver.with { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let body = [UInt8](repeating: 0, count: 20 << 20) + Self.take
            #expect(try await client.export(.logs, data: framed(body)).status == 0)
            try await client.close()
            #expect(test.sink.deliveries.first?.wireBytes == body.count)
        }
    }

    @Test("what was refused uses up no room on the connection", .timeLimit(.minutes(1)))
    func refusedMessages() async throws {
        try await TestReceiver.with(limits: { $0.messageBytes = 1_000 }) { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            let large = framed([UInt8](repeating: 0, count: 1 << 20))
            // Together more than all streams may send without hearing from the receiver.
            for _ in 0..<12 { #expect(try await client.export(.logs, data: large).status == 8) }
            #expect(try await client.export(.logs, data: framed(Self.take)).status == 0)
            try await client.close()
            #expect(test.counters.refused == 12)
            #expect(test.receiver.budget.bytesInUse == 0)
        }
    }

    @Test("a connection without calls is closed", .timeLimit(.minutes(1)))
    func idleConnection() async throws {
        try await TestReceiver.with(limits: { $0.idleTimeout = .milliseconds(50) }) { test in
            let client = try await RawGRPC.connect(test.grpcPort)
            // On a busy machine the call may come too late; the connection ends either way.
            _ = try? await client.export(.logs, data: framed(Self.take))
            try await client.closed()
        }
    }
}
