import Journeys
import Pipeline
import Telemetry
import Testing

@Suite struct TraceQueriesTests {
    private func shopPicture() async throws -> PipelinePicture {
        let pipeline = Pipeline.make(ManualClock(noon + 300 * second), base: .file)
        for batch in shop(seconds: 120) { try await pipeline.accept(.init(spans: batch)) }
        pipeline.finish()
        return pipeline.picture()
    }

    @Test func aSearch_EqualsLookingAtEverySpan() async throws {
        let picture = try await shopPicture()
        let window = TimeWindow(from: noon + 20 * second, to: noon + 70 * second)
        let filter = try FilterExpression(parsing: "kind=server duration>40ms", mode: .bar)
        let selection = TraceQueries.search(filter, in: picture.store, window: window)
        var traces: Set<TraceID> = []
        var matched = 0
        var total = 0
        for chunk in picture.store.chunks {
            let table = chunk.table
            for row in 0..<table.count where window.contains(table.ends[row]) {
                total += 1
                guard table.kind(row) == .server, table.duration(row) > 40_000_000 else { continue }
                matched += 1
                traces.insert(table.traceID(row))
            }
        }
        #expect(matched > 20)
        #expect(matched < total)
        #expect(selection.matched == matched)
        #expect(selection.total == total)
        #expect(selection.traces == traces)
        #expect(selection.unsupported.isEmpty)
    }

    @Test func anEmptyWindow_SelectsNothing() async throws {
        let picture = try await shopPicture()
        let filter = try FilterExpression(parsing: "kind=server", mode: .bar)
        let selection = TraceQueries.search(filter, in: picture.store, window: TimeWindow(from: 5, to: 5))
        #expect(selection.matched == 0)
        #expect(selection.total == 0)
        #expect(selection.traces.isEmpty)
    }

    @Test func theSlowestRuns_AreLookedInto() async throws {
        let picture = try await shopPicture()
        let window = TimeWindow(from: noon + 60 * second, to: noon + 121 * second)
        let baseline = TimeWindow(from: noon, to: noon + 60 * second)
        let view = try #require(picture.journeys.journeys.max { $0.keptRuns(in: window) < $1.keptRuns(in: window) })
        let findings = TraceQueries.lookInto(view, in: picture.store, window: window, baseline: baseline)
        let kept = view.keptRuns(in: window)
        #expect(kept >= 5)
        #expect(findings.runs == Int(view.counts(in: window).total))
        #expect(findings.traces == max(5, kept / 20))
        #expect(!findings.contribution.services.isEmpty)
        let slowest = view.runs(RunSelection(window: window), order: .slowest, limit: 3)
        for run in slowest {
            let summary = try #require(findings.summaries[run.trace])
            #expect(summary.id == run.trace)
            #expect(summary.spans == picture.store.trace(run.trace)?.spans.count)
        }
    }

    @Test func withoutRuns_ThereIsNothingToFind() async throws {
        let pipeline = Pipeline.make(ManualClock(), yaml: homeYAML)
        let picture = pipeline.picture()
        let view = try #require(picture.journeys.journeys.first)
        let window = TimeWindow(last: 60 * second, until: noon)
        let findings = TraceQueries.lookInto(view, in: picture.store, window: window, baseline: window)
        #expect(findings.runs == 0)
        #expect(findings.traces == 0)
        #expect(findings.summaries.isEmpty)
    }
}
