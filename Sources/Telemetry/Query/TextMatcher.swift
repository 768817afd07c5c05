/// A test of texts made ready for many of them on one thread: it touches nothing that threads count together.
final class TextMatcher {
    private enum Way: BitwiseCopyable {
        case equal, other, whole, part
    }

    private let test: TextTest
    private let way: Way
    private let isNegated: Bool
    /// What a text must be, or what must stand in it.
    private let literal: Memory<UInt8>
    /// Lives as long as the test.
    private unowned(unsafe) let regex: LinearRegex?

    init(_ test: TextTest) {
        self.test = test
        var bytes: [UInt8] = []
        switch test {
        case .equal(let wanted), .notEqual(let wanted):
            bytes = wanted
            way = .equal
            regex = nil
        case .ordered:
            way = .other
            regex = nil
        case .regex(let regex, let isWhole, _, let literal):
            bytes = literal.bytes
            way = isWhole ? .whole : .part
            self.regex = regex
        }
        switch test {
        case .notEqual, .regex(_, _, isNegated: true, _): isNegated = true
        default: isNegated = false
        }
        literal = Memory(bytes.count, 0)
        for (index, byte) in bytes.enumerated() { literal[index] = byte }
    }

    deinit { literal.free() }

    /// The same as ``TextTest/matches(_:)``.
    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let wanted = UnsafeRawBufferPointer(start: literal.base, count: literal.count)
        switch way {
        case .equal:
            guard bytes.count == wanted.count else { return isNegated }
            guard let text = bytes.baseAddress, let same = wanted.baseAddress else { return !isNegated }
            // Both have so many bytes.
            return equalBytes(text, same, wanted.count) != isNegated
        case .other: return test.matches(bytes)
        case .whole:
            return (RequiredLiteral.isFound(wanted, in: bytes) && regex?.matchesWhole(bytes) == true) != isNegated
        case .part:
            return (RequiredLiteral.isFound(wanted, in: bytes) && regex?.matchesPart(bytes) == true) != isNegated
        }
    }
}
