/// What a text must be; compares UTF-8 bytes.
enum TextTest: Sendable {
    case equal([UInt8])
    case notEqual([UInt8])
    /// Byte order, which for UTF-8 is the order of Unicode scalars.
    case ordered(FilterOperator, [UInt8])
    /// The literal stands in every text that the expression fits.
    case regex(LinearRegex, isWhole: Bool, isNegated: Bool, literal: RequiredLiteral)

    init(_ filterOperator: FilterOperator, _ text: String) {
        switch filterOperator {
        case .equal: self = .equal(Array(text.utf8))
        case .notEqual: self = .notEqual(Array(text.utf8))
        case .greater, .greaterOrEqual, .less, .lessOrEqual: self = .ordered(filterOperator, Array(text.utf8))
        case .matches, .notMatches, .contains, .notContains:
            let isWhole = filterOperator == .matches || filterOperator == .notMatches
            let isNegated = filterOperator == .notMatches || filterOperator == .notContains
            self = .compiled(text, isWhole: isWhole, isNegated: isNegated)
        }
    }

    /// A `*` pattern.
    init(_ filterOperator: FilterOperator, pattern: String) {
        let expression = LinearRegex.expression(forPattern: pattern)
        self = .compiled(expression, isWhole: true, isNegated: filterOperator == .notEqual)
    }

    /// A part of the text, in any letter case.
    init(word: String) {
        self = .compiled(LinearRegex.escaped(word), isWhole: false, isNegated: false, ignoringCase: true)
    }

    /// The parser has compiled every expression once; one that cannot be compiled (a pattern too big for the
    /// memory limit) fits nothing.
    private static func compiled(
        _ expression: String, isWhole: Bool, isNegated: Bool, ignoringCase: Bool = false
    ) -> TextTest {
        guard let regex = try? LinearRegex(expression, ignoringCase: ignoringCase) else { return .ordered(.less, []) }
        let literal = RequiredLiteral(of: ignoringCase ? "" : expression)
        return .regex(regex, isWhole: isWhole, isNegated: isNegated, literal: literal)
    }

    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .equal(let wanted): bytes.count == wanted.count && bytes.elementsEqual(wanted)
        case .notEqual(let wanted): bytes.count != wanted.count || !bytes.elementsEqual(wanted)
        case .ordered(.greater, let limit): limit.lexicographicallyPrecedes(bytes)
        case .ordered(.greaterOrEqual, let limit): !bytes.lexicographicallyPrecedes(limit)
        case .ordered(.less, let limit): bytes.lexicographicallyPrecedes(limit)
        case .ordered(_, let limit): !limit.lexicographicallyPrecedes(bytes)
        case .regex(let regex, let isWhole, let isNegated, let literal):
            (literal.isFound(in: bytes) && (isWhole ? regex.matchesWhole(bytes) : regex.matchesPart(bytes)))
                != isNegated
        }
    }

    func matches(_ text: String) -> Bool {
        var copy = text
        return copy.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }
}

/// What a number must be; whole numbers are compared exactly, others as doubles.
enum NumberTest: Sendable {
    case compared(FilterOperator, FilterNumber)
    case inside(FilterNumber, FilterNumber)
    case outside(FilterNumber, FilterNumber)

    func matches(_ value: Int64) -> Bool {
        switch self {
        case .compared(let filterOperator, let wanted):
            guard let whole = wanted.wholeValue else {
                return NumberTest.holds(Double(value), filterOperator, wanted.doubleValue)
            }
            return NumberTest.holds(value, filterOperator, whole)
        case .inside(let low, let high): return NumberTest.isInside(value, low, high)
        case .outside(let low, let high): return !NumberTest.isInside(value, low, high)
        }
    }

    func matches(_ value: Double) -> Bool {
        switch self {
        case .compared(let filterOperator, let wanted):
            NumberTest.holds(value, filterOperator, wanted.doubleValue)
        case .inside(let low, let high): value >= low.doubleValue && value <= high.doubleValue
        // Not a number is in no range, as it equals none.
        case .outside(let low, let high): !(value >= low.doubleValue && value <= high.doubleValue)
        }
    }

    /// Durations may be longer than any literal; those are larger than all of them.
    func matches(_ value: UInt64) -> Bool {
        if let small = Int64(exactly: value) { return matches(small) }
        switch self {
        case .compared(let filterOperator, _):
            return filterOperator == .notEqual || filterOperator == .greater || filterOperator == .greaterOrEqual
        case .inside: return false
        case .outside: return true
        }
    }

    /// The whole numbers up to the largest signed one that pass, or that do not when `isInverse`; nil for none.
    ///
    /// Found by asking the test itself, which is monotone where it compares: so it says what the test says.
    func range() -> (numbers: ClosedRange<UInt64>?, isInverse: Bool) {
        switch self {
        case .compared(.notEqual, let wanted): (NumberTest.compared(.equal, wanted).range().numbers, true)
        case .compared(.equal, let wanted): (NumberTest.between(wanted, wanted), false)
        case .compared(.greater, let wanted): (NumberTest.between(wanted, nil, above: .greater), false)
        case .compared(.greaterOrEqual, let wanted): (NumberTest.between(wanted, nil), false)
        case .compared(.less, let wanted): (NumberTest.between(nil, wanted, below: .less), false)
        case .compared(.lessOrEqual, let wanted): (NumberTest.between(nil, wanted), false)
        case .compared: (nil, false)
        case .inside(let low, let high): (NumberTest.between(low, high), false)
        case .outside(let low, let high): (NumberTest.between(low, high), true)
        }
    }

