import Analysis
import Dashboard
import Journeys
import Telemetry
import TerminalKit
import Testing

/// Keys and events: what they change and what they ask for.
@Suite struct UpdateTests {
    // MARK: Moving and opening

    @Test func theWorstJourneyLeadsByEnterToItsSlowestTrace() {
        var state = AppState.make(journey: nil)
        #expect(state.table.selected?.name == "checkout")
        state.press("Enter")
        #expect(state.screen == .journey)
        let effects = state.press("Enter")
        #expect(state.screen == .trace)
        #expect(effects.contains { if case .loadTrace = $0 { true } else { false } })
        let layout = state.trace.layout
        #expect(layout?.picture.trace.spans.count == 25)
        #expect(state.lines().contains { $0.contains("pool.acquire") && $0.contains("▌") })
    }

    @Test func backGoesTheWayOneCame() {
        var state = AppState.make()
        state.press("Enter", "Enter")
        #expect(state.screen == .trace)
        state.press("Esc")
        #expect(state.screen == .journey)
        state.press("Backspace")
        #expect(state.screen == .journeys)
        state.press("Esc")
        #expect(state.screen == .journeys)
    }

    @Test func cursorStopsAtBothEnds() {
        var state = AppState.make()
        state.press("G")
        let last = state.table.selected
        state.press("j", "C-d", "PgDn")
        #expect(state.table.selected == last)
        state.press("g", "g")
        #expect(state.table.selected?.name == "checkout")
        state.press("k", "PgUp", "Home")
        #expect(state.table.selected?.name == "checkout")
        state.press("End")
        #expect(state.table.selected == last)
    }

    @Test func listScrollsOnlyWhenTheCursorLeavesIt() {
        var shop = Shop()
        for number in 0..<40 {
            shop.visit("svc", "GET /\(number)", at: Shop.end - Shop.second, took: 20, fails: false)
        }
        var state = AppState.make(shop.picture(journeys: []), width: 80, height: 24, journey: nil)
        for _ in 0..<16 { state.press("j") }
        #expect(state.table.offset == 0)
        state.press("j", "j")
        #expect(state.table.offset == 2)
        state.press("k", "k", "k")
        #expect(state.table.offset == 2, "going back moves the cursor, not the list")
        state.feed(.resized(Size(width: 80, height: 34)))
        let lines = state.lines()
        #expect(lines.contains { $0.hasPrefix("▌") }, "the cursor is in view after a change of size")
    }

    @Test func screensAreReachedByNumberAndLetter() {
        var state = AppState.make()
        state.press("2")
        #expect(state.screen == .journey)
        state.press("3")
        #expect(state.screen == .trace)
        state.press("1")
        #expect(state.screen == .journeys)
        state.press("`")
        #expect(state.screen == .trace)
        state.press("g", "j")
        #expect(state.screen == .journey)
        state.press("g", "t")
        #expect(state.screen == .trace)
    }

    @Test func environmentsTakeTurns() {
        var state = AppState.make()
        #expect(state.environment == nil)
        state.press("g", "e")
        #expect(state.environment == "prod-eu")
        #expect(!state.lines().contains { $0.contains("staging") })
        state.press("g", "e")
        #expect(state.environment == "staging")
        #expect(state.table.selected?.environment == "staging" || state.table.selected?.environment == nil)
        state.press("g", "e")
        #expect(state.environment == nil)
    }

    @Test func anUnfinishedSequenceIsForgottenByAKeyThatDoesNotContinueIt() {
        var state = AppState.make()
        state.press("g", "j")
        #expect(state.screen == .journey)
        state.press("1", "g", "2")
        #expect(state.screen == .journey, "2 is a command of its own after a g that leads nowhere")
    }

    @Test func nextBadJourneyIsFound() {
        var state = AppState.make()
        state.press("G", "n")
        #expect(state.table.selected?.name == "checkout")
    }

    // MARK: Time

