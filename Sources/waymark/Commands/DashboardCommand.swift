import ArgumentParser
import Dashboard
import DataSources
import Foundation
import Journeys
import NcursesTerminal
import Pipeline
import Telemetry
import TerminalKit

/// `waymark`: the receiver and the dashboard.
struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Receive OTLP and show the journeys (what waymark does without a command).")

    @OptionGroup var journeyOptions: JourneyOptions
    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var lookOptions: LookOptions
    @OptionGroup var receiverOptions: ReceiverOptions
    @OptionGroup var markOptions: MarkOptions

    func run() async throws {
        do {
            let settings = Settings()
            let receiver = try receiverOptions.receiver(settings)
            try await LiveDashboard(
                settings: settings, journeys: journeyOptions, store: storeOptions, look: lookOptions,
                receiver: receiver, clock: WallClock.now, marks: markOptions.path(settings)
            ).run()
        } catch let failure as Failure {
            throw failure.report()
        }
    }
}

extension ReceiverOptions {
    /// A receiver that has taken its ports.
    ///
    /// - Throws: ``Failure`` with 64 for a wrong option and 69 when a port cannot be had.
    func receiver(_ settings: Settings, clock: @escaping @Sendable () -> UInt64 = WallClock.now) throws -> OTLPReceiver
    {
        func port(_ key: String, _ option: String?, _ standard: Int) throws -> Int {
            try settings.value(
                key, option: option, default: standard, expected: "a port from 0 to 65535",
                parse: { Int($0).flatMap { (0...65_535).contains($0) ? $0 : nil } }
            ).value
        }
        let configuration = ReceiverConfiguration(
            host: listen, grpcPort: try port("grpc-port", grpcPort, 4317),
            httpPort: try port("http-port", httpPort, 4318))
        let receiver = OTLPReceiver(configuration: configuration, decoder: TelemetryDecoder(), now: clock)
        do {
            try receiver.listen()
        } catch {
            let option: String
            switch error {
            case .notLoopback: throw Failure(message: "\(error)", code: Exit.usage)
            case .portInUse(let which, _, _), .cannotListen(let which, _, _, _):
                option = which == .grpc ? "--grpc-port" : "--http-port"
            }
            throw Failure(message: "\(error) (\(option) PORT)", code: Exit.unavailable)
        }
        return receiver
    }
}

/// A dashboard fed by a receiver.
struct LiveDashboard {
    let settings: Settings
    let journeys: JourneyOptions
    let store: StoreOptions
    let look: LookOptions
    let receiver: OTLPReceiver
    let clock: @Sendable () -> UInt64
    /// A file of reported deployments.
    var marks: String?
    /// Journeys that are built in; those of files come before them.
    var builtIn: [JourneyDefinition] = []
    /// What feeds the receiver from this program.
    var feed: (@Sendable (ReceiverEndpoints) async -> Void)?

    func run() async throws {
        ReadingMemory.keepSome()
        let environment = ProcessInfo.processInfo.environment
        let looks = try Looks(look, settings, environment: environment)
        let parts = try LiveParts(
            settings: settings, journeys: journeys.journeys, builtIn: builtIn, memory: try store.budget(settings).value,
            receiver: receiver, clock: clock, outside: builtIn.isEmpty ? .configured : .none)
        let builder = PictureBuilder(
            watch: parts.watch, keeper: parts.keeper, origin: .live, statuses: [receiver.status])
        builder.setNotices(parts.problems)
        parts.journeys.onNotices { builder.setNotices($0) }
        let endpoints = try receiver.listen()
        let terminal = try TerminalOpening.open(looks, environment)
        let tasks = BackgroundTasks()
        let pipeline = parts.pipeline
        let (keeper, files) = (parts.keeper, parts.journeys)
        let runner = DashboardRunner(
            terminal: terminal, builder: builder, watch: parts.watch, looks: looks,
            environment: settings.text("env", option: journeys.environment)?.value,
            actions: DashboardRunner.Actions(
                writeJourney: { files.write($0, keeper) },
                reloadJourneys: { files.reload(keeper) },
                openFile: { path in await LiveDashboard.read(path, into: pipeline, builder, tasks) },
                startDemo: { LiveDashboard.startDemo(endpoints, tasks) },
                tick: { pipeline.tick() }))
        // Ports are taken already, so that whoever sends now only waits for the first frame.
        tasks.add { [receiver] in
            await runner.untilShown()
            try? await receiver.run(SourceRequest(), into: pipeline)
        }
        tasks.add {
            await runner.untilShown()
            await files.watch(keeper)
        }
        tasks.add {
            await runner.untilShown()
            await keeper.run()
        }
        if let marks {
            tasks.add { await parts.followMarks(marks) { builder.setNotices(parts.problems + [$0]) } }
        }
        if let feed { tasks.add { await feed(endpoints) } }
        // Listening for people can wait for the first frame; a port that cannot be had ends the dashboard.
        let failure = FailureBox()
        let control = Task {
            await runner.untilShown()
            do {
                return try await parts.startControl()
            } catch {
                failure.set(error as? Failure ?? Failure(message: "\(error)", code: Exit.unavailable))
                terminal.stop()
                return nil
            }
        }
        let end = await runner.run()
        pipeline.stop()
        await control.value?.stop()
        await tasks.end()
        await parts.close()
        if let failure = failure.value { throw failure }
        if case .signal(let number) = end, number == SIGINT { throw Exit.interrupted }
    }

    /// Reads a file into a running dashboard.
    private static func read(
        _ path: String, into pipeline: Pipeline, _ builder: PictureBuilder, _ tasks: BackgroundTasks
    ) async -> String {
        let source = FileSource(paths: [path], now: WallClock.now)
        builder.add(source.status)
        do {
            try await source.run(SourceRequest(), into: pipeline)
            return "read \(path): \(source.report.spans) spans; press ( for a longer range if they are old"
        } catch {
            return "\(error)"
        }
    }

    /// Starts the built-in shop beside whatever else sends here.
    private static func startDemo(_ endpoints: ReceiverEndpoints, _ tasks: BackgroundTasks) -> String {
        guard let port = endpoints.httpPort else { return "the demo needs the HTTP port" }
        let time = SimulatedTime(wall: WallClock.now)
        tasks.add {
            let configuration = SimulatorConfiguration(faultTime: time.start + 60_000_000_000)
            let transport = HTTPTransport(endpoint: "http://\(endpoints.host):\(port)")
            await SimulatorSender(Simulator(configuration), time: time, transport: transport).run()
        }
        return "demo: a shop whose payments service gets a bad release in a minute"
    }
}

/// Opens the terminal, with the reasons of the command line.
enum TerminalOpening {
    static func open(_ looks: Looks, _ environment: [String: String]) throws -> NcursesTerminal {
        do {
            return try NcursesTerminal.open(
                NcursesOptions(
                    environment: environment, colorDepth: looks.depth.value, glyphs: looks.glyphs.value,
                    tmuxPassthrough: environment["TMUX"] != nil))
        } catch {
            throw Failure(message: "\(error)", code: Exit.unavailable)
        }
    }
}
