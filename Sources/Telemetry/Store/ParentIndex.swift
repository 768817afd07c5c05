/// Finds the spans of a trace that have an id, also where hostile data gives one id to all of them.
///
/// One flat table from id to the first span that has it, with a seed of the process, so that no sender can choose ids
/// that meet in it.
struct ParentIndex {
    /// The first two spans of some kind, so that one is left when a span looks for another than itself.
    private struct FirstTwo {
        private var first: Int?
        private var second: Int?

        mutating func add(_ number: Int) {
            if first == nil { first = number } else if second == nil { second = number }
        }

        func other(than number: Int) -> Int? { first == number ? second : first }
    }

    /// The spans that share one id.
    private struct Sharing {
        var all = FirstTwo()
        var byKind: [SpanKind: FirstTwo] = [:]
        var byService: [Symbol: FirstTwo] = [:]

        mutating func add(_ number: Int, _ span: TraceSpan) {
            all.add(number)
            byKind[span.kind, default: FirstTwo()].add(number)
            byService[span.serviceSymbol, default: FirstTwo()].add(number)
        }
    }

    /// The number of the first span with an id, plus one; zero for a free slot. At least half of the slots are free.
    private var slots: [UInt32]
    private let mask: Int
    private let seed: UInt64
    /// The spans of each id that more than one has.
    private var shared: [SpanID: Sharing] = [:]

    init(_ spans: UnsafeBufferPointer<TraceSpan>) {
        var size = 16
        while size < spans.count * 2 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        mask = size - 1
        // The standard library's hashes begin differently in every process.
        seed = UInt64(bitPattern: Int64(Hasher().finalize()))
        var again: [(earlier: Int, number: Int)] = []
        slots.withUnsafeMutableBufferPointer { slots in
            for number in spans.indices {
                // A slot's number is cut to the mask, so that it lies below the count.
                let slot = Self.slot(of: spans[number].id, in: spans, slots.baseAddress, mask, seed)
                if slots[slot] == 0 {
                    slots[slot] = UInt32(truncatingIfNeeded: number + 1)
                } else {
                    again.append((Int(slots[slot]) - 1, number))
                }
            }
        }
        for (earlier, number) in again { share(earlier, number, spans) }
    }

    private mutating func share(_ earlier: Int, _ number: Int, _ spans: UnsafeBufferPointer<TraceSpan>) {
        let id = spans[number].id
        if shared[id] == nil {
            var sharing = Sharing()
            sharing.add(earlier, spans[earlier])
            shared[id] = sharing
        }
        shared[id]?.add(number, spans[number])
    }

    /// The slot of an id, or the free one where it belongs.
    @inline(__always) private static func slot(
        of id: SpanID, in spans: UnsafeBufferPointer<TraceSpan>, _ slots: UnsafeMutablePointer<UInt32>?, _ mask: Int,
        _ seed: UInt64
    ) -> Int {
        guard let slots else { return 0 }
        var slot = Int(truncatingIfNeeded: mixed(id.value ^ seed)) & mask
        // Every slot's number is that of a span or zero, and half of the slots are free.
        while slots[slot] != 0, spans[Int(slots[slot]) &- 1].id.value != id.value { slot = (slot &+ 1) & mask }
        return slot
    }

    private func first(_ id: SpanID, in spans: UnsafeBufferPointer<TraceSpan>) -> Int? {
        var slot = Int(truncatingIfNeeded: mixed(id.value ^ seed)) & mask
        while slots[slot] != 0, spans[Int(slots[slot]) - 1].id != id { slot = (slot + 1) & mask }
        return slots[slot] == 0 ? nil : Int(slots[slot]) - 1
    }

    /// How far a parent is looked for among the spans that ran when its child began.
    private static let nearby = 6

    /// The parent of a span where no id is shared: mostly the span before it or one that this lies in, whose parents are
    /// known already.
    private func onlyParent(of number: Int, in spans: UnsafeBufferPointer<TraceSpan>) -> Int? {
        let wanted = spans[number].parentID
        var candidate = number - 1
        for _ in 0..<Self.nearby where candidate >= 0 {
            if spans[candidate].id == wanted { return candidate }
            candidate = Int(spans[candidate].parentCode)
        }
        return first(wanted, in: spans).flatMap { $0 == number ? nil : $0 }
    }

    /// Chooses a span's parent; those of the spans before it must be known.
    ///
    /// Zipkin's client and server halves share an id: the server half hangs under the client half, and children hang
    /// under the half of their own service, else under the server half.
    func parent(of number: Int, in spans: UnsafeBufferPointer<TraceSpan>) -> Int? {
        let span = spans[number]
        if !shared.isEmpty, span.kind == .server || span.kind == .consumer {
            let calling: SpanKind = span.kind == .server ? .client : .producer
            if let half = shared[span.id]?.byKind[calling]?.other(than: number) { return half }
        }
        guard !span.parentID.isZero else { return nil }
        guard !shared.isEmpty else { return onlyParent(of: number, in: spans) }
        guard let sharing = shared[span.parentID] else {
            return first(span.parentID, in: spans).flatMap { $0 == number ? nil : $0 }
        }
        return sharing.byService[span.serviceSymbol]?.other(than: number)
            ?? sharing.byKind[.server]?.other(than: number) ?? sharing.all.other(than: number)
    }
}
