import Journeys
import Telemetry

/// A line of the command palette.
struct PaletteEntry: Sendable {
    /// What it does.
    enum Action: Sendable {
        case command(CommandID)
        case journey(JourneyView.ID)
        case trace(TraceID)
        /// Ask whether to be silent about a journey until an instant.
        case mute(JourneyView.ID, until: UInt64, note: String?)
        /// What was typed is not yet whole; the entry says what is missing.
        case nothing
    }

    /// What is typed to reach it.
    let completion: String
    /// The first column.
    let name: String
    /// The second column.
    let title: String
    /// The keys, if any.
    let keys: String
    /// What it does.
    let action: Action

    /// The entries that what was typed leaves: commands, `@` journeys and `#` traces.
    static func matching(_ typed: String, in state: AppState) -> [PaletteEntry] {
        if typed.hasPrefix("@") { return journeys(matching: String(typed.dropFirst()), in: state) }
        if typed.hasPrefix("#") { return traces(matching: String(typed.dropFirst()), in: state) }
        if let entries = mutes(typed, in: state) { return entries }
        let word = typed.lowercased()
        let entries = CommandTable.all.filter { $0.screens.contains(state.screen) }.map { command in
            PaletteEntry(
                completion: command.id.rawValue, name: command.id.rawValue, title: command.title,
                keys: command.keys.joined(separator: " "), action: .command(command.id))
        }
        return entries.filter { fuzzy(word, in: $0.name) || fuzzy(word, in: $0.title.lowercased()) }
            .sorted { rank(word, $0) < rank(word, $1) }
    }

    /// What `alert.mute JOURNEY UNTIL NOTE` means so far; `nil` when something else is typed.
    private static func mutes(_ typed: String, in state: AppState) -> [PaletteEntry]? {
        let command = CommandID.mute.rawValue
        guard typed.hasPrefix(command + " ") else { return nil }
        let rest = typed.dropFirst(command.count + 1).drop { $0.isWhitespace }
        let rows = state.table.order.filter { !$0.isFound }
        // The longest name first: one journey's name may begin another's.
        let named = rows.filter { rest.hasPrefix($0.name + " ") }.max { $0.name.count < $1.name.count }
        guard let row = named else {
            return rows.filter { fuzzy(rest.lowercased(), in: $0.name.lowercased()) }.map { row in
                PaletteEntry(
                    completion: "\(command) \(row.name) ", name: row.name, title: "mute until …", keys: "",
                    action: .nothing)
            }
        }
        let words = rest.dropFirst(row.name.count).split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let note = words.count > 1 ? String(words[1]) : nil
        do {
            let until = try MuteUntil(words.first.map(String.init) ?? "", now: state.clock)
            let title = "mute until \(until.text(now: state.clock))" + (note.map { ": \($0)" } ?? "")
            return [
                PaletteEntry(
                    completion: typed, name: row.name, title: title, keys: "",
                    action: .mute(row, until: until.instant, note: note))
            ]
        } catch {
            return [PaletteEntry(completion: typed, name: row.name, title: error.message, keys: "", action: .nothing)]
        }
    }

    private static func journeys(matching word: String, in state: AppState) -> [PaletteEntry] {
        state.table.order.filter { fuzzy(word.lowercased(), in: $0.name.lowercased()) }.map { row in
            PaletteEntry(
                completion: "@" + row.name, name: row.name, title: row.environment ?? "", keys: "",
                action: .journey(row))
        }
    }

    private static func traces(matching word: String, in state: AppState) -> [PaletteEntry] {
        var entries = JourneyRuns(state).rows.filter { $0.trace.hex.hasPrefix(word.lowercased()) }.prefix(20).map {
            run in
            PaletteEntry(
                completion: "#" + run.trace.hex, name: run.trace.hex, title: "", keys: "", action: .trace(run.trace))
        }
        if let id = TraceID(hex: word), word.utf8.count == 32, !entries.contains(where: { $0.name == id.hex }) {
            entries.insert(
                PaletteEntry(completion: "#" + word, name: id.hex, title: "", keys: "", action: .trace(id)), at: 0)
        }
        return entries
    }

    /// Whether the letters of `word` occur in `text` in this order.
    private static func fuzzy(_ word: String, in text: String) -> Bool {
        var rest = text[...]
        for letter in word where !letter.isWhitespace {
            guard let place = rest.firstIndex(of: letter) else { return false }
            rest = rest[rest.index(after: place)...]
        }
        return true
    }

    private static func rank(_ word: String, _ entry: PaletteEntry) -> (Int, Int) {
        if entry.name.hasPrefix(word) { return (0, entry.name.count) }
        if entry.name.contains(word) || entry.title.contains(word) { return (1, entry.name.count) }
        return (2, entry.name.count)
    }
}
