import AsyncHTTPClient
import DataSources
import NIOCore
import Synchronization
import Telemetry
import TelemetryCodecs
import TestSupport
import Testing

@Suite struct SourceContractTests {
    @Test func files_KeepTheContract() async throws {
        let contract = SourceContract {
            let files = MemoryFiles(pieceBytes: 3000)
            files.put("a", Array((TraceText.lines(0..<300) + "{\n" + TraceText.lines(300..<400)).utf8))
            files.put("b", Array(TraceText.pretty(TraceText.line(400, count: 50)).utf8))
            var options = FileSource.Options()
            options.firstBlockBytes = 2048
            options.firstBatchRows = 20
            options.batchRows = 64
            let source = FileSource(
                paths: ["a", "b"], files: files, clock: ScriptedClock(), now: { 7 }, options: options)
            return SourceContract.Subject(
                source: source, status: { source.status.current }, spans: TraceText.keys(0..<450))
        }
        let violations = try await contract.violations()
        #expect(violations.isEmpty, "\(violations)")
    }

    @Test func theSimulator_KeepsTheContract() async throws {
        let contract = SourceContract {
            let simulator = Simulator(SimulatorConfiguration(seed: 3, fault: nil))
            let clock = ScriptedClock()
            let start: UInt64 = 1_700_000_000_000_000_000
            let source = SimulatorSource(
                simulator, time: SimulatedTime { start + clock.nanoseconds }, history: 20_000_000_000,
                end: start + 10_000_000_000, clock: clock)
            let batches = simulator.batches(
                from: start - 20_000_000_000, to: start + 10_000_000_000, isOpening: true)
            return SourceContract.Subject(
                source: source, status: { source.status.current },
                spans: Set(batches.flatMap { RecordingSink.keys($0.table) }))
        }
        let violations = try await contract.violations()
        #expect(violations.isEmpty, "\(violations)")
    }

    /// Decodes what the shop sends.
    private struct ProtobufTraces: OTLPDecoding {
        func decode(
            _ bytes: UnsafeRawBufferPointer, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding
        ) throws -> Delivery {
            var batch = SpanBatch()
            let counts = try OTLPProtobuf.decodeTraces(bytes, into: &batch)
            return Delivery(spans: batch, rejectedSpans: counts.rejectedSpans)
        }
    }

    @Test func theReceiver_KeepsTheContract() async throws {
        let troubles = Mutex<[String]>([])
        var configuration = HTTPClient.Configuration()
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: .hours(1), read: .hours(1))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let contract = SourceContract {
            let start: UInt64 = 1_700_000_000_000_000_000
            let simulator = Simulator(SimulatorConfiguration(seed: 5, fault: nil))
            var limits = ReceiverLimits()
            limits.headerTimeout = .seconds(3600)
            limits.bodyTimeout = .seconds(3600)
            limits.idleTimeout = .seconds(3600)
            let receiver = OTLPReceiver(
                configuration: ReceiverConfiguration(grpcPort: nil, httpPort: 0, limits: limits),
                decoder: ProtobufTraces(), now: { start })
            let port = try #require(try receiver.listen().httpPort)
            let batches = simulator.batches(
                from: start, to: start + 10_000_000_000, maximumRows: 200, isOpening: true)
            return SourceContract.Subject(
                source: receiver, status: { receiver.status.current },
                spans: Set(batches.flatMap { RecordingSink.keys($0.table) }),
                drive: {
                    // However busy the machine is, a request is waited for: giving up would lose its spans.
                    // The shared client would give up when nothing is read for a minute and a half.
                    let transport = HTTPTransport(
                        endpoint: "http://127.0.0.1:\(port)", client: client, timeout: .hours(1))
                    for batch in batches {
                        let message = OTLPEncoder.protobuf(batch.table, rows: 0..<batch.count)
                        // A client that keeps to OTLP: what may be sent again is sent again, a few times.
                        for _ in 0..<5 {
                            do {
                                guard try await transport.postTraces(message).isRetryable else { break }
                            } catch {
                                if Task.isCancelled { return }
                                troubles.withLock { $0.append("\(error)") }
                            }
                        }
                    }
                })
        }
        let outcome: Result<[String], any Error>
        do { outcome = .success(try await contract.violations()) } catch { outcome = .failure(error) }
        try await client.shutdown()
        let violations = try outcome.get()
        #expect(violations.isEmpty, "\(violations), the client met \(troubles.withLock { $0 })")
    }

    // MARK: The contract itself finds sources that break it

    /// Delivers one batch, and breaks one rule.
    private struct BadSource: DataSource {
        enum Fault: CaseIterable {
            case deliversTwice, losesARefusedBatch, countsWrongly, neverIsDone
        }

        let fault: Fault
        let status = SourceStatusHolder(SourceStatus(name: "bad"))

        func capabilities() async throws -> SourceCapabilities { [] }

        func run(_ request: SourceRequest, into sink: any BatchSink) async throws {
            let batch = Simulator(SimulatorConfiguration()).batches(from: 1_000_000_000_000, to: 1_002_000_000_000)[0]
            for _ in 0..<(fault == .deliversTwice ? 2 : 1) {
                while !Task.isCancelled {
                    do {
                        try await sink.accept(Delivery(spans: batch))
                        status.update {
                            $0.counters.spans += UInt64(batch.count) + (fault == .countsWrongly ? 1 : 0)
                        }
                        break
                    } catch SinkRefusal.stopped {
                        status.update { $0.counters.refused += 1 }
                        break
                    } catch {
                        status.update {
                            $0.counters.refused += 1
                            $0.counters.refusedRetryable += 1
                        }
                        if fault == .losesARefusedBatch { break }
                        await Task.yield()
                    }
                }
            }
            if fault != .neverIsDone { status.update { $0.state = .done } }
        }
    }

    @Test(arguments: [0, 1, 2, 3])
    func aSourceThatBreaksARule_IsFound(number: Int) async throws {
        let fault = BadSource.Fault.allCases[number]
        let contract = SourceContract {
            let source = BadSource(fault: fault)
            let batch = Simulator(SimulatorConfiguration()).batches(from: 1_000_000_000_000, to: 1_002_000_000_000)[0]
            return SourceContract.Subject(
                source: source, status: { source.status.current }, spans: Set(RecordingSink.keys(batch.table)))
        }
        #expect(try await !contract.violations().isEmpty)
    }
}
