import ArgumentParser
import DataSources
import Foundation
import Journeys
import Logging
import Pipeline
import ServiceLifecycle
import UnixSignals

/// `waymark serve`: everything but the terminal.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Receive OTLP, judge the journeys, keep the history and tell people, without a terminal.",
        discussion: """
            Goes on until SIGTERM or SIGINT, then commits and ends with 0. Log lines go to standard error.

            EXAMPLES
              waymark serve --journeys journeys
              waymark serve --log-level warning --grpc-port 14317 --http-port 14318
            """)

    @Option(
        help: ArgumentHelp(
            "What is logged: debug, info, notice, warning or error; default info.", valueName: "level"))
    var logLevel = "info"

    @OptionGroup var journeyOptions: JourneyOptions
    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var receiverOptions: ReceiverOptions
    @OptionGroup var markOptions: MarkOptions

    func validate() throws {
        if Logger.Level(rawValue: logLevel) == nil {
            throw ValidationError("--log-level \(logLevel): expected debug, info, notice, warning or error")
        }
    }

    func run() async throws {
        do {
            try await serve()
        } catch let failure as Failure {
            throw failure.report()
        }
    }

    private var logger: Logger {
        var logger = Logger(label: "waymark") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return logger
    }

    private func serve() async throws {
        ReadingMemory.keepSome()
        let settings = Settings()
        let logger = self.logger
        if let problem = settings.problem { logger.warning("\(problem)") }
        let receiver = try receiverOptions.receiver(settings)
        let endpoints = try receiver.listen()
        let parts = try LiveParts(
            settings: settings, journeys: journeyOptions.journeys, builtIn: [],
            memory: try storeOptions.budget(settings).value, receiver: receiver, clock: WallClock.now,
            outside: .configured, logger: logger)
        for problem in parts.problems { logger.warning("\(problem)") }
        parts.journeys.onNotices { for problem in $0 { logger.warning("\(problem)") } }
        let control = try await parts.startControl()
        let ports = [endpoints.grpcPort.map { "gRPC \($0)" }, endpoints.httpPort.map { "HTTP \($0)" }]
        let places = ports.compactMap { $0 }.joined(separator: ", ")
        logger.notice(
            "receiving OTLP on \(endpoints.host) \(places); \(parts.pipeline.definitions.count) journeys; pid \(getpid())"
        )
        var services: [any Service] = [
            Part(name: "keeper") { await parts.keeper.run() },
            Part(name: "journeys", isOptional: true) { await parts.journeys.watch(parts.keeper) },
            Part(name: "log") { await ServeLog(parts: parts, logger: logger).run() },
            Part(name: "receiver") { try await receiver.run(SourceRequest(), into: parts.pipeline) },
        ]
        if let path = markOptions.path(settings) {
            services.insert(
                Part(name: "marks", isOptional: true) { await parts.followMarks(path) { logger.warning("\($0)") } },
                at: 1)
        }
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            logger.error("\(error)")
        }
        await control?.stop()
        await parts.close()
        logger.notice("ended; everything counted is in the history")
    }

    /// Work that goes on until it is cancelled, as a service that ends when the group does.
    private struct Part: Service {
        let name: String
        /// Whether the others go on when it is done.
        var isOptional = false
        let work: @Sendable () async throws -> Void

        func run() async throws {
            try await cancelWhenGracefulShutdown { try await work() }
            // Without a folder of journeys or a file of marks there is nothing to follow: that ends nothing else.
            if isOptional { try await gracefulShutdown() }
        }
    }
}

/// Logs what turns, and a line of counts a minute.
private struct ServeLog {
    let parts: LiveParts
    let logger: Logger

    func run() async {
        var states: [JourneyView.ID: JourneyState] = [:]
        var banner = ""
        var seconds = 0
        while !Task.isCancelled {
            let picture = parts.watch.look()
            for verdict in picture.verdicts.journeys {
                let before = states.updateValue(verdict.state, forKey: verdict.id)
                if before != verdict.state, before != nil || verdict.state != .ok { log(verdict, before) }
            }
            let banners = [parts.keeper.historyBanner, parts.keeper.deliveryBanner].compactMap { $0 }
            let words = banners.joined(separator: "; ")
            if words != banner {
                if words.isEmpty { logger.notice("all is well again") } else { logger.warning("\(words)") }
            }
            banner = words
            if seconds % 60 == 0 { count(picture) }
            seconds += 1
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func log(_ verdict: JourneyVerdict, _ before: JourneyState?) {
        let place = verdict.id.environment.map { $0.isEmpty ? "" : " in \($0)" } ?? ""
        let reasons = verdict.alerts.map(\.summary).joined(separator: "; ")
        let from = before.map { " (was \($0.word))" } ?? ""
        let level: Logger.Level = verdict.state <= .warn ? .warning : .notice
        let why = reasons.isEmpty ? "" : ": " + reasons
        logger.log(level: level, "\(verdict.id.name)\(place) is \(verdict.state.word)\(from)\(why)")
    }

    private func count(_ picture: WatchedPicture) {
        let counters = picture.pipeline.store.counters
        let receiver = parts.receiver.status.current.counters
        logger.info(
            """
            \(counters.accepted) spans, \(counters.duplicates) duplicates, \(counters.evicted) evicted, \
            \(receiver.rejected) rejected, \(receiver.refused) refused, \(receiver.requests) requests
            """)
    }
}
