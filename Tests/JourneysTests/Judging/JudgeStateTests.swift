import Journeys
import Telemetry
import Testing

/// Every state, how it begins and how it ends.
@Suite("Judging: states")
struct JudgeStateTests {
    private static let second = judgedSecond
    private static let minute = 60 * judgedSecond
    private static let hour = 3_600 * judgedSecond
    private static let day = 86_400 * judgedSecond
    private static let noon: UInt64 = 1_760_004_000 * judgedSecond
    private static let promise = "{window: 28d, success: {target: 99.5%}}"

    private static let fastPage = JourneyDefinition.judged(
        promise, more: "traffic: never\nalerts: [{page: 14.4, long: 1h, short: 5m}]")

    @Test func ok_few_andOut() {
        let court = Court(.judged(Self.promise))
        #expect(court.verdict(at: Self.noon).state == .few)
        court.take(Court.runs(29, over: 3_000, before: Self.noon - Self.minute))
        #expect(court.verdict(at: Self.noon).state == .few)
        court.take([PlainRun(Self.noon - Self.second)])
        #expect(court.verdict(at: Self.noon).state == .ok)
        // The oldest run leaves the hour.
        #expect(court.verdict(at: Self.noon + 600 * Self.second).state == .few)
        let old = Court(.judged(Self.promise))
        old.take(Court.runs(20_000, over: 28 * 86_400, before: Self.noon - 4 * Self.day, badEach: 150))
        old.take(Court.runs(40, over: 600, before: Self.noon))
        let verdict = old.verdict(at: Self.noon)
        #expect(verdict.state == .out)
        #expect(verdict.objectives[0].isOut)
    }

    @Test func page_FiresAtItsSecond_AndResolvesAtItsSecond() throws {
        let court = Court(Self.fastPage)
        court.take(Court.runs(6_000, over: 3_600, before: Self.noon))
        #expect(court.verdict(at: Self.noon).state == .ok)
        // Ten bad runs a second: 7.2 % of the hour are reached when 10·s ≥ 0.072 × what the hour holds.
        court.take((0..<900).map { PlainRun(Self.noon + UInt64($0) * Self.second / 10, failed: true) })
        var expected: UInt64?
        for s in 1...90 where expected == nil {
            // The hour loses 5 runs in every 3 seconds.
            let left = 6_000 - (0..<6_000).count { 3_600 * UInt64($0) / 6_000 < UInt64(s) }
            if Double(10 * s) >= 0.072 * Double(10 * s + left) { expected = UInt64(s) }
        }
        let at = try #require(expected)
        var seen: UInt64?
        for s in 1...UInt64(90) {
            let verdict = court.verdict(at: Self.noon + s * Self.second)
            if verdict.state == .page, seen == nil { seen = s }
        }
        #expect(seen == at)
        let verdict = court.verdict(at: Self.noon + 90 * Self.second)
        #expect(verdict.firedAt == Self.noon + at * Self.second)
        #expect(verdict.alerts.first?.key.rule == "page 14.4× 1h/5m")
        #expect(verdict.alerts.first?.severity == .page)
        // Judged late, the second is the same; and so it is when the page is over by then.
        let late = Court(Self.fastPage)
        late.engine = court.engine
        #expect(late.verdict(at: Self.noon + 90 * Self.second).firedAt == Self.noon + at * Self.second)
        court.take(Court.runs(3_000, over: 300, before: Self.noon + 390 * Self.second))
        let after = court.verdicts(at: Self.noon + 500 * Self.second)
        let resolved = after.timeline.filter { $0.kind == .resolved && $0.subject == "page 14.4× 1h/5m" }
        #expect(resolved.count == 1)
        // Good runs come at ten a second from the 90th second on: the five minutes hold 900 bad of 900 + 10·s.
        #expect(try #require(resolved.first).time > Self.noon + 90 * Self.second)
        #expect(after.journeys[0].alerts.isEmpty)
    }