    @Test func pauseFreezesAndSpaceResumes() {
        var state = AppState.make()
        state.press("Space")
        #expect(state.pausedAt == Shop.end)
        #expect(state.lines()[1].contains("‖ PAUSED at 03:12:40"))
        var later = Fixture.live
        later.now += 5 * Shop.second
        state.feed(.picture(later))
        #expect(state.now == Shop.end)
        #expect(state.lines()[1].contains("behind"))
        state.press("Space")
        #expect(state.pausedAt == nil)
        #expect(state.now == later.now)
    }

    @Test func scrubbingMovesEveryPanelAndSaysWhenThereIsNothing() {
        var state = AppState.make(screen: .journey)
        let before = state.lines()
        state.press("[")
        #expect(state.pausedAt == Shop.end - state.range / 60)
        #expect(state.lines() != before)
        state.press("]", "]", "]")
        #expect(state.pausedAt == Shop.end, "never past the present")
        for _ in 0..<150 { state.press("[") }
        let lines = state.lines()
        #expect(lines.contains { $0.contains("no runs in this time") })
        #expect(lines.contains { $0.contains("Throughput —") })
        state.press("1")
        let row = state.lines().first { $0.contains("▌checkout") }
        #expect(row?.contains("0.00%") == false, "missing is never zero: \(row ?? "")")
        state.press(".")
        #expect(state.pausedAt == nil)
    }

    @Test(
        arguments: [
            ("15m", 900, nil), ("now-2h..now", 7200, nil), ("02:40..03:12", 1920, Shop.end - 40 * Shop.second),
            ("now-30m..now-10m", 1200, Shop.end - 600 * Shop.second),
        ] as [(String, UInt64, UInt64?)])
    func timeIsPicked(_ text: String, _ seconds: UInt64, _ end: UInt64?) {
        var state = AppState.make()
        state.press("t")
        state.type(text)
        state.press("Enter")
        #expect(state.range == seconds * Shop.second)
        #expect(state.pausedAt == end)
        #expect(state.overlay == nil)
    }

    @Test(arguments: ["9x", "..", "03:12..02:40", "99999999999999999999d", "0m"])
    func timeThatIsNoneIsExplained(_ text: String) {
        var state = AppState.make()
        state.press("t")
        state.type(text)
        state.press("Enter")
        #expect(state.overlay != nil)
        #expect(state.range == 3600 * Shop.second)
    }

    @Test func rangeIsZoomed() {
        var state = AppState.make()
        state.press(")")
        #expect(state.range == 1800 * Shop.second)
        state.press("(", "(")
        #expect(state.range == 3 * 3600 * Shop.second)
    }

    @Test func aShortFileIsShownWhole() {
        let state = AppState.make(Shop.make(minutes: 9).picture())
        #expect(state.range == 900 * Shop.second)
    }

    // MARK: Sorting, filtering, finding

    @Test func sortGoesRoundAndReverses() {
        var state = AppState.make()
        #expect(state.lines().contains { $0.contains("sort: share of bad runs ▾") })
        state.press("s")
        #expect(state.lines().contains { $0.contains("sort: name ▾") })
        let names = state.names
        #expect(names == names.sorted())
        state.press("S")
        #expect(state.names == Array(names.reversed()))
    }

    @Test func filterKeepsJourneysWithAMatchingSpan() {
        var state = AppState.make()
        state.press("/")
        state.type("service=payments version=2.14.0")
        let effects = state.press("Enter")
        #expect(effects.contains { if case .search = $0 { true } else { false } })
        #expect(Set(state.names) == ["checkout"])
        state.press("2")
        #expect(state.lines().contains { $0.contains("2.14.0") })
        state.press("1", "/", "C-u", "Enter")
        #expect(state.filter == nil)
        #expect(state.names.count > 3)
    }

    @Test func aBrokenFilterStaysInTheBarWithItsColumn() {
        var state = AppState.make()
        state.press("/")
        state.type("duration>x")
        #expect(state.lines().contains { $0.contains("column 10") })
        state.press("Enter")
        #expect(state.overlay != nil)
        #expect(state.filter == nil)
        state.press("Esc")
        #expect(state.overlay == nil)
    }

