import CNcurses
import TerminalKit

/// The control sequences we write ourselves. None of them holds text from telemetry, except titles and
/// clipboards, which are made harmless first.
struct ControlStrings {
    /// Turns on what ncurses does not know: drag reports and pastes in brackets.
    let extras: [UInt8]
    /// Enters the screen again after a stop.
    let enter: [UInt8]
    /// Leaves everything as it was; starts by ending whatever sequence was cut short.
    let restore: [UInt8]
    private let hasTitle: Bool

    /// Reads the terminal's capabilities; ncurses must know the terminal already.
    init(termName: String, mouse: Bool) {
        func capability(_ name: String) -> String {
            wm_capability(name).map { ControlStrings.withoutPadding(String(cString: $0)) } ?? ""
        }
        let hasBrackets = !capability("BE").isEmpty || ControlStrings.isXtermLike(termName)
        hasTitle = ControlStrings.isXtermLike(termName)
        let hasMouse = mouse && !capability("kmous").isEmpty
        let extras = (hasBrackets ? "\u{1B}[?2004h" : "") + (hasMouse ? "\u{1B}[?1002h" : "")
        let sgrMouse = capability("kmous").hasSuffix("<") ? "\u{1B}[?1006h" : ""
        self.extras = Array(extras.utf8)
        enter = Array(
            (capability("smcup") + capability("smkx") + capability("civis")
                + (hasMouse ? "\u{1B}[?1000h" + sgrMouse : "") + extras).utf8)
        // String terminator first: it ends a title or clipboard that was being written, and else does nothing.
        let isAnsi = capability("cup").hasPrefix("\u{1B}[")
        restore = Array(
            ((isAnsi ? "\u{1B}\\" : "") + (hasBrackets ? "\u{1B}[?2004l" : "")
                + (hasMouse ? "\u{1B}[?1002l\u{1B}[?1000l\u{1B}[?1006l" : "") + capability("sgr0") + capability("op")
                + capability("cnorm") + capability("rmkx") + capability("rmcup")
                + (hasTitle ? "\u{1B}[23;2t" : "")).utf8)
    }

    /// Terminals that take window titles and brackets around pastes, whatever their terminfo says.
    private static func isXtermLike(_ name: String) -> Bool {
        ["xterm", "tmux", "rxvt", "alacritty", "foot", "kitty", "wezterm", "ghostty", "st-"].contains {
            name.hasPrefix($0)
        }
    }

    /// Terminfo writes delays as `$<5>`; no terminal of today needs them.
    static func withoutPadding(_ text: String) -> String {
        guard let start = text.range(of: "$<"), let end = text[start.upperBound...].firstIndex(of: ">") else {
            return text
        }
        return String(text[..<start.lowerBound]) + withoutPadding(String(text[text.index(after: end)...]))
    }

    /// The sequence that names the window; saves the old name the first time.
    func title(_ title: String, isFirst: Bool) -> [UInt8] {
        guard hasTitle else { return [] }
        let text = String(DisplayText.visible(title).prefix(200))
        return Array(((isFirst ? "\u{1B}[22;2t" : "") + "\u{1B}]2;\(text)\u{1B}\\").utf8)
    }

    /// Terminals cut longer clipboards.
    private static let maximumClipboardBytes = 74_994

    /// The sequence that sets the clipboard; nil if the text is too long.
    static func clipboard(_ text: String, tmuxPassthrough: Bool) -> [UInt8]? {
        let encoded = Base64.encode(Array(text.utf8))
        guard encoded.count <= maximumClipboardBytes else { return nil }
        let sequence = Array("\u{1B}]52;c;".utf8) + encoded + [0x07]
        guard tmuxPassthrough else { return sequence }
        // tmux wants every ESC inside doubled.
        return Array("\u{1B}Ptmux;\u{1B}".utf8) + sequence + Array("\u{1B}\\".utf8)
    }
}

/// Base64 of RFC 4648, with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let code = alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]
                result.append(place <= group.count ? code : UInt8(ascii: "="))
            }
        }
        return result
    }
}
