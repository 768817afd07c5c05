import TerminalKit

/// The first rows of every screen: tabs and clock, then state, scope, filter and the DATA field.
enum Header {
    static func draw(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        switch SizeClass(canvas.size) {
        case .floor: break
        case .tiny: drawTiny(state, in: area, on: &canvas)
        case .narrow:
            drawNarrowTabs(state, in: area.row(0), on: &canvas)
            drawState(state, in: area.row(1), isNarrow: true, on: &canvas)
        case .normal, .wide:
            drawTabs(state, in: area.row(0), on: &canvas)
            drawState(state, in: area.row(1), isNarrow: false, on: &canvas)
        }
    }

    private static func drawTabs(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
        var line: [StyledText] = [StyledText(" waymark  ", .title)]
        for screen in Screen.allCases {
            let isActive = screen == state.screen
            let text = "\(screen.rawValue) \(screen.title)"
            line.append(isActive ? StyledText("[\(text)]", Style(.borderFocus, .bold)) : StyledText(" \(text) ", .dim))
        }
        line += worst(state, spaced: true)
        canvas.put(line, x: row.x, y: row.y, width: row.width - 11)
        canvas.put(clock(state) + " ", x: row.x, y: row.y, width: row.width, align: .right)
    }

    /// How many journeys hurt, on screens without the NOW strip.
    private static func worst(_ state: AppState, spaced: Bool) -> [StyledText] {
        guard state.screen != .journeys, state.verdicts != nil else { return [] }
        let hurting = state.hurting
        guard !hurting.isEmpty else { return [] }
        return [StyledText(spaced ? "   " : "  ", .text)] + NowStrip.summary(hurting, separator: " ", spaced: spaced)
    }

    /// The tab at a column of the first row; narrow screens name only the one they show.
    static func tab(at column: Int, _ state: AppState) -> Screen? {
        guard SizeClass(state.size) >= .normal else { return nil }
        var x = 10
        for screen in Screen.allCases {
            let width = "\(screen.rawValue) \(screen.title)".count + 2
            if column >= x, column < x + width { return screen }
            x += width
        }
        return nil
    }

    private static func drawNarrowTabs(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
        let right = "\(environment(state, all: "all"))  \(clock(state)) "
        canvas.put(
            [
                StyledText(" waymark ", .title),
                StyledText("[\(state.screen.rawValue) \(state.screen.title)]", Style(.borderFocus, .bold)),
                StyledText("  1-\(Screen.allCases.count) screens", .dim),
            ] + worst(state, spaced: false), x: row.x, y: row.y, width: row.width - DisplayText.width(of: right) - 1)
        canvas.put(right, x: row.x, y: row.y, width: row.width, align: .right)
    }

    private static func drawTiny(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let right = "\(environment(state, all: "all")) \(NumberFormat.timeOfDay(state.now))Z"
        let left = mode(state) + [StyledText(" \(rangeText(state.range))  ", .dim)] + data(state, form: .short)
        canvas.put(left, x: area.x, y: area.y, width: area.width - DisplayText.width(of: right) - 1)
        canvas.put(right, x: area.x, y: area.y, width: area.width, align: .right)
    }

    private static func drawState(_ state: AppState, in row: Rect, isNarrow: Bool, on canvas: inout Canvas) {
        let right = data(state, form: isNarrow ? .narrow : .full) + [StyledText(" ", .text)]
        let bar = StyledText(" │ ", .dim)
        let scope = "  \(isNarrow ? "" : "last ")\(rangeText(state.range))  win \(rangeText(state.insightWindow))"
        var pieces = [[StyledText(" ", .text)] + mode(state)]
        if isNarrow {
            // What a filter hides must be said before how long the window is.
            if let filter = state.filter {
                pieces.append([StyledText("  / \(Shorten.end(filter.text, to: 24))", .link)])
            }
            pieces.append([StyledText(scope, .dim)])
        } else {
            pieces.append([StyledText(scope, .dim)])
            pieces.append([bar, StyledText("env=\(environment(state, all: "all"))", .text)])
            pieces.append([bar] + filterText(state))
        }
        let room = row.width - right.displayWidth - 1
        canvas.put(Line.fitting(pieces, width: room), x: row.x, y: row.y, width: room)
        canvas.put(right, x: row.x, y: row.y, width: row.width, align: .right)
    }

