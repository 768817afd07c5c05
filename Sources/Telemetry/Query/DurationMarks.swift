/// Judges the durations of packed rows by their codes, and by themselves only where a code does not decide.
struct DurationMarks {
    /// The durations that pass, or that do not when `isInverse`.
    private let range: ClosedRange<UInt64>
    private let isInverse: Bool
    /// The first code whose durations all lie in the range, and how many codes more; else a code that none has.
    private let inside: (first: UInt8, more: UInt8)
    /// Codes of which some durations lie in the range and some do not, or else a code that none has.
    private let edges: (low: UInt8, high: UInt8)

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
            ? (UInt8(truncatingIfNeeded: first), UInt8(truncatingIfNeeded: last - first)) : (DurationCode.none, 0)
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
        var open: UInt8 = 2
        if codes.width == 8, let source = packed.numbers.start(codes, rows.count) {
            // `start` has found a byte for every row.
            open = look(
                source.assumingMemoryBound(to: UInt8.self), UInt8(truncatingIfNeeded: codes.base), rows.count, target)
        } else {
            target.update(repeating: 2, count: rows.count)
        }
        if open & 2 != 0 {
            verdicts.forEachOpen { index in
                // Behind the block's rows stand marks of other ones.
                guard index < rows.count else { return }
                let number = packed.numbers.number(durations, rows.lowerBound + index)
                // A negative one counts as none.
                let duration = number >> 63 == 0 ? 0 : number & (1 << 63 - 1)
                target[index] = range.contains(duration) ? 1 : 0
            }
        }
        if isInverse { for index in 0..<rows.count { target[index] ^= 1 } }
    }

    /// Writes 1 for codes inside, 0 for codes outside and 2 for those that do not decide; gives all that was written.
    private func look(
        _ codes: UnsafePointer<UInt8>, _ base: UInt8, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
    ) -> UInt8 {
        let (first, more) = inside
        let (low, high) = edges
        var all: UInt8 = 0
        for index in 0..<count {
            let code = codes[index] &+ base
            let mark: UInt8 = (code &- first <= more ? 1 : 0) | (code == low ? 2 : 0) | (code == high ? 2 : 0)
            target[index] = mark
            all |= mark
        }
        return all
    }
}

extension RowMarks {
    /// Calls `body` with the number of every row whose mark is 2 or 3; it may change this row's mark.
    @inline(__always) fileprivate func forEachOpen(_ body: (Int) -> Void) {
        for number in 0..<RowMarks.wordCount {
            var word = UInt64(littleEndian: words[number]) & 0x0202_0202_0202_0202
            while word != 0 {
                body(number &* 8 &+ word.trailingZeroBitCount >> 3)
                word &= word &- 1
            }
        }
    }
}

extension ClosedRange {
    /// Whether all of another range lies in this one.
    fileprivate func contains(_ other: ClosedRange) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
