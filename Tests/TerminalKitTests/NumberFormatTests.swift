import TerminalKit
import Testing

@Suite struct NumberFormatTests {
    private static let ms: UInt64 = 1_000_000
    private static let s: UInt64 = 1_000_000_000

    @Test(
        arguments: [
            (742, "742ns"), (0, "0ns"), (999, "999ns"), (1000, "1.00µs"), (610_000, "610µs"), (999_600, "1.00ms"),
            (38_200_000, "38.2ms"), (212 * ms, "212ms"), (9_400_000, "9.40ms"), (9_996_000, "10.0ms"),
            (99_960_000, "100ms"), (999_600_000, "1.00s"), (999_499_999, "999ms"), (1_680_000_000, "1.68s"),
            (94 * s, "94.0s"), (99_940_000_000, "99.9s"), (99_950_000_000, "1m40s"), (372 * s, "6m12s"),
            (848 * s, "14m08s"),
            (3_599_600_000_000, "1h00m"), (9 * 3600 * s + 32 * 60 * s, "9h32m"), (57 * 3600 * s, "2d09h"),
            (36 * 3600 * s, "1d12h"), (86_399_600_000_000, "1d00h"), (123 * 86_400 * s, "123d"), (UInt64.max, "584y"),
        ] as [(UInt64, String)])
    func durations(nanoseconds: UInt64, text: String) {
        #expect(NumberFormat.duration(nanoseconds) == text)
    }

    @Test func durationsNeverNeedMoreThanSixCellsAndNeverShrinkInMeaning() {
        var value: UInt64 = 1
        while value < UInt64.max / 3 {
            for near in [value - 1, value, value + 1, value + value / 3, value * 2] {
                #expect(DisplayText.width(of: NumberFormat.duration(near)) <= 6, "\(near)")
            }
            value = value * 3 / 2 + 1
        }
    }

    @Test(
        arguments: [
            (42.6, "42.6/s"), (118, "118/s"), (1900, "1.90k/s"), (7.0 / 3600, "7/h"), (0.41, "0.41/s"),
            (12.2, "12.2/s"),
            (3.18, "3.18/s"), (9.0 / 60, "0.15/s"), (0.05, "3/m"), (0.09, "5.40/m"), (0, "0/m"), (1e-9, "<0.1/h"),
            (999.96, "1.00k/s"), (99.96, "100/s"), (8420, "8.42k/s"),
        ] as [(Double, String)])
    func rates(perSecond: Double, text: String) {
        #expect(NumberFormat.rate(perSecond: perSecond) == text)
    }

    @Test(arguments: [
        (400, "400"), (12_900, "12.9k"), (1_210_000, "1.21M"), (999, "999"), (1000, "1.00k"), (999_999, "1.00M"),
        (0, "0"), (-3, "−3"), (22_684, "22.7k"), (Int.max, "9.22E"),
    ])
    func counts(value: Int, text: String) {
        #expect(NumberFormat.count(value) == text)
    }

    @Test(
        arguments: [
            (0.019, "1.90%"), (0.213, "21.3%"), (0.998, "99.80%"), (0.00001, "<0.01%"), (0, "0.00%"), (1, "100%"),
            (0.99999, "99.99%"), (0.09996, "10.0%"), (0.9896, "98.96%"), (0.9894, "98.9%"), (0.605, "60.5%"),
            (0.0002, "0.02%"), (-0.123, "−12.3%"), (1.42, "142%"),
        ] as [(Double, String)])
    func percentages(share: Double, text: String) {
        #expect(NumberFormat.percent(share) == text)
    }

    @Test(arguments: [(0.4, "0.4×"), (42.6, "42.6×"), (113, "113×"), (99.96, "100×"), (0, "0.0×"), (1200, "1.20k×")])
    func burns(factor: Double, text: String) {
        #expect(NumberFormat.burn(factor) == text)
    }

    @Test func ratios() {
        #expect([4.5, 15.7, 411].map { NumberFormat.ratio($0) } == ["×4.5", "×15.7", "×411"])
    }

    @Test(
        arguments: [
            (1_280_000_000, "+1.28s"), (-6_000_000, "−6ms"), (0, "0ms"), (163_000_000, "+163ms"), (22_000_000, "+22ms"),
            (1_000_000, "+1ms"), (210_000, "+210µs"), (-500, "−500ns"), (999_600_000, "+1.00s"),
            (Int64.min, "−292y"),
        ] as [(Int64, String)])
    func durationChanges(nanoseconds: Int64, text: String) {
        #expect(NumberFormat.change(nanoseconds: nanoseconds) == text)
    }

