/// Whole numbers of many columns in little memory.
///
/// A column is cut into blocks of 1,024 numbers. A block keeps its smallest number once and of every number the
/// difference to it, in as many bits as the largest difference needs, one after another: nothing where all are equal.
/// Bits are counted from the lowest of the first byte, and eight bytes stand free behind the last block, so that
/// reading a number is one load of eight bytes, a shift and a mask, wherever it stands and whatever its width.
///
/// Unchecked: written by a ``Builder`` before anybody else can see it, and never again.
final class PackedNumbers: @unchecked Sendable {
    /// How many numbers a block has; the last of a column may have fewer.
    static let blockSize = 1024

    struct Block: BitwiseCopyable {
        /// The smallest number.
        let base: UInt64
        /// The place of the first byte.
        let place: UInt32
        /// Bits a number: at most 57, so that a number never crosses nine bytes, or else 64.
        let width: UInt32

        /// The largest difference that the width allows.
        @inline(__always) var mask: UInt64 { (1 << UInt64(width)) &- 1 }
    }

    private let blocks: UnsafeMutableBufferPointer<Block>
    private let bytes: UnsafeMutableRawBufferPointer

    fileprivate init(_ builder: Builder) {
        blocks = .allocate(capacity: builder.blocks.count)
        _ = blocks.initialize(from: builder.blocks)
        bytes = .allocate(byteCount: builder.used + Builder.margin, alignment: 8)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        // Both have at least the bytes that were used.
        bytes.baseAddress?.copyMemory(from: builder.bytes, byteCount: builder.used)
    }

    deinit {
        blocks.deallocate()
        bytes.deallocate()
    }

    /// The memory held, in bytes.
    var byteCount: Int { bytes.count + blocks.count * MemoryLayout<Block>.stride }

    /// A number that depends on every byte.
    var checksum: UInt64 {
        var sum = hashed(UnsafeRawBufferPointer(bytes))
        for block in blocks { sum = mixed(sum ^ block.base) ^ UInt64(block.place) << 32 ^ UInt64(block.width) }
        return sum
    }

    /// A block by its number.
    @inline(__always) func block(_ number: Int) -> Block {
        precondition(number >= 0 && number < blocks.count, "no such block of packed numbers")
        return blocks[number]
    }

    /// The number at `index` of the column whose blocks begin with `first`.
    ///
    /// The caller has compared `index` with the column's count; the block is one of these numbers in any case.
    @inline(__always) func number(_ first: Int, _ index: Int) -> UInt64 {
        let block = block(first &+ index >> 10)
        let bit = (index & (PackedNumbers.blockSize - 1)) &* Int(block.width)
        // Of a block's `count` numbers the bits end at `count * width`; a load begins at or before the last number's
        // first byte, so it ends within the eight free bytes behind the last block.
        let word = load(Int(block.place) &+ bit >> 3)
        return (word >> UInt64(bit & 7)) & block.mask &+ block.base
    }

    @inline(__always) private func load(_ place: Int) -> UInt64 {
        precondition(place >= 0 && place &+ 8 <= bytes.count, "packed numbers end before this place")
        return bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    }

    /// Where a block's bytes begin, of which `count` numbers must be there; they stay as long as the packed numbers do.
    @inline(__always) func start(_ block: Block, _ count: Int) -> UnsafeRawPointer? {
        let end = Int(block.place) + (count * Int(block.width) + 7) >> 3 + Builder.margin
        precondition(count <= PackedNumbers.blockSize && end <= bytes.count, "packed numbers end within this block")
        return bytes.baseAddress.map { UnsafeRawPointer($0) + Int(block.place) }
    }

    /// Writes the first `count` numbers of a block.
    func unpack(_ block: Block, _ count: Int, into target: UnsafeMutablePointer<UInt64>) {
        guard let source = start(block, count), block.width > 0 else {
            return target.update(repeating: block.base, count: count)
        }
        let mask = block.mask
        let base = block.base
        let width = Int(block.width)
        for index in 0..<count {
            let bit = index &* width
            // `count` numbers of this width are there (`start`), and eight bytes behind them.
            let word = source.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
            target[index] = (word >> UInt64(bit & 7)) & mask &+ base
        }
    }

