import Journeys
import TerminalKit

/// The heat map of the Journey screen with the cursor's cell in event time and duration.
struct HeatGrid {
    /// The runs by time and duration.
    let map: Journeys.HeatMap
    /// The edges of all rows in nanoseconds, with the collapsed rows at both ends.
    let edges: [UInt64]
    /// The counts of all rows, lowest first, with the collapsed rows at both ends.
    let counts: [[UInt64]]
    /// The first row that is not faster than the promise.
    let promiseRow: Int?
    /// How many columns there are.
    let columns: Int
    /// The intervals that the columns show.
    let slots: Slots

    /// The map for so many columns and rows; `nil` when no run has a duration.
    init?(_ view: JourneyView, _ state: AppState, columns: Int, rows: Int) {
        let window = TimeWindow(from: state.from, to: state.now &+ 1)
        slots = Slots(of: window, each: view.latencySlot(at: window.from), columns: columns)
        guard let map = HeatGrid.map(view, in: window, columns: slots.count, rows: rows) else { return nil }
        self.map = map
        var edges = map.rowEdges
        var counts = map.counts
        var promise = map.promiseRow
        if map.below.contains(where: { $0 > 0 }) {
            edges.insert(0, at: 0)
            counts.insert(map.below, at: 0)
            promise = promise.map { $0 + 1 }
        }
        edges.append(map.top)
        if map.above.contains(where: { $0 > 0 }) {
            counts.append(map.above)
            edges.append(.max)
        }
        self.edges = edges
        self.counts = counts.map(slots.spread)
        promiseRow = promise
        self.columns = columns
    }

    /// The finest map that shows every run in a row of its own; else a coarser one.
    private static func map(
        _ view: JourneyView, in window: TimeWindow, columns: Int, rows: Int
    ) -> Journeys.HeatMap? {
        // One row is for the line of the promise.
        for isFine in [true, false] {
            let map = view.heatMap(in: window, columns: columns, rows: max(2, rows - 1), fine: isFine)
            guard let map else { return nil }
            let isWhole = !map.below.contains { $0 > 0 } && !map.above.contains { $0 > 0 }
            if isWhole, map.bucketsPerRow == (isFine ? 16 : 32) { return map }
        }
        // Two more for what lies outside.
        return view.heatMap(in: window, columns: columns, rows: max(2, rows - 3), fine: false)
    }

    /// How many rows there are.
    var rows: Int { counts.count }

    /// What the cells between two corners stand for.
    func box(_ one: Point, _ other: Point) -> JourneyScreenState.Box {
        let left = min(max(0, min(one.x, other.x)), columns - 1)
        let right = min(max(one.x, other.x), columns - 1)
        let low = min(max(0, min(one.y, other.y)), rows - 1)
        let high = min(max(one.y, other.y), rows - 1)
        return JourneyScreenState.Box(
            from: map.window.column(left, of: columns).from, to: map.window.column(max(left, right), of: columns).to,
            shortest: edges[low], longest: edges[max(low, high) + 1])
    }

    /// The cells that a box covers.
    func cells(of box: JourneyScreenState.Box) -> TerminalKit.HeatMap.Selection? {
        guard box.from < map.window.to, box.to > map.window.from else { return nil }
        let first = map.window.column(of: max(box.from, map.window.from), of: columns)
        let last = map.window.column(of: min(box.to, map.window.to) - 1, of: columns)
        let low = edges.lastIndex { $0 <= box.shortest } ?? 0
        let high = edges.firstIndex { $0 >= box.longest } ?? rows
        return TerminalKit.HeatMap.Selection(columns: first..<last + 1, bands: low..<max(low + 1, min(high, rows)))
    }
}

/// Columns that are narrower than what is counted would show gaps where there are none: then several stand for one.
struct Slots {
    /// How many intervals are asked for.
    let count: Int
    /// How many columns show them.
    let columns: Int

    /// As many intervals as there are columns, but none shorter than `length` nanoseconds.
    init(of window: TimeWindow, each length: UInt64, columns: Int) {
        self.columns = columns
        count = max(1, min(columns, Int(clamping: window.length / max(1, length))))
    }

    /// The values of the intervals, one for each column.
    func spread<Value>(_ values: [Value]) -> [Value] {
        guard count < columns, values.count == count else { return values }
        return (0..<columns).map { values[$0 * count / columns] }
    }
}
