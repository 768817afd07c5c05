import ArgumentParser
import TerminalKit

/// Which journeys, and which part of the data.
struct JourneyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file or folder of journeys.",
            discussion: "The dashboard reads ./journeys when it is there and this is not given.", valueName: "path"))
    var journeys: String?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("Look at one environment; default all, judged apart.", valueName: "name"))
    var environment: String?
}

extension JourneyOptions {
    /// Refuses an environment that the input does not have.
    ///
    /// - Throws: ``Failure`` with 65 that names the environments there are; nothing when there are none at all.
    func checkEnvironment(_ known: [String]) throws {
        guard let environment, !known.isEmpty, !known.contains(environment) else { return }
        let names = known.map { $0.isEmpty ? "(none)" : $0 }.joined(separator: ", ")
        throw Failure(
            message: "--env \(environment): the input has no such environment; it has \(names)", code: Exit.badInput)
    }
}

/// Where deployments are reported.
struct MarkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of reported deployments, one JSON object a line, that is followed.", valueName: "path"))
    var marks: String?

    /// The file, from the option or the settings.
    func path(_ settings: Settings) -> String? { settings.text("marks", option: marks)?.value }
}

/// How much memory spans may take.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Memory for spans, such as 2GiB; default a quarter of memory, at most 4 GiB.", valueName: "size"))
    var memory: String?

    /// The budget in bytes, with its origin.
    func budget(_ settings: Settings) throws -> Setting<Int> {
        let standard = Int(min(Quantities.machineMemory / 4, 4 << 30))
        return try settings.value(
            "memory", option: memory, default: standard, expected: "a size such as 512MiB or 2GiB",
            parse: Quantities.bytes)
    }
}

/// How the screen looks.
struct LookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A theme: dark, monochrome, ansi-16, or one in ./themes or your configuration folder, such as light.",
            valueName: "name"))
    var theme: String?

    @Option(help: ArgumentHelp("Colours: auto, never, 16, 256 or true.", valueName: "depth"))
    var color: String?

    @Option(help: ArgumentHelp("Glyphs: auto, full (braille), block (no braille) or ascii.", valueName: "set"))
    var glyphs: String?
}

/// Which ports the receiver takes.
struct ReceiverOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Port for OTLP over gRPC; 0 takes a free one, default 4317.", valueName: "port"))
    var grpcPort: String?

    @Option(help: ArgumentHelp("Port for OTLP over HTTP; 0 takes a free one, default 4318.", valueName: "port"))
    var httpPort: String?

    @Option(help: ArgumentHelp("Address to listen on; only loopback is taken for now.", valueName: "address"))
    var listen: String = "127.0.0.1"
}
