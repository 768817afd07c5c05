import DataSources
import Foundation
import Journeys
import Pipeline
import Telemetry
import TelemetryCodecs

/// Telemetry of one size: the same spans as JSON lines, as protobuf and, once that is needed, in a store.
///
/// It is what `make_traces.py` writes; where that is missing it is the built-in shop's, which has fewer attributes.
final class BenchmarkData {
    /// About how many spans there are.
    let wanted: Int
    /// A file of one `TracesData` a line.
    let jsonLines: String
    /// A file of length-prefixed protobuf messages with the same spans.
    let protobuf: String
    /// Where the spans come from, in words.
    let origin: String
    private var held: HeldSpans?
    private var bigTrace: BigTrace?
    private var journeys: CountedJourneys?

    /// Makes the files, unless a folder is named that has them.
    init(spans: Int, _ options: BenchmarkOptions, temporary: URL) throws {
        wanted = spans
        let folder = options.dataFolder.map { URL(filePath: $0) } ?? temporary
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        jsonLines = folder.appending(path: "spans-\(spans).jsonl").path
        protobuf = folder.appending(path: "spans-\(spans).otlp").path
        let files = FileManager.default
        guard !files.fileExists(atPath: jsonLines) || !files.fileExists(atPath: protobuf) else {
            origin = "the files in \(folder.path)"
            return
        }
        guard let generator = Self.generator(options) else {
            origin = "the built-in shop"
            try writeShop()
            return
        }
        origin = "make_traces.py --spans \(spans)"
        for (path, format) in [(jsonLines, "otlp-jsonl"), (protobuf, "otlp-proto")]
        where !files.fileExists(atPath: path) {
            FileHandle.standardError.write(Data("making \(path)\n".utf8))
            try Command.output(
                "python3", [generator, "--spans", String(spans), "--format", format, "--out", path + ".part"],
                errors: FileHandle.standardError)
            try files.moveItem(atPath: path + ".part", toPath: path)
        }
    }

    /// The generator, where it is and can run.
    private static func generator(_ options: BenchmarkOptions) -> String? {
        let usual = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared/tools/make_traces.py").path
        let path = options.generator ?? usual
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return (try? Command.output("python3", ["-c", "import numpy"])) == nil ? nil : path
    }

    /// Writes the shop's telemetry to both files.
    private func writeShop() throws {
        let start: UInt64 = 1_760_000_040_000_000_000
        let shop = Simulator(SimulatorConfiguration(seed: 1, fault: nil))
        for path in [jsonLines, protobuf] { try Data().write(to: URL(filePath: path)) }
        let lines = try FileHandle(forWritingTo: URL(filePath: jsonLines))
        let messages = try FileHandle(forWritingTo: URL(filePath: protobuf))
        let second: UInt64 = 1_000_000_000
        var count = 0
        var time = start
        while count < wanted {
            for batch in shop.batches(from: time, to: time + 60 * second, maximumRows: 512) {
                let table = batch.table
                count += table.count
                try lines.write(contentsOf: Data(OTLPEncoder.json(table, rows: 0..<table.count) + [0x0A]))
                var frame: [UInt8] = []
                frame.appendFrame(OTLPEncoder.protobuf(table, rows: 0..<table.count), kind: .varintDelimited)
                try messages.write(contentsOf: Data(frame))
            }
            time += 60 * second
        }
        try lines.close()
        try messages.close()
    }

    /// The size of a file in bytes.
    static func bytes(of path: String) -> Int {
        guard let file = FileHandle(forReadingAtPath: path), let end = try? file.seekToEnd() else { return 0 }
        return Int(clamping: end)
    }

    /// Reads a file, so that it is in memory when it is measured with.
    static func warm(_ path: String) {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        while let part = try? file.read(upToCount: 8 << 20), !part.isEmpty { continue }
    }

    // MARK: What is made from the files

    /// All spans in a store, with every attribute.
    func spans() async throws -> HeldSpans {
        if let held { return held }
        let made = try await HeldSpans(protobuf: protobuf)
        held = made
        return made
    }

    /// One trace a tenth as large as everything.
    func trace() -> BigTrace {
        if let bigTrace { return bigTrace }
        let made = BigTrace(spans: max(100, wanted / 10))
        bigTrace = made
        return made
    }

    /// The spans as 64 journeys saw them.
    func counted() async throws -> CountedJourneys {
        if let journeys { return journeys }
        // Journeys see spans as they come in, before a full chunk is packed.
        let tables = try await spans().snapshot.chunks.map { chunk in
            var batch = SpanBatch()
            var map = SpanBatch.CodeMap()
            batch.append(0..<chunk.table.count, of: chunk.table, using: &map)
            return batch.table
        }
        let made = try CountedJourneys(tables: tables)
        journeys = made
        return made
    }
}

/// All spans of a file in a store.
struct HeldSpans {
    let snapshot: StoreSnapshot
    /// How much the process has grown, a span.
    let residentBytes: Double
    /// Ids of traces all over the store.
    let traces: [TraceID]
    /// How long the very first lookup took, which makes the index of every chunk; in seconds.
    let firstLookup: Double

    init(protobuf: String) async throws {
        Processor.giveBackFreeMemory()
        let before = Processor.residentBytes
        let pipeline = Pipeline(journeys: [], base: .file, memoryBudget: nil, clock: { 0 })
        try await FileSource(paths: [protobuf], now: { 0 }).run(SourceRequest(), into: pipeline)
        pipeline.finish()
        let snapshot = pipeline.picture().store
        self.snapshot = snapshot
        Processor.giveBackFreeMemory()
        let grown = Processor.residentBytes - before
        residentBytes = Double(grown) / Double(max(1, snapshot.spanCount))
        traces = snapshot.chunks.flatMap { chunk in
            let step = max(1, chunk.table.count * snapshot.chunks.count / 200)
            return stride(from: 0, to: chunk.table.count, by: step).map(chunk.table.traceID)
        }
        guard let first = traces.first else { throw BenchmarkError(reason: "\(protobuf): no spans") }
        firstLookup = Stretch.of { Sink.take(snapshot.trace(first)?.spans.count ?? 0) }.0.seconds
    }
}
