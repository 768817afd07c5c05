import Telemetry

/// What most filters ask of a span: its name, its kind and status, and its service, version and environment.
///
/// A program sends a few hundred sorts of spans, whatever their number, so what all journeys make of a sort is worked
/// out once.
struct SpanSort {
    /// Name, process and kind with status in one number.
    let key: UInt64

    /// How many processes are told apart; past it everything is forgotten and learned anew.
    static let mostProcesses = 1 << 24
    /// How many sorts are remembered; past it everything is forgotten and learned anew.
    static let mostSorts = 1 << 16

    @inline(__always) init(name: UInt32, process: UInt32, kindAndStatus: UInt8) {
        // A process has 24 bits and kind with status 8: no two sorts are equal.
        key = UInt64(name) << 32 | UInt64(process) << 8 | UInt64(kindAndStatus)
    }
}

/// What a filter says of all spans of one sort.
enum SortVerdict: UInt8, Sendable {
    /// It selects none of them.
    case none
    /// It has to be asked about each.
    case open
    /// It selects all of them.
    case all
}

/// A filter with what can be said of a sort of spans without looking at each.
struct SortedFilter: Sendable {
    /// The filter.
    let predicate: SpanPredicate
    /// What the filter selects if every clause that a sort does not answer spoke for a span.
    fileprivate let most: SpanPredicate
    /// What it selects if none of them did; nil when there are no such clauses.
    fileprivate let least: SpanPredicate?

    init(_ expression: FilterExpression) {
        let widest = expression.answeredBySort(unless: true)
        let narrowest = expression.answeredBySort(unless: false)
        predicate = SpanPredicate(expression)
        most = SpanPredicate(widest)
        least = widest == narrowest ? nil : SpanPredicate(narrowest)
    }

    /// Makes it answer for the sorts that rows of a table have.
    func bind(to table: SpanTable) -> BoundSortedFilter {
        BoundSortedFilter(most: most.bind(to: table), least: least?.bind(to: table))
    }
}

/// A ``SortedFilter`` that answers for the sorts that rows of one table have.
struct BoundSortedFilter {
    fileprivate let most: BoundSpanPredicate
    fileprivate let least: BoundSpanPredicate?

    /// What is said of all spans of the sort that a row has.
    func verdict(onSortOf row: Int) -> SortVerdict {
        guard most.matches(row) else { return .none }
        return least?.matches(row) ?? true ? .all : .open
    }
}

extension FilterExpression {
    /// The filter with a fixed answer in place of every clause that a sort of spans does not decide: `answer` where a
    /// match speaks for the span, the opposite where it speaks against. So for `true` it selects at least what the filter
    /// does, for `false` at most. The depth is bounded by ``FilterLimits/depth``.
    fileprivate func answeredBySort(unless answer: Bool) -> FilterExpression {
        switch self {
        case .and(let parts): .and(parts.map { $0.answeredBySort(unless: answer) })
        case .or(let parts): .or(parts.map { $0.answeredBySort(unless: answer) })
        case .not(let inner): .not(inner.answeredBySort(unless: !answer))
        case .word: self
        case .comparison(let field, _, _), .oneOf(let field, _), .exists(let field):
            field.isOfSort ? self : FilterExpression.fixed(answer)
        case .trace: FilterExpression.fixed(answer)
        }
    }

    private static func fixed(_ answer: Bool) -> FilterExpression { answer ? .everything : .not(.everything) }
}

extension FilterField {
    /// Whether all spans of a sort have the same value.
    fileprivate var isOfSort: Bool {
        switch self {
        case .intrinsic(.name), .intrinsic(.kind), .intrinsic(.status): true
        case .intrinsic(.service), .intrinsic(.version), .intrinsic(.env): true
        case .intrinsic, .attribute: false
        }
    }
}

/// Numbers by 64-bit keys, for one look-up a span: open addressing in one piece of memory.
struct SortIndex: Sendable {
    /// A key with its number; a negative number is a free place.
    struct Place: Sendable {
        var key: UInt64 = 0
        var number: Int32 = -1
    }

    private(set) var places = [Place](repeating: Place(), count: 256)
    private(set) var count = 0

