import DataSources
import Journeys
import Pipeline
import Telemetry
import Testing

/// When the pipeline decides joined runs: by the clock, with patience for late spans.
struct JoinedPipelineTests {
    private static let yaml = """
        journey: purchase
        join: session.id
        within: 1m
        steps:
          - browse: name=browse
          - buy:    name=buy
        """

    /// A step of a session that ends at an instant.
    private func step(_ name: String, _ session: String, _ number: UInt64, end: UInt64) -> Delivery {
        var batch = SpanBatch()
        let resource = batch.appendResource(batch.takeAttributes())
        batch.addAttribute(Symbol("session.id"), value: .string(session))
        var fields = SpanFields()
        fields.attributes = batch.takeAttributes()
        fields.resource = resource
        fields.scope = batch.appendScope(name: .empty, version: .empty, attributes: .none)
        fields.trace = TraceID(high: 0, low: number)
        fields.span = SpanID(number)
        fields.start = end - second / 2
        fields.end = end
        fields.name = Symbol(name)
        fields.kind = .server
        batch.appendSpan(fields)
        return Delivery(spans: batch)
    }

    private func counts(_ pipeline: Pipeline) -> JoinedCounts? {
        pipeline.picture().journeys.journeys.first { $0.name == "purchase" }?
            .joinedCounts(in: TimeWindow(from: 0, to: .max))
    }

    @Test func aRunIsDecidedThirtySecondsAfterItsEnd() async throws {
        let clock = ManualClock()
        let pipeline = Pipeline.make(clock, yaml: Self.yaml)
        try await pipeline.accept(step("buy", "a", 2, end: noon))
        try await pipeline.accept(step("browse", "a", 1, end: noon - 5 * second))
        pipeline.tick()
        #expect(counts(pipeline)?.open == 0)
        #expect(counts(pipeline)?.completed == 0)
        for _ in 0..<29 {
            clock.advance(seconds: 1)
            pipeline.tick()
        }
        #expect(counts(pipeline)?.completed == 0)
        clock.advance(seconds: 1)
        pipeline.tick()
        #expect(counts(pipeline)?.completed == 1)
    }

    @Test func patienceIsMeasuredWithItsOwnClock() async throws {
        let clock = ManualClock()
        let patience = ManualClock(second)
        let pipeline = Pipeline.make(clock, yaml: Self.yaml, patience: patience)
        try await pipeline.accept(step("browse", "a", 1, end: noon))
        pipeline.tick()
        // Ten hours go by in a second of the network's time: nothing is called abandoned yet.
        clock.advance(seconds: 36_000)
        patience.advance(seconds: 1)
        pipeline.tick()
        #expect(counts(pipeline)?.open == 1)
        patience.advance(seconds: 29.5)
        pipeline.tick()
        #expect(counts(pipeline)?.open == 1)
        patience.advance(seconds: 0.5)
        pipeline.tick()
        #expect(counts(pipeline)?.abandoned == 1)
    }

    @Test func aFileIsDecidedAtItsEnd_AlsoUnderNewJourneys() async throws {
        let pipeline = Pipeline.make(ManualClock(), yaml: Self.yaml, base: .file)
        try await pipeline.accept(step("buy", "a", 2, end: noon))
        try await pipeline.accept(step("browse", "a", 1, end: noon - 5 * second))
        try await pipeline.accept(step("browse", "b", 3, end: noon - 4 * second))
        #expect(counts(pipeline)?.completed == 0)
        pipeline.finish()
        #expect(counts(pipeline)?.completed == 1)
        #expect(counts(pipeline)?.abandoned == 1)
        pipeline.finish()
        #expect(counts(pipeline)?.judged == 2)
        pipeline.replace(journeys: journeys(Self.yaml.replacing("1m", with: "3s")))
        #expect(counts(pipeline)?.abandoned == 2)
        // At the end of a file everything that is left is abandoned, within its time or not.
        let window = TimeWindow(last: 3_600 * second, until: pipeline.picture().now)
        let view = pipeline.picture().journeys.journeys.first { $0.name == "purchase" }
        #expect(view?.joinedCounts(in: window)?.abandoned == 2)
    }

    @Test func theSummaryCountsToo() async throws {
        let sink = SummarySink(journeys: journeys(Self.yaml))
        try await sink.accept(step("buy", "a", 2, end: noon))
        try await sink.accept(step("browse", "a", 1, end: noon - 5 * second))
        let row = sink.report().journeys.first { $0.name == "purchase" }
        #expect(row?.joined?.completed == 1)
        #expect(row?.p50 == 5 * second + second / 2)
    }
}
