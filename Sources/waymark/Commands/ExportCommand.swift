import ArgumentParser
import Foundation
import Journeys

/// `waymark export`: journeys and their budgets in other formats.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write journeys and their budgets in the formats of other tools.",
        discussion: """
            EXAMPLES
              waymark export openslo --journeys journeys > slos.yaml
              waymark export prometheus-rules --journeys journeys > rules.yaml && promtool check rules rules.yaml
              waymark export budget --journeys journeys --format markdown traces.jsonl
            """,
        subcommands: [OpenSLOExport.self, PrometheusExport.self, BudgetExport.self])

    /// The journeys of a path; there must be one at least.
    ///
    /// - Throws: ``Failure`` with 66 when the path is not there and 65 when a file is wrong or no journey is in it.
    static func journeys(_ path: String) throws -> [JourneyDefinition] {
        let journeys = try JourneyFiles.definitions(path)
        guard !journeys.isEmpty else {
            throw Failure(message: "--journeys \(path): there is no journey in it", code: Exit.badInput)
        }
        return journeys
    }

    /// Writes a text to standard output, and what it does not say to standard error.
    static func write(_ text: FormatText) throws {
        try Output.write(text.text)
        for loss in text.losses { Output.error("waymark: not written: \(loss)") }
    }
}

/// `waymark export openslo`
struct OpenSLOExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openslo",
        abstract: "Write journeys as OpenSLO v1, which is read back as the same journeys.",
        discussion: """
            Each objective becomes an SLO. What OpenSLO has no words for stands under metricSource.spec, whose type is
            waymark, and in annotations that begin with waymark.dev/.
            """)

    @Option(help: ArgumentHelp("A file or folder of journeys.", valueName: "path"))
    var journeys: String

    func run() throws {
        do {
            try ExportCommand.write(OpenSLOWriter.write(ExportCommand.journeys(journeys)))
        } catch let failure as Failure {
            throw failure.report()
        }
    }
}

/// `waymark export prometheus-rules`
struct PrometheusExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prometheus-rules",
        abstract: "Write recording rules and burn alerts for Prometheus over span metrics.",
        discussion: """
            The names are those that the Collector's spanmetrics connector gives its metrics in Prometheus. Rename a label
            with the field or attribute that it stands for, as a filter spells it.

            EXAMPLE
              waymark export prometheus-rules --journeys journeys --label env=env --label tenant.id=tenant
            """)

    @Option(help: ArgumentHelp("A file or folder of journeys.", valueName: "path"))
    var journeys: String

    @Option(help: ArgumentHelp("The counter of spans.", valueName: "metric"))
    var callsMetric = PrometheusNames().calls

    @Option(
        help: ArgumentHelp(
            "The histogram of spans' durations, without _bucket; its name ends with its unit.", valueName: "metric"))
    var durationMetric = PrometheusNames().duration

    @Option(
        help: ArgumentHelp("The label of a field, such as env=environment; may be repeated.", valueName: "field=label"))
    var label: [String] = []

    func run() throws {
        do {
            try ExportCommand.write(PrometheusRules.write(ExportCommand.journeys(journeys), names: try names()))
        } catch let failure as Failure {
            throw failure.report()
        }
    }

    /// The names that the options ask for.
    private func names() throws -> PrometheusNames {
        var names = PrometheusNames()
        for (option, metric) in [("calls", callsMetric), ("duration", durationMetric)]
        where !PrometheusNames.isMetric(metric) {
            throw Failure(
                message: "--\(option)-metric \(metric): expected the name of a metric, such as \(names.calls)",
                code: Exit.usage)
        }
        guard let unit = PrometheusNames.unit(of: durationMetric) else {
            let units = PrometheusNames.units.map { "_" + $0.name }.joined(separator: ", ")
            throw Failure(
                message: "--duration-metric \(durationMetric): expected a name that ends with its unit: \(units)",
                code: Exit.usage)
        }
        names.calls = callsMetric
        names.duration = durationMetric
        names.durationUnit = unit
        for text in label {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, PrometheusNames.isLabel(parts[1]) else {
                throw Failure(
                    message: "--label \(text): expected a field and the label that holds it, such as env=environment",
                    code: Exit.usage)
            }
            names.labels[parts[0]] = parts[1]
        }
        return names
    }
}
