extension Canvas {
    /// The picture as text with SGR colour sequences, one line per row, each reset at its end.
    ///
    /// The only control characters are the sequences written here: cells hold none.
    package func ansi(theme: Theme, depth: ColorDepth) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(size.width * size.height * 2)
        var sequences: [Style: (look: TerminalStyle, bytes: [UInt8])] = [:]
        for y in 0..<size.height {
            var style: Style?
            var look: TerminalStyle?
            for cell in row(y) where !cell.isContinuation {
                if cell.style != style {
                    style = cell.style
                    let sequence =
                        sequences[cell.style]
                        ?? {
                            let look = theme.look(of: cell.style, depth: depth)
                            return (look, Array(look.sgr.utf8))
                        }()
                    sequences[cell.style] = sequence
                    if sequence.look != look {
                        output += sequence.bytes
                        look = sequence.look
                    }
                }
                cell.append(to: &output)
            }
            output += [0x1B, 0x5B, 0x30, 0x6D, 0x0A]
        }
        return String(decoding: output, as: UTF8.self)
    }
}

extension Cell {
    /// Appends the base and its marks in UTF-8.
    fileprivate func append(to output: inout [UInt8]) {
        if base.isASCII, !hasMarks {
            output.append(UInt8(truncatingIfNeeded: base.value))
            return
        }
        output += base.utf8
        for mark in marks { output += mark.utf8 }
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
