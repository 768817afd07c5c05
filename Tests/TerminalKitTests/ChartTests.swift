import TerminalKit
import Testing

@Suite struct ChartTests {
    private func line(_ width: Int, _ draw: (inout Canvas) -> Void) -> String {
        var canvas = Canvas(width: width, height: 1)
        draw(&canvas)
        return canvas.lines[0]
    }

    // MARK: Sparkline

    @Test func sparklineStepsAreAnchoredAtTheThreshold() {
        let root = 2.0.squareRoot()
        let values: [Double?] = [0, 0.01, 1, 1.0 / root + 0.001, 100, 100.001, 100 * root + 0.1, 200.1, 1e9, nil]
        let text = line(10) { Sparkline(values: values, threshold: 100).draw(in: $0.bounds, on: &$0) }
        #expect(text == "_▁▁▁▅▆▇██╌")
    }

    @Test func sparklineOfTheMockup() {
        // checkout: p95 371 ms before, 1.68 s after, promise 1.2 s.
        let values = Array(repeating: 371.0 as Double?, count: 6) + Array(repeating: 1680.0, count: 5)
        #expect(line(11) { Sparkline(values: values, threshold: 1200).draw(in: $0.bounds, on: &$0) } == "▂▂▂▂▂▂▆▆▆▆▆")
    }

    @Test func onlyValuesOverTheThresholdAreMarked() {
        var canvas = Canvas(width: 3, height: 1)
        Sparkline(values: [99, 100, 101], threshold: 100).draw(in: canvas.bounds, on: &canvas)
        #expect((0..<3).map { canvas[$0, 0].style.foreground } == [.chartP95, .chartP95, .sloOver])
    }

