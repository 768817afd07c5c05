import Journeys
import TerminalKit

/// The title line of a judged journey: how it stands, since when, and what it promises.
enum JourneyTitle {
    static func draw(
        _ view: JourneyView, _ verdict: JourneyVerdict, _ state: AppState, in row: Rect, on canvas: inout Canvas
    ) {
        let isNarrow = SizeClass(state.size) <= .narrow
        let facts = NowFacts(verdict, state)
        var line = [StyledText(isNarrow ? "" : " ", .text)] + verdict.stateText
        let name = Shorten.middle(view.name, to: max(20, row.width / 3))
        line.append(StyledText(" \(name)", .title))
        if let environment = view.environment, !environment.isEmpty, !isNarrow, state.environment == nil {
            line.append(StyledText("  \(environment)", .textDim))
        }
        let pieces = isNarrow ? narrow(facts, view) : full(facts, view, verdict)
        line += Line.fitting(pieces, width: row.width - line.displayWidth - 1)
        canvas.put(line, x: row.x, y: row.y, width: row.width)
    }

    private static func full(_ facts: NowFacts, _ view: JourneyView, _ verdict: JourneyVerdict) -> [[StyledText]] {
        guard let definition = view.definition else { return [] }
        var pieces = [since(facts, verdict, "  since ", short: false)]
        let promises = verdict.objectives.map { "\($0.objective.name) \(PromiseText.terms($0.objective))" }
        if !promises.isEmpty {
            let window = PromiseText.window(definition.window)
            let filling = verdict.worstObjective.map(PromiseText.isFilling) ?? false
            let seen = filling ? "\(NumberFormat.age(verdict.worstObjective?.covered)) of " : ""
            pieces.append([StyledText("   SLO \(promises.joined(separator: " · ")) · \(seen)\(window)", .label)])
        }
        if view.isUnjudged {
            pieces.append([StyledText("   runs that are metrics are judged in a later version", .dataSuspect)])
        }
        if let owner = definition.owner { pieces.append([StyledText("   owner \(owner)", .textDim)]) }
        if definition.runbook != nil { pieces.append([StyledText("   runbook ", .textDim), StyledText("r »", .key)]) }
        pieces += extras(facts, verdict)
        if let title = definition.title { pieces.append([StyledText("   \(title)", .text)]) }
        return pieces
    }

    private static func since(
        _ facts: NowFacts, _ verdict: JourneyVerdict, _ lead: String, short: Bool
    ) -> [StyledText] {
        if verdict.state == .stale, let late = verdict.staleSince {
            return [StyledText("  −\(NumberFormat.elapsed(facts.now - min(facts.now, late)))", .statusStale)]
        }
        guard let began = facts.began, verdict.isHurting else { return [] }
        let lasted = short ? facts.age(began) : facts.lasted ?? ""
        return [StyledText("\(lead)\(EventText.time(began, now: facts.now)) (\(lasted))", .text)]
    }

    /// Who has seen it, and until when nobody is told.
    private static func extras(_ facts: NowFacts, _ verdict: JourneyVerdict) -> [[StyledText]] {
        var pieces: [[StyledText]] = []
        if let until = verdict.mutedUntil {
            let beneath = verdict.beneath.map { ", \($0.word) beneath" } ?? ""
            pieces.append([
                StyledText("   muted until \(EventText.time(until, now: facts.now))\(beneath)", .statusMuted)
            ])
        }
        if let seen = facts.acknowledged { pieces.append([StyledText("   ", .text), seen]) }
        return pieces
    }

    private static func narrow(_ facts: NowFacts, _ view: JourneyView) -> [[StyledText]] {
        var pieces = [since(facts, facts.verdict, " since ", short: true)]
        if !facts.burns.isEmpty {
            let name = facts.promise?.objective.name ?? ""
            pieces.append([StyledText("  \(name) \(facts.burns.joined(separator: " "))", .text)])
        }
        if let left = facts.budget(empty: "") { pieces.append([StyledText("  \(left)", .text)]) }
        if view.definition?.runbook != nil { pieces.append([StyledText("   r »", .key)]) }
        return pieces
    }
}
