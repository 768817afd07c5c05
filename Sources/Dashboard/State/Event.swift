import Analysis
import Journeys
import Telemetry
import TerminalKit

/// What the dashboard is told.
package enum Event: Sendable {
    /// A key, the mouse or pasted text.
    case input(InputEvent)
    /// The terminal has a new size.
    case resized(Size)
    /// A new picture.
    case picture(DashboardPicture)
    /// The trace that was asked for, or that none of its spans is held.
    case traceLoaded(TraceID, TracePicture?)
    /// The look into a journey that was asked for.
    case insight(JourneyInsight)
    /// What a filter selects.
    case searched(SearchResult)
    /// A text that was asked for, by line.
    case text(title: String, lines: [String])
    /// Something to tell, for a few seconds.
    case notice(String)
    /// Time has passed: Unix nanoseconds of the wall clock.
    case tick(UInt64)
}

/// What the dashboard asks for; done elsewhere, and answered by an event.
package enum Effect: Sendable, Equatable {
    /// End the program.
    case quit
    /// Stop the program until it is continued, as C-z does.
    case suspend
    /// Put text on the clipboard.
    case copy(String)
    /// Put a trace together.
    case loadTrace(TraceID)
    /// Look into a journey's traces.
    case lookInto(InsightRequest)
    /// Find the traces a filter selects.
    case search(SearchRequest)
    /// Write a found journey to a file.
    case writeJourney(JourneyView.ID)
    /// Read a file or folder.
    case openFile(String)
    /// Start the built-in demo.
    case startDemo
    /// Read the journey files again.
    case reloadJourneys
    /// Read a text, such as a runbook beside a journey file.
    case readText(title: String, path: String)
    /// Draw everything anew.
    case redraw
    /// Write down that somebody has seen a journey's trouble, with what they had to say about it.
    case acknowledge(JourneyView.ID, note: String?)
    /// Tell nobody about a journey until an instant in Unix nanoseconds.
    case mute(JourneyView.ID, until: UInt64, note: String?)
    /// End the silence about a journey.
    case unmute(JourneyView.ID)
    /// Write a note down at an instant in Unix nanoseconds, about a journey or about everything.
    case note(JourneyView.ID?, time: UInt64, text: String)
    /// Ring the terminal's bell once.
    case bell
    /// Give the terminal's window a title.
    case title(String)
}

/// What to look into.
package struct InsightRequest: Sendable, Equatable {
    /// The row.
    package var row: JourneyView.ID
    /// Unix nanoseconds: runs that ended from here …
    package var from: UInt64
    /// … to before here are looked into.
    package var to: UInt64
    /// Runs that ended from here up to `from` are the baseline.
    package var baselineFrom: UInt64

    /// Asks about a row and a time.
    package init(row: JourneyView.ID, from: UInt64, to: UInt64, baselineFrom: UInt64) {
        self.row = row
        self.from = from
        self.to = to
        self.baselineFrom = baselineFrom
    }
}

/// Where the time of a journey's slowest runs goes.
package struct JourneyInsight: Sendable {
    /// What was asked.
    package var request: InsightRequest
    /// Who adds time, now against the baseline.
    package var contribution: Contribution
    /// One line about each looked-at trace.
    package var summaries: [TraceID: TraceSummary]
    /// How many runs there were, of which how many traces were looked at.
    package var runs: Int
    /// How many traces were looked at.
    package var traces: Int

    /// Puts an answer together.
    package init(
        request: InsightRequest, contribution: Contribution, summaries: [TraceID: TraceSummary], runs: Int,
        traces: Int
    ) {
        self.request = request
        self.contribution = contribution
        self.summaries = summaries
        self.runs = runs
        self.traces = traces
    }
}

/// What to find.
package struct SearchRequest: Sendable, Equatable {
    /// The filter.
    package var filter: FilterExpression
    /// Unix nanoseconds: spans that ended from here …
    package var from: UInt64
    /// … to before here are looked at.
    package var to: UInt64

    /// Asks for what a filter selects in a time.
    package init(filter: FilterExpression, from: UInt64, to: UInt64) {
        self.filter = filter
        self.from = from
        self.to = to
    }
}

/// What a filter selects.
package struct SearchResult: Sendable {
    /// What was asked.
    package var request: SearchRequest
    /// The traces with a span that the filter selects.
    package var traces: Set<TraceID>
    /// How many spans the filter selects.
    package var matched: Int
    /// How many spans were looked at.
    package var total: Int
    /// Clauses that could not be evaluated here, as text.
    package var unsupported: [String]

    /// Puts an answer together.
    package init(request: SearchRequest, traces: Set<TraceID>, matched: Int, total: Int, unsupported: [String] = []) {
        self.request = request
        self.traces = traces
        self.matched = matched
        self.total = total
        self.unsupported = unsupported
    }
}
