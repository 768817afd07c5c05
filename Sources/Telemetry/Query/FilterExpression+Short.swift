extension FilterField {
    /// The field in the short spelling.
    package var shortSpelling: String {
        switch self {
        case .intrinsic(let intrinsic): return intrinsic.rawValue
        case .attribute(let scope, let key):
            guard FilterText.isPlainKey(key) else { return "\(scope.rawValue).\(FilterText.quoted(key))" }
            if scope == .any, FilterText.isBareKey(key) { return key }
            return "\(scope.rawValue).\(key)"
        }
    }
}

extension FilterExpression {
    /// The filter in the short spelling, written one way only; reading it gives the same filter.
    package var shortSpelling: String {
        switch self {
        case .and(let parts): parts.map { $0.short(inside: .and) }.joined(separator: " ")
        case .or(let parts): parts.map { $0.short(inside: .or) }.joined(separator: " or ")
        case .not(.and([])): "not name~\"\""
        case .not(let inner): "not " + inner.short(inside: .not)
        case .comparison(let field, let filterOperator, .pattern(let pattern)):
            (filterOperator == .equal ? "" : "not ") + field.shortSpelling + ":" + FilterText.pattern(pattern)
        case .comparison(let field, let filterOperator, let value):
            field.shortSpelling + filterOperator.rawValue
                + value.shortSpelling(for: field, isRegex: filterOperator.isRegex)
        case .oneOf(let field, let values):
            field.shortSpelling + " in ("
                + values.map { $0.shortSpelling(for: field, isRegex: false) }.joined(separator: ", ") + ")"
        case .exists(let field): field.shortSpelling + " exists"
        case .word(let text): FilterText.isPlainWord(text) ? text : FilterText.quoted(text)
        case .trace(let inner): "trace(\(inner.shortSpelling))"
        }
    }

    private enum Parent { case and, or, not }

    private func short(inside parent: Parent) -> String {
        switch (self, parent) {
        case (.or, .and), (.or, .not), (.and, .not): "(\(shortSpelling))"
        default: shortSpelling
        }
    }
}

extension FilterValue {
    /// The value as it stands right of an operator, for this field.
    func shortSpelling(for field: FilterField, isRegex: Bool) -> String {
        switch self {
        case .string(let text):
            let isText = field.valueType == .text
            return !isRegex && FilterText.isPlainValue(text, isText: isText) ? text : FilterText.quoted(text)
        case .number(let number): return number.spelling
        case .status(let status): return status.word
        case .kind(let kind): return kind.word
        case .level(let level): return level.spelling
        case .bool(let flag): return flag ? "true" : "false"
        case .nil: return "nil"
        case .range(let low, let high): return "\(low.spelling)..\(high.spelling)"
        case .pattern(let pattern): return FilterText.pattern(pattern)
        }
    }
}

/// Rules for what can be written without quotes.
enum FilterText {
    private static let keywords: Set<String> = ["and", "or", "not", "in", "exists", "trace", "nil", "true", "false"]

    /// The text between double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The `*` pattern, quoted where it must be.
    static func pattern(_ pattern: String) -> String {
        let letters = pattern.filter { $0 != "*" }
        return letters.isEmpty || isPlainValue(letters, isText: true) && !pattern.contains(".")
            ? pattern : quoted(pattern)
    }

    /// Whether a key can follow a dot as it is.
    static func isPlainKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "/") }
    }

    /// Whether a key can stand without even a dot before it, in a journey file too.
    static func isBareKey(_ key: String) -> Bool {
        guard let dot = key.firstIndex(of: "."), FilterIntrinsic(spelling: key) == nil else { return false }
        let first = key[..<dot]
        return first != "instrumentation" && !FilterScope.allCases.contains { $0.rawValue == first }
    }

    static func isPlainWord(_ text: String) -> Bool {
        isPlainValue(text, isText: true) && FilterIntrinsic(spelling: text) == nil
            && !keywords.contains(text.lowercased())
    }

    /// Whether a text reads back as the same text without quotes.
    static func isPlainValue(_ text: String, isText: Bool) -> Bool {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "/") }) else {
            return false
        }
        let startsWell = isLetter(first) || first == UInt8(ascii: "/") || (isText && isDigit(first))
        return startsWell && !keywords.contains(text.lowercased()) && !text.contains("..")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        let folded = byte | 0x20
        return (folded >= UInt8(ascii: "a") && folded <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