    @Test func tooFewRuns_DoNotPage_ButMaxBadDoes() {
        let few = Court(.judged(Self.promise))
        few.take(Court.runs(29, over: 280, before: Self.noon, badEach: 1))
        #expect(few.verdict(at: Self.noon).state == .few)
        let court = Court(.judged(Self.promise, more: "traffic: never\nmax-bad: 3"))
        court.take(Court.runs(3, over: 280, before: Self.noon, badEach: 1))
        #expect(court.verdict(at: Self.noon).state == .few)
        court.take([PlainRun(Self.noon + 5 * Self.second, failed: true)])
        let verdict = court.verdict(at: Self.noon + 10 * Self.second)
        #expect(verdict.state == .page)
        #expect(verdict.alerts.map(\.key.kind) == [.tooManyBad])
        #expect(verdict.firedAt == Self.noon + 6 * Self.second)
        // The first bad one leaves the window after 28 days.
        let last = court.verdict(at: Self.noon + 28 * Self.day)
        #expect(last.state == .few)
    }

    @Test func maxBad_CountsFailedRuns_WithoutPromises() {
        let text = "journey: checkout\nentry: name=\"POST /checkout\"\ntraffic: never\nmax-bad: 1\n"
        let definition = JourneySet(text: text, file: "a.yaml").journeys[0]
        let court = Court(definition)
        court.take(Court.runs(2, over: 280, before: Self.noon, badEach: 1))
        let verdict = court.verdict(at: Self.noon)
        #expect(verdict.state == .page)
        #expect(verdict.worst == nil)
    }

    @Test func aPage_IsNotOver_WhenRunsStopComing() {
        let court = Court(.judged(Self.promise))
        court.take(Court.runs(600, over: 240, before: Self.noon, badEach: 2))
        #expect(court.verdict(at: Self.noon).state == .page)
        // The last five minutes are empty, the hour is as bad as before.
        #expect(court.verdict(at: Self.noon + 400 * Self.second).state == .page)
        // The hour is empty, and six hours with it too soon after.
        #expect(court.verdict(at: Self.noon + 7 * Self.hour).state != .page)
    }

    @Test func warn_IsWorseThanShift_AndShiftThanSilence() {
        let onset = Onset(time: Self.noon - 100 * Self.second, uncertainty: 20 * Self.second, signals: [.latency])
        let court = Court(.judged(Self.promise))
        court.take(Court.runs(1_000, over: 3_600, before: Self.noon))
        let shifted = court.verdict(at: Self.noon, onset: onset)
        #expect(shifted.state == .shift)
        #expect(shifted.alerts.map(\.severity) == [nil])
        #expect(shifted.firedAt == nil)
        #expect(court.verdict(at: Self.noon + Self.second).state == .ok)
        // After an hour the new level is the level.
        let later = Self.noon + 3_500 * Self.second
        court.take(Court.runs(1_000, over: 3_500, before: later))
        #expect(court.verdict(at: later - Self.second, onset: onset).state == .shift)
        #expect(court.verdict(at: later, onset: onset).state == .ok)
        let burning = Court(.judged(Self.promise, more: "traffic: never\nalerts: [{warn: 2, long: 1h, short: 5m}]"))
        burning.take(Court.runs(1_000, over: 3_600, before: Self.noon, badEach: 50))
        let warned = burning.verdict(at: Self.noon, onset: onset)
        #expect(warned.state == .warn)
        #expect(warned.onset == onset)
        #expect(warned.alerts.map(\.key.kind) == [.burn])
    }

