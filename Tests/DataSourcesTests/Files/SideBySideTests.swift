import DataSources
import Foundation
import Telemetry
import TelemetryCodecs
import TestSupport
import Testing

/// Blocks decoded side by side must give what blocks decoded in turn give.
@Suite struct SideBySideTests {
    private func read(
        _ bytes: [UInt8], workers: Int, pieceBytes: Int = .max, segmentBytes: Int = 4_000, windowBytes: Int? = nil
    ) async throws -> (RecordingSink, FileReport) {
        let files = MemoryFiles(pieceBytes: pieceBytes, hasPlaces: windowBytes != nil)
        files.put("t", bytes)
        var options = FileSource.Options()
        options.firstBlockBytes = 1_000
        options.blockBytes = 2_000
        options.detectionBytes = 1_000
        options.firstBatchRows = 3
        options.batchRows = 16
        options.decodeWorkers = workers
        options.segmentBytes = segmentBytes
        options.windowBytes = windowBytes ?? 1
        let source = FileSource(
            paths: ["t"], files: files, clock: ScriptedClock(), now: { 7 }, options: options)
        let sink = RecordingSink()
        try await source.run(SourceRequest(), into: sink)
        return (sink, source.report.files[0])
    }

    private func compare(_ bytes: [UInt8], pieceBytes: Int = .max, segmentBytes: Int = 4_000) async throws {
        let (inTurn, expected) = try await read(bytes, workers: 1, pieceBytes: pieceBytes)
        // Blocks that are read in turn, and blocks that each task reads itself, in windows of several sizes.
        for (workers, windowBytes) in [(2, nil), (3, nil), (4, nil), (2, 1), (3, 900), (4, 1 << 20)] {
            let (sink, report) = try await read(
                bytes, workers: workers, pieceBytes: pieceBytes, segmentBytes: segmentBytes, windowBytes: windowBytes)
            #expect(sink.accepted == inTurn.accepted)
            #expect(sink.logRecords == inTurn.logRecords)
            #expect(sink.rejected == inTurn.rejected)
            #expect(report == expected)
        }
    }

    private func broken(_ number: Int) -> String {
        switch number % 37 {
        case 5: "{\"resourceSpans\": [!]}\n"
        case 11: "\n"
        case 17: "  \r\n"
        case 23: TraceText.line(number).dropLast(9) + "\n"
        case 29: "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{},{}]}]}]}\n"
        case 31: TraceText.line(number, count: 40) + "\n"
        case 33: TraceText.line(number).replacing("\"traceId\":\"0", with: "\"traceId\":\"x") + "\n"
        default: TraceText.line(number) + "\n"
        }
    }

    @Test(arguments: [(Int.max, 4_000), (333, 4_000), (.max, 100), (50, 1 << 20)])
    func linesWithFaults_GiveTheSameSpansAndProblems(pieceBytes: Int, segmentBytes: Int) async throws {
        let text = (0..<600).map { broken($0 * 100) }.joined()
        let (_, report) = try await read(Array(text.utf8), workers: 1)
        #expect(report.problemCount > 20)
        try await compare(Array(text.utf8), pieceBytes: pieceBytes, segmentBytes: segmentBytes)
        try await compare(Array(text.utf8.dropLast(100)), pieceBytes: pieceBytes, segmentBytes: segmentBytes)
    }

    @Test func aLineLongerThanABlock_IsReadInItsPlace() async throws {
        let text = TraceText.lines(0..<50) + TraceText.line(1_000, count: 300) + "\n" + TraceText.lines(50..<100)
        try await compare(Array(text.utf8))
        try await compare(Array(text.utf8), segmentBytes: 1)
    }

    private func messages(_ count: Int, spans: Int = 1) throws -> [[UInt8]] {
        try (0..<count).map { number in
            var batch = SpanBatch()
            let text = Array(TraceText.line(number * 10 * spans, count: spans + number % 7).utf8)
            _ = try text.withUnsafeBytes { bytes throws(DecodingError) in
                try OTLPJSON.decodeTraces(bytes, into: &batch)
            }
            return OTLPEncoder.protobuf(batch.table, rows: 0..<batch.count)
        }
    }

    @Test(arguments: ProtobufFrames.Kind.allCases)
    func protobuf_GivesTheSame_WholeCutAndDamaged(kind: ProtobufFrames.Kind) async throws {
        var bytes: [UInt8] = []
        for message in try messages(200) { bytes.appendFrame(message, kind: kind) }
        try await compare(bytes)
        try await compare(bytes, pieceBytes: 777)
        try await compare(bytes.dropLast(5))
        var large: [UInt8] = []
        for message in try messages(12, spans: 60) { large.appendFrame(message, kind: kind) }
        try await compare(large, segmentBytes: 30_000)
        try await compare(large.dropLast(7), pieceBytes: 5_000, segmentBytes: 30_000)
        for place in [3_000, 9_000, bytes.count - 40] {
            var damaged = bytes
            for offset in 0..<12 { damaged[place + offset] = 0xFF }
            try await compare(damaged)
        }
    }

    @Test func documents_AreReadInTurn() async throws {
        let elements = (0..<300).map { String(TraceText.line($0).dropFirst("{\"resourceSpans\":[".count).dropLast(2)) }
        try await compare(Array("{\"resourceSpans\": [\n\(elements.joined(separator: ",\n"))\n]}\n".utf8))
    }

