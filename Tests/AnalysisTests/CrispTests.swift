import Analysis
import Foundation
import Telemetry
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
        let references: [Reference]?
    }

    struct Reference: Decodable {
        let refType: String
        let spanID: String
    }

    static var folder: URL {
        var url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.appendingPathComponent("shared/data/real/jaeger-crisp")
    }

    /// Reads a file; ids become numbers in the order of the file.
    static func read(_ name: String) throws -> (trace: Trace, ids: [UInt64: String]) {
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
        let entry = try #require(file.data.first)
        var numbers: [String: UInt64] = [:]
        for (index, span) in entry.spans.enumerated() { numbers[span.spanID] = UInt64(index + 1) }
        let spans = entry.spans.map { span in
            MadeSpan(
                id: numbers[span.spanID] ?? 0,
                parent: span.references?.first { $0.refType == "CHILD_OF" }.flatMap { numbers[$0.spanID] } ?? 0,
                service: entry.processes[span.processID]?.serviceName ?? "",
                name: span.operationName,
                start: span.startTime * 1000,
                end: (span.startTime + span.duration) * 1000
            )
        }
        let trace = try Trace.make(spans)
        return (trace, Dictionary(uniqueKeysWithValues: numbers.map { ($0.value, $0.key) }))
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
                #expect(path.spans.map { ids[trace.spans[$0].id.value] } == wanted.criticalPath, "\(name)")
                var bySpan: [String: UInt64] = [:]
                var byOperation: [String: UInt64] = [:]
                for span in path.spans {
                    let id = ids[trace.spans[span].id.value] ?? ""
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
