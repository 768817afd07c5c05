import Foundation
import Telemetry
import TelemetryCodecs
import Testing

/// Every real file decodes with exactly the counts that its page states.
@Suite(.enabled(if: SharedData.hasReal, "needs ../shared/data/real"))
struct RealFilesTests {
    /// One line of the tables in the page.
    struct Row: CustomTestStringConvertible {
        let path: String
        var spans = 0
        var traces = 0
        var logRecords = 0
        var points = 0
        let bytes: Int

        var testDescription: String { path }
    }

    /// Reads the tables: a heading names the directory, and a line its file, origin, counts and bytes.
    static let rows: [Row] = {
        guard let page = try? String(contentsOf: SharedData.real.appending(path: "README.md"), encoding: .utf8) else {
            return []
        }
        var rows: [Row] = []
        var directory = ""
        for line in page.split(separator: "\n") {
            if line.hasPrefix("## ") { directory = String(line.dropFirst(3)) }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 4, cells[0].hasPrefix("`"), cells[0].hasSuffix(".json`"), let bytes = Int(cells[3])
            else {
                continue
            }
            var row = Row(path: directory + cells[0].dropFirst().dropLast(), bytes: bytes)
            for count in cells[2].split(separator: ",") {
                let words = count.split(separator: " ")
                guard words.count >= 2, let number = Int(words[0]) else { continue }
                if words[1].hasPrefix("span") { row.spans = number }
                if words[1].hasPrefix("trace") { row.traces = number }
                if words[1].hasPrefix("log") { row.logRecords = number }
                if words[1].hasPrefix("point") { row.points = number }
            }
            rows.append(row)
        }
        return rows
    }()

    private static func decode(_ path: String) throws -> DecodedText {
        let data = try Data(contentsOf: SharedData.real.appending(path: path))
        return try data.withUnsafeBytes { raw in
            var batch = SpanBatch()
            let counts: DecodedCounts
            switch FormatDetection.detect(UnsafeRawBufferPointer(rebasing: raw.prefix(FormatDetection.prefixBytes))) {
            case .otlpJSON: counts = try OTLPJSON.decodeAny(raw, into: &batch)
            case .jaegerJSON: counts = try JaegerJSON.decodeTraces(raw, into: &batch)
            case .zipkinJSON: counts = try ZipkinJSON.decodeTraces(raw, into: &batch)
            case .otlpProtobuf: throw DecodingError(format: "protobuf", offset: 0, reason: "not one of the real files")
            case .unknown(let reason): throw DecodingError(format: "unknown", offset: 0, reason: reason)
            }
            return DecodedText(table: batch.table, counts: counts)
        }
    }

    @Test func thePageListsEveryFile() {
        #expect(Self.rows.count == 80)
        #expect(Self.rows.map(\.spans).reduce(0, +) == 2126)
    }

    @Test(arguments: rows) func decodesWithTheStatedCounts(_ row: Row) throws {
        let decoded = try Self.decode(row.path)
        #expect(decoded.counts.spans == row.spans)
        #expect(decoded.counts.rejectedSpans == 0)
        #expect(decoded.counts.logRecords == row.logRecords)
        #expect(decoded.counts.metricPoints == row.points)
        #expect(decoded.table.count == row.spans)
        #expect(Set((0..<decoded.table.count).map { decoded.table.traceID($0) }).count == row.traces)
    }

    @Test func theCollectorOfMicroservicesIsWhole() throws {
        let table = try Self.decode("jaeger-deathstarbench/traces-1695947455229.json").table
        #expect(Set((0..<table.count).map { table.service($0) }).count == 12)
        #expect((0..<table.count).count { table.parentID($0).isZero } == 20)
        #expect((0..<table.count).allSatisfy { table.links($0).isEmpty })
        var spans: [TraceID: Set<UInt64>] = [:]
        for row in 0..<table.count { spans[table.traceID(row), default: []].insert(table.spanIDs[row]) }
        #expect(spans.values.allSatisfy { $0.count == 33 })
        for row in 0..<table.count where !table.parentID(row).isZero {
            #expect(spans[table.traceID(row)]?.contains(table.parentIDs[row]) == true)
        }
    }

    @Test func theHandMadeTracesKeepTheirShape() throws {
        let decoded = try Self.decode("jaeger-crisp/15.json")
        let table = decoded.table
        #expect((0..<7).map { table.name($0).text } == ["O1", "O2", "O2", "O2", "O2", "O2", "O3"])
        #expect((0..<7).map { table.service($0).text } == ["S1", "S2", "S3", "S4", "S5", "S6", "S7"])
        #expect((1..<7).allSatisfy { table.parentID($0) == table.spanID(0) })
        #expect(table.starts[0] == 0 && table.ends[0] == 100_000)
        #expect((0..<7).map { table.status($0) } == [.unset, .error, .error, .unset, .unset, .unset, .unset])
        #expect(table.statusMessage(2) == "ClientSideError")
    }

    @Test func theLargeZipkinTraceKeepsItsOddities() throws {
        let decoded = try Self.decode("zipkin/smartthings-mobile-web-install.json")
        let table = decoded.table
        let rows = 0..<table.count
        #expect(Set(rows.map { table.spanIDs[$0] }).count == 663)
        #expect(rows.count { decoded.attributes($0)["zipkin.shared"] == .bool(true) } == 294)
        #expect(rows.count { table.ends[$0] == 0 } == 175)
        #expect(rows.count { table.starts[$0] == 0 } == 84)
        #expect(Set(rows.map { table.service($0) }).count == 16)
    }

    @Test func linksKeepTheirAttributes() throws {
        let decoded = try Self.decode("otlp-jaeger-fixtures/link_attributes_trace.json")
        let links = decoded.table.links(0)
        #expect(links.count == 3)
        #expect(decoded.byKey(links[0].attributes)["linkblob"] == .bytes([0, 0, 0x30, 0x39]))
    }
}
