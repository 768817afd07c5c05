import TerminalKit
import Testing

@Suite struct LayoutTests {
    @Test func fixedPartsKeepTheirSizeAndTheRestGrows() {
        let ranges = Layout.split(
            36, into: [.fixed(2), .fixed(6), .weighted(2, minimum: 5), .weighted(1, minimum: 4), .fixed(2)])
        #expect(ranges == [0..<2, 2..<8, 8..<25, 25..<34, 34..<36] || ranges.compactMap { $0 }.last?.upperBound == 36)
        #expect(ranges[0] == 0..<2 && ranges[1] == 2..<8)
    }

    @Test func lowestRanksAreDroppedFirst() {
        let items = [
            LayoutItem(minimum: 10), LayoutItem(minimum: 10, dropRank: 2), LayoutItem(minimum: 10, dropRank: 1),
        ]
        #expect(Layout.split(30, into: items).map { $0?.count } == [10, 10, 10])
        #expect(Layout.split(29, into: items).map { $0?.count } == [10, 10, nil])
        #expect(Layout.split(19, into: items).map { $0?.count } == [10, nil, nil])
        #expect(Layout.split(6, into: items).map { $0?.count } == [6, nil, nil])
    }

    @Test func spacingIsPaidOnlyBetweenKeptParts() {
        let items = [LayoutItem.fixed(4), .fixed(4, dropRank: 1), .fixed(4)]
        #expect(Layout.split(14, into: items, spacing: 1) == [0..<4, 5..<9, 10..<14])
        #expect(Layout.split(13, into: items, spacing: 1) == [0..<4, nil, 5..<9])
    }

    @Test func preferredSizesComeBeforeGrowth() {
        let items = [LayoutItem(minimum: 2, preferred: 8), LayoutItem(minimum: 2, grow: 1)]
        #expect(Layout.split(6, into: items).map { $0?.count } == [4, 2])
        #expect(Layout.split(20, into: items).map { $0?.count } == [8, 12])
    }

    @Test func randomSplitsNeverOverlapAndLargerNeverDropsMore() {
        var random = SplitMix(seed: 11)
        for _ in 0..<2000 {
            let items = (0..<(1 + random.next(6))).map { _ in
                LayoutItem(
                    minimum: random.next(12), preferred: random.next(30), grow: random.next(3),
                    dropRank: random.next(2) == 0 ? nil : random.next(4))
            }
            let spacing = random.next(3)
            var keptBefore = -1
            for length in [0, 1, 7, 20, 45, 90, 300] {
                let ranges = Layout.split(length, into: items, spacing: spacing)
                var end = 0
                for range in ranges.compactMap({ $0 }) {
                    #expect(range.lowerBound >= end && range.upperBound <= length)
                    end = range.upperBound
                }
                let kept = ranges.count { $0 != nil }
                #expect(kept >= keptBefore)
                keptBefore = kept
                if items.contains(where: { $0.grow > 0 && $0.dropRank == nil }), length >= 200 {
                    #expect(end == length)
                }
            }
        }
    }

    @Test func rectanglesSplitInBothDirections() {
        let rect = Rect(x: 3, y: 1, width: 20, height: 10)
        #expect(
            rect.columns([.fixed(5), .weighted(1)]) == [
                Rect(x: 3, y: 1, width: 5, height: 10), Rect(x: 8, y: 1, width: 15, height: 10),
            ])
        #expect(
            rect.rows([.weighted(1), .fixed(4)]) == [
                Rect(x: 3, y: 1, width: 20, height: 6), Rect(x: 3, y: 7, width: 20, height: 4),
            ])
        #expect(rect.inset(by: 1) == Rect(x: 4, y: 2, width: 18, height: 8))
        #expect(rect.inset(by: 100).isEmpty)
    }

    @Test func sizesHaveClasses() {
        let sizes = [(180, 50), (179, 50), (120, 36), (99, 40), (80, 24), (79, 24), (60, 15), (59, 15)]
        #expect(
            sizes.map { SizeClass(Size(width: $0.0, height: $0.1)) }
                == [.wide, .normal, .normal, .narrow, .narrow, .tiny, .tiny, .floor])
    }
}
