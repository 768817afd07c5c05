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

    /// A Collector that was cut off sends its queue first: what is missing behind that is not missing.
    @Test func aQueueThatIsDelivered_IsBehindUntilItsEnd() {
        var meter = meter(each: 5, seconds: 60)
        #expect(meter.behindSince(now: noon) == nil)
        meter.add(1_000, at: noon + 600 * second, reach: noon + 30 * second)
        #expect(meter.behindSince(now: noon + 601 * second) == noon + 30 * second)
        meter.add(1_000, at: noon + 605 * second, reach: noon + 500 * second)
        #expect(meter.behindSince(now: noon + 606 * second) == noon + 500 * second)
        // Nothing more comes: what is missing from now on counts.
        #expect(meter.behindSince(now: noon + 640 * second) == nil)
        meter.add(1_000, at: noon + 641 * second, reach: noon + 640 * second)
        #expect(meter.behindSince(now: noon + 642 * second) == nil)
        // A clock that goes ahead proves nothing.
        meter.add(1_000, at: noon + 643 * second, reach: noon + 90_000 * second)
        #expect(meter.behindSince(now: noon + 643 * second) == nil)
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
