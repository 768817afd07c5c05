import TerminalKit
import TestSupport
import Testing

@Suite struct InputTests {
    @Test(arguments: [
        "j", "G", "C-n", "PgDn", "PgUp", "Tab", "S-Tab", "Enter", "Esc", "Alt-v", "Space", "`", "?", "[", "}", ".", "-",
        "+",
        "↑", "S-↑", "C-Alt-x", "F1", "F12", "Home", "End", "Del", "Ins", "Backspace", "é",
    ])
    func spellingsRoundTrip(spelling: String) throws {
        #expect(try #require(KeyChord(spelling: spelling)).description == spelling)
    }

    @Test func spellingsHaveSynonyms() {
        #expect(KeyChord(spelling: "Shift-Tab") == KeyChord(.tab, .shift))
        #expect(KeyChord(spelling: "Ctrl-n") == KeyChord(.character("n"), .control))
        #expect(KeyChord(spelling: "Down") == KeyChord(.down) && KeyChord(spelling: "↵") == KeyChord(.enter))
        #expect(
            KeyChord(spelling: "C-") == nil && KeyChord(spelling: "") == nil && KeyChord(spelling: "nope") == nil
                && KeyChord(spelling: "F99") == nil)
        #expect(KeyChord.sequence("g g") == [KeyChord("g"), KeyChord("g")])
        #expect(KeyChord.sequence("g nope") == nil)
    }

    @Test func editingFollowsEmacs() {
        var editor = LineEditor("service=cart status=error")
        func type(_ keys: String) { for chord in KeyChord.sequence(keys) ?? [] { editor.apply(chord) } }
        type("C-w")
        #expect(editor.text == "service=cart ")
        type("C-a x")
        #expect(editor.text == "xservice=cart ")
        type("Alt-f C-k")
        #expect(editor.text == "xservice")
        type("Alt-b C-u Del")
        #expect(editor.text == "service" && editor.cursor == 0)
        type("C-e Backspace ← y Space")
        #expect(editor.text == "serviy c" && editor.textBeforeCursor == "serviy ")
        #expect(!editor.apply(KeyChord(.enter)) && !editor.apply(KeyChord(spelling: "C-n") ?? KeyChord(.tab)))
    }

    @Test func pastesStayOnOneLineAndBounded() {
        var editor = LineEditor()
        editor.insert("a\nb\r\nc")
        #expect(editor.text == "a b c")
        editor.insert(String(repeating: "x", count: 100_000))
        #expect(editor.text.count == LineEditor.maximumLength)
    }

    @Test func recordingTerminalsPlayEventsInOrder() {
        let terminal = RecordingTerminal(size: Size(width: 20, height: 2))
        terminal.press("j k Enter")
        terminal.send(.ended(.signal(15)))
        let end = terminal.run { event in
            var canvas = Canvas(size: terminal.size)
            canvas.put("\(event)", x: 0, y: 0)
            terminal.present(canvas, theme: .dark)
        }
        #expect(end == .signal(15))
        #expect(terminal.actions.count == 5)
        #expect(terminal.lines.first?.hasPrefix("ended") == true)
        terminal.bell()
        #expect(terminal.actions.count == 5)
    }
}
