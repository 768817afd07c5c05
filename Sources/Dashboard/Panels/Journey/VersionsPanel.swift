import Journeys
import TerminalKit

/// Which versions of which services take part now.
struct VersionsPanel: Panel {
    /// What the panel shows.
    struct Input {
        var versions: [VersionView]
        var now: UInt64
        var isBoxed: Bool
        /// The last changes of configuration on the path, newest first.
        var changes: [TimelineEvent]

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
            let from = state.from
            let timeline = state.verdicts?.timeline ?? []
            changes = timeline.reversed().filter {
                $0.kind == .config && $0.time >= from && $0.time <= state.now && state.paths.concerns($0, view.id)
            }
        }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let inside = Frame.draw(
            area, title: [StyledText("Versions", .title), StyledText(" \(input.versions.count)", .textDim)],
            right: [StyledText(area.width >= 48 ? "share    p95  since" : "share    p95", .textDim)],
            isBoxed: input.isBoxed, on: &canvas)
        if input.versions.isEmpty {
            canvas.put(
                "no service names its version", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
        }
        var service = ""
        // Configuration keeps at most a third of the rows.
        let changes = input.changes.prefix(max(0, inside.height / 3))
        for (index, change) in changes.enumerated() {
            let values = [change.before, change.after].compactMap { $0 }.joined(separator: " → ")
            let text = Shorten.middle("\(change.subject ?? "") \(values)", to: max(0, inside.width - 12))
            canvas.put(
                [StyledText("config ", .label), StyledText(text, .text), StyledText(" ◆", .markDeploy)],
                x: inside.x + 1, y: inside.maxY - changes.count + index, width: inside.width - 1)
        }
        for (index, version) in input.versions.prefix(inside.height - changes.count).enumerated() {
            let row = inside.row(index)
            let name = version.service == service ? "" : version.service
            service = version.service
            let parts = Layout.split(
                row.width - 1,
                into: [
                    LayoutItem(minimum: 6, preferred: 24, grow: 1), LayoutItem(minimum: 7, preferred: 12), .fixed(6),
                    .fixed(6, dropRank: 1), row.width >= 46 ? .fixed(5) : .fixed(0, dropRank: 0),
                ], spacing: 1)
            func put(_ text: String, _ part: Int, _ style: Style = .text, _ align: Canvas.Alignment = .right) {
                guard let range = parts[part], !range.isEmpty else { return }
                canvas.put(
                    Shorten.middle(text, to: range.count), x: row.x + 1 + range.lowerBound, y: row.y, style: style,
                    width: range.count, align: align)
            }
            put(name, 0, Style(.service(version.service)), .left)
            put(version.version, 1, .text, .left)
            put(NumberFormat.percent(version.share), 2)
            put(NumberFormat.duration(version.p95), 3)
            put(NumberFormat.age(input.now > version.firstSeen ? input.now - version.firstSeen : 0), 4, .dim)
        }
    }
}
