import DataSources
import Testing

/// Starting and stopping.
@Suite struct ReceiverLifeTests {
    @Test("only loopback is allowed", arguments: ["0.0.0.0", "::", "192.168.1.1", "example.com", "", "128.0.0.1"])
    func loopbackOnly(host: String) {
        let receiver = make(ReceiverConfiguration(host: host, grpcPort: 0, httpPort: 0))
        #expect(throws: ReceiverError.notLoopback(host: host)) { try receiver.listen() }
        #expect(receiver.status.current.state == .failed)
    }

    @Test("a port in use is named", .timeLimit(.minutes(1)))
    func portInUse() throws {
        let first = make(ReceiverConfiguration(grpcPort: 0, httpPort: 0))
        let taken = try first.listen()
        let (grpc, http) = (try #require(taken.grpcPort), try #require(taken.httpPort))
        #expect(throws: ReceiverError.portInUse(.grpc, host: "127.0.0.1", port: grpc)) {
            try make(ReceiverConfiguration(grpcPort: grpc, httpPort: 0)).listen()
        }
        #expect(throws: ReceiverError.portInUse(.http, host: "127.0.0.1", port: http)) {
            try make(ReceiverConfiguration(grpcPort: 0, httpPort: http)).listen()
        }
        #expect(try first.listen() == taken, "the same again")
        #expect(first.status.current.places == ["127.0.0.1:\(grpc)", "127.0.0.1:\(http)"])
        #expect(first.status.current.state == .listening)
    }

    @Test("a port that is none", arguments: [-1, 65_536])
    func wrongPort(port: Int) {
        #expect(throws: ReceiverError.self) { try make(ReceiverConfiguration(grpcPort: port)).listen() }
    }

    @Test("one protocol may be off")
    func oneProtocol() throws {
        let endpoints = try make(ReceiverConfiguration(host: "localhost", grpcPort: nil, httpPort: 0)).listen()
        #expect(endpoints.grpcPort == nil)
        #expect((endpoints.httpPort ?? 0) > 0)
    }

    @Test("C32 a stop lets requests under way end, answers them, and takes nothing new", .timeLimit(.minutes(1)))
    func stop() async throws {
        let sink = ReceivingSink(.holding)
        let test = try TestReceiver.make(sink: sink, limits: { $0.shutdownGrace = .seconds(50) })
        let run = Task { try await test.receiver.run(SourceRequest(), into: sink) }
        let take = Array("take 1".utf8)
        let (httpPort, grpcPort) = (test.httpPort, test.grpcPort)
        let client = try await RawGRPC.connect(grpcPort)
        async let http = post(httpPort, "/v1/logs", headers: [("Content-Type", "application/json")], body: take)
        async let grpc = client.export(.logs, data: framed(take))
        await sink.holds(2)
        run.cancel()
        sink.letGo()
        let statuses = (try await http.status, try await grpc.status)
        #expect(statuses == (200, 0))
        try await run.value
        #expect(sink.deliveries.count == 2)
        #expect(test.receiver.status.current.state == .done)
        await #expect(throws: (any Error).self) { try await exchange(httpPort, []) }
        await #expect(throws: (any Error).self) { try await RawGRPC.connect(grpcPort) }
        #expect(sink.deliveries.count == 2)
    }

    @Test("a stop does not wait for idle connections", .timeLimit(.minutes(1)))
    func stopWhileIdle() async throws {
        let test = try TestReceiver.make(limits: { $0.shutdownGrace = .seconds(500) })
        let run = Task { try await test.receiver.run(SourceRequest(), into: test.sink) }
        let reply = try await post(
            test.httpPort, "/v1/logs", headers: [("Content-Type", "application/json")], body: Array("take 1".utf8))
        #expect(reply.status == 200)
        let client = try await RawGRPC.connect(test.grpcPort)
        #expect(try await client.export(.logs, data: framed(Array("take 1".utf8))).status == 0)
        run.cancel()
        try await run.value
        #expect(test.sink.deliveries.count == 2)
    }

    @Test("after the stop the ports are free again", .timeLimit(.minutes(1)))
    func portsAreFreed() async throws {
        let test = try TestReceiver.make()
        let run = Task { try await test.receiver.run(SourceRequest(), into: test.sink) }
        run.cancel()
        try await run.value
        let again = make(ReceiverConfiguration(grpcPort: test.grpcPort, httpPort: test.httpPort))
        #expect(try again.listen() == test.endpoints)
    }

    private func make(_ configuration: ReceiverConfiguration) -> OTLPReceiver {
        OTLPReceiver(configuration: configuration, decoder: LineDecoder(), now: { 0 })
    }
}
