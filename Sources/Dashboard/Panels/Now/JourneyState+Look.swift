import Journeys
import TerminalKit

extension JourneyState {
    /// The glyph that stands before the word, and says the same without colour.
    var glyph: String {
        switch self {
        case .page: "✗"
        case .out: "■"
        case .warn: "▲"
        case .shift: "≈"
        case .noData: "∅"
        case .few: "?"
        case .stale: "◌"
        case .ok: "✓"
        case .muted: "-"
        }
    }

    /// The colour of glyph and word.
    var role: Role {
        switch self {
        case .page: .statusPage
        case .out: .statusOut
        case .warn: .statusWarn
        case .shift: .markOnset
        case .noData: .statusNoData
        case .few: .statusFew
        case .stale: .statusStale
        case .ok: .statusOK
        case .muted: .statusMuted
        }
    }

    /// What several journeys in this state are counted as.
    var noun: String { self == .noData ? "silent" : word.lowercased() }
}

extension JourneyVerdict {
    /// The state that a row is ordered and coloured by: trouble that was there when the source went late stays.
    var shown: JourneyState {
        guard state == .stale, let beneath, beneath <= .shift else { return state }
        return beneath
    }

    /// Glyph and word, such as `✗ PAGE`, or `✗ PAGE◌` for a page whose source is late.
    var stateText: [StyledText] {
        let late = state == .stale && shown != .stale ? "◌" : ""
        let style = Style(shown.role, on: .bg, shown <= .warn ? .bold : [])
        // The calm rows of a long table stay almost without colour.
        return [
            StyledText(shown.glyph + " ", style), StyledText(shown.word + late, shown == .ok ? .text : style),
        ]
    }

    /// Whether the journey belongs on the NOW strip.
    var isHurting: Bool {
        guard state != .muted else { return false }
        return shown <= .noData || alerts.contains { $0.severity != nil }
    }

    /// When the trouble began, as far as is known: the onset, the silence, the lateness, else the alert.
    func began(now: UInt64) -> UInt64? {
        if let onset { return onset.time }
        if let silence { return now - min(now, silence.length) }
        return staleSince ?? alerts.map(\.since).min()
    }

    /// Orders rows: by severity, then by the time to an empty budget, then by name.
    static func comesBefore(_ one: JourneyVerdict, _ other: JourneyVerdict) -> Bool {
        if one.shown != other.shown { return one.shown < other.shown }
        let empty = one.worstObjective?.emptyIn ?? .max
        let otherEmpty = other.worstObjective?.emptyIn ?? .max
        if empty != otherEmpty { return empty < otherEmpty }
        if one.id.name != other.id.name { return one.id.name < other.id.name }
        return one.id.environment ?? "" < other.id.environment ?? ""
    }
}