    @Test func pastedTextGoesIntoTheBarAndNowhereElse() {
        var state = AppState.make()
        let before = state.lines()
        state.feed(.input(.paste("qqq\u{1b}[2J")))
        #expect(state.lines() == before)
        state.press("/")
        state.feed(.input(.paste("service=cart")))
        #expect(state.lines().contains { $0.hasPrefix("/service=cart") })
    }

    @Test func journeysAreFoundByName() {
        var state = AppState.make()
        state.press("f")
        state.type("logi")
        state.press("Enter")
        #expect(state.table.selected?.name == "login")
        let first = state.table.selected
        state.press("n")
        #expect(state.table.selected?.name == "login")
        #expect(state.table.selected != first)
        state.press("n")
        #expect(state.table.selected == first)
    }

    // MARK: Trace

    @Test func foldsFollowTheCursor() {
        var state = AppState.make(screen: .trace)
        let rows = state.trace.layout?.rows.count ?? 0
        state.press("H")
        #expect(state.trace.layout?.rows.count == 2)
        state.press("l")
        #expect((state.trace.layout?.rows.count ?? 0) > 2)
        state.press("L")
        #expect(state.trace.layout?.rows.count == 15 + 12, "groups of siblings are unfolded too: \(rows)")
        state.press("g", "g", "h")
        #expect(state.trace.layout?.rows.first?.isFolded == true)
        state.press("Enter")
        #expect(state.trace.layout?.rows.first?.isFolded == false)
    }

    @Test func criticalPathIsWalked() {
        var state = AppState.make(screen: .trace)
        state.press("g", "g")
        var seen: [String] = []
        for _ in 0..<6 {
            state.press("p")
            if let line = state.lines().first(where: { $0.contains("▌") }) { seen.append(line) }
        }
        #expect(Set(seen).count > 3)
    }

    @Test func findUnfoldsAndCounts() {
        var state = AppState.make(screen: .trace)
        state.press("H", "f")
        state.type("pg INSERT")
        state.press("Enter")
        #expect(state.lines().contains { $0.contains("▌") && $0.contains("pg INSERT entry") })
        #expect(state.lines().contains { $0.contains("find pg INSERT: 1") })
        state.press("Esc")
        #expect(!state.lines().contains { $0.contains("find pg INSERT") })
        #expect(state.screen == .trace)
    }

    @Test func errorsOnlyNeedsAnError() throws {
        let state = AppState.make(screen: .journey)
        var failed = state
        failed.press("Tab", "l", "Enter")
        #expect(failed.screen == .trace)
        failed.press("e")
        let rows = failed.lines().filter { $0.contains("payments POST /charge") || $0.contains("redis HGETALL") }
        #expect(rows.count == 1, "only the failed span and what it lies in")
        var healthy = state
        healthy.press("Tab", "G", "Enter", "e")
        #expect(healthy.lines().last?.contains("no failed span") == true)
    }

    @Test func detailsHideAndScroll() {
        var state = AppState.make(width: 80, height: 24, screen: .trace)
        #expect(state.lines().contains { $0.contains("─ Span pool.acquire") })
        state.press("Tab")
        #expect(state.focus == .spanDetails)
        for _ in 0..<200 { state.press("j") }
        let deep = state.lines()
        state.press("k")
        #expect(state.lines() != deep, "the end of the details is not overshot")
        state.press("d")
        #expect(!state.lines().contains { $0.contains("─ Span pool.acquire") })
        state.press("Tab")
        #expect(state.focus == .waterfall, "hidden details have no focus")
    }

    @Test func detailsFillATinyScreen() {
        var state = AppState.make(width: 60, height: 15, screen: .trace)
        state.press("Tab")
        #expect(state.lines().contains { $0.contains("app.pool.max") })
        state.press("Tab")
        #expect(state.lines().contains { $0.contains("web-bff POST") })
    }

