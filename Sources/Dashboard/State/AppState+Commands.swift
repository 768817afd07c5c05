import Analysis
import Journeys
import Telemetry
import TerminalKit

extension AppState {
    /// Runs a command, if it is valid here.
    mutating func perform(_ id: CommandID) -> [Effect] {
        let isTab = id == .focusNext || id == .focusPrevious
        guard CommandTable.command(id)?.screens.contains(screen) ?? true || isFirstRun && isTab else {
            tell("\(CommandTable.command(id)?.title ?? id.rawValue): not on this screen")
            return []
        }
        switch id {
        case .cursorDown: return move(by: 1)
        case .cursorUp: return move(by: -1)
        case .halfPageDown: return move(by: pageRows / 2)
        case .halfPageUp: return move(by: -pageRows / 2)
        case .pageDown: return move(by: pageRows)
        case .pageUp: return move(by: -pageRows)
        case .cursorFirst: return move(by: -1_000_000_000)
        case .cursorLast: return move(by: 1_000_000_000)
        case .cursorLeft: return sideways(-1)
        case .cursorRight: return sideways(1)
        case .focusNext: return moveFocus(1)
        case .focusPrevious: return moveFocus(-1)
        case .panelZoom: isZoomed.toggle()
        case .open: return open()
        case .back: return back()
        case .viewLast: return history.last.map { show($0) } ?? []
        case .screenJourneys: return show(.journeys)
        case .screenJourney, .goJourney: return show(.journey)
        case .screenTrace: return showTraceScreen()
        case .goTrace, .exemplar: return openWorstTrace()
        case .filterEdit: overlay = .filter(LineEditor(filter?.text ?? ""), error: nil)
        case .find: overlay = .find(LineEditor(screen == .trace ? trace.search : table.search))
        case .findNext, .findPrevious:
            findNext(id == .findNext ? 1 : -1)
            return screen == .trace ? [] : followUps()
        case .palette: overlay = .palette(LineEditor(), row: 0)
        case .help: overlay = .help(scroll: 0)
        case .themePick: overlay = .theme(original: themeIndex)
        case .fileOpen: overlay = .file(LineEditor())
        case .pause, .live, .timePick, .timeBack, .timeForward, .zoomIn, .zoomOut: return changeTime(id)
        case .nextEnvironment: return nextEnvironment()
        case .sortNext, .sortReverse: sort(id)
        case .select: toggleSelection()
        case .errorsOnly: toggleErrorsOnly()
        case .overlayToggle: journey.showsPercentiles.toggle()
        case .foldAll, .unfoldAll, .pathNext, .detailsToggle: changeTrace(id)
        case .markPrevious: return moveToMark(-1)
        case .markNext: return moveToMark(1)
        case .acknowledge: acknowledge()
        case .mute: mute()
        case .unmute: return unmute()
        case .noteAdd: addNote()
        case .bellOn, .bellOff: return setBell(id == .bellOn)
        case .runbook: return showRunbook()
        case .copyValue: return copyValue()
        case .copyView: return [.copy(draw().text)]
        case .journeyWrite: return writeJourney()
        case .journeyReload: return [.reloadJourneys]
        case .demoStart: return [.startDemo]
        case .debugFrame: showsFrameFigures.toggle()
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .quit: overlay = .quit
        }
        return []
    }

    // MARK: Screens

    /// Goes to a screen and remembers where one came from.
    mutating func show(_ next: Screen) -> [Effect] {
        guard next != screen else { return [] }
        history.append(screen)
        if history.count > 32 { history.removeFirst() }
        // Other screens are about the selected journey, so it stays.
        if next != .journeys { table.isCursorMoved = true }
        return enter(next)
    }

    private mutating func enter(_ next: Screen) -> [Effect] {
        screen = next
        isZoomed = false
        focus = Focus.panels(of: next)[0]
        return followUps()
    }

    private mutating func back() -> [Effect] {
        if isZoomed {
            isZoomed = false
        } else if screen == .journey, journey.anchor != nil || journey.box != nil {
            journey.anchor = nil
            journey.box = nil
        } else if markedTime != nil {
            resume()
        } else if screen == .trace, !trace.search.isEmpty {
            trace.search = ""
        } else if screen == .journeys, !table.search.isEmpty {
            table.search = ""
        } else if screen == .journeys, filter != nil {
            filter = nil
            reorder()
        } else if let previous = history.popLast() {
            return enter(previous)
        } else if screen != .journeys {
            return enter(.journeys)
        }
        return []
    }

    private mutating func open() -> [Effect] {
        switch screen {
        case .journeys:
            guard table.selected != nil else { return [] }
            table.isCursorMoved = true
            journey = JourneyScreenState()
            return show(.journey)
        case .journey:
            if focus == .heatMap, !isZoomed || journey.cell != nil, selectBox() {
                focus = .traceList
                isZoomed = false
                return []
            }
            let rows = JourneyRuns(self).rows
            guard let id = journey.trace ?? rows.first?.trace else { return [] }
            return openTrace(id)
        case .trace:
            toggleFold()
            return []
        }
    }

    private mutating func showTraceScreen() -> [Effect] {
        if trace.id != nil { return show(.trace) }
        return openWorstTrace()
    }

