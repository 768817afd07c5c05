import TerminalKit

/// The row of sources: what comes from where, and how much memory it takes.
enum SourcesLine {
    static func draw(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
        guard let picture = state.picture else { return }
        var line: [StyledText] = [StyledText(" SRC ", .label)]
        for source in picture.sources {
            line.append(glyph(source.state))
            line.append(StyledText(" \(source.name)", .text))
            for place in source.places.prefix(row.width >= 100 ? 2 : 1) {
                let isLoopback = place.hasPrefix("127.0.0.1:")
                line.append(
                    StyledText(" \(isLoopback ? String(place.dropFirst(9)) : Shorten.middle(place, to: 24))", .textDim))
            }
            if let rate = source.spansPerSecond, source.state == .receiving {
                line.append(StyledText(" \(NumberFormat.rate(perSecond: rate).dropLast(2)) sp/s", .text))
            }
            if let bytes = source.bytesPerSecond, source.state == .receiving, row.width >= 100 {
                line.append(StyledText(" \(NumberFormat.byteRate(perSecond: bytes))", .textDim))
            }
            if row.width >= 100 {
                if source.logRecords > 0 { line.append(count("logs", source.logRecords)) }
                if source.metricPoints > 0 { line.append(count("metrics", source.metricPoints)) }
            }
            if source.state == .failed, let message = source.message {
                line.append(StyledText(" \(message)", .statusPage))
            }
            line.append(StyledText("  ", .text))
        }
        let memory = NumberFormat.bytes(UInt64(picture.store.byteCount))
        line.append(StyledText("│ \(NumberFormat.count(picture.store.spanCount)) spans \(memory)", .textDim))
        canvas.put(line, x: row.x, y: row.y, width: row.width)
    }

    private static func count(_ name: String, _ value: UInt64) -> StyledText {
        StyledText("  \(NumberFormat.count(Int(clamping: value))) \(name)", .textDim)
    }

    private static func glyph(_ state: SourceLine.State) -> StyledText {
        switch state {
        case .waiting: StyledText("◌", .statusStale)
        case .receiving: StyledText("●", .stateLive)
        case .failed: StyledText("✗", .statusPage)
        case .done: StyledText("✓", .statusOK)
        }
    }
}
