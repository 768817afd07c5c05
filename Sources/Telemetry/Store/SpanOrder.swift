/// Puts the spans of a trace in order.
enum SpanOrder {
    /// Below this many spans comparing is quicker than counting.
    private static let fewSpans = 256
    /// From so many spans on longer digits are worth their longer counts.
    private static let manySpans = 16_384

    /// The numbers of the spans by start, then by id, then as they came; `nil` where they are in that order already.
    ///
    /// Many spans are sorted by the digits of their starts, the lowest first, 256 or 4,096 values a digit: as many
    /// passes as the trace's length has digits, none of which compares.
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

    /// The spans in an order.
    static func spans(_ spans: [TraceSpan], in order: [Int32]) -> [TraceSpan] {
        spans.withUnsafeBufferPointer { spans in
            order.withUnsafeBufferPointer { order in
                [TraceSpan](unsafeUninitializedCapacity: order.count) { target, count in
                    // The order holds numbers of spans.
                    for place in order.indices { target.initializeElement(at: place, to: spans[Int(order[place])]) }
                    count = order.count
                }
            }
        }
    }

    private static func isInOrder(_ spans: [TraceSpan]) -> Bool {
        spans.withUnsafeBufferPointer { spans in
            for number in 1..<max(1, spans.count) {
                let (before, after) = (spans[number - 1].start, spans[number].start)
                if before > after || (before == after && spans[number - 1].id > spans[number].id) { return false }
            }
            return true
        }
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
        var keys = spans.withUnsafeBufferPointer { spans in
            for number in spans.indices {
                low = min(low, spans[number].start)
                high = max(high, spans[number].start)
            }
            return spans.indices.map {
                Keyed(key: spans[$0].start &- low, number: Int32(truncatingIfNeeded: $0))
            }
        }
        var sorted = keys
        let bits = UInt64.bitWidth - (high - low).leadingZeroBitCount
        let digitBits = spans.count < manySpans ? 8 : 12
        var places = [Int32](repeating: 0, count: 1 << digitBits)
        for shift in stride(from: 0, to: bits, by: digitBits) {
            keys.withUnsafeBufferPointer { keys in
                sorted.withUnsafeMutableBufferPointer { sorted in
                    places.withUnsafeMutableBufferPointer { pass(keys, by: UInt64(shift), into: sorted, $0) }
                }
            }
            swap(&keys, &sorted)
        }
        for place in order.indices { order[place] = keys[place].number }
    }

    /// Puts keys in the order of one digit; `places` has one for each value of it.
    private static func pass(
        _ keys: UnsafeBufferPointer<Keyed>, by shift: UInt64, into sorted: UnsafeMutableBufferPointer<Keyed>,
        _ places: UnsafeMutableBufferPointer<Int32>
    ) {
        let mask = UInt64(places.count - 1)
        places.update(repeating: 0)
        // Digits are cut to the mask; the counts of all digits add up to the count of the keys, for which `sorted` has room.
        for keyed in keys { places[Int(truncatingIfNeeded: keyed.key &>> shift & mask)] &+= 1 }
        var sum: Int32 = 0
        for digit in places.indices { (places[digit], sum) = (sum, sum &+ places[digit]) }
        for keyed in keys {
            let digit = Int(truncatingIfNeeded: keyed.key &>> shift & mask)
            sorted[Int(places[digit])] = keyed
            places[digit] &+= 1
        }
    }

    private static func sortEqualStarts(_ order: inout [Int32], _ spans: [TraceSpan]) {
        order.withUnsafeMutableBufferPointer { order in
            spans.withUnsafeBufferPointer { spans in
                // The order holds numbers of spans.
                var begin = 0
                while begin < order.count {
                    let start = spans[Int(order[begin])].start
                    var end = begin + 1
                    // They came in this order, so that only ids can be out of it, and mostly none is.
                    var isInOrder = true
                    while end < order.count, spans[Int(order[end])].start == start {
                        if spans[Int(order[end])].id < spans[Int(order[end - 1])].id { isInOrder = false }
                        end += 1
                    }
                    if !isInOrder {
                        order[begin..<end].sort {
                            let (a, b) = (spans[Int($0)].id, spans[Int($1)].id)
                            return a != b ? a < b : $0 < $1
                        }
                    }
                    begin = end
                }
            }
        }
    }
}