    @Test func silence_AgainstEarlierWeeks() throws {
        let court = Court(.judged(Self.promise, more: "traffic: usual"))
        // 12 runs in every hour of four weeks, then nothing since noon.
        court.take(Court.runs(12 * 24 * 29, over: 29 * 86_400, before: Self.noon))
        #expect(court.verdict(at: Self.noon + 45 * Self.minute).state == .few)
        let silent = court.verdict(at: Self.noon + 55 * Self.minute)
        #expect(silent.state == .noData)
        let silence = try #require(silent.silence)
        #expect(silence.expected >= 10 && silence.expected <= 12)
        #expect(silent.alerts.map(\.key.kind) == [.silence])
        #expect(silent.alerts[0].since <= Self.noon)
        court.take([PlainRun(Self.noon + 56 * Self.minute)])
        let heard = court.verdicts(at: Self.noon + 57 * Self.minute)
        #expect(heard.journeys[0].silence == nil)
        #expect(heard.timeline.map(\.kind) == [.silent, .heard])
    }

    @Test func silence_WhereEarlierWeeksWereSilentToo_IsNone() {
        let court = Court(.judged(Self.promise, more: "traffic: usual"))
        // Every day from 6 to 12 o'clock only.
        var runs: [PlainRun] = []
        for day in (0...UInt64(28)).reversed() {
            runs += Court.runs(300, over: 6 * 3_600, before: Self.noon - day * Self.day)
        }
        court.take(runs)
        #expect(court.verdict(at: Self.noon + 17 * Self.hour).state == .few)
        // The next morning they are missing, the hour of a change of clocks left aside.
        #expect(court.verdict(at: Self.noon + 20 * Self.hour).state == .noData)
    }

    @Test func silence_AgainstARate_AndNever() {
        for (traffic, state) in [("9/m", JourneyState.noData), ("never", .few)] {
            let court = Court(.judged(Self.promise, more: "traffic: \(traffic)"))
            #expect(court.verdict(at: Self.noon).state == .few)
            #expect(court.verdict(at: Self.noon + 60 * Self.second).state == .few)
            // 9 a minute are 10 in 66.7 seconds.
            #expect(court.verdict(at: Self.noon + 66 * Self.second).state == .few)
            #expect(court.verdict(at: Self.noon + 67 * Self.second).state == state)
        }
    }

    /// A Collector delivers what lay in its queue: runs that may still come are not missing.
    @Test func silence_IsJudgedAsFarAsTheDataReaches() {
        let court = Court(.judged(Self.promise, more: "traffic: 9/m"))
        court.take(Court.runs(6_000, over: 3_600, before: Self.noon))
        let later = Self.noon + 10 * Self.minute
        #expect(court.verdicts(at: later, behind: Self.noon + 66 * Self.second).journeys[0].state == .ok)
        #expect(court.verdicts(at: later, behind: Self.noon + 67 * Self.second).journeys[0].state == .noData)
        #expect(court.verdicts(at: later + Self.second).journeys[0].state == .noData)
    }

    @Test func stale_KeepsEverythingAsItWas() throws {
        let court = Court(.judged(Self.promise, more: "traffic: 9/m"))
        court.take(Court.runs(6_000, over: 3_600, before: Self.noon))
        court.take(Court.runs(600, over: 60, before: Self.noon + Self.minute, badEach: 1))
        let before = court.verdict(at: Self.noon + Self.minute)
        #expect(before.state == .page)
        let since = Self.noon + Self.minute
        let stale = court.verdict(at: Self.noon + 3 * Self.minute, stale: since)
        #expect(stale.state == .stale && stale.beneath == .page && stale.staleSince == since)
        #expect(stale.objectives == before.objectives)
        #expect(stale.alerts == before.alerts)
        // No silence although 9 a minute were expected; but lateness itself is an alert after five minutes.
        let long = court.verdict(at: Self.noon + 8 * Self.minute, stale: since)
        #expect(long.silence == nil)
        #expect(long.alerts.map(\.key.kind) == before.alerts.map(\.key.kind) + [.stale])
        #expect(long.alerts.last?.severity == .warn)
        // The source catches up: the seconds in between are judged with what it brought.
        court.take(Court.runs(9_000, over: 420, before: Self.noon + 8 * Self.minute))
        let fresh = court.verdicts(at: Self.noon + 8 * Self.minute)
        #expect(fresh.journeys[0].state != .stale)
        let resolved = try #require(fresh.timeline.last { $0.kind == .resolved })
        #expect(resolved.time < Self.noon + 8 * Self.minute)
        #expect(fresh.timeline.map(\.kind).contains(.stale) && fresh.timeline.map(\.kind).contains(.fresh))
    }

