/// The bytes of a file that were read and not yet used up; grows to the longest record.
final class RecordBuffer {
    private var base: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Where the first byte lies in the unpacked file.
    private(set) var offset = 0
    /// The number of the first byte's line, from one.
    private(set) var line = 1
    /// How many bytes of that line were used up.
    private(set) var column = 0

    private let firstCapacity: Int

    init(capacity: Int) {
        firstCapacity = max(16, capacity)
        base = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit { base.deallocate() }

    /// What is there.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: base[start..<end]) }

    /// How much is there.
    var count: Int { end - start }

    /// Room for at least one byte, with the whole buffer doubled when the bytes fill it.
    func room(upTo wanted: Int) -> UnsafeMutableRawBufferPointer {
        if start > 0, base.count - end < wanted { moveToFront() }
        if end == base.count { grow() }
        return UnsafeMutableRawBufferPointer(rebasing: base[end..<min(base.count, end + max(1, wanted))])
    }

    /// Says that so many bytes were written into the room.
    func filled(_ count: Int) { end = min(base.count, end + count) }

    /// Forgets bytes from the front that are no part of the text.
    func skip(_ count: Int) {
        use(count, lines: 0)
        column = 0
    }

    /// Forgets bytes from the front, with so many line ends among them.
    func use(_ count: Int, lines: Int) {
        let lineEnd = lines > 0 ? base[start..<start + count].lastIndex(of: 0x0A) : nil
        column = lineEnd.map { start + count - $0 - 1 } ?? (lines > 0 ? 0 : column + count)
        start += count
        offset += count
        line += lines
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Forgets all bytes; the next one that is read lies at this place of the unpacked file.
    func jump(to place: Int) {
        start = 0
        end = 0
        offset = place
    }

    /// Gives the memory back when nothing is in it: a file that is only waited for needs none.
    func rest() {
        guard start == end else { return }
        base.deallocate()
        base = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        start = 0
        end = 0
    }

    /// Cuts so many bytes off the front, together with the memory they lie in; what follows them moves to other memory.
    ///
    /// - Parameters:
    ///   - spare: Memory to go on with, given away; other memory is taken when it is too small.
    ///   - capacity: How many bytes are to have room there.
    ///   - body: Takes over the memory; is told where in it the bytes lie, and where in the unpacked file.
    func cut<R>(
        _ count: Int, spare: UnsafeMutableRawBufferPointer?, capacity: Int,
        _ body: (UnsafeMutableRawBufferPointer, Range<Int>, Int) -> R
    ) -> R {
        let rest = UnsafeRawBufferPointer(rebasing: base[start + count..<end])
        var next = spare ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
        if next.count < max(rest.count + 1, capacity) {
            next.deallocate()
            next = .allocate(byteCount: max(firstCapacity, rest.count + 1, capacity), alignment: 16)
        }
        next.copyMemory(from: rest)
        let result = body(base, start..<start + count, offset)
        base = next
        end = rest.count
        start = 0
        offset += count
        return result
    }

    private func moveToFront() {
        let rest = UnsafeRawBufferPointer(rebasing: base[start..<end])
        base.copyMemory(from: rest)
        end -= start
        start = 0
    }

    private func grow() {
        let capacity = max(firstCapacity, base.count * 2)
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: bytes)
        end -= start
        start = 0
        base.deallocate()
        base = larger
    }
}