    /// Opens the slowest run of the selected journey, or the selected one of the list.
    private mutating func openWorstTrace() -> [Effect] {
        let rows = JourneyRuns(self).rows
        guard let id = (screen == .journey ? journey.trace : nil) ?? rows.first?.trace else {
            tell("no trace to show: no run of this journey is held")
            return []
        }
        return openTrace(id)
    }

    /// Shows a trace.
    package mutating func openTrace(_ id: TraceID) -> [Effect] {
        if trace.id != id {
            let showsDetails = trace.showsDetails
            trace = TraceScreenState()
            trace.showsDetails = showsDetails
            trace.id = id
        }
        let effects = show(.trace)
        return effects.contains(.loadTrace(id)) ? effects : effects + [.loadTrace(id)]
    }

    private mutating func moveFocus(_ step: Int) -> [Effect] {
        if isFirstRun {
            let all = Snippet.allCases
            snippet = all[(snippet.rawValue + step + all.count) % all.count]
            return []
        }
        let panels = Focus.panels(of: screen)
        let index = panels.firstIndex(of: focus) ?? 0
        focus = panels[(index + step + panels.count) % panels.count]
        return []
    }

    // MARK: Time

    private mutating func changeTime(_ id: CommandID) -> [Effect] {
        switch id {
        case .pause: pausedAt == nil ? pause() : resume()
        case .live: resume()
        case .timePick: overlay = .time(LineEditor(), error: nil)
        case .timeBack, .timeForward:
            if pausedAt == nil { pause() }
            let step = max(1_000_000_000, range / 60)
            let end = latest?.now ?? now
            let moved = id == .timeBack ? now - min(now, step) : min(now + step, max(end, now))
            pausedAt = moved
            markedTime = nil
        case .zoomIn, .zoomOut:
            let index = AppState.ranges.firstIndex { $0 >= range } ?? 0
            let next = id == .zoomIn ? index - 1 : index + 1
            range = AppState.ranges[min(max(0, next), AppState.ranges.count - 1)]
            isRangeChosen = true
            journey.cell = nil
            journey.box = nil
        default: break
        }
        return followUps()
    }

    /// Lets time stand still.
    mutating func pause() {
        guard let latest else { return }
        frozen = latest
        pausedAt = latest.now
    }

    /// Goes back to the present.
    mutating func resume() {
        frozen = nil
        pausedAt = nil
        markedTime = nil
    }

    private mutating func nextEnvironment() -> [Effect] {
        let all = JourneyRows.environments(of: self)
        guard !all.isEmpty else { return [] }
        if let current = environment, let index = all.firstIndex(of: current) {
            environment = index + 1 < all.count ? all[index + 1] : nil
        } else {
            environment = all[0]
        }
        reorder()
        if let selected = table.selected, !table.order.contains(selected) { table.selected = table.order.first }
        return followUps()
    }

    // MARK: Lists

    private mutating func sort(_ id: CommandID) {
        guard screen == .journeys else {
            let all = JourneyScreenState.List.allCases
            journey.list = all[(journey.list.rawValue + (id == .sortNext ? 1 : all.count - 1)) % all.count]
            journey.trace = nil
            return
        }
        if id == .sortReverse {
            table.isReversed.toggle()
        } else {
            let all = JourneyTableState.Sort.allCases
            table.sort = all[(table.sort.rawValue + 1) % all.count]
            table.isReversed = false
        }
        reorder()
    }

    private mutating func toggleErrorsOnly() {
        if screen == .trace {
            guard trace.errorsOnly || trace.layout.map({ !AppState.failedRows(of: $0).isEmpty }) ?? false else {
                tell("no failed span in this trace")
                return
            }
            trace.errorsOnly.toggle()
            relayout()
        } else {
            journey.errorsOnly.toggle()
            journey.trace = nil
        }
    }

    // MARK: Values

    private func copyValue() -> [Effect] {
        if isFirstRun { return [.copy(FirstRun.text(of: snippet, sources: picture?.sources ?? []))] }
        switch screen {
        case .journeys: return table.selected.map { [.copy($0.name)] } ?? []
        case .journey:
            if focus == .traceList, let id = journey.trace ?? JourneyRuns(self).rows.first?.trace {
                return [.copy(id.hex)]
            }
            return table.selected.map { [.copy($0.name)] } ?? []
        case .trace: return trace.copyText.map { [.copy($0)] } ?? []
        }
    }

    private mutating func writeJourney() -> [Effect] {
        guard let row = table.selected, let view = JourneyRows.view(row, of: self) else { return [] }
        guard view.isFound else {
            tell("\(row.name) has a file already")
            return []
        }
        return [.writeJourney(row)]
    }

    private mutating func showRunbook() -> [Effect] {
        guard let row = table.selected, let view = JourneyRows.view(row, of: self) else { return [] }
        let title = "Runbook of \(row.name)"
        switch view.definition?.runbook {
        case nil: tell("\(row.name) names no runbook")
        case .address(let address):
            overlay = .text(title: title, lines: [address, "", "y copies the address"], scroll: 0)
        case .markdown(let name):
            let file = view.definition?.place.file ?? ""
            return [.readText(title: title, path: JourneySet.beside(file, name))]
        }
        return []
    }
}
