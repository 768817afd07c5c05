import DataSources
import Journeys
import Pipeline
import Telemetry
import TelemetryCodecs
import Testing

@Suite struct ShopPastTests {
    /// What a receiver makes of a batch: an exporter writes one process after the other.
    private static func sent(_ batch: SpanBatch) throws -> SpanBatch {
        var received = SpanBatch()
        let bytes = OTLPEncoder.protobuf(batch.table, rows: 0..<batch.count)
        try bytes.withUnsafeBytes { _ = try OTLPProtobuf.decodeTraces($0, into: &received) }
        return received
    }

    /// An hour that lay in a queue is delivered within a second, in requests that tell of minutes each: nothing in it is
    /// silence or change, and nothing in the minutes after it.
    @Test func anHourFromAQueue_IsNoChange() async throws {
        let journeys = ShopJourneyFiles.texts.flatMap { JourneySet(text: $0.value, file: $0.key).journeys }
        let clock = ManualClock()
        let pipeline = Pipeline(journeys: journeys, base: .live, memoryBudget: nil) { clock.now }
        let watch = JourneyWatch(pipeline)
        let shop = Simulator(SimulatorConfiguration(seed: 7, fault: nil))
        var events: [TimelineEvent] = []
        for batch in shop.batches(from: noon - 3_600 * second, to: noon, maximumRows: 16_384, isOpening: true) {
            clock.advance(seconds: 0.02)
            try await pipeline.accept(Delivery(spans: Self.sent(batch), wireBytes: 0))
            pipeline.tick()
            _ = watch.look()
            events += watch.takeNewEvents()
        }
        var sentTo = clock.now
        for batch in shop.batches(from: sentTo, to: noon + 300 * second, maximumRows: 150) {
            for row in 0..<batch.count { sentTo = max(sentTo, batch.table.ends[row]) }
            clock.advance(nanoseconds: sentTo - clock.now)
            try await pipeline.accept(Delivery(spans: Self.sent(batch), wireBytes: 0))
            pipeline.tick()
            _ = watch.look()
            events += watch.takeNewEvents()
        }
        #expect(events.map(\.sentence) == [])
        let states = watch.look().verdicts.journeys.map(\.state)
        #expect(states.count == 5 && states.allSatisfy { $0 == .ok })
    }
}
