import Journeys
import Telemetry
import Testing

/// Acknowledgements, mutes, notes, and what a restart keeps.
@Suite("Judging: people and restarts")
struct JudgePeopleTests {
    private static let second = judgedSecond
    private static let minute = 60 * judgedSecond
    private static let noon: UInt64 = 1_760_004_000 * judgedSecond

    /// A journey that pages at noon.
    private static func paging() -> Court {
        let court = Court(.judged("{window: 28d, success: {target: 99.5%}}"))
        court.take(Court.runs(600, over: 240, before: noon, badEach: 2))
        return court
    }

    private func expectNothingNew(_ court: Court) {
        let told = court.judge.takeNewEvents()
        #expect(told.isEmpty)
    }

    @Test func anAcknowledgement_LastsAsLongAsTheTrouble() {
        let court = Self.paging()
        let answer1 = court.judge.acknowledge("checkout", at: Self.noon)
        #expect(!answer1)
        _ = court.verdict(at: Self.noon)
        let answer2 = court.judge.acknowledge("other", at: Self.noon)
        #expect(!answer2)
        let answer3 = court.judge.acknowledge("checkout", in: "staging", at: Self.noon)
        #expect(!answer3)
        let answer4 = court.judge.acknowledge("checkout", in: "prod", at: Self.noon, by: "kim", note: "looking")
        #expect(answer4)
        let seen = court.verdict(at: Self.noon + Self.second)
        #expect(seen.acknowledgement == Acknowledgement(time: Self.noon, by: "kim", note: "looking"))
        #expect(seen.state == .page)
        court.take(Court.runs(100_000, over: 240, before: Self.noon + 400 * Self.second))
        let over = court.verdicts(at: Self.noon + 400 * Self.second)
        #expect(over.journeys[0].alerts.isEmpty)
        #expect(over.journeys[0].acknowledgement == nil)
        #expect(over.timeline.map(\.kind).contains(.acknowledged))
    }

    @Test func anAcknowledgement_EndsWhenItBecomesWorse() {
        let court = Court(
            .judged(
                "{window: 28d, success: {target: 99.5%}}",
                more: "traffic: never\nalerts: [{warn: 2, long: 1h, short: 5m}, {page: 40, long: 1h, short: 5m}]"))
        court.take(Court.runs(1_000, over: 3_600, before: Self.noon, badEach: 50))
        #expect(court.verdict(at: Self.noon).state == .warn)
        court.judge.acknowledge("checkout", at: Self.noon)
        #expect(court.verdict(at: Self.noon + Self.second).acknowledgement != nil)
        court.take(Court.runs(3_000, over: 60, before: Self.noon + Self.minute, badEach: 2))
        let worse = court.verdict(at: Self.noon + Self.minute)
        #expect(worse.state == .page)
        #expect(worse.acknowledgement == nil)
    }

    @Test func aMute_CoversTheState_UntilItsEnd() {
        let court = Self.paging()
        let answer5 = court.judge.mute("checkout", until: Self.noon + 1, at: Self.noon)
        #expect(!answer5)
        _ = court.verdict(at: Self.noon)
        let answer6 = court.judge.mute("checkout", until: Self.noon, at: Self.noon)
        #expect(!answer6)
        let answer7 = court.judge.mute(
            "checkout", until: Self.noon + Self.minute, at: Self.noon, by: "kim", note: "known")
        #expect(answer7)
        let muted = court.verdict(at: Self.noon + Self.second)
        #expect(muted.state == .muted && muted.beneath == .page)
        #expect(muted.mutedUntil == Self.noon + Self.minute)
        #expect(!muted.alerts.isEmpty)
        let stale = court.verdict(at: Self.noon + 2 * Self.second, stale: Self.noon)
        #expect(stale.state == .muted && stale.beneath == .stale)
        let after = court.verdicts(at: Self.noon + Self.minute)
        #expect(after.journeys[0].state == .page)
        #expect(after.timeline.last { $0.kind == .unmuted }?.time == Self.noon + Self.minute)
        let answer8 = court.judge.mute("checkout", in: "prod", until: Self.noon + 90 * Self.second, at: Self.noon)
        #expect(answer8)
        let answer9 = court.judge.unmute("checkout", at: Self.noon + 61 * Self.second)
        #expect(answer9)
        let answer10 = court.judge.unmute("checkout", at: Self.noon + 61 * Self.second)
        #expect(!answer10)
        #expect(court.verdict(at: Self.noon + 62 * Self.second).state == .page)
    }

    @Test func aFile_ShowsAtOnceWhatPeopleDo() {
        let court = Court(.judged("{window: 28d, success: {target: 99.5%}}"), base: .file)
        court.take(Court.runs(600, over: 240, before: Self.noon, badEach: 2))
        #expect(court.verdict(at: Self.noon, base: .file).state == .page)
        court.judge.acknowledge("checkout", at: Self.noon)
        court.judge.mute("checkout", until: Self.noon + Self.minute, at: Self.noon)
        let muted = court.verdict(at: Self.noon, base: .file)
        #expect(muted.state == .muted && muted.beneath == .page && muted.acknowledgement != nil)
        court.judge.unmute("checkout", at: Self.noon)
        #expect(court.verdict(at: Self.noon, base: .file).state == .page)
    }

