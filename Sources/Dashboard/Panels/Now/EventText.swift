import Journeys
import TerminalKit

/// What happened, as words for one line.
struct EventText {
    /// What stands before the words.
    let glyph: String
    /// The colour of the glyph.
    let role: Role
    /// The words.
    let text: String
    /// What it was, in a word or two.
    let tag: String

    /// Puts an event into words; with `spaced` arrows stand between spaces.
    init(_ event: TimelineEvent, spaced: Bool = false) {
        let arrow = spaced ? " → " : "→"
        switch event.kind {
        case .deploy, .version, .config, .spanAppeared, .spanVanished, .serviceAppeared, .serviceVanished, .instances:
            glyph = event.kind == .deploy || event.kind == .version || event.kind == .config ? "◆" : "◇"
            role = .markDeploy
            (text, tag) = EventText.change(event, arrow)
        case .onset:
            (glyph, role) = ("▲", .markOnset)
            (text, tag) = (event.text ?? "latency or errors changed", "onset")
        case .fired:
            (glyph, role) = ("✗", event.severity == "warn" ? .statusWarn : .markAlert)
            (text, tag) = (event.text ?? event.objective ?? "alert", event.severity ?? "shift")
        case .resolved:
            (glyph, role) = ("✓", .markMitigation)
            (text, tag) = (event.text ?? event.objective ?? "alert", "resolved")
        case .silent:
            (glyph, role, text, tag) = ("∅", .statusNoData, event.text ?? "entry spans stopped", "silent")
        case .heard: (glyph, role, text, tag) = ("✓", .markMitigation, event.text ?? "runs came again", "heard")
        case .stale: (glyph, role, text, tag) = ("◌", .statusStale, event.text ?? "the source is late", "stale")
        case .fresh: (glyph, role, text, tag) = ("✓", .markMitigation, event.text ?? "the source caught up", "fresh")
        case .acknowledged:
            (glyph, role) = ("●", .markAck)
            (text, tag) = (EventText.spoken(event, "acknowledged"), EventText.author(event) ?? "ack")
        case .muted:
            (glyph, role) = ("-", .statusMuted)
            let until = event.until.map { " until \(NumberFormat.timeOfDay($0))" } ?? ""
            (text, tag) = (EventText.spoken(event, "muted" + until), EventText.author(event) ?? "mute")
        case .unmuted:
            (glyph, role, text, tag) = ("-", .statusMuted, "muted no more", EventText.author(event) ?? "mute")
        case .note:
            (glyph, role) = ("·", .markEvent)
            (text, tag) = (event.text ?? "", EventText.author(event) ?? "note")
        case .gap:
            (glyph, role) = ("┆", .dataSuspect)
            let until = event.until.map { " until \(NumberFormat.timeOfDay($0))" } ?? ""
            (text, tag) = (event.text ?? "no history\(until)", "gap")
        }
    }

    private static func author(_ event: TimelineEvent) -> String? { event.by.map { "by \($0)" } }

    private static func spoken(_ event: TimelineEvent, _ words: String) -> String {
        guard let text = event.text, !text.isEmpty else { return words }
        return "\(words): \(text)"
    }

    /// A change of the system.
    private static func change(_ event: TimelineEvent, _ arrow: String) -> (text: String, tag: String) {
        let service = event.service ?? ""
        let subject = event.subject ?? ""
        let values = [event.before, event.after].compactMap { $0 }.joined(separator: arrow)
        switch event.kind {
        case .deploy: return (joined(service, values, instances(event)), "deploy")
        case .version: return (joined(service, values, instances(event)), "version")
        case .config: return (joined(service, subject, values), "config")
        case .spanAppeared: return (joined(service, subject), "new span")
        case .spanVanished: return (joined(service, subject), "span gone")
        case .serviceAppeared: return (service, "new service")
        case .serviceVanished: return (service, "service gone")
        default: return (joined(service, "instances", values), "instances")
        }
    }

    private static func instances(_ event: TimelineEvent) -> String {
        guard let count = event.count else { return "" }
        return event.total.map { "on \(count) of \($0) instances" } ?? "on \(count) instances"
    }

    private static func joined(_ parts: String...) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The same in few words: `3/8` for `on 3 of 8 instances`.
    static func short(_ event: TimelineEvent, on: String = "on ", spaced: Bool = true) -> String {
        var event = event
        let (count, total) = (event.count, event.total)
        event.count = nil
        let text = EventText(event, spaced: spaced).text
        guard let count else { return text }
        return "\(text) \(on)\(count)" + (total.map { "/\($0)" } ?? "")
    }

    /// The minute of an instant; its date when that is another than today.
    static func time(_ time: UInt64, now: UInt64) -> String {
        let day: UInt64 = 86_400_000_000_000
        return time / day == now / day ? NumberFormat.timeOfDay(time) : NumberFormat.date(time)
    }
}
