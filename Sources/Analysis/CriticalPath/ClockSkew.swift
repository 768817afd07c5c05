import Telemetry

/// How far the clocks of a trace's processes are apart, as far as the trace itself proves it.
///
/// A span cannot begin before the span that caused it, and a server cannot answer after its client has got the answer.
/// Where spans of two processes say so nevertheless, one clock is off, and all spans of that process are shifted by one
/// amount: the smallest that makes them fit. Spans are never stretched.
package struct ClockSkew: Sendable, Equatable {
    /// The shift of one service's clock.
    package struct Offset: Sendable, Equatable {
        /// The service.
        package let service: String
        /// What its spans are shifted by, in nanoseconds; negative is earlier.
        package let shift: Int64

        /// Makes an offset.
        package init(service: String, shift: Int64) {
            self.service = service
            self.shift = shift
        }
    }

    /// The services whose spans are shifted, by first span.
    package let offsets: [Offset]
    /// The shift of each span; empty when none is shifted.
    private let shifts: [Int64]

    /// No shift at all, for looking at raw times.
    package static let none = ClockSkew(offsets: [], shifts: [])

    private init(offsets: [Offset], shifts: [Int64]) {
        self.offsets = offsets
        self.shifts = shifts
    }

    /// Whether no span is shifted.
    package var isNone: Bool { shifts.isEmpty }

    /// What a span is shifted by, in nanoseconds.
    package func shift(of span: Int) -> Int64 { shifts.indices.contains(span) ? shifts[span] : 0 }

    /// Estimates the shifts that a trace's own spans ask for.
    package init(estimating trace: Trace) { self.init(estimating: trace, emitters: Emitters(trace)) }

    /// Estimates the shifts of a trace whose emitters are known already.
    init(estimating trace: Trace, emitters: Emitters) {
        guard emitters.count > 1 else {
            self = .none
            return
        }
        let bounds = Self.bounds(trace, emitters)
        guard bounds.all.contains(where: \.isViolated) else {
            self = .none
            return
        }
        let clocks = Self.clocks(trace, emitters, Self.estimates(trace, emitters, bounds))
        var offsets: [Offset] = []
        var seen = Set<Int32>()
        for (number, span) in trace.spans.enumerated() {
            let emitter = emitters.numbers[number]
            guard clocks[Int(emitter)] != 0, seen.insert(emitter).inserted else { continue }
            offsets.append(Offset(service: span.service, shift: clocks[Int(emitter)]))
        }
        self.init(offsets: offsets, shifts: emitters.numbers.map { clocks[Int($0)] })
    }

    // MARK: Estimating

    /// Times of old systems are rounded to microseconds, so that much proves nothing.
    private static let rounding: Int64 = 1000
    /// No clock is believed to be further off than this (some 36 years), so that sums cannot overflow.
    private static let limit: Int64 = 1 << 60

    /// What the children that one emitter has under another say about the offset between the two.
    private struct Bounds {
        /// The two emitters.
        let key: Int64
        var lower = -ClockSkew.limit
        var upper = ClockSkew.limit

        mutating func add(_ low: Int64, _ high: Int64) {
            lower = Swift.max(lower, low)
            upper = Swift.min(upper, high)
        }

        var isViolated: Bool { lower > 0 || upper < 0 }

        /// The smallest shift that fits all; `nil` when none does.
        var fitting: Int64? { lower <= upper ? Swift.min(Swift.max(0, lower), upper) : nil }
    }

    /// The bounds of all pairs of emitters. Few pairs occur again and again, so the last ones are remembered by place.
    private struct PairBounds {
        private(set) var all: [Bounds] = []
        private var numbers: [Int64: Int] = [:]
        private var recent = [Int](repeating: -1, count: 1024)

        mutating func add(_ key: Int64, _ low: Int64, _ high: Int64) {
            let place = Int(truncatingIfNeeded: (key &>> 32) &* 37 &+ key) & (recent.count - 1)
            var number = recent[place]
            if number < 0 || all[number].key != key {
                number = self.number(of: key)
                recent[place] = number
            }
            all[number].add(low, high)
        }

        private mutating func number(of key: Int64) -> Int {
            if let known = numbers[key] { return known }
            numbers[key] = all.count
            all.append(Bounds(key: key))
            return all.count - 1
        }
    }

    private static func bounds(_ trace: Trace, _ emitters: Emitters) -> PairBounds {
        var bounds = PairBounds()
        forEachPair(trace, emitters) { bounds.add($0, $1, $2) }
        return bounds
    }

    /// The offset between each pair of emitters: what fits all spans, or the median of what each asks for when none does.
    private static func estimates(_ trace: Trace, _ emitters: Emitters, _ bounds: PairBounds) -> [Int64: Int64] {
        var estimates: [Int64: Int64] = [:]
        var single: [Int64: [Int64]] = [:]
        for pair in bounds.all {
            if let fitting = pair.fitting { estimates[pair.key] = fitting } else { single[pair.key] = [] }
        }
        guard !single.isEmpty else { return estimates }
        forEachPair(trace, emitters) { key, low, high in
            single[key]?.append(Swift.min(Swift.max(0, low), high))
        }
        for (key, values) in single { estimates[key] = values.sorted()[values.count / 2] }
        return estimates
    }

    /// Tells for every child of another emitter between which shifts its span would fit below its parent.
    @inline(__always) private static func forEachPair(
        _ trace: Trace, _ emitters: Emitters, _ body: (_ key: Int64, _ low: Int64, _ high: Int64) -> Void
    ) {
        trace.withTree { tree in
            emitters.numbers.withUnsafeBufferPointer { emitters in
                // There is an emitter for every span.
                for number in tree.spans.indices {
                    let above = tree.parent(of: number)
                    guard above >= 0, emitters[above] != emitters[number] else { continue }
                    let (low, high) = bounds(of: tree.spans[number], below: tree.spans[above])
                    body(key(emitters[above], emitters[number]), low, high)
                }
            }
        }
    }

    @inline(__always)
    private static func bounds(of span: TraceSpan, below parent: TraceSpan) -> (low: Int64, high: Int64) {
        let low = difference(parent.start, span.start)
        var high = limit
        if isAnswered(parent, by: span), span.duration <= parent.duration {
            high = Swift.max(difference(parent.end, span.end), low)
        }
        let tolerated = low > 0 && low <= rounding
        let fits = high < 0 && high >= -rounding
        return (tolerated ? 0 : low, fits ? 0 : high)
    }

    /// Whether the parent waited for the answer of the child for all we know: a timed-out client ends before its server.
    private static func isAnswered(_ parent: TraceSpan, by child: TraceSpan) -> Bool {
        parent.kind == .client && child.kind == .server
            && parent.status != .error && !parent.isOpen && !child.isOpen
    }

    /// The offset of each emitter against the first root's.
    private static func clocks(_ trace: Trace, _ emitters: Emitters, _ estimates: [Int64: Int64]) -> [Int64] {
        var clocks = [Int64](repeating: 0, count: emitters.count)
        var isSet = [Bool](repeating: false, count: emitters.count)
        for number in trace.order.lazy.map({ Int($0) }) {
            let emitter = emitters.numbers[number]
            guard !isSet[Int(emitter)] else { continue }
            isSet[Int(emitter)] = true
            guard let above = trace.spans[number].parent else { continue }
            let offset = estimates[key(emitters.numbers[above], emitter)] ?? 0
            let sum = clocks[Int(emitters.numbers[above])].addingReportingOverflow(offset)
            clocks[Int(emitter)] = Swift.min(Swift.max(sum.overflow ? 0 : sum.partialValue, -limit), limit)
        }
        return clocks
    }

    private static func key(_ above: Int32, _ below: Int32) -> Int64 { Int64(above) << 32 | Int64(below) }

    private static func difference(_ a: UInt64, _ b: UInt64) -> Int64 {
        a >= b ? Int64(Swift.min(a - b, UInt64(limit))) : -Int64(Swift.min(b - a, UInt64(limit)))
    }
}
