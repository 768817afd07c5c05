import DataSources
import Journeys
import Pipeline
import Telemetry
import TelemetryCodecs
import Testing

/// Requests that are decoded straight into chunks give what requests give that are copied there.
@Suite struct LentChunksTests {
    private func protobuf(_ batch: SpanBatch) -> [UInt8] {
        OTLPEncoder.protobuf(batch.table, rows: 0..<batch.count)
    }

    private func lend(_ bytes: [UInt8], to pipeline: Pipeline) async throws {
        let open = try #require(pipeline.lend())
        try bytes.withUnsafeBytes { _ = try OTLPProtobuf.decodeTraces($0, into: &open.batch) }
        var delivery = Delivery()
        delivery.lent = open
        try await pipeline.accept(delivery)
    }

    @Test func lentChunks_GiveTheSamePicture() async throws {
        let clock = ManualClock()
        let copying = Pipeline.make(clock, yaml: homeYAML)
        let lending = Pipeline.make(clock, yaml: homeYAML)
        for (number, batch) in shop(seconds: 20).enumerated() {
            let bytes = protobuf(batch)
            var copied = SpanBatch()
            try bytes.withUnsafeBytes { _ = try OTLPProtobuf.decodeTraces($0, into: &copied) }
            try await copying.accept(Delivery(spans: copied))
            try await lend(bytes, to: lending)
            // Every fifth request comes twice.
            if number % 5 == 0 {
                try await copying.accept(Delivery(spans: copied))
                try await lend(bytes, to: lending)
            }
            clock.advance(seconds: 1)
            copying.tick()
            lending.tick()
        }
        let (one, other) = (copying.picture(), lending.picture())
        #expect(one.store.counters == other.store.counters)
        #expect(one.store.counters.duplicates > 0)
        #expect(one.journeys.journeys.map(\.id) == other.journeys.journeys.map(\.id))
        let window = TimeWindow(last: 3600 * second, until: one.now)
        for (mine, theirs) in zip(one.journeys.journeys, other.journeys.journeys) {
            #expect(mine.counts(in: window) == theirs.counts(in: window))
            #expect(mine.latency([.p50, .p95, .p99], in: window) == theirs.latency([.p50, .p95, .p99], in: window))
        }
        #expect(copying.takeChanges().map(\.identity) == lending.takeChanges().map(\.identity))
    }

    @Test func aBrokenRequest_LeavesNothingBehind() async throws {
        let pipeline = Pipeline.make(ManualClock())
        let bytes = protobuf(.make([.make(1), .make(2)]))
        let open = try #require(pipeline.lend())
        #expect(throws: (any Error).self) {
            try (bytes + [0x0A, 0x7F]).withUnsafeBytes { _ = try OTLPProtobuf.decodeTraces($0, into: &open.batch) }
        }
        #expect(open.count > 0)
        pipeline.giveBack(open)
        #expect(pipeline.picture().store.spanCount == 0)
        try await lend(bytes, to: pipeline)
        #expect(pipeline.picture().store.spanCount == 2)
    }

    @Test func aStoppedPipeline_TakesNothing() async throws {
        let pipeline = Pipeline.make(ManualClock())
        let open = try #require(pipeline.lend())
        open.batch.append(.make(1))
        pipeline.stop()
        var delivery = Delivery()
        delivery.lent = open
        let refused = delivery
        await #expect(throws: SinkRefusal.stopped) { try await pipeline.accept(refused) }
        #expect(pipeline.picture().store.spanCount == 0)
        #expect(open.count == 0)
    }

    @Test func severalHolders_WriteToChunksOfTheirOwn() async throws {
        let pipeline = Pipeline.make(ManualClock())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 as Range<UInt64> {
                group.addTask {
                    for request in 0..<50 as Range<UInt64> {
                        guard let open = pipeline.lend() else { return }
                        for span in 1...20 as ClosedRange<UInt64> {
                            open.batch.append(.make(span, trace: worker * 1000 + request + 1))
                        }
                        var delivery = Delivery()
                        delivery.lent = open
                        try await pipeline.accept(delivery)
                    }
                }
            }
            try await group.waitForAll()
        }
        let store = pipeline.picture().store
        #expect(store.spanCount == 4000)
        let traces = store.chunks.flatMap { chunk in (0..<chunk.table.count).map(chunk.table.traceID) }
        #expect(Set(traces).count == 200)
    }
}
