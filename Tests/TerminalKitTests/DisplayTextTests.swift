import TerminalKit
import Testing

@Suite struct DisplayTextTests {
    @Test(arguments: [
        ("\u{1B}[31m", "^[[31m"), ("a\nb\tc\r", "a^Jb^Ic^M"), ("\u{0}\u{7F}", "^@^?"), ("\u{9B}2J", "<9B>2J"),
        ("\u{202E}abc", "<U+202E>abc"), ("a\u{200B}b", "a<U+200B>b"), ("\u{E0041}", "<U+E0041>"),
        ("\u{301}x", "<U+0301>x"), ("soft\u{AD}", "soft<U+00AD>"), ("\u{2028}", "<U+2028>"),
        ("✔\u{FE0F}", "✔"), ("a\u{FE0F}", "a<U+FE0F>"), ("e\u{301}", "e\u{301}"), ("日本", "日本"),
    ])
    func unsafeTextIsDrawnVisibly(text: String, seen: String) {
        #expect(DisplayText.visible(text).unicodeScalars.elementsEqual(seen.unicodeScalars))
    }

    @Test func everyScalarIsSafeAndItsWidthAddsUp() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for text in [String(Character(scalar)), "a" + String(Character(scalar)) + "b"] {
                let cells = DisplayText.cells(of: text)
                if let problem = Self.problem(cells) { Issue.record("U+\(String(value, radix: 16)): \(problem)") }
                if DisplayText.width(of: text) != cells.count { Issue.record("U+\(String(value, radix: 16)): width") }
            }
        }
    }

    @Test func pilesOfMarksStayInFourMarks() {
        let text = "a" + String(repeating: "\u{301}", count: 1000) + "b"
        let cells = DisplayText.cells(of: text)
        #expect(cells.count == 2)
        #expect(cells[0].marks.count == 4)
    }

    @Test func limitsAreKeptForEveryMixture() {
        var random = SplitMix(seed: 7)
        let pieces = ["a", "日", "e\u{301}", "\u{1B}", "\u{202E}", "👩\u{200D}👩", "\u{FE0F}", " ", "█"]
        for _ in 0..<5000 {
            let text = (0..<random.next(8)).map { _ in pieces[random.next(pieces.count)] }.joined()
            let limit = random.next(12)
            let cells = DisplayText.cells(of: text, limit: limit)
            #expect(cells.count <= limit)
            #expect(Self.problem(cells) == nil)
        }
    }

    @Test func invalidUTF8BecomesReplacementCharacters() {
        let cells = DisplayText.cells(ofUTF8: [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80])
        #expect(cells.first?.text == "a")
        #expect(cells.contains { $0.base == "\u{FFFD}" })
        #expect(Self.problem(cells) == nil)
    }

    @Test func wideCharactersTakeTwoCells() {
        #expect(DisplayText.width(of: "日本語") == 6)
        #expect(DisplayText.width(of: "👩") == 2)
        #expect(DisplayText.width(of: "가") == 2)
        #expect(DisplayText.width(of: "┌─█⣿✓▲…—") == 8)
    }

    /// What is wrong with a line of cells; nil if nothing is.
    static func problem(_ cells: [Cell]) -> String? {
        for (index, cell) in cells.enumerated() {
            for scalar in [cell.base] + cell.marks {
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return "unsafe \(scalar.value)"
                default: break
                }
            }
            if cell.marks.count > 4 { return "too many marks" }
            if cell.isContinuation, index == 0 || cells[index - 1].width != 2 { return "stray continuation" }
            if cell.width == 2, index + 1 >= cells.count || !cells[index + 1].isContinuation {
                return "half a character"
            }
        }
        return nil
    }
}

/// A small deterministic random source.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A number from 0 to `bound` − 1.
    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
    }
}
