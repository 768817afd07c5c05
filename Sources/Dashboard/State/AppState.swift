import Analysis
import Journeys
import Telemetry
import TerminalKit

/// Everything the dashboard knows: one value, changed only by ``handle(_:)`` and drawn by ``draw()``.
package struct AppState: Sendable {
    // MARK: What is shown

    /// The terminal's size.
    package internal(set) var size: Size
    /// The last picture; `nil` before the first.
    package internal(set) var latest: DashboardPicture? { didSet { pictureNumber &+= 1 } }
    /// Changes with every picture that is shown, so that what was read from one is not read again.
    private(set) var pictureNumber = 0
    /// The picture shown while time stands still.
    package internal(set) var frozen: DashboardPicture? { didSet { pictureNumber &+= 1 } }
    /// The instant that is shown while time stands still, in Unix nanoseconds.
    package internal(set) var pausedAt: UInt64?
    /// How much time is shown, in nanoseconds.
    package internal(set) var range: UInt64 = AppState.ranges[3]
    /// Whether somebody has chosen the range.
    var isRangeChosen = false
    /// The environment shown; `nil` for all.
    package internal(set) var environment: String?
    /// The screen.
    package internal(set) var screen = Screen.journeys
    /// The screens before this one, oldest first.
    var history: [Screen] = []
    /// Wall clock, in Unix nanoseconds.
    var wallClock: UInt64 = 0

    // MARK: Screens

    /// The journeys table.
    package internal(set) var table = JourneyTableState()
    /// The Journey screen.
    package internal(set) var journey = JourneyScreenState()
    /// The Trace screen.
    package internal(set) var trace = TraceScreenState()
    /// Which panel has the focus.
    package internal(set) var focus = Focus.journeyTable
    /// Whether the panel with the focus fills the screen.
    package internal(set) var isZoomed = false
    /// What lies over the screen.
    package internal(set) var overlay: Overlay?
    /// The tab of the first-run screen.
    package internal(set) var snippet = Snippet.go

    // MARK: Verdicts

    /// The NOW strip.
    var strip = StripState()
    /// Whether the bell rings and the title follows the worst state.
    package internal(set) var isBellOn = true
    /// The pages that have been told of; `nil` before the first verdicts.
    var knownPages: Set<ActiveAlert.Key>?
    /// The title that the terminal's window has.
    var shownTitle: String?
    /// The mark that time was moved to, in Unix nanoseconds.
    package internal(set) var markedTime: UInt64?
    /// How the selected journey's budget burned down.
    var budget: BudgetCurve?
    /// Which journeys which services take part in.
    var paths = JourneyPaths()

    // MARK: Filter and find

    /// The filter in force.
    package internal(set) var filter: ActiveFilter?

    // MARK: Looks and notes

    /// The themes to choose from.
    package var themes: [Theme]
    /// The number of the theme in use.
    package internal(set) var themeIndex = 0
    /// A note, and until when it is shown by the wall clock.
    package internal(set) var note: (text: String, until: UInt64)?
    /// The beginning of a key sequence.
    var pendingKeys: [KeyChord] = []
    /// When a key was last pressed, by the wall clock.
    var lastKey: UInt64 = 0
    /// What `debug.frame` shows; filled in by the program.
    package var frameFigures: FrameFigures?
    /// Whether the frame figures are shown.
    package internal(set) var showsFrameFigures = false

    /// The ranges that `(` and `)` step through, in nanoseconds: 5m to 28d.
    static let ranges: [UInt64] = [5, 15, 30, 60, 180, 360, 720, 1440, 4320, 10_080, 40_320].map { $0 * 60_000_000_000 }

    /// A dashboard that has been told nothing yet.
    package init(size: Size, themes: [Theme] = [.dark], theme: String? = nil, environment: String? = nil) {
        self.size = size
        self.themes = themes.isEmpty ? [.dark] : themes
        self.environment = environment
        themeIndex = self.themes.firstIndex { $0.name == theme } ?? 0
    }

    /// The theme in use.
    package var theme: Theme { themes[min(themeIndex, themes.count - 1)] }

    /// The picture on screen: the frozen one while time stands still.
    package var picture: DashboardPicture? { frozen ?? latest }

    /// The end of the time shown, in Unix nanoseconds.
    package var now: UInt64 { pausedAt ?? picture?.now ?? wallClock }

    /// The beginning of the time shown, in Unix nanoseconds.
    package var from: UInt64 { now > range ? now - range : 0 }

    /// Whether the first-run screen is shown: live, nothing has come yet, and a history holds no run either.
    package var isFirstRun: Bool {
        guard let picture else { return false }
        return !picture.hasTelemetry && picture.journeys.firstSeen == nil && picture.origin == .live
    }
}

/// A filter that is in force.
package struct ActiveFilter: Sendable {
    /// As typed.
    package var text: String
    /// What it means.
    package var expression: FilterExpression
    /// What it selects, once that is known.
    package var result: SearchResult?
}

