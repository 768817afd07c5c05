import Foundation
import Telemetry
import TelemetryCodecs
import Testing

/// Generated files, as written and written anew in unusual ways, against the generator's exact answers.
@Suite(.enabled(if: SharedData.hasGenerator, "needs ../shared/tools/make_traces.py and numpy"))
struct OTLPJSONTraceFileTests {
    private struct Truth: Decodable {
        let spans: Int
        let traces: Int
        let requests: Int
        let spanCounts: [String: Int]
        let spansPerService: [String: Int]
    }

    /// Makes a file and its truth.
    private static func make(_ arguments: [String]) throws -> (text: [UInt8], truth: Truth) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "waymark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let out = folder.appending(path: "t.jsonl")
        let truth = folder.appending(path: "t.json")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", SharedData.generator.path, "--out", out.path, "--truth", truth.path] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "the generator needs numpy")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return ([UInt8](try Data(contentsOf: out)), try decoder.decode(Truth.self, from: Data(contentsOf: truth)))
    }

    private static func decode(_ bytes: [UInt8]) throws -> (DecodedText, lines: Int) {
        var batch = SpanBatch()
        var counts = DecodedCounts()
        var count = 0
        try bytes.withUnsafeBytes { raw in
            var lines = JSONLines(raw)
            while let line = lines.next() {
                counts += try OTLPJSON.decodeAny(UnsafeRawBufferPointer(rebasing: raw[line]), into: &batch)
                count += 1
            }
            #expect(lines.last() == nil)
        }
        return (DecodedText(table: batch.table, counts: counts), count)
    }

    private func check(_ decoded: DecodedText, _ truth: Truth) {
        let table = decoded.table
        let rows = 0..<table.count
        #expect(decoded.counts.spans == truth.spans)
        #expect(decoded.counts.rejectedSpans == 0)
        #expect(table.count == truth.spans)
        #expect(Set(rows.map { table.traceID($0) }).count == truth.traces)
        for (service, spans) in truth.spansPerService {
            #expect(rows.count { table.service($0).text == service } == spans, "\(service)")
        }
        let counted: [String: (Int) -> Bool] = [
            "status = ERROR": { table.status($0) == .error },
            "db.system.name = \"postgresql\"": { decoded.attributes($0)["db.system.name"] == .string("postgresql") },
            "http.response.status_code = 503": { decoded.attributes($0)["http.response.status_code"] == .int(503) },
            "has link": { !table.links($0).isEmpty },
            "has exception event": { row in
                table.events(row).contains { table.values.text($0.name) == "exception" }
            },
            "duration > 10ms": { table.duration($0) > 10_000_000 },
            "duration > 100ms": { table.duration($0) > 100_000_000 },
            "duration > 500ms": { table.duration($0) > 500_000_000 },
            "service.name = \"payment\" and status = ERROR": {
                table.service($0).text == "payment" && table.status($0) == .error
            },
            "service.name = \"payment\" and service.version = \"2.4.0\"": {
                table.service($0).text == "payment" && table.resource($0).version.text == "2.4.0"
            },
        ]
        for (name, wanted) in truth.spanCounts {
            guard let matches = counted[name] else {
                Issue.record("the truth counts something new: \(name)")
                continue
            }
            #expect(rows.count(where: matches) == wanted, "\(name)")
        }
    }

    @Test func agreesWithTheTruth() throws {
        let (text, truth) = try Self.make(["--spans", "20000", "--seed", "3"])
        let (decoded, lines) = try Self.decode(text)
        #expect(lines == truth.requests)
        check(decoded, truth)
    }

    @Test func agreesWithTheTruthHoweverTheFileIsWritten() throws {
        let (text, truth) = try Self.make(["--spans", "3000", "--seed", "4", "--environments", "a,b"])
        let (plain, _) = try Self.decode(text)
        check(plain, truth)
        var maker = JSONTextMaker(seed: 8)
        var batch = SpanBatch()
        var counts = DecodedCounts()
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let odd = maker.rewritten(try JSONSerialization.jsonObject(with: Data(line)), unknowns: true)
            counts += try Array(odd.utf8).withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
        }
        let odd = DecodedText(table: batch.table, counts: counts)
        check(odd, truth)
        #expect(odd.dump == plain.dump)
    }
}
