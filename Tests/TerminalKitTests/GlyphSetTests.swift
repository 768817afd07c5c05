import TerminalKit
import Testing

@Suite struct GlyphSetTests {
    private func mapped(_ text: String, to glyphs: GlyphSet) -> String {
        var canvas = Canvas(width: DisplayText.width(of: text), height: 1)
        canvas.put(text, x: 0, y: 0)
        return canvas.mapped(to: glyphs).lines[0]
    }

    @Test(arguments: [
        ("┌─ Journeys 13 ─┐", "+- Journeys 13 -+"), ("│▌✗ PAGE", "|>x PAGE"), ("▲ ■ ∅ ? ◌ - ✓", "! # 0 ? ~ - +"),
        ("42.6×↑", "42.6x^"), ("2.1×→", "2.1x="), ("371ms → 1.68s", "371ms > 1.68s"), ("—", "-"), ("−14%", "-14%"),
        ("· ░▒▓█", ". :o@#"), ("DATA ▲ late · skew", "DATA ! late . skew"), ("日本é", "?????"), ("● LIVE", "o LIVE"),
        ("payme…harge", "payme~harge"), ("▂▂▆╌", "226-"), ("⣀⠉⠒⡇ ⠀", ".'-|  "),
    ])
    func asciiStandIns(full: String, ascii: String) {
        #expect(mapped(full, to: .ascii) == ascii)
    }

    @Test func heightsAndBarsUseTheSameBlockDifferently() {
        var canvas = Canvas(width: 8, height: 1)
        Sparkline(values: [8, 8], threshold: 1).draw(in: Rect(x: 0, y: 0, width: 2, height: 1), on: &canvas)
        ShareBar(share: 0.605).draw(in: Rect(x: 3, y: 0, width: 3, height: 1), on: &canvas)
        #expect(canvas.mapped(to: .ascii).lines[0] == "88 ##.  ")
    }

    @Test func brailleBecomesHeightsWithoutBraille() {
        #expect(mapped("⠉⠒⠤⣀⠀✓", to: .block) == "▇▅▃▁ ✓")
    }

    @Test func asciiHoldsOnlyASCIIAndKeepsWidthsForEveryScalar() {
        for value in UInt32(0x80)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar))
            let ascii = mapped(text, to: .ascii)
            if ascii.utf8.contains(where: { $0 >= 0x7F || $0 < 0x20 })
                || ascii.utf8.count != DisplayText.width(of: text)
            {
                Issue.record("U+\(String(value, radix: 16)) became \(ascii)")
            }
        }
    }
}
