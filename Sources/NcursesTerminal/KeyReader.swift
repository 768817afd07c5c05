import CNcurses
import TerminalKit

/// Turns what ncurses reads into events.
package struct KeyReader {
    private static let pasteStart: Int32 = 0x3F01
    private static let pasteEnd: Int32 = 0x3F02
    /// Longer pastes are cut.
    private static let maximumPaste = 1_048_576

    private static let mouseStart: Int32 = 0x3F03

    private var paste: String.UnicodeScalarView?
    private var mouse: MouseDecoder?

    /// Teaches ncurses the brackets around pasted text and the start of a mouse report.
    ///
    /// Mouse reports are decoded here, because ncurses keeps only the last of several that come at once.
    init() {
        define_key("\u{1B}[200~", KeyReader.pasteStart)
        define_key("\u{1B}[201~", KeyReader.pasteEnd)
        define_key("\u{1B}[<", KeyReader.mouseStart)
    }

    /// True between the brackets of a paste.
    var isPasting: Bool { paste != nil }

    /// Ends a paste whose closing bracket never came.
    mutating func endPaste() -> InputEvent? {
        guard let text = paste else { return nil }
        paste = nil
        return .paste(String(text))
    }

    /// The next event, without waiting; nil when nothing more was typed.
    mutating func next() -> InputEvent? {
        while true {
            var value = wint_t()
            let kind = wm_read_key(&value)
            guard kind != Int32(WM_NOTHING.rawValue) else { return nil }
            let isKey = kind == Int32(WM_KEY.rawValue)
            if paste != nil {
                guard let event = continuePaste(value, isKey: isKey) else { continue }
                return event
            }
            if !isKey, let report = mouse?.take(UInt32(value)) {
                if report == .incomplete { continue }
                mouse = nil
                if case .event(let event) = report { return .mouse(event) }
                if report == .ignored { continue }
            }
            mouse = nil
            if let event = isKey ? key(Int32(bitPattern: value)) : character(value) { return event }
        }
    }

    private mutating func continuePaste(_ value: wint_t, isKey: Bool) -> InputEvent? {
        if isKey, Int32(bitPattern: value) == KeyReader.pasteEnd { return endPaste() }
        guard !isKey, let scalar = Unicode.Scalar(UInt32(value)), (paste?.count ?? 0) < KeyReader.maximumPaste else {
            return nil
        }
        paste?.append(scalar == "\r" ? "\n" : scalar)
        return nil
    }

    // MARK: Characters

    private mutating func character(_ value: wint_t) -> InputEvent? {
        guard value == 27 else { return KeyReader.chord(of: UInt32(value)).map(InputEvent.key) }
        // ncurses waited for the rest of a sequence; what follows at once was typed with Alt.
        var following = wint_t()
        switch wm_read_key(&following) {
        case Int32(WM_CHARACTER.rawValue):
            guard var chord = KeyReader.chord(of: UInt32(following)), chord.key != .escape else {
                return .key(KeyChord(.escape))
            }
            chord.modifiers.insert(.alt)
            return .key(chord)
        case Int32(WM_KEY.rawValue):
            guard case .key(var chord) = key(Int32(bitPattern: following)) else { return .key(KeyChord(.escape)) }
            chord.modifiers.insert(.alt)
            return .key(chord)
        default:
            return .key(KeyChord(.escape))
        }
    }

    /// The chord of a character code.
    package static func chord(of value: UInt32) -> KeyChord? {
        switch value {
        case 0: return KeyChord(.character(" "), .control)
        case 8, 127: return KeyChord(.backspace)
        case 9: return KeyChord(.tab)
        case 10, 13: return KeyChord(.enter)
        case 27: return KeyChord(.escape)
        case 1...26: return KeyChord(.character(Character(Unicode.Scalar(UInt8(value + 0x60)))), .control)
        case 28...31: return KeyChord(.character(Character(Unicode.Scalar(UInt8(value + 0x40)))), .control)
        default: return Unicode.Scalar(value).map { KeyChord(Character($0)) }
        }
    }

    // MARK: Keys

    private mutating func key(_ code: Int32) -> InputEvent? {
        switch code {
        case KeyReader.pasteStart:
            paste = String.UnicodeScalarView()
            return nil
        case KeyReader.pasteEnd, KEY_RESIZE: return nil
        case KeyReader.mouseStart:
            mouse = MouseDecoder()
            return nil
        default: return (KeyReader.keys[code] ?? KeyReader.extendedKey(code)).map(InputEvent.key)
        }
    }

    private static let keys: [Int32: KeyChord] = {
        var keys: [Int32: KeyChord] = [
            KEY_UP: KeyChord(.up), KEY_DOWN: KeyChord(.down), KEY_LEFT: KeyChord(.left), KEY_RIGHT: KeyChord(.right),
            KEY_HOME: KeyChord(.home), KEY_END: KeyChord(.end), KEY_PPAGE: KeyChord(.pageUp),
            KEY_NPAGE: KeyChord(.pageDown), KEY_BACKSPACE: KeyChord(.backspace), KEY_DC: KeyChord(.delete),
            KEY_IC: KeyChord(.insert), KEY_ENTER: KeyChord(.enter), KEY_BTAB: KeyChord(.tab, .shift),
            KEY_SLEFT: KeyChord(.left, .shift), KEY_SRIGHT: KeyChord(.right, .shift), KEY_SF: KeyChord(.down, .shift),
            KEY_SR: KeyChord(.up, .shift), KEY_SHOME: KeyChord(.home, .shift), KEY_SEND: KeyChord(.end, .shift),
            KEY_FIND: KeyChord(.home), KEY_SELECT: KeyChord(.end), KEY_A1: KeyChord(.home), KEY_A3: KeyChord(.pageUp),
            KEY_C1: KeyChord(.end), KEY_C3: KeyChord(.pageDown),
        ]
        for number in 1...63 {
            keys[KEY_F0 + Int32(number)] = KeyChord(.function(number))
        }
        return keys
    }()

    /// Keys with modifiers have no number of their own, but a name such as `kUP5`.
    private static func extendedKey(_ code: Int32) -> KeyChord? {
        guard let name = keyname(code).map({ String(cString: $0) }), name.hasPrefix("k"), let last = name.last else {
            return nil
        }
        let digit = last.wholeNumberValue
        let stem = String(digit == nil ? name.dropFirst() : name.dropFirst().dropLast())
        guard let key = stems[stem] else { return nil }
        return KeyChord(key, modifiers(digit ?? 2))
    }

    private static let stems: [String: KeyChord.Key] = [
        "UP": .up, "DN": .down, "LFT": .left, "RIT": .right, "HOM": .home, "END": .end, "PRV": .pageUp,
        "NXT": .pageDown, "DC": .delete, "IC": .insert,
    ]

    /// xterm's numbering: one less is a bit set of shift, alt and control.
    private static func modifiers(_ number: Int) -> KeyChord.Modifiers {
        let bits = max(0, number - 1)
        var modifiers: KeyChord.Modifiers = []
        if bits & 1 != 0 { modifiers.insert(.shift) }
        if bits & 2 != 0 { modifiers.insert(.alt) }
        if bits & 4 != 0 { modifiers.insert(.control) }
        return modifiers
    }
}
