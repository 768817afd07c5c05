import NcursesTerminal
import TerminalKit
import Testing

@Suite struct OutputRewriterTests {
    private func rewrite(_ text: String, _ colors: [UInt8: Color] = [:]) -> String {
        String(decoding: OutputRewriter(colors: colors).rewrite(Array(text.utf8)), as: UTF8.self)
    }

    @Test func exactColoursReplaceTheirIndices() {
        let colors: [UInt8: Color] = [16: Color(hex: 0x11151A), 200: Color(hex: 0xFF8F85)]
        #expect(rewrite("\u{1B}[38;5;200mx", colors) == "\u{1B}[38;2;255;143;133mx")
        #expect(rewrite("\u{1B}[1;38;5;200;48;5;16;4mx", colors) == "\u{1B}[1;38;2;255;143;133;48;2;17;21;26;4mx")
        #expect(rewrite("\u{1B}[38;5;99m\u{1B}[0m", colors) == "\u{1B}[38;5;99m\u{1B}[0m")
        #expect(rewrite("\u{1B}[38;5;16H") == "\u{1B}[38;5;16H")
    }

    @Test func parametersAreRewrittenFieldByField() {
        let colors: [UInt8: Color] = [5: Color(red: 1, green: 20, blue: 255), 200: Color(red: 0, green: 99, blue: 100)]
        let fields = ["38", "48", "5", "200", "7", "", "0", "256", "0005", "380", "2"]
        var state: UInt64 = 1
        for _ in 0..<20_000 {
            var parameters: [String] = []
            for _ in 0..<(state >> 33) % 8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                parameters.append(fields[Int(state >> 33) % fields.count])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let text = "\u{1B}[" + parameters.joined(separator: ";") + "m"
            #expect(rewrite(text, colors) == "\u{1B}[" + exact(parameters, colors) + "m", "\(text)")
        }
    }

    /// What a list of parameters becomes, said plainly.
    private func exact(_ parameters: [String], _ colors: [UInt8: Color]) -> String {
        var result: [String] = []
        var rest = parameters[...]
        while let first = rest.popFirst() {
            result.append(first)
            guard ["38", "48"].contains(first), rest.count > 1, rest.first == "5" else { continue }
            let pair = [rest.removeFirst(), rest.removeFirst()]
            if let color = UInt8(pair[1]).flatMap({ colors[$0] }) {
                result += ["2", "\(color.red)", "\(color.green)", "\(color.blue)"]
            } else {
                result += pair
            }
        }
        return result.joined(separator: ";")
    }

    @Test func repetitionIsWrittenOut() {
        #expect(rewrite("-\u{1B}[4b|") == "-----|")
        #expect(rewrite("─\u{1B}[2b") == "───")
        #expect(rewrite("\u{1B}[4b") == "")
    }

    @Test func everythingElseIsUntouched() {
        for text in [
            "", "\u{1B}", "\u{1B}[", "\u{1B}[38;5", "plain ✓", "\u{1B}[?25l\u{1B}(B\u{1B}[2;3H", "\u{1B}]2;t\u{7}",
        ] {
            #expect(rewrite(text, [16: Color(hex: 0)]) == text)
        }
    }
}

@Suite struct MouseDecoderTests {
    private func decode(_ text: String) -> MouseDecoder.Result {
        var decoder = MouseDecoder()
        var result = MouseDecoder.Result.incomplete
        for scalar in text.unicodeScalars where result == .incomplete {
            result = decoder.take(scalar.value)
        }
        return result
    }

    @Test(arguments: [
        ("0;5;6M", MouseEvent(.press, .left, x: 4, y: 5)), ("2;1;1m", MouseEvent(.release, .right, x: 0, y: 0)),
        ("32;7;8M", MouseEvent(.drag, .left, x: 6, y: 7)), ("64;3;3M", MouseEvent(.wheelUp, .none, x: 2, y: 2)),
        ("65;300;200M", MouseEvent(.wheelDown, .none, x: 299, y: 199)),
        ("16;1;1M", MouseEvent(.press, .left, x: 0, y: 0)),
    ])
    func reports(text: String, event: MouseEvent) {
        #expect(decode(text) == .event(event))
    }

    @Test func nonsenseIsRefused() {
        #expect(decode("0;5") == .incomplete)
        #expect(decode("0;5;6x") == .malformed)
        #expect(decode("0;5M") == .malformed)
        #expect(decode("0;0;0M") == .ignored)
        #expect(decode("35;5;5M") == .ignored)
        #expect(decode("99999999999999999999;1;1M") != .incomplete)
    }
}

@Suite struct ControlStringTests {
    @Test func clipboardsAreEncodedAndLimited() {
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        #expect(text(ControlStrings.clipboard("hello", tmuxPassthrough: false)) == "\u{1B}]52;c;aGVsbG8=\u{7}")
        #expect(text(ControlStrings.clipboard("", tmuxPassthrough: false)) == "\u{1B}]52;c;\u{7}")
        #expect(
            text(ControlStrings.clipboard("ab\u{1B}", tmuxPassthrough: true))
                == "\u{1B}Ptmux;\u{1B}\u{1B}]52;c;YWIb\u{7}\u{1B}\\")
        #expect(ControlStrings.clipboard(String(repeating: "x", count: 56_000), tmuxPassthrough: false) != nil)
        #expect(ControlStrings.clipboard(String(repeating: "x", count: 57_000), tmuxPassthrough: false) == nil)
    }

    @Test func delaysAreTakenOut() {
        #expect(ControlStrings.withoutPadding("\u{1B}[H$<50>\u{1B}[J$<5*/>") == "\u{1B}[H\u{1B}[J")
        #expect(ControlStrings.withoutPadding("a$b$<5") == "a$b$<5")
    }
}

@Suite struct ReaderAndPainterTests {
    @Test func controlCodesAreChords() {
        #expect(
            [1, 9, 13, 27, 26, 0, 127, 0xE9].map { KeyReader.chord(of: $0)?.description } == [
                "C-a", "Tab", "Enter", "Esc", "C-z", "C-Space", "Backspace", "é",
            ])
        #expect(KeyReader.chord(of: 0xD800) == nil)
    }

    @Test func onlyForeignCharactersAreRisky() {
        for text in ["plain", "┌─│█▂⣀●▲", "✓✗×→−…·—±µ≥"] {
            #expect(!DisplayText.cells(of: text).contains(where: ScreenPainter.isRisky), "\(text)")
        }
        for text in ["日", "e\u{301}", "👩", "½", "№"] {
            #expect(DisplayText.cells(of: text).contains(where: ScreenPainter.isRisky), "\(text)")
        }
    }

    @Test func errorsSayWhatToDo() {
        #expect(TerminalOpenError.termUnset.description.contains("TERM=xterm-256color"))
        #expect(TerminalOpenError.termUnknown("x\u{1B}").description.contains("x^["))
    }
}
