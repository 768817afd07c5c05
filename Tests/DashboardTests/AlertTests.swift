import Dashboard
import Journeys
import Telemetry
import TerminalKit
import Testing

/// What people do about alerts, and how the terminal tells of them.
@Suite struct AlertTests {
    private static func make(
        _ screen: Screen = .journeys, journey: String? = nil, picture: DashboardPicture = Fixture.night
    ) -> AppState {
        AppState.make(picture, screen: screen, journey: journey, environment: Night.environment)
    }

    private static let checkout = JourneyView.ID(name: "checkout", environment: "prod-eu", isFound: false)
    private static let login = JourneyView.ID(name: "login", environment: "prod-eu", isFound: false)

    // MARK: Acknowledge

    @Test func enterAloneAcknowledges() {
        var state = AlertTests.make()
        #expect(state.press("a").isEmpty)
        #expect(state.lines().contains { $0.contains("ack checkout") })
        #expect(state.press("Enter") == [.acknowledge(AlertTests.checkout, note: nil)])
        #expect(state.overlay == nil)
    }

    @Test func aNoteMayGoWithIt() {
        var state = AlertTests.make(.journey, journey: "checkout")
        state.press("a")
        state.type("looks like pool wait")
        #expect(state.press("Enter") == [.acknowledge(AlertTests.checkout, note: "looks like pool wait")])
    }

    @Test func escapeAcknowledgesNothing() {
        var state = AlertTests.make()
        state.press("a")
        #expect(state.press("Esc").isEmpty)
        #expect(state.overlay == nil)
    }

    @Test func aCalmJourneyHasNothingToAcknowledge() {
        var state = AlertTests.make(journey: "login")
        #expect(state.press("a", "Enter").filter { $0 == .acknowledge(AlertTests.login, note: nil) }.isEmpty)
        #expect(state.screen == .journey, "Enter opened the journey instead")
    }

    @Test func nothingIsWrittenDownAboutAFile() {
        var picture = Fixture.night
        picture.origin = .file("night.jsonl")
        var state = AlertTests.make(picture: picture)
        for key in ["a", "M"] {
            state.press(key)
            #expect(state.overlay == nil)
            #expect(state.note?.text.contains("file") == true)
        }
    }

    // MARK: Mute

    @Test func mutingAsksAndThenMutes() {
        var state = AlertTests.make()
        state.press(":")
        state.type("alert.mute checkout 08:00 known bad release")
        #expect(state.press("Enter").isEmpty)
        #expect(state.lines().contains { $0.contains("Tell nobody about checkout until 08:00 UTC (4h47m)?") })
        let until = Night.end + (4 * 3600 + 47 * 60 + 20) * Shop.second
        #expect(state.press("y") == [.mute(AlertTests.checkout, until: until, note: "known bad release")])
    }

    @Test func anyOtherKeyDoesNotMute() {
        var state = AlertTests.make()
        state.press(":")
        state.type("alert.mute checkout 2h")
        state.press("Enter")
        #expect(state.press("x").isEmpty)
        #expect(state.overlay == nil)
    }

    @Test func theSelectedJourneyIsMutedWithoutItsName() {
        var state = AlertTests.make(journey: "signup")
        state.press(":")
        state.type("alert.mute")
        state.press("Enter")
        state.type("soon")
        #expect(state.press("Enter").isEmpty)
        #expect(state.lines().contains { $0.contains("\"soon\" is no time: expected 2h, 08:00") })
        state.press("C-u")
        state.type("90m")
        state.press("Enter")
        let id = JourneyView.ID(name: "signup", environment: "prod-eu", isFound: false)
        #expect(state.press("Enter") == [.mute(id, until: Night.end + 5400 * Shop.second, note: nil)])
    }

    @Test func aMuteCanBeEnded() {
        var state = AlertTests.make(journey: "gift.card")
        state.press(":")
        state.type("alert.unmute")
        let id = JourneyView.ID(name: "gift.card", environment: "prod-eu", isFound: false)
        #expect(state.press("Enter") == [.unmute(id)])
        _ = state.select(journey: "login")
        state.press(":")
        state.type("alert.unmute")
        #expect(state.press("Enter").isEmpty)
    }

    // MARK: Notes and marks

    @Test func marksAreWalkedFromTheNewestBack() {
        var state = AlertTests.make(.journey, journey: "checkout")
        // 03:09:36, 02:49:00, 02:47:05 and 02:47:00, as seconds before 03:12:40.
        let marks: [UInt64] = [184, 1420, 1535, 1540].map { Night.end - $0 * Shop.second }
        for mark in marks {
            state.press("{")
            #expect(state.markedTime == mark)
            #expect(state.pausedAt != nil)
        }
        state.press("{")
        #expect(state.markedTime == marks.last, "search is another path")
        state.press("}")
        #expect(state.markedTime == marks[2])
        state.press(".")
        #expect(state.markedTime == nil)
        #expect(state.pausedAt == nil)
    }

    @Test func aNoteStandsAtTheMark() {
        var state = AlertTests.make(.journey, journey: "checkout")
        state.press("{", "{", "M")
        state.type("#cause pool cut to 10")
        let time = Night.end - 1420 * Shop.second
        #expect(state.press("Enter") == [.note(AlertTests.checkout, time: time, text: "#cause pool cut to 10")])
        state.press("M")
        #expect(state.press("Enter").isEmpty, "an empty note is none")
    }

