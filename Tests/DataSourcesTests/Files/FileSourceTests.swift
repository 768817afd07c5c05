import CZlib
import DataSources
import Telemetry
import TelemetryCodecs
import TestSupport
import Testing

@Suite struct FileSourceTests {
    private func source(
        _ files: MemoryFiles, _ paths: [String] = ["t"], clock: any Clock<Duration> = ScriptedClock(),
        options: FileSource.Options = FileSource.Options()
    ) -> FileSource {
        FileSource(paths: paths, files: files, clock: clock, now: { 7 }, options: options)
    }

    /// Reads one file with these contents; gives the sink and the report.
    private func read(
        _ text: String, pieceBytes: Int = .max, options: FileSource.Options = FileSource.Options()
    ) async throws -> (RecordingSink, FilesReport) {
        try await read(Array(text.utf8), pieceBytes: pieceBytes, options: options)
    }

    private func read(
        _ bytes: [UInt8], pieceBytes: Int = .max, options: FileSource.Options = FileSource.Options()
    ) async throws -> (RecordingSink, FilesReport) {
        let files = MemoryFiles(pieceBytes: pieceBytes)
        files.put("t", bytes)
        let source = source(files, options: options)
        let sink = RecordingSink()
        try await source.run(SourceRequest(), into: sink)
        return (sink, source.report)
    }

    // MARK: Layouts

    @Test(arguments: [1, 7, 64, 4096])
    func jsonLines_AreRead_InPiecesOfAnySize(pieceBytes: Int) async throws {
        let text = TraceText.lines(0..<40)
        var options = FileSource.Options()
        options.firstBlockBytes = 64
        options.blockBytes = 256
        let (sink, report) = try await read(text, pieceBytes: pieceBytes, options: options)
        #expect(Set(sink.accepted) == TraceText.keys(0..<40))
        #expect(sink.accepted.count == 40)
        #expect(report.files[0].layout == .jsonLines)
        #expect(report.files[0].records == 40)
        #expect(report.problemCount == 0)
        #expect(report.isDone)
        #expect(report.bytesRead == text.utf8.count)
    }

    @Test func aLastLineWithoutLineEnd_IsRead() async throws {
        let (sink, report) = try await read(TraceText.lines(0..<2) + TraceText.line(2))
        #expect(Set(sink.accepted) == TraceText.keys(0..<3))
        #expect(report.problemCount == 0)
    }

    @Test func blankLinesAndCarriageReturns_AreNoRecords() async throws {
        let text = "\r\n" + TraceText.line(0) + "\r\n\r\n  \n" + TraceText.line(1) + "\r\n\n"
        let (sink, report) = try await read(text)
        #expect(Set(sink.accepted) == TraceText.keys(0..<2))
        #expect(report.files[0].records == 2)
        #expect(report.problemCount == 0)
    }

    @Test(arguments: [16, 1 << 20])
    func aDocumentOverManyLines_IsOneRecord(blockBytes: Int) async throws {
        var options = FileSource.Options()
        options.firstBlockBytes = blockBytes
        options.blockBytes = blockBytes
        let (sink, report) = try await read(TraceText.pretty(TraceText.line(0, count: 500)), options: options)
        #expect(Set(sink.accepted) == TraceText.keys(0..<500))
        #expect(report.files[0].layout == .jsonDocuments)
        #expect(report.files[0].records == 1)
        #expect(report.problemCount == 0)
    }

    @Test(arguments: [16, 1 << 20])
    func aLongDocument_IsReadElementByElement(blockBytes: Int) async throws {
        var options = FileSource.Options()
        options.firstBlockBytes = blockBytes
        options.firstBatchRows = 10
        let elements = (0..<100).map { number in
            let line = TraceText.line(number)
            return String(line.dropFirst("{\"resourceSpans\":[".count).dropLast(2))
        }
        let broken = "{\"scopeSpans\": [!]}"
        let list = elements[..<60] + [broken] + elements[60...]
        let text =
            "{\"more\": {\"resourceSpans\": [1]},\n\"resourceSpans\": [\n\(list.joined(separator: ",\n"))\n], \"x\": []}\n"
        let (sink, report) = try await read(text, options: options)
        #expect(Set(sink.accepted) == TraceText.keys(0..<100))
        #expect(sink.accepted.count == 100)
        #expect(sink.batchSizes.first == 10)
        #expect(report.files[0].records == 101)
        #expect(report.problems.map(\.line) == [63])
        #expect(report.problems.map(\.column) == [17])
    }

