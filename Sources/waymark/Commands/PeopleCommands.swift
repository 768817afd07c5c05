import Alerting
import ArgumentParser
import Foundation
import TerminalKit

/// Where the running waymark is, and who asks.
struct PeopleOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Who does this; default $USER.", valueName: "name"))
    var by: String?

    /// Speaks to the waymark with the same state folder.
    var client: ControlClient {
        ControlClient(socketPath: Settings().stateFolder.path + "/" + ControlServer.socketName)
    }

    /// The name to write down.
    var name: String? { by ?? ProcessInfo.processInfo.environment["USER"] }

    /// Asks, prints the answer, and turns a refusal into an exit code.
    func perform(_ ask: () async throws(ControlProblem) -> ControlAnswer) async throws {
        do throws(ControlProblem) {
            let answer = try await ask()
            let journeys = answer.journeys.isEmpty ? "" : ": " + answer.journeys.joined(separator: ", ")
            try? Output.write(answer.message + journeys + "\n")
        } catch {
            throw PeopleOptions.failure(error).report()
        }
    }

    /// The words and the exit code of a refusal.
    static func failure(_ problem: ControlProblem) -> Failure {
        switch problem.status {
        case 0, 500...: Failure(message: problem.text, code: Exit.unavailable)
        case 400: Failure(message: problem.text, code: Exit.usage)
        default: Failure(message: problem.text, code: Exit.badInput)
        }
    }
}

/// `waymark ack`
struct AckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Say that somebody has seen a journey's trouble.",
        discussion: "Speaks to the waymark that runs here, with a terminal or without.")

    @Argument(help: "The journey's name.")
    var journey: String

    @Option(name: .customLong("env"), help: ArgumentHelp("One environment; default all.", valueName: "name"))
    var environment: String?

    @Option(help: ArgumentHelp("What there is to say about it.", valueName: "text"))
    var note: String?

    @OptionGroup var people: PeopleOptions

    func run() async throws {
        let request = AcknowledgeRequest(journey: journey, environment: environment, note: note, by: people.name)
        try await people.perform { () throws(ControlProblem) in try await people.client.acknowledge(request) }
    }
}

/// `waymark mute`
struct MuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute",
        abstract: "Tell nobody about a journey until a time; it is judged as before.",
        discussion: """
            EXAMPLES
              waymark mute gift.card --until 08:00
              waymark mute checkout --for 2h --note "load test"
            """)

    @Argument(help: "The journey's name.")
    var journey: String

    @Option(help: ArgumentHelp("The end: RFC 3339, or HH:MM (UTC), today or tomorrow.", valueName: "time"))
    var until: String?

    @Option(name: .customLong("for"), help: ArgumentHelp("For how long, such as 2h.", valueName: "duration"))
    var length: String?

    @Option(name: .customLong("env"), help: ArgumentHelp("One environment; default all.", valueName: "name"))
    var environment: String?

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var note: String?

    @OptionGroup var people: PeopleOptions

    func validate() throws {
        if (until == nil) == (length == nil) { throw ValidationError("give either --until TIME or --for DURATION") }
        if end == nil {
            throw ValidationError(
                until.map { "--until \($0): expected RFC 3339 or HH:MM, a time to come" }
                    ?? "--for \(length ?? ""): expected a duration such as 2h")
        }
    }

    private var end: MuteRequest.End? {
        if let length { return Quantities.duration(length).flatMap { $0 > 0 ? .after($0) : nil } }
        let now = WallClock.now()
        guard let until, var time = Quantities.time(until, now: now) else { return nil }
        // A time of day that has passed is that of tomorrow.
        if time <= now, until.utf8.count <= 8 { time += 86_400_000_000_000 }
        return time > now ? .until(time) : nil
    }

    func run() async throws {
        guard let end else { return }
        let request = MuteRequest(journey: journey, environment: environment, end: end, note: note, by: people.name)
        try await people.perform { () throws(ControlProblem) in try await people.client.mute(request) }
    }
}

/// `waymark unmute`
struct UnmuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unmute", abstract: "End the silence of a journey.")

    @Argument(help: "The journey's name.")
    var journey: String

    @Option(name: .customLong("env"), help: ArgumentHelp("One environment; default all.", valueName: "name"))
    var environment: String?

    @OptionGroup var people: PeopleOptions

    func run() async throws {
        let request = UnmuteRequest(journey: journey, environment: environment, by: people.name)
        try await people.perform { () throws(ControlProblem) in try await people.client.unmute(request) }
    }
}