    /// Calls `body` with the first `count` numbers of the column whose blocks begin with `first`, each with its index.
    @inline(__always) func forEach(_ first: Int, _ count: Int, _ body: (_ index: Int, _ number: UInt64) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: PackedNumbers.blockSize) { numbers in
            guard let base = numbers.baseAddress else { return }
            for start in stride(from: 0, to: count, by: PackedNumbers.blockSize) {
                let size = min(PackedNumbers.blockSize, count - start)
                unpack(block(first + start / PackedNumbers.blockSize), size, into: base)
                for index in 0..<size { body(start &+ index, base[index]) }
            }
        }
    }

    /// Writes the first `count` differences of a block, cut to 32 bits; the caller adds the block's base.
    func unpack(_ block: Block, _ count: Int, into target: UnsafeMutablePointer<UInt32>) {
        guard let source = start(block, count), block.width > 0 else {
            return target.update(repeating: 0, count: count)
        }
        // `count` numbers of this width are there (`start`), and as many places in the target (the caller).
        switch block.width {
        case 8: widen(source.assumingMemoryBound(to: UInt8.self), count, target)
        case 16: widen(source, UInt16.self, count, target)
        case 32: widen(source, UInt32.self, count, target)
        case 64: widen(source, UInt64.self, count, target)
        default:
            let mask = block.mask
            let width = Int(block.width)
            var bit = 0
            for index in 0..<count {
                let word = source.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
                target[index] = UInt32(truncatingIfNeeded: (word >> UInt64(bit & 7)) & mask)
                bit &+= width
            }
        }
    }

    @inline(__always)
    private func widen(_ source: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt32>) {
        for index in 0..<count { target[index] = UInt32(source[index]) }
    }

    @inline(__always) private func widen<Number: FixedWidthInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer, _: Number.Type, _ count: Int, _ target: UnsafeMutablePointer<UInt32>
    ) {
        for index in 0..<count {
            let number = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Number>.size, as: Number.self)
            target[index] = UInt32(truncatingIfNeeded: number)
        }
    }

    /// Writes for the first `count` numbers of a block whether they lie in a range: 1 or 0.
    func isInside(
        _ range: ClosedRange<UInt64>, _ block: Block, _ count: Int, into target: UnsafeMutablePointer<UInt8>
    ) {
        // In differences: below the base nothing is, and above it no more than the mask.
        let low = range.lowerBound > block.base ? range.lowerBound - block.base : 0
        guard range.upperBound >= block.base, low <= block.mask, let source = start(block, count) else {
            return target.update(repeating: 0, count: count)
        }
        let high = min(range.upperBound - block.base, block.mask)
        if low == 0 && high == block.mask { return target.update(repeating: 1, count: count) }
        switch block.width {
        case 8: compare(source, UInt8(low), UInt8(high), count, target)
        case 16: compare(source, UInt16(low), UInt16(high), count, target)
        case 32: compare(source, UInt32(low), UInt32(high), count, target)
        case 64: compare(source, low, high, count, target)
        default:
            let mask = block.mask
            let width = Int(block.width)
            for index in 0..<count {
                let bit = index &* width
                let word = source.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
                target[index] = (word >> UInt64(bit & 7)) & mask &- low <= high &- low ? 1 : 0
            }
        }
    }

    @inline(__always) private func compare<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ low: Number, _ high: Number, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
    ) {
        let size = high &- low
        for index in 0..<count {
            let number = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Number>.size, as: Number.self)
            target[index] = number &- low <= size ? 1 : 0
        }
    }

    // MARK: - Writing

    /// Takes columns one after another.
    final class Builder {
        /// Free bytes behind the last block.
        fileprivate static let margin = 8

        fileprivate var blocks: [Block] = []
        fileprivate var bytes: UnsafeMutableRawPointer
        fileprivate var used = 0
        private var capacity: Int
        private var isTooLong = false

        init(capacity: Int) {
            self.capacity = max(capacity, 1 << 12)
            bytes = .allocate(byteCount: self.capacity, alignment: 8)
        }

        deinit { bytes.deallocate() }

        /// How many bytes there are so far.
        var byteCount: Int { used + blocks.count * MemoryLayout<Block>.stride }

        /// What was added, in as much memory as it needs; nil when that is more than places can count.
        func finish() -> PackedNumbers? { isTooLong ? nil : PackedNumbers(self) }

        /// Adds a column and gives the number of its first block.
        ///
        /// - Parameter isWhole: rounds widths up to 8, 16, 32 or 64 bits, which are read faster in a row.
        func add<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
            _ numbers: UnsafeBufferPointer<Number>, isWhole: Bool = false
        ) -> Int {
            let first = blocks.count
            guard let base = numbers.baseAddress else { return first }
            var start = 0
            while start < numbers.count {
                // The block's numbers lie within the buffer.
                let count = min(PackedNumbers.blockSize, numbers.count - start)
                addBlock(base + start, count, isWhole)
                start += count
            }
            return first
        }

        private func addBlock<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
            _ numbers: UnsafePointer<Number>, _ count: Int, _ isWhole: Bool
        ) {
            var low = numbers[0]
            var high = numbers[0]
            for index in 0..<count {
                low = min(low, numbers[index])
                high = max(high, numbers[index])
            }
            let width = Self.width(of: UInt64(high &- low), isWhole: isWhole)
            isTooLong = isTooLong || used > Int(UInt32.max) - (16 << 10)
            blocks.append(
                Block(base: UInt64(low), place: UInt32(truncatingIfNeeded: used), width: UInt32(width)))
            guard width > 0, !isTooLong else { return }
            let target = room((count * width + 7) >> 3)
            switch width {
            case 8: Self.narrow(numbers, count, low, UInt8.self, target)
            case 16: Self.narrow(numbers, count, low, UInt16.self, target)
            case 32: Self.narrow(numbers, count, low, UInt32.self, target)
            case 64: Self.narrow(numbers, count, low, UInt64.self, target)
            default: Self.pack(numbers, count, low, width, target)
            }
        }

        private static func width(of difference: UInt64, isWhole: Bool) -> Int {
            let bits = 64 - difference.leadingZeroBitCount
            guard isWhole, bits > 0 else { return bits > 57 ? 64 : bits }
            return bits <= 8 ? 8 : bits <= 16 ? 16 : bits <= 32 ? 32 : 64
        }

        /// Makes room for so many bytes and as many again as one store may go beyond them.
        private func room(_ count: Int) -> UnsafeMutableRawPointer {
            if used + count + Self.margin > capacity {
                capacity = capacity * 2 + count + Self.margin
                let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
                larger.copyMemory(from: bytes, byteCount: used)
                bytes.deallocate()
                bytes = larger
            }
            defer { used += count }
            return bytes + used
        }

        @inline(__always)
        private static func narrow<
            Number: FixedWidthInteger & BitwiseCopyable, Stored: FixedWidthInteger & BitwiseCopyable
        >(
            _ numbers: UnsafePointer<Number>, _ count: Int, _ low: Number, _: Stored.Type,
            _ target: UnsafeMutableRawPointer
        ) {
            // The caller made room for `count` numbers of this size.
            for index in 0..<count {
                target.storeBytes(
                    of: Stored(truncatingIfNeeded: numbers[index] &- low),
                    toByteOffset: index &* MemoryLayout<Stored>.size, as: Stored.self)
            }
        }

        @inline(__always)
        private static func pack<Number: FixedWidthInteger & BitwiseCopyable>(
            _ numbers: UnsafePointer<Number>, _ count: Int, _ low: Number, _ width: Int,
            _ target: UnsafeMutableRawPointer
        ) {
            var word: UInt64 = 0
            var filled = 0
            var place = 0
            for index in 0..<count {
                let number = UInt64(truncatingIfNeeded: numbers[index] &- low)
                word |= number &<< UInt64(filled)
                filled &+= width
                if filled >= 64 {
                    // Whole words lie within the bytes that the caller made room for.
                    target.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
                    place &+= 8
                    filled &-= 64
                    // The bits that did not fit; none are left when the word ended with the number.
                    word = filled == 0 ? 0 : number >> UInt64(width &- filled)
                }
            }
            // Up to seven bytes past the end: there is room for them, and the next block writes over them.
            if filled > 0 { target.storeBytes(of: word, toByteOffset: place, as: UInt64.self) }
        }
    }
}
