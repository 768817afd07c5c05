/// Judges the durations of packed rows by their codes, and by themselves only where a code does not decide.
struct DurationMarks {
    /// The durations that pass, or that do not when `isInverse`.
    private let range: ClosedRange<UInt64>
    private let isInverse: Bool
    /// The first code whose durations all lie in the range, and how many codes more; else a code that none has.
    private let inside: (first: UInt16, more: UInt16)
    /// Codes of which some durations lie in the range and some do not, or else a code that none has.
    private let edges: (low: UInt16, high: UInt16)

    init(_ range: ClosedRange<UInt64>, isInverse: Bool) {
        self.range = range
        self.isInverse = isInverse
        let low = DurationCode.code(of: range.lowerBound)
        let high = DurationCode.code(of: range.upperBound)
        let isLowWhole = range.contains(DurationCode.durations(of: low))
        let isHighWhole = range.contains(DurationCode.durations(of: high))
        edges = (isLowWhole ? DurationCode.none : low, isHighWhole ? DurationCode.none : high)
        let first = Int(low) + (isLowWhole ? 0 : 1)
        let last = Int(high) - (isHighWhole ? 0 : 1)
        inside =
            first <= last
            ? (UInt16(truncatingIfNeeded: first), UInt16(truncatingIfNeeded: last - first)) : (DurationCode.none, 0)
    }

    /// Marks the verdicts on the rows of a block.
    ///
    /// - Parameters:
    ///   - durations: the first block of the durations, with the sign bit turned over.
    ///   - rows: as many as the target has room for, from the beginning of a block on.
    func judge(_ rows: Range<Int>, _ packed: PackedTable, durations: Int, into verdicts: RowMarks) {
        let target = verdicts.bytes
        let number = rows.lowerBound / PackedNumbers.blockSize
        let bounds = packed.layout.durationBounds[number]
        let inverse: UInt8 = isInverse ? 1 : 0
        if !range.overlaps(bounds) { return target.update(repeating: inverse, count: rows.count) }
        if range.contains(bounds) { return target.update(repeating: 1 ^ inverse, count: rows.count) }
        let codes = packed.numbers.block(packed.layout.durationCodes + number)
        // A negative one counts as none.
        func isInRange(_ index: Int) -> UInt8 {
            let number = packed.numbers.number(durations, rows.lowerBound + index)
            return range.contains(number >> 63 == 0 ? 0 : number & (1 << 63 - 1)) ? 1 : 0
        }
        if codes.width == 16, let source = packed.numbers.start(codes, rows.count) {
            // `start` has found two bytes for every row, or one.
            look(source, UInt16.self, codes, rows.count, target, isInRange)
        } else if codes.width == 8, let source = packed.numbers.start(codes, rows.count) {
            look(source, UInt8.self, codes, rows.count, target, isInRange)
        } else {
            for index in 0..<rows.count { target[index] = isInRange(index) }
        }
        if isInverse { for index in 0..<rows.count { target[index] ^= 1 } }
    }

    /// Writes 1 for codes inside, 0 for codes outside, and for those that do not decide what `isInRange` says of the row.
    ///
    /// - Parameters:
    ///   - source: as many numbers as there are rows.
    ///   - block: says what is to be added to them.
    @inline(__always)
    private func look<Stored: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer, _: Stored.Type, _ block: PackedNumbers.Block, _ count: Int,
        _ target: UnsafeMutablePointer<UInt8>, _ isInRange: (Int) -> UInt8
    ) {
        // What would be added to every code is taken from what codes are compared with. No code is `none`, so none is
        // equal to it afterwards.
        let base = UInt16(truncatingIfNeeded: block.base)
        let first = inside.first &- base
        let more = inside.more
        let low = edges.low &- base
        let high = edges.high &- base
        @inline(__always) func code(_ index: Int) -> UInt16 {
            // The caller has found `count` numbers of this size.
            UInt16(
                truncatingIfNeeded: source.loadUnaligned(
                    fromByteOffset: index &* MemoryLayout<Stored>.size, as: Stored.self))
        }
        var open: UInt16 = 0
        for index in 0..<count {
            let code = code(index)
            target[index] = code &- first <= more ? 1 : 0
            open |= (code == low ? 1 : 0) | (code == high ? 1 : 0)
        }
        // Few blocks have such a row, so that it is looked for apart.
        guard open != 0 else { return }
        for index in 0..<count where code(index) == low || code(index) == high { target[index] = isInRange(index) }
    }
}

extension ClosedRange {
    /// Whether all of another range lies in this one.
    fileprivate func contains(_ other: ClosedRange) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
