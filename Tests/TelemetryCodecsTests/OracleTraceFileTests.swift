import Telemetry
import TelemetryCodecs
import Testing

/// Files of the trace generator against the truth that it writes beside them.
@Suite("Generated trace files", .enabled(if: Oracle.hasGenerator, "needs ../shared/tools/make_traces.py and numpy"))
struct OracleTraceFileTests {
    @Test("spans, traces and filter counts are those of the truth")
    func agreesWithTruth() throws {
        let (file, truth) = try Oracle.traces(["--traces", "800", "--seed", "3", "--format", "otlp-proto"])
        var batch = SpanBatch()
        let frames = try decode(file, into: &batch)
        let table = batch.table
        let traces = Set((0..<table.count).map { table.traceID($0) })
        #expect(frames == truth["requests"] as? Int)
        #expect(table.count == truth["spans"] as? Int)
        #expect(traces.count == truth["traces"] as? Int)
        let wanted = try #require(truth["span_counts"] as? [String: Int])
        #expect(wanted.count == 10)
        for (filter, count) in wanted { #expect(matches(filter, table) == count, "\(filter)") }
        let services = try #require(truth["spans_per_service"] as? [String: Int])
        for (service, count) in services {
            #expect((0..<table.count).count { table.service($0).text == service } == count, "\(service)")
        }
    }

    @Test("a sampled file keeps its trace states")
    func keepsTraceStates() throws {
        let arguments = ["--traces", "2000", "--sample", "0.25", "--format", "otlp-proto"]
        let (file, truth) = try Oracle.traces(arguments)
        let sampling = try #require(truth["sampling"] as? [String: Any])
        var batch = SpanBatch()
        _ = try decode(file, into: &batch)
        let table = batch.table
        #expect(table.count == truth["spans"] as? Int)
        #expect((0..<table.count).allSatisfy { table.traceState($0) == sampling["trace_state"] as? String })
    }

    @Test("re-encoding and decoding again changes nothing")
    func survivesEncoding() throws {
        let (file, _) = try Oracle.traces(["--traces", "60", "--seed", "5", "--format", "otlp-proto"])
        var batch = SpanBatch()
        _ = try decode(file, into: &batch)
        let table = batch.table
        let (again, counts) = try OTLPProtobufTests.decoded(OTLPEncoder.protobuf(table, rows: 0..<table.count))
        #expect(counts.spans == table.count)
        let before = OracleDump(table: table)
        let after = OracleDump(table: again)
        #expect((0..<again.count).map(after.line).sorted() == (0..<table.count).map(before.line).sorted())
    }

    /// Decodes a delimited file and gives the number of its frames.
    private func decode(_ file: [UInt8], into batch: inout SpanBatch) throws -> Int {
        try file.withUnsafeBytes { bytes in
            let prefix = UnsafeRawBufferPointer(rebasing: bytes.prefix(4096))
            let detection = try #require(ProtobufFrames.detection(prefix: prefix))
            #expect(detection.kind == .varintDelimited)
            #expect(detection.signal == .traces)
            var frames = ProtobufFrames(bytes, kind: detection.kind)
            var count = 0
            while let range = try frames.next() {
                _ = try OTLPProtobuf.decodeTraces(UnsafeRawBufferPointer(rebasing: bytes[range]), into: &batch)
                count += 1
            }
            #expect(frames.tail.isEmpty)
            return count
        }
    }

    private func matches(_ filter: String, _ table: SpanTable) -> Int {
        if filter.hasPrefix("duration > ") {
            let limit = UInt64(filter.dropFirst(11).dropLast(2)) ?? 0
            return (0..<table.count).count { table.ends[$0] - table.starts[$0] > limit * 1_000_000 }
        }
        return (0..<table.count).count { row in
            let isError = table.status(row) == .error
            let isPayment = table.service(row).text == "payment"
            switch filter {
            case "status = ERROR": return isError
            case #"service.name = "payment" and status = ERROR"#: return isPayment && isError
            case #"service.name = "payment" and service.version = "2.4.0""#:
                return isPayment && table.resource(row).version.text == "2.4.0"
            case "has link": return !table.links(row).isEmpty
            case "has exception event":
                return table.events(row).contains { table.values.text($0.name) == "exception" }
            case #"db.system.name = "postgresql""#: return text(table, row, "db.system.name") == "postgresql"
            case "http.response.status_code = 503": return text(table, row, "http.response.status_code") == "503"
            default:
                Issue.record("unknown filter of the truth: \(filter)")
                return false
            }
        }
    }

    private func text(_ table: SpanTable, _ row: Int, _ key: String) -> String? {
        table.valueCode(table.attributes(row), key: Symbol(key)).map(table.values.text)
    }
}
