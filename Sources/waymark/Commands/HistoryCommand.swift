import ArgumentParser
import Foundation
import History

/// `waymark history`: look after what is kept on disk.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Export, import and prune what waymark has counted.",
        discussion: """
            The history is history.sqlite in $XDG_STATE_HOME/waymark (default ~/.local/state/waymark). One waymark at a
            time writes it; an export may be made meanwhile and holds everything up to the last commit.

            EXAMPLES
              waymark history export > history.json
              waymark history export --format csv --journey checkout --from now-7d
              waymark history import history.json
              waymark history prune --older-than 90d
            """,
        subcommands: [Export.self, Import.self, Prune.self])

    /// `waymark history export`
    struct Export: ParsableCommand {
        /// How the export is written.
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case json, csv
        }

        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Write everything counted, as versioned JSON or as CSV, to standard output.",
            discussion: """
                The JSON holds counts by slot and column, latency buckets with their edges, versions and the timeline: all
                that the numbers on screen are computed from. Times are Unix nanoseconds, weights units of 1/2^24 runs.
                """)

        @Option(help: "How it is written: json or csv.")
        var format = Format.json

        @Option(help: ArgumentHelp("From when on: RFC 3339, Unix nanoseconds or now-7d.", valueName: "time"))
        var from: String?

        @Option(help: ArgumentHelp("Up to when.", valueName: "time"))
        var to: String?

        @Option(help: ArgumentHelp("Only this journey.", valueName: "name"))
        var journey: String?

        func run() throws {
            try HistoryCommand.reporting {
                var range = HistoryExport.Range()
                let now = WallClock.now()
                if let from { range.from = try HistoryCommand.time(from, option: "--from", now: now) }
                if let to { range.to = try HistoryCommand.time(to, option: "--to", now: now) }
                range.journey = journey
                let export = try HistoryExport(of: HistoryCommand.folder, range: range)
                var buffer: [UInt8] = []
                func write(_ text: String) throws {
                    buffer += Array(text.utf8)
                    guard buffer.count > 1 << 20 else { return }
                    try Output.write(buffer)
                    buffer.removeAll(keepingCapacity: true)
                }
                switch format {
                case .json: try export.writeJSON(write)
                case .csv: try export.writeCSV(write)
                }
                try Output.write(buffer)
            }
        }
    }

    /// `waymark history import`
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Put an export into the history: its slots take the place of those of the same time.")

        @Argument(help: "A file that `waymark history export` wrote, or - for standard input.")
        var file: String

        func run() throws {
            try HistoryCommand.reporting {
                let bytes = try HistoryCommand.bytes(of: file)
                let name = file == "-" ? "standard input" : file
                let read = try HistoryImport(json: bytes, file: name)
                try read.apply(to: HistoryCommand.folder)
                try Output.write(
                    "imported \(read.seriesCount) journeys in their environments and \(read.eventCount) events\n")
            }
        }
    }

    /// `waymark history prune`
    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune",
            abstract: "Delete what is older than a duration, and give the space back.")

        @Option(help: ArgumentHelp("How old: 90d, 12h.", valueName: "duration"))
        var olderThan: String

        func run() throws {
            try HistoryCommand.reporting {
                guard let age = Quantities.duration(olderThan), age > 0 else {
                    throw Failure(
                        message: "--older-than: \"\(olderThan)\" is not a duration such as 90d or 12h", code: Exit.usage
                    )
                }
                let now = WallClock.now()
                let outcome = try HistoryPrune.prune(HistoryCommand.folder, before: now > age ? now - age : 0)
                try Output.write("deleted \(outcome.blocks) blocks of slots and \(outcome.events) events\n")
            }
        }
    }

    /// Where the history is.
    static var folder: HistoryFolder { HistoryFolder(environment: ProcessInfo.processInfo.environment) }

    private static func time(_ text: String, option: String, now: UInt64) throws -> UInt64 {
        guard let time = Quantities.time(text, now: now) else {
            throw Failure(
                message: "\(option): \"\(text)\" is not a time such as 2026-11-23T08:15:00Z or now-7d", code: Exit.usage
            )
        }
        return time
    }

    private static func bytes(of file: String) throws -> [UInt8] {
        do {
            guard file != "-" else { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
            return Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        } catch {
            throw Failure(message: "\(file) cannot be read: \(error.localizedDescription)", code: Exit.noInput)
        }
    }

    /// Runs a command and says what went wrong, with the exit code that fits.
    private static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as Failure {
            throw failure.report()
        } catch let error as HistoryError {
            let code =
                switch error.kind {
                case .missing: Exit.noInput
                case .busy, .full: Exit.unavailable
                case .badInput, .corrupt, .newer, .foreign, .replaced: Exit.badInput
                case .inaccessible: Exit.cannotWrite
                }
            throw Failure(message: error.message, code: code).report()
        }
    }
}
