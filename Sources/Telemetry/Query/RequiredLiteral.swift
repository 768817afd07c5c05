/// A literal that stands in every text that a regular expression fits: looking for it is much faster than matching.
///
/// Found without understanding the whole expression: the longest run of plain ASCII characters outside of groups and
/// classes, when the expression has no alternatives outside of groups and sets no flags. Empty where there is none, which
/// every text has.
struct RequiredLiteral: Sendable {
    let bytes: [UInt8]

    /// The literal of an expression in RE2's syntax.
    init(of expression: String) {
        bytes = RequiredLiteral.longest(Array(expression.utf8)) ?? []
    }

    /// Whether a text has the literal.
    func isFound(in text: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes { RequiredLiteral.isFound($0, in: text) }
    }

    /// Whether bytes stand anywhere in a text; no bytes stand in every one.
    ///
    /// Eight places are looked at together: whether the first of the bytes is there, and the last one as far behind it as
    /// it should be.
    static func isFound(_ wanted: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer) -> Bool {
        guard let literal = wanted.baseAddress, let first = wanted.first, let last = wanted.last else { return true }
        guard text.count >= wanted.count, let start = text.baseAddress else { return false }
        let behind = wanted.count - 1
        // From every place up to this one on, the text has at least as many bytes as the literal.
        let end = text.count - wanted.count
        let ones: UInt64 = 0x0101_0101_0101_0101
        let firsts = ones &* UInt64(first)
        let lasts = ones &* UInt64(last)
        var place = 0
        while place &+ 7 <= end {
            // Both loads end within the text: the farther one at `place + 7 + behind`, which is below its count.
            let heads = start.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ firsts
            let tails = start.loadUnaligned(fromByteOffset: place &+ behind, as: UInt64.self) ^ lasts
            let both = UInt64(littleEndian: heads | tails)
            // The high bit of bytes that are zero, and perhaps of some behind the first of these.
            var found = (both &- ones) & ~both & (ones << 7)
            while found != 0 {
                if equalBytes(start + (place &+ found.trailingZeroBitCount >> 3), literal, wanted.count) { return true }
                found &= found &- 1
            }
            place &+= 8
        }
        while place <= end {
            if text[place] == first, text[place &+ behind] == last, equalBytes(start + place, literal, wanted.count) {
                return true
            }
            place &+= 1
        }
        return false
    }

    /// The longest run of required characters; nil where the expression is not simple enough.
    private static func longest(_ expression: [UInt8]) -> [UInt8]? {
        var best: [UInt8] = []
        var run: [UInt8] = []
        var depth = 0
        var place = 0
        func end() {
            if run.count > best.count { best = run }
            run = []
        }
        while place < expression.count {
            let character = expression[place]
            place += 1
            switch character {
            case UInt8(ascii: "("):
                // `(?` may set flags that change what characters mean, even outside of its group.
                if place < expression.count, expression[place] == UInt8(ascii: "?") { return nil }
                end()
                depth += 1
            case UInt8(ascii: ")"):
                end()
                depth -= 1
            case UInt8(ascii: "["):
                end()
                guard let next = endOfClass(expression, place) else { return nil }
                place = next
            case UInt8(ascii: "|"):
                if depth == 0 { return nil }
            case UInt8(ascii: "\\"):
                // An escape stands for a character or a class; `\Q` would change what follows.
                end()
                guard place < expression.count, isSingle(expression[place]) else { return nil }
                place += 1
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "{"):
                // The character before it may be missing. What stands in braces is no literal either.
                if !run.isEmpty { run.removeLast() }
                end()
                if character == UInt8(ascii: "{") {
                    guard let close = expression[place...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
                    place = close + 1
                }
            case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"): end()
            case 0x20..<0x7F where depth == 0: run.append(character)
            default: end()
            }
        }
        end()
        return depth == 0 ? best : nil
    }

    /// The place after a class whose opening bracket was read; nil for classes within, which are not looked into.
    private static func endOfClass(_ expression: [UInt8], _ start: Int) -> Int? {
        var place = start
        if place < expression.count, expression[place] == UInt8(ascii: "^") { place += 1 }
        // A closing bracket that comes first is a character.
        if place < expression.count, expression[place] == UInt8(ascii: "]") { place += 1 }
        while place < expression.count {
            switch expression[place] {
            case UInt8(ascii: "]"): return place + 1
            case UInt8(ascii: "["): return nil
            case UInt8(ascii: "\\"): place += 2
            default: place += 1
            }
        }
        return nil
    }

    /// Whether the two characters of an escape are all of it: punctuation, or the name of a class or a boundary.
    private static func isSingle(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            "dDwWsSbB".utf8.contains(character)
        default: character < 0x80
        }
    }
}