    @Test(arguments: [false, true])
    func aReadError_KeepsWhatCameBefore(hasPlaces: Bool) async throws {
        let files = MemoryFiles(pieceBytes: 700, hasPlaces: hasPlaces)
        files.put("t", Array(TraceText.lines(0..<100).utf8))
        files.fail(.read, "t", after: 20, "input/output error")
        var options = FileSource.Options()
        options.firstBlockBytes = 1_000
        options.detectionBytes = 1_000
        options.firstBatchRows = 2
        options.decodeWorkers = 3
        options.windowBytes = 2_000
        let source = FileSource(paths: ["t"], files: files, clock: ScriptedClock(), now: { 7 }, options: options)
        let sink = RecordingSink()
        try await source.run(SourceRequest(), into: sink)
        let read = TraceText.lines(0..<100).utf8.prefix(source.report.files[0].bytesRead)
        let whole = read.count { $0 == 0x0A }
        // Where parts are cut off by looking into the file, the fault comes earlier.
        #expect(whole > (hasPlaces ? 1 : 20))
        #expect(whole < 100)
        #expect(Set(sink.accepted) == TraceText.keys(0..<whole))
        #expect(source.report.problems.map(\.kind) == [.unreadable])
    }

    @Test func aFileThatIsCutWhileItIsRead_IsReadToItsNewEnd() async throws {
        let text = Array(TraceText.lines(0..<2_000).utf8)
        for share in [2, 3, 10] {
            let files = MemoryFiles(hasPlaces: true)
            files.put("t", text)
            var options = FileSource.Options()
            options.firstBlockBytes = 1_000
            options.detectionBytes = 1_000
            options.firstBatchRows = 2
            options.batchRows = 50
            options.decodeWorkers = 2
            options.segmentBytes = 20_000
            options.windowBytes = 3_000
            let source = FileSource(paths: ["t"], files: files, clock: ScriptedClock(), now: { 7 }, options: options)
            let sink = RecordingSink { call in
                if call == 4 { files.cut("t", to: text.count / share) }
                return .accept
            }
            try await source.run(SourceRequest(), into: sink)
            // What was read before the cut may lie behind it.
            let left = text.prefix(text.count / share).count { $0 == 0x0A }
            #expect(sink.accepted.count >= left)
            #expect(sink.accepted.count < 2_000)
            #expect(Set(sink.accepted) == TraceText.keys(0..<sink.accepted.count))
            #expect(Set(sink.accepted).count == sink.accepted.count)
        }
    }

    /// The machine's own files, with every way to frame, in parts of their own.
    @Test func filesOnDisk_AreReadLikeThoseInMemory() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "side-by-side-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var contents = [Array((0..<3_000).map { broken($0 * 100) }.joined().utf8)]
        for kind in ProtobufFrames.Kind.allCases {
            var bytes: [UInt8] = []
            for message in try messages(60, spans: 40) { bytes.appendFrame(message, kind: kind) }
            contents.append(bytes)
        }
        for (number, bytes) in contents.enumerated() {
            let path = folder.appending(path: "\(number)").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let (expected, _) = try await read(bytes, workers: 1)
            var options = FileSource.Options()
            options.firstBlockBytes = 8_000
            options.firstBatchRows = 3
            options.decodeWorkers = 2
            options.segmentBytes = 60_000
            options.windowBytes = 20_000
            let source = FileSource(paths: [path], now: { 7 }, options: options)
            let sink = RecordingSink()
            try await source.run(SourceRequest(), into: sink)
            #expect(sink.accepted == expected.accepted)
            #expect(source.report.files[0].bytesRead == bytes.count)
        }
    }

    @Test func aSinkThatStops_EndsTheRun_AndNothingIsCountedTwice() async throws {
        let files = MemoryFiles()
        files.put("t", Array(TraceText.lines(0..<2_000).utf8))
        var options = FileSource.Options()
        options.firstBlockBytes = 1_000
        options.detectionBytes = 1_000
        options.firstBatchRows = 2
        options.batchRows = 50
        options.decodeWorkers = 3
        options.segmentBytes = 40_000
        let source = FileSource(paths: ["t"], files: files, clock: ScriptedClock(), now: { 7 }, options: options)
        let sink = RecordingSink { call in call < 5 ? .accept : .refuse(.stopped) }
        try await source.run(SourceRequest(), into: sink)
        #expect(source.report.spans == sink.accepted.count)
        #expect(source.report.problems.map(\.kind) == [.unreadable])
        #expect(!source.report.isDone)
    }

    @Test func cancellation_EndsTheRun_AndWhatWasTakenIsCounted() async throws {
        let files = MemoryFiles()
        files.put("t", Array(TraceText.lines(0..<2_000).utf8))
        var options = FileSource.Options()
        options.firstBlockBytes = 1_000
        options.detectionBytes = 1_000
        options.firstBatchRows = 2
        options.batchRows = 50
        options.decodeWorkers = 3
        options.segmentBytes = 20_000
        let source = FileSource(paths: ["t"], files: files, clock: ScriptedClock(), now: { 7 }, options: options)
        let sink = RecordingSink { call in
            if call == 4 { withUnsafeCurrentTask { $0?.cancel() } }
            return .accept
        }
        let run = Task { try await source.run(SourceRequest(), into: sink) }
        try await run.value
        #expect(sink.accepted.count < 2_000)
        #expect(source.report.spans == sink.accepted.count)
        #expect(sink.accepted == RecordingSink.keys(try lines(sink.accepted.count)))
    }

    private func lines(_ count: Int) throws -> SpanTable {
        var batch = SpanBatch()
        let text = Array(TraceText.line(0, count: count).utf8)
        _ = try text.withUnsafeBytes { bytes throws(DecodingError) in
            try OTLPJSON.decodeTraces(bytes, into: &batch)
        }
        return batch.table
    }
}
