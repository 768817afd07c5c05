import DataSources
import Foundation
import Telemetry

/// What receiving takes when nobody looks at the spans: the network's part of the rows of the program.
enum FloorRows {
    static func group(_ options: BenchmarkOptions) -> RowGroup {
        RowGroup(rows: [
            Row(
                name: "ingest-http-floor", title: "OTLP/HTTP, the same without looking at the spans",
                unit: "cpu ns/span", goal: .none,
                measure: { try await ingest($0, options.seconds / 2) { try HTTPSender(port: $0.httpPort ?? 0) } }),
            Row(
                name: "ingest-grpc-floor", title: "OTLP/gRPC, the same without looking at the spans",
                unit: "cpu ns/span", goal: .none,
                measure: { try await ingest($0, options.seconds / 2) { try GRPCSender(port: $0.grpcPort ?? 0) } }),
        ])
    }

    /// Sends to receivers in this process; what the senders' threads take is not counted.
    private static func ingest(
        _ data: BenchmarkData, _ seconds: Double, sender: @escaping @Sendable (ReceiverEndpoints) throws -> any Sender
    ) async throws -> Sample {
        let receiver = OTLPReceiver(
            configuration: ReceiverConfiguration(grpcPort: 0, httpPort: 0), decoder: BlindDecoder(), now: { 0 })
        let endpoints = try receiver.listen()
        let running = Task { try await receiver.run(SourceRequest(), into: BlindSink()) }
        let crowd = try SenderCrowd(protobuf: data.protobuf, count: 2) { try sender(endpoints) }
        let watch = Stopwatch()
        let spans = try crowd.run(seconds: seconds)
        let stretch = watch.stretch
        running.cancel()
        try await running.value
        let cost = stretch.processorSeconds - crowd.processorSeconds
        return Sample(
            value: cost * 1e9 / Double(max(1, spans)), seconds: cost / Double(max(1, spans)),
            facts: [
                "M spans/s": Double(spans) / stretch.seconds / 1e6,
                "sender cpu ns/span": crowd.processorSeconds * 1e9 / Double(max(1, spans)),
            ])
    }
}

/// Finds nothing in any request.
private struct BlindDecoder: OTLPDecoding {
    func decode(
        _ bytes: UnsafeRawBufferPointer, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding
    ) throws -> Delivery {
        Delivery()
    }
}

/// Keeps nothing.
private struct BlindSink: BatchSink {
    func accept(_ delivery: consuming Delivery) async throws(SinkRefusal) {}

    var acceptsNow: Bool { true }

    func acceptNow(_ delivery: consuming Delivery) throws(SinkRefusal) {}
}
