import ArgumentParser
import DataSources
import Foundation
import Journeys
import Pipeline
import TerminalKit

/// `waymark summary`: counts and percentiles without a terminal.
struct SummaryCommand: AsyncParsableCommand {
    /// How the answer is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Count runs, errors and latencies of every journey in files, exactly.",
        discussion: """
            Reads everything, keeps every run's duration, evicts nothing, counts duplicates once.

            EXAMPLES
              waymark summary traces.jsonl
              waymark summary --format json --journeys journeys folder/
              zstd -dc traces.zst | waymark summary -
            """)

    @Argument(help: "Files, folders, or - for standard input.")
    var paths: [String]

    @Option(help: "How the answer is written: table or json.")
    var format = Format.table

    @Flag(help: "Also tell where the time went: processor time by stage, rates, memory.")
    var timings = false

    @OptionGroup var journeyOptions: JourneyOptions

    func run() async throws {
        do {
            try await summarise()
        } catch let failure as Failure {
            throw failure.report()
        }
    }

    private func summarise() async throws {
        let started = ContinuousClock.now
        ReadingMemory.keepAll()
        let definitions = try JourneyFiles.definitions(journeyOptions.journeys)
        let times = timings ? StageTimes() : nil
        let expectedSpans = SummaryReading.expectedSpans(in: paths)
        let sink = SummarySink(journeys: definitions, times: times, expectedSpans: expectedSpans)
        var options = SummaryReading.options(for: definitions)
        options.times = times
        let source = FileSource(paths: paths, now: WallClock.now, options: options)
        try await FileReading.run(source, into: sink)
        var report = sink.report()
        try journeyOptions.checkEnvironment(Set(report.journeys.map(\.environment)).sorted())
        if let environment = journeyOptions.environment {
            report.journeys = report.journeys.filter { $0.environment == environment }
        }
        let elapsed = ContinuousClock.now - started
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let timings = times.map { SummaryTimings($0, report: source.report, seconds: seconds) }
        switch format {
        case .json: try Output.write(try json(report, seconds, timings))
        case .table: try Output.write(SummaryTable.text(report, seconds) + (timings?.text ?? ""))
        }
        let problems = FileReading.problems(of: source)
        if problems.contains(where: { $0.kind != .notice }) { throw Exit.badInput }
    }

    private func json(_ report: SummaryReport, _ seconds: Double, _ timings: SummaryTimings?) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return String(decoding: try encoder.encode(SummaryDocument(report, seconds, timings)), as: UTF8.self) + "\n"
        } catch {
            throw Failure(message: "cannot write the summary as JSON: \(error)", code: Exit.fault)
        }
    }
}

/// The summary as JSON, version 1.
private struct SummaryDocument: Encodable {
    struct Row: Encodable {
        let name: String
        let found: Bool
        let environment: String
        let count: UInt64
        let errors: UInt64
        let estimatedCount: Double
        let estimatedErrors: Double
        let p50Ns: UInt64?
        let p95Ns: UInt64?
        let p99Ns: UInt64?
        let minNs: UInt64?
        let maxNs: UInt64?
        let slowest: [Run]
        // Of joined journeys only.
        let started: UInt64?
        let completed: UInt64?
        let abandonedAfter: [String: UInt64]?
        let unjoinable: UInt64?
    }

    struct Run: Encodable {
        let traceId: String
        let durationNs: UInt64
    }

    let version = 1
    let spans: Int
    let traces: Int
    let rejected: Int
    let duplicates: Int
    let logRecords: Int
    let metricPoints: Int
    let seconds: Double
    let journeys: [Row]
    /// Only where asked for.
    let timings: SummaryTimings?

    init(_ report: SummaryReport, _ seconds: Double, _ timings: SummaryTimings?) {
        self.timings = timings
        spans = report.spans
        traces = report.traces
        rejected = report.rejected
        duplicates = report.duplicates
        logRecords = report.logRecords
        metricPoints = report.metricPoints
        self.seconds = (seconds * 1000).rounded() / 1000
        journeys = report.journeys.map { row in
            Row(
                name: row.name, found: row.isFound, environment: row.environment, count: row.count, errors: row.errors,
                estimatedCount: row.estimatedCount, estimatedErrors: row.estimatedErrors, p50Ns: row.p50,
                p95Ns: row.p95, p99Ns: row.p99, minNs: row.min, maxNs: row.max,
                slowest: row.slowest.map { Run(traceId: $0.trace.hex, durationNs: $0.duration) },
                started: row.joined?.judged, completed: row.joined?.completed,
                abandonedAfter: row.joined.map { joined in
                    Dictionary(joined.abandonedAfter.map { ($0.step, $0.count) }, uniquingKeysWith: +)
                },
                unjoinable: row.joined?.unjoinable)
        }
    }
}

/// The summary as a table for people.
enum SummaryTable {
    static func text(_ report: SummaryReport, _ seconds: Double) -> String {
        let heads = ["Journey", "Environment", "Runs", "Errors", "p50", "p95", "p99", "max", "Slowest trace"]
        let rows = report.journeys.map { row in
            [
                DisplayText.visible(row.name), DisplayText.visible(row.environment), String(row.count),
                NumberFormat.share(Int(clamping: row.errors), of: Int(clamping: row.count)),
                NumberFormat.duration(row.p50), NumberFormat.duration(row.p95), NumberFormat.duration(row.p99),
                NumberFormat.duration(row.max), row.slowest.first?.trace.hex ?? "",
            ]
        }
        let widths = heads.indices.map { column in
            ([heads] + rows).map { DisplayText.width(of: $0[column]) }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - DisplayText.width(of: cell))
                return column < 2 || column == 8 ? cell + space : space + cell
            }
            var text = padded.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text + "\n"
        }
        var text = rows.isEmpty ? "no journeys: there are no spans\n" : line(heads) + rows.map(line).joined()
        text += joined(report)
        text += "\n\(report.spans) spans in \(report.traces) traces"
        if report.duplicates > 0 { text += ", \(report.duplicates) duplicates left out" }
        if report.rejected > 0 { text += ", \(report.rejected) rejected" }
        if report.logRecords > 0 { text += ", \(report.logRecords) log records" }
        if report.metricPoints > 0 { text += ", \(report.metricPoints) metric points" }
        return text + " in \(NumberFormat.duration(UInt64(max(0, seconds) * 1e9)))\n"
    }

    /// What became of joined runs: a line for each journey and environment.
    private static func joined(_ report: SummaryReport) -> String {
        let lines = report.journeys.compactMap { row in
            row.joined.map { joined in
                let place = row.environment.isEmpty ? "" : " in \(row.environment)"
                var text = DisplayText.visible(row.name + place) + ": \(joined.judged) runs joined by "
                text += DisplayText.visible(joined.attribute) + ", \(joined.completed) completed"
                for abandoned in joined.abandonedAfter {
                    text += ", \(abandoned.count) abandoned after \(DisplayText.visible(abandoned.step))"
                }
                return text + "; \(joined.unjoinable) spans without the attribute\n"
            }
        }
        return lines.isEmpty ? "" : "\n" + lines.joined()
    }
}
