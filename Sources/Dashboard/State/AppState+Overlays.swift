import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// Keys while something lies over the screen.
    mutating func pressInOverlay(_ chord: KeyChord) -> [Effect] {
        guard let current = overlay else { return [] }
        if chord == KeyChord(.escape) || chord == KeyChord(.character("g"), .control) {
            cancel(current)
            return []
        }
        switch current {
        case .help(let scroll): return pressInHelp(chord, scroll)
        case .text: return pressInText(chord)
        case .quit: return pressInQuit(chord)
        case .theme(let original): pressInThemes(chord, original)
        case .palette(let editor, let row): return pressInPalette(chord, editor, row)
        case .filter(let editor, _): return pressInFilter(chord, editor)
        case .find(let editor): pressInFind(chord, editor)
        case .time(let editor, _): return pressInTime(chord, editor)
        case .file(let editor): return pressInFile(chord, editor)
        case .acknowledge, .mute, .muteAsk, .note: return pressInAction(chord, current)
        }
        return []
    }

    /// Pasted text goes where typed text would go, and nowhere else.
    mutating func insertIntoOverlay(_ text: String) {
        switch overlay {
        case .filter(var editor, _):
            editor.insert(text)
            overlay = .filter(editor, error: filterError(in: editor.text))
        case .find(var editor):
            editor.insert(text)
            overlay = .find(editor)
        case .palette(var editor, _):
            editor.insert(text)
            overlay = .palette(editor, row: 0)
        case .time(var editor, _):
            editor.insert(text)
            overlay = .time(editor, error: nil)
        case .file(var editor):
            editor.insert(text)
            overlay = .file(editor)
        default: insertIntoAction(text)
        }
    }

    private mutating func cancel(_ current: Overlay) {
        if case .theme(let original) = current { themeIndex = original }
        overlay = nil
    }

    private mutating func pressInHelp(_ chord: KeyChord, _ scroll: Int) -> [Effect] {
        switch Keymap.standard.meaning(of: [chord]) {
        case .command(.cursorDown): overlay = .help(scroll: scroll + 1)
        case .command(.cursorUp): overlay = .help(scroll: max(0, scroll - 1))
        case .command(.pageDown), .command(.halfPageDown), .command(.pause): overlay = .help(scroll: scroll + 10)
        case .command(.pageUp), .command(.halfPageUp): overlay = .help(scroll: max(0, scroll - 10))
        case .command(.copyValue): return [.copy(CommandTable.markdown)]
        default: overlay = nil
        }
        return []
    }

    private mutating func pressInText(_ chord: KeyChord) -> [Effect] {
        guard case .text(let title, let lines, let scroll) = overlay else { return [] }
        switch Keymap.standard.meaning(of: [chord]) {
        case .command(.copyValue): return [.copy(lines.first ?? "")]
        case .command(.cursorDown): overlay = .text(title: title, lines: lines, scroll: min(scroll + 1, lines.count))
        case .command(.cursorUp): overlay = .text(title: title, lines: lines, scroll: max(0, scroll - 1))
        case .command(.pageDown), .command(.halfPageDown):
            overlay = .text(title: title, lines: lines, scroll: min(scroll + 10, lines.count))
        case .command(.pageUp), .command(.halfPageUp):
            overlay = .text(title: title, lines: lines, scroll: max(0, scroll - 10))
        default: overlay = nil
        }
        return []
    }

    private mutating func pressInQuit(_ chord: KeyChord) -> [Effect] {
        let yes: Set<KeyChord> = [KeyChord("q"), KeyChord("y"), KeyChord(.enter), KeyChord(.character("c"), .control)]
        if yes.contains(chord) { return [.quit] }
        overlay = nil
        return []
    }

    private mutating func pressInThemes(_ chord: KeyChord, _ original: Int) {
        switch Keymap.standard.meaning(of: [chord]) {
        case .command(.cursorDown): themeIndex = (themeIndex + 1) % themes.count
        case .command(.cursorUp): themeIndex = (themeIndex + themes.count - 1) % themes.count
        case .command(.open): overlay = nil
        case .command(.quit):
            themeIndex = original
            overlay = nil
        default: break
        }
    }

    // MARK: Palette

    private mutating func pressInPalette(_ chord: KeyChord, _ editor: LineEditor, _ row: Int) -> [Effect] {
        var editor = editor
        let entries = PaletteEntry.matching(editor.text, in: self)
        let down: Set<KeyChord> = [KeyChord(.down), KeyChord(.character("n"), .control)]
        let up: Set<KeyChord> = [KeyChord(.up), KeyChord(.character("p"), .control)]
        if down.contains(chord) {
            overlay = .palette(editor, row: min(row + 1, max(0, entries.count - 1)))
        } else if up.contains(chord) {
            overlay = .palette(editor, row: max(0, row - 1))
        } else if chord == KeyChord(.tab), entries.indices.contains(row) {
            overlay = .palette(LineEditor(entries[row].completion), row: 0)
        } else if chord == KeyChord(.enter) {
            overlay = nil
            guard entries.indices.contains(row) else { return [] }
            return run(entries[row])
        } else if editor.apply(chord) {
            overlay = .palette(editor, row: 0)
        }
        return []
    }

    private mutating func run(_ entry: PaletteEntry) -> [Effect] {
        switch entry.action {
        case .command(let id): return perform(id)
        case .journey(let row):
            select(row)
            return show(.journey)
        case .trace(let id): return openTrace(id)
        case .mute(let row, let until, let note):
            overlay = .muteAsk(row, until: until, note: note)
            return []
        case .nothing:
            overlay = .palette(LineEditor(entry.completion), row: 0)
            return []
        }
    }

    // MARK: Filter and find

    private func filterError(in text: String) -> FilterError? {
        guard !text.allSatisfy(\.isWhitespace) else { return nil }
        do {
            _ = try FilterExpression(parsing: text, mode: .bar)
            return nil
        } catch {
            return error
        }
    }

    private mutating func pressInFilter(_ chord: KeyChord, _ editor: LineEditor) -> [Effect] {
        var editor = editor
        if chord == KeyChord(.tab) {
            if let completion = FilterCompletion.entries(for: editor.textBeforeCursor).first {
                editor.insert(completion.insertion)
                overlay = .filter(editor, error: filterError(in: editor.text))
            }
            return []
        }
        guard chord == KeyChord(.enter) else {
            if editor.apply(chord) { overlay = .filter(editor, error: filterError(in: editor.text)) }
            return []
        }
        let text = editor.text
        guard !text.allSatisfy(\.isWhitespace) else {
            filter = nil
            overlay = nil
            reorder()
            return []
        }
        do {
            let expression = try FilterExpression(parsing: text, mode: .bar)
            filter = ActiveFilter(text: text, expression: expression, result: nil)
            overlay = nil
            return followUps()
        } catch {
            overlay = .filter(editor, error: error)
            return []
        }
    }

    private mutating func pressInFind(_ chord: KeyChord, _ editor: LineEditor) {
        var editor = editor
        if chord == KeyChord(.enter) {
            overlay = nil
            find(editor.text)
        } else if editor.apply(chord) {
            overlay = .find(editor)
            find(editor.text)
        }
    }

    // MARK: Time and files

    private mutating func pressInTime(_ chord: KeyChord, _ editor: LineEditor) -> [Effect] {
        var editor = editor
        guard chord == KeyChord(.enter) else {
            if editor.apply(chord) { overlay = .time(editor, error: nil) }
            return []
        }
        do {
            guard let choice = try TimeChoice(editor.text, now: latest?.now ?? now) else {
                overlay = nil
                return []
            }
            range = max(1_000_000_000, choice.range)
            isRangeChosen = true
            journey.cell = nil
            journey.box = nil
            if let end = choice.end {
                pause()
                pausedAt = end
            } else {
                resume()
            }
            overlay = nil
            return followUps()
        } catch {
            overlay = .time(editor, error: error.message)
            return []
        }
    }

    private mutating func pressInFile(_ chord: KeyChord, _ editor: LineEditor) -> [Effect] {
        var editor = editor
        if chord == KeyChord(.enter) {
            overlay = nil
            return editor.isEmpty ? [] : [.openFile(editor.text)]
        }
        if editor.apply(chord) { overlay = .file(editor) }
        return []
    }

    /// Keys that mean something of their own while nothing has been received; `nil` for all others.
    mutating func pressOnFirstRun(_ chord: KeyChord) -> [Effect]? {
        guard isFirstRun else { return nil }
        if chord == KeyChord("o") { return perform(.fileOpen) }
        if chord == KeyChord("D") { return perform(.demoStart) }
        return nil
    }
}

