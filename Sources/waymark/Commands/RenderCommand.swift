import ArgumentParser
import Dashboard
import DataSources
import Foundation
import Journeys
import Pipeline
import Telemetry
import TerminalKit

/// `waymark render`: one screen without a terminal.
struct RenderCommand: AsyncParsableCommand {
    /// How the screen is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, ansi
    }

    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Write one screen as text, the same every time, for reviews, tickets and tests.",
        discussion: """
            EXAMPLES
              waymark render --screen journeys --size 80x24 traces.jsonl
              waymark render --screen journey --journey checkout --journeys journeys --at 03:12:40 traces.jsonl
              waymark render --screen trace --trace 7c1e09ab5fd0a1b2c3d4e5f6a09c55d0 --format ansi traces.jsonl
            """)

    @Option(help: ArgumentHelp("The screen: journeys, journey or trace.", valueName: "name"))
    var screen = "journeys"

    @Option(help: ArgumentHelp("The journey of screens journey and trace; default the worst.", valueName: "name"))
    var journey: String?

    @Option(help: ArgumentHelp("The trace of screen trace; default the journey's slowest.", valueName: "id"))
    var trace: String?

    @Option(help: ArgumentHelp("Columns and rows.", valueName: "WxH"))
    var size = "120x36"

    @Option(help: "How the screen is written: text or ansi.")
    var format = Format.text

    @Option(help: ArgumentHelp("The moment shown; default the end of the data.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("How much time is shown, such as 15m; default 1h.", valueName: "duration"))
    var range: String?

    @Option(help: ArgumentHelp("Keep what a filter selects.", valueName: "filter"))
    var filter: String?

    @Flag(help: "End with 1 when a journey pages, is out of budget or warns, and with 2 when there is none to judge.")
    var check = false

    @OptionGroup var journeyOptions: JourneyOptions
    @OptionGroup var lookOptions: LookOptions

    @Argument(help: "Files, folders, or - for standard input.")
    var paths: [String]

    func validate() throws {
        if view == nil { throw ValidationError("--screen \(screen): expected journeys, journey or trace") }
        if Quantities.cells(size) == nil {
            throw ValidationError("--size \(size): expected columns x rows, such as 120x36")
        }
        if let trace, TraceID(hex: trace) == nil {
            throw ValidationError("--trace \(trace): expected 1 to 32 hexadecimal digits")
        }
    }

    private var view: Screen? { Screen.allCases.first { $0.word == screen.lowercased() } }

    func run() async throws {
        do {
            try await draw()
        } catch let failure as Failure {
            throw failure.report()
        }
    }

    private func draw() async throws {
        let settings = Settings()
        let looks = try Looks(lookOptions, settings, environment: ProcessInfo.processInfo.environment)
        let definitions = try JourneyFiles.definitions(journeyOptions.journeys)
        let pipeline = Pipeline(journeys: definitions, base: .file, memoryBudget: nil, clock: WallClock.now)
        let source = FileSource(paths: paths, now: WallClock.now)
        try await FileReading.run(source, into: pipeline)
        pipeline.finish()
        let cells = Quantities.cells(size) ?? (120, 36)
        let name = paths.count == 1 ? (paths[0] as NSString).lastPathComponent : "\(paths.count) files"
        let builder = PictureBuilder(
            watch: JourneyWatch(pipeline), origin: .file(name), statuses: [source.status], files: source)
        let picture = builder.picture()
        try journeyOptions.checkEnvironment(picture.journeys.environments)
        var state = AppState(
            size: Size(width: cells.width, height: cells.height), themes: looks.themes, theme: looks.theme.value,
            environment: journeyOptions.environment)
        try settle(&state, Event.picture(picture), picture)
        try arrange(&state, picture)
        let canvas = state.draw().mapped(to: looks.glyphs.value ?? .full)
        switch format {
        case .text: try Output.write(canvas.text)
        case .ansi: try Output.write(canvas.ansi(theme: state.theme, depth: looks.depth.value ?? .trueColor))
        }
        if check { try verdict(on: picture.verdicts) }
    }

    /// Ends with what the journeys promise: nothing to say when all of it holds.
    private func verdict(on verdicts: JourneyVerdicts) throws {
        let journeys = verdicts.journeys.filter { verdict in
            journeyOptions.environment == nil || verdict.id.environment == journeyOptions.environment
        }
        guard let worst = journeys.map(\.state).min() else { throw Exit.cannotJudge }
        if worst <= .warn { throw Exit.broken }
        if journeys.allSatisfy({ $0.state == .few || $0.state == .noData }) { throw Exit.cannotJudge }
    }

    /// Brings the state to what was asked for.
    private func arrange(_ state: inout AppState, _ picture: DashboardPicture) throws {
        var length: UInt64?
        if let range {
            guard let parsed = Quantities.duration(range), parsed > 0 else {
                throw Failure(message: "--range \(range): expected a duration such as 15m", code: Exit.usage)
            }
            length = parsed
        }
        var moment: UInt64?
        if let at {
            guard let parsed = Quantities.time(at, now: picture.now) else {
                throw Failure(
                    message: "--at \(at): expected RFC 3339, HH:MM:SS, Unix nanoseconds or now-1h", code: Exit.usage)
            }
            moment = parsed
        }
        if let filter {
            do {
                perform(state.setFilter(filter, try FilterExpression(parsing: filter, mode: .bar)), &state, picture)
            } catch {
                throw Failure(message: "--filter: \(error)", code: Exit.usage)
            }
        }
        perform(state.showTime(range: length, at: moment), &state, picture)
        if let journey, !state.select(journey: journey) {
            let known = Set(picture.journeys.journeys.map(\.name)).sorted().prefix(20).joined(separator: ", ")
            throw Failure(
                message: "--journey \(journey): there is none of this name; there are \(known)", code: Exit.badInput)
        }
        guard let view, view != .journeys else { return }
        if view == .trace, let id = trace.flatMap(TraceID.init(hex:)) {
            perform(state.openTrace(id), &state, picture)
            if state.trace.isMissing {
                throw Failure(message: "--trace \(id.hex): no span of this trace is in the input", code: Exit.badInput)
            }
            return
        }
        perform(state.open(view), &state, picture)
    }

    private func settle(_ state: inout AppState, _ event: Event, _ picture: DashboardPicture) throws {
        perform(state.handle(event), &state, picture)
    }

    /// Answers every question at once.
    private func perform(_ effects: [Effect], _ state: inout AppState, _ picture: DashboardPicture) {
        for effect in effects {
            if let event = Answers.answer(effect, from: picture) {
                perform(state.handle(event), &state, picture)
            }
        }
    }
}
