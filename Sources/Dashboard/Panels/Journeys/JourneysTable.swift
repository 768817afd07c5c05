import Journeys
import TerminalKit

/// The columns of the journeys table, in their order.
enum JourneyColumn: CaseIterable {
    case name, environment, rate, errors, p50, p95, p99, trend, bad, newest, age

    /// What stands above the column when it is so wide.
    func title(_ state: AppState, width: Int) -> String {
        switch self {
        case .name: "Journey"
        case .environment: width >= 11 ? "Environment" : "Env"
        case .rate: "Rate"
        case .errors: "Err"
        case .p50: "p50"
        case .p95: "p95"
        case .p99: "p99"
        case .trend: "p95 \(width >= 12 ? "last " : "")\(Header.rangeText(state.range))"
        case .bad: "Bad"
        case .newest: "Newest"
        case .age: "Age"
        }
    }

    /// Whether the column's texts stand on its left.
    var isLeft: Bool { self == .name || self == .environment || self == .trend }

    /// What the table is sorted by after a click on the column's title.
    var sort: JourneyTableState.Sort? {
        switch self {
        case .name: .name
        case .rate: .rate
        case .errors: .errors
        case .p95: .p95
        case .bad: .badness
        case .environment, .p50, .p99, .trend, .newest, .age: nil
        }
    }

    /// How the column takes part in the layout; what is dropped first has the lowest rank.
    func item(nameWidth: Int, environmentWidth: Int) -> LayoutItem {
        switch self {
        case .name: .fixed(nameWidth)
        case .age: .fixed(4, dropRank: 0)
        case .newest: .fixed(8, dropRank: 1)
        case .p50: .fixed(6, dropRank: 2)
        case .p99: .fixed(6, dropRank: 3)
        case .environment: LayoutItem(minimum: min(8, environmentWidth), preferred: environmentWidth, dropRank: 4)
        case .trend: LayoutItem(minimum: 8, preferred: 12, grow: 1, dropRank: 5)
        case .rate: .fixed(7, dropRank: 6)
        case .bad: .fixed(6, dropRank: 7)
        case .errors: .fixed(6)
        case .p95: .fixed(6)
        }
    }
}

/// The table of journeys: worst first, fixed columns.
struct JourneysTable {
    private let columns: [(column: JourneyColumn, range: Range<Int>)]
    /// Names that rows of several environments share, when no column says which is which.
    private let ambiguous: Set<String>

    /// Lays the columns out for rows of this width; one cell is left for the cursor.
    init(width: Int, _ views: [JourneyView], _ state: AppState) {
        let longest = views.map { DisplayText.width(of: $0.name) }.max() ?? 0
        let environments = Set(views.compactMap(\.environment))
        var shown = JourneyColumn.allCases
        if environments.count < 2 { shown.removeAll { $0 == .environment } }
        let window = TimeWindow(from: state.from, to: state.now &+ 1)
        if !views.contains(where: { $0.newestVersion(in: window) != nil }) {
            shown.removeAll { $0 == .newest || $0 == .age }
        }
        let environmentWidth = min(20, max(3, environments.map { DisplayText.width(of: $0) }.max() ?? 0))
        // A name gets up to 32 cells; on narrow screens the numbers come first.
        let nameWidth = min(32, max(12, longest), max(12, width - 47))
        let items = shown.map { $0.item(nameWidth: nameWidth, environmentWidth: environmentWidth) }
        columns = zip(shown, Layout.split(max(0, width - 1), into: items, spacing: 1)).compactMap { column, range in
            range.map { (column, $0.lowerBound + 1..<$0.upperBound + 1) }
        }
        let hasEnvironment = columns.contains { $0.column == .environment }
        ambiguous =
            hasEnvironment || environments.count < 2
            ? [] : Set(Dictionary(grouping: views, by: \.name).filter { $0.value.count > 1 }.keys)
    }

    /// The window of the numbers in tables.
    static func recent(_ state: AppState) -> TimeWindow { TimeWindow(last: AppState.recent, until: state.now) }

    /// The column at a cell of the row.
    func column(at x: Int) -> JourneyColumn? { columns.first { $0.range.contains(x) }?.column }

    func drawTitles(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
        for (column, range) in columns {
            let isSorted = column.sort == state.table.sort
            canvas.put(
                column.title(state, width: range.count), x: row.x + range.lowerBound, y: row.y,
                style: isSorted ? Style(.label, .bold) : .label, width: range.count,
                align: column.isLeft ? .left : .right)
        }
    }

    /// Draws a journey as a row.
    func draw(_ view: JourneyView, _ state: AppState, in row: Rect, on canvas: inout Canvas) {
        let line = Line(view, state)
        for (column, range) in columns {
            let place = Rect(x: row.x + range.lowerBound, y: row.y, width: range.count, height: 1)
            switch column {
            case .trend: trend(view, state, columns: range.count).draw(in: place, on: &canvas)
            case .name: put(name(view, state, width: range.count), in: place, isLeft: true, on: &canvas)
            default: put(line.text(column), in: place, isLeft: column.isLeft, on: &canvas)
            }
        }
        guard view.id == state.table.selected else { return }
        canvas.select(row)
        canvas.put("▌", x: row.x, y: row.y, style: Style(.borderFocus, on: .sel))
    }

