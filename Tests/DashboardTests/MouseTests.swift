import Dashboard
import TerminalKit
import Testing

/// The mouse meets what is drawn: every test looks for its target on the screen.
@Suite struct MouseTests {
    @Test(arguments: [(200, 60), (120, 36), (80, 24), (60, 15)])
    func aClickSelectsTheRowUnderItAndASecondOpens(_ width: Int, _ height: Int) throws {
        var state = AppState.make(width: width, height: height)
        let place = try #require(state.place(of: "search"))
        state.click(x: 5, y: place.y)
        #expect(state.table.selected?.name == "search")
        #expect(state.lines()[place.y].contains("▌search"))
        state.click(x: 5, y: place.y)
        #expect(state.screen == .journey)
    }

    @Test func aClickOnATitleSortsAndReverses() throws {
        var state = AppState.make()
        let title = try #require(state.place(of: "p95 "))
        let rate = try #require(state.place(of: "Rate"))
        state.click(x: rate.x, y: rate.y)
        #expect(state.lines().contains { $0.contains("sort: rate ▾") })
        state.click(x: rate.x, y: rate.y)
        #expect(state.lines().contains { $0.contains("sort: rate ▴") })
        state.click(x: title.x, y: title.y)
        #expect(state.lines().contains { $0.contains("sort: p95 ▾") })
    }

    @Test func tabsAndHintsAreClicked() throws {
        var state = AppState.make()
        let tab = try #require(state.place(of: "2 Journey"))
        state.click(x: tab.x, y: tab.y)
        #expect(state.screen == .journey)
        let hint = try #require(state.place(of: "Space pause"))
        state.click(x: hint.x + 2, y: hint.y)
        #expect(state.pausedAt != nil)
        let live = try #require(state.place(of: ". live"))
        state.click(x: live.x, y: live.y)
        #expect(state.pausedAt == nil)
    }

    @Test(arguments: [(200, 60), (120, 36), (80, 24)])
    func runsAndSpansAreClicked(_ width: Int, _ height: Int) throws {
        var state = AppState.make(width: width, height: height, screen: .journey)
        let first = try #require(state.place(of: "▌0"))
        state.click(x: 10, y: first.y + 1)
        let run = state.lines()[first.y + 1]
        #expect(run.contains("▌0"))
        state.click(x: 10, y: first.y + 1)
        #expect(state.screen == .trace)
        let quote = try #require(state.place(of: "pricing Quote"))
        state.click(x: 12, y: quote.y)
        #expect(state.lines()[quote.y].contains("▌"))
        state.click(x: 12, y: quote.y)
        #expect(state.lines()[quote.y].contains("▸pricing Quote"))
    }

    @Test func aBoxIsDragged() {
        var state = AppState.make(screen: .journey)
        state.click(x: 60, y: 6)
        state.feed(.input(.mouse(MouseEvent(.drag, x: 66, y: 9))))
        state.feed(.input(.mouse(MouseEvent(.release, x: 66, y: 9))))
        #expect(state.focus == .traceList)
        #expect(state.lines().contains { $0.contains("sel 0") })
    }

    @Test func theWheelScrollsWhatLiesUnderIt() throws {
        var state = AppState.make(screen: .trace)
        state.press("g", "g")
        let place = try #require(state.place(of: "▾web-bff POST"))
        state.feed(.input(.mouse(MouseEvent(.wheelDown, .none, x: 10, y: place.y))))
        #expect(state.lines()[place.y + 3].contains("▌"))
        state.feed(.input(.mouse(MouseEvent(.wheelDown, .none, x: 110, y: place.y))))
        #expect(state.focus == .spanDetails)
    }
}

extension AppState {
    /// Where a text begins on the screen.
    func place(of text: String) -> Point? {
        for (y, line) in lines().enumerated() {
            if let range = line.firstRange(of: text) {
                return Point(x: DisplayText.width(of: String(line[..<range.lowerBound])), y: y)
            }
        }
        return nil
    }

    /// Presses and lets go the left button.
    mutating func click(x: Int, y: Int) {
        feed(.input(.mouse(MouseEvent(.press, x: x, y: y))))
        feed(.input(.mouse(MouseEvent(.release, x: x, y: y))))
    }
}