    @Test func aRule_ThatIsGoneAfterARestart_FiresNoMore() {
        let court = Self.paging()
        _ = court.verdict(at: Self.noon)
        let events = court.judge.takeNewEvents()
        let other = Court(
            .judged(
                "{window: 28d, success: {target: 99.5%}}",
                more: "traffic: never\nalerts: [{warn: 1, long: 1h, short: 5m}]"))
        other.judge.restore(from: events)
        other.take(Court.runs(600, over: 240, before: Self.noon, badEach: 2))
        let verdict = other.verdict(at: Self.noon + Self.second)
        #expect(verdict.alerts.map(\.key.rule) == ["warn 1× 1h/5m"])
    }

    @Test func newEvents_AreHandedOutOnce_AndAreBounded() {
        let court = Self.paging()
        var deploy = TimelineEvent(time: Self.noon - Self.minute, kind: .deploy)
        deploy.service = "payments"
        deploy.after = "2.14.0"
        deploy.count = 3
        let verdicts = court.verdicts(at: Self.noon, changes: [deploy])
        #expect(verdicts.timeline.map(\.kind).contains(.deploy))
        let told = court.judge.takeNewEvents()
        #expect(told.map(\.kind).contains(.deploy) && told.map(\.kind).contains(.fired))
        #expect(told == told.sorted { $0.time < $1.time })
        expectNothingNew(court)
        // The same event again says nothing new; with more instances it takes the place of the other.
        _ = court.verdicts(at: Self.noon, changes: [deploy])
        expectNothingNew(court)
        deploy.count = 8
        let more = court.verdicts(at: Self.noon, changes: [deploy])
        #expect(more.timeline.filter { $0.kind == .deploy }.map(\.count) == [8])
        for number in 0..<1_500 {
            court.judge.note(
                "checkout", at: Self.noon + UInt64(number), text: String(repeating: "n\(number)", count: 2_000))
        }
        let full = court.verdicts(at: Self.noon + Self.second)
        #expect(full.timeline.count == 1_000)
        #expect(full.timeline.last?.text?.count == 2_000)
        #expect(full.timeline == full.timeline.sorted { $0.time < $1.time })
    }

    /// After a restart everything goes on as if there had been none.
    @Test func aRestart_KeepsSinceWhen_AcknowledgementsAndMutes() {
        let court = Self.paging()
        court.take(Court.runs(600, over: 30, before: Self.noon + 30 * Self.second, badEach: 2))
        for second in 0..<UInt64(20) { _ = court.verdict(at: Self.noon + second * Self.second) }
        court.judge.acknowledge("checkout", at: Self.noon + 20 * Self.second, by: "kim")
        court.judge.mute("checkout", in: "prod", until: Self.noon + 40 * Self.second, at: Self.noon)
        let onset = Onset(time: Self.noon - Self.minute, uncertainty: 1, signals: [.errors])
        let before = court.verdict(at: Self.noon + 21 * Self.second, onset: onset)
        let events = court.judge.takeNewEvents()
        var judge = Judge()
        judge.restore(from: events)
        let timeline = court.verdicts(at: Self.noon + 22 * Self.second, onset: onset).timeline
        court.judge = judge
        let after = court.verdicts(at: Self.noon + 22 * Self.second, onset: onset)
        #expect(after.timeline == timeline)
        #expect(after.journeys[0].firedAt == before.firedAt)
        #expect(after.journeys[0].alerts.map(\.since) == before.alerts.map(\.since))
        #expect(after.journeys[0].acknowledgement == before.acknowledgement)
        #expect(after.journeys[0].mutedUntil == before.mutedUntil)
        expectNothingNew(court)
        #expect(court.verdict(at: Self.noon + 40 * Self.second).state == .page)
        let last = court.judge.takeNewEvents().map(\.kind)
        #expect(last == [.unmuted])
    }

    @Test func aRestart_EndsWhatIsOverByThen() {
        let court = Self.paging()
        _ = court.verdict(at: Self.noon)
        let events = court.judge.takeNewEvents()
        court.judge = Judge()
        court.judge.restore(from: events)
        court.take(Court.runs(100_000, over: 240, before: Self.noon + 400 * Self.second))
        let verdict = court.verdict(at: Self.noon + 400 * Self.second)
        #expect(verdict.alerts.isEmpty)
        let told = court.judge.takeNewEvents()
        #expect(!told.isEmpty && told.allSatisfy { $0.kind == .resolved })
    }

    @Test func aJourneyThatIsGone_LetsItsAlertsGo() {
        let court = Self.paging()
        _ = court.verdict(at: Self.noon)
        _ = court.judge.takeNewEvents()
        let none = JourneysPicture.empty
        _ = court.judge.judge(none, JudgeContext(now: Self.noon + Self.second))
        expectNothingNew(court)
        _ = court.judge.judge(none, JudgeContext(now: Self.noon + 20 * Self.minute))
        let told = court.judge.takeNewEvents()
        #expect(!told.isEmpty && told.allSatisfy { $0.kind == .resolved })
    }
}
