import Journeys
import Telemetry
import Testing

/// Figures that others worked out, and edges.
@Suite("Judging: examples and edges")
struct JudgeExampleTests {
    private static let second = judgedSecond
    private static let day = 86_400 * judgedSecond
    /// On a full minute, hour and quarter of an hour.
    private static let noon: UInt64 = 1_760_004_000 * judgedSecond

    /// OpenSLO's worked example: 95 % over two weeks in slices of a minute is 20,160 slices, of which 1,008 may be bad:
    /// the budget is exhausted after 16 h 48 m of bad ones.
    @Test(arguments: [(1_007, false), (1_008, true), (1_009, true)])
    func openSLOExample(bad: Int, isOut: Bool) throws {
        let definition = JourneyDefinition.judged(
            "{window: 14d, up: {target: 95%, slices: 1m, slice-target: 99%}}")
        let court = Court(definition)
        let start = Self.noon - 14 * Self.day
        let runs = (0..<20_160).map { PlainRun(start + UInt64($0) * 60 * Self.second, failed: $0 < bad) }
        court.take(runs)
        let verdict = court.verdict(at: Self.noon)
        let promise = try #require(verdict.objectives.first)
        #expect(promise.total == 20_160)
        #expect(promise.bad == UInt64(bad))
        #expect(promise.allowedBad == 1_008)
        #expect(promise.allowedBad * 60 == Double((16 * 60 + 48) * 60))
        #expect(promise.isOut == isOut)
        let left = try #require(promise.budgetLeft)
        #expect((left <= 0) == isOut)
        #expect(verdict.state == (isOut ? .out : .ok))
        #expect(promise.covered == 14 * Self.day && promise.fullLength == 14 * Self.day)
        // In the middle of a slice the window still holds as many whole ones.
        let later = court.verdict(at: Self.noon + 30 * Self.second).objectives[0]
        #expect(later.total == 20_160 && later.window.to == Self.noon)
    }