    @Test(arguments: [
        ("{\"resourceSpans\": [\n", "], \"x\" 1}"), ("{\"resourceSpans\":\n[", ",]}"),
        ("{\n\"resourceSpans\": [,", "]}"),
    ])
    func whatIsWrongAroundElements_IsSaid(before: String, after: String) async throws {
        let element = String(TraceText.line(0).dropFirst("{\"resourceSpans\":[".count).dropLast(2))
        let (sink, report) = try await read(before + element + after + "\n")
        #expect(Set(sink.accepted) == TraceText.keys(0..<1))
        #expect(report.problems.map(\.kind) == [.invalidRecord])
    }

    @Test func aByteOrderMark_IsSkipped() async throws {
        let (sink, report) = try await read([0xEF, 0xBB, 0xBF] + Array(TraceText.lines(0..<3).utf8))
        #expect(Set(sink.accepted) == TraceText.keys(0..<3))
        #expect(report.problemCount == 0)
    }

    /// The same spans in protobuf, with our encoder, which is tested against the official classes elsewhere.
    private func messages(_ range: Range<Int>, each: Int) throws -> [[UInt8]] {
        try stride(from: range.lowerBound, to: range.upperBound, by: each).map { first in
            var batch = SpanBatch()
            let text = Array(TraceText.line(first, count: min(each, range.upperBound - first)).utf8)
            _ = try text.withUnsafeBytes { bytes throws(DecodingError) in
                try OTLPJSON.decodeTraces(bytes, into: &batch)
            }
            return OTLPEncoder.protobuf(batch.table, rows: 0..<batch.count)
        }
    }

    @Test(arguments: ProtobufFrames.Kind.allCases, [3, 1 << 20])
    func protobuf_IsRead_InEveryLayout(kind: ProtobufFrames.Kind, pieceBytes: Int) async throws {
        var bytes: [UInt8] = []
        for message in try messages(0..<120, each: 7) { bytes.appendFrame(message, kind: kind) }
        var options = FileSource.Options()
        options.firstBlockBytes = 128
        options.blockBytes = 512
        let (sink, report) = try await read(bytes, pieceBytes: pieceBytes, options: options)
        #expect(Set(sink.accepted) == TraceText.keys(0..<120))
        #expect(sink.accepted.count == 120)
        #expect(report.files[0].format == .otlpProtobuf)
        #expect(report.problemCount == 0)
    }

    @Test(arguments: ProtobufFrames.Kind.allCases)
    func cutProtobuf_IsSaid_AndTheRestIsRead(kind: ProtobufFrames.Kind) async throws {
        var bytes: [UInt8] = []
        for message in try messages(0..<3, each: 1) { bytes.appendFrame(message, kind: kind) }
        bytes.removeLast(5)
        let (sink, report) = try await read(bytes)
        #expect(Set(sink.accepted) == TraceText.keys(0..<2))
        #expect(report.problems.map(\.kind) == [.cut])
        #expect(report.problems[0].reason.contains("2 spans were read before it"))
    }

    // MARK: Faults in content

    @Test func anInvalidLine_IsSaidWithItsPlace_AndTheOthersAreRead() async throws {
        let bad = "{\"resourceSpans\": [}"
        let text = TraceText.lines(0..<1000) + bad + "\n" + TraceText.lines(1000..<1500)
        var options = FileSource.Options()
        options.firstBlockBytes = 4096
        let (sink, report) = try await read(text, options: options)
        #expect(Set(sink.accepted) == TraceText.keys(0..<1500))
        #expect(report.problemCount == 1)
        let problem = try #require(report.problems.first)
        #expect(problem.kind == .invalidRecord)
        #expect(problem.line == 1001)
        #expect(problem.column == 20)
        #expect(problem.offset == TraceText.lines(0..<1000).utf8.count + 19)
        #expect(problem.description.hasPrefix("t:1001:20: OTLP JSON"))
    }

    @Test func invalidLinesBeyondTheTwentieth_AreOnlyCounted() async throws {
        var text = ""
        for number in 0..<50 { text += TraceText.line(number) + "\n{\"resourceSpans\":[{]\n" }
        let (sink, report) = try await read(text)
        #expect(Set(sink.accepted) == TraceText.keys(0..<50))
        #expect(report.problemCount == 50)
        #expect(report.problems.count == 20)
        #expect(report.problems.compactMap(\.line) == (1...20).map { $0 * 2 })
    }

