/// One key press, with its modifiers.
package struct KeyChord: Hashable, Sendable {
    /// What was pressed.
    package enum Key: Hashable, Sendable {
        /// A printable character, as typed: `G` is not `g` with shift.
        case character(Character)
        case enter, tab, escape, backspace, delete, insert
        case up, down, left, right, home, end, pageUp, pageDown
        /// F1 to F63.
        case function(Int)
    }

    /// Keys held at the same time.
    package struct Modifiers: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let control = Modifiers(rawValue: 1)
        package static let alt = Modifiers(rawValue: 2)
        /// Only for keys that print nothing, such as `S-Tab`.
        package static let shift = Modifiers(rawValue: 4)
    }

    package var key: Key
    package var modifiers: Modifiers

    package init(_ key: Key, _ modifiers: Modifiers = []) {
        self.key = key
        self.modifiers = modifiers
    }

    /// A plain character key.
    package init(_ character: Character) {
        self.init(.character(character))
    }

    /// The character to insert into a text; nil for keys that print nothing.
    package var insertedText: String? {
        guard case .character(let character) = key, modifiers.isEmpty else { return nil }
        return String(character)
    }
}

extension KeyChord: CustomStringConvertible {
    /// A chord from its spelling: `j`, `C-n`, `PgDn`, `S-Tab`, `Alt-v`, `Space`, `F1`; nil if it is none.
    package init?(spelling: String) {
        var rest = Substring(spelling)
        var modifiers: Modifiers = []
        while let (prefix, modifier) = KeyChord.prefixes.first(where: {
            rest.hasPrefix($0.0) && rest.count > $0.0.count
        }) {
            rest = rest.dropFirst(prefix.count)
            modifiers.insert(modifier)
        }
        guard let key = KeyChord.key(named: String(rest)) else { return nil }
        self.init(key, modifiers)
    }

    /// Several chords separated by spaces, as in `g g`; nil if one of them is none.
    package static func sequence(_ spelling: String) -> [KeyChord]? {
        let chords = spelling.split(separator: " ").map { KeyChord(spelling: String($0)) }
        return chords.isEmpty || chords.contains(nil) ? nil : chords.compactMap { $0 }
    }

    /// The spelling used in help, hints and `keys.yaml`.
    package var description: String {
        var prefix = ""
        if modifiers.contains(.control) { prefix += "C-" }
        if modifiers.contains(.alt) { prefix += "Alt-" }
        if modifiers.contains(.shift) { prefix += "S-" }
        return prefix + KeyChord.name(of: key)
    }

    private static let prefixes: [(String, Modifiers)] = [
        ("C-", .control), ("Ctrl-", .control), ("Alt-", .alt), ("M-", .alt), ("S-", .shift), ("Shift-", .shift),
    ]

    /// Names of keys; the first name of a key is the one that is printed.
    private static let names: [(String, Key)] = [
        ("Enter", .enter), ("↵", .enter), ("Return", .enter), ("Tab", .tab), ("Esc", .escape), ("Escape", .escape),
        ("Space", .character(" ")), ("Backspace", .backspace), ("Del", .delete), ("Delete", .delete),
        ("Ins", .insert), ("Insert", .insert), ("↑", .up), ("Up", .up), ("↓", .down), ("Down", .down),
        ("←", .left), ("Left", .left), ("→", .right), ("Right", .right), ("Home", .home), ("End", .end),
        ("PgUp", .pageUp), ("PageUp", .pageUp), ("PgDn", .pageDown), ("PageDown", .pageDown),
    ]

    private static func key(named name: String) -> Key? {
        if let known = names.first(where: { $0.0 == name }) { return known.1 }
        if name.count == 1, let character = name.first, DisplayText.visible(name) == name {
            return .character(character)
        }
        guard name.hasPrefix("F"), let number = Int(name.dropFirst()), (1...63).contains(number) else { return nil }
        return .function(number)
    }

    private static func name(of key: Key) -> String {
        if let known = names.first(where: { $0.1 == key }) { return known.0 }
        switch key {
        case .character(let character): return DisplayText.visible(String(character))
        case .function(let number): return "F\(number)"
        default: return "?"
        }
    }
}
