import Telemetry

/// When each span of a trace ran, after clocks were put right, and what of that time was its own.
package struct SpanTiming: Sendable {
    /// Unix nanoseconds of the trace's first raw start; the other times count from here.
    package let base: UInt64
    /// Nanoseconds after ``base``; negative where a shifted clock says so.
    package let starts: [Int64]
    /// Nanoseconds after ``base``; an open span lasts until the last thing known below it.
    package let ends: [Int64]
    /// Whether the span has not ended yet.
    package let isOpen: [Bool]
    /// Whether the span's parent waited for it; false for roots.
    package let isAwaited: [Bool]
    /// Nanoseconds in which none of the children that the span waited for ran.
    package let selfTimes: [UInt64]
    /// The root that stands for the trace: of the roots that name no parent the longest, then the earliest; of all roots
    /// where every one names a parent that is missing.
    package let mainRoot: Int?

    /// Measures a trace.
    package init(_ trace: Trace, skew: ClockSkew = .none) {
        self.init(trace, skew: skew, emitters: Emitters(trace))
    }

    /// Measures a trace whose emitters are known already.
    init(_ trace: Trace, skew: ClockSkew, emitters: Emitters) {
        let base = trace.start
        let count = trace.spans.count
        var starts = [Int64](repeating: 0, count: count)
        var ends = [Int64](repeating: 0, count: count)
        var open = [Bool](repeating: false, count: count)
        trace.withTree { tree in
            starts.withUnsafeMutableBufferPointer { starts in
                ends.withUnsafeMutableBufferPointer { ends in
                    open.withUnsafeMutableBufferPointer { open in
                        // All have an element for every span.
                        for number in tree.spans.indices {
                            let shift = skew.isNone ? 0 : skew.shift(of: number)
                            starts[number] = Self.relative(tree.spans[number].start, to: base) + shift
                            ends[number] = Self.relative(tree.spans[number].end, to: base) + shift
                            open[number] = tree.spans[number].isOpen
                        }
                    }
                }
            }
        }
        if open.contains(true) { Self.stretch(&ends, starts: starts, open: open, in: trace) }
        self.base = base
        self.starts = starts
        self.ends = ends
        isOpen = open
        isAwaited = trace.withTree { tree in
            starts.withUnsafeBufferPointer { starts in
                ends.withUnsafeBufferPointer { ends in
                    open.withUnsafeBufferPointer { open in
                        emitters.numbers.withUnsafeBufferPointer { emitters in
                            Self.awaited(tree, emitters, starts: starts, ends: ends, open: open)
                        }
                    }
                }
            }
        }
        selfTimes = Self.selfTimes(trace, starts: starts, ends: ends, awaited: isAwaited, isShifted: !skew.isNone)
        mainRoot = Self.mainRoot(trace, starts: starts, ends: ends)
    }

    /// How long a span took, in nanoseconds; for an open one what is known of it.
    package func duration(of span: Int) -> UInt64 { UInt64(ends[span] - starts[span]) }

    /// Unix nanoseconds of a time that counts from ``base``.
    package func unix(_ relative: Int64) -> UInt64 {
        if relative < 0 { return base - min(base, relative.magnitude) }
        let sum = base.addingReportingOverflow(UInt64(relative))
        return sum.overflow ? .max : sum.partialValue
    }

    // MARK: Measuring

    /// The longest time from the first start that is told apart (some 73 years), so that sums cannot overflow.
    private static let limit: UInt64 = 1 << 61

    private static func relative(_ time: UInt64, to base: UInt64) -> Int64 {
        Int64(min(time - min(base, time), limit))
    }

    /// Lets open spans last until the end of what is below them.
    private static func stretch(_ ends: inout [Int64], starts: [Int64], open: [Bool], in trace: Trace) {
        var latest = ends
        for number in trace.order.lazy.map({ Int($0) }).reversed() {
            if open[number] { ends[number] = max(latest[number], starts[number]) }
            guard let parent = trace.spans[number].parent else { continue }
            latest[parent] = max(latest[parent], latest[number])
        }
    }

    /// Says for which children their parents waited.
    ///
    /// A message's consumer that outlasts its parent was not waited for, and neither was a child of the same process
    /// (same clock) that outlasts it by more than a hundredth of the parent's duration: a detached task. A child of another
    /// process that outlasts its parent is cut at the parent's end, as CRISP does (Zhang et al., USENIX ATC 2022).
    ///
    /// All that is given has an element for every span.
    private static func awaited(
        _ tree: TraceTree, _ emitters: UnsafeBufferPointer<Int32>, starts: UnsafeBufferPointer<Int64>,
        ends: UnsafeBufferPointer<Int64>, open: UnsafeBufferPointer<Bool>
    ) -> [Bool] {
        [Bool](unsafeUninitializedCapacity: tree.spans.count) { awaited, count in
            for number in tree.spans.indices {
                let parent = tree.parent(of: number)
                let over = parent < 0 ? 0 : ends[number] - ends[parent]
                let isAwaited: Bool
                if parent < 0 {
                    isAwaited = false
                } else if open[number] {
                    isAwaited = open[parent]
                } else if over <= 0 {
                    isAwaited = true
                } else if starts[number] >= ends[parent] {
                    isAwaited = false
                } else {
                    let isSameProcess = emitters[number] == emitters[parent]
                    isAwaited = waits(
                        tree.spans[parent].kind, for: tree.spans[number].kind, isSameProcess: isSameProcess, over: over,
                        of: ends[parent] - starts[parent])
                }
                awaited.initializeElement(at: number, to: isAwaited)
            }
            count = tree.spans.count
        }
    }

    /// Whether a parent that took so long waited for a child that outlasts it by `over`.
    private static func waits(
        _ parent: SpanKind, for child: SpanKind, isSameProcess: Bool, over: Int64, of length: Int64
    ) -> Bool {
        if child == .consumer || parent == .producer { return false }
        guard child != .server, isSameProcess else { return true }
        return over < (length + 99) / 100
    }

    private static func selfTimes(
        _ trace: Trace, starts: [Int64], ends: [Int64], awaited: [Bool], isShifted: Bool
    ) -> [UInt64] {
        trace.withTree { tree in
            starts.withUnsafeBufferPointer { starts in
                ends.withUnsafeBufferPointer { ends in
                    awaited.withUnsafeBufferPointer { awaited in
                        selfTimes(tree, starts: starts, ends: ends, awaited: awaited, isShifted: isShifted)
                    }
                }
            }
        }
    }

    /// All that is given has an element for every span.
    private static func selfTimes(
        _ tree: TraceTree, starts: UnsafeBufferPointer<Int64>, ends: UnsafeBufferPointer<Int64>,
        awaited: UnsafeBufferPointer<Bool>, isShifted: Bool
    ) -> [UInt64] {
        var shifted: [Int32] = []
        return [UInt64](unsafeUninitializedCapacity: tree.spans.count) { times, count in
            for number in tree.spans.indices {
                var covered: Int64 = 0
                var reached = starts[number]
                func cover(_ child: Int) {
                    guard awaited[child] else { return }
                    let from = max(starts[child], reached)
                    let to = min(ends[child], ends[number])
                    guard to > from else { return }
                    covered += to - from
                    reached = to
                }
                let children = tree.children(of: number)
                if isShifted {
                    // Children come by raw start, which is not their order once clocks are put right.
                    shifted.removeAll(keepingCapacity: true)
                    shifted.append(contentsOf: children)
                    shifted.sort { (starts[Int($0)], $0) < (starts[Int($1)], $1) }
                    for child in shifted { cover(Int(child)) }
                } else {
                    for child in children { cover(Int(child)) }
                }
                times.initializeElement(at: number, to: UInt64(ends[number] - starts[number] - covered))
            }
            count = tree.spans.count
        }
    }

    private static func mainRoot(_ trace: Trace, starts: [Int64], ends: [Int64]) -> Int? {
        let real = trace.roots.filter { !trace.spans[$0].isOrphan && !trace.spans[$0].isCycleCut }
        let candidates = real.isEmpty ? trace.roots : real
        return candidates.min { a, b in
            let first = ends[a] - starts[a]
            let second = ends[b] - starts[b]
            return first != second ? first > second : (starts[a], a) < (starts[b], b)
        }
    }
}
