import Telemetry
import TelemetryCodecs
import Testing

/// The codecs against the official protobuf classes, in both directions.
@Suite("OTLP against the official classes")
struct OracleTests {
    @Test("the oracle is there wherever it was promised")
    func oracleIsThere() {
        guard !Oracle.isAvailable else { return }
        if Oracle.isPromised {
            Issue.record(Oracle.missing)
        } else {
            withKnownIssue { Issue.record(Oracle.missing) }
        }
    }

    @Test("decodes random requests on an odd wire", .enabled(if: Oracle.isAvailable, Oracle.missing), arguments: 1...4)
    func decodes(seed: Int) throws {
        let requests = try Oracle.generate("traces", seed: seed, count: 400)
        #expect(requests.count == 400)
        for (number, request) in requests.enumerated() {
            let (table, counts) = try OTLPProtobufTests.decoded(request.wire)
            let ours = OracleDump.text(table, rejected: counts.rejectedSpans)
            #expect(ours == request.answer, "seed \(seed), request \(number)")
            #expect(counts.spans == table.count)
            #expect((counts.message == nil) == (counts.rejectedSpans == 0))
            if ours != request.answer { break }
        }
    }

    @Test("encodes protobuf and JSON that the official classes read", .enabled(if: Oracle.isAvailable, Oracle.missing))
    func encodes() throws {
        var batch = SpanBatch()
        for request in try Oracle.generate("traces", seed: 11, count: 300) {
            _ = try request.wire.withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
        }
        let table = batch.table
        #expect(table.count > 800)
        // Pieces of several sizes, so that groups of one and of many are written.
        var pieces: [Range<Int>] = []
        var row = 0
        while row < table.count {
            let next = min(table.count, row + 1 + pieces.count % 40)
            pieces.append(row..<next)
            row = next
        }
        let dump = OracleDump(table: table)
        let wanted = pieces.map { $0.map { dump.line($0) + "\n" }.sorted().joined() }
        let binary = try Oracle.convert("dump", pieces.map { OTLPEncoder.protobuf(table, rows: $0) })
        let text = try Oracle.convert("dump-json", pieces.map { OTLPEncoder.json(table, rows: $0) })
        #expect(binary.map(sortedSpans) == wanted)
        #expect(text.map(sortedSpans) == wanted)
    }

    @Test("counts log records and data points", .enabled(if: Oracle.isAvailable, Oracle.missing))
    func countsOthers() throws {
        for request in try Oracle.generate("logs", seed: 5, count: 300) {
            let counts = try request.wire.withUnsafeBytes { try OTLPProtobuf.countLogs($0) }
            #expect("\(counts.logRecords)" == request.answer)
            #expect(counts.rejectedLogRecords == 0)
        }
        for request in try Oracle.generate("metrics", seed: 6, count: 300) {
            let counts = try request.wire.withUnsafeBytes { try OTLPProtobuf.countMetrics($0) }
            #expect("\(counts.metricPoints)" == request.answer)
        }
    }

    @Test("tells the signals apart", .enabled(if: Oracle.isAvailable, Oracle.missing))
    func tellsSignals() throws {
        for signal in Signal.allCases {
            var told = 0
            for request in try Oracle.generate(signal.rawValue, seed: 7, count: 100)
            where request.answer != "0" && !request.answer.hasPrefix("rejected") {
                guard let found = request.wire.withUnsafeBytes({ OTLPProtobuf.signal(of: $0) }) else { continue }
                #expect(found == signal)
                told += 1
            }
            #expect(told > 30)
        }
    }

    private func sortedSpans(_ record: [UInt8]) -> String {
        let lines = String(decoding: record, as: UTF8.self).split(separator: "\n").map { $0 + "\n" }
        #expect(lines.last == "rejected 0\n")
        return lines.dropLast().sorted().joined()
    }
}