    @Test func preciseChanges() {
        #expect(NumberFormat.change(nanoseconds: 1_910_000, precise: true) == "+1.91ms")
        #expect(NumberFormat.change(nanoseconds: -87_400_000, precise: true) == "−87.4ms")
    }

    @Test(arguments: [
        (0.0451, "+4.51pp"), (-0.0001, "−0.01pp"), (0, "0.00pp"), (0.789, "+78.9pp"), (0.00001, "0.00pp"),
    ])
    func shareChanges(share: Double, text: String) {
        #expect(NumberFormat.change(share: share) == text)
    }

    @Test func byteUnits() {
        #expect(NumberFormat.bytes(412 << 20) == "412MiB")
        #expect(NumberFormat.bytes(999) == "999B")
        #expect(NumberFormat.bytes(1023 << 10) == "1.00MiB")
        #expect(NumberFormat.bytes(4_500_000_000) == "4.19GiB")
        #expect(NumberFormat.bytes(.max) == "16.0EiB")
        #expect(NumberFormat.byteRate(perSecond: 1_900_000) == "1.90MB/s")
    }

    @Test func missingIsNeverZero() {
        #expect(NumberFormat.duration(nil) == "—")
        #expect(NumberFormat.rate(perSecond: .nan) == "—")
        #expect(NumberFormat.percent(nil) == "—")
        #expect(NumberFormat.count(nil) == "—")
        #expect(NumberFormat.burn(.infinity) == "—")
        #expect(NumberFormat.change(share: nil) == "—")
    }

    @Test func timesAndAges() {
        let instant: UInt64 = 1_731_381_160_204_000_000  // 2024-11-12T03:12:40.204Z
        #expect(NumberFormat.time(instant) == "03:12:40")
        #expect(NumberFormat.timeOfDay(instant) == "03:12")
        #expect(NumberFormat.timeWithMilliseconds(instant) == "03:12:40.204")
        #expect(NumberFormat.time(instant, now: instant + 86_400 * Self.s) == "12 Nov")
        #expect(NumberFormat.time(instant, now: instant + 60 * Self.s) == "03:12:40")
        #expect(NumberFormat.isoDate(instant) == "2024-11-12")
        #expect(NumberFormat.isoDate(951_782_400 * Self.s) == "2000-02-29")
        #expect(NumberFormat.isoDate(0) == "1970-01-01")
        #expect(NumberFormat.date(.max) == "21 Jul")
        #expect([25 * 60, 6 * 86_400, 3599, 41].map { NumberFormat.age($0 * Self.s) } == ["25m", "6d", "59m", "41s"])
        #expect(
            [42, 192, 34_320, 1420].map { NumberFormat.elapsed($0 * Self.s) } == ["42s", "3m12s", "9h32m", "23m40s"])
    }

    @Test func floorsShowCountsInsteadOfShares() {
        #expect(NumberFormat.share(0, of: 7) == "0/7")
        #expect(NumberFormat.share(1, of: 29) == "1/29")
        #expect(NumberFormat.share(3, of: 30) == "10.0%")
        #expect(NumberFormat.share(0, of: 0) == "—")
        #expect(SampleFloor.p95.allows(20) && !SampleFloor.p95.allows(19))
        #expect(SampleFloor.p99.allows(100) && !SampleFloor.p99.allows(99))
        #expect(SampleFloor.p50.allows(5) && !SampleFloor.p50.allows(4))
    }

    @Test func namesAreCutInTheMiddle() {
        #expect(Shorten.middle("payments POST /charge", to: 11) == "payme…harge")
        #expect(Shorten.middle("checkout", to: 8) == "checkout")
        #expect(Shorten.end("payments POST", to: 9) == "payments…")
        #expect(Shorten.id("7c1e09aba09c55d0") == "7c1e09ab")
        for width in 0...12 {
            for name in ["日本語テキスト", "a日b本c語", "pay\u{1B}[0m"] {
                #expect(DisplayText.width(of: Shorten.middle(name, to: width)) <= width)
                #expect(DisplayText.width(of: Shorten.end(name, to: width)) <= width)
            }
        }
    }
}
