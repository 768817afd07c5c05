import Foundation
import History
import Journeys
import Telemetry

/// One run as tests of the history write it.
package struct TestRun: Sendable, Hashable {
    package var end: UInt64
    package var took: UInt64 = 100_000_000
    package var failed = false
    package var environment = "prod"
    package var version = "1.0"
    package var instance = "a"
    package var service = "web-bff"
    package var name = "POST /checkout"
    package var traceState = ""
    package var trace: UInt64 = 1

    /// An instant on a full day, in 2025.
    package static let midnight: UInt64 = 1_760_054_400_000_000_000

    package static func make(at seconds: Double, took milliseconds: Double = 100, failed: Bool = false) -> TestRun {
        TestRun(end: UInt64(Int64(midnight) + Int64(seconds * 1e9)), took: UInt64(milliseconds * 1e6), failed: failed)
    }
}

extension SpanTable {
    package static func make(_ runs: [TestRun]) -> SpanTable {
        var batch = SpanBatch()
        for (number, run) in runs.enumerated() { batch.append(run, span: UInt64(number + 1)) }
        return batch.table
    }
}

extension SpanBatch {
    fileprivate mutating func text(_ text: String) -> ValueCode {
        text.isEmpty ? .empty : Array(text.utf8).withUnsafeBytes { value(string: $0) }
    }

    fileprivate mutating func append(_ run: TestRun, span: UInt64) {
        addAttribute(Symbol("service.name"), value: .string(run.service))
        addAttribute(Symbol("service.version"), value: .string(run.version))
        addAttribute(Symbol("service.instance.id"), value: .string(run.instance))
        addAttribute(Symbol("deployment.environment.name"), value: .string(run.environment))
        let resource = appendResource(takeAttributes())
        if run.failed { addAttribute(Symbol("error.type"), value: .string("timeout \(run.took % 3)")) }
        var fields = SpanFields()
        fields.attributes = takeAttributes()
        fields.trace = TraceID(high: 1, low: run.trace)
        fields.span = SpanID(span)
        fields.parent = SpanID(run.name == "POST /checkout" ? 0 : 999)
        fields.start = run.end - run.took
        fields.end = run.end
        fields.name = Symbol(run.name)
        fields.resource = resource
        fields.scope = appendScope(name: .empty, version: .empty, attributes: .none)
        fields.kind = .server
        fields.status = run.failed ? .error : .unset
        fields.traceState = text(run.traceState)
        appendSpan(fields)
    }
}

extension JourneyEngine {
    package static func make(_ yaml: String = checkout) -> JourneyEngine {
        let set = JourneySet(text: yaml, file: "test.yaml")
        precondition(!set.hasErrors, set.report)
        return JourneyEngine(journeys: set.journeys)
    }

    /// Takes runs in as they end.
    package mutating func take(_ runs: [TestRun], arrival: UInt64? = nil) {
        for run in runs {
            let table = SpanTable.make([run])
            _ = ingest(table, rows: 0..<1, chunk: nil, arrival: arrival ?? run.end)
        }
    }
}

/// A journey with a step and two promises.
package let checkout = """
    journey: checkout
    entry: service=web-bff name="POST /checkout" kind=server
    steps:
      - pay: service=payments name="POST /charge"
    slo:
      window: 28d
      fast:    {target: 99.5%, under: 1.2s}
      success: {target: 99.5%}
    """

/// A folder that is deleted with its owner.
package final class Scratch: Sendable {
    package let path: String

    package init() {
        path = FileManager.default.temporaryDirectory.path + "/history-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    package var folder: HistoryFolder { HistoryFolder(path: path + "/waymark") }

    package func names() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
}

extension JourneyEngine {
    /// An engine that goes on with what a folder has.
    package static func make(_ yaml: String = checkout, restoredFrom folder: HistoryFolder, now: UInt64)
        -> JourneyEngine
    {
        let history = History.open(folder: folder, now: now)
        defer { history.close() }
        var engine = JourneyEngine.make(yaml)
        engine.restore(history.restore(journeys: engine.journeys, now: now))
        return engine
    }
}

/// Numbers that are the same in every run (SplitMix64).
package struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return mixed(state)
    }
}

extension TestRun {
    /// Runs of all sorts that end within so many seconds after a beginning.
    package static func some(_ count: Int, after begin: UInt64, within seconds: UInt64, seed: UInt64) -> [TestRun] {
        var numbers = SeededNumbers(seed: seed)
        return (0..<count).map { number in
            var run = TestRun(end: begin + UInt64.random(in: 0..<seconds * 1_000_000_000, using: &numbers))
            run.took = UInt64.random(in: 1...3_000_000_000, using: &numbers)
            run.failed = UInt64.random(in: 0..<10, using: &numbers) == 0
            run.environment = UInt64.random(in: 0..<4, using: &numbers) == 0 ? "staging" : "prod"
            run.version = UInt64.random(in: 0..<3, using: &numbers) == 0 ? "1.1" : "1.0"
            run.instance = "i\(UInt64.random(in: 0..<5, using: &numbers))"
            run.trace = UInt64(number) + seed << 32
            if UInt64.random(in: 0..<5, using: &numbers) == 0 { run.traceState = "ot=th:8" }
            if UInt64.random(in: 0..<4, using: &numbers) == 0 {
                run.service = "payments"
                run.name = "POST /charge"
                run.trace = UInt64.random(in: 0...UInt64(number), using: &numbers) + seed << 32
            }
            return run
        }.sorted { $0.end < $1.end }
    }
}

extension TestRun {
    /// The most runs that one commit of a killed process has.
    package static let largestCrashBatch: UInt64 = 20

    /// The run of a number: always the same, four a second.
    package static func numbered(_ number: UInt64) -> TestRun {
        var run = TestRun(end: midnight + number * 250_000_000)
        run.took = mixed(number) % 3_000_000_000 + 1
        run.failed = mixed(number) % 7 == 0
        run.environment = number % 3 == 0 ? "staging" : "prod"
        run.version = number % 1_000 < 500 ? "1.0" : "1.1"
        run.trace = number
        return run
    }
}

extension JourneysPicture {
    /// How many runs of journeys from files were ever counted.
    package var countedRuns: UInt64 {
        journeys.filter { !$0.isFound }.reduce(0) { $0 + $1.counts(in: TimeWindow(from: 0, to: .max)).total }
    }
}
