/// Where the elements of a packed ``Column`` come from: they are worked out from packed numbers whenever they are read.
///
/// Columns are named by the number of their first block in the ``PackedNumbers``.
package final class ColumnSource: Sendable {
    /// How an element is worked out.
    enum Form: Sendable {
        /// Numbers as they are.
        case plain(Int)
        /// The places of numbers in another column, which has every one of them once.
        case listed(Int, in: Int)
        /// A number and the signed distance to it, which is kept with its sign bit turned over.
        case distance(Int, from: Int)
        /// Two halves of 32 bits.
        case halves(high: Int, low: Int)
        /// Places of numbers in another column with `count` rows: a row's own place stands for zero, and places from
        /// `count` on for those of a third column.
        case rows(Int, in: Int, count: Int, orElse: Int)
    }

    /// How many elements can be written out at a time.
    @usableFromInline static let blockSize = PackedNumbers.blockSize

    private let numbers: PackedNumbers
    private let form: Form

    init(_ numbers: PackedNumbers, _ form: Form) {
        self.numbers = numbers
        self.form = form
    }

    /// The element at an index, which the column has compared with its count.
    @usableFromInline func number(at index: Int) -> UInt64 {
        switch form {
        case .plain(let column): return numbers.number(column, index)
        case .listed(let places, let column): return numbers.number(column, Int(numbers.number(places, index)))
        case .distance(let distances, let column):
            return numbers.number(column, index) &+ (numbers.number(distances, index) ^ 1 << 63)
        case .halves(let high, let low): return numbers.number(high, index) << 32 | numbers.number(low, index)
        case .rows(let places, let column, let count, let others):
            let place = Int(numbers.number(places, index))
            if place == index { return 0 }
            return place < count ? numbers.number(column, place) : numbers.number(others, place - count)
        }
    }

    /// Writes the elements of the block that begins at an index; the caller has compared their end with the count.
    @usableFromInline func write(_ start: Int, _ count: Int, into target: UnsafeMutablePointer<UInt64>) {
        let block = start / PackedNumbers.blockSize
        switch form {
        case .plain(let column): numbers.unpack(numbers.block(column + block), count, into: target)
        case .distance(let distances, let column):
            numbers.unpack(numbers.block(distances + block), count, into: target)
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { others in
                guard let base = others.baseAddress else { return }
                numbers.unpack(numbers.block(column + block), count, into: base)
                for index in 0..<count { target[index] = base[index] &+ (target[index] ^ 1 << 63) }
            }
        case .listed(let places, let column):
            numbers.unpack(numbers.block(places + block), count, into: target)
            for index in 0..<count { target[index] = numbers.number(column, Int(target[index])) }
        case .halves, .rows:
            for index in 0..<count { target[index] = number(at: start + index) }
        }
    }
}
