import Telemetry

/// The chain of waits that made a trace take as long as it did.
///
/// Walks back from the root's end: what ended last before the current point was waited for, so the point moves to its
/// beginning, and the same holds within it. The rules are those of CRISP (Zhang et al., USENIX ATC 2022): a child that
/// outlasts its parent is cut at the parent's end, one that begins after it is not on the path, and one that overlaps the
/// next by less than a hundredth of the parent's duration still counts as before it. Such a child keeps its full
/// duration and is moved back by the overlap, so that at every instant exactly one span is on the path.
package struct CriticalPath: Sendable {
    /// A stretch of time in which the trace waited for one span itself.
    package struct Segment: Sendable, Equatable {
        /// The number of the span in ``Trace/spans``.
        package let span: Int
        /// Unix nanoseconds, clocks put right.
        package let from: UInt64
        /// Unix nanoseconds, clocks put right; after ``from``.
        package let to: UInt64
    }

    /// Where the path begins; `nil` for a trace without spans.
    package let root: Int?
    /// The path from the root's start to its end, without a gap.
    package var segments: [Segment] {
        pieces.reversed().map { Segment(span: $0.span, from: timing.unix($0.from), to: timing.unix($0.to)) }
    }
    /// The spans on the path in the order of the walk: each before its own children, later children first.
    package let spans: [Int]
    /// When the spans of the trace ran.
    package let timing: SpanTiming

    /// The path, the last stretch first.
    private let pieces: [CriticalPathWalk.Piece]
    private let times: [UInt64]
    private let isOn: [Bool]

    /// Finds the path of a trace's main root, clocks taken as they are.
    package init(of trace: Trace, skew: ClockSkew = .none) {
        self.init(of: trace, timing: SpanTiming(trace, skew: skew))
    }

    /// Finds the path below a root or, without one, below the trace's main root.
    package init(of trace: Trace, timing: SpanTiming, root: Int? = nil) {
        let root = root ?? timing.mainRoot
        var walk = CriticalPathWalk(trace: trace, timing: timing)
        if let root { walk.run(from: root) }
        self.root = root
        self.timing = timing
        spans = walk.visited
        times = walk.times
        isOn = walk.isOn
        pieces = walk.pieces
    }

    /// Nanoseconds from the root's start to its end.
    package var duration: UInt64 { root.map { timing.duration(of: $0) } ?? 0 }

    /// Nanoseconds in which none of the children that the span waited for ran, on the path or not.
    package func selfTime(of span: Int) -> UInt64 { timing.selfTimes[span] }

    /// Whether the trace waited for the span.
    package func onPath(_ span: Int) -> Bool { isOn[span] }

    /// Nanoseconds that the trace waited for the span itself, not for something below it.
    package func time(of span: Int) -> UInt64 { times[span] }

    /// The share of the path that is the span's own, from 0 to 1.
    package func share(of span: Int) -> Double { duration == 0 ? 0 : Double(times[span]) / Double(duration) }
}

/// The walk back from the end, with a stack of its own, since traces can be a million spans deep.
struct CriticalPathWalk {
    /// A stretch of the path, in the times of ``SpanTiming``.
    struct Piece {
        let span: Int
        var from: Int64
        let to: Int64
    }

    /// A span whose stretch of the path is being walked. Times are those of the path.
    private struct Frame {
        let span: Int
        /// Where the span's stretch begins and ends.
        let low: Int64
        let high: Int64
        /// By how much the span and all below are moved back.
        let shift: Int64
        /// Where its children stand in `waiting`.
        let first: Int
        var next: Int
        /// Everything after this is explained.
        var point: Int64
        /// The same point before the child there was moved back.
        var unmoved: Int64
    }

    private let trace: Trace
    private let timing: SpanTiming
    /// The frames above the one that is walked.
    private var stack: [Frame] = []
    /// The children of the frames on the stack, by end, the last first.
    private var waiting: [Int] = []
    /// The stretches of the path, the last first.
    private(set) var pieces: [Piece] = []
    private(set) var visited: [Int] = []
    private(set) var times: [UInt64]
    private(set) var isOn: [Bool]

