extension Canvas {
    /// The picture as text with SGR colour sequences, one line per row, each reset at its end.
    ///
    /// The only control characters are the sequences written here: cells hold none.
    package func ansi(theme: Theme, depth: ColorDepth) -> String {
        var output = ""
        for y in 0..<size.height {
            var current: TerminalStyle?
            for cell in row(y) where !cell.isContinuation {
                let look = theme.look(of: cell.style, depth: depth)
                if look != current {
                    output += look.sgr
                    current = look
                }
                output += cell.text
            }
            output += "\u{1B}[0m\n"
        }
        return output
    }
}

extension TerminalStyle {
    /// The SGR sequence that sets exactly this style, whatever was set before.
    package var sgr: String {
        var codes = ["0"]
        if attributes.contains(.bold) { codes.append("1") }
        if attributes.contains(.dim) { codes.append("2") }
        if attributes.contains(.underline) { codes.append("4") }
        if attributes.contains(.reverse) { codes.append("7") }
        codes += TerminalStyle.codes(foreground, base: 30)
        codes += TerminalStyle.codes(background, base: 40)
        return "\u{1B}[" + codes.joined(separator: ";") + "m"
    }

    private static func codes(_ color: TerminalColor, base: Int) -> [String] {
        switch color {
        case .standard: []
        case .indexed(let index) where index < 8: ["\(base + Int(index))"]
        case .indexed(let index) where index < 16: ["\(base + 60 + Int(index) - 8)"]
        case .indexed(let index): ["\(base + 8)", "5", "\(index)"]
        case .rgb(let color): ["\(base + 8)", "2", "\(color.red)", "\(color.green)", "\(color.blue)"]
        }
    }
}
