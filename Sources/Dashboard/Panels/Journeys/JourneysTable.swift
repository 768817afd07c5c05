import Journeys
import TerminalKit

/// The table of journeys: worst first, fixed columns.
struct JourneysTable {
    private let columns: [(column: JourneyColumn, range: Range<Int>)]
    /// Names that rows of several environments share, when no column says which is which.
    private let ambiguous: Set<String>
    /// The verdicts by row; none where nothing is judged.
    private let verdicts: [JourneyView.ID: JourneyVerdict]
    private let isTiny: Bool
    /// Whether a service of a row runs in several versions.
    let hasMixedVersions: Bool

    /// Lays the columns out for rows of this width; one cell is left for the cursor.
    init(width: Int, _ views: [JourneyView], _ state: AppState) {
        let sizeClass = SizeClass(state.size)
        let isJudged = state.verdicts != nil
        isTiny = isJudged && sizeClass == .tiny
        verdicts = Dictionary((state.verdicts?.journeys ?? []).map { ($0.id, $0) }) { first, _ in first }
        let environments = Set(views.compactMap(\.environment))
        var shown = JourneyColumn.wanted(isJudged: isJudged, sizeClass)
        if environments.count < 2 { shown.removeAll { $0 == .environment } }
        let window = TimeWindow(from: state.from, to: state.now &+ 1)
        let newest = views.compactMap { $0.newestVersion(in: window) }
        hasMixedVersions = newest.contains(where: \.isMixed)
        if newest.isEmpty { shown.removeAll { $0 == .newest || $0 == .age } }
        let widths = JourneysTable.widths(views, environments, newest, width: width, isJudged, isTiny: isTiny)
        // Small screens keep a margin at the right, as rules do.
        let margin = !isJudged ? 0 : sizeClass == .tiny ? 2 : sizeClass == .narrow ? 3 : 0
        let ranges = Layout.split(max(0, width - 1 - margin), into: shown.map { $0.item(widths) }, spacing: 1)
        columns = zip(shown, ranges).compactMap { column, range in
            range.map { (column, $0.lowerBound + 1..<$0.upperBound + 1) }
        }
        let hasEnvironment = columns.contains { $0.column == .environment }
        ambiguous =
            hasEnvironment || environments.count < 2
            ? [] : Set(Dictionary(grouping: views, by: \.name).filter { $0.value.count > 1 }.keys)
    }

    private static func widths(
        _ views: [JourneyView], _ environments: Set<String>, _ newest: [NewestVersion], width: Int, _ isJudged: Bool,
        isTiny: Bool
    ) -> JourneyColumn.Widths {
        let longest = views.map { DisplayText.width(of: $0.name) }.max() ?? 0
        // A name gets up to 32 cells; on narrow screens the numbers come first.
        let most = isJudged ? 32 : max(12, width - 47)
        let version = newest.map { DisplayText.width(of: $0.version) + ($0.isMixed ? 1 : 0) }.max() ?? 0
        return JourneyColumn.Widths(
            name: min(32, max(12, longest), most),
            environment: min(20, max(3, environments.map { DisplayText.width(of: $0) }.max() ?? 0)),
            newest: min(12, max(7, version)), isJudged: isJudged, isTiny: isTiny)
    }

    /// The window of the numbers in tables.
    static func recent(_ state: AppState) -> TimeWindow { TimeWindow(last: AppState.recent, until: state.now) }

    /// The column at a cell of the row.
    func column(at x: Int) -> JourneyColumn? { columns.first { $0.range.contains(x) }?.column }

    private func range(of column: JourneyColumn) -> Range<Int>? { columns.first { $0.column == column }?.range }

    func drawTitles(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
        for (column, range) in columns {
            let isSorted = column.sort == state.table.sort && (column != .burn && column != .budget)
            var place = range
            var isLeft = column.isLeft
            if column == .budget, let bar = self.range(of: .bar) {
                place = bar.lowerBound..<range.upperBound
                isLeft = true
            }
            canvas.put(
                column == .budget && place.count < 6 ? "Left" : column.title(state, width: place.count),
                x: row.x + place.lowerBound, y: row.y, style: isSorted ? Style(.label, on: .bg, .bold) : .label,
                width: place.count, align: isLeft ? .left : .right)
        }
    }

    // MARK: Rows

    /// Draws a journey as a row, or one of its promises below it.
    func draw(_ line: JourneyLine, _ state: AppState, in row: Rect, on canvas: inout Canvas) {
        let verdict = verdicts[line.view.id]
        if let number = line.promise {
            guard let verdict, verdict.objectives.indices.contains(number) else { return }
            let texts = PromiseRow(line.view, verdict.objectives[number], state)
            for (column, range) in columns {
                draw(texts.text(column), texts.promise, column, range, in: row, on: &canvas)
            }
            if verdict.state == .stale { grey(row, on: &canvas) }
            return
        }
        draw(line.view, verdict, state, in: row, on: &canvas)
        guard line.view.id == state.table.selected else { return }
        canvas.select(row)
        canvas.put("▌", x: row.x, y: row.y, style: Style(.borderFocus, on: .sel))
    }

