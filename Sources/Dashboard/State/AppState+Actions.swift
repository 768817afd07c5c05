import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// The present, also while the screen shows another time: what is done is done now.
    var clock: UInt64 { latest?.now ?? wallClock }

    /// The journey that an action is about: the selected one.
    private var actionRow: JourneyView.ID? { JourneyRows.selected(of: self)?.id }

    /// Why nothing can be written down here; `nil` where it can.
    private var isReadOnly: String? {
        guard let latest else { return "nothing is received yet" }
        if case .file = latest.origin { return "this is a file: nothing can be written down about it" }
        return nil
    }

    // MARK: Acknowledge

    /// Asks for a note to an acknowledgement.
    mutating func acknowledge() {
        guard let row = actionRow else { return }
        if let problem = isReadOnly {
            tell(problem)
            return
        }
        guard let verdict = verdict(on: row), verdict.isHurting || !verdict.alerts.isEmpty else {
            tell("\(row.name): nothing to acknowledge")
            return
        }
        overlay = .acknowledge(row, LineEditor())
    }

    // MARK: Mute

    /// Asks until when to be silent.
    mutating func mute() {
        guard let row = actionRow else { return }
        if let problem = isReadOnly {
            tell(problem)
        } else if verdict(on: row) == nil {
            tell("\(row.name) promises nothing: there is nothing to mute")
        } else {
            overlay = .mute(row, LineEditor(), error: nil)
        }
    }

    /// Ends the silence.
    mutating func unmute() -> [Effect] {
        guard let row = actionRow, isReadOnly == nil, verdict(on: row)?.mutedUntil != nil else {
            tell("\(actionRow?.name ?? "this journey") is not muted")
            return []
        }
        tell("unmuted \(row.name)")
        return [.unmute(row)]
    }

    // MARK: Notes

    /// Asks for a note at the time cursor.
    mutating func addNote() {
        if let problem = isReadOnly {
            tell(problem)
            return
        }
        overlay = .note(verdict(on: actionRow) == nil ? nil : actionRow, time: cursorTime, LineEditor())
    }

    /// The time cursor: the mark that time was moved to, the heat map's column, or the end of what is shown.
    var cursorTime: UInt64 {
        if let markedTime { return markedTime }
        if screen == .journey, focus == .heatMap, let cell = journey.cell, let grid = heatGrid {
            return grid.map.window.column(min(cell.x, grid.columns - 1), of: grid.columns).from
        }
        return now
    }

    // MARK: Keys

    /// Keys while an action asks for something.
    mutating func pressInAction(_ chord: KeyChord, _ current: Overlay) -> [Effect] {
        switch current {
        case .acknowledge(let row, let editor):
            return edit(chord, editor, { .acknowledge(row, $0) }) { state, text in
                state.tell("acknowledged \(row.name)")
                return [.acknowledge(row, note: text)]
            }
        case .note(let row, let time, let editor):
            return edit(chord, editor, { .note(row, time: time, $0) }) { state, text in
                guard let text else { return [] }
                state.tell("noted at \(NumberFormat.time(time))")
                return [.note(row, time: time, text: text)]
            }
        case .mute(let row, let editor, _):
            return edit(chord, editor, { .mute(row, $0, error: nil) }) { state, text in
                state.askMute(row, text ?? "")
                return []
            }
        case .muteAsk(let row, let until, let note):
            overlay = nil
            let yes: Set<KeyChord> = [KeyChord("y"), KeyChord(.enter)]
            guard yes.contains(chord) else { return [] }
            tell("muted \(row.name) until \(NumberFormat.timeOfDay(until))")
            return [.mute(row, until: until, note: note)]
        default: return []
        }
    }

    /// Lets a key change what is typed; Enter closes the overlay and hands the text over, nil for none.
    private mutating func edit(
        _ chord: KeyChord, _ editor: LineEditor, _ reopened: (LineEditor) -> Overlay,
        _ done: (inout AppState, String?) -> [Effect]
    ) -> [Effect] {
        var editor = editor
        if chord == KeyChord(.enter) {
            overlay = nil
            let isBlank = editor.text.allSatisfy(\.isWhitespace)
            return done(&self, isBlank ? nil : editor.text)
        }
        if editor.apply(chord) { overlay = reopened(editor) }
        return []
    }

    /// Reads `UNTIL NOTE` and asks whether that is meant.
    private mutating func askMute(_ row: JourneyView.ID, _ text: String) {
        let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        do {
            let until = try MuteUntil(words.first.map(String.init) ?? "", now: clock)
            overlay = .muteAsk(row, until: until.instant, note: words.count > 1 ? String(words[1]) : nil)
        } catch {
            overlay = .mute(row, LineEditor(text), error: error.message)
        }
    }

    /// Pasted text goes where typed text would go.
    mutating func insertIntoAction(_ text: String) {
        switch overlay {
        case .acknowledge(let row, var editor):
            editor.insert(text)
            overlay = .acknowledge(row, editor)
        case .note(let row, let time, var editor):
            editor.insert(text)
            overlay = .note(row, time: time, editor)
        case .mute(let row, var editor, _):
            editor.insert(text)
            overlay = .mute(row, editor, error: nil)
        default: break
        }
    }

    // MARK: Bell

    /// Lets bell and title follow the worst state, or not.
    mutating func setBell(_ isOn: Bool) -> [Effect] {
        isBellOn = isOn
        tell(isOn ? "bell and title follow the worst state" : "no bell; alerts go on where they are sent")
        guard latest?.verdicts.journeys.isEmpty == false else { return [] }
        return titleEffects()
    }

    // MARK: Marks

    /// Moves time to the mark before or after: a change, an onset, an alert; of the selected journey or of all.
    mutating func moveToMark(_ step: Int) -> [Effect] {
        guard let latest else { return [] }
        let row = screen == .journey ? actionRow : nil
        let marks = latest.verdicts.timeline.filter { event in
            TimeMark.isMark(event) && event.time <= latest.now && (row.map { paths.concerns(event, $0) } ?? true)
        }
        let current = markedTime ?? pausedAt ?? latest.now
        let next = step > 0 ? marks.first { $0.time > current } : marks.last { $0.time < current }
        guard let next else {
            tell(marks.isEmpty ? "no deploy, onset or alert is known" : step > 0 ? "the last mark" : "the first mark")
            return []
        }
        if pausedAt == nil { pause() }
        markedTime = next.time
        // What came after belongs to the picture: the mark is not put at the edge when there is time behind it.
        if next.time < from || next.time >= now {
            pausedAt = min(latest.now, next.time &+ range / 4)
        }
        moveCell(to: next.time)
        let words = EventText(next, spaced: true)
        tell("\(NumberFormat.time(next.time)) \(words.glyph) \(next.journey.map { $0 + " " } ?? "")\(words.text)")
        return followUps()
    }

    /// Puts the cursor of the heat map on an instant.
    private mutating func moveCell(to time: UInt64) {
        guard screen == .journey, let grid = heatGrid, grid.map.window.contains(time) else { return }
        let row = journey.cell?.y ?? grid.promiseRow ?? grid.rows / 2
        journey.cell = Point(x: grid.map.window.column(of: time, of: grid.columns), y: min(row, grid.rows - 1))
    }
}

