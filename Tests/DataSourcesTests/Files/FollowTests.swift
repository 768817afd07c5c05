import DataSources
import Telemetry
import TestSupport
import Testing

/// Each step of a script runs while the source waits between two looks at its files; the source ends with the script.
@Suite struct FollowTests {
    private func follow(
        _ files: MemoryFiles, paths: [String] = ["t"], _ steps: [@Sendable () async -> Void]
    ) async throws -> (RecordingSink, FileSource) {
        let sink = RecordingSink()
        let source = FileSource(paths: paths, files: files, clock: ScriptedClock(steps), now: { 7 })
        try await source.run(SourceRequest(follow: true), into: sink)
        return (sink, source)
    }

    private func bytes(_ range: Range<Int>) -> [UInt8] { Array(TraceText.lines(range).utf8) }

    @Test func growth_IsRead() async throws {
        let files = MemoryFiles()
        files.put("t", bytes(0..<2))
        let (sink, source) = try await follow(
            files, [{ files.append("t", bytes(2..<3)) }, {}, { files.append("t", bytes(3..<5)) }, {}])
        #expect(sink.accepted.map(\.span.value) == [1, 2, 3, 4, 5])
        #expect(source.report.problemCount == 0)
    }

    @Test func aPartialLastLine_WaitsForItsRest() async throws {
        let files = MemoryFiles()
        let line = bytes(1..<2)
        files.put("t", bytes(0..<1))
        let (sink, source) = try await follow(
            files,
            [
                { files.append("t", Array(line.prefix(40))) }, {},
                { files.append("t", Array(line[40..<90])) }, {},
                { files.append("t", Array(line[90...])) }, {},
            ])
        #expect(sink.accepted.map(\.span.value) == [1, 2])
        #expect(source.report.problemCount == 0)
    }

    @Test func aWholeLastLineWithoutLineEnd_IsReadAtOnce() async throws {
        let files = MemoryFiles()
        files.put("t", Array(TraceText.line(0).utf8))
        let sink = RecordingSink()
        let clock = ScriptedClock([
            { #expect(sink.accepted.count == 1) }, { files.append("t", [0x0A] + bytes(1..<2)) }, {},
        ])
        let source = FileSource(paths: ["t"], files: files, clock: clock, now: { 7 })
        try await source.run(SourceRequest(follow: true), into: sink)
        #expect(sink.accepted.map(\.span.value) == [1, 2])
        #expect(source.report.problemCount == 0)
    }

    @Test func anEmptyFile_MayBeginLater() async throws {
        let files = MemoryFiles()
        files.put("t", [])
        let (sink, _) = try await follow(
            files,
            [
                { files.append("t", Array(bytes(0..<1).prefix(20))) },
                { files.append("t", Array(bytes(0..<1).dropFirst(20))) }, {},
            ])
        #expect(sink.accepted.map(\.span.value) == [1])
    }

    @Test func rotation_ReadsTheRestOfTheOldFile_ThenTheNewOne() async throws {
        let files = MemoryFiles()
        files.put("t", bytes(0..<2))
        let (sink, source) = try await follow(
            files,
            [
                {
                    files.append("t", bytes(2..<3))
                    files.move("t", to: "t.1")
                },
                { files.append("t.1", bytes(3..<4)) },
                { files.put("t", bytes(4..<6)) }, {},
                { files.append("t", bytes(6..<7)) }, {},
            ])
        #expect(sink.accepted.map(\.span.value) == [1, 2, 3, 4, 5, 6, 7])
        #expect(source.report.problems.map(\.kind) == [.notice])
        #expect(source.report.files.count == 2)
    }

    @Test func aFileThatIsCutAndWrittenAgain_IsReadFromItsBeginning() async throws {
        let files = MemoryFiles()
        files.put("t", bytes(0..<3))
        let (sink, source) = try await follow(
            files,
            [
                {
                    files.cut("t", to: 0)
                    files.append("t", bytes(3..<4))
                }, {},
                { files.append("t", bytes(4..<5)) }, {},
            ])
        #expect(sink.accepted.map(\.span.value) == [1, 2, 3, 4, 5])
        #expect(source.report.problems.map(\.kind) == [.notice])
    }

    @Test func newFilesOfAFolder_AreFound() async throws {
        let files = MemoryFiles()
        files.makeFolder("d", [])
        let (sink, _) = try await follow(
            files, paths: ["d"],
            [
                {
                    files.put("d/a", bytes(0..<1))
                    files.makeFolder("d", ["a"])
                }, {},
                {
                    files.put("d/b", bytes(1..<2))
                    files.makeFolder("d", ["a", "b"])
                    files.append("d/a", bytes(2..<3))
                }, {},
            ])
        #expect(Set(sink.accepted) == TraceText.keys(0..<3))
        #expect(sink.accepted.count == 3)
    }

    @Test func anErrorWhileFollowing_IsSaidOnce_AndTriedAgain() async throws {
        let files = MemoryFiles()
        files.put("t", bytes(0..<1))
        let (sink, source) = try await follow(
            files,
            [
                { files.fail(.info, "t", kind: .denied, "looking it is not allowed") }, {}, {},
                {
                    files.heal(.info, "t")
                    files.append("t", bytes(1..<2))
                }, {},
            ])
        #expect(sink.accepted.map(\.span.value) == [1, 2])
        #expect(source.report.problems.map(\.reason) == ["looking it is not allowed; trying again"])
    }
}
