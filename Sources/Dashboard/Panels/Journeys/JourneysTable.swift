import Journeys
import TerminalKit

/// One row of the journeys table, ready to be drawn.
struct JourneyLine {
    /// Texts by column.
    let cells: [JourneyColumn: StyledText]
    /// p95 of the shown range, in nanoseconds, by interval.
    let p95: [Double?]
    /// The promise that the sparkline is scaled to, in nanoseconds.
    let threshold: Double?
    /// Whether the row is under the cursor.
    let isSelected: Bool
}

/// The columns of the journeys table, in their order.
enum JourneyColumn: CaseIterable {
    case name, environment, rate, errors, p50, p95, p99, trend, bad, newest, age

    /// What stands above the column.
    func title(_ state: AppState) -> String {
        switch self {
        case .name: "Journey"
        case .environment: "Environment"
        case .rate: "Rate"
        case .errors: "Err"
        case .p50: "p50"
        case .p95: "p95"
        case .p99: "p99"
        case .trend: "p95 last \(Header.rangeText(state.range))"
        case .bad: "Bad"
        case .newest: "Newest"
        case .age: "Age"
        }
    }

    /// Whether the column's texts stand on its left.
    var isLeft: Bool { self == .name || self == .environment || self == .trend }

    /// How the column takes part in the layout; what is dropped first has the lowest rank.
    func item(nameWidth: Int, environmentWidth: Int) -> LayoutItem {
        switch self {
        case .name: LayoutItem(minimum: 12, preferred: nameWidth)
        case .environment: .fixed(environmentWidth, dropRank: 0)
        case .age: .fixed(4, dropRank: 1)
        case .newest: .fixed(8, dropRank: 2)
        case .p50: .fixed(6, dropRank: 3)
        case .p99: .fixed(6, dropRank: 4)
        case .trend: LayoutItem(minimum: 8, preferred: 12, grow: 1, dropRank: 6)
        case .rate: .fixed(7, dropRank: 7)
        case .bad: .fixed(6, dropRank: 8)
        case .errors: .fixed(6)
        case .p95: .fixed(6)
        }
    }
}

/// The table of journeys: worst first, fixed columns.
struct JourneysTable: Panel {
    /// What the table shows.
    struct Input {
        var titles: [JourneyColumn: String]
        var columns: [JourneyColumn: Range<Int>]
        var lines: [JourneyLine]
    }

    /// Where the columns stand in a row of this width; one cell is left for the cursor.
    static func columns(width: Int, _ views: [JourneyView], _ state: AppState) -> [JourneyColumn: Range<Int>] {
        let longest = views.map { DisplayText.width(of: $0.name) }.max() ?? 0
        let environments = Set(views.compactMap(\.environment))
        var columns = JourneyColumn.allCases
        if environments.count < 2 { columns.removeAll { $0 == .environment } }
        if !views.contains(where: { $0.newestVersion(in: recent(state)) != nil }) {
            columns.removeAll { $0 == .newest || $0 == .age }
        }
        let environmentWidth = min(20, max(11, environments.map { DisplayText.width(of: $0) }.max() ?? 0))
        let items = columns.map { $0.item(nameWidth: min(32, max(14, longest)), environmentWidth: environmentWidth) }
        var placed: [JourneyColumn: Range<Int>] = [:]
        for (column, range) in zip(columns, Layout.split(max(0, width - 1), into: items, spacing: 1)) {
            if let range { placed[column] = range.lowerBound + 1..<range.upperBound + 1 }
        }
        return placed
    }

    static func recent(_ state: AppState) -> TimeWindow { TimeWindow(last: AppState.recent, until: state.now) }

