/// A grid of cells to draw on; a value, so that a panel can be drawn and compared without a terminal.
///
/// Everything drawn is cut at the canvas and at the current `clip`, so drawing code may be careless about
/// edges. A wide character is never left half: what remains of one that was overwritten becomes a space.
package struct Canvas: Hashable, Sendable {
    package let size: Size
    /// Nothing is drawn outside of this rectangle.
    package private(set) var clip: Rect
    private var cells: [Cell]

    /// Larger sizes are cut: no terminal is larger, and memory stays bounded.
    package static let maximumSide = 4096

    /// An empty canvas.
    package init(size: Size, style: Style = .text) {
        self.size = Size(width: min(size.width, Canvas.maximumSide), height: min(size.height, Canvas.maximumSide))
        clip = Rect(self.size)
        cells = Array(repeating: Cell(style: style), count: self.size.width * self.size.height)
    }

    /// An empty canvas of this many columns and rows.
    package init(width: Int, height: Int, style: Style = .text) {
        self.init(size: Size(width: width, height: height), style: style)
    }

    /// The whole canvas.
    package var bounds: Rect { Rect(size) }

    /// The cell at a place; an empty cell outside the canvas.
    package subscript(x: Int, y: Int) -> Cell {
        guard x >= 0, x < size.width, y >= 0, y < size.height else { return Cell() }
        return cells[y * size.width + x]
    }

    /// The cells of one row.
    package func row(_ y: Int) -> ArraySlice<Cell> {
        guard y >= 0, y < size.height else { return [] }
        return cells[(y * size.width)..<((y + 1) * size.width)]
    }

    /// Draws with everything outside `rect` protected.
    @discardableResult
    package mutating func clipped<Result>(to rect: Rect, _ draw: (inout Canvas) throws -> Result) rethrows -> Result {
        let saved = clip
        clip = clip.intersection(rect)
        defer { clip = saved }
        return try draw(&self)
    }
}

// MARK: Text

extension Canvas {
    /// Where a text stands in the width given to it.
    package enum Alignment: Sendable {
        case left
        case right
        case center
    }

    /// Draws a text, cut to `width` columns (default: to the clip's edge); returns the columns it took.
    ///
    /// With a width, `align` places the text in it; the rest of the width is left as it was.
    @discardableResult
    package mutating func put(
        _ text: String, x: Int, y: Int, style: Style = .text, width: Int? = nil, align: Alignment = .left
    ) -> Int {
        put([StyledText(text, style)], x: x, y: y, width: width, align: align)
    }

    /// Draws pieces of text one after the other, as one line.
    @discardableResult
    package mutating func put(
        _ line: [StyledText], x: Int, y: Int, width: Int? = nil, align: Alignment = .left
    ) -> Int {
        let limit = max(0, width ?? (clip.maxX - x))
        guard limit > 0, y >= clip.y, y < clip.maxY else { return 0 }
        if align == .left, let taken = putPlain(line, x: x, y: y, limit: limit) { return taken }
        var drawn: [Cell] = []
        drawn.reserveCapacity(min(limit, size.width))
        for piece in line {
            DisplayText.append(piece.text, style: piece.style, limit: limit, to: &drawn)
        }
        let spare = width.map { $0 - drawn.count } ?? 0
        let start = align == .left ? x : align == .right ? x + spare : x + spare / 2
        for (index, cell) in drawn.enumerated() {
            place(cell, x: start + index, y: y)
        }
        return drawn.count
    }

    /// Draws pieces of printable ASCII, as almost all of them are, right into the cells; `nil` where one is not.
    private mutating func putPlain(_ line: [StyledText], x: Int, y: Int, limit: Int) -> Int? {
        for piece in line where DisplayText.printableASCIICount(piece.text) == nil { return nil }
        var taken = 0
        for piece in line where taken < limit {
            for byte in piece.text.utf8 {
                guard taken < limit else { break }
                place(Cell(safe: UInt32(byte), width: 1, style: piece.style), x: x + taken, y: y)
                taken += 1
            }
        }
        return taken
    }

    /// Draws one glyph of ours, such as a frame or chart glyph; a wide or unsafe scalar is drawn as text.
    package mutating func set(
        _ scalar: Unicode.Scalar, x: Int, y: Int, style: Style = .text, meaning: Cell.Meaning = .text
    ) {
        guard ScalarWidth.kind(scalar.value) == .narrow else {
            put(String(Character(scalar)), x: x, y: y, style: style)
            return
        }
        place(Cell(safe: scalar.value, width: 1, style: style, meaning: meaning), x: x, y: y)
    }

    /// Puts a cell; a half of a wide character that loses its other half becomes a space.
    private mutating func place(_ cell: Cell, x: Int, y: Int) {
        guard clip.contains(Point(x: x, y: y)) else { return }
        if cell.width == 2, !clip.contains(Point(x: x + 1, y: y)) {
            return place(Cell(style: cell.style), x: x, y: y)
        }
        let index = y * size.width + x
        if cell.width == 1, cells[index].width == 1 {
            // Neither is half of a wide character: nothing around them changes.
            cells[index] = cell
            return
        }
        if cell.isContinuation, x == 0 || cells[index - 1].width != 2 {
            return place(Cell(style: cell.style), x: x, y: y)
        }
        if cells[index].isContinuation, !cell.isContinuation, x > 0 {
            cells[index - 1] = Cell(style: cells[index - 1].style)
        }
        if cells[index].width == 2, x + 1 < size.width, cells[index + 1].isContinuation {
            cells[index + 1] = Cell(style: cells[index + 1].style)
        }
        cells[index] = cell
        if cell.width == 2 { claimContinuation(after: index, x: x, style: cell.style) }
    }