/// A range typed into the time picker.
struct TimeChoice: Equatable {
    /// How long, in nanoseconds.
    var range: UInt64
    /// The end in Unix nanoseconds; `nil` for the present.
    var end: UInt64?

    /// What cannot be understood, and what was expected.
    struct Problem: Error, Equatable {
        let message: String
    }

    /// Reads `1h`, `now-1h..now`, `02:40..03:12`; `nil` for nothing typed.
    init?(_ text: String, now: UInt64) throws(Problem) {
        let text = text.filter { !$0.isWhitespace }
        guard !text.isEmpty else { return nil }
        if let length = TimeChoice.duration(text) {
            self.init(range: length, end: nil)
            return
        }
        guard let dots = text.firstRange(of: "..") else {
            throw Problem(message: "\"\(text)\" is no range: expected 1h, now-1h..now or 02:40..03:12")
        }
        let from = try TimeChoice.instant(String(text[..<dots.lowerBound]), now: now)
        let to = try TimeChoice.instant(String(text[dots.upperBound...]), now: now)
        guard from < to else { throw Problem(message: "the range ends before it begins") }
        self.init(range: to - from, end: to == now ? nil : to)
    }

    private init(range: UInt64, end: UInt64?) {
        self.range = range
        self.end = end
    }

    private static func instant(_ text: String, now: UInt64) throws(Problem) -> UInt64 {
        if text == "now" { return now }
        if text.hasPrefix("now-"), let back = duration(String(text.dropFirst(4))), back <= now { return now - back }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
        if (2...3).contains(parts.count), !parts.contains(nil) {
            let numbers = parts.compactMap { $0 } + (parts.count == 2 ? [0] : [])
            if numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 {
                let day: UInt64 = 86_400_000_000_000
                let seconds = numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
                let instant = now / day * day + seconds * 1_000_000_000
                return instant > now && instant >= day ? instant - day : instant
            }
        }
        throw Problem(message: "\"\(text)\" is no time: expected now, now-10m or 02:40")
    }

    private static func duration(_ text: String) -> UInt64? {
        let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = text.last, let seconds = units[last], let number = UInt64(text.dropLast()) else { return nil }
        let (length, overflow) = number.multipliedReportingOverflow(by: seconds * 1_000_000_000)
        return overflow || length == 0 ? nil : length
    }
}
