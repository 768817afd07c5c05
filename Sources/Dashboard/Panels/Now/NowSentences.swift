import Journeys
import Telemetry
import TerminalKit

/// The answers about one journey, in as many words as there is room for; what does not fit is left out whole.
struct NowSentences {
    private let facts: NowFacts
    private let state: AppState
    private let width: Int

    init(_ facts: NowFacts, _ state: AppState, width: Int) {
        self.facts = facts
        self.state = state
        self.width = width
    }

    private var verdict: JourneyVerdict { facts.verdict }

    private func line(_ pieces: [[StyledText]?]) -> [StyledText] {
        Line.fitting(pieces.compactMap { $0 }, width: width)
    }

    private func piece(_ text: String?, _ style: Style = .text) -> [StyledText]? {
        guard let text, !text.isEmpty else { return nil }
        return [StyledText(text, style)]
    }

    private func pad(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - DisplayText.width(of: text)))
    }

    private func label(_ text: String, _ column: Int) -> [StyledText] { [StyledText(pad(text, to: column), .label)] }

    /// The state, padded to the column that the labels share.
    private func stateWord(_ column: Int) -> [StyledText] {
        let word = verdict.stateText
        return word + [StyledText(String(repeating: " ", count: max(1, column - word.displayWidth)), .text)]
    }

    private var isPage: Bool { verdict.shown <= .out }
    private var strong: Style { isPage ? Style(.statusPage) : Style(.statusWarn) }

    // MARK: Four lines

    /// Four lines for a box.
    var full: [[StyledText]] { [fullState, fullSince, fullChanged, fullLook] }

    private var fullState: [StyledText] {
        let name = [
            StyledText(pad(Shorten.middle(verdict.id.name, to: 24), to: 12) + " ", Style(.text, on: .bg, .bold))
        ]
        return line([
            stateWord(9), name, piece(promiseText), piece(trouble),
            facts.budget().flatMap { piece("   budget \($0)") },
            facts.acknowledged.map { [StyledText("   ", .text), $0] },
            verdict.id.environment.flatMap { state.environment == nil && !$0.isEmpty ? piece("   \($0)", .dim) : nil },
        ])
    }

    /// Which promise it is about, where it is about one.
    private var promiseText: String? {
        switch verdict.shown {
        case .noData, .stale: nil
        default: facts.promise.map { PromiseText.promise($0.objective) }
        }
    }

    /// What is wrong, in a few words after the promise.
    private var trouble: String? {
        switch verdict.shown {
        case .noData:
            return verdict.silence.map { "no run for \(NumberFormat.elapsed($0.length))" } ?? "no runs"
        case .stale: return verdict.staleSince.map { "the source is late since \(minute($0))" } ?? "the source is late"
        case .shift: return " holds, but something changed"
        default:
            let other = verdict.alerts.first { $0.severity != nil && $0.key.kind != .burn }
            if facts.alert == nil, let other { return " " + other.summary }
            return facts.burns.isEmpty ? nil : " burns " + facts.burns.joined(separator: "  ")
        }
    }

    private func minute(_ time: UInt64) -> String { EventText.time(time, now: facts.now) }

    private var fullSince: [StyledText] {
        guard let began = facts.began, let lasted = facts.lasted else {
            return line([label("since", 9), piece("unknown: no change-point is certain", .dim)])
        }
        let how: String
        if let onset = verdict.onset {
            how = "change-point ±\(NumberFormat.elapsed(onset.uncertainty))"
        } else {
            how = verdict.silence != nil ? "silence" : verdict.staleSince != nil ? "source late" : "alert"
        }
        return line([
            label("since", 9), piece("\(minute(began)) (\(lasted), \(how))"),
            (facts.latencyMove ?? facts.missed).flatMap { piece("   \($0)") },
            facts.badRuns(rate).flatMap { piece("   \($0)") }, facts.errorMove.flatMap { piece("  \($0)") },
            alertTime.flatMap { piece("   \($0)", .dim) },
        ])
    }

    /// When the alert fired, which is not when the trouble began.
    private var alertTime: String? {
        guard verdict.onset != nil, let fired = verdict.firedAt else { return nil }
        return "alert \(minute(fired))"
    }

    private var rate: Double? {
        guard let counts = facts.counts, let view = facts.view else { return nil }
        return JourneyRows.rate(counts, view, in: JourneysTable.recent(state), of: state)
    }

    private var fullChanged: [StyledText] {
        guard let first = facts.changes.first else {
            return line([label("changed", 9), piece("no change seen on this path in ±30m", .dim)])
        }
        let text = EventText(first, spaced: true).text
        let others = facts.changes.others
        let time = "\(minute(first.time)) "
        let room = max(10, width - 9 - time.count)
        let start = label("changed", 9) + [StyledText("\(time)\(Shorten.middle(text, to: room))", .text)]
        var rests = ["nothing else on this path in ±30m"]
        if let other = others.first {
            rests = ["and \(others.count) more on this path in ±30m", "and \(others.count) more"]
            if others.count == 1 {
                rests.insert("and \(minute(other.time)) \(EventText(other, spaced: true).text)", at: 0)
            }
        }
        // The first way to say it that there is room for.
        let rest = rests.first { start.displayWidth + 3 + DisplayText.width(of: $0) <= width }
        return start + (rest.flatMap { piece("   \($0)", .dim) } ?? [])
    }

    private var fullLook: [StyledText] {
        let keys: [StyledText] = [StyledText("   ", .text), StyledText("↵", .key), StyledText(" journey", .textDim)]
        guard let blame = facts.blame else {
            return line([label("look at", 9), piece(lookElsewhere, .dim), keys])
        }
        let operation = Shorten.middle("\(blame.service) \(blame.operation)", to: max(16, width / 3))
        let added = NumberFormat.change(nanoseconds: blame.added)
        return line([
            label("look at", 9), [StyledText(operation, Style(.service(blame.service)))],
            piece("  \(added) self time = \(Int((blame.share * 100).rounded()))% of the added time"),
            facts.versionsText(in: JourneysTable.recent(state)).flatMap { piece(", \($0)") }, keys,
        ])
    }

    /// Where to look when no operation adds time.
    private var lookElsewhere: String {
        switch verdict.shown {
        case .noData: return "whether the entry span was renamed or nobody calls it"
        case .stale: return "the source: nothing newer has come from it"
        default:
            guard state.strip.insights[facts.view?.id ?? verdict.id] != nil else {
                return "looking for what adds time …"
            }
            let kinds = facts.view?.errorKinds(in: JourneysTable.recent(state)).prefix(2) ?? []
            guard !kinds.isEmpty else { return "no operation adds time" }
            let names = kinds.map { "\(Shorten.middle($0.label, to: 24)) \(NumberFormat.percent($0.share))" }
            return "errors: " + names.joined(separator: "  ")
        }
    }

    // MARK: Narrow

    /// Four lines for a narrow screen.
    var narrow: [[StyledText]] { [narrowState, narrowSince, narrowChanged, narrowLook] }

    private var narrowState: [StyledText] {
        let name = Shorten.middle(verdict.id.name, to: 20)
        let burns =
            facts.burns.isEmpty || promiseText == nil || verdict.shown == .shift
            ? nil : "\(facts.promise?.objective.name ?? "") burns \(facts.burns.joined(separator: " "))"
        let left = facts.budget(left: " left").map { $0.replacing(" → empty", with: " left → empty") }
        return line([
            stateWord(8), [StyledText("\(name)  ", Style(.text, on: .bg, .bold))], piece(burns ?? trouble ?? ""),
            left.flatMap { piece("  \($0)") },
        ])
    }

    private var narrowSince: [StyledText] {
        let since = facts.began.map { "\(minute($0)) (\(facts.age($0)))" } ?? "unknown"
        let errors = facts.counts.map {
            "err \(SampledShare.failed($0))"
        }
        return line([
            label("since", 8), piece(since), facts.latencyMove.flatMap { piece("  \($0)") },
            slowShare.flatMap { piece("  \($0)") }, verdict.silence == nil ? errors.flatMap { piece("  \($0)") } : nil,
            facts.acknowledged.map { [StyledText("   ", .text), $0] },
        ])
    }

    private var slowShare: String? {
        guard let text = facts.badRuns(rate), let end = text.firstRange(of: " of ") else { return nil }
        return text[..<end.lowerBound] + (facts.promise?.objective.under == nil ? " failed" : " slow")
    }

    private var narrowChanged: [StyledText] {
        guard let first = facts.changes.first else {
            return line([label("changed", 8), piece("nothing seen on this path in ±30m", .dim)])
        }
        let instances = first.count == nil ? "" : " instances"
        let text = "\(minute(first.time)) \(EventText.short(first))"
        return line([
            label("changed", 8), piece(Shorten.middle(text, to: max(10, width - 8))),
            first.kind == .config ? nil : piece(instances),
            facts.changes.others.isEmpty ? nil : piece("   and \(facts.changes.others.count) more", .dim),
        ])
    }

    private var narrowLook: [StyledText] {
        guard let blame = facts.blame else { return line([label("look at", 8), piece(lookElsewhere, .dim)]) }
        let operation = Shorten.middle("\(blame.service) \(blame.operation)", to: max(12, width / 3))
        return line([
            label("look at", 8), [StyledText(operation, Style(.service(blame.service)))],
            piece(" \(NumberFormat.change(nanoseconds: blame.added)) self"),
            piece(" = \(Int((blame.share * 100).rounded()))% of added time"),
        ])
    }

    // MARK: Tiny

    /// Two lines.
    var tiny: [[StyledText]] { [tinyState, tinyChanged] }

    private var tinyState: [StyledText] {
        let name = Shorten.middle(verdict.id.name, to: 16)
        let burn = facts.burns.first.map { "\(facts.promise?.objective.name ?? "") \($0)" }
        let what = promiseText == nil ? trouble : burn ?? trouble
        let left = facts.budget(empty: "", left: " left")
        return line([
            [StyledText("\(verdict.shown.glyph) \(name) ", strong)], piece(what),
            facts.began.flatMap { piece(" since \(minute($0))") }, left.flatMap { piece("  \($0)") },
        ])
    }

    private var tinyChanged: [StyledText] {
        let look = facts.blame.map { "   → \(Shorten.middle("\($0.service) \($0.operation)", to: 24))" }
        guard let first = facts.changes.first else {
            return line([piece("no change on this path in ±30m", .dim), look.flatMap { piece($0) }])
        }
        let text = "\(minute(first.time)) \(EventText.short(first, on: "", spaced: false))"
        return line([
            [StyledText("◆ ", .markDeploy), StyledText(Shorten.middle(text, to: max(10, width - 4)), .text)],
            look.flatMap { piece($0) },
        ])
    }

    // MARK: Calm

    /// What there is to say when nothing hurts.
    static func calm(_ state: AppState, width: Int) -> [[StyledText]] {
        guard let verdicts = state.verdicts else { return [] }
        let scoped = verdicts.journeys.filter { state.isInScope($0.id) }
        let others = JourneyState.allCases.filter { $0 > .noData && $0 != .ok }.compactMap { shown -> String? in
            let count = scoped.count { $0.shown == shown }
            return count > 0 ? "\(count) \(shown.noun)" : nil
        }
        var lines: [[StyledText]] = []
        let kept = scoped.count { $0.shown == .ok }
        lines.append([
            StyledText("✓ OK     ", .statusOK),
            StyledText("no alert   \(kept) of \(scoped.count) journeys keep their promises", .text),
            StyledText(others.isEmpty ? "" : "   " + others.joined(separator: " · "), .textDim),
        ])
        lines.append(nearest(scoped))
        if let change = NearbyChanges.last(verdicts.timeline) {
            let text = "\(EventText.time(change.time, now: state.judgedAt)) \(EventText(change, spaced: true).text)"
            lines.append([
                StyledText("changed  ", .label), StyledText(Shorten.middle(text, to: max(10, width - 9)), .text),
            ])
        } else {
            lines.append([StyledText("changed  ", .label), StyledText("no change seen", .textDim)])
        }
        if let alert = verdicts.timeline.last(where: { $0.kind == .fired || $0.kind == .resolved }) {
            let text = EventText(alert)
            let when = EventText.time(alert.time, now: state.judgedAt)
            lines.append([
                StyledText("before   ", .label),
                StyledText(
                    Shorten.end("\(when) \(alert.journey ?? "") \(text.text) \(text.tag)", to: max(10, width - 9)),
                    .text),
            ])
        } else {
            lines.append([StyledText("before   ", .label), StyledText("no alert in this history", .textDim)])
        }
        return lines
    }

    /// Which budget is the least.
    private static func nearest(_ verdicts: [JourneyVerdict]) -> [StyledText] {
        let known = verdicts.filter { $0.worstObjective?.budgetLeft != nil }
        let least = known.min { ($0.worstObjective?.budgetLeft ?? 1) < ($1.worstObjective?.budgetLeft ?? 1) }
        guard let least, let promise = least.worstObjective else {
            return [StyledText("nearest  ", .label), StyledText("no budget is known yet", .textDim)]
        }
        let burn = promise.burn.map { ", burns \(NumberFormat.burn($0))" } ?? ""
        return [
            StyledText("nearest  ", .label),
            StyledText("\(Shorten.middle(least.id.name, to: 24)) \"\(promise.objective.name)\" ", .text),
            StyledText("\(PromiseText.left(promise.budgetLeft)) of the budget left\(burn)", .text),
        ]
    }
}
