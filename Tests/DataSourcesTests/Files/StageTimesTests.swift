import DataSources
import Synchronization
import TestSupport
import Testing

/// Time is counted where it is spent, and nowhere else.
@Suite struct StageTimesTests {
    private struct Stop: Error {}

    /// A clock that goes on by 10 ns whenever somebody looks.
    private static func ticking() -> @Sendable () -> UInt64 {
        let time = Mutex<UInt64>(1_000)
        let look: @Sendable () -> UInt64 = {
            time.withLock { time in
                time += 10
                return time
            }
        }
        return look
    }

    @Test func measuredWork_CountsForItsStage_AlsoWhenItFails() {
        let times = StageTimes(clock: Self.ticking())
        #expect(times.measure(.count) { 5 } == 5)
        times.measure(.count) {}
        #expect(throws: Stop.self) { try times.measure(.read) { throw Stop() } }
        #expect(times.spent(.count) == 20)
        #expect(times.spent(.read) == 10)
        #expect(times.spent(.decode) == 0)
    }

    @Test func aClockThatGoesBack_CountsNothing() {
        let time = Mutex<UInt64>(1_000)
        let times = StageTimes {
            time.withLock { time in
                time -= 100
                return time
            }
        }
        times.measure(.decode) {}
        #expect(times.spent(.decode) == 0)
    }

    @Test(arguments: [1, 2])
    func readingAFile_CountsReadsAndDecodes(workers: Int) async throws {
        let files = MemoryFiles()
        files.put("t", Array((0..<200).map { TraceText.line($0 * 10) + "\n" }.joined().utf8))
        var options = FileSource.Options()
        options.firstBlockBytes = 1_000
        options.blockBytes = 2_000
        options.detectionBytes = 1_000
        options.firstBatchRows = 3
        options.decodeWorkers = workers
        options.segmentBytes = 4_000
        let times = StageTimes(clock: Self.ticking())
        options.times = times
        let source = FileSource(
            paths: ["t"], files: files, clock: ScriptedClock(), now: { 7 }, options: options)
        try await source.run(SourceRequest(), into: RecordingSink())
        #expect(times.spent(.read) > 0)
        #expect(times.spent(.decode) > 0)
        #expect(times.spent(.count) == 0)
    }
}