    @Test func aMarkBeforeTheRangeIsBroughtIntoIt() {
        var state = AlertTests.make(.journey, journey: "checkout")
        for _ in 0..<2 { state.press(")") }
        for _ in 0..<4 { state.press("{") }
        #expect(state.markedTime.map { $0 >= state.from && $0 <= state.now } == true)
    }

    // MARK: Next alert

    @Test func nextWalksTheAlertsAndTheCursor() {
        var state = AlertTests.make()
        #expect(state.lines()[3].contains("checkout"))
        for name in ["signup", "export", "checkout"] {
            state.press("n")
            #expect(state.lines()[3].contains(name))
            #expect(state.table.selected?.name == name)
        }
        state.press("N")
        #expect(state.table.selected?.name == "export")
    }

    // MARK: Order

    @Test func worstFirstThenTimeToEmpty() {
        let state = AlertTests.make()
        let names = state.lines()[10..<23].map { $0.dropFirst(11).prefix(12).trimmingSpaces }
        #expect(
            names == [
                "checkout", "signup", "export", "refund", "price.sync", "browse", "cart.add", "first.order", "login",
                "order.status", "pw.reset", "search", "gift.card",
            ])
    }

    @Test func aStaleJourneyThatPagedKeepsItsPlace() {
        var picture = Fixture.night
        for number in picture.verdicts.journeys.indices where picture.verdicts.journeys[number].id.name == "login" {
            picture.verdicts.journeys[number].state = .stale
            picture.verdicts.journeys[number].beneath = .page
            picture.verdicts.journeys[number].staleSince = Night.end - 100 * Shop.second
        }
        let lines = AlertTests.make(picture: picture).lines()
        #expect(lines[11].contains("✗ PAGE◌  login"))
    }

    // MARK: Pause, bell, title

    /// The night with another page, some seconds later.
    private static func later(seconds: UInt64 = 60) -> DashboardPicture {
        var picture = Fixture.night
        picture.now += seconds * Shop.second
        picture.verdicts.now = picture.now
        for number in picture.verdicts.journeys.indices where picture.verdicts.journeys[number].id.name == "login" {
            picture.verdicts.journeys[number].state = .page
            picture.verdicts.journeys[number].alerts = [
                Night.alert("login", .burn, .page, since: Night.end + Shop.second)
            ]
        }
        return picture
    }

    @Test func aNewPageRingsOnce() {
        var state = AlertTests.make()
        #expect(state.feed(.picture(AlertTests.later())).filter { $0 == .bell } == [.bell])
        #expect(!state.feed(.picture(AlertTests.later(seconds: 61))).contains(.bell))
    }

    @Test func theTitleFollowsTheWorst() {
        var state = AppState(size: Size(width: 120, height: 36))
        state.feed(.tick(Night.end))
        let effects = state.feed(.picture(Fixture.night))
        #expect(effects.contains(.title("✗ PAGE checkout +2 · waymark")))
        #expect(!effects.contains(.bell), "who opens it in the middle of trouble is looking already")
        var calm = Fixture.night
        calm.verdicts.journeys = calm.verdicts.journeys.filter { $0.state == .ok }
        #expect(state.feed(.picture(calm)).contains(.title("✓ waymark")))
    }

    @Test func theBellCanBeSilenced() {
        var state = AlertTests.make()
        state.press(":")
        state.type("bell off")
        #expect(state.press("Enter") == [.title("waymark")])
        #expect(!state.feed(.picture(AlertTests.later())).contains(.bell))
        state.press(":")
        state.type("bell on")
        #expect(state.press("Enter").contains { if case .title = $0 { true } else { false } })
    }

    @Test func acknowledgedAndMutedPagesDoNotRing() {
        var state = AlertTests.make()
        var picture = AlertTests.later()
        for number in picture.verdicts.journeys.indices where picture.verdicts.journeys[number].id.name == "login" {
            picture.verdicts.journeys[number].acknowledgement = Acknowledgement(time: Night.end)
        }
        #expect(!state.feed(.picture(picture)).contains(.bell))
    }

    @Test func pauseCountsNewAlertsAndTellsOfPages() {
        var state = AlertTests.make()
        state.press("Space")
        state.feed(.picture(AlertTests.later()))
        let lines = state.lines()
        #expect(lines[1].hasPrefix(" ‖ PAUSED at 03:12:40 (1m00s behind, 1 new alert)"))
        #expect(lines.last?.contains("✗ PAGE login: fast burn") == true)
        #expect(lines[3].contains("checkout"), "the screen itself stands still")
    }

    // MARK: Nothing judged

    @Test func withoutVerdictsNothingChanges() {
        var state = AppState.make(Fixture.live)
        #expect(!state.lines().contains { $0.contains("NOW") })
        state.press("a")
        #expect(state.overlay == nil)
        #expect(state.feed(.picture(Fixture.live)).allSatisfy { if case .title = $0 { false } else { true } })
    }
}

extension Substring {
    /// The text without spaces at its ends.
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