    /// The number of a key among places whose count is a power of two with a free one among them; negative for none.
    @inline(__always)
    static func number(of key: UInt64, in places: UnsafeBufferPointer<Place>) -> Int32 {
        let mask = places.count &- 1
        var slot = Int(truncatingIfNeeded: SortIndex.spread(key)) & mask
        while places[slot].number >= 0 {
            if places[slot].key == key { return places[slot].number }
            slot = (slot &+ 1) & mask
        }
        return -1
    }

    /// The number of a key; negative for none.
    func number(of key: UInt64) -> Int32 { places.withUnsafeBufferPointer { SortIndex.number(of: key, in: $0) } }

    /// Adds a key that is not there, with a number that is not negative.
    mutating func insert(_ key: UInt64, _ number: Int32) {
        if (count + 1) * 2 > places.count {
            let old = places
            places = Array(repeating: Place(), count: old.count * 2)
            for place in old where place.number >= 0 { put(place) }
        }
        put(Place(key: key, number: number))
        count += 1
    }

    private mutating func put(_ place: Place) {
        var slot = Int(truncatingIfNeeded: SortIndex.spread(place.key)) & (places.count - 1)
        while places[slot].number >= 0 { slot = (slot + 1) & (places.count - 1) }
        places[slot] = place
    }

    @inline(__always)
    private static func spread(_ key: UInt64) -> UInt64 {
        let product = key &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 32)
    }
}

/// The columns that are read for every row, as plain memory.
///
/// Reading an element of a ``Column`` counts references to its storage; here that is done once.
struct RunColumns {
    let table: SpanTable
    let names: UnsafeBufferPointer<UInt32>
    let resourceOf: UnsafeBufferPointer<UInt32>
    let kindAndStatus: UnsafeBufferPointer<UInt8>
    let parentIDs: UnsafeBufferPointer<UInt64>
    let traceHigh: UnsafeBufferPointer<UInt64>
    let traceLow: UnsafeBufferPointer<UInt64>
    let spanIDs: UnsafeBufferPointer<UInt64>
    let starts: UnsafeBufferPointer<UInt64>
    let ends: UnsafeBufferPointer<UInt64>
    let traceStates: UnsafeBufferPointer<UInt32>
    let attributeShapes: UnsafeBufferPointer<UInt32>

    /// Lends the columns of a table during a call.
    static func with<Answer>(_ table: SpanTable, _ body: (RunColumns) -> Answer) -> Answer {
        table.names.withUnsafeBuffer { names in
            table.resourceOf.withUnsafeBuffer { resourceOf in
                table.kindAndStatus.withUnsafeBuffer { kindAndStatus in
                    table.parentIDs.withUnsafeBuffer { parentIDs in
                        withTimes(of: table) { starts, ends in
                            withIDs(of: table) { traceHigh, traceLow, spanIDs in
                                withCodes(of: table) { traceStates, attributeShapes in
                                    body(
                                        RunColumns(
                                            table: table, names: names, resourceOf: resourceOf,
                                            kindAndStatus: kindAndStatus, parentIDs: parentIDs, traceHigh: traceHigh,
                                            traceLow: traceLow, spanIDs: spanIDs, starts: starts, ends: ends,
                                            traceStates: traceStates, attributeShapes: attributeShapes))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func withTimes<Answer>(
        of table: SpanTable, _ body: (UnsafeBufferPointer<UInt64>, UnsafeBufferPointer<UInt64>) -> Answer
    ) -> Answer {
        table.starts.withUnsafeBuffer { starts in table.ends.withUnsafeBuffer { body(starts, $0) } }
    }

    private static func withIDs<Answer>(
        of table: SpanTable,
        _ body: (UnsafeBufferPointer<UInt64>, UnsafeBufferPointer<UInt64>, UnsafeBufferPointer<UInt64>) -> Answer
    ) -> Answer {
        table.traceHigh.withUnsafeBuffer { high in
            table.traceLow.withUnsafeBuffer { low in table.spanIDs.withUnsafeBuffer { body(high, low, $0) } }
        }
    }

    private static func withCodes<Answer>(
        of table: SpanTable, _ body: (UnsafeBufferPointer<UInt32>, UnsafeBufferPointer<UInt32>) -> Answer
    ) -> Answer {
        table.traceStates.withUnsafeBuffer { states in table.attributeShapes.withUnsafeBuffer { body(states, $0) } }
    }
}
