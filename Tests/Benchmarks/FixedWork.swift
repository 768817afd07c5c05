import Foundation
import Journeys
import Telemetry
import TelemetryCodecs

/// Work on a fixed input whose instructions are counted, so that a change shows whatever the machine is doing.
struct FixedWork {
    static let names = [
        "decode-json", "decode-json-outline", "decode-protobuf", "decode-protobuf-outline", "match-64-regexes",
        "count-64-journeys",
    ]
    /// About how many spans it is done with.
    private static let bytes = 12 << 20

    let name: String
    let passes: Int
    let path: String

    /// Does it.
    func run() throws {
        guard let file = FileHandle(forReadingAtPath: path), let data = try file.read(upToCount: Self.bytes) else {
            throw BenchmarkError(reason: "\(path): cannot be read")
        }
        let bytes = [UInt8](data)
        let detail: SpanDetail = name.hasSuffix("outline") ? .outline : .whole
        let isJSON = name.contains("json")
        let spans: Int
        if name == "match-64-regexes" || name == "count-64-journeys" {
            let tables = [try decode(bytes, detail, isJSON).table]
            let counted = try CountedJourneys(tables: tables)
            spans = tables[0].count
            for _ in 0..<passes {
                Sink.take(
                    name == "match-64-regexes"
                        ? CountedJourneys.match(counted.regexes, tables)
                        : CountedJourneys.ingest(counted.exact, tables))
            }
        } else {
            var count = 0
            for _ in 0..<passes { count = try decode(bytes, detail, isJSON).count }
            spans = count
        }
        print(spans)
    }

    private func decode(_ bytes: [UInt8], _ detail: SpanDetail, _ isJSON: Bool) throws -> SpanBatch {
        var batch = SpanBatch(detail)
        try bytes.withUnsafeBytes { buffer in
            if isJSON {
                var lines = JSONLines(buffer)
                while let line = lines.next() {
                    _ = try OTLPJSON.decodeTraces(UnsafeRawBufferPointer(rebasing: buffer[line]), into: &batch)
                }
            } else {
                var frames = ProtobufFrames(buffer, kind: .varintDelimited)
                while let frame = try frames.next() {
                    _ = try OTLPProtobuf.decodeTraces(UnsafeRawBufferPointer(rebasing: buffer[frame]), into: &batch)
                }
            }
        }
        return batch
    }

    // MARK: Counting

    /// Instructions a span of each work, by what valgrind counts for three passes more than for one.
    static func count(_ data: BenchmarkData, _ wants: (String) -> Bool) throws -> [String: Double] {
        var counts: [String: Double] = [:]
        for name in names where wants("instructions-" + name) {
            let path = name.contains("json") ? data.jsonLines : data.protobuf
            let (once, spans) = try counted(name, 1, path)
            let (twice, _) = try counted(name, 2, path)
            counts[name] = (twice - once) / Double(max(1, spans))
        }
        return counts
    }

    private static func counted(_ name: String, _ passes: Int, _ path: String) throws -> (Double, Int) {
        let place = FileManager.default.temporaryDirectory.appending(path: "callgrind-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        // valgrind gives up on debug information of newer kinds, and needs none to count.
        let plain = FileManager.default.temporaryDirectory.appending(path: "benchmarks-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: plain) }
        let program = (try? Command.output("strip", ["-g", "-o", plain, own])) == nil ? own : plain
        let text = try Command.output(
            "valgrind",
            [
                "--tool=callgrind", "--callgrind-out-file=\(place.path)", program, "--work", name, String(passes), path,
            ])
        guard let spans = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw BenchmarkError(reason: "\(name): expected a number of spans, got \(text)")
        }
        let summary = try String(contentsOf: place, encoding: .utf8).split(separator: "\n")
            .last { $0.hasPrefix("totals:") || $0.hasPrefix("summary:") }
        guard let total = summary?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw BenchmarkError(reason: "\(name): valgrind wrote no total")
        }
        return (total, spans)
    }
}