    init(trace: Trace, timing: SpanTiming) {
        self.trace = trace
        self.timing = timing
        times = Array(repeating: 0, count: trace.spans.count)
        isOn = Array(repeating: false, count: trace.spans.count)
    }

    mutating func run(from root: Int) {
        var top = enter(root, low: timing.starts[root], high: timing.ends[root], shift: 0)
        while true {
            guard let child = nextChild(of: &top) else {
                add(top.span, from: top.low, to: top.point)
                waiting.removeLast(waiting.count - top.first)
                guard let above = stack.popLast() else { return }
                top = above
                continue
            }
            if trace.childPlaces(of: child.span).isEmpty {
                // Most spans have no children; their stretch is their own as a whole.
                visit(child.span)
                add(child.span, from: child.low, to: child.high)
            } else {
                stack.append(top)
                top = enter(child.span, low: child.low, high: child.high, shift: child.shift)
            }
        }
    }

    private mutating func visit(_ span: Int) {
        visited.append(span)
        isOn[span] = true
    }

    private mutating func enter(_ span: Int, low: Int64, high: Int64, shift: Int64) -> Frame {
        visit(span)
        let first = waiting.count
        for place in trace.childPlaces(of: span).reversed() {
            let child = Int(trace.childNumbers[place])
            guard timing.isAwaited[child] else { continue }
            if timing.starts[child] - shift < high, timing.ends[child] - shift > low { waiting.append(child) }
        }
        // Children that ran one after the other stand in order already, since the last comes first.
        if waiting.count - first > 1, !isInOrder(from: first, high, shift) {
            waiting[first...].sort { [timing] in Self.comes($0, before: $1, timing, high, shift) }
        }
        return Frame(
            span: span, low: low, high: high, shift: shift, first: first, next: first, point: high, unmoved: high)
    }

    private func isInOrder(from first: Int, _ high: Int64, _ shift: Int64) -> Bool {
        for place in first + 1..<waiting.count
        where Self.comes(waiting[place], before: waiting[place - 1], timing, high, shift) { return false }
        return true
    }

    /// Whether a child is looked at before another: by end as far as it counts, then by start.
    private static func comes(
        _ a: Int, before b: Int, _ timing: SpanTiming, _ high: Int64, _ shift: Int64
    ) -> Bool {
        let ends = (min(timing.ends[a] - shift, high), min(timing.ends[b] - shift, high))
        return ends.0 != ends.1 ? ends.0 > ends.1 : (timing.starts[a], a) < (timing.starts[b], b)
    }

    /// The last child that ended before the frame's point, which moves to its beginning.
    private mutating func nextChild(
        of frame: inout Frame
    ) -> (span: Int, low: Int64, high: Int64, shift: Int64)? {
        guard frame.next < waiting.count, frame.point > frame.low else { return nil }
        let allowance = (timing.ends[frame.span] - timing.starts[frame.span] + 99) / 100
        while frame.next < waiting.count, frame.point > frame.low {
            let child = waiting[frame.next]
            frame.next += 1
            let start = timing.starts[child] - frame.shift
            let end = min(timing.ends[child] - frame.shift, frame.high)
            let overlap = end - frame.unmoved
            guard overlap <= 0 || (overlap < allowance && start < frame.unmoved) else { continue }
            let moved = max(0, end - frame.point)
            let low = max(start - moved, frame.low)
            add(frame.span, from: end - moved, to: frame.point)
            frame.point = low
            frame.unmoved = max(start, frame.low)
            return (child, low, end - moved, frame.shift + moved)
        }
        return nil
    }

    private mutating func add(_ span: Int, from: Int64, to: Int64) {
        guard to > from else { return }
        times[span] += UInt64(to - from)
        if let last = pieces.last, last.span == span, last.from == to {
            pieces[pieces.count - 1].from = from
        } else {
            pieces.append(Piece(span: span, from: from, to: to))
        }
    }
}
