import Telemetry

/// One row of a waterfall: what it stands for, without any text.
package struct TraceRow: Sendable, Equatable {
    /// What a row stands for, by number in the ``TracePicture``.
    package enum Content: Sendable, Equatable, BitwiseCopyable {
        /// A span.
        case span(Int32)
        /// Siblings of one service and name.
        case group(Int32)
        /// A parent that is missing.
        case missing(Int32)
    }

    /// What the row stands for.
    package let content: Content
    /// How far the row is indented.
    package let depth: Int32
    /// How many spans the row hides.
    package let hidden: Int32
    /// Whether there is anything below the row, shown or hidden.
    package let isFoldable: Bool
    /// Whether what is below is hidden.
    package let isFolded: Bool
}

/// The rows of a layout, each made when it is asked for.
package struct TraceRows: RandomAccessCollection, Sendable {
    let places: [TracePlace]
    /// The places that are shown, in order.
    let shown: [Int32]

    package var startIndex: Int { 0 }
    package var endIndex: Int { shown.count }

    package subscript(row: Int) -> TraceRow {
        let place = places[Int(shown[row])]
        let isFoldable = place.extent > 1
        // What is not folded is followed by the first row below it.
        let isFolded = isFoldable && (row + 1 == shown.count || shown[row + 1] != shown[row] + 1)
        var own: Int32 = 0
        if case .span = place.content { own = 1 }
        return TraceRow(
            content: place.content, depth: place.depth, hidden: isFolded ? place.spans - own : 0,
            isFoldable: isFoldable, isFolded: isFolded)
    }

    /// The place of a row.
    func place(of row: Int) -> TracePlace { places[Int(shown[row])] }
}

