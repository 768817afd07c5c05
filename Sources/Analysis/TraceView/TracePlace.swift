import Telemetry

/// A row that there can be, at its place among all rows when nothing is folded.
///
/// Everything below a row follows it without a gap, so that a folded row skips what it hides without looking at it.
struct TracePlace: Sendable, BitwiseCopyable {
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
///
/// Every span, group and missing parent has one place and is put on the stack once, so that memory for as many as there are
/// of them all is enough for the places and for the stack.
struct TracePlaces {
    private struct Waiting: BitwiseCopyable {
        let content: TraceRow.Content
        let depth: Int32
        let above: Int32
    }

    private let groups: [SiblingGroup]
    private let groupOf: UnsafeBufferPointer<Int32>
    private let marks: UnsafeBufferPointer<TraceRowMarks>
    private let stack: UnsafeMutableBufferPointer<Waiting>
    private var height = 0
    private let places: UnsafeMutableBufferPointer<TracePlace>
    private var count = 0
    /// Of every span.
    private let placeOf: UnsafeMutableBufferPointer<Int32>

    /// All places, and the place of each span.
    static func all(
        of trace: Trace, _ groups: [SiblingGroup], groupOf: [Int32], _ missing: [MissingParent],
        _ marks: [TraceRowMarks]
    ) -> (places: [TracePlace], placeOf: [Int32]) {
        var placeOf = [Int32](repeating: 0, count: trace.spans.count)
        let most = trace.spans.count + groups.count + missing.count
        let places = [TracePlace](unsafeUninitializedCapacity: most) { places, count in
            withUnsafeTemporaryAllocation(of: Waiting.self, capacity: most) { stack in
                placeOf.withUnsafeMutableBufferPointer { placeOf in
                    groupOf.withUnsafeBufferPointer { groupOf in
                        marks.withUnsafeBufferPointer { marks in
                            var walk = TracePlaces(
                                groups: groups, groupOf: groupOf, marks: marks, stack: stack, places: places,
                                placeOf: placeOf)
                            walk.pushRoots(of: trace, missing)
                            trace.withTree { walk.run($0, missing) }
                            count = walk.count
                        }
                    }
                }
            }
        }
        return (places, placeOf)
    }

    private init(
        groups: [SiblingGroup], groupOf: UnsafeBufferPointer<Int32>, marks: UnsafeBufferPointer<TraceRowMarks>,
        stack: UnsafeMutableBufferPointer<Waiting>, places: UnsafeMutableBufferPointer<TracePlace>,
        placeOf: UnsafeMutableBufferPointer<Int32>
    ) {
        self.groups = groups
        self.groupOf = groupOf
        self.marks = marks
        self.stack = stack
        self.places = places
        self.placeOf = placeOf
    }

    private mutating func run(_ tree: TraceTree, _ missing: [MissingParent]) {
        while height > 0 {
            height &-= 1
            let next = stack[height]
            let place = add(next)
            switch next.content {
            case .span(let number):
                push(tree.children(of: Int(number)), next.depth + 1, above: place)
            case .group(let number):
                for member in groups[Int(number)].members.reversed() {
                    push(.span(Int32(truncatingIfNeeded: member)), next.depth + 1, above: place)
                }
            case .missing(let number):
                missing[Int(number)].orphans.map { Int32(truncatingIfNeeded: $0) }.withUnsafeBufferPointer {
                    push($0, next.depth + 1, above: place)
                }
            }
        }
        sumUp()
    }

    @inline(__always)
    private mutating func push(_ content: TraceRow.Content, _ depth: Int32, above: Int32) {
        stack.initializeElement(at: height, to: Waiting(content: content, depth: depth, above: above))
        height &+= 1
    }

    /// Roots by start; a missing parent stands where its first orphan is.
    private mutating func pushRoots(of trace: Trace, _ missing: [MissingParent]) {
        var missingAt: [Int: Int] = [:]
        for (number, parent) in missing.enumerated() { missingAt[parent.orphans.first ?? -1] = number }
        for root in trace.roots.reversed() {
            if let number = missingAt[root] {
                push(.missing(Int32(number)), 0, above: -1)
            } else if !trace.spans[root].isOrphan {
                push(.span(Int32(root)), 0, above: -1)
            }
        }
    }

    @inline(__always) private mutating func add(_ next: Waiting) -> Int32 {
        let place = Int32(truncatingIfNeeded: count)
        var spans: Int32 = 0
        var errors: Int32 = 0
        if case .span(let number) = next.content {
            placeOf[Int(number)] = place
            spans = 1
            errors = marks[Int(number)].contains(.error) ? 1 : 0
        }
        places.initializeElement(
            at: count,
            to: TracePlace(content: next.content, depth: next.depth, above: next.above, spans: spans, errors: errors))
        count &+= 1
        return place
    }

    /// Puts siblings on the stack, a group where its first member is.
    @inline(__always)
    private mutating func push(_ siblings: UnsafeBufferPointer<Int32>, _ depth: Int32, above: Int32) {
        for sibling in siblings.reversed() {
            let group = groupOf[Int(sibling)]
            if group < 0 {
                push(.span(sibling), depth, above: above)
            } else if groups[Int(group)].members[0] == Int(sibling) {
                push(.group(group), depth, above: above)
            }
        }
    }

    /// Adds what is below to what is above; what is below comes later.
    private func sumUp() {
        for place in (0..<count).reversed() {
            let above = Int(places[place].above)
            guard above >= 0 else { continue }
            places[above].extent += places[place].extent
            places[above].spans += places[place].spans
            places[above].errors += places[place].errors
        }
    }
}
