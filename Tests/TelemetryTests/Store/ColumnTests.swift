import Telemetry
import Testing

@Suite struct ColumnTests {
    private func elements(_ column: Column<Int>) -> [Int] { (0..<column.count).map { column[$0] } }

    @Test func aCopyDoesNotSeeLaterAppends() {
        var writer = Column<Int>()
        var copies: [Column<Int>] = []
        for number in 0..<100 {
            copies.append(writer)
            writer.append(number)
        }
        for (count, copy) in copies.enumerated() { #expect(elements(copy) == Array(0..<count)) }
        #expect(elements(writer) == Array(0..<100))
    }

    @Test func twoCopiesThatAppendPart() {
        var one = Column([1, 2, 3])
        var other = one
        one.append(10)
        other.append(20)
        one.append(11)
        [21, 22].withUnsafeBufferPointer { other.append(contentsOf: $0) }
        #expect(elements(one) == [1, 2, 3, 10, 11])
        #expect(elements(other) == [1, 2, 3, 20, 21, 22])
    }

    @Test func truncatingDoesNotChangeACopy() {
        var column = Column([1, 2, 3, 4])
        let copy = column
        column.truncate(to: 2)
        column.append(9)
        #expect(elements(column) == [1, 2, 9])
        #expect(elements(copy) == [1, 2, 3, 4])
        column.truncate(to: 7)
        #expect(column.count == 3)
        column.truncate(to: 0)
        #expect(column.isEmpty)
    }

    @Test func randomCopiesAppendsAndTruncationsMatchArrays() {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededRandom(seed)
            var columns = [Column<Int>(capacity: 2)]
            var arrays: [[Int]] = [[]]
            for step in 0..<300 {
                let place = Int.random(in: 0..<columns.count, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0 where columns.count < 6:
                    columns.append(columns[place])
                    arrays.append(arrays[place])
                case 1 where columns.count > 1:
                    columns.remove(at: place)
                    arrays.remove(at: place)
                case 2:
                    let count = Int.random(in: 0...arrays[place].count, using: &random)
                    columns[place].truncate(to: count)
                    arrays[place].removeSubrange(count...)
                case 3:
                    let more = (0..<Int.random(in: 0...20, using: &random)).map { $0 + step * 100 }
                    more.withUnsafeBufferPointer { columns[place].append(contentsOf: $0) }
                    arrays[place] += more
                case 4: columns[place].reserveCapacity(arrays[place].count + 5)
                default:
                    columns[place].append(step)
                    arrays[place].append(step)
                }
            }
            for place in columns.indices { #expect(elements(columns[place]) == arrays[place], "seed \(seed)") }
        }
    }
}