/// The rows of a waterfall in the order they are drawn: each below its parent, siblings by start.
///
/// Takes one step for each row that is shown, however much the folded ones hide; rows and their texts are made for those
/// on screen only.
package struct TraceLayout: Sendable {
    /// What is laid out.
    package let picture: TracePicture
    /// Which rows are folded.
    package let folds: TraceFolds
    /// The rows.
    package let rows: TraceRows

    /// Lays out a trace.
    package init(_ picture: TracePicture, folds: TraceFolds = TraceFolds()) {
        let places = picture.places
        var shown: [Int32] = []
        var place = 0
        while place < places.count {
            shown.append(Int32(truncatingIfNeeded: place))
            let content = places[place].content
            let isFolded = places[place].extent > 1 && folds.isFolded(content) { picture.id(of: content) }
            place += isFolded ? Int(places[place].extent) : 1
        }
        self.picture = picture
        self.folds = folds
        rows = TraceRows(places: places, shown: shown)
    }

    // MARK: Finding rows

    /// What a row is called, for the cursor and for folds.
    package func id(of row: Int) -> TraceRowID { picture.id(of: rows.place(of: row).content) }

    /// The row that shows a span or hides it.
    package func row(showing span: Int) -> Int { row(showingPlace: picture.placeOf[span]) }

    /// The last row at or before a place; it is the one that shows or hides it, since it skips all that it hides.
    private func row(showingPlace place: Int32) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows.shown[middle] <= place { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    /// The row of this layout that shows or hides what a row of another layout of the same picture stands for.
    package func row(keeping row: Int, of other: TraceLayout) -> Int { self.row(showingPlace: other.rows.shown[row]) }

    /// The row with this name; where it is hidden or gone, `nil`.
    package func row(of id: TraceRowID) -> Int? { rows.indices.first { self.id(of: $0) == id } }

    /// The row a cursor stays on: the row with this name, else the row that hides it.
    package func row(keeping id: TraceRowID) -> Int? {
        if let row = row(of: id) { return row }
        guard case .span = id else { return nil }
        return picture.trace.spans.indices.first { picture.rowID(of: $0) == id }.map(row(showing:))
    }

    /// The row that a row lies in; `nil` for those at the left edge.
    package func row(above row: Int) -> Int? {
        let above = rows.place(of: row).above
        return above < 0 ? nil : self.row(showingPlace: above)
    }

    /// The next row on the critical path below a row, from the top again after the last; `nil` without a path.
    package func nextCritical(after row: Int) -> Int? {
        func isCritical(_ row: Int) -> Bool { marks(of: row).contains(.critical) }
        let below = max(0, row + 1)
        return (below..<max(below, rows.count)).first(where: isCritical) ?? rows.indices.first(where: isCritical)
    }

    /// The rows that show or hide these spans, each once, from the top.
    package func rows(showing spans: some Sequence<Int>) -> [Int] { Set(spans.map(row(showing:))).sorted() }

    // MARK: What is drawn

    /// The spans a row stands for: one span, the members of a group, the orphans of a missing parent.
    package func spans(of row: Int) -> [Int] { picture.spans(of: rows.place(of: row).content) }

    /// The marks of a row; a group has those of all its members, a missing parent only `orphan`.
    package func marks(of row: Int) -> TraceRowMarks {
        switch rows.place(of: row).content {
        case .span(let number): picture.marks[Int(number)]
        case .group(let number): picture.groups[Int(number)].marks
        case .missing: .orphan
        }
    }

    /// How many errors there are in what a row stands for and hides.
    package func errorCount(of row: Int) -> Int {
        if rows[row].isFolded { return Int(rows.place(of: row).errors) }
        guard case .span(let number) = rows.place(of: row).content else { return 0 }
        return picture.marks[Int(number)].contains(.error) ? 1 : 0
    }

    /// How many events the spans have that a row stands for.
    package func eventCount(of row: Int) -> Int {
        switch rows.place(of: row).content {
        case .span(let number): picture.trace.spans[Int(number)].eventCount
        case .group(let number): picture.groups[Int(number)].events
        case .missing: 0
        }
    }

    /// When the bar of a row begins and ends, in nanoseconds after ``TracePicture/begin``.
    ///
    /// An open span lasts until the trace's end.
    package func extent(of row: Int) -> Range<UInt64> {
        switch rows.place(of: row).content {
        case .span(let number): picture.extent(of: Int(number))
        case .group(let number):
            picture.extent(from: picture.groups[Int(number)].begin, to: picture.groups[Int(number)].end)
        case .missing(let number):
            picture.extent(from: picture.missing[Int(number)].begin, to: picture.missing[Int(number)].end)
        }
    }

    /// The service and the name that a row shows; for a missing parent empty and the first digits of its id.
    package func label(of row: Int) -> (service: String, name: String) {
        let content = rows.place(of: row).content
        if case .missing(let number) = content {
            return ("", String(picture.missing[Int(number)].id.hex.prefix(6)))
        }
        guard let first = picture.firstSpan(of: content) else { return ("", "") }
        return (picture.trace.spans[first].service, picture.trace.spans[first].name)
    }

    /// The group that a row stands for.
    package func group(of row: Int) -> SiblingGroup? {
        if case .group(let number) = rows.place(of: row).content { return picture.groups[Int(number)] }
        return nil
    }

    /// The span that a row stands for alone.
    package func span(of row: Int) -> Int? {
        if case .span(let number) = rows.place(of: row).content { return Int(number) }
        return nil
    }
}

extension TracePicture {
    /// What a row is called.
    package func id(of content: TraceRow.Content) -> TraceRowID {
        switch content {
        case .span(let number): rowID(of: Int(number))
        case .group(let number): groups[Int(number)].id
        case .missing(let number): .missing(missing[Int(number)].id)
        }
    }

    /// The spans that a row stands for.
    package func spans(of content: TraceRow.Content) -> [Int] {
        switch content {
        case .span(let number): [Int(number)]
        case .group(let number): groups[Int(number)].members
        case .missing(let number): missing[Int(number)].orphans
        }
    }

    func firstSpan(of content: TraceRow.Content) -> Int? {
        switch content {
        case .span(let number): Int(number)
        case .group(let number): groups[Int(number)].members.first
        case .missing(let number): missing[Int(number)].orphans.first
        }
    }

    /// The folds with everything unfolded that hides a span.
    package func unfolding(_ folds: TraceFolds, toShow span: Int) -> TraceFolds {
        var folds = folds
        var above = places[Int(placeOf[span])].above
        while above >= 0 {
            folds.set(id(of: places[Int(above)].content), folded: false)
            above = places[Int(above)].above
        }
        return folds
    }
}