    /// A journey as a line.
    static func line(_ view: JourneyView, _ state: AppState, trendWidth: Int) -> JourneyLine {
        let window = recent(state)
        let counts = view.counts(in: window)
        let latency = view.latency([.p50, .p95, .p99], in: window)
        let threshold = view.tightestUnder
        let total = Int(clamping: counts.total)
        var cells: [JourneyColumn: StyledText] = [:]
        cells[.name] = StyledText(view.name, view.isFound ? .textDim : .text)
        cells[.environment] = StyledText(view.environment ?? "", .textDim)
        cells[.rate] = StyledText(rate(counts, view, state), .text)
        cells[.errors] = errors(counts)
        cells[.p50] = StyledText(percentile(latency, 0, .p50), .text)
        cells[.p95] = StyledText(percentile(latency, 1, .p95), over(latency, 1, threshold) ? .sloOver : .text)
        cells[.p99] = StyledText(percentile(latency, 2, .p99), over(latency, 2, threshold) ? .sloOver : .text)
        let bad = Int(clamping: counts.bad)
        cells[.bad] = StyledText(NumberFormat.share(bad, of: total), badRole(view, counts))
        if let newest = view.newestVersion(in: window) {
            cells[.newest] = StyledText(newest.version + (newest.isMixed ? "*" : ""), .text)
            let age = state.now > newest.firstSeen ? state.now - newest.firstSeen : 0
            cells[.age] = StyledText(NumberFormat.age(age), .textDim)
        }
        let series = view.latencySeries(
            [.p95], in: TimeWindow(from: state.from, to: state.now &+ 1), columns: max(1, trendWidth))
        return JourneyLine(
            cells: cells, p95: series.map { $0.map { Double($0.quantiles[0]) } },
            threshold: threshold.map { Double($0) } ?? calm(series), isSelected: view.id == state.table.selected)
    }

    /// What a journey without a promise is scaled to: four times its median, so that only its shape shows.
    private static func calm(_ series: [LatencySummary?]) -> Double? {
        let values = series.compactMap { $0.map { Double($0.quantiles[0]) } }.sorted()
        return values.isEmpty ? nil : values[values.count / 2] * 4
    }

    /// Runs a second over five minutes, or over the time there is data for; a tilde marks an estimate.
    private static func rate(_ counts: RunCounts, _ view: JourneyView, _ state: AppState) -> String {
        guard let first = state.picture?.journeys.firstSeen, counts.seconds > 0, view.seen != nil else {
            return NumberFormat.missing
        }
        let begin = max(first, state.now > AppState.recent ? state.now - AppState.recent : 0)
        guard state.now >= begin else { return NumberFormat.missing }
        let seconds = max(1, Double(state.now - begin) / 1e9)
        let text = NumberFormat.rate(perSecond: counts.estimatedTotal / min(seconds, counts.seconds))
        return counts.isSampled ? "~" + text : text
    }

    private static func errors(_ counts: RunCounts) -> StyledText {
        let text = NumberFormat.share(Int(clamping: counts.failed), of: Int(clamping: counts.total))
        return StyledText(text, counts.failed > 0 ? .logError : .text)
    }

    private static func percentile(_ latency: LatencySummary?, _ index: Int, _ floor: SampleFloor) -> String {
        guard let latency, floor.allows(Int(clamping: latency.count)) else { return NumberFormat.missing }
        return NumberFormat.duration(latency.quantiles[index])
    }

    private static func over(_ latency: LatencySummary?, _ index: Int, _ threshold: UInt64?) -> Bool {
        guard let latency, let threshold else { return false }
        return latency.quantiles[index] >= threshold
    }

    /// Red when more runs are bad than the journey's strictest promise allows for good.
    private static func badRole(_ view: JourneyView, _ counts: RunCounts) -> Role {
        let isBroken = counts.promises.contains { promise in
            guard let objective = view.definition?.objectives.first(where: { $0.name == promise.name }),
                promise.total >= UInt64(SampleFloor.errorRate.rawValue), let attainment = promise.attainment
            else { return false }
            return attainment < objective.target.fraction
        }
        return isBroken ? .statusPage : .text
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let header = area.row(0)
        for (column, range) in input.columns {
            canvas.put(
                input.titles[column] ?? "", x: header.x + range.lowerBound, y: header.y, style: .label,
                width: range.count, align: column.isLeft ? .left : .right)
        }
        for (index, line) in input.lines.prefix(max(0, area.height - 1)).enumerated() {
            draw(line, input, in: area.row(index + 1), on: &canvas)
        }
    }

    private static func draw(_ line: JourneyLine, _ input: Input, in row: Rect, on canvas: inout Canvas) {
        for (column, range) in input.columns {
            let place = Rect(x: row.x + range.lowerBound, y: row.y, width: range.count, height: 1)
            if column == .trend {
                let chart = Sparkline(values: line.p95, threshold: line.threshold)
                chart.draw(in: place, on: &canvas)
            } else if let cell = line.cells[column] {
                let text = column.isLeft ? Shorten.middle(cell.text, to: range.count) : cell.text
                canvas.put(
                    text, x: place.x, y: place.y, style: cell.style, width: range.count,
                    align: column.isLeft ? .left : .right)
            }
        }
        if line.isSelected {
            canvas.select(row)
            canvas.put("▌", x: row.x, y: row.y, style: Style(.borderFocus, on: .sel))
        }
    }
}
