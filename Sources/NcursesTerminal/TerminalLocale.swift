import CNcurses
import Glibc
import TerminalKit

/// Whether the C library, and so ncurses, works in UTF-8.
enum TerminalLocale {
    /// Sets the locale; true if it is UTF-8 in the end.
    ///
    /// Without any locale in the environment, as in many containers, `C.UTF-8` is used. Someone who asked
    /// for `C` or `POSIX` by name gets it.
    static func prepare(_ environment: [String: String]) -> Bool {
        setlocale(LC_CTYPE, "")
        if isUTF8 { return true }
        let asked = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        if asked == "C" || asked == "POSIX" { return false }
        return setlocale(LC_CTYPE, "C.UTF-8") != nil && isUTF8
    }

    private static var isUTF8: Bool {
        guard let name = nl_langinfo(nl_item(CODESET)) else { return false }
        let codeset = String(cString: name).uppercased()
        return codeset == "UTF-8" || codeset == "UTF8"
    }

    /// ASCII where nothing else is safe; no braille on the Linux console, whose font has none.
    static func glyphs(isUTF8: Bool, terminal: String) -> GlyphSet {
        guard isUTF8 else { return .ascii }
        return terminal == "linux" ? .block : .full
    }
}

/// How many colours the terminal shows; ncurses must know the terminal already.
enum TerminalColors {
    static func depth(environment: [String: String]) -> ColorDepth {
        // https://no-color.org: any value but the empty one.
        if let wish = environment["NO_COLOR"], !wish.isEmpty { return .none }
        let wish = environment["COLORTERM"] ?? ""
        switch wm_colors() {
        case 256...:
            return wish == "truecolor" || wish == "24bit"
                ? (OutputRewriter.canRewriteColors ? .trueColor : .indexed256) : .indexed256
        case 8...: return .ansi16
        default: return .none
        }
    }
}
