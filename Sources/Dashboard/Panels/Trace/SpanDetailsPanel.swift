import Analysis
import Telemetry
import TerminalKit

/// Everything about the span under the cursor.
enum SpanDetailsPanel {
    static func draw(_ layout: TraceLayout, _ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let isBoxed = TraceScreen.isBoxed(state)
        let label = layout.rows.indices.contains(state.trace.row) ? layout.label(of: state.trace.row) : ("", "")
        let lines = lines(layout, state, width: textWidth(area, isBoxed))
        let room = rows(area, isBoxed)
        let first = min(state.trace.detailsOffset, max(0, lines.count - room))
        let more = lines.count - first - room
        let inside = Frame.draw(
            area,
            title: [
                StyledText("Span ", .title), StyledText(Shorten.middle(label.1, to: max(8, area.width - 24)), .text),
            ],
            right: [
                StyledText(!isBoxed && more > 0 ? "\(more) more ↓ Tab   " : "", .textDim), StyledText("d", .key),
                StyledText(" hide", .textDim),
            ],
            footerRight: more > 0 ? [StyledText("\(more) more ↓ Tab", .textDim)] : [],
            isBoxed: isBoxed, hasFocus: state.focus == .spanDetails, on: &canvas)
        for (index, line) in lines.dropFirst(first).prefix(inside.height).enumerated() {
            canvas.put(line, x: inside.x + 1, y: inside.y + index, width: inside.width - 1)
        }
    }

    private static func textWidth(_ area: Rect, _ isBoxed: Bool) -> Int { max(1, area.width - (isBoxed ? 4 : 2)) }

    private static func rows(_ area: Rect, _ isBoxed: Bool) -> Int { max(0, area.height - (isBoxed ? 2 : 1)) }

    /// How far the details can be scrolled.
    static func greatestOffset(_ layout: TraceLayout, _ state: AppState) -> Int {
        let isBoxed = TraceScreen.isBoxed(state)
        let area = TraceScreen.areas(of: state).details
        return max(0, lines(layout, state, width: textWidth(area, isBoxed)).count - rows(area, isBoxed))
    }

    private static func lines(_ layout: TraceLayout, _ state: AppState, width: Int) -> [[StyledText]] {
        guard layout.rows.indices.contains(state.trace.row) else { return [] }
        let row = state.trace.row
        if case .missing(let number) = layout.rows[row].content {
            let missing = layout.picture.missing[Int(number)]
            return [
                [StyledText("span \(missing.id.hex) is named as parent by", .text)],
                [StyledText("\(missing.orphans.count) spans, and has not arrived:", .text)],
                [StyledText("dropped, sampled away, or still to come.", .text)],
                [StyledText("Nothing is re-parented by guess.", .textDim)],
            ]
        }
        if let group = layout.group(of: row), layout.rows[row].isFolded {
            return [
                [StyledText("\(group.members.count) siblings of one name, folded", .text)],
                [
                    StyledText("min \(NumberFormat.duration(group.minimum))  ", .text),
                    StyledText("p50 \(NumberFormat.duration(group.median))  ", .text),
                    StyledText("max \(NumberFormat.duration(group.maximum))", .text),
                ],
                [StyledText("l or ↵ unfolds", .textDim)],
            ]
        }
        guard let number = layout.spans(of: row).first else { return [] }
        return lines(of: number, layout.picture, state, width: width)
    }

    private static func lines(
        of number: Int, _ picture: TracePicture, _ state: AppState, width: Int
    ) -> [[StyledText]] {
        let span = picture.trace.spans[number]
        let table = picture.trace.table(of: span)
        let resource = table.resource(span.row)
        var lines = head(number, picture, state)
        if !TraceScreen.isBoxed(state) { lines = joined(lines, width) }
        let attributes = table.decoded(table.attributes(span.row))
        if !attributes.isEmpty {
            if TraceScreen.isBoxed(state) {
                lines.append(divider("attributes \(attributes.count)", width))
                lines += pairs(attributes, width)
            } else {
                lines += joined(attributes.map(flowing), width)
            }
        }
        let events = table.events(span.row)
        if !events.isEmpty {
            lines.append(divider("events \(events.count)", width))
            for event in events { lines += self.lines(of: event, table, span, width) }
        }
        let links = table.links(span.row)
        if !links.isEmpty {
            lines.append(divider("links \(links.count)", width))
            for link in links {
                lines.append([
                    StyledText("⇢ ", .textDim), StyledText("\(link.trace.hex) \(link.span.hex)", .link),
                ])
                lines += pairs(table.decoded(link.attributes), width)
            }
        }
        let scope = table.scope(span.row)
        if scope.name != .empty {
            lines.append(divider("scope", width))
            lines.append([StyledText("\(scope.name.text) \(scope.version.text)", .text)])
            lines += pairs(table.decoded(scope.attributes), width)
        }
        let own = table.decoded(resource.attributes)
        lines.append(divider("resource \(own.count)", width))
        lines += pairs(own, width)
        lines.append(divider("ids", width))
        lines.append([StyledText("trace ", .label), StyledText(picture.trace.id.hex, .link)])
        lines.append([StyledText("span  ", .label), StyledText(span.id.hex, .link)])
        let parent = table.parentID(span.row)
        if !parent.isZero { lines.append([StyledText("parent ", .label), StyledText(parent.hex, .text)]) }
        let state = table.traceState(span.row)
        if !state.isEmpty { lines.append([StyledText("state ", .label), StyledText(state, .text)]) }
        return lines
    }

