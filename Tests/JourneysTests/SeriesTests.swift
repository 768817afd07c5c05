import Journeys
import Testing

@Suite("Slots over time")
struct SeriesTests {
    private static let second: UInt64 = 1_000_000_000
    private static let origin: UInt64 = 1_760_000_040 * second

    @Test func window_IsCutIntoColumnsThatFitTogether() {
        let window = TimeWindow(from: 10, to: 111)
        for columns in [1, 2, 3, 7, 100, 101] {
            for number in 0..<columns {
                let column = window.column(number, of: columns)
                for time in column.from..<column.to { #expect(window.column(of: time, of: columns) == number) }
                #expect(column.to == (number + 1 < columns ? window.column(number + 1, of: columns).from : 111))
            }
        }
        #expect(TimeWindow(from: 0, to: .max).column(of: .max - 1, of: 400) == 399)
    }

    @Test func window_OfTheLastMinutes_HoldsTheLastNanosecond() {
        #expect(TimeWindow(last: 10, until: 100).contains(100))
        #expect(!TimeWindow(last: 10, until: 100).contains(90))
        #expect(TimeWindow(last: 10, until: 3) == TimeWindow(from: 0, to: 4))
        #expect(TimeWindow(from: 9, to: 3).length == 0)
    }

    /// Counts at random instants, against a plain list of the same instants.
    @Test func sums_EqualAPlainList_AtEveryResolution() {
        var numbers = SeededNumbers(seed: 11)
        let levels = SlotPlan.file.counts
        let span = 40 * 86_400 * Self.second
        let watermark = Self.origin + span
        var instants = (0..<4_000).map { _ in Self.origin + numbers.next() % span }
        instants += (0..<4_000).map { _ in watermark - numbers.next() % (7_200 * Self.second) }
        var inOrder = CountSeries(width: 2, levels: levels)
        for instant in instants.sorted() { inOrder.add([1, instant % 7], at: instant, watermark: instant) }
        inOrder.add([0, 0], at: watermark, watermark: watermark)
        var shuffled = CountSeries(width: 2, levels: levels)
        for instant in instants.shuffled(using: &numbers) {
            shuffled.add([1, instant % 7], at: instant, watermark: watermark)
        }
        for _ in 0..<300 {
            let length = numbers.next() % span
            let quarter = 900 * Self.second
            let step = length > 28 * 86_400 * Self.second ? quarter : 60 * Self.second
            let from = (watermark - length) / step * step
            let to = from + (numbers.next() % (length + 1)) / quarter * quarter + quarter
            let window = TimeWindow(from: from, to: to)
            let expected = instants.filter { window.contains($0) }
            let sums = [UInt64(expected.count), expected.reduce(0) { $0 + $1 % 7 }]
            #expect(inOrder.sums(in: window, watermark: watermark) == sums)
            #expect(shuffled.sums(in: window, watermark: watermark) == sums)
        }
    }

    @Test func theLastHour_IsExactToTheSecond() {
        var numbers = SeededNumbers(seed: 5)
        let watermark = Self.origin + 3_600 * Self.second
        var series = CountSeries(width: 1, levels: SlotPlan.file.counts)
        let instants = (0..<2_000).map { _ in Self.origin + numbers.next() % (3_600 * Self.second) }
        for instant in instants { series.add([1], at: instant, watermark: watermark) }
        for second in stride(from: UInt64(0), to: 3_600, by: 97) {
            let window = TimeWindow(
                from: Self.origin + second * Self.second, to: Self.origin + (second + 13) * Self.second)
            let expected = instants.count { window.contains($0) }
            #expect(series.sums(in: window, watermark: watermark) == [UInt64(expected)])
        }
        #expect(series.slotLength(at: watermark, watermark: watermark) == Self.second)
        #expect(series.slotLength(at: Self.origin - 10_800 * Self.second, watermark: watermark) == 10 * Self.second)
    }

    @Test func aCopy_DoesNotChangeWithItsOriginal() {
        var series = SparseSeries(levels: SlotPlan.file.histograms)
        series.add(3, weight: .one, at: Self.origin, watermark: Self.origin)
        let copy = series
        series.add(3, weight: .one, at: Self.origin, watermark: Self.origin)
        let window = TimeWindow(from: 0, to: .max)
        #expect(copy.merged(in: window, watermark: Self.origin).count == 1)
        #expect(series.merged(in: window, watermark: Self.origin).count == 2)
    }

    @Test func whatIsTakenBack_WasNeverThere() {
        var series = SparseSeries(levels: SlotPlan.file.histograms)
        series.add(-4, weight: .one, at: Self.origin, watermark: Self.origin)
        series.add(9, weight: .one, at: Self.origin, watermark: Self.origin)
        series.remove(9, weight: .one, at: Self.origin, watermark: Self.origin)
        series.remove(10, weight: .one, at: Self.origin, watermark: Self.origin)
        let merged = series.merged(in: TimeWindow(from: 0, to: .max), watermark: Self.origin)
        #expect(merged.entries.map(\.key) == [-4])
    }

    @Test func timesAtTheEnds_DoNoHarm() {
        var series = CountSeries(width: 1, levels: SlotPlan.file.counts)
        var sparse = SparseSeries(levels: SlotPlan.file.histograms)
        for time in [0, 1, UInt64(Int64.max), UInt64.max] {
            series.add([1], at: time, watermark: 0)
            sparse.add(1, weight: .largest, at: time, watermark: 0)
        }
        #expect(series.sums(in: TimeWindow(from: 0, to: .max), watermark: 0)[0] >= 3)
        #expect(sparse.merged(in: TimeWindow(from: 0, to: .max), watermark: 0).count >= 3)
    }
}