    /// Makes the cell to the right of a wide character its second half.
    private mutating func claimContinuation(after index: Int, x: Int, style: Style) {
        if cells[index + 1].width == 2, x + 2 < size.width, cells[index + 2].isContinuation {
            cells[index + 2] = Cell(style: cells[index + 2].style)
        }
        cells[index + 1] = .continuation(style: style)
    }
}

// MARK: Areas

extension Canvas {
    /// Fills a rectangle with one glyph.
    package mutating func fill(_ rect: Rect, with glyph: Unicode.Scalar = " ", style: Style = .text) {
        let area = rect.intersection(clip)
        for y in area.y..<max(area.y, area.maxY) {
            for x in area.x..<max(area.x, area.maxX) {
                set(glyph, x: x, y: y, style: style)
            }
        }
    }

    /// Changes how the cells of a rectangle look, but not what they show.
    package mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
        let area = rect.intersection(clip)
        for y in area.y..<max(area.y, area.maxY) {
            for x in area.x..<max(area.x, area.maxX) {
                cells[y * size.width + x].style = change(cells[y * size.width + x].style)
            }
        }
    }

    /// Marks a row as selected: the background of every cell becomes `sel`.
    package mutating func select(_ rect: Rect) {
        restyle(rect) { $0.on(.sel) }
    }

    /// Draws another canvas over this one, its upper left corner at `x`, `y`.
    package mutating func draw(_ other: Canvas, x: Int, y: Int) {
        for row in 0..<other.size.height {
            for column in 0..<other.size.width {
                place(other[column, row], x: x + column, y: y + row)
            }
        }
    }

    /// Replaces every cell; the function sees the cell and its place and must keep its width.
    mutating func mapCells(_ change: (Cell) -> Cell) {
        for index in cells.indices {
            cells[index] = change(cells[index])
        }
    }
}

// MARK: Frames

extension Canvas {
    /// Draws a box with texts in its frame and returns the area inside.
    ///
    /// ```
    /// ┌─ Title ──────── right title ─┐
    /// └─ left ───────────── right ─┘
    /// ```
    /// Texts that do not fit are cut; the right one gives way first.
    @discardableResult
    package mutating func panel(
        _ rect: Rect, title: [StyledText] = [], right: [StyledText] = [], footer: [StyledText] = [],
        footerRight: [StyledText] = [], border: Style = .border
    ) -> Rect {
        guard rect.width >= 2, rect.height >= 2 else { return Rect(x: rect.x, y: rect.y, width: 0, height: 0) }
        edge(rect.row(0), corners: ("┌", "┐"), left: title, right: right, border: border)
        for y in (rect.y + 1)..<(rect.maxY - 1) {
            set("│", x: rect.x, y: y, style: border)
            set("│", x: rect.maxX - 1, y: y, style: border)
        }
        edge(rect.row(rect.height - 1), corners: ("└", "┘"), left: footer, right: footerRight, border: border)
        return rect.inset(by: 1)
    }

    /// Draws a box with plain texts in its frame: titles in the title style, the rest dim.
    @discardableResult
    package mutating func panel(
        _ rect: Rect, title: String, right: String = "", footer: String = "", footerRight: String = "",
        border: Style = .border
    ) -> Rect {
        func pieces(_ text: String, _ style: Style) -> [StyledText] { text.isEmpty ? [] : [StyledText(text, style)] }
        return panel(
            rect, title: pieces(title, .title), right: pieces(right, .dim), footer: pieces(footer, .dim),
            footerRight: pieces(footerRight, .dim), border: border)
    }

    /// Draws what stands for a frame on narrow screens: `─ Title ─────── right ─`, with a blank last column.
    package mutating func rule(
        x: Int, y: Int, width: Int, title: [StyledText] = [], right: [StyledText] = [], border: Style = .border
    ) {
        edge(Rect(x: x, y: y, width: width, height: 1), corners: ("─", "─"), left: title, right: right, border: border)
    }

    /// Draws one horizontal frame line with texts set into it, one space on each side of a text.
    private mutating func edge(
        _ line: Rect, corners: (Unicode.Scalar, Unicode.Scalar), left: [StyledText], right: [StyledText], border: Style
    ) {
        fill(line, with: "─", style: border)
        set(corners.0, x: line.x, y: line.y, style: border)
        set(corners.1, x: line.maxX - 1, y: line.y, style: border)
        // A text needs its own columns, a space on both sides, and frame before and after.
        let isBox = corners.0 != "─"
        let lead = isBox ? 2 : 1
        // A rule ends with its right text and one blank column.
        let tail = isBox ? 2 : 0
        let room = line.width - lead - tail
        let leftWidth = min(left.displayWidth, max(0, room - 2))
        if leftWidth > 0 {
            setInto(line, text: left, x: line.x + lead, width: leftWidth, border: border)
        }
        let used = leftWidth > 0 ? leftWidth + 2 : 0
        let rightWidth = min(right.displayWidth, room - used - 3)
        if rightWidth > 0 {
            setInto(line, text: right, x: line.maxX - tail - rightWidth - 2, width: rightWidth, border: border)
        }
    }

    private mutating func setInto(_ line: Rect, text: [StyledText], x: Int, width: Int, border: Style) {
        set(" ", x: x, y: line.y, style: border)
        let taken = put(text, x: x + 1, y: line.y, width: width)
        set(" ", x: x + 1 + taken, y: line.y, style: border)
    }
}

// MARK: Reading back

extension Canvas {
    /// The rows as plain text, each exactly as many columns wide as the canvas.
    package var lines: [String] {
        (0..<size.height).map { y in row(y).map(\.text).joined() }
    }

    /// All rows as plain text, each ended by a newline.
    package var text: String { lines.map { $0 + "\n" }.joined() }
}
