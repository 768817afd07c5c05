import ArgumentParser
import DataSources
import Foundation
import Journeys
import Pipeline

/// `waymark export budget`
struct BudgetExport: AsyncParsableCommand {
    /// How the report is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case markdown, csv, json
    }

    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Report how much of each promise's error budget is left, at the end of trace files.",
        discussion: """
            One row for each journey, environment and objective. CSV and JSON hold plain numbers: shares between 0 and 1,
            times in nanoseconds; JSON has "version": 1, the moment as judged_at_ns and the rows as budgets, with every
            burn and alert. A text that a spreadsheet would take for a formula begins with an apostrophe in CSV.

            EXAMPLES
              waymark export budget --journeys journeys traces.jsonl
              waymark export budget --journeys journeys --format csv --env production folder/ > budgets.csv
            """)

    @Argument(help: "Trace files, folders, or - for standard input.")
    var paths: [String]

    @Option(help: "How the report is written: markdown, csv or json.")
    var format = Format.markdown

    @Option(help: ArgumentHelp("A file or folder of journeys.", valueName: "path"))
    var journeys: String

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("Look at one environment; default all, judged apart.", valueName: "name"))
    var environment: String?

    func run() async throws {
        do {
            try await report()
        } catch let failure as Failure {
            throw failure.report()
        }
    }

    private func report() async throws {
        let definitions = try ExportCommand.journeys(journeys)
        let source = FileSource(paths: paths, now: WallClock.now)
        let pipeline = Pipeline(journeys: definitions, base: .file, memoryBudget: nil, clock: WallClock.now)
        try await FileReading.run(source, into: pipeline)
        pipeline.finish()
        let picture = pipeline.picture()
        guard picture.journeys.journeys.contains(where: { !$0.isFound && $0.environment != nil }) else {
            throw Failure(message: "no runs of these journeys are in the input", code: Exit.cannotJudge)
        }
        var judge = Judge()
        var verdicts = judge.judge(picture.journeys, JudgeContext(now: endOfSecond(picture.now), base: .file))
        if let environment {
            let known = Set(verdicts.journeys.compactMap(\.id.environment)).sorted()
            guard known.contains(environment) else {
                let names = known.map { $0.isEmpty ? "(none)" : $0 }.joined(separator: ", ")
                throw Failure(
                    message: "--env \(environment): the input has no such environment; it has \(names)",
                    code: Exit.badInput)
            }
            verdicts.journeys = verdicts.journeys.filter { $0.id.environment == environment }
        }
        let report = BudgetReport(verdicts, definitions: definitions)
        switch format {
        case .markdown: try Output.write(report.markdown)
        case .csv: try Output.write(report.csv)
        case .json:
            do {
                try Output.write(try report.json())
            } catch let failure as Failure {
                throw failure
            } catch {
                throw Failure(message: "cannot write the report as JSON: \(error)", code: Exit.fault)
            }
        }
        if FileReading.problems(of: source).contains(where: { $0.kind != .notice }) { throw Exit.badInput }
    }

    /// The end of the second that an instant lies in: judging looks at whole seconds, and the last run belongs to them.
    private func endOfSecond(_ instant: UInt64) -> UInt64 {
        let second: UInt64 = 1_000_000_000
        let (end, overflow) = (instant / second + 1).multipliedReportingOverflow(by: second)
        return overflow ? instant : end
    }
}
