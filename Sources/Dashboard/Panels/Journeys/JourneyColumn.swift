import Journeys
import TerminalKit

/// The columns of the journeys table, in their order.
enum JourneyColumn: CaseIterable {
    case state, name, environment, rate, errors, p50, p95, p99, trend, bad, slo, bar, budget, burn, empty, newest, age
    case requests, slow, owner, acknowledged

    /// What every table has.
    private static let plain: [JourneyColumn] = [
        .name, .environment, .rate, .errors, .p50, .p95, .p99, .trend, .bad, .newest, .age,
    ]

    /// The columns of a table, before any is dropped for want of room.
    static func wanted(isJudged: Bool, _ sizeClass: SizeClass) -> [JourneyColumn] {
        guard isJudged else { return plain }
        let extra: Set<JourneyColumn> = [.requests, .slow, .owner, .acknowledged]
        return allCases.filter { $0 != .bad && (sizeClass == .wide || !extra.contains($0)) }
    }

    /// What stands above the column when it is so wide.
    func title(_ state: AppState, width: Int) -> String {
        switch self {
        case .state: "State"
        case .name: "Journey"
        case .environment: width >= 11 ? "Environment" : "Env"
        case .rate: "Rate"
        case .errors: "Err"
        case .p50: "p50"
        case .p95: "p95"
        case .p99: "p99"
        case .trend: trendTitle(state, width)
        case .bad: "Bad"
        case .slo: JourneyColumn.promiseTitle(state)
        case .bar: ""
        case .budget: "Budget"
        // The arrow has a cell of its own.
        case .burn: "Burn "
        case .empty: "Empty"
        case .newest: "Newest"
        case .age: "Age"
        case .requests: "Runs"
        case .slow: "Slow"
        case .owner: "Owner"
        case .acknowledged: "Acked"
        }
    }

    /// Next to a p95 column the range is enough.
    private func trendTitle(_ state: AppState, _ width: Int) -> String {
        let range = Header.rangeText(state.range)
        guard state.verdicts == nil || width >= 11 else { return range }
        return "p95 \(width >= (state.verdicts == nil ? 12 : 11) ? "last " : "")\(range)"
    }

    /// `SLO 28d/tgt`, `SLO 6d/28d` while no window is full, `SLO/target` when windows differ.
    private static func promiseTitle(_ state: AppState) -> String {
        let views = JourneyRows.views(of: state)
        let windows = Set(views.compactMap { $0.definition?.objectives.isEmpty == false ? $0.definition?.window : nil })
        guard windows.count == 1, let window = windows.first else { return "SLO/target" }
        let name = PromiseText.window(window)
        let worst = (state.verdicts?.journeys ?? []).compactMap(\.worstObjective)
        if !worst.isEmpty, worst.allSatisfy(PromiseText.isFilling) {
            return "SLO \(NumberFormat.age(worst.map(\.covered).max() ?? 0))/\(name)"
        }
        return "SLO \(name)/tgt"
    }

    /// Whether the column's texts stand on its left.
    var isLeft: Bool {
        switch self {
        case .state, .name, .environment, .trend, .slo, .bar, .owner: true
        default: false
        }
    }

    /// What the table is sorted by after a click on the column's title.
    var sort: JourneyTableState.Sort? {
        switch self {
        case .name: .name
        case .rate: .rate
        case .errors: .errors
        case .p95: .p95
        case .bad, .state, .budget, .burn, .empty: .badness
        default: nil
        }
    }

    /// How the column takes part in the layout; what is dropped first has the lowest rank.
    func item(_ widths: Widths) -> LayoutItem {
        switch self {
        case .state: .fixed(8)
        case .name: LayoutItem(minimum: min(widths.name, widths.isJudged ? 12 : widths.name), preferred: widths.name)
        case .owner: .fixed(12, dropRank: -4)
        case .acknowledged: .fixed(5, dropRank: -3)
        case .slow: .fixed(6, dropRank: -2)
        case .requests: .fixed(6, dropRank: -1)
        case .age: .fixed(widths.isJudged ? 3 : 4, dropRank: 0)
        case .newest:
            widths.isJudged ? LayoutItem(minimum: 7, preferred: widths.newest, dropRank: 1) : .fixed(8, dropRank: 1)
        case .slo: .fixed(11, dropRank: 2)
        case .p50: .fixed(6, dropRank: 3)
        case .p99: .fixed(6, dropRank: 4)
        case .environment: LayoutItem(minimum: min(8, widths.environment), preferred: widths.environment, dropRank: 5)
        case .bar: .fixed(3, dropRank: 6)
        case .trend: LayoutItem(minimum: 8, preferred: widths.isJudged ? 11 : 12, grow: 1, dropRank: 7)
        case .rate: .fixed(widths.isJudged ? 6 : 7, dropRank: 8)
        case .bad: .fixed(6, dropRank: 9)
        case .errors, .p95, .empty: .fixed(6)
        case .budget: .fixed(widths.isTiny ? 6 : 5)
        case .burn: .fixed(7)
        }
    }

    /// How wide what the rows hold is.
    struct Widths {
        var name: Int
        var environment: Int
        var newest: Int
        var isJudged: Bool
        var isTiny: Bool
    }
}
