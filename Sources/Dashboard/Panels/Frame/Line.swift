import TerminalKit

/// Lines that are put together from pieces.
enum Line {
    /// The pieces that fit into so many columns, in their order; what does not fit is left out whole.
    static func fitting(_ pieces: [[StyledText]], width: Int) -> [StyledText] {
        var line: [StyledText] = []
        var left = width
        for piece in pieces {
            let own = piece.displayWidth
            guard own <= left else { continue }
            line += piece
            left -= own
        }
        return line
    }

    /// The pieces up to the first that does not fit into so many columns.
    static func leading(_ pieces: [[StyledText]], width: Int) -> [StyledText] {
        var line: [StyledText] = []
        for piece in pieces {
            guard line.displayWidth + piece.displayWidth <= width else { break }
            line += piece
        }
        return line
    }
}