/// What lies over the screen and takes the keys.
package enum Overlay: Sendable {
    /// Keys and glyphs, from this row on.
    case help(scroll: Int)
    /// The command palette, with the chosen row.
    case palette(LineEditor, row: Int)
    /// The filter bar.
    case filter(LineEditor, error: FilterError?)
    /// Find in the trace or the table.
    case find(LineEditor)
    /// The time range.
    case time(LineEditor, error: String?)
    /// The theme, and the one to go back to.
    case theme(original: Int)
    /// A file to open.
    case file(LineEditor)
    /// A note to an acknowledgement; Enter alone acknowledges.
    case acknowledge(JourneyView.ID, LineEditor)
    /// Until when to be silent about a journey, and what is wrong with it.
    case mute(JourneyView.ID, LineEditor, error: String?)
    /// Be silent until then?
    case muteAsk(JourneyView.ID, until: UInt64, note: String?)
    /// A note at an instant, about a journey or about everything.
    case note(JourneyView.ID?, time: UInt64, LineEditor)
    /// A text to read or select by hand.
    case text(title: String, lines: [String], scroll: Int)
    /// Leave?
    case quit
}

/// The tabs of the first-run screen.
package enum Snippet: Int, CaseIterable, Sendable {
    case go, rust, collector, file
}

/// The journeys table: cursor, order and what is sorted by.
package struct JourneyTableState: Sendable {
    /// What the rows are sorted by.
    package enum Sort: Int, CaseIterable, Sendable {
        case badness, name, rate, errors, p95

        /// What the frame says.
        var title: String {
            switch self {
            case .badness: "share of bad runs"
            case .name: "name"
            case .rate: "rate"
            case .errors: "errors"
            case .p95: "p95"
            }
        }
    }

    /// The row under the cursor.
    package var selected: JourneyView.ID?
    /// Whether somebody has put the cursor there.
    var isCursorMoved = false
    /// The order of the rows.
    var order: [JourneyView.ID] = []
    /// When the order last changed, by the wall clock.
    var orderedAt: UInt64 = 0
    /// The first row on screen.
    package internal(set) var offset = 0
    /// What is searched for in the names.
    var search = ""
    /// What the rows are sorted by.
    var sort = Sort.badness
    /// Whether the order is turned round.
    var isReversed = false
}

/// The Journey screen: cursor and selection in the heat map, and the list of traces.
package struct JourneyScreenState: Sendable {
    /// The lists of traces.
    package enum List: Int, CaseIterable, Sendable {
        case slowest, failed, newest

        /// What the tab says.
        var title: String {
            switch self {
            case .slowest: "Slowest"
            case .failed: "Failed"
            case .newest: "Newest"
            }
        }
    }

    /// A part of the heat map: event time in Unix nanoseconds, duration in nanoseconds; ends are not included.
    package struct Box: Sendable, Equatable {
        var from: UInt64
        var to: UInt64
        var shortest: UInt64
        var longest: UInt64
    }

    /// The heat-map cell under the cursor, by column and row from the lower left; `nil` before the first move.
    var cell: Point?
    /// Where a selection began, while one is drawn.
    var anchor: Point?
    /// What is selected.
    var box: Box?
    /// The list on screen.
    var list = List.slowest
    /// The trace under the cursor in the list.
    var trace: TraceID?
    /// The first row of the list on screen.
    var offset = 0
    /// The list as it was read last.
    var listed: JourneyRuns?
    /// Whether only failed runs are listed.
    var errorsOnly = false
    /// Whether percentile lines lie over the heat map.
    var showsPercentiles = true
    /// The last look into the journey.
    var insight: JourneyInsight?
    /// The look that was asked for last.
    var asked: InsightRequest?
}

/// The Trace screen: which trace, and how it is folded, searched and walked.
package struct TraceScreenState: Sendable {
    /// The trace that is shown or being loaded.
    package internal(set) var id: TraceID?
    /// Whether the trace was looked for and not found.
    package internal(set) var isMissing = false
    /// The rows of the waterfall; `nil` while loading and when no span of the trace is held.
    package internal(set) var layout: TraceLayout?
    /// Which rows are folded.
    var folds = TraceFolds()
    /// The rows of the layout that are shown, when not all are.
    var shownRows: [Int]?
    /// The time axis; it only grows.
    var axis = Analysis.TimeAxis(holding: 1)
    /// The number of the row under the cursor, in the layout.
    var row = 0
    /// The first row on screen, among those shown.
    var offset = 0
    /// What is searched for.
    var search = ""
    /// The spans that have what is searched for, in the order of their rows.
    var matches: [Int] = []
    /// Whether each span has what is searched for; empty without a search.
    var isMatched: [Bool] = []
    /// The spans that the filter selects; `nil` without a filter.
    var selected: Set<Int>?
    /// The journey that the trace is a run of.
    var run: TraceRun?
    /// Whether only failed spans and what they lie in are shown.
    var errorsOnly = false
    /// Whether the details are shown.
    var showsDetails = true
    /// The first line of the details on screen.
    var detailsOffset = 0
}

/// The run of a journey that a trace is.
struct TraceRun: Sendable {
    /// The journey's name.
    let journey: String
    /// Its tightest promised duration in nanoseconds.
    let under: UInt64?
    /// The number of the entry span in the trace.
    let entry: Int
    /// The steps that spans of the trace reach, by span.
    let steps: [Int: String]
}
