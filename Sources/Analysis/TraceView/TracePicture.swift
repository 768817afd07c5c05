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
    package private(set) var marks: TraceRowMarks
    /// How many events the members have.
    package let events: Int
    /// Nanoseconds after the timing's base where the first member begins.
    let begin: Int64
    /// Nanoseconds after the timing's base where the last member ends; `nil` while one is open.
    let end: Int64?

    init(
        id: TraceRowID, members: [Int], minimum: UInt64, median: UInt64, maximum: UInt64, marks: TraceRowMarks,
        events: Int, begin: Int64, end: Int64?
    ) {
        self.id = id
        self.members = members
        self.minimum = minimum
        self.median = median
        self.maximum = maximum
        self.marks = marks
        self.events = events
        self.begin = begin
        self.end = end
    }

    /// The same group with the marks that its members have by now.
    func marked(by marks: [TraceRowMarks]) -> SiblingGroup {
        var group = self
        for member in members { group.marks.formUnion(marks[member]) }
        return group
    }
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
    /// How often each mark occurs, and other figures of the whole.
    package let totals: TraceTotals
    /// Nanoseconds after the timing's base where the first span begins.
    package let begin: Int64
    /// Nanoseconds after the timing's base where the last span ends.
    package let end: Int64

    /// Every row that there can be, in the order of the screen when nothing is folded.
    let places: [TracePlace]
    /// The place of each span's own row.
    let placeOf: [Int32]
    /// The map row that was asked for last.
    let density = TraceDensityCache()

    /// Looks at a trace; with `raw` clocks are taken as they are.
    package init(_ trace: Trace, raw: Bool = false, groupSize: Int = TracePicture.usualGroupSize) {
        let emitters = Emitters(trace)
        let count = trace.spans.count
        // Clocks are seldom off: times are measured as if they were not while it is found out whether they are.
        var (skew, timing) = TwoTasks.run(spans: count) {
            raw ? ClockSkew.none : ClockSkew(estimating: trace, emitters: emitters)
        } _: {
            SpanTiming(trace, skew: .none, emitters: emitters)
        }
        if !skew.isNone { timing = SpanTiming(trace, skew: skew, emitters: emitters) }
        let (path, rows) = TwoTasks.run(spans: count) { [timing] in
            CriticalPath(of: trace, timing: timing)
        } _: { [skew, timing] in
            Rows(trace, timing, skew, groupSize: max(2, groupSize))
        }
        var marks = rows.marks
        for span in path.spans { marks[span].insert(.critical) }
        self.trace = trace
        self.skew = skew
        self.path = path
        self.marks = marks
        missing = rows.missing
        totals = TraceTotals(marks, path, emitters)
        begin = timing.starts.min() ?? 0
        end = timing.ends.max() ?? 0
        groups = rows.groups.map { $0.marked(by: marks) }
        places = rows.places
        placeOf = rows.placeOf
    }

    /// What does not need the critical path.
    private struct Rows: Sendable {
        let marks: [TraceRowMarks]
        let missing: [MissingParent]
        let groups: [SiblingGroup]
        let places: [TracePlace]
        let placeOf: [Int32]

        init(_ trace: Trace, _ timing: SpanTiming, _ skew: ClockSkew, groupSize: Int) {
            marks = TracePicture.marks(trace, skew)
            missing = TracePicture.missing(trace, timing)
            var finder = SiblingGroups(trace: trace, timing: timing, marks: marks, size: groupSize)
            finder.run(missing)
            groups = finder.groups
            (places, placeOf) = TracePlaces.all(of: trace, groups, groupOf: finder.groupOf, missing, marks)
        }
    }

    /// What the row of a span is called.
    package func rowID(of span: Int) -> TraceRowID {
        .span(trace.spans[span].id, trace.spans[span].kind)
    }

    /// Nanoseconds from the first start to the last end: what the time axis holds.
    package var length: UInt64 { UInt64(end - begin) }

    /// The numbers of the spans with any of these marks, in the order of their rows when nothing is folded.
    package func spans(marked wanted: TraceRowMarks) -> [Int] {
        places.compactMap { place in
            guard case .span(let number) = place.content, !marks[Int(number)].isDisjoint(with: wanted) else {
                return nil
            }
            return Int(number)
        }
    }

    // MARK: Facts

    /// All marks but that of the critical path.
    private static func marks(_ trace: Trace, _ skew: ClockSkew) -> [TraceRowMarks] {
        trace.withTree { tree in
            [TraceRowMarks](unsafeUninitializedCapacity: tree.spans.count) { all, count in
                for number in tree.spans.indices {
                    let span = tree.spans[number]
                    var marks: TraceRowMarks = []
                    if span.isOpen { marks.insert(.open) }
                    if span.status == .error { marks.insert(.error) }
                    if span.kind == .producer || span.kind == .consumer || span.hasLinks { marks.insert(.async) }
                    if !skew.isNone, skew.shift(of: number) != 0 { marks.insert(.skewed) }
                    if span.isOrphan { marks.insert(.orphan) }
                    if span.isCycleCut { marks.insert(.cycle) }
                    all.initializeElement(at: number, to: marks)
                }
                count = tree.spans.count
            }
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
            let hull = timing.hull(of: spans)
            return MissingParent(id: id, orphans: spans, begin: hull.begin, end: hull.end)
        }
    }
}

/// What is said about a trace as a whole; counted once, since a frame has no time for it.
package struct TraceTotals: Sendable {
    /// Nanoseconds that the trace waited for spans of a service, by the first span of the service.
    package let waits: [(service: Symbol, time: UInt64)]
    /// How many services there are.
    package let services: Int
    /// How many spans there are with each set of marks.
    private let counts: [Int]

    init(_ marks: [TraceRowMarks], _ path: CriticalPath, _ emitters: Emitters) {
        var counts = [Int](repeating: 0, count: 256)
        for mark in marks { counts[Int(mark.rawValue)] += 1 }
        self.counts = counts
        var times = [UInt64](repeating: 0, count: emitters.count)
        path.addTimes(to: &times, by: emitters.numbers)
        var places: [Symbol: Int] = [:]
        var waits: [(service: Symbol, time: UInt64)] = []
        for (number, service) in emitters.services.enumerated() {
            if let place = places[service] {
                waits[place].time &+= times[number]
            } else {
                places[service] = waits.count
                waits.append((service, times[number]))
            }
        }
        self.waits = waits
        services = waits.count
    }

    /// How many spans have a mark.
    package func count(_ mark: TraceRowMarks) -> Int {
        counts.indices.reduce(0) { TraceRowMarks(rawValue: UInt8($1)).contains(mark) ? $0 + counts[$1] : $0 }
    }
}

extension SpanTiming {
    /// From the first start to the last end of spans; without an end while one is open.
    func hull(of spans: [Int]) -> (begin: Int64, end: Int64?) {
        let begin = spans.reduce(Int64.max) { min($0, starts[$1]) }
        if spans.contains(where: { isOpen[$0] }) { return (begin, nil) }
        return (begin, spans.reduce(Int64.min) { max($0, ends[$1]) })
    }
}
