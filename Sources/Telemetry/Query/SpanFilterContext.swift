/// What a filter may ask about a span that its own row cannot answer.
///
/// Whoever knows traces and journeys hands one to `BoundSpanPredicate`; rows are those of the bound table. A
/// context answers only what it knows: without an answer a clause is false.
package protocol SpanFilterContext {
    /// Name of the root span of the row's trace; nil while it has not been seen.
    func rootName(_ row: Int) -> String?
    /// Service of the root span of the row's trace; nil while it has not been seen.
    func rootService(_ row: Int) -> String?
    /// Nanoseconds of the span that no child covers.
    func selfTime(_ row: Int) -> UInt64?
    /// Number of spans in the row's trace.
    func spanCount(_ row: Int) -> UInt64?
    /// Journeys that the row's trace is a run of.
    func journeys(_ row: Int) -> [String]
    /// Journey steps that the span reaches.
    func steps(_ row: Int) -> [String]
    /// States of those journeys.
    func states(_ row: Int) -> [String]
    /// Whether some span of the row's trace matches.
    func trace(of row: Int, hasSpanMatching predicate: SpanPredicate) -> Bool
}

extension SpanFilterContext {
    /// Not known.
    package func rootName(_ row: Int) -> String? { nil }
    /// Not known.
    package func rootService(_ row: Int) -> String? { nil }
    /// Not known.
    package func selfTime(_ row: Int) -> UInt64? { nil }
    /// Not known.
    package func spanCount(_ row: Int) -> UInt64? { nil }
    /// None.
    package func journeys(_ row: Int) -> [String] { [] }
    /// None.
    package func steps(_ row: Int) -> [String] { [] }
    /// None.
    package func states(_ row: Int) -> [String] { [] }
    /// No.
    package func trace(of row: Int, hasSpanMatching predicate: SpanPredicate) -> Bool { false }
}