    /// Who, what kind, how long, how much of it itself.
    private static func head(_ number: Int, _ picture: TracePicture, _ state: AppState) -> [[StyledText]] {
        let span = picture.trace.spans[number]
        let table = picture.trace.table(of: span)
        let resource = table.resource(span.row)
        let marks = picture.marks[number]
        let instance = resource.instance == .empty ? "" : " · " + table.values.text(resource.instance)
        let language =
            table.valueCode(resource.attributes, key: WellKnown.language).map { " · " + table.values.text($0) } ?? ""
        var lines: [[StyledText]] = [
            [
                StyledText(span.service, .service(span.service)), StyledText(" \(resource.version.text)", .text),
                StyledText(language + instance, .textDim),
            ]
        ]
        let status = table.status(span.row)
        let offset = Int64(clamping: picture.extent(of: number).lowerBound)
        lines.append([
            StyledText(table.kind(span.row).word.uppercased() + "  ", .text),
            StyledText(status.word.uppercased(), status == .error ? .logError : .textDim),
            StyledText("  \(NumberFormat.change(nanoseconds: offset))  ", .textDim),
            StyledText(marks.contains(.open) ? "still open" : "dur \(NumberFormat.duration(span.duration))", .text),
        ])
        let own = picture.path.selfTime(of: number)
        var line = [StyledText("self \(NumberFormat.duration(own))", .text)]
        if marks.contains(.critical) {
            let share = Int((picture.path.share(of: number) * 100).rounded())
            line.append(
                StyledText(
                    "  critical \(NumberFormat.duration(picture.path.time(of: number))) = \(share)%", .spanCritical))
        }
        if let step = state.trace.run?.steps[number] { line.append(StyledText("  step \(step)", .label)) }
        lines.append(line)
        let message = table.statusMessage(span.row)
        if !message.isEmpty { lines.append([StyledText("✗ \(message)", .logError)]) }
        if table.ends[span.row] != 0, table.ends[span.row] < table.starts[span.row] {
            lines.append([StyledText("~ ended before it began: no duration", .dataSuspect)])
        }
        if marks.contains(.skewed) {
            let shift = NumberFormat.change(nanoseconds: picture.skew.shift(of: number))
            lines.append([StyledText("~ shifted \(shift): its clock is off", .dataSuspect)])
        }
        return lines
    }

    private static func lines(
        of event: EventRow, _ table: SpanTable, _ span: TraceSpan, _ width: Int
    ) -> [[StyledText]] {
        let after =
            event.time >= span.start
            ? Int64(clamping: event.time - span.start) : -Int64(clamping: span.start - event.time)
        var lines: [[StyledText]] = [
            [
                StyledText(NumberFormat.change(nanoseconds: after) + " ", .textDim), StyledText("▲ ", .markEvent),
                StyledText(table.values.text(event.name), .text),
            ]
        ]
        lines += pairs(table.decoded(event.attributes), width)
        return lines
    }

    private static func divider(_ title: String, _ width: Int) -> [StyledText] {
        let rest = max(0, width - DisplayText.width(of: title) - 4)
        return [
            StyledText("─ ", .border), StyledText(title, .label),
            StyledText(" " + String(repeating: "─", count: rest), .border),
        ]
    }

    /// Keys and values in two columns; a long value goes on below, up to eight lines.
    private static func pairs(_ attributes: [Attribute], _ width: Int) -> [[StyledText]] {
        let keyWidth = min(max(8, attributes.map { DisplayText.width(of: $0.key) }.max() ?? 0), max(8, width / 2))
        return attributes.flatMap { attribute -> [[StyledText]] in
            let key = Shorten.middle(attribute.key, to: keyWidth)
            let padding = String(repeating: " ", count: max(0, keyWidth - DisplayText.width(of: key)) + 1)
            let room = max(8, width - keyWidth - 1)
            let parts = wrapped(DisplayText.visible(attribute.value.text), to: room)
            let first = [StyledText(key + padding, .label), StyledText(parts.first ?? "", .text)]
            let indent = String(repeating: " ", count: keyWidth + 1)
            return [first] + parts.dropFirst().map { [StyledText(indent + $0, .text)] }
        }
    }

    /// A text in lines of so many columns, at most eight; the last says with an ellipsis that there is more.
    private static func wrapped(_ text: String, to width: Int) -> [String] {
        var parts: [String] = []
        var line = ""
        var used = 0
        for character in text {
            let own = DisplayText.width(of: String(character))
            if used + own > width, !line.isEmpty {
                parts.append(line)
                line = ""
                used = 0
                if parts.count == 8 {
                    parts[7] = String(parts[7].dropLast()) + "…"
                    return parts
                }
            }
            line.append(character)
            used += own
        }
        return parts + [line]
    }

    /// A short attribute, to stand in a line with others.
    private static func flowing(_ attribute: Attribute) -> [StyledText] {
        [
            StyledText(Shorten.middle(attribute.key, to: 28) + " ", .label),
            StyledText(Shorten.end(DisplayText.visible(attribute.value.text), to: 40), .text),
        ]
    }

    /// Several lines in one, as many as fit: for panels that are wide and low.
    private static func joined(_ lines: [[StyledText]], _ width: Int) -> [[StyledText]] {
        var result: [[StyledText]] = []
        for line in lines {
            if let last = result.last, last.displayWidth + 3 + line.displayWidth <= width {
                result[result.count - 1] += [StyledText("   ", .text)] + line
            } else {
                result.append(line)
            }
        }
        return result
    }
}
