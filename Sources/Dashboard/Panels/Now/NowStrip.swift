import Journeys
import TerminalKit

/// Which journey hurts, since when, how fast the budget burns, what changed, where to look next.
enum NowStrip {
    /// How many alerts are stacked at most on wide screens.
    static let mostStacked = 3

    /// How many rows the strip takes; none where nothing is judged.
    static func height(of state: AppState) -> Int {
        guard state.verdicts != nil else { return 0 }
        switch SizeClass(state.size) {
        case .floor: return 0
        case .tiny: return 3
        // The lower rule is the table's.
        case .narrow: return 5
        case .normal: return 6
        case .wide: return 2 + 4 * min(max(1, state.hurting.count), mostStacked)
        }
    }

    static func draw(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        guard !area.isEmpty, state.verdicts != nil else { return }
        let hurting = state.hurting
        switch SizeClass(state.size) {
        case .floor: break
        case .tiny: drawTiny(state, hurting, in: area, on: &canvas)
        case .narrow: drawNarrow(state, hurting, in: area, on: &canvas)
        case .normal, .wide: drawBox(state, hurting, in: area, on: &canvas)
        }
    }

    // MARK: Boxes

    private static func drawBox(
        _ state: AppState, _ hurting: [JourneyVerdict], in area: Rect, on canvas: inout Canvas
    ) {
        let first = state.shownAlert(among: hurting)
        let stacked = SizeClass(state.size) == .wide ? min(hurting.count, mostStacked) : 1
        let position =
            hurting.count <= stacked
            ? "" : stacked > 1 ? "\(stacked) of \(hurting.count)" : "\(first + 1) of \(hurting.count)"
        let inside = canvas.panel(
            area, title: title(state, hurting, separator: " · ", spaced: true), right: asOf(state),
            footer: hurting.count > stacked ? [StyledText("n", .key), StyledText(" next alert", .textDim)] : [],
            footerRight: [StyledText(position, .textDim)], border: Style(border(state, hurting)))
        guard !hurting.isEmpty else {
            drawCalm(state, in: inside, on: &canvas)
            return
        }
        for place in 0..<max(1, stacked) {
            let verdict = hurting[(first + place) % hurting.count]
            let rows = inside.inset(top: place * 4)
            let sentences = NowSentences(NowFacts(verdict, state), state, width: inside.width - 2)
            for (row, line) in sentences.full.enumerated() where row < rows.height {
                canvas.put(line, x: rows.x + 1, y: rows.y + row, width: rows.width - 2)
            }
        }
    }

    /// The worst state colours the frame; a calm one looks like any other.
    private static func border(_ state: AppState, _ hurting: [JourneyVerdict]) -> Role {
        hurting.first.map(\.shown.role) ?? .border
    }

    /// How many journeys hurt in which way.
    static func title(
        _ state: AppState, _ hurting: [JourneyVerdict], separator: String, spaced: Bool
    ) -> [StyledText] {
        [StyledText("NOW ", .title)] + summary(hurting, separator: separator, spaced: spaced)
    }

    /// Such as `✗ 1 page · ▲ 1 warn`, or `✗1 ▲1`.
    static func summary(_ hurting: [JourneyVerdict], separator: String, spaced: Bool) -> [StyledText] {
        guard !hurting.isEmpty else { return [StyledText(spaced ? "✓ nothing hurts" : "✓ calm", .statusOK)] }
        var pieces: [StyledText] = []
        for shown in JourneyState.allCases {
            let count = hurting.count { $0.shown == shown }
            guard count > 0 else { continue }
            if !pieces.isEmpty { pieces.append(StyledText(separator, .textDim)) }
            let text = spaced ? "\(shown.glyph) \(count) \(shown.noun)" : "\(shown.glyph)\(count)"
            pieces.append(StyledText(text, Style(shown.role, on: .bg, shown <= .warn ? .bold : [])))
        }
        return pieces
    }

    /// What is shown was judged at another time than the screen shows.
    private static func asOf(_ state: AppState) -> [StyledText] {
        let judged = state.judgedAt
        let apart = judged > state.now ? judged - state.now : state.now - judged
        guard apart >= 2_000_000_000 else { return [] }
        return [StyledText("judged at \(NumberFormat.time(judged))", .dataSuspect)]
    }

    // MARK: Rules

    private static func drawNarrow(
        _ state: AppState, _ hurting: [JourneyVerdict], in area: Rect, on canvas: inout Canvas
    ) {
        let first = state.shownAlert(among: hurting)
        var right = asOf(state)
        if hurting.count > 1 {
            right = [
                StyledText("\(first + 1) of \(hurting.count) ", .textDim), StyledText("n", .key),
                StyledText(" next", .textDim),
            ]
        }
        canvas.rule(
            x: area.x, y: area.y, width: area.width, title: title(state, hurting, separator: " ", spaced: false),
            right: right, border: Style(border(state, hurting)))
        let inside = area.inset(top: 1)
        guard !hurting.isEmpty else {
            drawCalm(state, in: inside.inset(left: -1), on: &canvas)
            return
        }
        let sentences = NowSentences(NowFacts(hurting[first], state), state, width: inside.width)
        for (row, line) in sentences.narrow.enumerated() where row < inside.height {
            canvas.put(line, x: inside.x, y: inside.y + row, width: inside.width)
        }
    }

    private static func drawTiny(
        _ state: AppState, _ hurting: [JourneyVerdict], in area: Rect, on canvas: inout Canvas
    ) {
        canvas.rule(x: area.x, y: area.maxY - 1, width: area.width)
        guard !hurting.isEmpty else {
            let lines = NowSentences.calm(state, width: area.width)
            for (row, line) in lines.prefix(2).enumerated() {
                canvas.put(line, x: area.x, y: area.y + row, width: area.width)
            }
            return
        }
        let verdict = hurting[state.shownAlert(among: hurting)]
        let sentences = NowSentences(NowFacts(verdict, state), state, width: area.width)
        for (row, line) in sentences.tiny.enumerated() where row < 2 {
            canvas.put(line, x: area.x, y: area.y + row, width: area.width)
        }
    }

    private static func drawCalm(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        for (row, line) in NowSentences.calm(state, width: area.width - 2).enumerated() where row < area.height {
            canvas.put(line, x: area.x + 1, y: area.y + row, width: area.width - 2)
        }
    }
}