    private static func filterText(_ state: AppState) -> [StyledText] {
        guard let filter = state.filter else { return [StyledText("filter none", .dim)] }
        var pieces = [StyledText("filter ", .dim), StyledText(Shorten.end(filter.text, to: 40), .link)]
        if let result = filter.result {
            let counts = "\(NumberFormat.count(result.matched)) of \(NumberFormat.count(result.total)) spans"
            pieces.append(StyledText("  \(counts)", .dim))
        }
        return pieces
    }

    /// Live, paused, a file, or waiting.
    private static func mode(_ state: AppState) -> [StyledText] {
        if let pausedAt = state.pausedAt {
            let latest = state.latest?.now ?? pausedAt
            let count = state.newAlerts
            let alerts = count == 0 ? "" : ", \(count) new alert\(count == 1 ? "" : "s")"
            let behind = latest > pausedAt ? " (\(NumberFormat.elapsed(latest - pausedAt)) behind\(alerts))" : ""
            return [StyledText("‖ PAUSED at \(NumberFormat.time(pausedAt))\(behind)", Style(.statePaused, .bold))]
        }
        guard let picture = state.picture else { return [StyledText("◌ STARTING", .statusStale)] }
        switch picture.origin {
        case .file(let name):
            var pieces = [StyledText("▤ FILE \(Shorten.middle(name, to: 28))", Style(.stateReplay, .bold))]
            if let progress = picture.progress { pieces.append(StyledText("  \(text(of: progress))", .dim)) }
            return pieces
        case .live where !picture.hasTelemetry:
            return [StyledText("◌ WAITING", Style(.statusNoData, .bold))]
        case .live: return [StyledText("● LIVE", Style(.stateLive, .bold))]
        }
    }

    private static func text(of progress: ReadingProgress) -> String {
        guard let total = progress.total, total > 0 else { return "read \(NumberFormat.bytes(progress.bytes))" }
        let share = Double(progress.bytes) / Double(total)
        return "reading \(Int((share * 100).rounded(.down)))% of \(NumberFormat.bytes(total))"
    }

    private enum DataForm { case full, narrow, short }

    /// The DATA field: what is missing from the numbers.
    private static func data(_ state: AppState, form: DataForm) -> [StyledText] {
        guard let picture = state.picture, picture.hasTelemetry else {
            return [StyledText(form == .short ? "DATA ∅" : "DATA ∅ nothing received yet", .statusNoData)]
        }
        let health = picture.health
        if health.isComplete {
            let repairs = picture.store.counters.repairs
            let mended = repairs.invalidUTF8 + repairs.truncatedValues + repairs.droppedAttributes
            let text = mended > 0 ? "DATA ✓ complete · mended \(NumberFormat.count(mended))" : "DATA ✓ complete"
            return [StyledText(form == .short ? "DATA ✓" : text, .textDim)]
        }
        let late = NumberFormat.percent(health.spans > 0 ? Double(health.lateSpans) / Double(health.spans) : 0)
        let dropped = NumberFormat.count(health.dropped)
        let evicted = NumberFormat.count(health.evicted)
        let text =
            switch form {
            case .full:
                "DATA ▲ late \(late) · skew \(health.skewedServices) svc · drop \(dropped) · evict \(evicted)"
            case .narrow: "DATA ▲ late \(late) skew \(health.skewedServices) drop \(dropped) evict \(evicted)"
            case .short: "DATA ▲ late \(late)"
            }
        return [StyledText(text, .dataSuspect)]
    }

    /// The time; with seconds only while something comes in or time stands still, so that a screen on which nothing
    /// happens is left alone.
    private static func clock(_ state: AppState) -> String {
        (isQuiet(state) ? NumberFormat.timeOfDay(state.now) : NumberFormat.time(state.now)) + "Z"
    }

    /// Whether the sources say that nothing comes in.
    private static func isQuiet(_ state: AppState) -> Bool {
        guard state.pausedAt == nil, let picture = state.picture, picture.origin == .live else { return false }
        if !picture.hasTelemetry { return true }
        return !picture.sources.isEmpty && picture.sources.allSatisfy { $0.spansPerSecond == 0 }
    }

    private static func environment(_ state: AppState, all: String) -> String {
        guard let name = state.environment else { return all }
        return name.isEmpty ? "(none)" : name
    }

    /// A range in one unit, such as `1h` or `15m`.
    static func rangeText(_ range: UInt64) -> String {
        let minutes = range / 60_000_000_000
        if minutes == 0 { return "\(range / 1_000_000_000)s" }
        if minutes % 1440 == 0 { return "\(minutes / 1440)d" }
        if minutes % 60 == 0 { return "\(minutes / 60)h" }
        return minutes > 120 ? "\(minutes / 60)h\(minutes % 60)m" : "\(minutes)m"
    }
}
