/// Puts the spans of a trace in order.
enum SpanOrder {
    /// Below this many spans comparing is quicker than counting.
    private static let fewSpans = 256
    private static let digitBits = 8

    /// The numbers of the spans by start, then by id, then as they came; `nil` where they are in that order already.
    ///
    /// Many spans are sorted by the digits of their starts, the lowest first, 256 values a digit: as many passes as the
    /// trace's length has digits, none of which compares.
    static func byStart(_ spans: [TraceSpan]) -> [Int32]? {
        if isInOrder(spans) { return nil }
        var order = spans.indices.map { Int32(truncatingIfNeeded: $0) }
        if spans.count < fewSpans {
            order.sort { comes($0, before: $1, in: spans) }
            return order
        }
        sortByDigits(&order, spans)
        sortEqualStarts(&order, spans)
        return order
    }

    private static func isInOrder(_ spans: [TraceSpan]) -> Bool {
        for number in 1..<max(1, spans.count) {
            let (before, after) = (spans[number - 1], spans[number])
            if before.start > after.start || (before.start == after.start && before.id > after.id) { return false }
        }
        return true
    }

    private static func comes(_ a: Int32, before b: Int32, in spans: [TraceSpan]) -> Bool {
        let (first, second) = (spans[Int(a)], spans[Int(b)])
        if first.start != second.start { return first.start < second.start }
        return first.id != second.id ? first.id < second.id : a < b
    }

    private struct Keyed: BitwiseCopyable {
        let key: UInt64
        let number: Int32
    }

    private static func sortByDigits(_ order: inout [Int32], _ spans: [TraceSpan]) {
        var low = UInt64.max
        var high: UInt64 = 0
        for span in spans {
            low = min(low, span.start)
            high = max(high, span.start)
        }
        var keys = spans.indices.map { Keyed(key: spans[$0].start &- low, number: Int32(truncatingIfNeeded: $0)) }
        var sorted = keys
        let bits = UInt64.bitWidth - (high - low).leadingZeroBitCount
        let mask = UInt64(1) << UInt64(digitBits) - 1
        for shift in stride(from: 0, to: bits, by: digitBits) {
            var places = [Int](repeating: 0, count: 1 << digitBits)
            for keyed in keys { places[Int(truncatingIfNeeded: keyed.key >> UInt64(shift) & mask)] += 1 }
            var sum = 0
            for digit in places.indices { (places[digit], sum) = (sum, sum + places[digit]) }
            for keyed in keys {
                let digit = Int(truncatingIfNeeded: keyed.key >> UInt64(shift) & mask)
                sorted[places[digit]] = keyed
                places[digit] += 1
            }
            swap(&keys, &sorted)
        }
        for place in order.indices { order[place] = keys[place].number }
    }

    private static func sortEqualStarts(_ order: inout [Int32], _ spans: [TraceSpan]) {
        var begin = 0
        while begin < order.count {
            let start = spans[Int(order[begin])].start
            var end = begin + 1
            while end < order.count, spans[Int(order[end])].start == start { end += 1 }
            if end - begin > 1 { order[begin..<end].sort { comes($0, before: $1, in: spans) } }
            begin = end
        }
    }
}