    private static func between(
        _ low: FilterNumber?, _ high: FilterNumber?, above: FilterOperator = .greaterOrEqual,
        below: FilterOperator = .lessOrEqual
    ) -> ClosedRange<UInt64>? {
        let largest = UInt64(Int64.max)
        func isAbove(_ number: UInt64) -> Bool { low.map { NumberTest.compared(above, $0).matches(number) } ?? true }
        func isBelow(_ number: UInt64) -> Bool { high.map { NumberTest.compared(below, $0).matches(number) } ?? true }
        guard isAbove(largest), isBelow(0) else { return nil }
        let first = smallest(upTo: largest) { isAbove($0) }
        let last = isBelow(largest) ? largest : smallest(upTo: largest) { !isBelow($0) } - 1
        return first <= last ? first...last : nil
    }

    /// The smallest number for which something is true that stays true from there on, and is true at the end.
    private static func smallest(upTo end: UInt64, _ isTrue: (UInt64) -> Bool) -> UInt64 {
        var low: UInt64 = 0
        var high = end
        while low < high {
            let middle = low + (high - low) / 2
            if isTrue(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private static func isInside(_ value: Int64, _ low: FilterNumber, _ high: FilterNumber) -> Bool {
        NumberTest.compared(.greaterOrEqual, low).matches(value)
            && NumberTest.compared(.lessOrEqual, high).matches(value)
    }

    private static func holds<Value: Comparable>(_ left: Value, _ filterOperator: FilterOperator, _ right: Value)
        -> Bool
    {
        switch filterOperator {
        case .equal: left == right
        case .notEqual: left != right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .matches, .notMatches, .contains, .notContains: false
        }
    }
}

/// What the value of a field must be, given that there is one.
///
/// A value of another type than the literal's makes a test false, `!=` too. A list matches when one of its
/// elements does.
indirect enum ValueTest: Sendable {
    case present
    case text(TextTest)
    case number(NumberTest)
    case bool(Bool)
    /// A number of OTLP's enumerations: bit n allows the value n.
    case enumeration(UInt32)
    case anyOf([ValueTest])
    case never

    init(_ filterOperator: FilterOperator, _ value: FilterValue) {
        switch value {
        case .string(let text): self = .text(TextTest(filterOperator, text))
        case .pattern(let pattern): self = .text(TextTest(filterOperator, pattern: pattern))
        case .number(let number): self = .number(.compared(filterOperator, number))
        case .range(let low, let high):
            self = .number(filterOperator == .notEqual ? .outside(low, high) : .inside(low, high))
        case .bool(let flag): self = ValueTest.flag(filterOperator, flag)
        case .status(let status): self = ValueTest.mask(filterOperator, status.rawValue)
        case .kind(let kind): self = ValueTest.mask(filterOperator, kind.rawValue)
        case .nil: self = .present
        case .level: self = .never
        }
    }

    private static func flag(_ filterOperator: FilterOperator, _ flag: Bool) -> ValueTest {
        switch filterOperator {
        case .equal: .bool(flag)
        case .notEqual: .bool(!flag)
        default: .never
        }
    }

    private static func mask(_ filterOperator: FilterOperator, _ value: UInt8) -> ValueTest {
        switch filterOperator {
        case .equal: .enumeration(1 << UInt32(value))
        case .notEqual: .enumeration(~(1 << UInt32(value)))
        default: .never
        }
    }

    func matches(enumeration value: UInt8) -> Bool {
        switch self {
        case .present: true
        case .enumeration(let mask): mask & (1 << UInt32(value)) != 0
        case .anyOf(let tests): tests.contains { $0.matches(enumeration: value) }
        default: false
        }
    }

    func matches(text: String) -> Bool {
        switch self {
        case .present: true
        case .text(let test): test.matches(text)
        case .anyOf(let tests): tests.contains { $0.matches(text: text) }
        default: false
        }
    }

    func matches(unsigned value: UInt64) -> Bool {
        switch self {
        case .present: true
        case .number(let test): test.matches(value)
        case .anyOf(let tests): tests.contains { $0.matches(unsigned: value) }
        default: false
        }
    }

    /// Tests the value behind a code of a table.
    func matches(_ code: ValueCode, in values: ValueTable) -> Bool {
        switch self {
        case .present: return true
        case .never, .enumeration: return false
        case .anyOf(let tests): return tests.contains { $0.matches(code, in: values) }
        case .text, .number, .bool: break
        }
        let kind = values.kind(of: code)
        if kind == .composite {
            guard case .array(let elements) = values.value(code) else { return false }
            return elements.contains { matches(element: $0) }
        }
        switch (self, kind) {
        case (.text(let test), .string): return values.withBytes(of: code) { test.matches($0) }
        case (.number(let test), .int): return values.int(code).map { test.matches($0) } ?? false
        case (.number(let test), .double): return values.number(code).map { test.matches($0) } ?? false
        case (.bool(let flag), .true): return flag
        case (.bool(let flag), .false): return !flag
        default: return false
        }
    }

    private func matches(element: AttributeValue) -> Bool {
        switch (self, element) {
        case (.text(let test), .string(let text)): test.matches(text)
        case (.number(let test), .int(let number)): test.matches(number)
        case (.number(let test), .double(let number)): test.matches(number)
        case (.bool(let flag), .bool(let value)): flag == value
        default: false
        }
    }
}
