import CNcurses
import Glibc
import TerminalKit

/// Draws canvases with ncurses and hands back the bytes it wrote.
///
/// ncurses keeps its own picture of the screen and works out the least to send. It does not write to the
/// terminal but to a file in memory, so a slow terminal can never hold it up halfway through a picture.
///
/// ncurses trusts that every character is as wide as the C library says. Terminals disagree about
/// characters outside of our own drawing glyphs, and one wrong width would shift the rest of a row. So a
/// row with such characters is drawn in pieces, each ending after a run of them, and after each piece the
/// cursor is placed anew with an absolute sequence, on the very cell where ncurses believes it is.
package struct ScreenPainter {
    private let memory: Int32
    private let depth: ColorDepth
    private var pairs = ColorPairs()
    private var attributes: [Style: (attributes: attr_t, pair: Int32)] = [:]
    /// The look of the cell before: most cells look like it.
    private var lastLook: (style: Style, look: (attributes: attr_t, pair: Int32))?
    private var theme: Theme?
    private var shown: Canvas?

    /// `memory` is the file that ncurses writes to.
    init(memory: Int32, depth: ColorDepth) {
        self.memory = memory
        self.depth = depth
    }

    /// Lets ncurses set up the screen; the bytes for it come first of all.
    mutating func begin() -> [UInt8] {
        wrefresh(wm_screen())
        return takeOutput()
    }

    /// Forgets what is on the screen: the next picture is drawn in full.
    mutating func invalidate() {
        shown = nil
        wm_redraw_all()
    }

    /// Draws a finished canvas and returns what to send to the terminal.
    mutating func paint(_ canvas: Canvas, theme: Theme) -> [UInt8] {
        if self.theme != theme {
            self.theme = theme
            attributes = [:]
            lastLook = nil
            shown = nil
        }
        let height = min(canvas.size.height, Int(getmaxy(wm_screen())))
        for y in 0..<max(0, height) where shown?.size != canvas.size || shown?.row(y) != canvas.row(y) {
            paintRow(y, of: canvas, theme: theme)
        }
        shown = canvas
        wrefresh(wm_screen())
        return takeOutput()
    }

    /// Everything ncurses wrote since the last time.
    mutating func takeOutput() -> [UInt8] {
        let count = lseek(memory, 0, SEEK_END)
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = pread(memory, &bytes, count, 0)
        ftruncate(memory, 0)
        lseek(memory, 0, SEEK_SET)
        let written = Array(bytes.prefix(max(0, read)))
        return OutputRewriter(colors: depth == .trueColor ? pairs.exactColors.colors : [:]).rewrite(written)
    }

    // MARK: Rows

    private mutating func paintRow(_ y: Int, of canvas: Canvas, theme: Theme) {
        let width = min(canvas.size.width, Int(getmaxx(wm_screen())))
        let row = Array(canvas.row(y).prefix(width))
        var start = 0
        while start < row.count {
            var end = row.count
            if let risky = row[start...].firstIndex(where: ScreenPainter.isRisky) {
                end = row[risky...].firstIndex { !ScreenPainter.isRisky($0) && !$0.isContinuation } ?? row.count
                draw(row[start..<end], y: y, x: start, theme: theme)
                placeCursor(y: y, x: min(end, width - 1))
            } else {
                draw(row[start..<end], y: y, x: start, theme: theme)
            }
            start = end
        }
    }

    /// True for characters whose width a terminal may see differently: all but ASCII and our drawing glyphs.
    package static func isRisky(_ cell: Cell) -> Bool {
        if cell.hasMarks || cell.width == 2 { return true }
        let value = cell.base.value
        guard value >= 0x7F else { return false }
        switch value {
        case 0x2500...0x25FF, 0x2800...0x28FF, 0x2190...0x21FF: return false
        case 0xB1, 0xB5, 0xB7, 0xD7, 0x394, 0x2013, 0x2014, 0x2026, 0x2205, 0x2212, 0x2248, 0x2264, 0x2265: return false
        case 0x2016, 0x2713, 0x2717, 0xBB, 0x21B5, 0x21E2: return false
        default: return true
        }
    }

    /// Sends what was drawn so far and places the cursor absolutely where ncurses believes it is.
    private func placeCursor(y: Int, x: Int) {
        wmove(wm_screen(), Int32(y), Int32(x))
        wrefresh(wm_screen())
        guard let sequence = wm_cursor_address(Int32(y), Int32(x)) else { return }
        let bytes = ControlStrings.withoutPadding(String(cString: sequence))
        _ = bytes.withCString { write(memory, $0, strlen($0)) }
    }

    private mutating func draw(_ cells: ArraySlice<Cell>, y: Int, x: Int, theme: Theme) {
        var built: [cchar_t] = []
        built.reserveCapacity(cells.count)
        for cell in cells where !cell.isContinuation {
            append(cell, theme: theme, to: &built)
        }
        wm_draw_cells(Int32(y), Int32(x), built, Int32(built.count))
    }

    private mutating func append(_ cell: Cell, theme: Theme, to built: inout [cchar_t]) {
        let look = look(of: cell.style, theme: theme)
        let base = wchar_t(bitPattern: cell.base.value)
        // Where the C library's width differs from ours, ncurses could not place what follows.
        if cell.base.value >= 0x80, Int(wm_width(base)) != Int(cell.width) {
            let unknown = wchar_t(UInt8(ascii: "?"))
            for _ in 0..<max(1, cell.width) { built.append(wm_plain_cell(unknown, look.attributes, look.pair)) }
        } else if cell.hasMarks {
            let marks = cell.marks.map { wchar_t(bitPattern: $0.value) }.filter { wm_width($0) == 0 }
            var made = cchar_t()
            wm_set_cell(&made, [base] + marks + [0], look.attributes, look.pair)
            built.append(made)
        } else {
            built.append(wm_plain_cell(base, look.attributes, look.pair))
        }
    }

    private mutating func look(of style: Style, theme: Theme) -> (attributes: attr_t, pair: Int32) {
        if let lastLook, lastLook.style == style { return lastLook.look }
        let look = knownLook(of: style, theme: theme)
        lastLook = (style, look)
        return look
    }

    private mutating func knownLook(of style: Style, theme: Theme) -> (attributes: attr_t, pair: Int32) {
        if let known = attributes[style] { return known }
        let look = theme.look(of: style, depth: depth)
        var bits: attr_t = 0
        if look.attributes.contains(.bold) { bits |= wm_bold() }
        if look.attributes.contains(.dim) { bits |= wm_dim() }
        if look.attributes.contains(.underline) { bits |= wm_underline() }
        if look.attributes.contains(.reverse) { bits |= wm_reverse() }
        let pair = depth == .none ? 0 : pairs.number(foreground: look.foreground, background: look.background)
        attributes[style] = (bits, pair)
        return (bits, pair)
    }
}