/// `waymark note`
struct NoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Write something down on the timeline of the waymark that runs here.")

    @Argument(help: "The words.")
    var text: String

    @Option(help: ArgumentHelp("The journey it is about.", valueName: "name"))
    var journey: String?

    @Option(name: .customLong("env"), help: ArgumentHelp("The environment.", valueName: "name"))
    var environment: String?

    @OptionGroup var people: PeopleOptions

    func run() async throws {
        let request = NoteRequest(text: text, journey: journey, environment: environment, by: people.name)
        try await people.perform { () throws(ControlProblem) in try await people.client.note(request) }
    }
}

/// `waymark mark`
struct MarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark",
        abstract: "Report a change to the waymark that runs here.",
        subcommands: [Deploy.self])

    /// `waymark mark deploy`
    struct Deploy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "deploy",
            abstract: "Report a deployment, as the last step of a pipeline.",
            discussion: """
                EXAMPLE
                  waymark mark deploy payments 2.14.0 --before 2.13.4 --env prod-eu
                """)

        @Argument(help: "The service.")
        var service: String

        @Argument(help: "The version from now on.")
        var version: String

        @Option(help: ArgumentHelp("The version before.", valueName: "version"))
        var before: String?

        @Option(name: .customLong("env"), help: ArgumentHelp("The environment; default all.", valueName: "name"))
        var environment: String?

        @Option(help: ArgumentHelp("When; default now.", valueName: "time"))
        var at: String?

        @Option(help: ArgumentHelp("Words for people.", valueName: "text"))
        var text: String?

        @OptionGroup var people: PeopleOptions

        func validate() throws {
            if let at, Quantities.time(at, now: WallClock.now()) == nil {
                throw ValidationError("--at \(at): expected RFC 3339, HH:MM:SS, Unix nanoseconds or now-5m")
            }
        }

        func run() async throws {
            let request = MarkRequest(
                service: service, version: version, before: before, environment: environment, text: text,
                time: at.flatMap { Quantities.time($0, now: WallClock.now()) }, by: people.name)
            try await people.perform { () throws(ControlProblem) in try await people.client.mark(request) }
        }
    }
}

/// `waymark alerts`
struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Try the ways on which people are told.", subcommands: [Test.self])

    /// `waymark alerts test`
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Let the waymark that runs here send a marked test message, and say what each receiver answered.")

        @Argument(help: "A receiver's name; default all.")
        var receiver: String?

        @OptionGroup var people: PeopleOptions

        func run() async throws {
            let answers: [AlertTestAnswer]
            do throws(ControlProblem) {
                answers = try await people.client.testAlerts(AlertTestRequest(receiver: receiver))
            } catch {
                throw PeopleOptions.failure(error).report()
            }
            for answer in answers {
                let text = DisplayText.visible(answer.text)
                try Output.write("\(answer.arrived ? "✓" : "✗") \(answer.receiver)  \(text)\n")
            }
            if answers.contains(where: { !$0.arrived }) { throw Exit.unavailable }
        }
    }
}

/// `waymark status`
struct StatusCommand: AsyncParsableCommand {
    /// How the answer is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how the journeys of the waymark that runs here stand.",
        discussion: "Ends with 1 when a journey pages, is out of budget or warns, and with 2 when there is none.")

    @Option(help: "How the answer is written: table or json.")
    var format = Format.table

    @OptionGroup var people: PeopleOptions

    func run() async throws {
        let status: ControlStatus
        do throws(ControlProblem) {
            status = try await people.client.status()
        } catch {
            throw PeopleOptions.failure(error).report()
        }
        do {
            try Output.write(try text(status))
        } catch let failure as Failure {
            throw failure.report()
        }
        guard let worst = status.state else { throw Exit.cannotJudge }
        if ["PAGE", "OUT", "WARN"].contains(worst) { throw Exit.broken }
    }

    private func text(_ status: ControlStatus) throws -> String {
        guard format == .table else {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            return String(decoding: try encoder.encode(status), as: UTF8.self) + "\n"
        }
        let rows = status.journeys.map { row in
            let place = row.environment.map { $0.isEmpty ? "" : " in \($0)" } ?? ""
            let since = row.since.map { " since \($0)" } ?? ""
            let seen = row.acknowledged.map { ", acknowledged \($0)" } ?? ""
            let muted = row.mutedUntil.map { ", muted until \($0)" } ?? ""
            let state = row.state.padding(toLength: 7, withPad: " ", startingAt: 0)
            return state + DisplayText.visible("\(row.journey)\(place)\(since)\(seen)\(muted)") + "\n"
        }
        let receivers = status.receivers.filter(\.isFailing).map { receiver in
            "alerts do not reach \(receiver.receiver): \(receiver.lastProblem ?? "no answer")\n"
        }
        return (rows + receivers).joined()
    }
}
