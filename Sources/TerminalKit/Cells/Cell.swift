/// One character cell: a base character, up to four combining marks, and a style.
///
/// A cell only ever holds what `DisplayText` let through, so no cell can hold a control character. A wide
/// character takes two cells: the first has `width` 2, the second is a continuation of `width` 0.
package struct Cell: Hashable, Sendable {
    /// What a block glyph stands for, where the glyph alone does not say (needed by poorer glyph sets).
    package enum Meaning: UInt8, Sendable {
        /// The glyph means what it shows.
        case text
        /// A height: `▁` to `█` are the digits 1 to 8.
        case level
        /// Part of a horizontal bar: every block is filled.
        case bar
    }

    private var baseValue: UInt32
    private var markValues: (UInt32, UInt32, UInt32, UInt32)
    package var style: Style
    /// Columns taken: 1, 2, or 0 for the second half of a wide character.
    package private(set) var width: UInt8
    private var meaningValue: UInt8

    /// An empty cell.
    package init(style: Style = .text) {
        self.init(safe: 0x20, width: 1, style: style)
    }

    /// The cell of a scalar already known to be safe and to be this wide.
    init(safe base: UInt32, width: UInt8, style: Style, meaning: Meaning = .text) {
        baseValue = base
        markValues = (0, 0, 0, 0)
        self.style = style
        self.width = width
        meaningValue = meaning.rawValue
    }

    /// The second half of a wide character.
    static func continuation(style: Style) -> Cell { Cell(safe: 0x20, width: 0, style: style) }

    /// The base character; a space in a continuation cell.
    package var base: Unicode.Scalar { Unicode.Scalar(baseValue) ?? "\u{FFFD}" }
    /// True for the second half of a wide character.
    package var isContinuation: Bool { width == 0 }
    package var meaning: Meaning { Meaning(rawValue: meaningValue) ?? .text }

    /// The combining marks, none to four.
    package var marks: [Unicode.Scalar] {
        guard markValues.0 != 0 else { return [] }
        return [markValues.0, markValues.1, markValues.2, markValues.3].filter { $0 != 0 }.compactMap(
            Unicode.Scalar.init)
    }

    /// True if the cell has at least one combining mark.
    package var hasMarks: Bool { markValues.0 != 0 }

    /// The base and its marks as text; empty for a continuation.
    package var text: String {
        guard !isContinuation else { return "" }
        var result = String(Character(base))
        for mark in marks {
            result.unicodeScalars.append(mark)
        }
        return result
    }

    /// Adds a combining mark; the fifth and later ones are left out.
    mutating func add(safeMark mark: UInt32) {
        if markValues.0 == 0 {
            markValues.0 = mark
        } else if markValues.1 == 0 {
            markValues.1 = mark
        } else if markValues.2 == 0 {
            markValues.2 = mark
        } else if markValues.3 == 0 {
            markValues.3 = mark
        }
    }

    package static func == (left: Cell, right: Cell) -> Bool {
        left.baseValue == right.baseValue && left.markValues == right.markValues && left.style == right.style
            && left.width == right.width && left.meaningValue == right.meaningValue
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(baseValue)
        hasher.combine(markValues.0)
        hasher.combine(style)
        hasher.combine(width)
    }
}
