import Dashboard
import Telemetry
import TerminalKit
import Testing

/// Whatever telemetry says, it stays in its cells.
@Suite struct HostileTextTests {
    static let texts = [
        "\u{1b}[2J\u{1b}[1;1Hgone", "line\nbreak\r\ttab", "\u{202E}txt.exe", "日本語のサービス名前", "👩‍👩‍👧‍👦 family",
        "e\u{301}\u{301}\u{301}\u{301}",
        "\u{200B}\u{FEFF}zero", String(repeating: "long", count: 200), "", "\u{0}nul\u{7f}", "‮‭\u{2066}iso\u{2069}",
    ]

    @Test(arguments: texts.indices, Screen.allCases)
    func namesAndValuesNeverBreakAWidth(_ number: Int, _ screen: Screen) {
        let text = HostileTextTests.texts[number]
        var shop = Shop(seed: 2)
        for step: UInt64 in 1...40 {
            let trace = shop.trace()
            let end = Shop.end - step * Shop.second
            let root = shop.add(
                trace, in: nil, text, text, at: end - 900 * Shop.millisecond, took: 900 * Shop.millisecond,
                kind: .server,
                version: text, environment: text
            ) { span in
                span.attributes = [
                    (text.isEmpty ? "key" : text, .string(text)), ("list", .array([.string(text), .int(1)])),
                ]
                span.events = [(5, text, [("exception.message", .string(text))])]
                span.message = text
                span.fields.status = .error
            }
            shop.add(trace, in: root, text, text, at: end - 800 * Shop.millisecond, took: 5 * Shop.millisecond)
        }
        var picture = shop.picture(live: true, journeys: [])
        picture.notices = ["journeys/\(text).yaml:1: \(text)"]
        picture.sources = [SourceLine(name: text, places: [text], state: .failed)]
        for (width, height) in [(200, 60), (120, 36), (80, 24), (60, 15), (58, 9)] {
            var state = AppState.make(picture, width: width, height: height, screen: screen, journey: nil)
            for key in ["", "Tab", "z", "z", "f"] {
                if !key.isEmpty { state.press(key) }
                if key == "f" { state.type("日") }
                let canvas = state.draw()
                for glyphs in GlyphSet.allCases {
                    let lines = canvas.mapped(to: glyphs).lines
                    #expect(lines.count == height)
                    for line in lines {
                        #expect(DisplayText.width(of: line) == width)
                        let isClean = line.unicodeScalars.allSatisfy { scalar in
                            scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
                                && !(0x202A...0x202E).contains(scalar.value)
                                && !(0x2066...0x2069).contains(scalar.value)
                        }
                        #expect(isClean)
                    }
                }
            }
        }
    }
}
