import TerminalKit
import Testing

@Suite struct CanvasTests {
    @Test func panelsCarryTextsInTheirFrame() {
        var canvas = Canvas(width: 40, height: 4)
        let inner = canvas.panel(
            canvas.bounds, title: "Journeys 13", right: "sort ▾", footer: "1 page", footerRight: "1–4")
        canvas.put("✗ PAGE checkout", x: inner.x, y: inner.y)
        canvas.put("42.6/s", x: inner.x, y: inner.y + 1, width: inner.width, align: .right)
        #expect(
            canvas.lines == [
                "┌─ Journeys 13 ───────────── sort ▾ ─┐".replacingOccurrences("─────────────", "───────────────"),
                "│✗ PAGE checkout                       │",
                "│                                42.6/s│",
                "└─ 1 page ─────────────────────── 1–4 ─┘",
            ])
    }

    @Test func rulesReplaceFramesOnNarrowScreens() {
        var canvas = Canvas(width: 30, height: 2)
        canvas.rule(x: 0, y: 0, width: 30, title: [StyledText("Latency")], right: [StyledText("1 of 3")])
        canvas.rule(x: 0, y: 1, width: 30)
        #expect(
            canvas.lines == ["─ Latency ──────────── 1 of 3 ", String(repeating: "─", count: 30)])
    }

    @Test func framesSurviveEverySizeAndLongTexts() {
        for width in 0...24 {
            for height in 0...4 {
                var canvas = Canvas(width: width, height: height)
                canvas.panel(
                    canvas.bounds, title: "a long title 日本", right: "right side", footer: "f",
                    footerRight: "long footer")
                Self.expectWhole(canvas)
                if width >= 2, height >= 2 {
                    #expect(canvas[0, 0].base == "┌" && canvas[width - 1, height - 1].base == "┘")
                }
            }
        }
    }

    @Test func drawingOutsideChangesNothing() {
        var canvas = Canvas(width: 5, height: 2)
        canvas.put("hello", x: -2, y: 0)
        canvas.put("below", x: 0, y: 2)
        canvas.put("right", x: 4, y: 1)
        canvas.set("x", x: -1, y: -1)
        #expect(canvas.lines == ["llo  ", "    r"])
    }

    @Test func clipsNestAndEnd() {
        var canvas = Canvas(width: 6, height: 1)
        canvas.clipped(to: Rect(x: 1, y: 0, width: 4, height: 1)) { canvas in
            canvas.clipped(to: Rect(x: 0, y: 0, width: 3, height: 1)) { $0.put("abcdef", x: 0, y: 0) }
            canvas.put("zzzzzz", x: 3, y: 0)
        }
        canvas.put("!", x: 5, y: 0)
        #expect(canvas.lines == [" bczz!"])
    }

    @Test func halvesOfWideCharactersBecomeSpaces() {
        var canvas = Canvas(width: 6, height: 1)
        canvas.put("日本語", x: 0, y: 0)
        canvas.put("x", x: 1, y: 0)
        canvas.put("y", x: 2, y: 0)
        #expect(canvas.lines == [" xy 語"])
        canvas.put("日", x: 3, y: 0)
        #expect(canvas.lines == [" xy日 "])
        canvas.put("日", x: 5, y: 0)
        Self.expectWhole(canvas)
    }

    @Test func randomDrawingKeepsEveryRowWhole() {
        var random = SplitMix(seed: 3)
        var canvas = Canvas(width: 17, height: 3)
        let texts = ["日本語", "abc", "e\u{301}日", "\u{1B}]0;x\u{7}", "  ", "👩", "─│"]
        for _ in 0..<4000 {
            let area = Rect(x: random.next(20) - 2, y: 0, width: random.next(18), height: 3)
            let text = texts[random.next(texts.count)]
            let (x, y) = (random.next(22) - 3, random.next(3))
            canvas.clipped(to: area) { $0.put(text, x: x, y: y) }
            Self.expectWhole(canvas)
        }
    }

    @Test func selectionChangesTheBackgroundOnly() {
        var canvas = Canvas(width: 4, height: 1)
        canvas.put("ab", x: 0, y: 0, style: Style(.statusPage, on: .bg, .bold))
        canvas.select(canvas.bounds)
        #expect(canvas[0, 0].style == Style(.statusPage, on: .sel, .bold))
        #expect(canvas[3, 0].style == Style(.text, on: .sel))
        #expect(canvas.lines == ["ab  "])
    }

    @Test func ansiHoldsOnlyOurSequences() {
        var canvas = Canvas(width: 12, height: 1)
        canvas.put([StyledText("\u{1B}[2J", .statusPage), StyledText(" 日", .text)], x: 0, y: 0)
        let text = canvas.ansi(theme: .dark, depth: .trueColor)
        #expect(text.hasPrefix("\u{1B}[0;1;38;2;255;143;133;48;2;17;21;26m^[[2J"))
        #expect(text.hasSuffix("\u{1B}[0m\n"))
        let plain = canvas.ansi(theme: .dark, depth: .none)
        #expect(plain.contains("\u{1B}[0;1;7m^[[2J"))
        #expect(canvas.ansi(theme: .dark, depth: .indexed256).contains(";38;5;"))
    }

    @Test func plainTextIsDrawnAsScalarByScalar() {
        var random = SplitMix(seed: 9)
        let texts = ["plain", "日本語テキスト", "a日b", "", "x", "e\u{301}a\u{301}", "long plain text of ASCII"]
        var quick = Canvas(width: 16, height: 3)
        var slow = quick
        for _ in 0..<3_000 {
            let area = Rect(x: random.next(20) - 2, y: 0, width: random.next(18), height: 3)
            let (x, y, width) = (random.next(20) - 3, random.next(3), random.next(12))
            let text = texts[random.next(texts.count)]
            let style = Style(random.next(2) == 0 ? .text : .statusPage)
            quick.clipped(to: area) { $0.put(text, x: x, y: y, style: style, width: width) }
            slow.clipped(to: area) { canvas in
                let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII }
                guard isPlain else {
                    canvas.put(text, x: x, y: y, style: style, width: width)
                    return
                }
                for (place, scalar) in text.unicodeScalars.prefix(width).enumerated() {
                    canvas.set(scalar, x: x + place, y: y, style: style)
                }
            }
            #expect(quick == slow)
        }
    }

    @Test func theTextWithColoursIsThatOfItsCells() {
        var random = SplitMix(seed: 11)
        let texts = ["plain", "日本", "e\u{301}\u{302}", "▁▂█", "\u{1B}[2J"]
        for depth in [ColorDepth.none, .ansi16, .indexed256, .trueColor] {
            var canvas = Canvas(width: 30, height: 4)
            for _ in 0..<40 {
                let style = Style(Role.allCases[random.next(Role.allCases.count)], on: .sel, .bold)
                canvas.put(texts[random.next(texts.count)], x: random.next(30), y: random.next(4), style: style)
            }
            var expected = ""
            for y in 0..<4 {
                var look: TerminalStyle?
                for cell in canvas.row(y) where !cell.isContinuation {
                    let own = Theme.dark.look(of: cell.style, depth: depth)
                    if own != look { expected += own.sgr }
                    look = own
                    expected += cell.text
                }
                expected += "\u{1B}[0m\n"
            }
            #expect(canvas.ansi(theme: .dark, depth: depth) == expected)
        }
    }

    @Test func aShortClipShowsTheCursorOfALineEditor() {
        var editor = LineEditor("service=payments and version=2.14.0")
        var canvas = Canvas(width: 12, height: 1)
        editor.draw(in: canvas.bounds, on: &canvas)
        #expect(canvas.lines == ["ion=2.14.0▏ "] || canvas.lines == ["sion=2.14.0▏"])
        editor.apply(KeyChord(.home))
        editor.draw(in: canvas.bounds, on: &canvas)
        #expect(canvas.lines == ["▏service=pay"])
    }

    /// Every row is exactly as wide as the canvas and has no half characters.
    static func expectWhole(_ canvas: Canvas) {
        for y in 0..<canvas.size.height {
            #expect(DisplayTextTests.problem(Array(canvas.row(y))) == nil)
            #expect(canvas.row(y).reduce(0) { $0 + Int($1.width) } == canvas.size.width)
        }
        for line in canvas.lines { #expect(DisplayText.width(of: line) == canvas.size.width) }
    }
}

extension String {
    fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
