import ArgumentParser
import DataSources
import Foundation
import Journeys
import Pipeline
import TerminalKit

/// `waymark journeys`: look after journey files.
struct JourneysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journeys",
        abstract: "Check, list and write journey files.",
        subcommands: [Check.self, List.self, Write.self])

    /// `waymark journeys check`
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Read journey files and say what is wrong with them, with file, line and column.")

        @Argument(help: "Files or folders; default ./journeys.")
        var paths: [String] = []

        func run() throws {
            do {
                var isWrong = false
                for path in paths.isEmpty ? ["journeys"] : paths {
                    let set = try JourneyFiles.load(path)
                    try Output.write(set.report + "\n")
                    isWrong = isWrong || set.hasErrors
                }
                if isWrong { throw Exit.badInput }
            } catch let failure as Failure {
                throw failure.report()
            }
        }
    }

    /// `waymark journeys list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the journeys of files with their promises.")

        @Argument(help: "Files or folders; default ./journeys.")
        var paths: [String] = []

        @Flag(help: "Print every key of every journey, as it was understood.")
        var full = false

        func run() throws {
            do {
                for path in paths.isEmpty ? ["journeys"] : paths {
                    for journey in try JourneyFiles.load(path).journeys {
                        if full {
                            try Output.write("# \(journey.place)\n\(journey.yaml)---\n")
                            continue
                        }
                        let promises = journey.objectives.map { "\($0.name) \($0.promise)" }.joined(separator: ", ")
                        var line =
                            "\(journey.name)\t\(journey.title ?? "")\t\(journey.entry?.text ?? "joined by \(journey.join ?? "")")"
                        line += "\t\(promises.isEmpty ? "no promises" : promises + " over " + journey.window.text)"
                        try Output.write(line + "\t\(journey.place)\n")
                    }
                }
            } catch let failure as Failure {
                throw failure.report()
            }
        }
    }

    /// `waymark journeys write`
    struct Write: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "write",
            abstract: "Write a journey file for every journey found in trace files.",
            discussion: """
                Files that are there already are left alone.

                EXAMPLES
                  waymark journeys write --into journeys traces.jsonl
                  waymark journeys write --format openslo --into slos traces.jsonl
                """)

        /// What the files are written as.
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case waymark, openslo
        }

        @Argument(help: "Trace files, folders, or - for standard input.")
        var paths: [String]

        @Option(help: ArgumentHelp("The folder to write into.", valueName: "folder"))
        var into = "journeys"

        @Option(help: "What the files are written as: waymark or openslo.")
        var format = Format.waymark

        func run() async throws {
            do {
                let source = FileSource(paths: paths, now: WallClock.now)
                let pipeline = Pipeline(journeys: [], base: .file, memoryBudget: nil, clock: WallClock.now)
                try await FileReading.run(source, into: pipeline)
                pipeline.finish()
                let found = pipeline.picture().journeys.journeys.compactMap(\.identity)
                var seen: Set<String> = []
                for identity in found where !identity.service.isEmpty || !identity.name.isEmpty {
                    let name = FoundJourney.journeyName(service: identity.service, name: identity.name)
                    if seen.insert(name).inserted { try write(identity, name) }
                }
                if seen.isEmpty {
                    throw Failure(message: "no journeys were found: no entry spans", code: Exit.cannotJudge)
                }
            } catch let failure as Failure {
                throw failure.report()
            }
        }

        private func write(_ identity: FoundIdentity, _ name: String) throws {
            let path = "\(into)/\(name).yaml"
            guard !FileManager.default.fileExists(atPath: path) else {
                Output.error("waymark: \(path) is there already and was left alone")
                return
            }
            do {
                let definition = try FoundJourney.definition(service: identity.service, name: identity.name)
                try FileManager.default.createDirectory(atPath: into, withIntermediateDirectories: true)
                let text = format == .openslo ? OpenSLOWriter.write([definition]).text : definition.yaml
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            } catch {
                throw Failure(message: "cannot write \(path): \(error)", code: Exit.cannotWrite)
            }
            try Output.write(path + "\n")
        }
    }
}

/// `waymark schema`: the JSON Schema of journey files.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of journey files, for editors.")

    func run() throws {
        do {
            try Output.write(JourneySchema.json + "\n")
        } catch let failure as Failure {
            throw failure.report()
        }
    }
}
