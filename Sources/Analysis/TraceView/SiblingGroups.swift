import Telemetry

/// Finds siblings of one service and one name.
///
/// Looks at every sibling once. Names are told apart in one table for all parents, whose content of earlier parents is
/// recognised by its number and needs no clearing.
struct SiblingGroups {
    private struct Slot {
        var round: UInt32 = 0
        /// The number of the name among those of this round.
        var name: UInt32 = 0
        /// Service and name, as symbols.
        var key: UInt64 = 0
    }

    private let trace: Trace
    private let timing: SpanTiming
    private let marks: [TraceRowMarks]
    private let size: Int
    private var slots: [Slot] = []
    private var round: UInt32 = 0
    /// How many siblings have each name of this round, by first sibling.
    private var counts: [Int] = []
    /// The name of each sibling of this round.
    private var names: [UInt32] = []
    private(set) var groups: [SiblingGroup] = []
    /// The group of each span; -1 for none.
    private(set) var groupOf: [Int32]

    init(trace: Trace, timing: SpanTiming, marks: [TraceRowMarks], size: Int) {
        self.trace = trace
        self.timing = timing
        self.marks = marks
        self.size = size
        groupOf = Array(repeating: -1, count: trace.spans.count)
    }

    mutating func run(_ missing: [MissingParent]) {
        trace.withTree { tree in
            for number in tree.spans.indices {
                let children = tree.children(of: number)
                if children.count >= size { look(at: children, tree.spans, below: tree.spans[number].id) }
            }
            for parent in missing where parent.orphans.count >= size {
                parent.orphans.map { Int32(truncatingIfNeeded: $0) }.withUnsafeBufferPointer {
                    look(at: $0, tree.spans, below: parent.id)
                }
            }
        }
    }

    /// The key of a sibling, which must be the number of a span.
    @inline(__always) private func key(of sibling: Int32, _ spans: UnsafeBufferPointer<TraceSpan>) -> UInt64 {
        UInt64(spans[Int(sibling)].serviceSymbol.code) << 32 | UInt64(spans[Int(sibling)].nameSymbol.code)
    }

    /// Whether few siblings can hold a group at all: its first member leaves room for the others behind it.
    private func canHoldGroup(
        _ siblings: UnsafeBufferPointer<Int32>, _ spans: UnsafeBufferPointer<TraceSpan>
    ) -> Bool {
        for first in 0...siblings.count - size {
            let wanted = key(of: siblings[first], spans)
            var others = siblings.count - first - size
            var place = first + 1
            while place < siblings.count, others >= 0 {
                if key(of: siblings[place], spans) != wanted { others -= 1 }
                place += 1
            }
            if others >= 0 { return true }
        }
        return false
    }

    private mutating func look(
        at siblings: UnsafeBufferPointer<Int32>, _ spans: UnsafeBufferPointer<TraceSpan>, below parent: SpanID
    ) {
        if siblings.count < 2 * size, !canHoldGroup(siblings, spans) { return }
        begin(siblings.count)
        for sibling in siblings {
            let name = number(of: key(of: sibling, spans))
            counts[Int(name)] += 1
            names.append(name)
        }
        guard counts.contains(where: { $0 >= size }) else { return }
        var members = counts.map { _ in [Int]() }
        for (sibling, name) in zip(siblings, names) where counts[Int(name)] >= size {
            members[Int(name)].append(Int(sibling))
        }
        for same in members where !same.isEmpty { add(same, below: parent) }
    }

    private mutating func begin(_ count: Int) {
        round += 1
        counts.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        guard slots.count < count * 2 else { return }
        var size = 64
        while size < count * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
    }

    private mutating func number(of key: UInt64) -> UInt32 {
        // Symbols are numbered in the order they were met, so that no sender can choose ones that meet in a slot.
        var slot = Int(truncatingIfNeeded: mixed(key)) & (slots.count - 1)
        while slots[slot].round == round {
            if slots[slot].key == key { return slots[slot].name }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Slot(round: round, name: UInt32(truncatingIfNeeded: counts.count), key: key)
        counts.append(0)
        return slots[slot].name
    }

    private mutating func add(_ members: [Int], below parent: SpanID) {
        for member in members { groupOf[member] = Int32(groups.count) }
        let first = trace.spans[members[0]]
        let durations = members.map(timing.duration(of:)).sorted()
        let hull = timing.hull(of: members)
        groups.append(
            SiblingGroup(
                id: .group(parent: parent, service: first.serviceSymbol, name: first.nameSymbol), members: members,
                minimum: durations.first ?? 0, median: durations[(durations.count - 1) / 2],
                maximum: durations.last ?? 0, marks: members.reduce([]) { $0.union(marks[$1]) },
                events: members.reduce(0) { $0 + trace.spans[$1].eventCount }, begin: hull.begin, end: hull.end))
    }
}
