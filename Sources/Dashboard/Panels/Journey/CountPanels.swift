import Journeys
import TerminalKit

/// How many runs fail, over the time shown, and why.
struct ErrorsPanel: Panel {
    /// What the panel shows.
    struct Input {
        var counts: RunCounts
        var kinds: [ErrorKind]
        var promise: String?
        /// How fast the promise about failures burns its budget, such as `burn 3.8×`.
        var burn: String?
        var series: @Sendable (Int) -> [RunCounts?]
        var window: TimeWindow
        var isBoxed: Bool
        /// Whether the columns stand under those of the heat map.
        var isStrip: Bool

        init(_ view: JourneyView, _ state: AppState) {
            let window = TimeWindow(from: state.from, to: state.now &+ 1)
            isStrip = state.screen == .journey && SizeClass(state.size) == .wide
            counts = view.counts(in: JourneysTable.recent(state))
            kinds = view.errorKinds(in: JourneysTable.recent(state))
            promise = view.definition?.objectives.first { $0.under == nil }.map { "\($0.name) \($0.target)" }
            let judged = state.verdict(on: view.id)?.objectives.first { $0.objective.under == nil }
            if let judged {
                promise = "\(judged.objective.name) \(judged.objective.target)"
                burn = judged.burn.map { "burn \(NumberFormat.burn($0))" }
            }
            series = { columns in
                let slots = Slots(of: window, each: view.countSlot(at: window.from), columns: columns)
                return slots.spread(view.countSeries(in: window, columns: slots.count))
            }
            self.window = window
            isBoxed = SizeClass(state.size) >= .normal
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let share = SampledShare.failed(input.counts)
        let title = [StyledText("Errors ", .title), StyledText(share, input.counts.failed > 0 ? .logError : .text)]
        let right = right(input, room: area.width - title.displayWidth - (input.isBoxed ? 9 : 6), area.width)
        let inside = Frame.draw(area, title: title, right: right, isBoxed: input.isBoxed, on: &canvas)
        guard inside.height >= 1, inside.width >= 12 else { return }
        let margin = input.isStrip ? HeatPanel.margin : 6
        let chart = inside.inset(left: margin, right: input.isStrip ? 1 : 0, bottom: inside.height >= 3 ? 1 : 0)
        let values = input.series(chart.width).map { $0.flatMap(\.errorShare) }
        let greatest = values.compactMap { $0 }.max() ?? 0
        let full = greatest > 0 ? greatest : 0.01
        CountAxis.draw(NumberFormat.percent(full), beside: chart, from: inside.x, on: &canvas)
        ColumnChart(values: values, maximum: full, style: Style(.logError)).draw(in: chart, on: &canvas)
        if inside.height >= 3 {
            canvas.put(
                kinds(input), x: inside.x + 1, y: inside.maxY - 1, style: .dim, width: inside.width - 1)
        }
    }

    /// The promise about failures and how fast it burns, as far as there is room: numbers are never cut.
    private static func right(_ input: Input, room: Int, _ width: Int) -> [StyledText] {
        let promise = width >= 34 ? input.promise : nil
        let both = [promise, input.burn].compactMap { $0 }.joined(separator: " · ")
        let text = [both, input.burn ?? promise ?? ""].first { DisplayText.width(of: $0) <= room } ?? ""
        return text.isEmpty ? [] : [StyledText(text, .textDim)]
    }

    /// The most frequent reasons, such as `timeout 71%  5xx 22%`; counts where there are few.
    private static func kinds(_ input: Input) -> String {
        guard !input.kinds.isEmpty else { return input.counts.total > 0 ? "no failed run" : "no runs" }
        let total = input.kinds.reduce(UInt64(0)) { $0 + $1.count }
        return input.kinds.prefix(4).map { kind in
            let share =
                total >= 30 ? NumberFormat.percent(kind.share) : "\(NumberFormat.count(Int(clamping: kind.count)))"
            return "\(Shorten.middle(kind.label, to: 22)) \(share)"
        }.joined(separator: "  ")
    }
}

/// How many runs there are, over the time shown.
struct ThroughputPanel: Panel {
    /// What the panel shows.
    struct Input {
        var counts: RunCounts
        var rate: Double?
        var series: @Sendable (Int) -> [RunCounts?]
        var isBoxed: Bool
        var isLive: Bool
        /// Whether the columns stand under those of the heat map.
        var isStrip: Bool

        init(_ view: JourneyView, _ state: AppState) {
            let window = TimeWindow(from: state.from, to: state.now &+ 1)
            isStrip = state.screen == .journey && SizeClass(state.size) == .wide
            let recent = JourneysTable.recent(state)
            counts = view.counts(in: recent)
            rate = JourneyRows.rate(counts, view, in: recent, of: state)
            series = { columns in
                let slots = Slots(of: window, each: view.countSlot(at: window.from), columns: columns)
                return slots.spread(view.countSeries(in: window, columns: slots.count))
            }
            isBoxed = SizeClass(state.size) >= .normal
            isLive = state.pausedAt == nil && state.picture?.origin == .live
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let estimate = input.counts.isSampled ? "~" : ""
        let rate =
            input.counts.total > 0 ? estimate + NumberFormat.rate(perSecond: input.rate) : NumberFormat.missing
        let count = "\(NumberFormat.count(Int(clamping: input.counts.total))) in 5m"
        let inside = Frame.draw(
            area, title: [StyledText("Throughput ", .title), StyledText(rate, .text)],
            right: [StyledText(count, .textDim)],
            isBoxed: input.isBoxed, on: &canvas)
        guard inside.height >= 1, inside.width >= 12 else { return }
        let margin = input.isStrip ? HeatPanel.margin : 7
        let chart = inside.inset(left: margin, right: input.isStrip ? 1 : 0)
        let values = input.series(chart.width).map { $0.flatMap(\.rate) }
        let greatest = values.compactMap { $0 }.max() ?? 0
        CountAxis.draw(NumberFormat.rate(perSecond: greatest), beside: chart, from: inside.x, on: &canvas)
        ColumnChart(values: values, maximum: greatest > 0 ? greatest : 1, newestIsFilling: input.isLive)
            .draw(in: chart, on: &canvas)
    }
}

/// The labels left of columns: what the highest stands for, and zero.
private enum CountAxis {
    static func draw(_ greatest: String, beside chart: Rect, from x: Int, on canvas: inout Canvas) {
        let width = max(0, chart.x - x - 1)
        canvas.put(greatest, x: x, y: chart.y, style: .label, width: width, align: .right)
        if chart.height > 1 {
            canvas.put("0", x: x, y: chart.maxY - 1, style: .label, width: width, align: .right)
        }
    }
}
