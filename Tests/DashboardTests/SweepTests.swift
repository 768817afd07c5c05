import Dashboard
import TerminalKit
import Testing

/// No size breaks a screen, and every screen is exactly as large as the terminal.
@Suite struct SweepTests {
    static let widths = [20, 58, 59, 60, 61, 79, 80, 99, 100, 119, 120, 179, 180, 220]
    static let heights = [5, 9, 14, 15, 16, 23, 24, 29, 30, 49, 50, 70]

    @Test(arguments: Screen.allCases, [nil, "z", "?", ":", "/", "t", "T", "Tab", "d", "e"])
    func everySizeIsDrawnExactly(_ screen: Screen, _ key: String?) {
        var state = AppState.make(Fixture.small, width: 120, height: 36, screen: screen)
        if let key { state.press(key) }
        for width in SweepTests.widths {
            for height in SweepTests.heights {
                state.feed(.resized(Size(width: width, height: height)))
                let lines = state.lines()
                #expect(lines.count == height)
                let odd = lines.first { DisplayText.width(of: $0) != width }
                #expect(odd == nil, "\(screen) \(width)x\(height) \(key ?? "")")
            }
        }
    }

    @Test func anySequenceOfKeysAndSizesKeepsTheScreenWhole() {
        let keys = CommandTable.all.flatMap(\.keys) + ["a", "5", "x", "Esc", "Enter", "Left", "Del"]
        var shop = Shop(seed: 3)
        var state = AppState.make(Fixture.small, width: 120, height: 36)
        for step in 0..<4000 {
            if shop.between(0, 5) == 0 {
                state.feed(.resized(Size(width: Int(shop.between(20, 220)), height: Int(shop.between(5, 70)))))
            } else if shop.between(0, 5) == 0 {
                let action: MouseEvent.Action = [.press, .wheelUp, .wheelDown, .drag][Int(shop.between(0, 3))]
                let x = Int(shop.between(0, 219))
                state.feed(.input(.mouse(MouseEvent(action, x: x, y: Int(shop.between(0, 69))))))
            } else {
                let key = keys[Int(shop.between(0, UInt64(keys.count - 1)))]
                for part in key.split(separator: " ") { state.press(String(part)) }
            }
            guard step % 4 == 0 else { continue }
            let size = state.size
            let canvas = state.draw()
            #expect(canvas.size == size)
            #expect(canvas.lines.allSatisfy { DisplayText.width(of: $0) == size.width })
        }
    }
}
