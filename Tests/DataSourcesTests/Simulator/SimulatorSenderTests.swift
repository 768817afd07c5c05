import DataSources
import Synchronization
import Telemetry
import TelemetryCodecs
import TestSupport
import Testing

private let second: UInt64 = 1_000_000_000
private let start: UInt64 = 1_700_000_000 * second

/// A receiver in memory.
private final class MemoryReceiver: OTLPTransport {
    struct NoAnswer: Error {}

    private struct State {
        var calls = 0
        var keys: [RecordingSink.Key] = []
        var sizes: [Int] = []
    }

    private let state = Mutex(State())
    private let answer: @Sendable (Int) throws -> OTLPResponse

    init(answer: @escaping @Sendable (Int) throws -> OTLPResponse = { _ in OTLPResponse(status: 200) }) {
        self.answer = answer
    }

    func postTraces(_ message: [UInt8]) async throws -> OTLPResponse {
        let call = state.withLock { state in
            state.calls += 1
            return state.calls - 1
        }
        let response = try answer(call)
        guard response.status == 200 else { return response }
        var batch = SpanBatch()
        _ = try message.withUnsafeBytes { bytes throws(DecodingError) in
            try OTLPProtobuf.decodeTraces(bytes, into: &batch)
        }
        let keys = RecordingSink.keys(batch.table)
        state.withLock { state in
            state.keys += keys
            state.sizes.append(keys.count)
        }
        return response
    }

    var keys: [RecordingSink.Key] { state.withLock { $0.keys } }
    var sizes: [Int] { state.withLock { $0.sizes } }
}

@Suite struct SimulatorSenderTests {
    private let simulator = Simulator(SimulatorConfiguration(seed: 9, fault: .release, faultTime: start + 10 * second))

    private func send(
        _ receiver: MemoryReceiver, clock: ScriptedClock, speed: Double = 1, past: UInt64 = 300, live: UInt64 = 20
    ) async -> SimulatorSender.Counters {
        let sender = SimulatorSender(
            simulator, time: SimulatedTime(speed: speed) { start + clock.nanoseconds }, history: past * second,
            transport: receiver, clock: clock)
        return await sender.run(until: start + live * second)
    }

    private func expected(past: UInt64 = 300, live: UInt64 = 20) -> Set<RecordingSink.Key> {
        let batches = simulator.batches(from: start - past * second, to: start + live * second, isOpening: true)
        return Set(batches.flatMap { RecordingSink.keys($0.table) })
    }

    @Test func thePastAndThePresent_ArriveOnceAndWhole() async {
        let receiver = MemoryReceiver()
        let counters = await send(receiver, clock: ScriptedClock())
        #expect(Set(receiver.keys) == expected())
        #expect(receiver.keys.count == expected().count)
        #expect(counters.spans == receiver.keys.count)
        #expect(counters.retries == 0)
        #expect(counters.lostSpans == 0)
        // The past comes in large requests, the present in one a process and second.
        #expect(receiver.sizes[0] > 10_000)
        #expect(receiver.sizes.suffix(100).allSatisfy { $0 < 200 })
    }

    @Test func aBusyReceiver_IsAskedAgain_AfterTheTimeItNames() async {
        let clock = ScriptedClock()
        let receiver = MemoryReceiver { call in
            switch call % 4 {
            case 1: OTLPResponse(status: 429, retryAfterSeconds: 3)
            case 2: OTLPResponse(status: 503)
            default: OTLPResponse(status: 200)
            }
        }
        let counters = await send(receiver, clock: clock, live: 5)
        #expect(Set(receiver.keys) == expected(live: 5))
        #expect(receiver.keys.count == expected(live: 5).count)
        #expect(counters.retries > 0)
        #expect(counters.lostSpans == 0)
        #expect(clock.sleeps.contains(.seconds(3)))
    }

    @Test func aReceiverThatIsNotThereYet_IsWaitedFor() async {
        let receiver = MemoryReceiver { call in
            if call < 5 { throw MemoryReceiver.NoAnswer() }
            return OTLPResponse(status: 200)
        }
        let counters = await send(receiver, clock: ScriptedClock(), live: 5)
        #expect(Set(receiver.keys) == expected(live: 5))
        #expect(counters.retries == 5)
    }

    @Test func whatIsRefusedForGood_IsCountedAsLost() async {
        let receiver = MemoryReceiver { call in OTLPResponse(status: call == 0 ? 400 : 200) }
        let counters = await send(receiver, clock: ScriptedClock(), live: 5)
        #expect(counters.lostSpans + counters.spans == expected(live: 5).count)
        #expect(counters.lostSpans > 10_000)
        #expect(counters.retries == 0)
    }

    @Test func atTenTimesTheSpeed_ASecondBringsTen() async {
        let clock = ScriptedClock()
        let receiver = MemoryReceiver()
        _ = await send(receiver, clock: clock, speed: 10, past: 1, live: 20)
        #expect(Set(receiver.keys) == expected(past: 1, live: 20))
        #expect((19...22).contains(clock.nanoseconds / 100_000_000))
    }
}