    @Test func sparklineShowsTheNewestValuesAtTheRight() {
        #expect(
            line(4) { Sparkline(values: [1, 1, 1, 1, 9, nil], threshold: 1).draw(in: $0.bounds, on: &$0) } == "▅▅█╌")
        #expect(line(4) { Sparkline(values: [1], threshold: nil).draw(in: $0.bounds, on: &$0) } == "   █")
    }

    // MARK: Bars

    @Test(
        arguments: [
            (0.605, "█▊·"), (0.179, "▌··"), (0.882, "██▋"), (0.713, "██▏"), (0.931, "██▊"), (0.832, "██▍"),
            (0.663, "█▉·"), (0.977, "██▉"), (0.34, "█··"), (1, "███"), (0, "···"), (0.0001, "▏··"), (0.99999, "██▉"),
        ] as [(Double, String)])
    func shareBarsOfTheMockup(share: Double, bar: String) {
        #expect(line(3) { ShareBar(share: share).draw(in: $0.bounds, on: &$0) } == bar)
    }

    @Test func columnsCountInEighths() {
        var canvas = Canvas(width: 6, height: 2)
        ColumnChart(values: [16, 8, 9, 1, 0, nil], maximum: 16).draw(in: canvas.bounds, on: &canvas)
        #expect(canvas.lines == ["█ ▁   ", "███▁_╌"])
    }

    @Test func aTinyColumnIsNeverInvisible() {
        #expect(line(2) { ColumnChart(values: [1, 1_000_000]).draw(in: $0.bounds, on: &$0) } == "▁█")
    }

    @Test func theFillingIntervalIsDim() {
        var canvas = Canvas(width: 2, height: 1)
        ColumnChart(values: [2, 2], newestIsFilling: true).draw(in: canvas.bounds, on: &canvas)
        #expect(canvas[0, 0].style.attributes.isEmpty && canvas[1, 0].style.attributes == .dim)
    }

    // MARK: Lines

    @Test func linesJoinAndBreakAtMissingData() {
        var canvas = Canvas(width: 6, height: 2)
        let values: [Double?] = [0, 0, 0, 0, 7, 7, nil, nil, 0, 0, 0, 0]
        let chart = LineChart(
            series: [.init(values, style: Style(.chartP95))], axis: ValueAxis(.linear, low: 0, high: 7), labelWidth: 0)
        chart.draw(in: canvas.bounds, on: &canvas)
        #expect(canvas[0, 1].base == "⣀" && canvas[3, 1].base == " " && canvas[4, 1].base == "⣀")
        #expect(canvas[2, 0].base == "⡏")
    }

    @Test func lineChartLabelsEdgesAndThePromise() {
        var canvas = Canvas(width: 24, height: 5)
        let chart = LineChart(
            series: [.init([150, 150, 150, 1500, 1500, 1500], style: Style(.chartP95))],
            axis: ValueAxis(.logarithmic, low: 100, high: 2000), threshold: 1200, labelWidth: 5,
            label: { NumberFormat.duration(UInt64($0) * 1_000_000) })
        let plot = chart.draw(in: canvas.bounds, on: &canvas)
        #expect(plot == Rect(x: 6, y: 0, width: 18, height: 5))
        #expect(canvas.lines[0].hasPrefix("1.20s┼") || canvas.lines[1].hasPrefix("1.20s┼"))
        #expect(canvas.lines[4].hasPrefix("100ms┤"))
        #expect(canvas.lines.contains { $0.contains("SLO") })
        CanvasTests.expectWhole(canvas)
    }

    @Test func axesAreRoundAndContainTheData() {
        let axis = ValueAxis.logarithmic(fitting: [371, nil, 2070], threshold: 1200)
        #expect(axis.low == 300 && axis.high == 3000)
        #expect(axis.position(of: 300) == 0 && axis.position(of: 3000) == 1)
        #expect(ValueAxis.fromZero(fitting: [3.1, 41.9]).high == 50)
        let empty = ValueAxis.logarithmic(fitting: [nil, .nan])
        #expect(empty.high > empty.low)
        #expect(ValueAxis(.logarithmic, low: 0, high: 0).scale == .linear)
    }

    @Test func chartsSurviveAnySizeAndAnyValue() {
        var random = SplitMix(seed: 5)
        let odd: [Double?] = [nil, 0, -1, .nan, .infinity, 1e-300, 1e300, 5, 100, 1e9]
        for _ in 0..<300 {
            var canvas = Canvas(width: random.next(20), height: random.next(8))
            let values = (0..<random.next(40)).map { _ in odd[random.next(odd.count)] }
            let area = Rect(x: random.next(5), y: random.next(3), width: random.next(24), height: random.next(8))
            Sparkline(values: values, threshold: odd[random.next(odd.count)]).draw(in: area, on: &canvas)
            ColumnChart(values: values).draw(in: area, on: &canvas)
            ShareBar(share: odd[random.next(odd.count)]).draw(in: area, on: &canvas)
            LineChart(
                series: [.init(values, style: .text)], axis: .logarithmic(fitting: values), threshold: 5,
                label: { _ in "x" }
            ).draw(in: area, on: &canvas)
            let bands = random.next(6)
            HeatMap(
                edges: (0..<bands).map(Double.init),
                counts: (0..<bands).map { _ in (0..<random.next(9)).map { $0 * 7 } },
                thresholdBand: random.next(7), overlays: [.p95(values)]
            ).draw(in: area, on: &canvas)
            CanvasTests.expectWhole(canvas)
        }
    }

    // MARK: Heat map

    @Test func heatMapIsAnchoredAtThePromise() {
        var canvas = Canvas(width: 16, height: 5)
        let map = HeatMap(
            edges: [300, 600, 1200, 2400, 4800].map { $0 * 1e6 },
            counts: [[0, 900, 40, 1], [3, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], thresholdBand: 2,
            overlays: [.p50([350e6, nil, 350e6, nil]), .p99([9e9, 2e9, 1200e6, 2e9])])
        map.draw(in: canvas.bounds, on: &canvas)
        #expect(
            canvas.lines == [
                "  2.40s┤━  ·    ",
                "  1.20s┤ ·━     ",
                "   SLO ┼┄┄┄┄┄┄┄┄",
                "  600ms┤·       ".replacing("·", with: HeatMapGlyph.of(3, in: map)),
                "  300ms┤╌█╌·    ",
            ])
        #expect(map.height == 5)
        #expect(canvas[9, 4].style.background == .heat5)
    }

    @Test func heatScaleIsLogarithmicAndNeverHidesOne() {
        let scale = HeatScale(maximum: 100_000)
        #expect(scale.steps == [1, 10, 100, 1000, 10_000])
        #expect([0, 1, 9, 10, 10_000, 1_000_000].map { scale.level(of: $0) } == [0, 1, 1, 2, 5, 5])
        #expect(HeatScale(maximum: 0).level(of: 1) == 1)
        #expect(scale.legend.map(\.text).joined() == "· ≥1 ░ ≥10 ▒ ≥100 ▓ ≥1.00k █ ≥10.0k")
    }

    @Test func selectionsShowWithoutColour() {
        var canvas = Canvas(width: 6, height: 2)
        HeatMap(
            edges: [1, 2, 3], counts: [[1, 1], [1, 1]], selection: .init(columns: 0..<1, bands: 1..<2), labelWidth: 0
        ).draw(in: canvas.bounds, on: &canvas)
        #expect(canvas.lines == ["██▐   ", "██    "] || canvas[2, 0].base == "▐")
        #expect(canvas[0, 0].style.background == .selRange && canvas[0, 1].style.background != .selRange)
    }

    // MARK: Time

    @Test func timeAxesLabelRoundTimes() {
        let start: UInt64 = 1_731_377_560_000_000_000  // 02:12:40
        let axis = TimeAxis(start: start, end: start + 3600 * 1_000_000_000, columns: 60)
        #expect(
            axis.ticks(spacing: 10).map { NumberFormat.timeOfDay($0) } == [
                "02:20", "02:30", "02:40", "02:50", "03:00", "03:10",
            ])
        #expect(axis.column(of: start) == 0 && axis.column(of: axis.end) == nil)
        #expect(axis.column(of: start + 1800 * 1_000_000_000) == 30)
        #expect(axis.time(ofColumn: 30) == start + 1800 * 1_000_000_000)
        var canvas = Canvas(width: 60, height: 1)
        axis.draw(x: 0, y: 0, on: &canvas)
        #expect(canvas.lines[0].hasPrefix("       02:20     02:30"))
    }

    @Test func timeAxesSurviveExtremes() {
        for (start, end, columns) in [(0, 0, 0), (UInt64.max, UInt64.max, 5), (0, UInt64.max, 100), (5, 4, 1)] {
            let axis = TimeAxis(start: start, end: end, columns: columns)
            #expect(axis.ticks().count <= axis.columns)
            _ = axis.column(of: start)
            _ = axis.time(ofColumn: columns)
        }
    }
}

enum HeatMapGlyph {
    static func of(_ count: Int, in map: HeatMap) -> String {
        String(Character(HeatScale.glyph(map.scale.level(of: count))))
    }
}

extension String {
    fileprivate func replacing(_ old: Character, with new: String) -> String {
        map { $0 == old ? new : String($0) }.joined()
    }
}
