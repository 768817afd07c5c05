import Alerting
import DataSources
import Foundation
import History
import Journeys
import Logging
import Pipeline
import Telemetry
import TerminalKit

/// What a waymark that receives consists of, with a terminal or without: receiver, pipeline, journeys, judging, history,
/// and the ways to people and back.
struct LiveParts {
    let receiver: OTLPReceiver
    let pipeline: Pipeline
    let watch: JourneyWatch
    let keeper: WatchKeeper
    let history: History?
    let dispatcher: AlertDispatcher?
    let journeys: JourneyKeeper
    /// What is wrong with journey files and the configuration, each in one line.
    let problems: [String]
    private let control: ControlListening?
    private let logger: Logger

    /// What is kept and told; a demo does neither.
    enum Outside {
        /// Nothing leaves the program.
        case none
        /// The history in the state folder, alerts and control as configured.
        case configured
    }

    /// Puts the parts together and reads the history.
    ///
    /// - Throws: ``Failure`` for journeys that are not there or a configuration with errors.
    init(
        settings: Settings, journeys option: String?, builtIn: [JourneyDefinition], memory: Int,
        receiver: OTLPReceiver, clock: @escaping @Sendable () -> UInt64, outside: Outside,
        logger: Logger = Logger(label: "waymark") { _ in SwiftLogNoOpLogHandler() }
    ) throws {
        self.receiver = receiver
        self.logger = logger
        let path = builtIn.isEmpty ? try JourneyFiles.path(settings, option: option)?.value : option
        if let path, !FileManager.default.fileExists(atPath: path) {
            throw Failure(message: "--journeys \(path): there is no such file or folder", code: Exit.noInput)
        }
        journeys = JourneyKeeper(path: path)
        var (definitions, problems) = journeys.load()
        if definitions.isEmpty { definitions = builtIn }
        pipeline = Pipeline(
            journeys: definitions, base: .live, memoryBudget: memory, clock: clock, patienceClock: WallClock.now)
        watch = JourneyWatch(pipeline)
        switch outside {
        case .none:
            history = nil
            dispatcher = nil
            control = nil
        case .configured:
            let configuration = try LiveParts.alerting(settings, definitions, &problems)
            control = configuration.control
            let history = History.open(folder: settings.stateFolder, now: WallClock.now())
            self.history = history
            // Whoever writes the history is the one who tells people, so that nobody hears everything twice.
            dispatcher =
                LiveParts.isWriter(history)
                ? LiveParts.dispatcher(configuration.receivers, settings.stateFolder, logger) : nil
        }
        self.problems = problems
        keeper = WatchKeeper(
            watch: watch, pipeline: pipeline, history: history, dispatcher: dispatcher, wallNow: WallClock.now)
        keeper.restore()
    }

    /// Listens for people and paging services; nil where another waymark does.
    ///
    /// - Throws: ``Failure`` with 69 when the configured port cannot be had.
    func startControl() async throws -> ControlServer? {
        guard let history, LiveParts.isWriter(history) else { return nil }
        // What goes wrong with one connection is nobody's business but the client's; ending it is no error.
        var quiet = logger
        quiet.logLevel = .critical
        do {
            return try await ControlServer.start(
                socketPath: history.folder.path + "/" + ControlServer.socketName, listening: control,
                handler: PeopleDesk(watch: watch, pipeline: pipeline, dispatcher: dispatcher), logger: quiet)
        } catch {
            if control == nil {
                logger.warning("\(error.text)")
                return nil
            }
            throw Failure(message: error.text, code: Exit.unavailable)
        }
    }

    /// Follows the file of marks that is configured, until cancelled; what is wrong with it is told once.
    ///
    /// - Parameters:
    ///   - path: The file; it may come later.
    ///   - say: Hears what is wrong.
    func followMarks(_ path: String, say: @Sendable (String) -> Void) async {
        var file = MarksFile(path: path)
        var known: Set<ReportedMark> = []
        while !Task.isCancelled {
            let news = file.poll()
            for problem in news.problems { say("\(problem)") }
            for mark in news.marks where known.insert(mark).inserted {
                watch.report(TimelineEvent(mark, arrival: pipeline.now))
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Ends what was started: the last commit was made by the keeper's task before.
    func close() async {
        pipeline.stop()
        await dispatcher?.stop(within: .seconds(5))
        history?.close()
    }

    /// Whether no other waymark has the history; one that cannot write to its disk for now still tells people.
    private static func isWriter(_ history: History) -> Bool {
        if case .readOnly = history.status.mode { return false }
        return true
    }

    private static func alerting(
        _ settings: Settings, _ definitions: [JourneyDefinition], _ problems: inout [String]
    ) throws -> AlertingConfiguration {
        let result = AlertingReader.load(settings.path)
        let errors = result.diagnostics.filter { $0.severity == .error }
        if !errors.isEmpty {
            throw Failure(message: errors.map(\.description).joined(separator: "\n"), code: Exit.badInput)
        }
        let unknown = result.configuration.unknownJourneys(among: definitions.map(\.name))
        problems += (result.diagnostics + unknown).map(\.description)
        return result.configuration
    }

    private static func dispatcher(
        _ receivers: [AlertReceiver], _ folder: HistoryFolder, _ logger: Logger
    ) -> AlertDispatcher? {
        guard !receivers.isEmpty else { return nil }
        let environment = AlertingEnvironment(
            wallNow: WallClock.now, transport: HTTPTransport(),
            onEvent: { event in LiveParts.log(event, to: logger) })
        let memory = DispatchMemory(path: folder.path + "/alerts.json")
        return AlertDispatcher(
            receivers: receivers, environment: environment, instance: ProcessInfo.processInfo.hostName,
            restored: memory.load(), onState: { state in memory.save(state) })
    }
}

extension LiveParts {
    /// One attempt to reach somebody as a log line.
    private static func log(_ event: AlertDeliveryEvent, to logger: Logger) {
        let level: Logger.Level = event.kind == .delivered ? .info : event.kind == .retrying ? .warning : .error
        logger.log(level: level, "alert \(event.kind.rawValue) to \(event.receiver): \(event.group): \(event.text)")
    }
}

/// What the dispatcher has to know after a restart, in a file beside the history.
struct DispatchMemory: Sendable {
    let path: String

    /// What was saved last; nil when there is nothing that can be read.
    func load() -> AlertDispatchState? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(AlertDispatchState.self, from: data)
    }

    /// Saves whole or not at all; where that is not possible a restart may tell people twice.
    func save(_ state: AlertDispatchState) {
        guard let data = try? JSONEncoder().encode(state) else { return }
        try? data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
