/// A line of text being typed: a value that keys are applied to.
package struct LineEditor: Hashable, Sendable {
    private var characters: [Character]
    /// Characters left of the cursor.
    package private(set) var cursor: Int

    /// Longer input is cut, so that a huge paste cannot take all memory.
    package static let maximumLength = 65_536

    /// An editor holding this text, the cursor at its end.
    package init(_ text: String = "") {
        characters = Array(text.prefix(LineEditor.maximumLength))
        cursor = characters.count
    }

    package var text: String { String(characters) }
    package var textBeforeCursor: String { String(characters[..<cursor]) }
    package var isEmpty: Bool { characters.isEmpty }

    /// Puts text at the cursor; line breaks become spaces.
    package mutating func insert(_ text: String) {
        let room = LineEditor.maximumLength - characters.count
        let added = text.prefix(max(0, room)).map { $0.isNewline ? " " : $0 }
        characters.insert(contentsOf: added, at: cursor)
        cursor += added.count
    }

    /// Applies a key; false if it does not edit text, so that it may mean something else.
    @discardableResult
    package mutating func apply(_ chord: KeyChord) -> Bool {
        if let text = chord.insertedText {
            insert(text)
            return true
        }
        guard let edit = LineEditor.edits[chord] else { return false }
        edit(&self)
        return true
    }

    private static let edits: [KeyChord: @Sendable (inout LineEditor) -> Void] = [
        KeyChord(.character("a"), .control): { $0.cursor = 0 },
        KeyChord(.home): { $0.cursor = 0 },
        KeyChord(.character("e"), .control): { $0.cursor = $0.characters.count },
        KeyChord(.end): { $0.cursor = $0.characters.count },
        KeyChord(.left): { $0.cursor = max(0, $0.cursor - 1) },
        KeyChord(.right): { $0.cursor = min($0.characters.count, $0.cursor + 1) },
        KeyChord(.character("b"), .alt): { $0.cursor = $0.wordStart },
        KeyChord(.character("f"), .alt): { $0.cursor = $0.wordEnd },
        KeyChord(.backspace): { $0.remove(max(0, $0.cursor - 1)..<$0.cursor) },
        KeyChord(.delete): { $0.remove($0.cursor..<min($0.characters.count, $0.cursor + 1)) },
        KeyChord(.character("w"), .control): { $0.remove($0.spacedWordStart..<$0.cursor) },
        KeyChord(.character("u"), .control): { $0.remove(0..<$0.cursor) },
        KeyChord(.character("k"), .control): { $0.remove($0.cursor..<$0.characters.count) },
    ]

    private mutating func remove(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    private var wordStart: Int {
        var place = cursor
        while place > 0, !LineEditor.isWord(characters[place - 1]) { place -= 1 }
        while place > 0, LineEditor.isWord(characters[place - 1]) { place -= 1 }
        return place
    }

    private var wordEnd: Int {
        var place = cursor
        while place < characters.count, !LineEditor.isWord(characters[place]) { place += 1 }
        while place < characters.count, LineEditor.isWord(characters[place]) { place += 1 }
        return place
    }

    /// C-w takes everything back to a space, as shells do.
    private var spacedWordStart: Int {
        var place = cursor
        while place > 0, characters[place - 1] == " " { place -= 1 }
        while place > 0, characters[place - 1] != " " { place -= 1 }
        return place
    }
}

extension LineEditor {
    /// Draws the text with its cursor `▏`; when it is too long, the part around the cursor is shown.
    package func draw(
        in rect: Rect, style: Style = Style(.input), cursorStyle: Style = Style(.borderFocus), on canvas: inout Canvas
    ) {
        guard rect.width > 0, rect.height > 0 else { return }
        let before = DisplayText.cells(of: textBeforeCursor, style: style).suffix(rect.width - 1)
        let after = String(characters[cursor...])
        canvas.clipped(to: rect.row(0)) { canvas in
            canvas.fill(rect.row(0), style: style)
            // Text before the cursor is drawn from its visible tail, so the cursor is always in view.
            let head = before.first?.isContinuation == true ? before.dropFirst() : before
            let used = canvas.put(head.map(\.text).joined(), x: rect.x, y: rect.y, style: style)
            canvas.set("▏", x: rect.x + used, y: rect.y, style: cursorStyle)
            canvas.put(after, x: rect.x + used + 1, y: rect.y, style: style)
        }
    }
}