    @Test func nothingFires_WhileStaleFromTheStart() {
        let court = Court(.judged(Self.promise))
        court.take(Court.runs(600, over: 240, before: Self.noon, badEach: 2))
        let verdict = court.verdict(at: Self.noon + Self.minute, stale: Self.noon)
        #expect(verdict.state == .stale)
        #expect(verdict.alerts.isEmpty)
        #expect(verdict.objectives[0].total == 600)
    }

    @Test func eachEnvironment_HasItsOwnBudget() {
        let court = Court(.judged(Self.promise))
        for environment in ["prod", "staging"] {
            let spans = Court.runs(100, over: 240, before: Self.noon, badEach: environment == "prod" ? 0 : 3)
                .enumerated()
                .map { number, run in
                    var span = run.span(UInt64(number) + (environment == "prod" ? 0 : 1_000))
                    span.environment = environment
                    return span
                }
            court.engine.take(spans, arrival: Self.noon)
        }
        let verdicts = court.verdicts(at: Self.noon)
        #expect(verdicts.journeys.map(\.id.environment) == ["prod", "staging"])
        #expect(verdicts.journeys.map(\.state) == [.ok, .page])
        #expect(verdicts.worstState == .page)
        #expect(verdicts.bySeverity.map(\.id.environment) == ["staging", "prod"])
    }

    @Test func order_IsBySeverity_ThenTimeToEmpty_ThenName() {
        func verdict(_ name: String, _ state: JourneyState, beneath: JourneyState? = nil, empty: UInt64? = nil)
            -> JourneyVerdict
        {
            var verdict = JourneyVerdict(
                id: .init(name: name, environment: "prod", isFound: false), state: state)
            verdict.beneath = beneath
            var promise = ObjectiveVerdict(
                objective: JourneyDefinition.judged(Self.promise).objectives[0], window: TimeWindow(from: 0, to: 1),
                fullLength: 1)
            promise.emptyIn = empty
            verdict.objectives = [promise]
            verdict.worst = 0
            return verdict
        }
        let verdicts = JourneyVerdicts(
            now: 0,
            journeys: [
                verdict("m", .muted, beneath: .page), verdict("b", .ok), verdict("a", .ok), verdict("f", .few),
                verdict("late", .stale, beneath: .page, empty: 2), verdict("calm", .stale, beneath: .ok),
                verdict("w", .warn, empty: 5), verdict("v", .warn, empty: 4), verdict("p", .page, empty: 1),
                verdict("q", .page), verdict("o", .out), verdict("n", .noData), verdict("s", .shift),
            ], timeline: [])
        #expect(
            verdicts.bySeverity.map(\.id.name) == [
                "p", "late", "q", "o", "v", "w", "s", "n", "f", "calm", "a", "b", "m",
            ])
    }

    @Test func aChangedDefinition_StartsAnew() {
        let court = Court(.judged(Self.promise))
        court.take(Court.runs(600, over: 240, before: Self.noon, badEach: 2))
        #expect(court.verdict(at: Self.noon).state == .page)
        court.engine.replace(journeys: [.judged("{window: 28d, other: {target: 90%}}")])
        court.take([PlainRun(Self.noon)])
        let verdicts = court.verdicts(at: Self.noon + Self.second)
        #expect(verdicts.journeys[0].alerts.isEmpty)
        #expect(
            verdicts.timeline.filter { $0.kind == .resolved }.count
                == verdicts.timeline.filter { $0.kind == .fired }.count)
    }
}
