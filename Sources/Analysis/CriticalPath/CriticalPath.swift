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
        let walked = CriticalPathWalk.path(of: trace, timing, from: root)
        self.root = root
        self.timing = timing
        spans = walked.spans
        times = walked.times
        isOn = walked.isOn
        pieces = walked.pieces
    }

    /// Nanoseconds from the root's start to its end.
    package var duration: UInt64 { root.map { timing.duration(of: $0) } ?? 0 }

    /// Nanoseconds in which none of the children that the span waited for ran, on the path or not.
    package func selfTime(of span: Int) -> UInt64 { timing.selfTimes[span] }

    /// Whether the trace waited for the span.
    package func onPath(_ span: Int) -> Bool { isOn[span] }

    /// Nanoseconds that the trace waited for the span itself, not for something below it.
    package func time(of span: Int) -> UInt64 { times[span] }

    /// The span that the trace waited for longest, of several the first; `nil` without a path.
    package var longest: Int? {
        times.withUnsafeBufferPointer { times in
            var longest: Int?
            // There is a time for every span.
            for span in spans {
                let best = longest ?? span
                if times[span] > times[best] || (times[span] == times[best] && span <= best) { longest = span }
            }
            return longest
        }
    }

    /// Adds what the trace waited for every span to the sum of the span's group.
    ///
    /// - Parameter groups: The place in `sums` of every span's group.
    func addTimes(to sums: inout [UInt64], by groups: [Int32]) {
        for span in times.indices where times[span] > 0 { sums[Int(groups[span])] &+= times[span] }
    }

    /// The share of the path that is the span's own, from 0 to 1.
    package func share(of span: Int) -> Double { duration == 0 ? 0 : Double(times[span]) / Double(duration) }
}

/// The walk back from the end, with a stack of its own, since traces can be a million spans deep.
///
/// Everything lies in memory that is asked for once: a span is entered at most once, since it has one parent. So neither the
/// stack, nor what waits, nor what was visited can have more elements than there are spans; and there are at most two
/// stretches for each, one of its parent after it and its own last one.
struct CriticalPathWalk {
    /// A stretch of the path, in the times of ``SpanTiming``.
    struct Piece: BitwiseCopyable {
        let span: Int
        var from: Int64
        let to: Int64
    }

    /// A span whose stretch of the path is being walked. Times are those of the path.
    private struct Frame: BitwiseCopyable {
        let span: Int
        /// Where the span's stretch begins and ends.
        let low: Int64
        let high: Int64
        /// By how much the span and all below are moved back.
        let shift: Int64
        /// Where its children stand in `waiting`, and end.
        let first: Int
        let end: Int
        var next: Int
        /// Everything after this is explained.
        var point: Int64
        /// The same point before the child there was moved back.
        var unmoved: Int64
    }

    /// What was found.
    struct Path {
        /// The stretches of the path, the last first.
        var pieces: [Piece] = []
        var spans: [Int] = []
        /// Nanoseconds, for every span.
        var times: [UInt64] = []
        /// For every span.
        var isOn: [Bool] = []
    }

    private let tree: TraceTree
    // Of every span.
    private let starts: UnsafeBufferPointer<Int64>
    private let ends: UnsafeBufferPointer<Int64>
    private let awaited: UnsafeBufferPointer<Bool>
    private let times: UnsafeMutableBufferPointer<UInt64>
    private let isOn: UnsafeMutableBufferPointer<Bool>
    /// The frames above the one that is walked.
    private let stack: UnsafeMutableBufferPointer<Frame>
    private var height = 0
    /// The children of the frames on the stack, by end, the last first.
    private let waiting: UnsafeMutableBufferPointer<Int32>
    private var waitingCount = 0
    private let pieces: UnsafeMutableBufferPointer<Piece>
    private var pieceCount = 0
    private let visited: UnsafeMutableBufferPointer<Int>
    private var visitedCount = 0

    private init(
        _ tree: TraceTree, _ starts: UnsafeBufferPointer<Int64>, _ ends: UnsafeBufferPointer<Int64>,
        _ awaited: UnsafeBufferPointer<Bool>, _ times: UnsafeMutableBufferPointer<UInt64>,
        _ isOn: UnsafeMutableBufferPointer<Bool>
    ) {
        self.tree = tree
        self.starts = starts
        self.ends = ends
        self.awaited = awaited
        self.times = times
        self.isOn = isOn
        stack = .allocate(capacity: tree.spans.count)
        waiting = .allocate(capacity: tree.spans.count)
        pieces = .allocate(capacity: 2 * tree.spans.count + 1)
        visited = .allocate(capacity: tree.spans.count)
    }

    private func deallocate() {
        stack.deallocate()
        waiting.deallocate()
        pieces.deallocate()
        visited.deallocate()
    }

