import Telemetry

/// What is worth a mark on a row of a waterfall.
package struct TraceRowMarks: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The trace waited for the span.
    package static let critical = TraceRowMarks(rawValue: 1)
    /// The span has not ended.
    package static let open = TraceRowMarks(rawValue: 2)
    /// The span ended with an error.
    package static let error = TraceRowMarks(rawValue: 4)
    /// The span is a message's producer or consumer, or has links.
    package static let async = TraceRowMarks(rawValue: 8)
    /// The span was shifted, because its clock is off.
    package static let skewed = TraceRowMarks(rawValue: 16)
    /// The span names a parent that is not there.
    package static let orphan = TraceRowMarks(rawValue: 32)
    /// The span's parents formed a cycle, which was cut here.
    package static let cycle = TraceRowMarks(rawValue: 64)
}

/// Siblings of one service and one name.
package struct SiblingGroup: Sendable {
    /// What folds hang on.
    package let id: TraceRowID
    /// The numbers of the spans, by start.
    package let members: [Int]
    /// The shortest duration, in nanoseconds.
    package let minimum: UInt64
    /// The middle duration, in nanoseconds; of an even number the lower one.
    package let median: UInt64
    /// The longest duration, in nanoseconds.
    package let maximum: UInt64
    /// The marks of all members together.
    package let marks: TraceRowMarks
    /// How many events the members have.
    package let events: Int
    /// Nanoseconds after the timing's base where the first member begins.
    let begin: Int64
    /// Nanoseconds after the timing's base where the last member ends; `nil` while one is open.
    let end: Int64?
}

/// The place of a parent that is missing.
package struct MissingParent: Sendable {
    /// The id that no span has.
    package let id: SpanID
    /// The numbers of the spans that name it, by start.
    package let orphans: [Int]
    /// Nanoseconds after the timing's base where the first orphan begins.
    let begin: Int64
    /// Nanoseconds after the timing's base where the last orphan ends; `nil` while one is open.
    let end: Int64?
}