    @Test func aTraceThatIsGoneIsSaidToBe() {
        var state = AppState.make()
        let id = TraceID(high: 1, low: 2)
        state.answer(state.openTrace(id))
        #expect(state.lines().contains { $0.contains("none of its spans is held") })
    }

    @Test func aGrowingTraceKeepsItsCursor() {
        var state = AppState.make(screen: .trace)
        let selected = state.lines().first { $0.contains("▌") }
        guard let id = state.trace.id, let whole = Fixture.live.store.trace(id) else {
            Issue.record("no trace")
            return
        }
        #expect(whole.spans.count == 25)
        // First all but the last spans to end, then the whole trace: the cursor stays on its span.
        var shop = Shop(seed: 1)
        shop.repeat(Shop.make().spans.filter { $0.fields.trace == id && $0.service != "cart" })
        guard let part = shop.picture(live: true).store.trace(id) else {
            Issue.record("no part")
            return
        }
        var growing = AppState(size: Size(width: 120, height: 36))
        growing.feed(.picture(Fixture.live))
        _ = growing.openTrace(id)
        growing.feed(.traceLoaded(id, TracePicture(part)))
        growing.feed(.traceLoaded(id, TracePicture(whole)))
        #expect(growing.lines().contains { $0.contains("▌") && $0.contains("pool.acquire") })
        #expect(growing.lines().contains { $0.contains("redis HGETALL") })
        #expect(selected?.contains("pool.acquire") == true)
        state.feed(.traceLoaded(id, nil))
        #expect(state.trace.layout != nil, "a trace on screen stays when it is evicted")
    }

    // MARK: Heat map

    @Test func aBoxListsItsRuns() {
        var state = AppState.make(screen: .journey)
        state.press("h", "v", "h", "h", "k", "k", "Enter")
        #expect(state.focus == .traceList)
        #expect(state.lines().contains { $0.contains("sel 0") })
        state.press("Esc")
        #expect(!state.lines().contains { $0.contains("sel 0") })
    }

    @Test func listsChangeSideways() {
        var state = AppState.make(screen: .journey)
        state.press("Tab", "l")
        #expect(state.lines().contains { $0.contains("[Failed]") })
        #expect(state.lines().contains { $0.contains("✗ ") })
        state.press("h", "h")
        #expect(state.lines().contains { $0.contains("[Newest]") })
    }

    // MARK: Overlays, copying, leaving

    @Test func quitAsksOnce() {
        var state = AppState.make()
        #expect(state.press("q").isEmpty)
        #expect(state.press("j").isEmpty)
        #expect(state.overlay == nil)
        #expect(state.press("q", "q") == [.quit])
        #expect(AppState.make().pressing("C-c", "C-c") == [.quit])
        #expect(AppState.make().pressing("q", "Enter") == [.quit])
    }

    @Test func aLostTerminalEndsAtOnce() {
        var state = AppState.make()
        #expect(state.feed(.input(.ended(.lost))) == [.quit])
    }

    @Test func paletteRunsCommandsAndGoesToJourneys() {
        var state = AppState.make()
        state.press(":")
        state.type("@login")
        state.press("Enter")
        #expect(state.screen == .journey)
        #expect(state.table.selected?.name == "login")
        var later = Fixture.live
        later.now += Shop.second
        state.feed(.picture(later))
        #expect(state.table.selected?.name == "login", "what was chosen stays when time goes on")
        state.press(":")
        state.type("screen.1")
        state.press("Enter")
        #expect(state.screen == .journeys)
    }

    @Test func themePreviewsAndIsRestored() {
        var state = AppState(size: Size(width: 100, height: 30), themes: [.dark, .monochrome])
        state.feed(.picture(Fixture.live))
        state.press("T", "j")
        #expect(state.theme.name == Theme.monochrome.name)
        state.press("Esc")
        #expect(state.theme.name == Theme.dark.name)
        state.press("T", "j", "Enter")
        #expect(state.theme.name == Theme.monochrome.name)
    }

