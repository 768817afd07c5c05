import CNcurses
import TerminalKit

/// The control sequences we write ourselves. None of them holds text from telemetry, except titles and
/// clipboards, which are made harmless first.
package struct ControlStrings {
    /// Turns on what ncurses does not: mouse reports and pastes in brackets.
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
        let isXtermLike = ControlStrings.isXtermLike(termName)
        let hasBrackets = isXtermLike || !capability("BE").isEmpty
        let hasMouse = mouse && (isXtermLike || !capability("kmous").isEmpty)
        // Entering and leaving the screen saves the window's title already where terminfo says so.
        let savesTitle = isXtermLike && !capability("smcup").contains("[22;")
        hasTitle = isXtermLike
        let extras =
            (hasBrackets ? "\u{1B}[?2004h" : "") + (hasMouse ? "\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h" : "")
            + (savesTitle ? "\u{1B}[22;2t" : "")
        self.extras = Array(extras.utf8)
        enter = Array((capability("smcup") + capability("smkx") + capability("civis") + extras).utf8)
        // String terminator first: it ends a title or clipboard that was being written, and else does nothing.
        let isAnsi = capability("cup").hasPrefix("\u{1B}[")
        restore = Array(
            ((isAnsi ? "\u{1B}\\" : "") + (hasBrackets ? "\u{1B}[?2004l" : "")
                + (hasMouse ? "\u{1B}[?1002l\u{1B}[?1000l\u{1B}[?1006l" : "") + capability("sgr0") + capability("op")
                + capability("cnorm") + capability("rmkx") + capability("rmcup")
                + (savesTitle ? "\u{1B}[23;2t" : "")).utf8)
    }

    /// Terminals that take window titles and brackets around pastes, whatever their terminfo says.
    private static func isXtermLike(_ name: String) -> Bool {
        ["xterm", "tmux", "screen", "rxvt", "alacritty", "foot", "kitty", "wezterm", "ghostty", "st-"].contains {
            name.hasPrefix($0)
        }
    }

    /// Terminfo writes delays as `$<5>`; no terminal of today needs them.
    package static func withoutPadding(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let isDelay = bytes[place] == UInt8(ascii: "$") && place + 1 < bytes.count && bytes[place + 1] == 0x3C
            if isDelay, let end = bytes[place...].firstIndex(of: UInt8(ascii: ">")) {
                place = end + 1
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The sequence that names the window; empty where windows have no names.
    func title(_ title: String) -> [UInt8] {
        guard hasTitle else { return [] }
        let text = String(DisplayText.visible(title).prefix(200))
        return Array("\u{1B}]2;\(text)\u{1B}\\".utf8)
    }

    /// Terminals cut longer clipboards.
    private static let maximumClipboardBytes = 74_994

    /// The sequence that sets the clipboard; nil if the text is too long.
    package static func clipboard(_ text: String, tmuxPassthrough: Bool) -> [UInt8]? {
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