/// All of a trace that its waterfall needs and that folds do not change; made once when a trace is looked at or grows.
package struct TracePicture: Sendable {
    /// From how many siblings of one service and name on they are one row.
    package static let usualGroupSize = 4

    /// The trace.
    package let trace: Trace
    /// How far clocks are off.
    package let skew: ClockSkew
    /// What the trace waited for.
    package let path: CriticalPath
    /// Siblings that are one row until somebody unfolds them.
    package let groups: [SiblingGroup]
    /// The parents that are missing.
    package let missing: [MissingParent]
    /// The marks of each span.
    package let marks: [TraceRowMarks]
    /// Nanoseconds after the timing's base where the first span begins.
    package let begin: Int64
    /// Nanoseconds after the timing's base where the last span ends.
    package let end: Int64

    /// The numbers of all spans, parents before children.
    let preorder: [Int]
    /// The group of each span; -1 for none.
    let groupOf: [Int32]
    /// How many spans there are at and below each span.
    let sizes: [Int32]
    /// How many errors there are at and below each span.
    let errors: [Int32]
    /// The missing parent of each span, by number in `missing`.
    let missingOf: [Int: Int]

    /// Looks at a trace; with `raw` clocks are taken as they are.
    package init(_ trace: Trace, raw: Bool = false, groupSize: Int = TracePicture.usualGroupSize) {
        let skew = raw ? ClockSkew.none : ClockSkew(estimating: trace)
        let path = CriticalPath(of: trace, skew: skew)
        let preorder = trace.preorder
        let marks = Self.marks(trace, path, skew)
        let missing = Self.missing(trace, path.timing)
        self.trace = trace
        self.skew = skew
        self.path = path
        self.preorder = preorder
        self.marks = marks
        self.missing = missing
        begin = path.timing.starts.min() ?? 0
        end = path.timing.ends.max() ?? 0
        var missingOf: [Int: Int] = [:]
        for (number, parent) in missing.enumerated() {
            for orphan in parent.orphans { missingOf[orphan] = number }
        }
        self.missingOf = missingOf
        (sizes, errors) = Self.sums(trace, preorder, marks)
        (groups, groupOf) = Self.groups(trace, path.timing, missing, marks, size: max(2, groupSize))
    }

    /// What the row of a span is called.
    package func rowID(of span: Int) -> TraceRowID {
        .span(trace.spans[span].id, trace.spans[span].kind)
    }

    /// Nanoseconds from the first start to the last end: what the time axis holds.
    package var length: UInt64 { UInt64(end - begin) }

    // MARK: Facts

    private static func marks(_ trace: Trace, _ path: CriticalPath, _ skew: ClockSkew) -> [TraceRowMarks] {
        trace.spans.indices.map { number in
            let span = trace.spans[number]
            var marks: TraceRowMarks = []
            let kind = span.kind
            if path.onPath(number) { marks.insert(.critical) }
            if path.timing.isOpen[number] { marks.insert(.open) }
            if span.status == .error { marks.insert(.error) }
            if kind == .producer || kind == .consumer || span.linkCount > 0 {
                marks.insert(.async)
            }
            if skew.shift(of: number) != 0 { marks.insert(.skewed) }
            if span.missingParent != nil { marks.insert(.orphan) }
            if span.isCycleCut { marks.insert(.cycle) }
            return marks
        }
    }

    private static func missing(_ trace: Trace, _ timing: SpanTiming) -> [MissingParent] {
        var order: [SpanID] = []
        var orphans: [SpanID: [Int]] = [:]
        for root in trace.roots {
            guard let id = trace.spans[root].missingParent else { continue }
            if orphans[id] == nil { order.append(id) }
            orphans[id, default: []].append(root)
        }
        return order.map { id in
            let spans = orphans[id] ?? []
            let hull = hull(spans, timing)
            return MissingParent(id: id, orphans: spans, begin: hull.begin, end: hull.end)
        }
    }

    private static func sums(_ trace: Trace, _ preorder: [Int], _ marks: [TraceRowMarks]) -> ([Int32], [Int32]) {
        var sizes = [Int32](repeating: 1, count: trace.spans.count)
        var errors = marks.map { $0.contains(.error) ? Int32(1) : 0 }
        for number in preorder.reversed() {
            guard let parent = trace.spans[number].parent else { continue }
            sizes[parent] += sizes[number]
            errors[parent] += errors[number]
        }
        return (sizes, errors)
    }

    private static func hull(_ spans: [Int], _ timing: SpanTiming) -> (begin: Int64, end: Int64?) {
        let begin = spans.reduce(Int64.max) { min($0, timing.starts[$1]) }
        if spans.contains(where: { timing.isOpen[$0] }) { return (begin, nil) }
        return (begin, spans.reduce(Int64.min) { max($0, timing.ends[$1]) })
    }

    private struct Name: Hashable {
        let service: UInt32
        let name: UInt32
    }

    private static func groups(
        _ trace: Trace, _ timing: SpanTiming, _ missing: [MissingParent], _ marks: [TraceRowMarks], size: Int
    ) -> ([SiblingGroup], [Int32]) {
        var groups: [SiblingGroup] = []
        var groupOf = [Int32](repeating: -1, count: trace.spans.count)
        func look(at siblings: [Int], below parent: SpanID) {
            guard siblings.count >= size else { return }
            var order: [Name] = []
            var members: [Name: [Int]] = [:]
            for sibling in siblings {
                let span = trace.spans[sibling]
                let name = Name(
                    service: span.serviceSymbol.code, name: span.nameSymbol.code)
                if members[name] == nil { order.append(name) }
                members[name, default: []].append(sibling)
            }
            for name in order {
                guard let same = members[name], same.count >= size else { continue }
                for member in same { groupOf[member] = Int32(groups.count) }
                let id = TraceRowID.group(
                    parent: parent, service: Symbol(code: name.service), name: Symbol(code: name.name))
                groups.append(group(id, same, trace, timing, marks))
            }
        }
        for number in trace.spans.indices { look(at: trace.spans[number].children, below: trace.spans[number].id) }
        for parent in missing { look(at: parent.orphans, below: parent.id) }
        return (groups, groupOf)
    }

    private static func group(
        _ id: TraceRowID, _ members: [Int], _ trace: Trace, _ timing: SpanTiming, _ marks: [TraceRowMarks]
    ) -> SiblingGroup {
        let durations = members.map(timing.duration(of:)).sorted()
        let hull = hull(members, timing)
        let events = members.reduce(0) { sum, number in
            let span = trace.spans[number]
            return sum + span.eventCount
        }
        return SiblingGroup(
            id: id, members: members, minimum: durations.first ?? 0,
            median: durations.isEmpty ? 0 : durations[(durations.count - 1) / 2], maximum: durations.last ?? 0,
            marks: members.reduce([]) { $0.union(marks[$1]) }, events: events, begin: hull.begin, end: hull.end)
    }
}