/// A mark on a time axis.
struct TimeMark: Equatable {
    /// When, in Unix nanoseconds.
    let time: UInt64
    /// `◆`, `▲` or `✗`.
    let glyph: String
    /// The colour of the glyph.
    let role: Role
    /// Such as `2.14.0 02:47`, for the first that has room.
    let label: String?

    /// Whether an event is worth a mark: changes of software and configuration, onsets and alerts.
    static func isMark(_ event: TimelineEvent) -> Bool {
        switch event.kind {
        case .deploy, .version, .config, .onset, .fired: true
        default: false
        }
    }

    /// The marks of a journey in a window, oldest first; the worse one wins a column.
    static func marks(_ state: AppState, _ row: JourneyView.ID, in window: TimeWindow) -> [TimeMark] {
        (state.verdicts?.timeline ?? []).compactMap { event in
            guard isMark(event), window.contains(event.time), state.paths.concerns(event, row) else { return nil }
            let words = EventText(event)
            let version = event.kind == .config ? event.subject : event.after
            let label = event.kind.isChange ? version.map { "\($0) \(NumberFormat.timeOfDay(event.time))" } : nil
            return TimeMark(time: event.time, glyph: words.glyph, role: words.role, label: label)
        }
    }

    /// Draws marks into a row of a chart; times and labels give way to them.
    static func draw(
        _ marks: [TimeMark], _ axis: TerminalKit.TimeAxis, x: Int, y: Int, hasLabels: Bool = false,
        marked: UInt64? = nil,
        on canvas: inout Canvas
    ) {
        var taken: [Int: TimeMark] = [:]
        for mark in marks {
            guard let column = axis.column(of: mark.time) else { continue }
            taken[column] = mark
        }
        let columns = taken.keys.sorted()
        for column in columns { clear(canvas, around: x + column, from: x, y: y, on: &canvas) }
        if hasLabels {
            for (index, column) in columns.enumerated() {
                guard let label = taken[column]?.label else { continue }
                let end = index + 1 < columns.count ? columns[index + 1] : axis.columns
                // A label stands behind the last of the marks beside it.
                guard DisplayText.width(of: label) + 2 < end - column else { continue }
                canvas.put(label, x: x + column + 2, y: y, style: .dim, width: end - column - 3)
            }
        }
        for column in columns {
            guard let mark = taken[column] else { continue }
            let style = mark.time == marked ? Style(mark.role, on: .bg, [.bold, .reverse]) : Style(mark.role)
            canvas.put(mark.glyph, x: x + column, y: y, style: style, width: 1)
        }
    }

    /// Blanks a time that a mark would stand in the middle of.
    private static func clear(_ drawn: Canvas, around place: Int, from: Int, y: Int, on canvas: inout Canvas) {
        guard drawn[place, y].base != " " else { return }
        var left = place
        while left > from, drawn[left - 1, y].base != " " { left -= 1 }
        var right = place
        while right < drawn.size.width,
            drawn[right, y].base.properties.numericType != nil || drawn[right, y].base == ":"
        {
            right += 1
        }
        canvas.fill(Rect(x: left, y: y, width: max(1, right - left), height: 1))
    }
}
