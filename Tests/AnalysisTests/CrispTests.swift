import Analysis
import Foundation
import Telemetry
import TelemetryCodecs
import Testing

/// The traces that the CRISP tool is tested with, against the paths that CRISP finds in them.
@Suite struct CrispTests {
    struct Expectation: Decodable {
        let rootDuration: UInt64
        let exclusiveByOperation: [String: UInt64]
        let criticalPath: [String]
        let exclusiveBySpan: [String: UInt64]
    }

    struct Expectations: Decodable {
        let traces: [String: Expectation]
    }

    /// The part of a file that says which id a span has there: its place in the trace tells it.
    struct File: Decodable {
        let data: [Entry]
    }

    struct Entry: Decodable {
        let spans: [Span]
        let processes: [String: Process]
    }

    struct Process: Decodable {
        let serviceName: String
    }

    struct Span: Decodable {
        let spanID: String
        let operationName: String
        let startTime: UInt64
        let duration: UInt64
        let processID: String
    }

    struct Place: Hashable {
        let service: String
        let name: String
        let start: UInt64
        let duration: UInt64
    }

    static var folder: URL {
        var url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.appendingPathComponent("shared/data/real/jaeger-crisp")
    }

    /// Reads a file as the program does, and says which id each span has in it.
    static func read(_ name: String) throws -> (trace: Trace, ids: [Int: String]) {
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        var batch = SpanBatch()
        let counts = try Array(data).withUnsafeBytes { bytes in try JaegerJSON.decodeTraces(bytes, into: &batch) }
        let entry = try #require(try JSONDecoder().decode(File.self, from: data).data.first)
        #expect(counts.spans == entry.spans.count, "\(name)")
        var ids: [Place: String] = [:]
        for span in entry.spans {
            let place = Place(
                service: entry.processes[span.processID]?.serviceName ?? "", name: span.operationName,
                start: span.startTime * 1000,
                duration: span.duration * 1000)
            #expect(ids.updateValue(span.spanID, forKey: place) == nil, "\(name)")
        }
        let id = batch.table.traceID(0)
        var store = SpanStore()
        _ = store.append(batch, arrival: 1)
        let trace = try #require(store.snapshot().trace(id))
        var numbers: [Int: String] = [:]
        for (number, span) in trace.spans.enumerated() {
            let place = Place(service: span.service, name: span.name, start: span.start, duration: span.duration)
            numbers[number] = ids[place]
        }
        return (trace, numbers)
    }

    @Test func everyFileHasThePathThatCrispFinds() throws {
        let data = try Data(contentsOf: Self.folder.appendingPathComponent("expected.json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let expected = try decoder.decode(Expectations.self, from: data).traces
        #expect(expected.count == 33)
        for (name, wanted) in expected.sorted(by: { $0.key < $1.key }) {
            let (trace, ids) = try Self.read(name)
            for skew in [ClockSkew.none, ClockSkew(estimating: trace)] {
                let path = CriticalPath(of: trace, skew: skew)
                #expect(path.duration == wanted.rootDuration * 1000, "\(name)")
                #expect(path.spans.map { ids[$0] } == wanted.criticalPath, "\(name)")
                var bySpan: [String: UInt64] = [:]
                var byOperation: [String: UInt64] = [:]
                for span in path.spans {
                    let id = ids[span] ?? ""
                    bySpan[id] = path.time(of: span) / 1000
                    let operation = "[\(trace.spans[span].service)] \(trace.spans[span].name)"
                    byOperation[operation, default: 0] += path.time(of: span) / 1000
                }
                #expect(bySpan == wanted.exclusiveBySpan, "\(name)")
                #expect(byOperation == wanted.exclusiveByOperation, "\(name)")
            }
        }
    }
}
