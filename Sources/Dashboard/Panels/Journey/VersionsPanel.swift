import Journeys
import TerminalKit

/// Which versions of which services take part now.
struct VersionsPanel: Panel {
    /// What the panel shows.
    struct Input {
        var versions: [VersionView]
        var now: UInt64
        var isBoxed: Bool

        init(_ view: JourneyView, _ state: AppState) {
            let window = TimeWindow(last: state.insightWindow, until: state.now)
            let all = view.versions(in: window).filter { $0.count > 0 && !$0.version.isEmpty }
            // Services in several versions first, then the newest.
            let mixed = Dictionary(grouping: all, by: \.service).filter { $0.value.count > 1 }.keys
            versions = all.sorted { one, other in
                let first = mixed.contains(one.service)
                let second = mixed.contains(other.service)
                if first != second { return first }
                if one.service != other.service, !first { return one.firstSeen > other.firstSeen }
                return one.service == other.service ? one.firstSeen > other.firstSeen : one.service < other.service
            }
            now = state.now
            isBoxed = SizeClass(state.size) >= .normal
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let inside = Frame.draw(
            area, title: [StyledText("Versions now", .title)], right: [StyledText("\(input.versions.count)", .textDim)],
            isBoxed: input.isBoxed, on: &canvas)
        if input.versions.isEmpty {
            canvas.put(
                "no service names its version", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
        }
        var service = ""
        for (index, version) in input.versions.prefix(inside.height).enumerated() {
            let row = inside.row(index)
            let name = version.service == service ? "" : version.service
            service = version.service
            let nameWidth = max(6, min(14, row.width - 30))
            canvas.put(
                Shorten.middle(name, to: nameWidth), x: row.x + 1, y: row.y, style: Style(.service(version.service)),
                width: nameWidth)
            canvas.put(Shorten.middle(version.version, to: 9), x: row.x + nameWidth + 2, y: row.y, width: 9)
            canvas.put(
                NumberFormat.percent(version.share), x: row.x + nameWidth + 11, y: row.y, width: 7, align: .right)
            canvas.put(
                "p95 " + NumberFormat.duration(version.p95), x: row.x + nameWidth + 20, y: row.y,
                width: max(0, row.width - nameWidth - 20))
        }
    }
}