    /// Walks from a span, which must be one of the trace's, without being given one nowhere.
    static func path(of trace: Trace, _ timing: SpanTiming, from root: Int?) -> Path {
        var path = Path()
        path.times = Array(repeating: 0, count: trace.spans.count)
        path.isOn = Array(repeating: false, count: trace.spans.count)
        guard let root, trace.spans.indices.contains(root) else { return path }
        trace.withTree { tree in
            timing.starts.withUnsafeBufferPointer { starts in
                timing.ends.withUnsafeBufferPointer { ends in
                    timing.isAwaited.withUnsafeBufferPointer { awaited in
                        path.times.withUnsafeMutableBufferPointer { times in
                            path.isOn.withUnsafeMutableBufferPointer { isOn in
                                var walk = CriticalPathWalk(tree, starts, ends, awaited, times, isOn)
                                defer { walk.deallocate() }
                                walk.run(from: root)
                                path.pieces = Array(walk.pieces[..<walk.pieceCount])
                                path.spans = Array(walk.visited[..<walk.visitedCount])
                            }
                        }
                    }
                }
            }
        }
        return path
    }

    private mutating func run(from root: Int) {
        var top = enter(root, low: starts[root], high: ends[root], shift: 0)
        while true {
            guard let child = nextChild(of: &top) else {
                add(top.span, from: top.low, to: top.point)
                waitingCount = top.first
                guard height > 0 else { return }
                height &-= 1
                top = stack[height]
                continue
            }
            if tree.children(of: child.span).isEmpty {
                // Most spans have no children; their stretch is their own as a whole.
                visit(child.span)
                add(child.span, from: child.low, to: child.high)
            } else {
                stack.initializeElement(at: height, to: top)
                height &+= 1
                top = enter(child.span, low: child.low, high: child.high, shift: child.shift)
            }
        }
    }

    private mutating func visit(_ span: Int) {
        visited.initializeElement(at: visitedCount, to: span)
        visitedCount &+= 1
        isOn[span] = true
    }

    private mutating func enter(_ span: Int, low: Int64, high: Int64, shift: Int64) -> Frame {
        visit(span)
        let first = waitingCount
        for child in tree.children(of: span).reversed() where awaited[Int(child)] {
            if starts[Int(child)] - shift < high, ends[Int(child)] - shift > low {
                waiting.initializeElement(at: waitingCount, to: child)
                waitingCount &+= 1
            }
        }
        // Children that ran one after the other stand in order already, since the last comes first.
        if waitingCount - first > 1, !isInOrder(from: first, high, shift) {
            let slice = UnsafeMutableBufferPointer(rebasing: waiting[first..<waitingCount])
            var children = Array(slice)
            children.sort { comes($0, before: $1, high, shift) }
            _ = slice.update(fromContentsOf: children)
        }
        return Frame(
            span: span, low: low, high: high, shift: shift, first: first, end: waitingCount, next: first, point: high,
            unmoved: high)
    }

    private func isInOrder(from first: Int, _ high: Int64, _ shift: Int64) -> Bool {
        for place in first + 1..<waitingCount where comes(waiting[place], before: waiting[place - 1], high, shift) {
            return false
        }
        return true
    }

    /// Whether a child is looked at before another: by end as far as it counts, then by start.
    @inline(__always)
    private func comes(_ first: Int32, before second: Int32, _ high: Int64, _ shift: Int64) -> Bool {
        let (a, b) = (Int(first), Int(second))
        let (endA, endB) = (min(ends[a] - shift, high), min(ends[b] - shift, high))
        if endA != endB { return endA > endB }
        return starts[a] != starts[b] ? starts[a] < starts[b] : a < b
    }

    /// The last child that ended before the frame's point, which moves to its beginning.
    @inline(__always) private mutating func nextChild(
        of frame: inout Frame
    ) -> (span: Int, low: Int64, high: Int64, shift: Int64)? {
        guard frame.next < frame.end, frame.point > frame.low else { return nil }
        let allowance = (ends[frame.span] - starts[frame.span] + 99) / 100
        while frame.next < frame.end, frame.point > frame.low {
            let child = Int(waiting[frame.next])
            frame.next &+= 1
            let start = starts[child] - frame.shift
            let end = min(ends[child] - frame.shift, frame.high)
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

    @inline(__always) private mutating func add(_ span: Int, from: Int64, to: Int64) {
        guard to > from else { return }
        times[span] += UInt64(to - from)
        if pieceCount > 0, pieces[pieceCount &- 1].span == span, pieces[pieceCount &- 1].from == to {
            pieces[pieceCount &- 1].from = from
        } else {
            pieces.initializeElement(at: pieceCount, to: Piece(span: span, from: from, to: to))
            pieceCount &+= 1
        }
    }
}