    @Test func copyTakesWhatIsSelected() {
        var state = AppState.make()
        #expect(state.press("y") == [.copy("checkout")])
        state.press("2", "Tab", "Enter")
        let copied = state.press("y")
        #expect(copied.count == 1)
        if case .copy(let text) = copied.first { #expect(text.contains("service=payments name=\"pool.acquire\"")) }
    }

    @Test func foundJourneysAreWrittenAndOthersAreNot() {
        var state = AppState.make()
        #expect(state.press("J").isEmpty)
        #expect(state.lines().last?.contains("has a file already") == true)
        _ = state.select(journey: "cart POST /cart/items")
        let effects = state.press("J")
        #expect(effects.count == 1)
    }

    @Test func notesGoAway() {
        var state = AppState.make()
        state.feed(.notice("hello"))
        #expect(state.lines().last?.contains("hello") == true)
        state.feed(.tick(Shop.end + 6 * Shop.second))
        #expect(state.lines().last?.contains("hello") == false)
    }

    @Test func firstRunHasItsOwnKeys() {
        var state = AppState(size: Size(width: 120, height: 36))
        state.feed(.picture(.waiting))
        #expect(state.isFirstRun)
        state.press("Tab")
        #expect(state.snippet == .rust)
        let copied = state.press("y")
        if case .copy(let text) = copied.first {
            #expect(text.contains("cargo run"))
        } else {
            Issue.record("nothing copied")
        }
        #expect(state.press("D") == [.startDemo])
        state.press("o")
        state.type("a.jsonl")
        #expect(state.press("Enter") == [.openFile("a.jsonl")])
    }

    @Test func aHistoryIsShownBeforeAnythingComes() {
        var picture = Fixture.live
        picture.store = DashboardPicture.waiting.store
        let state = AppState.make(picture)
        #expect(!picture.hasTelemetry)
        #expect(!state.isFirstRun)
        let lines = state.lines()
        #expect(lines.contains { $0.contains("checkout") && $0.contains("/s") })
        #expect(lines.contains { $0.contains("WAITING") })
    }

    // MARK: Order of rows

    @Test func rowsKeepTheirOrderForTenSecondsAndAfterKeys() {
        // The same journeys; first checkout is the worst, then search.
        func picture(_ sick: String) -> DashboardPicture {
            var shop = Shop(seed: 9)
            for step: UInt64 in 1...60 {
                let end = Shop.end - step * 2 * Shop.second
                shop.visit("search", "GET /search", at: end, took: 50, fails: sick == "search")
                shop.visit("refunds", "POST /refund", at: end, took: 50, fails: sick == "refund")
            }
            return shop.picture(live: true)
        }
        var state = AppState(size: Size(width: 120, height: 36))
        state.feed(.tick(Shop.end))
        state.feed(.picture(picture("search")))
        #expect(state.names.first == "search")
        state.feed(.tick(Shop.end + 9 * Shop.second))
        state.feed(.picture(picture("refund")))
        #expect(state.names.first == "search", "not within ten seconds")
        state.feed(.tick(Shop.end + 10 * Shop.second))
        state.press("j")
        state.feed(.picture(picture("refund")))
        #expect(state.names.first == "search", "not within three seconds of a key")
        state.feed(.tick(Shop.end + 13 * Shop.second))
        state.feed(.picture(picture("refund")))
        #expect(state.names.first == "refund")
    }
}

extension AppState {
    /// The names of the rows on screen, from top to bottom.
    var names: [String] {
        lines().compactMap { line in
            let text = line.drop { $0 == "│" || $0 == "▌" || $0 == " " }
            return latest?.journeys.journeys.map(\.name).filter { text.hasPrefix($0 + " ") }.max { $0.count < $1.count }
        }
    }

    /// The effects of keys, on a copy.
    func pressing(_ keys: String...) -> [Effect] {
        var copy = self
        return keys.flatMap { copy.press($0) }
    }
}