    /// The night of the design: 60.5 % left of 28 days at a burn of 42.6 are empty in 9 h 32 m.
    @Test func emptyIn_IsBudgetTimesWindowByBurn() throws {
        let definition = JourneyDefinition.judged("{window: 28d, fast: {target: 99.5%}}")
        let court = Court(definition)
        court.take(Court.runs(40_000, over: 28 * 86_400, before: Self.noon - 3_600 * Self.second, badEach: 500))
        court.take(Court.runs(1_000, over: 300, before: Self.noon, badEach: 5))
        let promise = court.verdict(at: Self.noon).objectives[0]
        let burn = try #require(promise.burn)
        #expect(abs(burn - 0.2 / 0.005) < 1e-9)
        let left = try #require(promise.budgetLeft)
        // 79 bad ones of 39,943 in the window before, 200 of 1,000 since.
        #expect(
            abs(left - (1 - Double(promise.bad) / (Double(promise.total) * 0.005))) < 1e-9 || promise.emptyIn == nil)
        if left > 0 {
            let empty = try #require(promise.emptyIn)
            #expect(abs(Double(empty) - left * Double(28 * Self.day) / burn) < 1e9)
        } else {
            #expect(promise.emptyIn == nil)
        }
    }

    /// One failed run on the first day of a month does not use up the month.
    @Test func aYoungWindow_HasTheBudgetOfTheFullOne() throws {
        let definition = JourneyDefinition.judged(
            "{window: {calendar: month, timezone: Europe/Berlin}, success: {target: 99.5%}}")
        // 2025-10-01T00:00 in Berlin.
        let month: UInt64 = 1_759_269_600 * Self.second
        let court = Court(definition)
        court.take(Court.runs(100, over: 300, before: month + 300 * Self.second, badEach: 100))
        let verdict = court.verdict(at: month + 300 * Self.second)
        let promise = verdict.objectives[0]
        #expect(promise.window.from == month)
        // October has an hour more, and 31 days.
        #expect(promise.fullLength == 31 * Self.day + 3_600 * Self.second)
        #expect(promise.covered == 300 * Self.second)
        #expect(promise.attainment == 0.99)
        #expect(!promise.isOut)
        #expect(try #require(promise.budgetLeft) > 0.99)
        #expect(abs(promise.allowedBad - 100 * 0.005 * Double(promise.fullLength) / Double(promise.covered)) < 1e-6)
    }

    @Test(arguments: [
        // Unit, zone, an instant, the period's seconds: changes of clocks, a leap day, and a day that Samoa left out.
        ("month", "Europe/Berlin", 1_741_000_000, 743 * 3_600), ("month", "Europe/Berlin", 1_708_000_000, 29 * 86_400),
        ("week", "America/New_York", 1_741_500_000, 167 * 3_600),
        ("week", "America/New_York", 1_762_000_000, 169 * 3_600),
        ("quarter", "UTC", 1_709_000_000, 91 * 86_400), ("quarter", "Australia/Lord_Howe", 1_759_000_000, 92 * 86_400),
        ("month", "Pacific/Apia", 1_324_000_000, 30 * 86_400),
    ])
    func calendarPeriods_FollowTheClocks(unit: String, zone: String, at: Int, seconds: Int) {
        let definition = JourneyDefinition.judged(
            "{window: {calendar: \(unit), timezone: \(zone)}, success: {target: 99.5%}}")
        let court = Court(definition)
        let promise = court.verdict(at: UInt64(at) * Self.second).objectives[0]
        #expect(promise.fullLength == UInt64(seconds) * Self.second)
        let plain = PlainCalendar(zone).period(unit, of: UInt64(at) * Self.second)
        #expect(promise.window.from == plain.from)
        #expect(promise.fullLength == plain.to - plain.from)
    }

    @Test func unreachableAlerts_AreLeftOutAndSaid() {
        // 14.4 × 10 % is more than all runs; 6 × 10 % is not.
        let court = Court(.judged("{window: 28d, success: {target: 90%}}"))
        let promise = court.verdict(at: Self.noon).objectives[0]
        #expect(promise.unreachable.map(\.factor.thousandths) == [14_400])
        #expect(promise.alerts.map(\.alert.factor.thousandths) == [6_000, 3_000, 1_000])
        #expect(promise.burns.map { $0.window / 60 / Self.second } == [5, 60, 360, 4_320, 30, 120, 1_440])
    }

    /// Both windows at exactly the factor: 14.4 × 0.5 % is 7.2 %, 72 of 1,000.
    @Test(arguments: [(72, true), (71, false)])
    func anAlert_FiresAtExactlyItsFactor(bad: Int, fires: Bool) {
        let court = Court(
            .judged(
                "{window: 28d, success: {target: 99.5%}}",
                more: "traffic: never\nalerts: [{page: 14.4, long: 1h, short: 5m}]"))
        court.take(
            (0..<1_000).map { PlainRun(Self.noon - 250 * Self.second + UInt64($0) * Self.second / 5, failed: $0 < bad) }
        )
        let verdict = court.verdict(at: Self.noon)
        #expect(verdict.objectives[0].alerts[0].isFiring == fires)
        #expect((verdict.state == .page) == fires)
    }

    /// The most weight that sums can hold does no harm.
    @Test func greatestWeights_DoNoHarm() {
        let court = Court(.judged("{window: 28d, success: {target: 99.5%}}"))
        var spans: [TestSpan] = []
        for number in 0..<100 {
            var span = PlainRun(Self.noon - UInt64(number) * Self.second, failed: number % 2 == 0).span(UInt64(number))
            span.traceState = "ot=th:ffffffffffffff"
            spans.append(span)
        }
        court.engine.take(spans, arrival: Self.noon)
        let verdict = court.verdict(at: Self.noon + Self.second)
        #expect(verdict.objectives[0].total == 100)
        #expect(verdict.objectives[0].bad == 50)
        #expect(verdict.objectives[0].attainmentRange != nil)
    }

    @Test(arguments: [UInt64(0), 1, 999_999_999, UInt64(Int64.max), .max])
    func anyClock_DoesNoHarm(now: UInt64) {
        for base in [RunClock.Base.stream, .file] {
            for slo in [
                "{window: 28d, a: {target: 99.5%}, b: {target: 90%, slices: 1m, slice-target: 90%}}",
                "{window: {calendar: quarter, timezone: UTC}, a: {target: 99.5%}}",
                "{window: 500ms, a: {target: 99.5%}}",
            ] {
                let court = Court(.judged(slo, more: "max-bad: 2"), base: base)
                _ = court.verdict(at: now, base: base)
                court.take([PlainRun(Self.noon, failed: true)])
                _ = court.verdict(at: now, base: base)
                _ = court.verdict(at: Self.noon + Self.second, base: base)
                let verdict = court.verdict(at: now, base: base, stale: base == .stream ? Self.noon : nil)
                for promise in verdict.objectives { #expect(promise.window.to >= promise.window.from) }
            }
        }
    }

    /// A clock that is set back judges the seconds that it shows, with windows that end there.
    @Test func clockSetBack_HasNoNegativeWindows() {
        let court = Court(.judged("{window: 28d, success: {target: 99.5%}}"))
        court.take(Court.runs(1_000, over: 600, before: Self.noon, badEach: 5))
        #expect(court.verdict(at: Self.noon).state == .page)
        let back = court.verdict(at: Self.noon - 200 * Self.second)
        #expect(back.state == .page)
        for reading in back.objectives[0].burns { #expect(reading.total > 0) }
        #expect(court.verdict(at: Self.noon + Self.second).state == .page)
    }

    @Test func lateOrDroppedData_MakesARange() throws {
        let court = Court(.judged("{window: 28d, success: {target: 99.5%}}"))
        court.take(Court.runs(10_000, over: 3_600, before: Self.noon, badEach: 1_000))
        #expect(court.verdict(at: Self.noon).objectives[0].attainmentRange == nil)
        #expect(court.verdict(at: Self.noon, late: 0.01).objectives[0].attainmentRange == nil)
        let late = try #require(court.verdict(at: Self.noon, late: 0.02).objectives[0].attainmentRange)
        #expect(abs(late.lowerBound - 9_990.0 / 10_200) < 1e-12)
        #expect(abs(late.upperBound - 10_190.0 / 10_200) < 1e-12)
        let dropped = try #require(court.verdict(at: Self.noon, dropped: 10).objectives[0].attainmentRange)
        #expect(abs(dropped.lowerBound - 9_990.0 / 10_010) < 1e-12)
    }

    /// Clopper and Pearson's limits as tables have them.
    @Test(arguments: [
        (0.0, 10.0, 0.0, 0.308497), (1, 10, 0.002529, 0.445016), (5, 10, 0.187086, 0.812914), (10, 10, 0.691503, 1),
        (0, 7, 0, 0.409616), (2, 100, 0.002431, 0.070384),
    ])
    func exactIntervals_EqualTheTables(part: Double, total: Double, lower: Double, upper: Double) {
        let interval = ExactInterval.of(part, in: total)
        #expect(abs(interval.lowerBound - lower) < 2e-6)
        #expect(abs(interval.upperBound - upper) < 2e-6)
    }

    @Test func exactIntervals_OfLargeAndOddNumbers() {
        let large = ExactInterval.of(5e8, in: 1e9)
        #expect(large.contains(0.5) && large.upperBound - large.lowerBound < 1e-4)
        for (part, total) in [(0.0, 0.0), (-1, 3), (7, 3), (.nan, 3), (1, .infinity)] {
            let interval = ExactInterval.of(part, in: total)
            #expect(interval.lowerBound >= 0 && interval.upperBound <= 1)
        }
    }
}
