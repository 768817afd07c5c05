import DataSources
import Synchronization
import Telemetry

/// A decoder whose input is a line of text, so that a test says what comes out.
///
/// `take N`, `reject N why`, `warn why`, or nothing at all; anything else cannot be read. Zeros are allowed before it.
struct LineDecoder: OTLPDecoding {
    struct Unreadable: Error, CustomStringConvertible {
        var description: String { "unreadable at byte 0" }
    }

    func decode(
        _ bytes: UnsafeRawBufferPointer, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding
    ) throws -> Delivery {
        let line = String(decoding: bytes.drop { $0 == 0 }, as: UTF8.self)
        if line.isEmpty { return Delivery() }
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        switch words[0] {
        case "take" where words.count == 2: return make(signal, taken: Int(words[1]) ?? 0)
        case "reject" where words.count == 3: return make(signal, rejected: Int(words[1]) ?? 0, message: words[2])
        case "warn" where words.count > 1: return make(signal, message: words.dropFirst().joined(separator: " "))
        default: throw Unreadable()
        }
    }

    private func make(
        _ signal: OTLPReceiver.Signal, taken: Int = 0, rejected: Int = 0, message: String? = nil
    ) -> Delivery {
        switch signal {
        case .traces: Delivery(spans: SpanBatch(), rejectedSpans: rejected, message: message)
        case .logs: Delivery(logRecords: taken, rejectedLogRecords: rejected, message: message)
        case .metrics: Delivery(metricPoints: taken, rejectedDataPoints: rejected, message: message)
        }
    }
}

/// A sink that remembers what came, and refuses or holds when told to.
final class ReceivingSink: BatchSink {
    enum Mood: Equatable {
        case accepting
        case refusing(SinkRefusal)
        case holding
    }

    private struct State {
        var mood = Mood.accepting
        var deliveries: [Delivery] = []
        var held: [CheckedContinuation<Void, Never>] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    /// Whether it takes deliveries at once; then it cannot hold any.
    let acceptsNow: Bool

    init(_ mood: Mood = .accepting, acceptsNow: Bool = false) {
        self.acceptsNow = acceptsNow
        state.withLock { $0.mood = mood }
    }

    var deliveries: [Delivery] { state.withLock { $0.deliveries } }

    func accept(_ delivery: consuming Delivery) async throws(SinkRefusal) {
        if case .refusing(let refusal) = state.withLock({ $0.mood }) { throw refusal }
        await withCheckedContinuation { continuation in
            let watchers = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
                guard state.mood == .holding else { return nil }
                state.held.append(continuation)
                let held = state.held.count
                defer { state.watchers.removeAll { $0.count <= held } }
                return state.watchers.filter { $0.count <= held }.map(\.continuation)
            }
            guard let watchers else { return continuation.resume() }
            for watcher in watchers { watcher.resume() }
        }
        let taken = delivery
        state.withLock { $0.deliveries.append(taken) }
    }

    func acceptNow(_ delivery: consuming Delivery) throws(SinkRefusal) {
        if case .refusing(let refusal) = state.withLock({ $0.mood }) { throw refusal }
        let taken = delivery
        state.withLock { $0.deliveries.append(taken) }
    }

    /// Returns once this many deliveries are held.
    func holds(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                if state.held.count < count { state.watchers.append((count, continuation)) }
                return state.held.count >= count
            }
            if ready { continuation.resume() }
        }
    }

    /// Lets go of everything held, and holds nothing any more.
    func letGo() {
        let held = state.withLock { state in
            state.mood = .accepting
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }
}

/// A receiver on free ports with its sink.
struct TestReceiver {
    let receiver: OTLPReceiver
    let sink: ReceivingSink
    let endpoints: ReceiverEndpoints

    var grpcPort: Int { endpoints.grpcPort ?? 0 }
    var httpPort: Int { endpoints.httpPort ?? 0 }
    var counters: SourceStatus.Counters { receiver.status.current.counters }

    static func make(
        sink: ReceivingSink = ReceivingSink(), limits: (inout ReceiverLimits) -> Void = { _ in }
    ) throws -> TestReceiver {
        var configuration = ReceiverConfiguration(grpcPort: 0, httpPort: 0)
        limits(&configuration.limits)
        let receiver = OTLPReceiver(configuration: configuration, decoder: LineDecoder(), now: { 42 })
        return TestReceiver(receiver: receiver, sink: sink, endpoints: try receiver.listen())
    }

    /// Runs the receiver around the test's body and stops it afterwards.
    static func with(
        sink: ReceivingSink = ReceivingSink(), limits: (inout ReceiverLimits) -> Void = { _ in },
        _ body: (TestReceiver) async throws -> Void
    ) async throws {
        let test = try make(sink: sink, limits: limits)
        let run = Task { try await test.receiver.run(SourceRequest(), into: test.sink) }
        let result: Result<Void, any Error>
        do {
            try await body(test)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        run.cancel()
        try await run.value
        try result.get()
    }
}
