import Analysis
import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// Takes in one event and says what is to be done elsewhere.
    package mutating func handle(_ event: Event) -> [Effect] {
        let effects = take(event)
        settle()
        return effects
    }

    private mutating func take(_ event: Event) -> [Effect] {
        switch event {
        case .input(let input): return handle(input)
        case .resized(let size):
            self.size = size
            return []
        case .picture(let picture): return take(picture)
        case .traceLoaded(let id, let loaded): return take(loaded, of: id)
        case .insight(let insight):
            if journey.asked?.row == insight.request.row { journey.insight = insight }
            strip.take(insight)
            return []
        case .searched(let result):
            guard filter?.expression == result.request.filter else { return [] }
            let isFirst = filter?.result == nil
            filter?.result = result
            if isFirst {
                reorder()
                if let selected = table.selected, !table.order.contains(selected) { table.selected = table.order.first }
            }
            return []
        case .text(let title, let lines):
            overlay = .text(title: title, lines: lines, scroll: 0)
            return []
        case .notice(let text):
            tell(text)
            return []
        case .tick(let time):
            wallClock = time
            if let note, note.until < time { self.note = nil }
            return []
        }
    }

    private mutating func handle(_ input: InputEvent) -> [Effect] {
        switch input {
        case .key(let chord):
            lastKey = wallClock
            return overlay == nil ? press(chord) : pressInOverlay(chord)
        case .mouse(let event): return handle(event)
        case .resize(let size):
            self.size = size
            return []
        case .paste(let text):
            insertIntoOverlay(text)
            return []
        case .ended: return [.quit]
        }
    }

    private mutating func press(_ chord: KeyChord) -> [Effect] {
        if pendingKeys.isEmpty, let effects = pressOnFirstRun(chord) { return effects }
        let sequence = pendingKeys + [chord]
        switch Keymap.standard.meaning(of: sequence) {
        case .command(let id):
            pendingKeys = []
            return perform(id)
        case .prefix:
            pendingKeys = sequence
            return []
        case .nothing:
            pendingKeys = []
            // A key that ends no sequence may begin one, or be a command of its own.
            return sequence.count > 1 ? press(chord) : []
        }
    }

    // MARK: Pictures

    private mutating func take(_ picture: DashboardPicture) -> [Effect] {
        let isFirst = latest == nil
        latest = picture
        if frozen == nil {
            fitRange(to: picture)
            updateOrder(isFirst: isFirst)
            keepSelection()
        }
        return (pausedAt == nil ? followUps() : []) + announce()
    }

    /// Shows a file in the shortest range that holds all of its runs, until somebody chooses another.
    private mutating func fitRange(to picture: DashboardPicture) {
        guard case .file = picture.origin, !isRangeChosen, let first = picture.journeys.firstSeen else { return }
        let length = picture.now > first ? picture.now - first : 0
        range = AppState.ranges.first { $0 > length } ?? AppState.ranges[AppState.ranges.count - 1]
    }

    /// Keeps the cursor on its journey, which gets another id when its first run names an environment.
    private mutating func keepSelection() {
        guard table.isCursorMoved else {
            // Until somebody moves it, the cursor stands on the worst journey, so that Enter leads there.
            table.selected = table.order.first
            return
        }
        if let selected = table.selected {
            guard !table.order.contains(selected) else { return }
            table.selected = table.order.first { $0.name == selected.name && $0.isFound == selected.isFound }
        }
        table.selected = table.selected ?? table.order.first
    }

    /// What is to be looked up again because time went on.
    mutating func followUps() -> [Effect] {
        var effects: [Effect] = []
        if screen == .trace, let id = trace.id, pausedAt == nil { effects.append(.loadTrace(id)) }
        if let request = nextInsightRequest() {
            journey.asked = request
            effects.append(.lookInto(request))
        }
        if let request = nextStripRequest() {
            strip.asked[request.row] = request
            effects.append(.lookInto(request))
        }
        if let request = nextSearchRequest() { effects.append(.search(request)) }
        return effects
    }

    /// The look into the selected journey that is due: every 10 s of data, or at once for another journey.
    private func nextInsightRequest() -> InsightRequest? {
        guard screen == .journey, let row = table.selected, let picture, picture.hasTelemetry else { return nil }
        let window = insightWindow
        if let asked = journey.asked, asked.row == row, picture.origin == latest?.origin {
            let moved = asked.to > now ? asked.to - now : now - asked.to
            if moved < 10_000_000_000, asked.baselineFrom == from { return nil }
        }
        return InsightRequest(row: row, from: now > window ? now - window : 0, to: now, baselineFrom: from)
    }

    private func nextSearchRequest() -> SearchRequest? {
        guard let filter, picture?.hasTelemetry == true else { return nil }
        if let asked = filter.result?.request {
            let moved = asked.to > now ? asked.to - now : now - asked.to
            if moved < 5_000_000_000, asked.from == from || now - from == asked.to - asked.from { return nil }
        }
        return SearchRequest(filter: filter.expression, from: from, to: now &+ 1)
    }

    /// The last minutes that "now" means in panels that compare: 5 minutes, or a sixth of a shorter range.
    package var insightWindow: UInt64 { min(AppState.recent, range / 2) }

    /// The window of the numbers in tables: five minutes, in nanoseconds.
    package static let recent: UInt64 = 300_000_000_000

    private mutating func take(_ loaded: TracePicture?, of id: TraceID) -> [Effect] {
        guard trace.id == id else { return [] }
        guard let loaded else {
            if trace.layout == nil { trace.isMissing = true }
            return []
        }
        trace.isMissing = false
        if let shown = trace.layout?.picture, shown.trace.spans.count == loaded.trace.spans.count,
            shown.trace.end == loaded.trace.end
        {
            return []
        }
        show(loaded)
        return []
    }

    // MARK: Notes

    /// Shows a note for a few seconds.
    mutating func tell(_ text: String, for seconds: UInt64 = 5) { note = (text, wallClock &+ seconds * 1_000_000_000) }

    // MARK: Row order

    /// The pictures may change the order of rows at most every 10 s, and never within 3 s of a key.
    private mutating func updateOrder(isFirst: Bool) {
        let quiet = wallClock >= lastKey &+ 3_000_000_000 || lastKey == 0
        let due = wallClock >= table.orderedAt &+ 10_000_000_000
        let order = JourneyRows.order(of: self)
        if isFirst || Set(order) != Set(table.order) || (due && quiet) {
            table.order = order
            table.orderedAt = wallClock
        }
    }

    /// Puts the rows in order at once, as after a change of the sort.
    mutating func reorder() {
        table.order = JourneyRows.order(of: self)
        table.orderedAt = wallClock
    }
}
