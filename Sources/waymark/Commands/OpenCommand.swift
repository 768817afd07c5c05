import ArgumentParser
import Dashboard
import DataSources
import Foundation
import Journeys
import Pipeline
import Telemetry

/// `waymark open`: the dashboard over files.
struct OpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Show trace files: OTLP JSON and protobuf, Jaeger JSON, Zipkin JSON; gzip and zstd too.",
        discussion: """
            EXAMPLES
              waymark open traces.jsonl
              waymark open --follow /var/log/otel/traces.jsonl
              waymark open --trace 7c1e09ab5fd0a1b2c3d4e5f6a09c55d0 traces.otlp.zst
            """)

    @Argument(help: "Files, folders, or - for standard input.")
    var paths: [String]

    @Flag(help: "Go on when files grow or are rotated.")
    var follow = false

    @Option(help: ArgumentHelp("Open this trace first: 1 to 32 hexadecimal digits.", valueName: "id"))
    var trace: String?

    @OptionGroup var journeyOptions: JourneyOptions
    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var lookOptions: LookOptions

    func validate() throws {
        if let trace, TraceID(hex: trace) == nil {
            throw ValidationError("--trace \(trace): expected 1 to 32 hexadecimal digits")
        }
    }

    func run() async throws {
        do {
            try await show()
        } catch let failure as Failure {
            throw failure.report()
        }
    }

    private func show() async throws {
        ReadingMemory.keepSome()
        let settings = Settings()
        let environment = ProcessInfo.processInfo.environment
        let looks = try Looks(lookOptions, settings, environment: environment)
        let files = JourneyKeeper(path: try JourneyFiles.path(settings, option: journeyOptions.journeys)?.value)
        let (definitions, problems) = files.load()
        let source = FileSource(paths: paths, now: WallClock.now)
        for path in paths where path != "-" && !FileManager.default.isReadableFile(atPath: path) {
            throw Failure(message: "\(path): no such file, or it cannot be read", code: Exit.noInput)
        }
        let pipeline = Pipeline(
            journeys: definitions, base: .file, memoryBudget: try storeOptions.budget(settings).value,
            clock: WallClock.now)
        let name = paths.count == 1 ? (paths[0] as NSString).lastPathComponent : "\(paths.count) files"
        let watch = JourneyWatch(pipeline)
        let keeper = WatchKeeper(
            watch: watch, pipeline: pipeline, history: nil, dispatcher: nil, wallNow: WallClock.now)
        let builder = PictureBuilder(watch: watch, origin: .file(name), statuses: [source.status], files: source)
        builder.setNotices(problems)
        files.onNotices { builder.setNotices($0) }
        let terminal = try TerminalOpening.open(looks, environment)
        let tasks = BackgroundTasks()
        let runner = DashboardRunner(
            terminal: terminal, builder: builder, watch: watch, looks: looks,
            environment: settings.text("env", option: journeyOptions.environment)?.value,
            actions: DashboardRunner.Actions(
                writeJourney: { files.write($0, keeper) },
                reloadJourneys: { files.reload(keeper) },
                openFile: { _ in "start waymark open with all files you want to see together" },
                startDemo: { "the demo runs with waymark demo" },
                tick: { pipeline.tick() }))
        let follows = follow
        let failure = FailureBox()
        tasks.add {
            do {
                try await source.run(SourceRequest(follow: follows), into: pipeline)
                pipeline.finish()
            } catch let error as FileSourceError {
                failure.set(FileReading.failure(error))
                terminal.stop()
            } catch {
                failure.set(Failure(message: "cannot read: \(error)", code: Exit.noInput))
                terminal.stop()
            }
        }
        tasks.add { await files.watch(keeper) }
        if follow { tasks.add { await OpenCommand.settle(pipeline) } }
        if let id = trace.flatMap(TraceID.init(hex:)) { runner.open(id) }
        let end = await runner.run()
        await tasks.end()
        if let failure = failure.value { throw failure }
        for line in FileReading.lines(of: source) { Output.error("waymark: \(line)") }
        if case .signal(let number) = end, number == SIGINT { throw Exit.interrupted }
    }

    /// Followed files never end: what has waited for its parent is decided every 30 s.
    private static func settle(_ pipeline: Pipeline) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(30))
            pipeline.finish()
        }
    }
}