    private func draw(
        _ view: JourneyView, _ verdict: JourneyVerdict?, _ state: AppState, in row: Rect, on canvas: inout Canvas
    ) {
        let texts = JourneyRow(view, verdict, state, isTiny: isTiny)
        // A rate of seven cells takes one from the name beside it.
        let rate = texts.text(.rate)
        let isLong = verdict != nil && DisplayText.width(of: rate.text) > (range(of: .rate)?.count ?? .max)
        for (number, (column, range)) in columns.enumerated() {
            var place = Rect(x: row.x + range.lowerBound, y: row.y, width: range.count, height: 1)
            if isLong, column == .rate { place = place.inset(left: -1) }
            if isLong, columns.indices.contains(number + 1), columns[number + 1].column == .rate {
                place = place.inset(right: 1)
            }
            switch column {
            case .state: canvas.put(texts.state, x: place.x, y: place.y, width: place.width)
            case .trend: trend(view, state, columns: range.count).draw(in: place, on: &canvas)
            case .name: put(name(view, state, width: place.width), in: place, isLeft: true, on: &canvas)
            case .rate: put(rate, in: place, isLeft: false, on: &canvas)
            default: draw(texts.text(column), verdict?.worstObjective, column, range, in: row, on: &canvas)
            }
            mark(texts, column, after: place, state, on: &canvas)
        }
        if let note = texts.spanningNote, let burn = range(of: .burn), let empty = range(of: .empty) {
            let place = Rect(
                x: row.x + burn.lowerBound, y: row.y, width: empty.upperBound - burn.lowerBound, height: 1)
            canvas.put(note.text, x: place.x, y: place.y, style: note.style, width: place.width, align: .right)
        }
        if verdict?.state == .stale { grey(row, on: &canvas) }
    }

    /// What is late stands still, and looks like it.
    private func grey(_ row: Rect, on canvas: inout Canvas) {
        canvas.restyle(row) { Style(.statusStale, on: $0.background, $0.attributes) }
    }

    private func draw(
        _ text: StyledText, _ promise: ObjectiveVerdict?, _ column: JourneyColumn, _ range: Range<Int>, in row: Rect,
        on canvas: inout Canvas
    ) {
        let place = Rect(x: row.x + range.lowerBound, y: row.y, width: range.count, height: 1)
        guard column == .bar else {
            put(text, in: place, isLeft: column.isLeft, on: &canvas)
            return
        }
        ShareBar(share: promise?.budgetLeft.map { max(0, $0) }).draw(in: place, on: &canvas)
    }

    /// A mark after a number that late or lost data may have moved (SCREENS section 18).
    private func mark(
        _ texts: JourneyRow, _ column: JourneyColumn, after place: Rect, _ state: AppState, on canvas: inout Canvas
    ) {
        switch column {
        case .rate, .errors, .p50, .p95, .p99:
            guard state.isDataSuspect, texts.text(column).text != NumberFormat.missing else { return }
            canvas.put("'", x: place.maxX, y: place.y, style: Style(.dataSuspect), width: 1)
        default: break
        }
    }

    private func put(_ cell: StyledText, in place: Rect, isLeft: Bool, on canvas: inout Canvas) {
        let isCut = DisplayText.width(of: cell.text) > place.width
        canvas.put(
            isCut ? Shorten.middle(cell.text, to: place.width) : cell.text, x: place.x, y: place.y, style: cell.style,
            width: place.width, align: isLeft ? .left : .right)
    }

    private func name(_ view: JourneyView, _ state: AppState, width: Int) -> StyledText {
        let search = state.table.search
        let isMatch = !search.isEmpty && view.name.lowercased().contains(search.lowercased())
        let style = isMatch ? Style(.match, on: .bg, .bold) : view.isFound ? .dim : .text
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

/// A line of the table: a journey, or on wide screens one of its promises.
struct JourneyLine {
    let view: JourneyView
    /// The number of the promise; `nil` for the journey's own line.
    let promise: Int?

    /// The lines of the table, in the order of the rows.
    static func lines(of state: AppState) -> [JourneyLine] {
        let views = JourneyRows.views(of: state)
        guard let verdicts = state.verdicts, SizeClass(state.size) == .wide else {
            return views.map { JourneyLine(view: $0, promise: nil) }
        }
        let counts = Dictionary(verdicts.journeys.map { ($0.id, $0.objectives.count) }) { first, _ in first }
        return views.flatMap { view -> [JourneyLine] in
            let promises = counts[view.id] ?? 0
            let own = JourneyLine(view: view, promise: nil)
            return [own] + (promises < 2 ? [] : (0..<promises).map { JourneyLine(view: view, promise: $0) })
        }
    }
}
