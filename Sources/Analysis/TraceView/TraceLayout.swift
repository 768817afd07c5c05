import Telemetry

/// One row of a waterfall: what it stands for, without any text.
package struct TraceRow: Sendable, Equatable {
    /// What a row stands for, by number in the ``TracePicture``.
    package enum Content: Sendable, Equatable {
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

/// The rows of a waterfall in the order they are drawn: each below its parent, siblings by start.
///
/// Takes one pass over the visible spans and one over all; texts are asked for row by row, for those on screen only.
package struct TraceLayout: Sendable {
    /// What is laid out.
    package let picture: TracePicture
    /// Which rows are folded.
    package let folds: TraceFolds
    /// The rows.
    package let rows: [TraceRow]
    /// The row of each span, or of what hides it.
    private let rowOf: [Int32]

    /// Lays out a trace.
    package init(_ picture: TracePicture, folds: TraceFolds = TraceFolds()) {
        var walk = TraceLayoutWalk(picture: picture, folds: folds)
        walk.run()
        self.picture = picture
        self.folds = folds
        rows = walk.rows
        rowOf = walk.rowOf
    }

    // MARK: Finding rows

    /// What a row is called, for the cursor and for folds.
    package func id(of row: Int) -> TraceRowID { picture.id(of: rows[row].content) }

    /// The row that shows a span or hides it.
    package func row(showing span: Int) -> Int { Int(rowOf[span]) }

    /// The row with this name; where it is hidden or gone, `nil`.
    package func row(of id: TraceRowID) -> Int? { rows.indices.first { self.id(of: $0) == id } }

    /// The row a cursor stays on: the row with this name, else the row that hides it.
    package func row(keeping id: TraceRowID) -> Int? {
        if let row = row(of: id) { return row }
        guard case .span = id else { return nil }
        return picture.trace.spans.indices.first { picture.rowID(of: $0) == id }.map(row(showing:))
    }

    /// The next row on the critical path below a row, from the top again after the last; `nil` without a path.
    package func nextCritical(after row: Int) -> Int? {
        let after = rows.indices.first { $0 > row && marks(of: $0).contains(.critical) }
        return after ?? rows.indices.first { marks(of: $0).contains(.critical) }
    }

    /// The rows that show or hide these spans, each once, from the top.
    package func rows(showing spans: some Sequence<Int>) -> [Int] { Set(spans.map(row(showing:))).sorted() }

    // MARK: What is drawn

    /// The spans a row stands for: one span, the members of a group, the orphans of a missing parent.
    package func spans(of row: Int) -> [Int] { picture.spans(of: rows[row].content) }

    /// The marks of a row; a group has those of all its members, a missing parent only `orphan`.
    package func marks(of row: Int) -> TraceRowMarks {
        switch rows[row].content {
        case .span(let number): picture.marks[Int(number)]
        case .group(let number): picture.groups[Int(number)].marks
        case .missing: .orphan
        }
    }

    /// How many errors there are in what a row stands for and hides.
    package func errorCount(of row: Int) -> Int {
        let isFolded = rows[row].isFolded
        if case .span(let number) = rows[row].content {
            return isFolded ? Int(picture.errors[Int(number)]) : picture.marks[Int(number)].contains(.error) ? 1 : 0
        }
        return isFolded ? spans(of: row).reduce(0) { $0 + Int(picture.errors[$1]) } : 0
    }

    /// How many events the spans have that a row stands for.
    package func eventCount(of row: Int) -> Int {
        switch rows[row].content {
        case .span(let number):
            let span = picture.trace.spans[Int(number)]
            return span.eventCount
        case .group(let number): return picture.groups[Int(number)].events
        case .missing: return 0
        }
    }

    /// When the bar of a row begins and ends, in nanoseconds after ``TracePicture/begin``.
    ///
    /// An open span lasts until the trace's end.
    package func extent(of row: Int) -> Range<UInt64> {
        switch rows[row].content {
        case .span(let number): picture.extent(of: Int(number))
        case .group(let number):
            picture.extent(from: picture.groups[Int(number)].begin, to: picture.groups[Int(number)].end)
        case .missing(let number):
            picture.extent(from: picture.missing[Int(number)].begin, to: picture.missing[Int(number)].end)
        }
    }

    /// The service and the name that a row shows; for a missing parent empty and the first digits of its id.
    package func label(of row: Int) -> (service: String, name: String) {
        if case .missing(let number) = rows[row].content {
            return ("", String(picture.missing[Int(number)].id.hex.prefix(6)))
        }
        guard let first = firstSpan(of: row) else { return ("", "") }
        return (picture.trace.spans[first].service, picture.trace.spans[first].name)
    }

    private func firstSpan(of row: Int) -> Int? {
        switch rows[row].content {
        case .span(let number): Int(number)
        case .group(let number): picture.groups[Int(number)].members.first
        case .missing(let number): picture.missing[Int(number)].orphans.first
        }
    }

    /// The group that a row stands for.
    package func group(of row: Int) -> SiblingGroup? {
        if case .group(let number) = rows[row].content { return picture.groups[Int(number)] }
        return nil
    }

    /// The span that a row stands for alone.
    package func span(of row: Int) -> Int? {
        if case .span(let number) = rows[row].content { return Int(number) }
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

    /// The folds with everything unfolded that hides a span.
    package func unfolding(_ folds: TraceFolds, toShow span: Int) -> TraceFolds {
        var folds = folds
        var current = span
        while true {
            if groupOf[current] >= 0 { folds.set(groups[Int(groupOf[current])].id, folded: false) }
            if let number = missingOf[current] { folds.set(.missing(missing[number].id), folded: false) }
            guard let parent = trace.spans[current].parent else { return folds }
            folds.set(rowID(of: parent), folded: false)
            current = parent
        }
    }
}
