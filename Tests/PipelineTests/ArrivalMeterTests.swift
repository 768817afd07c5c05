import Pipeline
import Testing

@Suite struct ArrivalMeterTests {
    /// A meter that has been given so many spans each second for a while, up to but not including `noon`.
    private func meter(each second: Double, seconds: Int) -> ArrivalMeter {
        var meter = ArrivalMeter()
        var owed = 0.0
        for number in (0..<seconds).reversed() {
            owed += second
            meter.add(Int(owed), at: noon - UInt64(number + 1) * 1_000_000_000)
            owed -= owed.rounded(.down)
        }
        return meter
    }

    @Test func aSourceThatSends_IsNotLate() {
        let meter = meter(each: 5, seconds: 900)
        for later in 0..<58 { #expect(meter.staleSince(now: noon + UInt64(later) * second) == nil) }
    }

    @Test func aBusySource_IsLateAfterAMinuteOfSilence() {
        let meter = meter(each: 5, seconds: 900)
        #expect(meter.staleSince(now: noon + 59 * second) == noon - second)
        #expect(meter.staleSince(now: noon + 3_600 * second) == noon - second)
    }

    @Test func aQuietSource_IsNeverLate() {
        // Seven an hour: nothing follows from a minute without one.
        let meter = meter(each: 7 / 3_600, seconds: 7_200)
        #expect(meter.last != nil)
        #expect(meter.staleSince(now: noon + 600 * second) == nil)
    }

    @Test func aSourceThatComesBack_IsNotLate() {
        var meter = meter(each: 5, seconds: 900)
        #expect(meter.staleSince(now: noon + 90 * second) != nil)
        meter.add(1, at: noon + 90 * second)
        #expect(meter.staleSince(now: noon + 100 * second) == nil)
    }

    @Test func nothingIsLate_BeforeTheFirstSpanOrWhenTheClockWasSetBack() {
        #expect(ArrivalMeter().staleSince(now: noon) == nil)
        var back = meter(each: 5, seconds: 900)
        #expect(back.staleSince(now: noon - 86_400 * second) == nil)
        back.add(10, at: noon - 86_400 * second)
        #expect(back.staleSince(now: noon - 86_400 * second) == nil)
    }
}
