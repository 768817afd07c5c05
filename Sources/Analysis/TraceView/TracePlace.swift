import Telemetry

/// A row that there can be, at its place among all rows when nothing is folded.
///
/// Everything below a row follows it without a gap, so that a folded row skips what it hides without looking at it.
struct TracePlace: Sendable {
    let content: TraceRow.Content
    let depth: Int32
    /// The place of the row above; -1 for none.
    let above: Int32
    /// How many places the row and everything below it take.
    var extent: Int32 = 1
    /// How many spans there are at and below the row.
    var spans: Int32
    /// How many errors there are at and below the row.
    var errors: Int32
}

/// Puts the places of a trace in order, with a stack of its own.
struct TracePlaces {
    private let trace: Trace
    private let groups: [SiblingGroup]
    private let groupOf: [Int32]
    private let marks: [TraceRowMarks]
    private var stack: [(content: TraceRow.Content, depth: Int32, above: Int32)] = []
    private var places: [TracePlace] = []
    private var placeOf: [Int32]

    private init(_ trace: Trace, _ groups: [SiblingGroup], _ groupOf: [Int32], _ marks: [TraceRowMarks]) {
        self.trace = trace
        self.groups = groups
        self.groupOf = groupOf
        self.marks = marks
        placeOf = Array(repeating: 0, count: trace.spans.count)
        places.reserveCapacity(trace.spans.count + groups.count)
    }

    /// All places, and the place of each span.
    static func all(
        of trace: Trace, _ groups: [SiblingGroup], groupOf: [Int32], _ missing: [MissingParent],
        _ marks: [TraceRowMarks]
    ) -> (places: [TracePlace], placeOf: [Int32]) {
        var walk = TracePlaces(trace, groups, groupOf, marks)
        walk.pushRoots(missing)
        while let (content, depth, above) = walk.stack.popLast() {
            let place = walk.add(content, depth, above)
            switch content {
            case .span(let number):
                let children = trace.childPlaces(of: Int(number))
                if !children.isEmpty { walk.push(trace.childNumbers[children], depth + 1, above: place) }
            case .group(let number):
                for member in groups[Int(number)].members.reversed() {
                    walk.stack.append((.span(Int32(member)), depth + 1, place))
                }
            case .missing(let number):
                walk.push(missing[Int(number)].orphans.map { Int32($0) }[...], depth + 1, above: place)
            }
        }
        walk.sumUp()
        return (walk.places, walk.placeOf)
    }

    /// Roots by start; a missing parent stands where its first orphan is.
    private mutating func pushRoots(_ missing: [MissingParent]) {
        var missingAt: [Int: Int] = [:]
        for (number, parent) in missing.enumerated() { missingAt[parent.orphans.first ?? -1] = number }
        for root in trace.roots.reversed() {
            if let number = missingAt[root] {
                stack.append((.missing(Int32(number)), 0, -1))
            } else if !trace.spans[root].isOrphan {
                stack.append((.span(Int32(root)), 0, -1))
            }
        }
    }

    private mutating func add(_ content: TraceRow.Content, _ depth: Int32, _ above: Int32) -> Int32 {
        let place = Int32(truncatingIfNeeded: places.count)
        var spans: Int32 = 0
        var errors: Int32 = 0
        if case .span(let number) = content {
            placeOf[Int(number)] = place
            spans = 1
            errors = marks[Int(number)].contains(.error) ? 1 : 0
        }
        places.append(TracePlace(content: content, depth: depth, above: above, spans: spans, errors: errors))
        return place
    }

    /// Puts siblings on the stack, a group where its first member is.
    private mutating func push(_ siblings: ArraySlice<Int32>, _ depth: Int32, above: Int32) {
        for sibling in siblings.reversed() {
            let group = groupOf[Int(sibling)]
            if group < 0 {
                stack.append((.span(sibling), depth, above))
            } else if groups[Int(group)].members[0] == Int(sibling) {
                stack.append((.group(group), depth, above))
            }
        }
    }

    /// Adds what is below to what is above; what is below comes later.
    private mutating func sumUp() {
        for place in places.indices.reversed() {
            let above = Int(places[place].above)
            guard above >= 0 else { continue }
            places[above].extent += places[place].extent
            places[above].spans += places[place].spans
            places[above].errors += places[place].errors
        }
    }
}