    @Test func anInvalidFirstLine_DoesNotHideTheOthers() async throws {
        for bad in ["{\"resourceSpans\":[{\"sco", "no JSON at all", "{\"resourceSpans\":[1]}"] {
            let (sink, report) = try await read(bad + "\n" + TraceText.lines(0..<5))
            #expect(Set(sink.accepted) == TraceText.keys(0..<5), "\(bad)")
            #expect(report.problems.compactMap(\.line) == [1], "\(bad)")
        }
    }

    @Test func aFailedLine_LeavesNoSpansBehind() async throws {
        let whole = TraceText.line(0, count: 3)
        let broken = String(whole.dropLast(2)) + "!]}"
        let (sink, report) = try await read(TraceText.lines(5..<7) + broken + "\n" + TraceText.lines(7..<9))
        #expect(Set(sink.accepted) == TraceText.keys(5..<9))
        #expect(report.problemCount == 1)
    }

    @Test func aCutLastLine_IsSaidWithWhatWasReadBefore() async throws {
        let whole = TraceText.lines(0..<4)
        let (sink, report) = try await read(whole + TraceText.line(4).prefix(90))
        #expect(Set(sink.accepted) == TraceText.keys(0..<4))
        let problem = try #require(report.problems.first)
        #expect(problem.kind == .cut)
        #expect(problem.line == 5)
        #expect(
            problem.reason
                == "ends in the middle of a record at byte \(whole.utf8.count + 90): 4 spans were read before it")
    }

    @Test func aCutDocument_IsSaid() async throws {
        let text = TraceText.pretty(TraceText.line(0, count: 3))
        let (sink, report) = try await read(String(text.prefix(text.count / 2)))
        #expect(sink.accepted.isEmpty)
        #expect(report.problems.map(\.kind) == [.cut])
    }

    @Test func spansWithImpossibleIDs_AreCountedAsRejected() async throws {
        let line = TraceText.line(0).replacing("\"traceId\":\"0", with: "\"traceId\":\"")
        let (sink, report) = try await read(TraceText.lines(0..<2) + line + "\n")
        #expect(sink.accepted.count == 2)
        #expect(sink.rejected == 1)
        #expect(report.files[0].rejectedSpans == 1)
    }

    @Test func anEmptyFile_IsNoFault() async throws {
        for text in ["", " \n\n"] {
            let (sink, report) = try await read(text)
            #expect(sink.calls == 0)
            #expect(report.problemCount == 0)
            #expect(report.isDone)
        }
    }

    @Test func filesOfAnotherKind_AreRefusedWithTheReason() async throws {
        let kinds: [(String, [UInt8], String)] = [
            ("png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13], "PNG"),
            ("text", Array("id,name,duration\n1,a,2\n".utf8), "t: cannot be read as traces"),
            ("json", Array("{\"hello\": \"world\"}\n".utf8), "hello"),
        ]
        for (name, bytes, word) in kinds {
            let files = MemoryFiles()
            files.put("t", bytes)
            let source = source(files)
            let error = await #expect(throws: FileSourceError.self, "\(name)") {
                try await source.run(SourceRequest(), into: RecordingSink())
            }
            #expect("\(try #require(error))".contains(word), "\(name)")
            #expect(source.status.current.state == .failed)
        }
    }

    @Test func aFileOfAnotherKind_DoesNotStopTheOthers() async throws {
        let files = MemoryFiles()
        files.put("a", Array("<!DOCTYPE html><html>".utf8))
        files.put("b", Array(TraceText.lines(0..<3).utf8))
        let source = source(files, ["a", "b"])
        let sink = RecordingSink()
        try await source.run(SourceRequest(), into: sink)
        #expect(Set(sink.accepted) == TraceText.keys(0..<3))
        #expect(source.report.problems.map(\.kind) == [.refused])
    }

    // MARK: Batches

    @Test func theFirstBatchIsSmall_AndLaterOnesAreFull() async throws {
        var options = FileSource.Options()
        options.firstBatchRows = 10
        options.batchRows = 100
        let (sink, _) = try await read(TraceText.lines(0..<500), options: options)
        #expect(sink.batchSizes.first == 10)
        #expect(sink.batchSizes.max() == 100)
        #expect(sink.batchSizes.reduce(0, +) == 500)
        #expect(sink.batchSizes.dropLast().allSatisfy { [10, 40, 100].contains($0) })
    }

    @Test func progressIsPublished_WhileReading() async throws {
        let files = MemoryFiles(pieceBytes: 1000)
        files.put("t", Array(TraceText.lines(0..<400).utf8))
        var options = FileSource.Options()
        options.firstBlockBytes = 2048
        options.blockBytes = 2048
        options.detectionBytes = 1024
        options.firstBatchRows = 5
        options.batchRows = 20
        let source = source(files, options: options)
        let fractions = Fractions()
        let sink = RecordingSink { _ in
            await fractions.add(source.report.fraction)
            return .accept
        }
        try await source.run(SourceRequest(), into: sink)
        let seen = await fractions.values
        #expect(seen == seen.sorted())
        #expect(Set(seen).count > 5)
        #expect(source.report.fraction == 1)
        #expect(source.report.spans == 400)
        #expect(source.status.current.counters.spans == 400)
        #expect(source.status.current.counters.requests == 400)
    }

    private actor Fractions {
        var values: [Double] = []
        func add(_ value: Double?) { values.append(value ?? -1) }
    }

    // MARK: Paths

    @Test func aFolder_IsReadByName_OneLevelDeep() async throws {
        let files = MemoryFiles()
        files.makeFolder("d", ["b.json", "a.json", ".hidden", "sub"])
        files.makeFolder("d/sub", [])
        files.put("d/a.json", Array(TraceText.lines(0..<1).utf8))
        files.put("d/b.json", Array(TraceText.lines(1..<2).utf8))
        files.put("d/.hidden", Array(TraceText.lines(2..<3).utf8))
        let source = source(files, ["d"])
        let sink = RecordingSink()
        try await source.run(SourceRequest(), into: sink)
        #expect(sink.accepted.map(\.span.value) == [1, 2])
        #expect(source.report.files.map(\.path) == ["d/a.json", "d/b.json"])
        #expect(source.report.skipped.map(\.path) == ["d/sub"])
    }

    @Test func aMissingPath_EndsTheRunBeforeAnythingIsRead() async throws {
        let files = MemoryFiles()
        files.put("t", Array(TraceText.lines(0..<1).utf8))
        let sink = RecordingSink()
        let expected = FileAccessError(kind: .missing, path: "nothing", reason: "there is no such file or folder")
        await #expect(throws: FileSourceError.unreachable(expected)) {
            try await source(files, ["t", "nothing"]).run(SourceRequest(), into: sink)
        }
        #expect(sink.calls == 0)
    }

    @Test func anEmptyFolder_IsSaid() async throws {
        let files = MemoryFiles()
        files.makeFolder("d", [])
        await #expect(throws: FileSourceError.noFiles(["d"])) {
            try await source(files, ["d"]).run(SourceRequest(), into: RecordingSink())
        }
    }

    @Test func anErrorOfEveryCall_IsSaid_AndTheOthersAreRead() async throws {
        for call in [MemoryFiles.Call.open, .read] {
            let files = MemoryFiles()
            files.put("a", Array(TraceText.lines(0..<3).utf8))
            files.put("b", Array(TraceText.lines(3..<5).utf8))
            files.fail(call, "a", "the disk is on fire")
            let source = source(files, ["a", "b"])
            let sink = RecordingSink()
            try await source.run(SourceRequest(), into: sink)
            #expect(Set(sink.accepted) == TraceText.keys(3..<5), "\(call)")
            #expect(source.report.problems.map(\.reason) == ["the disk is on fire"], "\(call)")
            #expect(source.report.isDone)
        }
    }

    @Test func aReadErrorInTheMiddle_KeepsWhatCameBefore() async throws {
        let files = MemoryFiles(pieceBytes: 700)
        files.put("t", Array(TraceText.lines(0..<10).utf8))
        files.fail(.read, "t", after: 4, "input/output error")
        let source = source(files)
        let sink = RecordingSink()
        try await source.run(SourceRequest(), into: sink)
        let whole = 4 * 700 / TraceText.lines(0..<1).utf8.count
        #expect(Set(sink.accepted) == TraceText.keys(0..<whole))
        #expect(source.report.problems.map(\.kind) == [.unreadable])
    }

    @Test func standardInput_IsReadWhileItComes() async throws {
        let files = MemoryFiles()
        files.pipe(Array(TraceText.lines(0..<2).utf8))
        let sink = RecordingSink()
        let clock = ScriptedClock([
            { #expect(Set(sink.accepted) == TraceText.keys(0..<2)) },
            { files.closePipe(after: Array(TraceText.lines(2..<4).utf8)) },
        ])
        let source = source(files, ["-"], clock: clock)
        try await source.run(SourceRequest(), into: sink)
        #expect(Set(sink.accepted) == TraceText.keys(0..<4))
        #expect(source.report.files.map(\.path) == ["standard input"])
        #expect(source.report.bytesTotal == nil)
    }
}