    private func put(_ cell: StyledText, in place: Rect, isLeft: Bool, on canvas: inout Canvas) {
        let text = isLeft ? Shorten.middle(cell.text, to: place.width) : cell.text
        canvas.put(
            text, x: place.x, y: place.y, style: cell.style, width: place.width, align: isLeft ? .left : .right)
    }

    private func name(_ view: JourneyView, _ state: AppState, width: Int) -> StyledText {
        let search = state.table.search
        let isMatch = !search.isEmpty && view.name.lowercased().contains(search.lowercased())
        let style = isMatch ? Style(.match, .bold) : view.isFound ? .dim : .text
        guard ambiguous.contains(view.name), let environment = view.environment else {
            return StyledText(view.name, style)
        }
        let suffix = "@" + (environment.isEmpty ? "(none)" : environment)
        let room = max(4, width - min(DisplayText.width(of: suffix), width / 2) - 1)
        return StyledText("\(Shorten.middle(view.name, to: room)) \(suffix)", style)
    }

    private func trend(_ view: JourneyView, _ state: AppState, columns: Int) -> Sparkline {
        let window = TimeWindow(from: state.from, to: state.now &+ 1)
        let values = view.latencySeries([.p95], in: window, columns: max(1, columns)).map { summary in
            summary?.quantiles.first.map(Double.init)
        }
        return Sparkline(values: values, threshold: view.tightestUnder.map(Double.init) ?? calm(values))
    }

    /// What a journey without a promise is scaled to: four times its median, so that only its shape shows.
    private func calm(_ series: [Double?]) -> Double? {
        let values = series.compactMap { $0 }.sorted()
        return values.isEmpty ? nil : values[values.count / 2] * 4
    }
}

extension JourneysTable {
    /// The numbers of one row.
    private struct Line {
        let view: JourneyView
        let state: AppState
        let window: TimeWindow
        let counts: RunCounts
        let latency: LatencySummary?
        let newest: NewestVersion?
        /// Whether the last five minutes had no run, so that the numbers are those of the whole time shown.
        let isQuiet: Bool

        init(_ view: JourneyView, _ state: AppState) {
            self.view = view
            self.state = state
            let recent = JourneysTable.recent(state)
            let recentCounts = view.counts(in: recent)
            let whole = TimeWindow(from: state.from, to: state.now &+ 1)
            isQuiet = recentCounts.total == 0 && state.range > AppState.recent && view.counts(in: whole).total > 0
            window = isQuiet ? whole : recent
            counts = isQuiet ? view.counts(in: whole) : recentCounts
            latency = view.latency([.p50, .p95, .p99], in: window)
            newest = view.newestVersion(in: window)
        }

        func text(_ column: JourneyColumn) -> StyledText {
            switch column {
            case .name: StyledText(view.name, .text)
            case .environment: StyledText(view.environment == "" ? "(none)" : view.environment ?? "", .textDim)
            case .rate: StyledText(rate, isQuiet ? .textDim : .text)
            case .errors: share(counts.failed, counts.failed > 0 ? .logError : .text)
            case .bad: share(counts.bad, badRole)
            case .p50: percentile(0, .p50, canBeOver: false)
            case .p95: percentile(1, .p95, canBeOver: true)
            case .p99: percentile(2, .p99, canBeOver: true)
            case .newest: StyledText(newest.map { $0.version + ($0.isMixed ? "*" : "") } ?? "", .text)
            case .age: StyledText(newest.map { age(since: $0.firstSeen) } ?? "", .textDim)
            case .trend: StyledText("", .text)
            }
        }

        private func age(since instant: UInt64) -> String {
            NumberFormat.age(state.now > instant ? state.now - instant : 0)
        }

        /// Runs a second over the window, or over the time there is data for; a tilde marks an estimate.
        private var rate: String {
            guard let rate = JourneyRows.rate(counts, view, in: window, of: state) else { return NumberFormat.missing }
            let text = NumberFormat.rate(perSecond: rate)
            return counts.isSampled ? "~" + text : text
        }

        private func share(_ part: UInt64, _ role: Role) -> StyledText {
            let text = NumberFormat.share(Int(clamping: part), of: Int(clamping: counts.total))
            return StyledText(text, isQuiet && part == 0 ? .textDim : role)
        }

        private func percentile(_ index: Int, _ floor: SampleFloor, canBeOver: Bool) -> StyledText {
            guard let latency, latency.quantiles.indices.contains(index), floor.allows(Int(clamping: latency.count))
            else { return StyledText(NumberFormat.missing, .textDim) }
            let value = latency.quantiles[index]
            let isOver = canBeOver && view.tightestUnder.map { value >= $0 } ?? false
            return StyledText(NumberFormat.duration(value), isOver ? .sloOver : isQuiet ? .textDim : .text)
        }

        /// Red when more runs are bad than the journey's strictest promise allows for good.
        private var badRole: Role {
            let isBroken = counts.promises.contains { promise in
                guard let objective = view.definition?.objectives.first(where: { $0.name == promise.name }),
                    promise.total >= UInt64(SampleFloor.errorRate.rawValue), let attainment = promise.attainment
                else { return false }
                return attainment < objective.target.fraction
            }
            return isBroken ? .statusPage : .text
        }
    }
}
