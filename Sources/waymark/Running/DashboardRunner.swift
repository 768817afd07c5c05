import Dashboard
import Foundation
import Journeys
import NcursesTerminal
import Pipeline
import Synchronization
import Telemetry
import TerminalKit

/// Runs the dashboard on a terminal: events in, effects done, frames out.
///
/// The terminal's thread, the picture timer and finished effects all bring events; each is handled under one lock,
/// and the frame that follows is left for the terminal to show when it can.
final class DashboardRunner: Sendable {
    /// What the dashboard can ask for beyond looking at pictures.
    struct Actions: Sendable {
        /// Writes a found journey's file and says what became of it.
        var writeJourney: @Sendable (JourneyView.ID) -> String
        /// Reads the journey files again and says what became of it.
        var reloadJourneys: @Sendable () -> String
        /// Reads a file or folder.
        var openFile: @Sendable (String) async -> String
        /// Starts the built-in shop.
        var startDemo: @Sendable () async -> String
        /// Ends what nobody else would: that a source has been silent, that parents never came.
        var tick: @Sendable () -> Void
    }

    private let terminal: any TerminalDriver
    private let builder: PictureBuilder
    private let watch: JourneyWatch
    private let actions: Actions
    private let state: Mutex<AppState>
    private let busy = Mutex<Set<String>>([])
    private let figures = Mutex(FrameFigures())
    /// How many events wait for the frame before theirs.
    private let waiting = Atomic(0)

    init(
        terminal: any TerminalDriver, builder: PictureBuilder, watch: JourneyWatch, looks: Looks, environment: String?,
        actions: Actions
    ) {
        self.terminal = terminal
        self.builder = builder
        self.watch = watch
        self.actions = actions
        let depthTheme =
            looks.depth.value == ColorDepth.none && looks.theme.origin == "default" ? "monochrome" : looks.theme.value
        state = Mutex(AppState(size: terminal.size, themes: looks.themes, theme: depthTheme, environment: environment))
    }

    /// Shows a trace as soon as it is there.
    func open(_ trace: TraceID) {
        let effects = state.withLock { $0.openTrace(trace) }
        perform(effects)
    }

    /// Runs until the person or the terminal ends it.
    func run() async -> TerminalEnd {
        handle(.tick(WallClock.now()), .picture(builder.picture()))
        terminal.setTitle("waymark")
        let timer = Task { await publish() }
        defer { timer.cancel() }
        return await TerminalThread.run(terminal) { [self] input in handle(.input(input)) }
    }

    /// Waits until the first frame is on the terminal, so that what can come later takes no core from it; a tenth of a second
    /// at most, and not where it is cancelled.
    func untilShown() async {
        // Entering the screen takes about a hundred bytes, a frame far more.
        for _ in 0..<50 where terminal.bytesWritten < 512 && !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// A picture a second; five a second while files are read, so that one sees them grow; and until their first
    /// journey is there as often as frames may come.
    private func publish() async {
        while !Task.isCancelled {
            actions.tick()
            let picture = builder.picture()
            handle(.tick(WallClock.now()), .picture(picture))
            let isReading = picture.progress != nil
            let isEmpty = picture.journeys.journeys.isEmpty
            try? await Task.sleep(for: !isReading ? .seconds(1) : .milliseconds(isEmpty ? 16 : 200))
        }
    }

    /// Takes in events and leaves the frame that follows; several that come together make one frame.
    private func handle(_ events: Event...) {
        waiting.add(1, ordering: .relaxed)
        let effects = state.withLock { state in
            waiting.subtract(1, ordering: .relaxed)
            let began = ContinuousClock.now
            var shown = figures.withLock { $0 }
            shown.waiting = waiting.load(ordering: .relaxed) + busy.withLock { $0.count }
            state.frameFigures = shown
            let effects = events.flatMap { state.handle($0) }
            // Within the lock, so that frames come in the order of their events; it only leaves the frame.
            terminal.present(state.draw(), theme: state.theme)
            let took = (ContinuousClock.now - began).components
            let nanoseconds =
                UInt64(clamping: took.seconds) &* 1_000_000_000 &+ UInt64(took.attoseconds / 1_000_000_000)
            figures.withLock { $0.add(nanoseconds: nanoseconds, written: terminal.bytesWritten) }
            return effects
        }
        perform(effects)
    }

    // MARK: Effects

    private func perform(_ effects: [Effect]) {
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .quit: terminal.stop()
        case .suspend: kill(getpid(), SIGTSTP)
        case .copy(let text):
            let isSent = terminal.writeClipboard(text)
            let first = text.split(separator: "\n").first.map(String.init) ?? ""
            handle(.notice(isSent ? "copied: \(first)" : "the terminal takes no clipboard: \(first)"))
        case .loadTrace, .lookInto, .search: ask(effect)
        case .writeJourney(let row): handle(.notice(actions.writeJourney(row)))
        case .reloadJourneys: handle(.notice(actions.reloadJourneys()))
        case .readText(let title, let path): handle(DashboardRunner.text(title, path))
        case .openFile(let path): Task { handle(.notice(await actions.openFile(path))) }
        case .startDemo: Task { handle(.notice(await actions.startDemo())) }
        case .redraw: handle(.resized(terminal.size))
        case .acknowledge, .mute, .unmute, .note: handle(.notice(write(effect)))
        case .bell: terminal.bell()
        case .title(let title): terminal.setTitle(title)
        }
    }

    /// Writes down what somebody did about a journey, and says what became of it.
    private func write(_ effect: Effect) -> String {
        let by = ProcessInfo.processInfo.environment["USER"]
        switch effect {
        case .acknowledge(let row, let note):
            let isDone = watch.acknowledge(row.name, in: row.environment, by: by, note: note)
            return isDone ? "acknowledged \(row.name)" : "\(row.name) has no trouble to acknowledge"
        case .mute(let row, let until, let note):
            let isDone = watch.mute(row.name, in: row.environment, until: until, by: by, note: note)
            return isDone ? "muted \(row.name)" : "\(row.name) is not muted: that time has passed"
        case .unmute(let row):
            let isDone = watch.unmute(row.name, in: row.environment, by: by)
            return isDone ? "unmuted \(row.name)" : "\(row.name) is not muted"
        case .note(let row, let time, let text):
            watch.note(text, about: row?.name, in: row?.environment, at: time, by: by)
            return "noted"
        default: return ""
        }
    }

    /// A text file as an event, at most 256 KiB of it.
    private static func text(_ title: String, _ path: String) -> Event {
        guard let file = FileHandle(forReadingAtPath: path), let bytes = try? file.read(upToCount: 262_144) else {
            return .notice("\(path): no such file, or it cannot be read")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return .text(title: title, lines: lines.map(String.init))
    }

    /// Answers a question away from the terminal's thread; one question of a kind at a time.
    private func ask(_ effect: Effect) {
        let kind = "\(effect)".prefix { $0 != "(" }
        let isFree = busy.withLock { $0.insert(String(kind)).inserted }
        guard isFree, let picture = state.withLock({ $0.picture }) else {
            // The next picture asks again.
            if isFree { busy.withLock { _ = $0.remove(String(kind)) } }
            return
        }
        Task.detached { [self] in
            let event = Answers.answer(effect, from: picture)
            busy.withLock { _ = $0.remove(String(kind)) }
            if let event { handle(event) }
        }
    }
}
