/// Shortening of names and ids; numbers are never shortened (SCREENS section 12).
package enum Shorten {
    /// A name cut in the middle to `width` columns: `payme…harge`.
    package static func middle(_ name: String, to width: Int) -> String {
        let cells = DisplayText.cells(of: name)
        guard cells.count > width else { return text(of: cells[...]) }
        guard width > 1 else { return width == 1 ? "…" : "" }
        let tail = (width - 1) / 2
        var end = cells.suffix(tail)
        if end.first?.isContinuation == true { end = end.dropFirst() }
        var start = cells.prefix(width - 1 - end.count)
        if start.last?.width == 2 { start = start.dropLast() }
        return text(of: start) + "…" + text(of: end)
    }

    /// A text cut at its end to `width` columns: `payments POST…`.
    package static func end(_ name: String, to width: Int) -> String {
        let cells = DisplayText.cells(of: name)
        guard cells.count > width else { return text(of: cells[...]) }
        guard width > 0 else { return "" }
        var start = cells.prefix(width - 1)
        if start.last?.width == 2 { start = start.dropLast() }
        return text(of: start) + "…"
    }

    /// The first eight digits of an id.
    package static func id(_ id: String) -> String { String(id.prefix(8)) }

    private static func text(of cells: ArraySlice<Cell>) -> String { cells.map(\.text).joined() }
}
