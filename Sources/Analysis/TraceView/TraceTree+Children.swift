import Telemetry

// Here and not where the tree is declared, so that loops over all spans take them in without calls.
extension TraceTree {
    /// The numbers of the children of a span, by start, then by id.
    @inline(__always) func children(of span: Int) -> UnsafeBufferPointer<Int32> {
        // There is one offset more than there are spans, and offsets lie within the child numbers.
        let first = Int(childOffsets[span])
        let count = Int(childOffsets[span &+ 1]) &- first
        return UnsafeBufferPointer(start: childNumbers.baseAddress.map { $0 + first }, count: count)
    }

    /// The number of the parent; negative for a root.
    @inline(__always) func parent(of span: Int) -> Int { Int(spans[span].parentCode) }
}
