import Telemetry

/// What a row of a waterfall stands for, the same when spans come in: the cursor stays on it, and folds hang on it.
package enum TraceRowID: Hashable, Sendable {
    /// A span; the kind tells the two halves apart that share an id in Zipkin's data.
    case span(SpanID, SpanKind)
    /// Siblings of one service and one name, by the id of their parent.
    case group(parent: SpanID, service: Symbol, name: Symbol)
    /// The place of a parent that is missing.
    case missing(SpanID)

    /// Whether rows like this are folded unless somebody unfolds them.
    var isFoldedAtFirst: Bool {
        if case .group = self { return true }
        return false
    }
}

/// Which rows of a waterfall are folded.
package struct TraceFolds: Sendable, Equatable {
    private enum Rest: Sendable, Equatable {
        case asAtFirst, folded, unfolded
    }

    private var rest = Rest.asAtFirst
    private var others: Set<TraceRowID> = []

    /// Spans unfolded and groups folded, as a trace is first seen.
    package init() {}

    /// Spans unfolded but these.
    package init(folded spans: some Sequence<TraceRowID>) {
        for span in spans { set(span, folded: true) }
    }

    /// Whether what is below a row is hidden.
    package func isFolded(_ row: TraceRowID) -> Bool {
        let usual = usual(isFoldedAtFirst: row.isFoldedAtFirst)
        return others.isEmpty ? usual : usual != others.contains(row)
    }

    /// Whether what is below a row is hidden; its name is asked for only where rows differ from the usual.
    func isFolded(_ content: TraceRow.Content, _ id: () -> TraceRowID) -> Bool {
        var isGroup = false
        if case .group = content { isGroup = true }
        let usual = usual(isFoldedAtFirst: isGroup)
        return others.isEmpty ? usual : usual != others.contains(id())
    }

    private func usual(isFoldedAtFirst: Bool) -> Bool {
        switch rest {
        case .asAtFirst: isFoldedAtFirst
        case .folded: true
        case .unfolded: false
        }
    }

    /// Folds or unfolds a row.
    package mutating func set(_ row: TraceRowID, folded: Bool) {
        guard isFolded(row) != folded else { return }
        if others.remove(row) == nil { others.insert(row) }
    }

    /// Folds every row.
    package mutating func foldAll() { (rest, others) = (.folded, []) }

    /// Unfolds every row, groups too.
    package mutating func unfoldAll() { (rest, others) = (.unfolded, []) }
}
